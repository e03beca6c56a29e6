"""The comparisons: a report against a real model, each one check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from math import prod

from lstmcalc.conventions.packing import Tensor
from lstmcalc.oracles.model import Model
from lstmcalc.report import Report
from lstmcalc.run import shapes_of
from lstmcalc.totals import run_work
from lstmcalc.tracing import BIASES, Bias
from lstmcalc.verification.diagnose import diagnose
from lstmcalc.verification.trial import Trial, greatest_difference, stored
from lstmcalc.verification.verdict import Check

MOST_SHOWN = 5
"""Faults told one by one; the rest are counted."""


def check_tensors(report: Report, model: Model, layout: tuple[Tensor, ...], built: bool) -> Check:
    """Every parameter's name and shape; the names to the letter where we built the module."""
    expected = {tensor.name: tensor.shape for tensor in layout}
    faults = dict(_tensor_faults(expected, model.shapes))
    if built:
        for name, own in model.own_names.items():
            if name != own:
                faults.setdefault(name, f"{name} is called {own}")
    passed = f"{len(expected)} of {len(expected)} names and shapes equal torch's own"
    if stored(report.network) is not report.network:
        passed += ", with the second bias that torch always has"
    return _check("tensors", faults, passed)


def _tensor_faults(
    expected: Mapping[str, tuple[int, ...]], actual: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[str, str]]:
    for name, shape in expected.items():
        found = actual.get(name)
        if found is None:
            yield name, f"{name} {shape} is missing"
        elif found != shape:
            how = "is transposed:" if len(shape) > 1 and found == shape[::-1] else "has the shape"
            yield name, f"{name} {how} {found}, not {shape}"
    for name in actual.keys() - expected.keys():
        yield name, f"{name} {actual[name]} is not in the report"


def check_totals(trial: Trial) -> Check:
    """Totals of network, layers, directions and gates, each summed over the real tensors."""
    real = Counter({f"total with bias={bias}": trial.rest for bias in BIASES})
    real["total"] = trial.rest
    for row in trial.rows:
        index, direction = row.place
        layer, place = f"layer {index}", f"layer {index} direction {direction}"
        for bias in row.biases:
            for what in ("total", layer, place, f"{place} gate {row.gate}"):
                real[f"{what} with bias={bias}"] += row.count
        if row.own:
            real["total"] += row.count
            real[f"layer {index}"] += row.count
    there = [bias for bias in BIASES if any(bias in row.biases for row in trial.rows)]
    claims = dict(_claims(trial.report, there))
    faults = {
        name: f"{name} is {real[name]:,}, not {claim:,}"
        for name, claim in claims.items()
        if real[name] != claim
    }
    said = " / ".join(f"{total.network:,}" for total in trial.report.totals)
    passed = f"{said} with no, one and two biases, each layer and gate: sums over torch's tensors"
    return _check("totals", faults, passed)


def _claims(report: Report, there: list[Bias]) -> Iterator[tuple[str, int]]:
    """Every total of the report by name, under the conventions that are `there` in the tensors."""
    yield "total", report.parameters
    for total in report.totals:
        if total.bias in there:
            yield f"total with bias={total.bias}", total.network
    for layer in report.layers:
        yield f"layer {layer.index}", layer.parameters
        for bias in there:
            yield f"layer {layer.index} with bias={bias}", getattr(layer.by_bias, bias)
            for direction in range(layer.directions):
                place = f"layer {layer.index} direction {direction}"
                yield f"{place} with bias={bias}", getattr(layer.direction_by_bias, bias)
                for gate in layer.gates:
                    claim = getattr(gate.by_bias, bias)
                    yield f"{place} gate {gate.letter} with bias={bias}", claim


def check_whole(trial: Trial) -> Check:
    """The total alone, for tensors that are not those of the report."""
    real = sum(prod(shape) for shape in trial.model.shapes.values())
    claim = sum(tensor.parameters for tensor in trial.layout)
    faults = {} if real == claim else {"total": f"total is {real:,}, not {claim:,}"}
    return _check("totals", faults, f"{claim:,} in all")


