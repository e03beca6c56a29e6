"""Cells written by hand: under torch's names, and under names of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN, Network
from modules.case import Case
from modules.parts import Size, Stack, seeded

SIZES = (Size(3, 5), Size(4, 6, 2), Size(5, 7, 1, both=True), Size(3, 4, 3, both=True))


class Cells(nn.Module):
    """A loop over torch's cells, one a layer, step by step or layer by layer."""

    def __init__(self, kind: type, *sizes: int, batch_first: bool = False) -> None:
        super().__init__()
        self.cells = nn.ModuleList(kind(*pair) for pair in pairwise(sizes))
        self.batch_first = batch_first

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last layer."""
        dim = 1 if self.batch_first else 0
        states: list[Any] = [None] * len(self.cells)
        outputs = []
        for t in range(x.shape[dim]):
            below = x[:, t] if self.batch_first else x[t]
            for index, cell in enumerate(self.cells):
                states[index] = cell(below, states[index])
                below = states[index][0] if isinstance(cell, nn.LSTMCell) else states[index]
            outputs.append(below)
        return torch.stack(outputs, dim)


class GateEach(nn.Module):
    """An LSTM with one nn.Linear a gate, over x and h side by side."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        for letter in "ifco":
            setattr(self, f"lin_{letter}", nn.Linear(features + hidden, hidden))
        self.hidden = hidden

    def forward(self, x: Tensor) -> Tensor:
        """The output by steps."""
        h = c = x.new_zeros(x.shape[1], self.hidden)
        outputs = []
        for x_t in x:
            both = torch.cat([x_t, h], -1)
            i, f, o = (torch.sigmoid(lin(both)) for lin in (self.lin_i, self.lin_f, self.lin_o))
            c = f * c + i * torch.tanh(self.lin_c(both))
            h = o * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


class OneLinear(nn.Module):
    """An LSTM with one nn.Linear for all gates, in an order of its own, over [x, h] or [h, x]."""

    def __init__(self, features: int, hidden: int, order: str = "ifgo", first: str = "x") -> None:
        super().__init__()
        self.gates = nn.Linear(features + hidden, 4 * hidden)
        self.hidden, self.order, self.first = hidden, order, first

    def forward(self, x: Tensor) -> Tensor:
        """The output by steps."""
        h = c = x.new_zeros(x.shape[1], self.hidden)
        outputs = []
        for x_t in x:
            both = [x_t, h] if self.first == "x" else [h, x_t]
            cut = self.gates(torch.cat(both, -1)).chunk(4, -1)
            a = dict(zip(self.order, cut, strict=True))
            c = a["f"].sigmoid() * c + a["i"].sigmoid() * a["g"].tanh()
            h = a["o"].sigmoid() * c.tanh()
            outputs.append(h)
        return torch.stack(outputs)


def one_linear_names(order: str, first: str) -> dict[str, str]:
    """What the tensors of `OneLinear` hold."""
    sides = (lambda g: f"W_x{g}|W_h{g}") if first == "x" else (lambda g: f"W_h{g}|W_x{g}")
    rows, biases = map(sides, order), (f"b_{g}" for g in order)
    return {"gates.weight": " ".join(rows), "gates.bias": " ".join(biases)}


