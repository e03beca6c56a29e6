"""How far the gradient reaches by our equations, against the framework's automatic one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np

from lstmcalc.errors import UnsupportedError
from lstmcalc.reach import LOWEST, Curve, Reach, norms, reach_back
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, Verdict
from lstmcalc.verification.trial import difference, stored
from lstmcalc.verification.walk import load

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
    far = [max(_apart(ours[place][t], theirs[place][t]) for place in ours) for t in steps]
    shown = [
        abs(mine - other) / other if other > LOWEST else 0.0
        for mine, other in zip(curve.norms, norms(theirs), strict=True)
    ]
    apart = {t: max(a, b) for t, (a, b) in enumerate(zip(far, reversed(shown), strict=True), 1)}
    worst = max(apart, key=lambda t: apart[t])
    if apart[worst] <= TOLERANCE:
        said = f"all states' gradients at {reach.seq_len} steps equal autograd's"
        check = Check(curve.label, "passed", f"{said}: {apart[worst]:.1e}")
    else:
        why = f"at step {worst} the gradient differs from autograd's by {apart[worst]:.1e}"
        check = Check(curve.label, "failed", why, (f"step {worst}",))
    return check, model.framework, model.device


def _apart(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> float:
    """The greatest difference at one step, relative to the largest of all its states.

    Gradients that float64 holds with fewer digits, or not at all, are taken as one.
    """
    size = max(float(np.abs(state).max()) for state in theirs.values())
    far = max(float(np.abs(ours[name] - state).max()) for name, state in theirs.items())
    if not np.isfinite(size):
        own = max(float(np.abs(state).max()) for state in ours.values())
        return 0.0 if not np.isfinite(own) else float("inf")
    return far / max(size, LOWEST)