def check_gates(trial: Trial) -> Check:
    """Each gate's slice: setting it to 0 in torch must do what it does to that gate of ours."""
    inputs = trial.draw(2, 1)
    base = trial.measure(inputs).outputs
    faults: dict[str, str] = {}
    still: list[str] = []
    letters = list(dict.fromkeys(row.gate for row in trial.rows if row.gate))
    greatest = 0.0
    for letter in letters:
        rows = tuple(row.rows for row in trial.rows if row.gate == letter)
        theirs = trial.measure(inputs, rows).outputs
        ours = trial.compute(trial.without_gate(letter), inputs)
        difference = greatest_difference(ours, theirs)
        greatest = max(greatest, difference)
        if not difference <= trial.model.tolerance:
            faults[f"gate {letter}"] = f"gate {letter} set to 0 differs by {difference:.1e}"
        if greatest_difference(base, theirs) == 0.0:
            still.append(letter)
    if still and not faults:
        reason = f"on the random inputs, torch's output does not depend on {', '.join(still)}"
        return Check("gates", "skipped", reason)
    passed = f"{', '.join(letters)}: set to 0 one by one, same effect within {greatest:.1e}"
    return _check("gates", faults, passed)


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
    return _counted(trial, _check("products", faults, passed))


def check_elementwise(trial: Trial) -> Check:
    """Additions, multiplications and functions, in the form in which torch's kernels have them."""
    network = trial.report.network
    evaluated = trial.model.as_evaluated(stored(network))
    claimed = trial.claimed_work(trial.run.seq_len)
    target = claimed
    note = ""
    if evaluated != network:
        target = run_work(evaluated, trial.run.seq_len, trial.run.batch_size)
        note = f"; torch's equal form has {target.elementwise:,}"
    faults = {}
    for name, columns in _COLUMNS.items():
        real, said = (
            sum(getattr(work, column) for column in columns)
            for work in (trial.measured.work, target)
        )
        if real != said:
            faults[name] = f"{real:,} {name}, not {said:,}"
    passed = (
        f"{claimed.elementwise:,}, and {claimed.transcendental:,} sigmoids and tanhs, "
        f"from torch's operators{note}"
    )
    return _counted(trial, _check("element-wise", faults, passed))


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "additions": ("bias_adds", "adds"),  # torch adds a bias alone or in a product, as x lies
    "products": ("muls",),
    "ReLUs": ("relus",),
    "sigmoids": ("sigmoids",),
    "tanhs": ("tanhs",),
}


def _counted(trial: Trial, check: Check) -> Check:
    """The check, left out where torch ran operators whose work is not known."""
    uncounted = trial.measured.uncounted
    if not uncounted:
        return check
    names = ", ".join(uncounted)
    return Check(check.name, "skipped", f"{names} ran, and its work is not known", tuple(uncounted))


def check_shapes(trial: Trial) -> Check:
    """The shape of everything that goes in and comes out, as torch gave it."""
    full = trial.run == trial.report.run
    named = trial.report.shapes if full else shapes_of(trial.report.network, trial.run)
    real = trial.measured.shapes
    faults = {
        item.name: f"{item.name} is {real[item.name]}, not {item.shape}"
        for item in named
        if item.name in real and real[item.name] != item.shape
    }
    names = [item.name for item in named if item.name in real]
    return _check("shapes", faults, f"{', '.join(names)}: as torch returned them")


def check_values(trial: Trial) -> Check:
    """Our equations with torch's weights, against torch's outputs."""
    theirs = trial.measured.outputs
    difference = greatest_difference(trial.compute(trial.weights, trial.inputs), theirs)
    if difference <= trial.model.tolerance:
        what = ["output", *(["last states"] if theirs.states else [])]
        what += ["logits"] if theirs.logits is not None else []
        passed = (
            f"greatest difference {difference:.1e} (≤ {trial.model.tolerance:.0e}) over "
            f"{', '.join(what)}"
        )
        return Check("values", "passed", passed)
    culprit, explanation = diagnose(trial)
    said = f"outputs differ by {difference:.1e}: {explanation}"
    return Check("values", "failed", said, (culprit,))


def _check(name: str, faults: Mapping[str, str], passed: str) -> Check:
    if faults:
        shown = list(faults.values())
        more = len(shown) - MOST_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        return Check(name, "failed", "; ".join(shown[:MOST_SHOWN]) + rest, tuple(faults))
    return Check(name, "passed", passed)