class TwoLinears(nn.Module):
    """A cell with a Linear for x and one for h, the second with a bias or without."""

    def __init__(self, kind: str, features: int, hidden: int, *, bias: bool = True) -> None:
        super().__init__()
        gates = {"lstm": 4, "gru": 3, "rnn": 1}[kind]
        self.wx = nn.Linear(features, gates * hidden)
        self.wh = nn.Linear(hidden, gates * hidden, bias=bias)
        self.kind, self.hidden = kind, hidden

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One step."""
        a, b = self.wx(x), self.wh(states[0])
        if self.kind == "rnn":
            return (torch.tanh(a + b),)
        if self.kind == "gru":
            (r_x, z_x, n_x), (r_h, z_h, n_h) = a.chunk(3, -1), b.chunk(3, -1)
            r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            n = torch.tanh(n_x + r * n_h)
            return (torch.lerp(n, states[0], z),)
        i, f, g, o = (a + b).chunk(4, -1)
        c = torch.addcmul(f.sigmoid() * states[1], i.sigmoid(), g.tanh())
        return o.sigmoid() * c.tanh(), c

    def forward(self, x: Tensor) -> Tensor:
        """The output by steps."""
        zeros = x.new_zeros(x.shape[1], self.hidden)
        states: tuple[Tensor, ...] = (zeros,) * (2 if self.kind == "lstm" else 1)
        outputs = []
        for x_t in x:
            states = self.step(x_t, *states)
            outputs.append(states[0])
        return torch.stack(outputs)


TWO = {"wx.weight": "weight_ih_l0", "wh.weight": "weight_hh_l0", "wx.bias": "bias_ih_l0"}


class Transposed(nn.Module):
    """A plain cell as in NumPy: x @ U + h @ W + b, with matrices the other way round."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.randn(hidden, features) / 2)
        self.weight_hh_l0 = nn.Parameter(torch.randn(hidden, hidden) / 2)
        self.bias_ih_l0 = nn.Parameter(torch.randn(hidden))
        self.bias_hh_l0 = nn.Parameter(torch.randn(hidden))

    def forward(self, x: Tensor) -> Tensor:
        """The output, of all products with x at once, as einsum and in place."""
        sums = torch.einsum("tbi,hi->tbh", x, self.weight_ih_l0) + self.bias_ih_l0
        output = x.new_empty(*sums.shape)
        h = x.new_zeros(*sums.shape[1:])
        for t in range(len(x)):
            h = torch.tanh(torch.addmm(sums[t] + self.bias_hh_l0, h, self.weight_hh_l0.mT))
            output[t] = h
        return output


