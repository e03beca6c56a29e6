"""A module as it is used: in its own type of number, in training mode, with lengths and states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstmcalc.draw import draw_inputs
from lstmcalc.forward import Inputs, Weights
from lstmcalc.oracles.torch.calling import rounded
from lstmcalc.oracles.torch.subject import Answer
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, first_line, judge
from lstmcalc.verification.modules.answers import STEPS, Kind
from lstmcalc.verification.modules.comparison import (
    Comparison,
    Match,
    ends_apart,
    expected_of,
    kinds_of,
)
from lstmcalc.verification.modules.learning import check_gradients
from lstmcalc.verification.rounding import TOLERANCES
from lstmcalc.verification.trial import difference

MOST_MACS = 5_000_000
"""Of a step: heavier networks are run over fewer."""


LARGEST: Mapping[str, float] = {
    "float64": 1.8e308, "float32": 3.4e38, "bfloat16": 3.4e38, "float16": 65504.0,
}  # fmt: skip
"""The largest number of a type."""
HEADROOM = 1e3
"""What is added up on the way to an output may be so many times larger."""
LONGEST = 45
"""Steps of the longest of several lengths."""


class Ran(NamedTuple):
    """A check, where one could be made, and what was not run."""

    check: Check | None
    note: str = ""


def check_own(comparison: Comparison, match: Match) -> Ran:
    """With its own weights, in its own type of number and under what it sets itself.

    A module that rounds to a type below its own, and not under autocast, computes something else.
    """
    subject, name = comparison.subject, comparison.dtype
    before = subject.values()
    weights = subject.weights()
    steps, batch = (70, 4) if comparison.report.step_work.macs < MOST_MACS else (5, 2)
    inputs = comparison.draw(steps, batch)
    if comparison.network.vocab_size is None:  # what float32 holds, so that x is the same to both
        inputs = replace(inputs, x=rounded(inputs.x, name))
    try:
        answer = subject.run(inputs.x, comparison.plan)
    except Exception as error:
        return Ran(None, f"not run: in {name}, which raised {_said(error)}")
    after = subject.values()
    changed = [n for n in after if not np.array_equal(after[n], before[n], equal_nan=True)]
    if changed:
        said = f"a call changes {', '.join(changed)}"
        return Ran(Check("own weights", "failed", said, tuple(changed)))
    return _with_own(comparison, match, answer, weights, inputs)


def _with_own(
    comparison: Comparison, match: Match, answer: Answer, weights: Weights, inputs: Inputs
) -> Ran:
    """What it gives with its own weights, against the equations with the same."""
    name = comparison.dtype
    outputs = comparison.compute(weights, inputs)
    kind = _kind(kinds_of(comparison, outputs), match)
    returned = answer.arrays
    if kind is None or returned.get(match[0], np.empty(0)).shape != kind.array.shape:
        said = f"in {name} it gives no {match[1]} of that shape"
        return Ran(Check("own weights", "failed", said, (name,)))
    if not np.abs(kind.array).max() < LARGEST[name] / HEADROOM:
        return Ran(
            None, f"not compared: with its own weights its outputs leave the range of {name}"
        )
    lowest = _lowest(answer, name)
    ends = ends_apart(comparison, outputs, returned)
    apart = max(difference(returned[match[0]], kind.array), *ends.values(), 0.0)
    allowed = comparison.allowed(weights, inputs, apart, lowest)
    said = f"with its own weights in {name}"
    if lowest != name:
        said += f", under autocast to {lowest}"
    if comparison.is_chaotic(allowed) and lowest in ("float64", "float32") and not apart <= allowed:
        return Ran(None, f"not compared: {said}, where rounding moves outputs by {allowed:.1e}")
    if apart <= allowed:
        return Ran(Check("own weights", "passed", f"{said}, within {apart:.1e} (≤ {allowed:.0e})"))
    return Ran(Check("own weights", "failed", f"{said} it differs by {apart:.1e}", (name,)))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _lowest(answer: Answer, own: str) -> str:
    """The coarsest type that the module computes in, where autocast chose it; else its own."""
    names = answer.types & TOLERANCES.keys()
    if answer.autocast and names:
        return max(names, key=lambda name: TOLERANCES[name])
    return own


def _kind(expected: Sequence[Kind], match: Match) -> Kind | None:
    return next((kind for kind in expected if kind.name == match[1]), None)


def check_training(comparison: Comparison, match: Match) -> Ran:
    """In training mode, with every dropout set to 0: some modules take another path there."""
    if comparison.subject.is_cell:
        return Ran(None)
    try:
        with comparison.subject.training():
            return _trained(comparison, match)
    except Exception as error:
        return Ran(None, f"not run: training mode, which raised {_said(error)}")


def _trained(comparison: Comparison, match: Match) -> Ran:
    """Outputs and gradients of a module in training mode."""
    weights = comparison.subject.fill(7)
    inputs = comparison.draw(6, 4)
    before = comparison.subject.values()
    answers = [comparison.subject.run_seeded(inputs.x, comparison.plan, s) for s in (0, 0, 1)]
    after = comparison.subject.values()
    changed = [name for name in after if not np.array_equal(after[name], before[name])]
    if changed:
        said = f"a call in training mode changes {', '.join(changed)}"
        return Ran(Check("training", "failed", said, tuple(changed)))
    one, again, other = (answer.arrays.get(match[0]) for answer in answers)
    if one is None or again is None or other is None:
        said = f"in training mode it gives no {match[1]}"
        return Ran(Check("training", "failed", said, ("training mode",)))
    if not _alike(one, again, comparison.dtype):
        said = "in training mode the same x and random numbers give two answers: it keeps states"
        return Ran(Check("training", "failed", said, ("training mode",)))
    if not _alike(one, other, comparison.dtype):
        return Ran(None, "not compared: training mode, which draws random numbers")
    kind = _kind(expected_of(comparison, weights, inputs), match)
    apart = np.inf if kind is None else difference(one, kind.array)
    allowed = comparison.allowed(weights, inputs, apart)
    faults = {} if apart <= allowed else {"training mode": _apart("in training mode", apart, one)}
    learned = check_gradients(comparison, match)
    if not faults and learned.status == "failed":
        return Ran(replace(learned, name="training", detail=f"in training mode {learned.detail}"))
    passed = f"the same outputs and gradients in training mode, within {apart:.1e}"
    return Ran(judge("training", faults, passed))


def _alike(one: Array, other: Array, dtype: str) -> bool:
    return one.shape == other.shape and difference(one, other) <= TOLERANCES[dtype]


def _apart(where: str, apart: float, array: Array) -> str:
    if np.isfinite(apart):
        return f"{where} it differs by {apart:.1e}"
    return f"{where} it gives what has the shape {array.shape}"


def check_lengths(comparison: Comparison, match: Match) -> Ran:
    """Sequences of several lengths, each against the same sequence alone."""
    if not comparison.subject.takes_lengths():
        return Ran(None)
    if comparison.network.head_on == "last" and comparison.network.layers[-1].bidirectional:
        return Ran(None, "not run: lengths, as with two directions the last step is two")
    weights = comparison.subject.fill(8)
    inputs = comparison.draw(LONGEST, 4)
    steps, batch = inputs.x.shape[:2]
    lengths = [max(1, steps - steps * k // batch) for k in range(batch)]
    lengths = [*lengths[1:3], lengths[0], *lengths[3:]]  # no order that is its own inverse
    try:
        answer = comparison.subject.run(inputs.x, comparison.plan, lengths)
    except Exception:  # many modules want the longest first
        lengths.sort(reverse=True)
        try:
            answer = comparison.subject.run(inputs.x, comparison.plan, lengths)
        except Exception as error:
            return Ran(None, f"not run: lengths, which raised {_said(error)}")
    returned = answer.arrays.get(match[0])
    greatest = 0.0
    for k, length in enumerate(lengths):
        alone = _one(inputs, k, length)
        outputs = comparison.compute(weights, alone)
        kind = _kind(kinds_of(comparison, outputs), match)
        if kind is None or returned is None:
            return Ran(None, f"not compared: lengths, with which it gives no {match[1]}")
        theirs = _row(match, returned, k, length)
        ours = _row(match, kind.array, 0, length)
        apart = difference(theirs, ours)
        greatest = max(greatest, apart)
        states = {
            path: array[:, k : k + 1]
            for path, array in answer.arrays.items()
            if array.ndim == STEPS and array.shape[1] == batch and array.shape[0] != steps
        }
        apart = max(apart, *ends_apart(comparison, outputs, states).values(), 0.0)
        if not apart <= comparison.allowed(weights, inputs, apart):
            said = f"a sequence of {length} steps among longer ones {_differs(apart)}"
            return Ran(Check("lengths", "failed", said, ("lengths",)))
    passed = f"sequences of {', '.join(map(str, lengths))} steps as each alone: {greatest:.1e}"
    return Ran(Check("lengths", "passed", passed))


def _differs(apart: float) -> str:
    return f"differs by {apart:.1e}" if np.isfinite(apart) else "has another shape"


def _one(inputs: Inputs, k: int, length: int) -> Inputs:
    states = {
        place: {name: state[k : k + 1] for name, state in named.items()}
        for place, named in inputs.states.items()
    }
    return Inputs(inputs.x[:length, k : k + 1], states)


def _row(match: Match, array: Array, k: int, length: int) -> Array:
    """One sequence of what is given, up to its length."""
    if "(B, T" in match[1]:
        return array[k, :length]
    if "(T, B" in match[1]:
        return array[:length, k]
    return array[:, k] if array.ndim == STEPS else array[k]


def check_states(comparison: Comparison, match: Match) -> Ran:
    """First states that are not 0, given to a recurrent module of torch or one derived from it."""
    if not comparison.subject.takes_states():
        return Ran(None)
    network = comparison.network
    weights = comparison.subject.fill(9)
    inputs = draw_inputs(network, *comparison.sizes(5, 3), comparison.rng, 1.0)
    places = sorted(inputs.states)
    first = [
        np.stack([inputs.states[place][name] for place in places])
        for name in network.layers[0].graph.states
    ]
    try:
        answer = comparison.subject.run_from(inputs.x, first, comparison.plan)
    except Exception as error:
        return Ran(None, f"not run: first states, which raised {_said(error)}")
    outputs = comparison.compute(weights, inputs)
    kind = _kind(kinds_of(comparison, outputs), match)
    given = answer.arrays.get(match[0])
    apart = ends_apart(comparison, outputs, answer.arrays)
    apart[match[1]] = np.inf if kind is None or given is None else difference(given, kind.array)
    allowed = comparison.allowed(weights, inputs, max(apart.values()))
    faults = {
        name: f"from random first states {name} {_differs(far)}"
        for name, far in apart.items()
        if not far <= allowed
    }
    passed = f"{', '.join(apart)} from random first states, within {max(apart.values()):.1e}"
    return Ran(judge("states", faults, passed))
