"""What a real model does, against a report: work, shapes and values of its forward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lstmcalc.forward import Inputs
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
    if not trial.built:  # states go by the parts of the user's module; values compares them
        claimed = {name: shape for name, shape in claimed.items() if name in real}
        real = {name: shape for name, shape in real.items() if name in claimed}
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
    given = {name for found in theirs.states.values() for name in found}
    states = trial.report.network.layers[-1].graph.states
    what = ["output", *(f"{name}_n" for name in states if name in given)]
    what += ["logits"] if theirs.logits is not None else []
    missing = [f"{name}_n" for name in states if name not in given]
    note = f"; not given, not compared: {', '.join(missing)}" if missing else ""
    return Check("values", "passed", f"{_within(trial, apart)} over {', '.join(what)}{note}")


CALLS = ((12, 16), (12, 16), (7, 1), (1, 3))
"""Steps and sequences of the calls of a whole module; the same twice, for what it remembers."""


def check_forward(trial: Trial) -> Check:
    """A module called as a whole with x: its own wiring and first states, not only its parts.

    Once with its weights, and once with all of them negated: a rectifier after a head whose bias
    outweighs the rest would pass with one sign of it.
    """
    found = _called(trial)
    if found.status != "passed":
        return found
    trial.model.negate()
    try:
        negated = _called(replace(trial))  # a new trial reads the weights anew
    finally:
        trial.model.negate()
    return found if negated.status == "passed" else negated


def _called(trial: Trial) -> Check:
    greatest = 0.0
    kinds: set[str] | None = None
    inputs = [trial.draw(*sizes, rested=True) for sizes in CALLS]
    inputs[1] = inputs[0]
    for drawn in inputs:
        try:
            theirs = trial.model.call(drawn)
        except Exception as error:
            said = f"calling the module with x raised {type(error).__name__}: {first_line(error)}"
            return Check("forward", "skipped", f"{said}; give `call` to say how it is called")
        apart = {kind: difference(a, theirs) for kind, a in _expected(trial, drawn).items()}
        fits = {kind for kind, far in apart.items() if far <= trial.model.tolerance}
        kinds = fits if kinds is None else kinds & fits
        greatest = max(greatest, min(apart.values()))
        if not kinds:
            kind, far = min(apart.items(), key=lambda item: item[1])
            how = f"differs by {far:.1e}" if far < np.inf else f"has the shape {theirs.shape}"
            said = f"called as a whole, the module gives for x what {how}, and is not the {kind}"
            return Check("forward", "failed", said, ("forward",))
    steps = ", ".join(f"{steps} × {batch}" for steps, batch in CALLS)
    said = f"called as a whole ({steps} steps × batch), it gives the {min(kinds or {''})}"
    return Check("forward", "passed", f"{said} within {greatest:.1e}")


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
