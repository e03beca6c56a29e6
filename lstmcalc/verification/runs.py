"""What a real model does, against a report: work, shapes and values of its forward pass."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.conventions.known import find_convention
from lstmcalc.forward import Weights
from lstmcalc.run import is_as_torch, shapes_of
from lstmcalc.totals import run_work
from lstmcalc.verdict import Check, judge
from lstmcalc.verification.diagnose import diagnose, first_difference
from lstmcalc.verification.rounding import TOLERANCES, allowance
from lstmcalc.verification.trial import Trial, greatest_difference, stored, without_gate


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
        ours = trial.compute(without_gate(trial.weights, trial.rows, letter), inputs)
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
    """The check; left out where the work of an operator is not known."""
    uncounted = trial.measured.uncounted
    if uncounted:
        names = ", ".join(uncounted)
        said = f"{names} ran, and its work is not known"
        return Check(check.name, "skipped", said, tuple(uncounted))
    return check


def check_shapes(trial: Trial) -> Check:
    """The shape of everything that goes in and comes out, as torch gave it."""
    origin = find_convention(trial.report.convention)
    if not is_as_torch(origin):
        return Check("shapes", "skipped", f"they are in {origin.title}'s layout")
    full = trial.run == trial.report.run
    named = trial.report.shapes if full else shapes_of(trial.report.network, trial.run)
    claimed = {item.name: item.shape for item in named}
    real = trial.measured.shapes
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
    dtype = "float64" if trial.model.tolerance < TOLERANCES["float32"] else "float32"
    allowed = allowance(trial.report.network, trial.weights, trial.inputs, apart, dtype)
    if not apart <= allowed:
        inputs = trial.draw_few()
        few = trial.measure(inputs).outputs

        def gap(weights: Weights) -> float:
            return greatest_difference(trial.compute(weights, inputs), few)

        mistake = diagnose(trial.rows, trial.weights, gap, trial.model.tolerance)
        culprit, explanation = mistake or first_difference(
            trial.compute(trial.weights, inputs), few, trial.model.tolerance
        )
        said = f"outputs differ by {apart:.1e}: {explanation}"
        return Check("values", "failed", said, (culprit,))
    given = {name for found in theirs.states.values() for name in found}
    states = trial.report.network.layers[-1].graph.states
    what = ["output", *(f"{name}_n" for name in states if name in given)]
    what += ["logits"] if theirs.logits is not None else []
    missing = [f"{name}_n" for name in states if name not in given]
    note = f"; not given, not compared: {', '.join(missing)}" if missing else ""
    said = f"greatest difference {apart:.1e} (≤ {allowed:.0e})"
    return Check("values", "passed", f"{said} over {', '.join(what)}{note}")
