"""What a real model does, against a report: work, shapes and values of its forward pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcalc.forward import Inputs
from lstmcalc.oracles.model import Call
from lstmcalc.readings.values import Array
from lstmcalc.run import shapes_of
from lstmcalc.totals import run_work
from lstmcalc.verdict import Check, first_line, judge
from lstmcalc.verification.diagnose import diagnose
from lstmcalc.verification.trial import Trial, difference, greatest_difference, stored


def check_gates(trial: Trial) -> Check:
    """Each gate's slice: setting it to 0 in torch must do what it does to that gate of ours."""
    inputs = trial.draw_few()
    base = trial.measure(inputs).outputs
    faults: dict[str, str] = {}
    still: list[str] = []
    letters = list(dict.fromkeys(row.gate for row in trial.rows if row.gate))
    greatest = 0.0
    for letter in letters:
        rows = tuple(row.rows for row in trial.rows if row.gate == letter)
        theirs = trial.measure(inputs, rows).outputs
        ours = trial.compute(trial.without_gate(letter), inputs)
        apart = greatest_difference(ours, theirs)
        greatest = max(greatest, apart)
        if not apart <= trial.model.tolerance:
            faults[f"gate {letter}"] = f"gate {letter} set to 0 differs by {apart:.1e}"
        if greatest_difference(base, theirs) == 0.0:
            still.append(letter)
    if still and not faults:
        reason = f"on the random inputs, torch's output does not depend on {', '.join(still)}"
        return Check("gates", "skipped", reason)
    passed = f"{', '.join(letters)}: set to 0 one by one, same effect within {greatest:.1e}"
    return judge("gates", faults, passed)


def check_products(trial: Trial) -> Check:
    """The multiply-accumulates of the operators that torch ran, against the report's."""
    faults: dict[str, str] = {}
    ran = []
    runs = [(trial.run.seq_len, trial.measured)]
    if trial.run != trial.report.run:  # two lengths prove a count that is affine in the steps
        steps = max(1, trial.run.seq_len - 1)
        runs.insert(0, (steps, trial.measure(trial.draw(steps, trial.run.batch_size))))
    for steps, measured in runs:
        claim, real = trial.claimed_work(steps).macs, measured.work.macs
        ran.append(f"{2 * real:,} FLOPs at {steps} × {trial.run.batch_size}")
        if claim != real:
            faults["products"] = f"{real:,} MACs at {steps} steps, not {claim:,}"
    passed = f"{', '.join(ran)} (steps × batch), from torch's operators"
    return _counted(trial, judge("products", faults, passed))


def check_elementwise(trial: Trial) -> Check:
    """Additions, multiplications and functions, in the form in which torch's kernels have them."""
    network = trial.report.network
    evaluated = trial.model.as_evaluated(stored(network))
    claimed, real = trial.claimed_work(trial.run.seq_len), trial.measured.work
    # what torch's form, and its second bias, add to or save of the work of our equations
    sizes = trial.run.seq_len, trial.run.batch_size
    more, less = run_work(evaluated, *sizes), run_work(network, *sizes)
    faults = {}
    for name, columns in _COLUMNS.items():
        said = sum(
            getattr(claimed, column) + getattr(more, column) - getattr(less, column)
            for column in columns
        )
        ran = sum(getattr(real, column) for column in columns)
        if ran != said:
            faults[name] = f"{ran:,} {name}, not {said:,}"
    note = "" if evaluated == network else f"; torch's equal form has {more.elementwise:,}"
    passed = (
        f"{claimed.elementwise:,}, and {claimed.transcendental:,} sigmoids and tanhs, "
        f"from torch's operators{note}"
    )
    return _counted(trial, judge("element-wise", faults, passed))


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "additions": ("bias_adds", "adds"),  # torch adds a bias alone or in a product, as x lies
    "products": ("muls",),
    "ReLUs": ("relus",),
    "sigmoids": ("sigmoids",),
    "tanhs": ("tanhs",),
}


