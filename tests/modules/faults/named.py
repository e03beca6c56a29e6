"""Faults in modules that are compared by names, weights or parts that are given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN
from modules.case import Case
from modules.parts import seeded
from modules.unusual.asked import Translator, by_torch
from modules.unusual.hand import TWO, GateEach, OneLinear, TwoLinears, one_linear_names


class Uneven(TwoLinears):
    """A cell that does another thing than it should in its last step of computing."""

    def step(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """One step, with a state too small."""
        h, *rest = super().step(x, *states)
        return (0.9 * h, *rest)


class Forgotten(GateEach):
    """The gate c goes through a sigmoid."""

    def forward(self, x: Tensor) -> Tensor:
        """The output by steps."""
        h = c = x.new_zeros(x.shape[1], self.hidden)
        outputs = []
        for x_t in x:
            both = torch.cat([x_t, h], -1)
            lins = (self.lin_i, self.lin_f, self.lin_c, self.lin_o)
            i, f, g, o = (torch.sigmoid(lin(both)) for lin in lins)
            c = f * c + i * g
            h = o * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


class Broken(Translator):
    """A translator whose encoder has a layer less, and whose decoder is of another size."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder.lstm = nn.LSTM(6, 8, 1, batch_first=True)
        self.decoder = nn.GRU(6, 9)
        self.hand.step = lambda w, x, h: (torch.sigmoid(x @ w.W_ih.T + h @ w.W_hh.T),)


def _cases() -> Iterator[Case]:
    single = partial(LSTM, 3, 5, bias="single")
    for order, said in (("figo", "ifgo"), ("ifog", "ifgo"), ("gifo", "ifgo")):
        make = seeded(OneLinear, 3, 5, order)
        options = {"names": one_linear_names(said, "x")}
        yield Case(f"gates {order} said to be {said}", make, single, options, "gate")
    make = seeded(OneLinear, 5, 5, "ifgo", "h")
    options = {"names": one_linear_names("ifgo", "x")}
    network = partial(LSTM, 5, 5, bias="single")
    yield Case("h before x said to be after", make, network, options)
    letters = {"i": "i", "f": "f", "c": "g", "o": "o"}
    names = {f"lin_{own}.weight": f"W_x{g}|W_h{g}" for own, g in letters.items()}
    names |= {f"lin_{own}.bias": f"b_{g}" for own, g in letters.items()}
    make = seeded(Forgotten, 3, 5)
    yield Case("sigmoid on g, a linear for each gate", make, single, {"names": names}, "gate g")
    names = {**TWO, "wh.bias": "bias_hh_l0"}
    for kind, network in (("lstm", LSTM), ("gru", GRU), ("rnn", RNN)):
        told = partial(network, 4, 6)
        make = seeded(Uneven, kind, 4, 6)
        yield Case(f"{kind} of two linears: h too small", make, told, {"names": names})
        right = seeded(TwoLinears, kind, 4, 6)
        given = by_torch(right())
        yield Case(f"{kind}, with weights: h too small", make, told, {"weights": given})
        given = by_torch(seeded(TwoLinears, kind, 4, 6, seed=1)())
        yield Case(f"{kind}, with the weights of another", right, told, {"weights": given})
    for part, network in (
        ("encoder.lstm", partial(LSTM, 6, 8, 2)),
        ("decoder", partial(GRU, 6, 8)),
        ("hand", partial(RNN, 3, 5)),
    ):
        yield Case(f"part {part} of a broken translator", seeded(Broken), network, {"part": part})


NAMED = tuple(_cases())
