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
from lstmcalc.oracles.model import Model, StepGradients
from lstmcalc.reach import LOWEST, Curve, Reach, norms, reach_back
from lstmcalc.readings.values import Array, Tape
from lstmcalc.verdict import Check, Verdict
from lstmcalc.verification.trial import difference, stored
from lstmcalc.verification.walk import load

Steps: TypeAlias = Mapping[Place, Sequence[Mapping[str, Array]]]
TOLERANCE = 1e-10
"""At each step, relative to the largest gradient of that step, however small it is."""
ROUNDINGS, LIMIT, DRAWS = 10.0, 0.1, 4
"""A gradient may differ by so many times what rounding moves it by, and by no more than a tenth;
and how often rounding is drawn."""


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
    reasons = dict.fromkeys(c.detail for c in checks)
    compared = any(check.status != "skipped" for check in checks)
    reason = "" if compared else "; ".join(reasons)
    return Verdict(tuple(checks), framework, device, perf_counter() - start, reason)


def _check(curve: Curve, reach: Reach) -> tuple[Check, str, str]:
    (recording, loss), ours = reach_back(curve.network, curve.start, reach)
    model = load(recording)
    check = _compare(curve, reach, model, recording, loss, ours)
    return check, model.framework, model.device


def _compare(
    curve: Curve, reach: Reach, model: Model, recording: Recording, loss: Array, ours: Steps
) -> Check:
    """The gradients against those of torch's modules, and where these lose digits of the equations.

    The derivatives in torch's modules are 1 − y² and y(1 − y), which have no digits left where y
    is 1 to the last digit: there autograd is given our equations, with functions that keep theirs.
    """
    led = recording.states
    steps = range(reach.seq_len)
    by_modules = model.reach_back(stored(curve.network), recording.inputs, loss, led)
    drift = max(
        difference(led[place][t][name], state)
        for place, values in by_modules.items()
        for t in steps
        for name, state in values[t].states.items()
    )
    if not drift <= model.tolerance:
        why = f"the states of a step differ from torch's by {drift:.1e}"
        return Check(curve.label, "failed", why, ("states",))
    if len(curve.norms) != reach.seq_len:
        why = f"it has norms of {len(curve.norms)} steps, not of {reach.seq_len}"
        return Check(curve.label, "failed", why, ("norms",))
    greatest, _ = _worst(curve, ours, by_modules)
    passed = f"all states' gradients at {reach.seq_len} steps equal autograd's"
    if greatest <= TOLERANCE:
        return Check(curve.label, "passed", f"{passed}: {greatest:.1e}")
    of_modules = f"its gates are saturated, and torch's own cell loses digits ({greatest:.1e})"
    return _compare_equations(curve, model, recording, loss, ours, of_modules)


def _compare_equations(
    curve: Curve, model: Model, recording: Recording, loss: Array, ours: Steps, of_modules: str
) -> Check:
    """The gradients against autograd's of the equations, which keep their digits."""
    steps, led, weights = range(len(curve.norms)), recording.states, recording.weights
    theirs = model.reach_back(curve.network, recording.inputs, loss, led, weights)
    greatest, step = _worst(curve, ours, theirs)
    passed = f"all states' gradients at {len(curve.norms)} steps equal autograd's"
    if greatest <= TOLERANCE:
        more = f" through these equations: {greatest:.1e}; {of_modules}"
        return Check(curve.label, "passed", passed + more)
    nudged = [_nudged(recording, loss, seed) for seed in range(DRAWS)]
    moved = max(far for gradients in nudged for far in _by_step(ours, gradients, steps))
    if greatest <= ROUNDINGS * moved <= LIMIT:
        more = f" to {greatest:.1e}, and rounding alone moves them by {moved:.1e}; {of_modules}"
        return Check(curve.label, "passed", passed + more)
    if moved > LIMIT / ROUNDINGS:
        why = f"rounding alone moves its gradients by {moved:.1e}: values of it cancel"
        return Check(curve.label, "skipped", why)
    why = f"at step {step} the gradient differs from autograd's by {greatest:.1e}"
    return Check(curve.label, "failed", why, (f"step {step}",))


def _worst(
    curve: Curve, ours: Steps, theirs: Mapping[Place, Sequence[StepGradients]]
) -> tuple[float, int]:
    """The greatest difference of gradients and of the norms shown, and at which step it is."""
    gradients = {place: [step.gradients for step in steps] for place, steps in theirs.items()}
    steps = range(len(curve.norms))
    apart = _by_step(ours, gradients, steps)
    shown = [_relative(*pair) for pair in zip(curve.norms, norms(gradients), strict=True)]
    every = [float(np.max([apart[t], shown[-1 - t]])) for t in steps]
    step = int(np.argmax(every))
    return every[step], step + 1


def _by_step(ours: Steps, theirs: Steps, steps: range) -> list[float]:
    """The greatest difference at each step, over all layers and directions."""
    return [max(_apart(ours[place][t], theirs[place][t]) for place in ours) for t in steps]


def _relative(mine: float, other: float) -> float:
    """How far one norm is from the other; those that leave float64 are equal."""
    if not (np.isfinite(mine) and np.isfinite(other)):
        return 0.0 if mine == other else float("inf")
    return abs(mine - other) / max(other, LOWEST)


def _nudged(recording: Recording, loss: Array, seed: int) -> Steps:
    """Our gradients, where every value of the forward pass is off in its last digits.

    Two values of a saturated cell may differ in these alone, as h and n of a GRU.
    """
    rng = np.random.default_rng(seed)
    eps = np.finfo(np.float64).eps

    def nudge(tape: Tape) -> Tape:
        return {
            node: value
            if isinstance(node, Param | Const)
            else value * (1 + eps * rng.uniform(-2, 2, np.shape(value)))
            for node, value in tape.items()
        }

    tapes = {place: [nudge(tape) for tape in steps] for place, steps in recording.tapes.items()}
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
