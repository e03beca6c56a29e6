"""Modules of other sizes, parts or kinds than the network's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN, Network, build_network
from modules.case import Case
from modules.parts import Model, Size, Stack, last_step, seeded


def told(rnn: Callable[[], nn.Module], words: int = 0, classes: int = 0) -> Callable:
    """A model of an embedding and a head on the last step, around a recurrent part."""
    read = {"read": last_step} if classes else {"read": lambda output, _: output}
    return lambda: Model(rnn(), words, classes, **read)


class Extra(nn.Module):
    """A recurrent module, and a part of its own that changes its output."""

    def __init__(self, rnn: nn.Module, part: nn.Module) -> None:
        super().__init__()
        self.rnn, self.part = rnn, part

    def forward(self, x: Tensor) -> Tensor:
        """The part's output."""
        return self.part(self.rnn(x)[0])


class Chain(nn.Sequential):
    """Recurrent modules on top of each other."""

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last."""
        for part in self:
            x = part(x)[0]
        return x


class Skipping(nn.Module):
    """Two modules, of which one is left out, run twice, or run beside the other."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.one, self.two, self.way = nn.LSTM(6, 6), nn.LSTM(6, 6), way

    def forward(self, x: Tensor) -> Tensor:
        """The output in one of several wrong ways."""
        first = self.one(x)[0]
        second = self.two(first)[0]
        return {
            "left out": lambda: first,
            "applied twice": lambda: self.two(second)[0],
            "added": lambda: first + second,
            "residual": lambda: x + second,
            "residual between": lambda: self.two(first + x)[0],
            "beside": lambda: first + self.two(x)[0],
            "states passed on": lambda: self.two(first, self.one(x)[1])[0],
        }[self.way]()


PAIRS: tuple[tuple[str, Callable[[], Any], Callable[[], Network], str], ...] = (
    ("one unit more", lambda: nn.LSTM(3, 6), lambda: LSTM(3, 5), "weight_ih_l0"),
    ("one unit less", lambda: nn.GRU(3, 4, 2), lambda: GRU(3, 5, 2), "weight_hh_l0"),
    ("one feature more", lambda: nn.RNN(4, 5), lambda: RNN(3, 5), "weight_ih_l0"),
    ("features and units exchanged", lambda: nn.LSTM(5, 3), lambda: LSTM(3, 5), "weight_ih_l0"),
    ("one layer more", lambda: nn.LSTM(3, 5, 3), lambda: LSTM(3, 5, 2), "weight_ih_l2"),
    ("one layer less", lambda: nn.GRU(3, 5), lambda: GRU(3, 5, 2), "weight_ih_l1"),
    ("one direction less", lambda: nn.LSTM(3, 5), lambda: LSTM(3, 5, bidirectional=True),
     "weight_ih_l0_reverse"),
    ("one direction more", lambda: nn.RNN(3, 5, bidirectional=True), lambda: RNN(3, 5),
     "weight_ih_l0_reverse"),
    ("biases missing", lambda: nn.LSTM(3, 5, bias=False), lambda: LSTM(3, 5), "bias"),
    ("biases too many", lambda: nn.GRU(3, 5), lambda: GRU(3, 5, bias=False), "bias"),
    ("two biases for one", lambda: nn.LSTM(3, 5), lambda: LSTM(3, 5, bias="single"), "bias_hh_l0"),
    ("two biases for one in a gru", lambda: nn.GRU(3, 5), lambda: GRU(3, 5, bias="single"),
     "bias_hh_l0"),
    ("projection missing", lambda: nn.LSTM(3, 5), lambda: LSTM(3, 5, proj_size=2), "weight_hr_l0"),
    ("gru for an lstm", lambda: nn.GRU(3, 5), lambda: LSTM(3, 5), "weight_ih_l0"),
    ("lstm for a gru", lambda: nn.LSTM(3, 5), lambda: GRU(3, 5), "weight_ih_l0"),
    ("rnn for a gru", lambda: nn.RNN(3, 5), lambda: GRU(3, 5), "weight_ih_l0"),
    ("relu for tanh", lambda: nn.RNN(3, 5, nonlinearity="relu"), lambda: RNN(3, 5), ""),
    ("tanh for relu", lambda: nn.RNN(3, 5, 2), lambda: build_network(3, 5, 2, cell="rnn_relu"), ""),
    ("sizes of the layers exchanged", lambda: Chain(nn.LSTM(3, 5), nn.LSTM(5, 7)),
     lambda: LSTM(3, [7, 5]), "weight_ih"),
    ("one word more", told(lambda: nn.LSTM(4, 5), 21, 3),
     lambda: LSTM(4, 5, vocab_size=20, num_classes=3), "embedding.weight"),
    ("one class less", told(lambda: nn.GRU(4, 5), 20, 2),
     lambda: GRU(4, 5, vocab_size=20, num_classes=3), "head.weight"),
    ("head missing", told(lambda: nn.LSTM(4, 5), 20),
     lambda: LSTM(4, 5, vocab_size=20, num_classes=3), "head.weight"),
    ("head too many", told(lambda: nn.RNN(4, 5), 0, 3), lambda: RNN(4, 5), "head.weight"),
    ("embedding missing", told(lambda: nn.LSTM(4, 5), 0, 3),
     lambda: LSTM(4, 5, vocab_size=20, num_classes=3), "embedding.weight"),
    ("a layer norm after", lambda: Extra(nn.LSTM(3, 5), nn.LayerNorm(5)), lambda: LSTM(3, 5),
     "part.weight"),
    ("a layer norm without weights after",
     lambda: Extra(nn.GRU(3, 5), nn.LayerNorm(5, elementwise_affine=False)), lambda: GRU(3, 5), ""),
    ("a second head after", lambda: Extra(nn.LSTM(3, 5), nn.Linear(5, 5)), lambda: LSTM(3, 5),
     "part.weight"),
    ("a convolution after", lambda: Extra(nn.GRU(3, 5), nn.Conv1d(12, 12, 1)), lambda: GRU(3, 5),
     "part.weight"),
)  # fmt: skip