class OwnNames(nn.Module):
    """A stack of several layers with a Linear each, whose names are nobody's."""

    def __init__(self, features: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.deep = nn.ModuleList(
            TwoLinears("gru", features if k == 0 else hidden, hidden) for k in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last layer."""
        for layer in self.deep:
            x = layer(x)
        return x


def own_names(layers: int) -> dict[str, str]:
    """What the tensors of `OwnNames` hold, by torch's names."""
    ends = {
        "wx.weight": "weight_ih",
        "wh.weight": "weight_hh",
        "wx.bias": "bias_ih",
        "wh.bias": "bias_hh",
    }
    return {f"deep.{k}.{own}": f"{name}_l{k}" for k in range(layers) for own, name in ends.items()}


class TwoDirections(nn.Module):
    """Two modules of torch, each for a direction; the second is given the sequence in reverse."""

    def __init__(self, kind: type, *sizes: int, batch_first: bool = False) -> None:
        super().__init__()
        self.forwards = kind(*sizes, batch_first=batch_first)
        self.backwards = kind(*sizes, batch_first=batch_first)
        self.dim = 1 if batch_first else 0

    def forward(self, x: Tensor) -> Tensor:
        """Both directions side by side."""
        one, two = self.forwards(x)[0], self.backwards(x.flip(self.dim))[0]
        return torch.cat([one, two.flip(self.dim)], -1)


class Later(nn.Module):
    """Layers that are registered in another order than they are used in."""

    def __init__(self, *kinds: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.top, self.middle, self.bottom = (kind() for kind in kinds)

    def forward(self, x: Tensor) -> Tensor:
        """From the bottom to the top."""
        for part in (self.bottom, self.middle, self.top):
            x = part(x)[0]
        return x


def _named() -> Iterator[Case]:
    single = partial(LSTM, 3, 5, bias="single")
    for order, first in (("ifgo", "x"), ("ifog", "h"), ("gofi", "x"), ("fiog", "h")):
        yield Case(
            f"one linear for all gates, {order} over {first} first",
            seeded(OneLinear, 3, 5, order, first),
            single,
            {"names": one_linear_names(order, first)},
        )
    letters = {"i": "i", "f": "f", "c": "g", "o": "o"}
    names = {f"lin_{own}.weight": f"W_x{g}|W_h{g}" for own, g in letters.items()}
    names |= {f"lin_{own}.bias": f"b_{g}" for own, g in letters.items()}
    yield Case("a linear for each gate", seeded(GateEach, 3, 5), single, {"names": names})
    both = {**TWO, "wh.bias": "bias_hh_l0"}
    for kind, network in (("lstm", LSTM), ("gru", GRU), ("rnn", RNN)):
        make = seeded(TwoLinears, kind, 4, 6)
        yield Case(f"{kind} of two linears", make, partial(network, 4, 6), {"names": both})
    for kind, network in (("lstm", LSTM), ("rnn", RNN)):
        make = seeded(TwoLinears, kind, 4, 6, bias=False)
        single = partial(network, 4, 6, bias="single")
        yield Case(f"{kind} of two linears, one bias", make, single, {"names": TWO})
    letters = {
        "wx.weight": "W_xr W_xz W_xn",
        "wh.weight": "W_hr W_hz W_hn",
        "wx.bias": "b_xr b_xz b_xn",
        "wh.bias": "b_hr b_hz b_hn",
    }
    make = seeded(TwoLinears, "gru", 3, 8)
    yield Case("gru of two linears, by letters", make, partial(GRU, 3, 8), {"names": letters})
    make = seeded(OwnNames, 3, 6, 2)
    yield Case("two layers of two linears", make, partial(GRU, 3, 6, 2), {"names": own_names(2)})


def _plain() -> Iterator[Case]:
    for kind in ("lstm", "gru", "rnn"):
        for size, batch_first in zip(SIZES, (False, True, False, True), strict=True):
            make = seeded(Stack, kind, size, batch_first=batch_first)
            name = f"{kind} {size} by hand{', batch first' * batch_first}"
            yield Case(name, make, partial(size.network, kind))
    make = seeded(Stack, "lstm", SIZES[1], bias=False)
    yield Case("lstm by hand without biases", make, partial(SIZES[1].network, "lstm", bias=False))
    yield Case("rnn by hand, x first and in place", seeded(Transposed, 4, 6), partial(RNN, 4, 6))
    loops: tuple[tuple[type, Callable[..., Network]], ...] = (
        (nn.LSTMCell, LSTM),
        (nn.GRUCell, GRU),
        (nn.RNNCell, RNN),
    )
    for cell, network in loops:
        for batch_first in (False, True):
            where = "x[:, t]" if batch_first else "x[t]"
            make = seeded(Cells, cell, 3, 5, batch_first=batch_first)
            yield Case(f"{cell.__name__} over {where}", make, partial(network, 3, 5))
        make = seeded(Cells, cell, 3, 6, 4, batch_first=True)
        yield Case(f"two of {cell.__name__}", make, partial(network, 3, [6, 4]))
    for kind, network, batch_first in ((nn.LSTM, LSTM, False), (nn.GRU, GRU, True)):
        make = seeded(TwoDirections, kind, 3, 5, batch_first=batch_first)
        both = partial(network, 3, 5, bidirectional=True)
        yield Case(f"two of {kind.__name__} as the two directions", make, both)
    grown = [partial(nn.LSTM, n, m) for n, m in ((6, 5), (8, 6), (3, 8))]
    yield Case("lstms in another order", seeded(Later, *grown), partial(LSTM, 3, [8, 6, 5]))
    alike = [partial(nn.GRU, n, 7) for n in (7, 7, 3)]
    yield Case("grus of one size in another order", seeded(Later, *alike), partial(GRU, 3, 7, 3))


HAND = (*_plain(), *_named())
