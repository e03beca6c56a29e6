"""Sequences that are changed before they are read, and first states that are not zeros."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from modules.case import Case
from modules.faults.bases import (
    BATCHED,
    DEEP,
    LANGUAGE,
    LAST,
    PLAIN,
    STATES,
    STEP,
    TAGGER,
    flipped,
)
from modules.parts import Model, seeded


def cut(dim: int, steps: int) -> Callable:
    """Leaves out what comes after some steps."""
    return lambda x, *_: x.narrow(dim, 0, min(steps, x.shape[dim]))


def started(value: Callable) -> Callable:
    """Runs the recurrent part from other first states than zeros."""

    def through(rnn: nn.RNNBase, x: Tensor) -> Any:
        batch = x.shape[0 if rnn.batch_first else 1]
        shape = rnn.num_layers * (1 + rnn.bidirectional), batch, rnn.hidden_size
        state = value(x.new_zeros(shape))
        return rnn(x, (state, state) if isinstance(rnn, nn.LSTM) else state)

    return through


class Learned(nn.LSTM):
    """An LSTM with first states that it learns, under the network's names none."""

    def __init__(self, *sizes: int) -> None:
        super().__init__(*sizes)
        self.start = nn.Parameter(torch.randn(self.num_layers, 1, self.hidden_size))

    def forward(self, x: Tensor) -> Any:
        """From the first states learned."""
        start = self.start.expand(-1, x.shape[1], -1).contiguous()
        return super().forward(x, (start, torch.zeros_like(start)))


class Remembers:
    """Runs the recurrent part from where the last call of as many sequences ended."""

    def __init__(self, detach: bool = True) -> None:
        self.detach = detach
        self.kept: Any = None

    def __call__(self, rnn: nn.RNNBase, x: Tensor) -> Any:
        states = self.kept
        if states is not None and states[0].shape[-2] != x.shape[0 if rnn.batch_first else 1]:
            states = None
        output, ends = rnn(x, states)
        several = isinstance(ends, tuple)
        self.kept = tuple(s.detach() for s in ends) if several else ends.detach()
        return output, ends


def sorted_batch(rnn: nn.RNNBase, x: Tensor) -> Any:
    """Sorts the sequences, as for packing, and forgets to put them back."""
    dim = 0 if rnn.batch_first else 1
    order = x.flatten(2).sum(-1).sum(1 - dim).argsort(descending=True)
    return rnn(x.index_select(dim, order))


def mixed(x: Tensor, *_: Any) -> Tensor:
    """Steps and sequences exchanged by a view, where a transposition was meant."""
    return x.contiguous().view(x.shape[1], x.shape[0], -1).transpose(0, 1)


class Scaled(Model):
    """The transformer's way with an embedding: times the root of its length."""

    def forward(self, x: Tensor) -> Tensor:
        """The logits, of an embedding scaled."""
        output, states = self.rnn(self.embedding(x) * self.rnn.input_size**0.5)
        return self.head(self.read(output, states))


class Padded(Model):
    """Takes one word for padding, whose vector is zero."""

    def __init__(self, padding: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """The logits, of an embedding with a word left out."""
        vectors = self.embedding(x) * (x != self.padding)[..., None]
        return self.head(self.read(*self.rnn(vectors)))


def _sequences() -> Iterator[Case]:
    for base, dim in ((PLAIN, 0), (DEEP, 1), (LAST, 0), (TAGGER, 1), (LANGUAGE, 0)):
        yield base.case("x reversed", "reversed", inputs=flipped(dim))
    for base, dim, steps in (
        (PLAIN, 0, 50),
        (LAST, 0, 50),
        (BATCHED, 1, 28),
        (STEP, 0, 30),
        (LAST, 0, 20),
    ):
        yield base.case(f"x cut after {steps} steps", inputs=cut(dim, steps))
    yield STEP.case("tokens cut after 40 steps", tokens=cut(0, 40))
    yield DEEP.case("batch turned round", read=flipped(0))
    yield LAST.case("batch rolled", inputs=lambda x: x.roll(1, 1))
    yield PLAIN.case("steps and sequences mixed by a view", inputs=mixed)
    yield LAST.case("steps and sequences mixed by a view", inputs=mixed)
    yield BATCHED.case("batch sorted and not put back", through=sorted_batch)
    yield STATES.case("batch sorted and not put back", through=sorted_batch)


def _states() -> Iterator[Case]:
    for base, value, name in (
        (PLAIN, torch.ones_like, "ones"),
        (DEEP, torch.ones_like, "ones"),
        (BATCHED, torch.randn_like, "random numbers"),
        (TAGGER, lambda zeros: zeros + 0.01, "hundredths"),
    ):
        culprit = {"random numbers": "random", "hundredths": ""}.get(name, "first states")
        yield base.case(f"first states of {name}", culprit, through=started(value))
    yield PLAIN.case("first states learned", "start", rnn=lambda: Learned(4, 6))
    for base in (PLAIN, BATCHED, TAGGER):
        make = seeded(lambda base=base: base.model(through=Remembers()))
        yield Case(f"{base.name}: states kept between calls", make, base.network, culprit="call")


def _inputs() -> Iterator[Case]:
    yield PLAIN.case("x scaled", inputs=lambda x: 0.5 * x)
    yield BATCHED.case("x normalised", inputs=lambda x: functional.layer_norm(x, x.shape[-1:]))
    yield LAST.case("x without its mean over the steps", inputs=lambda x: x - x.mean(0))
    yield LAST.case("x clamped to ±1", inputs=lambda x: x.clamp(-1, 1))
    yield PLAIN.case("x rounded", inputs=lambda x: x.round(decimals=2))
    yield DEEP.case("features in reverse", inputs=flipped(-1))
    yield LAST.case("x of the last feature alone", inputs=lambda x: x * (torch.arange(5) == 4))
    yield LANGUAGE.case("tokens shifted by one", tokens=lambda x: (x + 1) % 200)
    yield LANGUAGE.case("tokens a step late", tokens=lambda x: x.roll(1, 0))
    yield LANGUAGE.case("tokens clamped", tokens=lambda x: x.clamp(max=150))
    yield TAGGER.case("tokens of one word taken for another", tokens=lambda x: x.where(x != 7, 1))
    for base, padding in ((TAGGER, 0), (STEP, 1)):
        make = seeded(base.model, partial(Padded, padding))
        yield Case(f"{base.name}: embedding of word {padding} zeroed", make, base.network)
    make = seeded(LANGUAGE.model, Scaled)
    yield Case(f"{LANGUAGE.name}: embedding times √E", make, LANGUAGE.network)


INPUTS = (*_sequences(), *_states(), *_inputs())
