"""Steps and sequences taken for each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from lstmcalc import GRU, LSTM
from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LAST, PLAIN, TAGGER
from modules.parts import Size, last_in_batch, seeded


def by_sequences(module: nn.Module, x: Tensor) -> Tensor:
    """Calls a module as a loader of (batch, steps) does, and reads its output likewise."""
    output = module(x.transpose(0, 1))
    return (output[0] if isinstance(output, tuple) else output).transpose(0, 1)


def logits_by_sequences(module: nn.Module, x: Tensor) -> Tensor:
    """Calls a classifier as a loader of (batch, steps) does."""
    return module(x.transpose(0, 1))


class Zeros(nn.Module):
    """First states made for the batch of another layout than the module's."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Tensor:
        """The output; it works where there are as many steps as sequences."""
        dim = 1 if self.rnn.batch_first else 0
        h = x.new_zeros(self.rnn.num_layers, x.size(dim), self.rnn.hidden_size)
        return self.rnn(x, h)[0]


class Mixed(nn.Module):
    """Two layers, one of which reads sequences first, the other steps first."""

    def __init__(self, first: bool, second: bool) -> None:
        super().__init__()
        self.one = nn.LSTM(6, 6, batch_first=first)
        self.two = nn.LSTM(6, 6, batch_first=second)

    def forward(self, x: Tensor) -> Tensor:
        """The output of the second."""
        return self.two(self.one(x)[0])[0]


def swapped(rnn: nn.RNNBase, x: Tensor) -> Any:
    """Runs the recurrent part on x transposed, though it reads x as it is."""
    output, states = rnn(x.transpose(0, 1).contiguous())
    return output.transpose(0, 1), states


def viewed(output: Tensor, *_: Any) -> Tensor:
    """The output in the other layout by a view, and back by a transposition."""
    return output.reshape(output.shape[1], output.shape[0], -1).transpose(0, 1)


def _cases() -> Iterator[Case]:
    sizes = (Size(3, 5), Size(4, 6, 2), Size(3, 8, 1, both=True))
    for kind, size in zip(("lstm", "gru", "rnn"), sizes, strict=True):
        yield Case(
            f"{kind} {size}: called with sequences first, batch_first forgotten",
            seeded(size.torch, kind),
            partial(size.network, kind),
            {"call": by_sequences},
            "batch_first",
        )
    options = {"call": by_sequences}
    make = seeded(PLAIN.model)
    name = f"{PLAIN.name}: in a model called with sequences first"
    yield Case(name, make, PLAIN.network, options, "batch_first")
    make = seeded(LAST.model, read=last_in_batch)
    name = f"{LAST.name}: output[:, -1] of sequences, batch_first forgotten"
    yield Case(name, make, LAST.network, {"call": logits_by_sequences}, "batch_first")
    for base in (LAST, BATCHED):
        yield base.case("x transposed for a module that reads it as it is", through=swapped)
    for base in (DEEP, TAGGER):
        yield base.case("output turned by a view", read=viewed)
    for batch_first in (False, True):
        make = seeded(lambda first=batch_first: Zeros(nn.GRU(4, 6, batch_first=first)))
        name = f"gru 4-6: first states for x.size({int(batch_first)}), batch_first={batch_first}"
        yield Case(name, make, partial(GRU, 4, 6))
    for first, second in ((True, False), (False, True)):
        name = f"lstm 6-6x2: layers with batch_first {first} and {second}"
        yield Case(name, seeded(Mixed, first, second), partial(LSTM, 6, 6, 2))


LAYOUT = tuple(_cases())
