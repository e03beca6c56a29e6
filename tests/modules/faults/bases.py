"""Right models, for faults to be planted in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN, Network
from modules.case import Case
from modules.parts import Model, last_in_batch, last_states, last_step, seeded


def output_only(output: Tensor, *_: Any) -> Tensor:
    """The output, without the last states."""
    return output


class Base:
    """A right model, and its network; faults are planted by changing one of its functions."""

    def __init__(self, name: str, rnn: Callable, network: Callable, read: Callable, **sizes: int):
        self.name, self.rnn, self.network, self.read, self.sizes = name, rnn, network, read, sizes

    def model(self, kind: Callable = Model, **changes: Any) -> Model:
        """The model with some functions changed, or of a kind that changes them."""
        rnn = changes.pop("rnn", self.rnn)
        options = {**self.sizes, "read": self.read, **changes}
        return kind(rnn(), options.pop("words", 0), options.pop("classes", 0), **options)

    def case(self, fault: str, culprit: str = "", **changes: Any) -> Case:
        """The model with a fault planted."""
        make = seeded(self.model, **changes)
        return Case(f"{self.name}: {fault}", make, self.network, culprit=culprit)


PLAIN = Base("lstm 4-6", lambda: nn.LSTM(4, 6), lambda: LSTM(4, 6), output_only)
DEEP = Base(
    "gru 4-6x2 both ways, batch first",
    lambda: nn.GRU(4, 6, 2, bidirectional=True, batch_first=True),
    lambda: GRU(4, 6, 2, bidirectional=True),
    output_only,
)
LAST = Base(
    "lstm 5-16x2 with a head",
    lambda: nn.LSTM(5, 16, 2),
    lambda: LSTM(5, 16, 2, num_classes=3),
    last_step,
    classes=3,
)
BATCHED = Base(
    "gru 28-32 with a head, batch first",
    lambda: nn.GRU(28, 32, batch_first=True),
    lambda: GRU(28, 32, num_classes=10),
    last_in_batch,
    classes=10,
)
TAGGER = Base(
    "tagger of a two-way lstm, batch first",
    lambda: nn.LSTM(8, 6, bidirectional=True, batch_first=True),
    lambda: LSTM(8, 6, bidirectional=True, vocab_size=50, num_classes=4, head_on="every"),
    output_only,
    words=50,
    classes=4,
)
LANGUAGE = Base(
    "language model of an rnn",
    lambda: nn.RNN(6, 12, 3),
    lambda: RNN(6, 12, 3, vocab_size=200, num_classes=200, head_on="every"),
    output_only,
    words=200,
    classes=200,
)


def _two_way(head_on: str) -> Network:
    return LSTM(6, 8, 2, bidirectional=True, vocab_size=90, num_classes=2, head_on=head_on)


STATES = Base(
    "two-way classifier on the last states",
    lambda: nn.LSTM(6, 8, 2, bidirectional=True),
    lambda: _two_way("states"),
    last_states,
    words=90,
    classes=2,
)
STEP = Base(
    "two-way classifier on the last step",
    lambda: nn.LSTM(6, 8, 2, bidirectional=True),
    lambda: _two_way("last"),
    last_step,
    words=90,
    classes=2,
)


def flipped(dim: int) -> Callable:
    """Turns a sequence round."""
    return lambda x, *_: x.flip(dim)
