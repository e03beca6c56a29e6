"""How far the gradient reaches by our equations, against the framework's automatic one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np

from lstmcalc.errors import DifferenceError, UnsupportedError
from lstmcalc.reach import Curve, Reach, reach_back
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, Verdict
from lstmcalc.verification.trial import stored
from lstmcalc.verification.walk import load

TOLERANCE = 1e-10
"""At each step, relative to the largest gradient of that step, however small it is."""


def verify_reach(reach: Reach, progress: Callable[[str], None]) -> Verdict:
    """The gradient of every state at every step of every curve, against torch's autograd."""
    start = perf_counter()
    checks = []
    framework = device = ""
    for curve in reach.curves:
        progress(f"differentiating {curve.label} in torch")
        try:
            check, framework, device = _check(curve, reach)
        except UnsupportedError as error:
            check = Check(curve.label, "skipped", str(error))
        except DifferenceError as error:
            check = Check(curve.label, "failed", str(error), (curve.label,))
        checks.append(check)
    reason = "torch has none of these cells"
    return Verdict(tuple(checks), framework, device, perf_counter() - start, reason)


def _check(curve: Curve, reach: Reach) -> tuple[Check, str, str]:
    (recording, loss), ours = reach_back(curve.network, curve.start, reach)
    model = load(recording)
    led = {
        place: [
            {name: tape[graph.equations[name]] for name in graph.states}
            for tape in recording.tapes[place]
        ]
        for place in ours
        for graph in [curve.network.layers[place[0]].graph]
    }
    theirs = model.reach_back(stored(curve.network), recording.inputs, loss, led)
    greatest, worst = 0.0, 0
    for place, steps in ours.items():
        for t, (mine, other) in enumerate(zip(steps, theirs[place], strict=True), start=1):
            far = _apart(mine, other)
            if not far <= greatest:
                greatest, worst = far, t
    if greatest <= TOLERANCE:
        said = f"all states' gradients at {reach.seq_len} steps equal autograd's: {greatest:.1e}"
        check = Check(curve.label, "passed", said)
    else:
        why = f"at step {worst} the gradient differs from autograd's by {greatest:.1e}"
        check = Check(curve.label, "failed", why, (f"step {worst}",))
    return check, model.framework, model.device


def _apart(ours: Mapping[str, Array], theirs: Mapping[str, Array]) -> float:
    """The greatest difference at one step, relative to the largest of all its states."""
    size = max(float(np.abs(state).max()) for state in theirs.values())
    far = max(float(np.abs(ours[name] - state).max()) for name, state in theirs.items())
    return far / size if size > 0 else (0.0 if far == 0 else float("inf"))
