"""Modules that are right until they are trained, or until they are told the lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LANGUAGE, LAST, PLAIN, STEP, TAGGER, Base
from modules.parts import Model, seeded


class Moody(Model):
    """Changes what it reads, or gives, in one mode alone."""

    def __init__(
        self,
        *args: Any,
        mode: bool,
        at_first: Callable = lambda x: x,
        at_last: Callable = lambda y: y,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.mode, self.at_first, self.at_last = mode, at_first, at_last

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives, or something else."""
        if self.training is not self.mode:
            return super().forward(x)
        return self.at_last(super().forward(self.at_first(x)))


MOODS: tuple[tuple[Base, bool, str, dict[str, Callable]], ...] = (
    (PLAIN, True, "output scaled", {"at_last": lambda y: 1.25 * y}),
    (PLAIN, True, "x reversed", {"at_first": lambda x: x.flip(0)}),
    (DEEP, True, "batch turned round", {"at_first": lambda x: x.flip(0)}),
    (LAST, True, "softmax of the logits", {"at_last": lambda y: y.softmax(-1)}),
    (BATCHED, True, "output detached", {"at_last": lambda y: y.detach()}),
    (TAGGER, True, "relu of the logits", {"at_last": lambda y: y.relu()}),
    (LANGUAGE, True, "tokens a step late", {"at_first": lambda x: x.roll(1, 0)}),
    (LANGUAGE, True, "logits through half", {"at_last": lambda y: y.half().to(y.dtype)}),
    (LAST, True, "x cut after 5 steps", {"at_first": lambda x: x[:5]}),
    (PLAIN, False, "output scaled", {"at_last": lambda y: 0.5 * y}),
    (BATCHED, False, "log softmax", {"at_last": lambda y: y.log_softmax(-1)}),
    (TAGGER, False, "dropout", {"at_last": functional.dropout}),
    (STEP, False, "logits clamped", {"at_last": lambda y: y.clamp(-0.1, 0.1)}),
)


class Told(Model):
    """A model that takes the lengths of its sequences, and does something wrong with them."""

    def __init__(self, *args: Any, use: Callable, **options: Any) -> None:
        super().__init__(*args, **options)
        self.use = use

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """What the model gives; without lengths it is right."""
        if lengths is None:
            return super().forward(x)
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        return self.head(self.use(self.rnn, x, lengths))


def _packed(rnn: Any, x: Tensor, lengths: Tensor, **how: Any) -> tuple[Tensor, Any]:
    how = {"batch_first": rnn.batch_first, "enforce_sorted": False, **how}
    packed, states = rnn(pack_padded_sequence(x, lengths, **how))
    return pad_packed_sequence(packed, batch_first=rnn.batch_first)[0], states


def _at(output: Tensor, steps: Tensor) -> Tensor:
    """The output of each sequence at a step of its own; (batch, steps, units)."""
    return output[torch.arange(len(output)), steps]


def one_early(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Reads the step before the last of each sequence."""
    return _at(_packed(rnn, x, lengths)[0], (lengths - 2).clamp(min=0))


def cut_short(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Packs all steps but the last."""
    return _at(_packed(rnn, x, (lengths - 1).clamp(min=1))[0], (lengths - 2).clamp(min=0))


def at_most_30(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Packs 30 steps at most."""
    lengths = lengths.clamp(max=30)
    return _at(_packed(rnn, x, lengths)[0], lengths - 1)


def first_of_all(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Takes the length of the first sequence for that of all."""
    return rnn(x)[0][:, int(lengths[0]) - 1]


def padding_read(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Reads the last step of all, which is padding in shorter sequences."""
    return rnn(x)[0][:, -1]


def padding_run(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Takes the last states of a run over the padding too."""
    states = rnn(x)[1]
    return (states[0] if isinstance(states, tuple) else states)[-1]


def unsorted(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Sorts the sequences by their lengths, and does not put them back."""
    order = lengths.argsort(descending=True)
    states = _packed(rnn, x[order], lengths[order], enforce_sorted=True)[1]
    return (states[0] if isinstance(states, tuple) else states)[-1]


def averaged(rnn: Any, x: Tensor, lengths: Tensor) -> Tensor:
    """Averages over the steps that each sequence has."""
    return _packed(rnn, x, lengths)[0].sum(1) / lengths[:, None]


def told(module: Any, x: Tensor) -> Tensor:
    """Calls a model of sequences first with lengths that are all full."""
    return module(x, torch.full((x.shape[0],), x.shape[1]))


SEEN = {
    "the step before the last read": one_early,
    "the last step left out": cut_short,
    "30 steps packed at most": at_most_30,
    "the average read": averaged,
}
"""Wrong however long the sequences are."""
UNSEEN = {
    "the first sequence's length taken for all": first_of_all,
    "padding read": padding_read,
    "padding run through": padding_run,
    "batch sorted by length and not put back": unsorted,
}
"""Right as long as all lengths are full."""


def _cases() -> Iterator[Case]:
    for base, mode, fault, changes in MOODS:
        where = "training" if mode else "eval"
        make = seeded(base.model, Moody, mode=mode, **changes)
        name = f"{base.name}: {fault} in {where} alone"
        yield Case(name, make, base.network, culprit="train" if mode else "")
    for fault, use in SEEN.items():
        make = seeded(BATCHED.model, Told, use=use)
        yield Case(f"{BATCHED.name}: lengths given, {fault}", make, BATCHED.network, {"call": told})
    for fault, use in UNSEEN.items():
        make = seeded(BATCHED.model, Told, use=use)
        name = f"{BATCHED.name}: shorter lengths given, {fault}"
        yield Case(name, make, BATCHED.network, culprit="lengths")


MODES = tuple(_cases())