def _counted(trial: Trial, check: Check) -> Check:
    """The check; left out where the work is not known, or the module is not torch's own.

    A hand-written module may do the same in more or fewer operations.
    """
    uncounted = trial.measured.uncounted
    if uncounted:
        names = ", ".join(uncounted)
        said = f"{names} ran, and its work is not known"
        return Check(check.name, "skipped", said, tuple(uncounted))
    if check.status == "failed" and trial.rested:
        said = f"the module has a form of its own: {check.detail}"
        return Check(check.name, "skipped", said, check.culprits)
    return check


def check_shapes(trial: Trial) -> Check:
    """The shape of everything that goes in and comes out, as torch gave it."""
    full = trial.run == trial.report.run
    named = trial.report.shapes if full else shapes_of(trial.report.network, trial.run)
    claimed = {item.name: item.shape for item in named}
    real = trial.measured.shapes
    if trial.rested:  # a hand-written module need not give its states
        claimed = {name: shape for name, shape in claimed.items() if name in real}
    faults = {
        name: f"{name} is {real.get(name)}, not {claimed.get(name)}"
        for name in {**claimed, **real}
        if real.get(name) != claimed.get(name)
    }
    cut = "" if full else f" in {trial.run.seq_len} steps of {trial.run.batch_size} sequences"
    return judge("shapes", faults, f"{', '.join(claimed)}: as torch returned them{cut}")


def check_values(trial: Trial) -> Check:
    """Our equations with torch's weights, against torch's outputs."""
    theirs = trial.measured.outputs
    apart = greatest_difference(trial.compute(trial.weights, trial.inputs), theirs)
    if not apart <= trial.model.tolerance:
        culprit, explanation = diagnose(trial)
        said = f"outputs differ by {apart:.1e}: {explanation}"
        return Check("values", "failed", said, (culprit,))
    what = ["output", *(["last states"] if theirs.states else [])]
    what += ["logits"] if theirs.logits is not None else []
    return Check("values", "passed", f"{_within(trial, apart)} over {', '.join(what)}")


def check_forward(trial: Trial, call: Call) -> Check:
    """A module of several parts, called as a whole: its own wiring, not only its parts."""
    inputs = trial.draw(3, 2, rested=True)
    try:
        theirs = trial.model.call(inputs, call)
    except Exception as error:
        said = f"calling the module with x raised {type(error).__name__}: {first_line(error)}"
        return Check("forward", "skipped", f"{said}; give `call` to say how it is called")
    expected = _expected(trial, inputs)
    apart = {name: difference(array, theirs) for name, array in expected.items()}
    for name, distance in apart.items():
        if distance <= trial.model.tolerance:
            return Check("forward", "passed", f"the module as a whole gives the {name}")
    name, distance = min(apart.items(), key=lambda item: item[1])
    fits = expected[name].shape == theirs.shape
    how = f"differs by {distance:.1e}" if fits else f"has the shape {theirs.shape}"
    said = f"its parts agree, but what the module gives for x {how}, and is not the {name}"
    return Check("forward", "failed", said, ("forward",))


def _expected(trial: Trial, inputs: Inputs) -> dict[str, Array]:
    """What a module may give for x: logits where there is a head, else the output."""
    network, weights = trial.report.network, trial.weights
    ours = trial.compute(weights, inputs)
    swapped = trial.model.batch_first

    def laid_out(array: Array) -> Array:
        return array.swapaxes(0, 1) if swapped else array

    if ours.logits is None:
        return {"output": laid_out(ours.output)}
    if network.head_on == "every":
        return {"logits of every step": laid_out(ours.logits)}
    top = len(network.layers) - 1
    ends = [ours.states[top, d]["h"] for d in range(network.layers[top].directions)]
    head: Array = weights.head_weight
    states = np.concatenate(ends, -1) @ head.T + weights.head_bias
    return {"logits of the last step": ours.logits, "logits of the last states": states}


def _within(trial: Trial, apart: float) -> str:
    return f"greatest difference {apart:.1e} (≤ {trial.model.tolerance:.0e})"
