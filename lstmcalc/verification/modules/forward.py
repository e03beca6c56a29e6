"""A module called as a whole, over and over, against the equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from lstmcalc.forward import Inputs, Weights
from lstmcalc.oracles.torch.subject import Answer
from lstmcalc.verdict import Check, first_line, judge
from lstmcalc.verification.modules.comparison import (
    Comparison,
    Match,
    closest,
    ends_apart,
    expected_of,
    kinds_of,
    matches,
    shapes_of,
)
from lstmcalc.verification.modules.culprits import explain
from lstmcalc.verification.modules.plans import layout_words
from lstmcalc.verification.trial import difference

MOST_MACS = 1_500_000_000
"""Of a long call: where it takes more, calls are of fewer steps and sequences."""
LONG = 130
"""Steps of the longest call: sequences are often cut after 50 or 100."""
ALIKE = 1e-12
"""Two answers to the same x are one."""
LARGE, LOUD = 4.0, 3.0
"""Weights so many times as large, and x so many times: where a clip would show."""


class Call(NamedTuple):
    """One call: the seed and scale of the weights, steps and sequences, scale of x, how often."""

    seed: int
    weights: float
    steps: int
    batch: int
    x: float = 1.0
    times: int = 1


class Forward(NamedTuple):
    """The check, what the module gives, and what could not be run."""

    check: Check
    match: Match | None
    notes: tuple[str, ...]


def check_forward(comparison: Comparison) -> Forward:
    """The module's own wiring and first states, not only its parts.

    With random weights, with the same negated (a rectifier after a head whose bias outweighs the
    rest would pass with one sign of it), and with large ones; with few steps and many, and with
    many sequences; and the same x twice, for what the module remembers.
    """
    fits: set[Match] | None = None
    greatest = 0.0
    notes: list[str] = []
    ran: list[str] = []
    for call, weights, inputs in _drawn(comparison):
        size = f"{len(inputs.x)} × {inputs.x.shape[1]} steps × batch"
        try:
            answers = [comparison.subject.run(inputs.x, comparison.plan) for _ in range(call.times)]
        except Exception as error:
            said = f"{type(error).__name__}: {first_line(error)}"
            if not ran:
                return Forward(_not_called(said), None, ())
            notes.append(f"not run: {size}, which raised {said}")
            continue
        if not _same(answers[0], answers[-1]):
            return Forward(_two_answers(), None, ())
        returned = answers[0].arrays
        if not returned:
            said = f"it gives no tensor; {how_to_call()}"
            return Forward(Check("forward", "skipped", said), None, ())
        outputs = comparison.compute(weights, inputs)
        expected = kinds_of(comparison, outputs)
        nearest = closest(expected, returned)
        ends = ends_apart(comparison, outputs, returned)
        apart = max(np.inf if nearest is None else nearest[1], *ends.values(), 0.0)
        allowed = comparison.allowed(weights, inputs, apart)
        if comparison.is_chaotic(allowed):
            notes.append(f"not compared: {size} with large weights, where rounding alone decides")
            continue
        here = {match for match, far in matches(expected, returned) if far <= allowed}
        fits = here if fits is None else fits & here
        if not fits:
            return Forward(_failed(comparison, weights, inputs, answers[0]), None, ())
        if any(far > allowed for far in ends.values()):
            return Forward(_wrong_ends(ends, allowed), None, ())
        greatest = max(greatest, apart)
        ran.append(size.partition(" steps")[0])
    return _passed(comparison, fits, ran, greatest, notes)


def _wrong_ends(ends: Mapping[str, float], allowed: float) -> Check:
    """Last states that are not those of the network, beside an output that is."""
    faults = {
        name: f"{name} differs by {far:.1e}, beside an output that is right"
        for name, far in ends.items()
        if far > allowed
    }
    if len(faults) == len(ends) > 1:
        faults |= {"order": "are they exchanged?"}
    return judge("forward", faults, "")


def _passed(
    comparison: Comparison,
    fits: set[Match] | None,
    ran: list[str],
    greatest: float,
    notes: list[str],
) -> Forward:
    """What it gives in every call, by the plainest name of it."""
    if not fits:
        return Forward(Check("forward", "skipped", "; ".join(notes)), None, ())
    match = min(fits, key=lambda match: (len(match[0]), match[0], len(match[1])))
    sizes = ", ".join(dict.fromkeys(ran))
    said = f"called as a whole ({sizes} steps × batch; {layout_words(comparison)}), it gives the "
    name = match[1].removeprefix("the ")
    check = Check("forward", "passed", f"{said}{name} within {greatest:.1e}")
    return Forward(check, match, tuple(notes))


def _failed(comparison: Comparison, weights: Weights, inputs: Inputs, answer: Answer) -> Check:
    """What the module gives instead, where that is recognised; else how far off it is."""
    if not _same(answer, comparison.subject.run(inputs.x, comparison.plan)):
        return _two_answers()
    returned = answer.arrays
    size = f"{len(inputs.x)} × {inputs.x.shape[1]} steps × batch"
    called = f"called as a whole ({size}; {layout_words(comparison)}), "
    words = explain(comparison, weights, inputs, returned)
    if words:
        return Check("forward", "failed", called + words, (words,))
    nearest = closest(expected_of(comparison, weights, inputs), returned)
    how = f"has the shape {shapes_of(returned)}"
    if nearest is not None:
        how = f"differs by {nearest[1]:.1e}, and is not the {nearest[0][1].removeprefix('the ')}"
    return Check("forward", "failed", f"{called}it gives for x what {how}", ("forward",))


def _drawn(comparison: Comparison) -> Iterator[tuple[Call, Weights, Inputs]]:
    """Every call with its weights, which the module then has, and its inputs."""
    filled: tuple[int, float] | None = None
    for call in _calls(comparison):
        if filled != (call.seed, call.weights):
            weights = comparison.subject.fill(call.seed, call.weights)
            filled = call.seed, call.weights
        yield call, weights, comparison.draw(call.steps, call.batch, call.x)


def _calls(comparison: Comparison) -> Iterator[Call]:
    heavy = comparison.report.step_work.macs * LONG * 2 > MOST_MACS
    steps, batch = (4, 3) if heavy else (12, 16)
    yield Call(0, 1.0, steps, batch, times=2)
    yield Call(0, 1.0, 7, 1)
    yield Call(0, 1.0, 1, 3)
    yield Call(0, 1.0, 2, 40)
    yield Call(0, 1.0, LONG, 1 if heavy else 2)
    yield Call(1, -1.0 if comparison.subject.is_direct else 1.0, steps, batch)
    yield Call(2, LARGE, 8, 2 if heavy else 4, LOUD)
    if not heavy:
        yield Call(3, LARGE, 80, 4, LOUD)


def _same(one: Answer, other: Answer) -> bool:
    ours, theirs = one.arrays, other.arrays
    return ours.keys() == theirs.keys() and all(
        array.shape == theirs[path].shape and difference(array, theirs[path]) < ALIKE
        for path, array in ours.items()
    )


def _two_answers() -> Check:
    said = "the same x twice gives two answers: it keeps states from call to call, or is random"
    return Check("forward", "failed", said, ("two answers",))


def _not_called(said: str) -> Check:
    return Check("forward", "skipped", f"calling the module with x raised {said}; {how_to_call()}")


def how_to_call() -> str:
    """What a caller writes where only they know how a module is called."""
    return (
        "say how it is called, as in call=lambda module, x: module(x, lengths)[0], or which part "
        "of it to compare, as in part='encoder.lstm'"
    )
