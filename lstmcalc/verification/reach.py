"""How far the gradient reaches by our equations, against the framework's automatic one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TypeAlias

import numpy as np

from lstmcalc.algebra import Const, Param
from lstmcalc.backward import Arriving, backward
from lstmcalc.errors import UnsupportedError
from lstmcalc.forward import Recording
from lstmcalc.network import Place
from lstmcalc.reach import LOWEST, Curve, Reach, norms, reach_back
from lstmcalc.readings.values import Array, Tape
from lstmcalc.verdict import Check, Verdict
from lstmcalc.verification.trial import difference, stored
from lstmcalc.verification.walk import MARGIN, load

Steps: TypeAlias = Mapping[Place, Sequence[Mapping[str, Array]]]
TOLERANCE = 1e-10
"""At each step, relative to the largest gradient of that step, however small it is."""


def verify_reach(reach: Reach, progress: Callable[[str], None]) -> Verdict:
    """The gradient of every state at every step of every curve, against torch's autograd."""
    start = perf_counter()
    checks = []
    framework = device = ""
    for number, curve in enumerate(reach.curves, start=1):
        progress(f"differentiating {curve.label} in torch ({number} of {len(reach.curves)})")
        try:
            check, framework, device = _check(curve, reach)
        except UnsupportedError as error:
            check = Check(curve.label, "skipped", str(error))
        checks.append(check)
    known = any(check.status != "skipped" for check in checks)
    reason = "" if known else "torch has none of these cells"
    return Verdict(tuple(checks), framework, device, perf_counter() - start, reason)


def _check(curve: Curve, reach: Reach) -> tuple[Check, str, str]:
    (recording, loss), ours = reach_back(curve.network, curve.start, reach)
    model = load(recording)
    led = recording.states
    found = model.reach_back(stored(curve.network), recording.inputs, loss, led)
    steps = range(reach.seq_len)
    drift = max(
        difference(led[place][t][name], state)
        for place, told in found.items()
        for t in steps
        for name, state in told[t].states.items()
    )
    if not drift <= model.tolerance:
        why = f"the states of a step differ from torch's by {drift:.1e}"
        return Check(curve.label, "failed", why, ("states",)), model.framework, model.device
    theirs = {place: [step.gradients for step in told] for place, told in found.items()}
    if len(curve.norms) != reach.seq_len:
        why = f"it has norms of {len(curve.norms)} steps, not of {reach.seq_len}"
        return Check(curve.label, "failed", why, ("norms",)), model.framework, model.device
    apart = _by_step(ours, theirs, steps)
    shown = [_relative(*pair) for pair in zip(curve.norms, norms(theirs), strict=True)]
    worst = max(steps, key=lambda t: max(apart[t], shown[-1 - t]))
    greatest = max(apart[worst], shown[-1 - worst])
    said = f"all states' gradients at {reach.seq_len} steps equal autograd's: {greatest:.1e}"
    check = Check(curve.label, "passed", said)
    if not greatest <= TOLERANCE:
        moved = _by_step(ours, _nudged(recording, loss), steps)
        allowed = [max(TOLERANCE, MARGIN * far) for far in moved]
        why = f"at step {worst + 1} the gradient differs from autograd's by {greatest:.1e}"
        check = Check(curve.label, "failed", why, (f"step {worst + 1}",))
        if all(max(apart[t], shown[-1 - t]) <= allowed[t] for t in steps):
            reason = (
                f"its gates are saturated: rounding alone moves the gradient by {max(moved):.1e}"
            )
            check = Check(curve.label, "skipped", f"{reason}, and {why}")
    return check, model.framework, model.device


def _by_step(ours: Steps, theirs: Steps, steps: range) -> list[float]:
    """The greatest difference at each step, over all layers and directions."""
    return [max(_apart(ours[place][t], theirs[place][t]) for place in ours) for t in steps]


def _relative(mine: float, other: float) -> float:
    """How far one norm is from the other; those that leave float64 are equal."""
    if not (np.isfinite(mine) and np.isfinite(other)):
        return 0.0 if mine == other else float("inf")
    return abs(mine - other) / max(other, LOWEST)


def _nudged(recording: Recording, loss: Array) -> Steps:
    """Our gradients, where every value of the forward pass is off by its last digit.

    The derivative of a saturated gate, 1 − h², has few digits left or none.
    """
    rng = np.random.default_rng(0)
    eps = np.finfo(np.float64).eps

    def nudge(tape: Tape) -> Tape:
        return {
            node: value
            if isinstance(node, Param | Const)
            else value * (1 + eps * rng.choice([-1, 1], np.shape(value)))
            for node, value in tape.items()
        }

    tapes = {place: [nudge(tape) for tape in told] for place, told in recording.tapes.items()}
    moved = replace(recording, tapes=tapes)
    return backward(moved, Arriving(output=loss), weights=False).steps


def _apart(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> float:
    """The greatest difference at one step, relative to the largest of all its states.

    Gradients that float64 holds with fewer digits, or not at all, are taken as one.
    """
    size = max(float(np.abs(state).max()) for state in theirs.values())
    own = max(float(np.abs(state).max()) for state in ours.values())
    if not (np.isfinite(size) and np.isfinite(own)):
        return 0.0 if not np.isfinite(size) and not np.isfinite(own) else float("inf")
    far = max(float(np.abs(ours[name] - state).max()) for name, state in theirs.items())
    return far / max(size, LOWEST)
