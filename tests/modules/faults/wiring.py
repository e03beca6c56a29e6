"""Heads that read the wrong thing, and outputs that are changed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
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
from modules.parts import last_in_batch, last_states, last_step


def exchanged(output: Tensor, *_: Any) -> Tensor:
    """The halves of the two directions in each other's place."""
    return torch.cat(output.chunk(2, -1)[::-1], -1)


def forward_twice(output: Tensor, *_: Any) -> Tensor:
    """The forward half twice."""
    return torch.cat([output.chunk(2, -1)[0]] * 2, -1)


def summed(output: Tensor, *_: Any) -> Tensor:
    """The sum of both directions, in both halves."""
    one, two = output.chunk(2, -1)
    return torch.cat([one + two, one + two], -1)


def shifted(output: Tensor, *_: Any) -> Tensor:
    """Each step's output a step late."""
    return torch.cat([torch.zeros_like(output[:1]), output[:-1]])


def _reading() -> Iterator[Case]:
    yield LAST.case("first step", "first step", read=lambda out, _: out[0])
    yield BATCHED.case("first step", "first step", read=lambda out, _: out[:, 0])
    yield LAST.case("step before the last", read=lambda out, _: out[max(len(out) - 2, 0)])
    yield LAST.case("c_n for h_n", "c_n", read=lambda _, states: states[1][-1])
    yield LAST.case("states of layer 0", "layer 0", read=lambda _, states: states[0][0])
    yield LAST.case("mean over the steps", "mean", read=lambda out, _: out.mean(0))
    yield BATCHED.case("mean over the steps", "mean", read=lambda out, _: out.mean(1))
    yield LAST.case("greatest over the steps", "max", read=lambda out, _: out.amax(0))
    yield STEP.case("sum over the steps", "sum", read=lambda out, _: out.sum(0))
    yield LAST.case("last sequence for the last step", "batch_first", read=last_in_batch)
    yield BATCHED.case("last step of the batch", "batch_first", read=last_step)
    yield BATCHED.case(
        "states of the first sequence", read=lambda out, _: out[:1, -1].expand(len(out), -1)
    )
    yield STEP.case("last states for the last step", "last states", read=last_states)
    yield STATES.case("last step for the last states", "last step", read=last_step)
    yield STATES.case(
        "states of layer 0", "layer 0", read=lambda _, s: torch.cat([s[0][0], s[0][1]], -1)
    )
    yield STATES.case(
        "directions exchanged", "exchanged", read=lambda _, s: torch.cat([s[0][-1], s[0][-2]], -1)
    )
    yield STATES.case("c_n for h_n", "c_n", read=lambda _, s: torch.cat([s[1][-2], s[1][-1]], -1))
    yield STATES.case("forward states twice", read=lambda _, s: torch.cat([s[0][-2]] * 2, -1))


def _heads() -> Iterator[Case]:
    for base, dim in ((LAST, -1), (TAGGER, -1), (LANGUAGE, -1)):
        yield base.case(
            "softmax of the logits", "softmax", logits=partial(functional.softmax, dim=dim)
        )
    yield BATCHED.case(
        "softmax over the batch", "softmax", logits=partial(functional.softmax, dim=0)
    )
    yield LAST.case("sigmoid of the logits", "sigmoid", logits=torch.sigmoid)
    yield LAST.case("relu of the logits", "relu", logits=torch.relu)
    yield TAGGER.case("relu before the head", "relu", read=lambda out, _: out.relu())
    yield BATCHED.case("relu before the head", "relu", read=lambda out, _: out[:, -1].relu())
    yield LANGUAGE.case("tanh before the head", "tanh", read=lambda out, _: out.tanh())
    yield LAST.case("logits scaled", logits=lambda y: y / 0.7)
    yield LAST.case(
        "layer norm before the head", read=lambda out, _: functional.layer_norm(out[-1], (16,))
    )
    yield LAST.case("classes in another order", logits=lambda y: y.flip(-1))
    yield STEP.case("logits less their mean", logits=lambda y: y - y.mean(-1, keepdim=True))


def _outputs() -> Iterator[Case]:
    yield PLAIN.case("output a step late", read=shifted)
    yield LANGUAGE.case("output a step late", read=shifted)
    yield TAGGER.case("output in reverse", "reversed", read=flipped(1))
    yield DEEP.case("halves of the directions exchanged", "exchanged", read=exchanged)
    yield DEEP.case("forward half twice", read=forward_twice)
    yield TAGGER.case("sum of the directions", read=summed)
    yield DEEP.case(
        "residual around the stack", read=lambda out, _: out + out.mean(-1, keepdim=True)
    )
    yield PLAIN.case("output dropped out, always", read=lambda out, _: functional.dropout(out, 0.2))
    yield TAGGER.case("embedding dropped out, always", inputs=lambda x: functional.dropout(x, 0.1))


WIRING = (*_reading(), *_heads(), *_outputs())
