"""What a module learns: the gradients of every weight and of x through the whole of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lstmcalc.backward import Arriving, Gradients, backward
from lstmcalc.conventions.arrays import pack
from lstmcalc.forward import Inputs, Weights, record
from lstmcalc.readings.values import Array
from lstmcalc.verdict import MOST_SHOWN, Check, first_line
from lstmcalc.verification.modules.comparison import (
    Comparison,
    Match,
    expected_of,
)
from lstmcalc.verification.rounding import DRAWS, EPS, ROUNDINGS, TOLERANCES, nudged
from lstmcalc.verification.trial import difference

MOST_MACS = 600_000_000
"""Of a call that is differentiated: larger ones are of fewer steps."""
LEAST = 1e-3
"""Gradients are compared relative to their tensor's largest, or to this where that is smaller."""
LONG, SCALES = 130, (1e6, 1e-6)
"""Steps of a long run, and how much larger and smaller further losses are."""
LEAST_ALLOWED, COMPUTED = 1e-11, 1e-7
"""At least so far gradients may be off, and those of what a weight is computed of."""
SHARPER = 0.1
"""Gradients are compared so many times more sharply than outputs, relative to their own size."""


def check_gradients(comparison: Comparison, match: Match) -> Check:
    """Every gradient that autograd finds through the module, against our backward equations.

    Through many steps, and of losses that are far larger and far smaller: a gradient is linear in
    the loss, and one that is clipped is not.
    """
    macs = comparison.report.step_work.macs
    steps, batch = (LONG, 2) if macs * LONG * 2 <= MOST_MACS else (12, 1)
    weights = comparison.subject.fill(6)
    check = _compared(comparison, match, weights, (steps, batch), 1.0)
    for scale in SCALES:
        if check.status == "passed":
            other = _compared(comparison, match, weights, (6, 2), scale)
            check = other if other.status == "failed" else check
    return check


def _compared(
    comparison: Comparison, match: Match, weights: Weights, size: tuple[int, int], scale: float
) -> Check:
    """The gradients of one loss."""
    inputs = comparison.draw(*size)
    kind = {kind.name: kind for kind in expected_of(comparison, weights, inputs)}[match[1]]
    loss = scale * comparison.rng.standard_normal(kind.array.shape)
    try:
        learned = comparison.subject.learn(inputs.x, comparison.plan, match[0], loss)
    except Exception as error:
        said = f"recording gradients raised {type(error).__name__}: {first_line(error)}"
        return Check("gradients", "skipped", said)
    if not learned.recorded:
        said = "no gradient reaches any weight: it runs under no_grad, or what it gives is detached"
        return Check("gradients", "failed", said, ("no_grad",))
    apart = difference(learned.given, kind.array)
    if not apart <= comparison.allowed(weights, inputs, apart):
        said = f"where gradients are recorded its outputs are others: they differ by {apart:.1e}"
        return Check("gradients", "failed", said, ("outputs",))
    theirs = {name: gradient / scale for name, gradient in learned.gradients.items()}
    arriving = kind.pull(loss / scale)
    ours = _ours(comparison, weights, inputs, arriving)
    apart_by_name = {name: _difference(ours[name], theirs[name]) for name in theirs}
    allowed = _allowed(comparison, weights, inputs, arriving, ours, apart_by_name)
    faults = {name: far for name, far in apart_by_name.items() if not far <= allowed}
    if faults:
        return _failed(comparison, faults, ours, theirs)
    words = "every weight and of x" if "x" in theirs else "every weight"
    far = max(apart_by_name.values())
    passed = f"of {words} equal autograd's through the whole module, within {far:.1e}"
    return Check("gradients", "passed", f"{passed}, {len(inputs.x)} steps")


def _failed(
    comparison: Comparison,
    faults: Mapping[str, float],
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
) -> Check:
    """Which gradients differ, and what that is a sign of."""
    silent = [name for name in faults if not theirs[name].any() and ours[name].any()]
    wrong = [name for name in faults if name not in silent]
    recurrent = {
        name for row in comparison.rows for name in comparison.subject.slots[row.tensor].parameters
    }
    said = [f"no gradient reaches {', '.join(silent)} (detached, or under no_grad)"] * bool(silent)
    if wrong and len(wrong) == len(faults) and set(wrong) <= recurrent | {"x"}:
        said.append("its outputs are right: a state is detached on its way, or a gradient changed")
    said += [f"the gradient of {name} differs by {faults[name]:.1e}" for name in wrong]
    more = len(said) - MOST_SHOWN
    shown = [*said[:MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return Check("gradients", "failed", "; ".join(shown), tuple(faults))


def _ours(
    comparison: Comparison, weights: Weights, inputs: Inputs, arriving: Arriving
) -> dict[str, Array]:
    """Our gradients of what the module learns: of its parameters, and of x."""
    run = record(comparison.network, weights, inputs, np)
    gradients = backward(run, arriving)
    subject = comparison.subject
    stored = pack(_complete(gradients, weights), subject.layout)
    row = subject.padding_row()
    if row is not None and "embedding.weight" in stored:
        stored["embedding.weight"][row] = 0
    ours: dict[str, Array] = {}
    for name in subject.slots:
        ours |= subject.onward(name, stored[name])
    if comparison.network.vocab_size is None:
        ours["x"] = gradients.x
    return ours


def _complete(gradients: Gradients, weights: Weights) -> Weights:
    """The gradients, zeros for a head that what the module gives is not of."""
    found = gradients.weights
    if found.head_weight is None and weights.head_weight is not None:
        return Weights(found.recurrent, found.embedding, found.embedding, found.head_bias)
    return found


def _difference(ours: Array, theirs: Array) -> float:
    if ours.shape != theirs.shape:
        return float("inf")
    size = max(float(np.abs(ours).max(initial=0)), LEAST)
    return float(np.abs(ours - theirs).max(initial=0)) / size


def _allowed(
    comparison: Comparison,
    weights: Weights,
    inputs: Inputs,
    arriving: Arriving,
    ours: Mapping[str, Array],
    apart: Mapping[str, float],
) -> float:
    """How far a right gradient may be off, relative to its size; measured where it matters."""
    base = TOLERANCES[comparison.dtype] * (SHARPER if comparison.dtype == "float64" else 100)
    # a weight that is computed, as by a matrix exponential, takes digits of its own gradient
    base = max(base, LEAST_ALLOWED if comparison.subject.is_direct else COMPUTED)
    if max(apart.values()) <= base:
        return base
    moved = max(
        _difference(ours[name], gradient)
        for seed in range(DRAWS)
        for name, gradient in _moved(comparison, weights, inputs, arriving, seed)
    )
    return max(base, min(ROUNDINGS * moved, 1e-4 if comparison.dtype == "float64" else 1e-2))


def _moved(
    comparison: Comparison, weights: Weights, inputs: Inputs, arriving: Arriving, seed: int
) -> Iterator[tuple[str, Array]]:
    changed = nudged(weights, EPS[comparison.dtype], seed)
    yield from _ours(comparison, changed, inputs, arriving).items()