WAYS = {
    "left out": "second layer left out",
    "applied twice": "second layer applied twice",
    "added": "both layers added",
    "residual": "x added to the output",
    "residual between": "x added between the layers",
    "beside": "layers beside each other",
    "states passed on": "states of the first layer given to the second",
}


def _cases() -> Iterator[Case]:
    for name, make, network, culprit in PAIRS:
        yield Case(name, seeded(make), network, culprit=culprit)
    for way, name in WAYS.items():
        yield Case(f"lstm 6-6x2: {name}", seeded(Skipping, way), partial(LSTM, 6, 6, 2))
    size = Size(6, 6, 3)
    between: tuple[tuple[str, Callable], ...] = (
        ("layers with residuals", lambda x, below: x + below),
        ("relu between layers", lambda x, _: x.relu()),
        ("layer norm between layers", lambda x, _: nn.functional.layer_norm(x, x.shape[-1:])),
        ("every layer reads x", lambda _, below: below),
        ("units turned round between layers", lambda x, _: x.flip(-1)),
    )
    for kind in ("lstm", "gru", "rnn"):
        for name, change in between:
            make = seeded(Stack, kind, size, between=change)
            yield Case(f"{kind} {size}: {name}", make, partial(size.network, kind))
    both = Size(4, 5, 1, both=True)
    for kind in ("lstm", "gru", "rnn"):
        make = seeded(Stack, kind, both, back=lambda x: x)
        name = f"{kind} {both}: reverse direction reads forward"
        yield Case(name, make, partial(both.network, kind))
    first = seeded(Stack, "gru", both, first=lambda h: h + 1)
    yield Case(f"gru {both}: first states of ones", first, partial(both.network, "gru"))
    first = seeded(Stack, "rnn", size, first=lambda h: h - 0.5)
    yield Case(f"rnn {size}: first states of halves", first, partial(size.network, "rnn"))


NUMBERS = tuple(_cases())
