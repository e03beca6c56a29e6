"""What a real model holds, against a report: tensors, the slices of each gate, totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields
from math import prod

from lstmcalc.errors import LstmcalcError
from lstmcalc.network import Place
from lstmcalc.report import Gate, Report, calculate
from lstmcalc.tracing import BIAS_ROLES, BIASES, Bias
from lstmcalc.verdict import Check, judge
from lstmcalc.verification.trial import Row, Stored, params_of

Shape = tuple[int, ...]


def check_report(report: Report) -> Check:
    """Whether a report is what its network and run give: it may have been edited."""
    run = report.run
    try:
        again = calculate(
            report.network,
            seq_len=run.seq_len,
            batch_size=run.batch_size,
            batch_first=run.batch_first,
            unbatched=run.unbatched,
            dtype=run.dtype,
            convention=report.convention,
        )
    except LstmcalcError as error:  # no such convention, or it has no such network
        return Check("report", "failed", str(error), ("convention",))
    faults = {
        field.name: f"{field.name} is not what the network and the run give"
        for field in fields(report)
        if getattr(report, field.name) != getattr(again, field.name)
    }
    return judge("report", faults, "every field follows from the network and the run")


def check_tensors(trial: Stored) -> Check:
    """Every parameter's name and shape."""
    expected = {tensor.name: tensor.shape for tensor in trial.layout}
    faults = dict(_tensor_faults(expected, trial.shapes))
    whose = "torch's own" if trial.built else "the network's"
    passed = f"{len(expected)} of {len(expected)} names and shapes equal {whose}"
    if not faults and trial.second_biases:
        passed += ", with the second bias that torch always has"
    return judge("tensors", faults, passed)


def _tensor_faults(
    expected: Mapping[str, Shape], actual: Mapping[str, Shape]
) -> Iterator[tuple[str, str]]:
    for name, shape in expected.items():
        found = actual.get(name)
        if found is None:
            yield name, f"{name} {shape} is missing"
        elif found != shape:
            how = "is transposed:" if len(shape) > 1 and found == shape[::-1] else "has the shape"
            yield name, f"{name} {how} {found}, not {shape}"
    for name, shape in actual.items():
        if name not in expected:
            yield name, f"{name} {shape} is not in the report"


def check_whole(trial: Stored) -> Check:
    """The total alone, for tensors that are not those of the report."""
    real = sum(prod(shape) for shape in trial.shapes.values())
    claim = sum(tensor.parameters for tensor in trial.layout)
    faults = {} if real == claim else {"total": f"total is {real:,}, not {claim:,}"}
    return judge("totals", faults, f"{claim:,} in all")


def check_slices(trial: Stored) -> Check:
    """The shape of every gate's own rows: W_x, W_h, biases, and the textbook's [h, x]."""
    held: dict[tuple[Place, str], list[Row]] = defaultdict(list)
    for row in trial.rows:
        held[row.place, row.gate].append(row)
    faults: dict[str, str] = {}
    for layer in trial.report.layers:
        for direction in range(layer.directions):
            place = (layer.index, direction)
            where = f"layer {layer.index}" + " reverse" * direction
            for gate in layer.gates:
                rows = _shapes(held[place, gate.letter])
                faults |= _slice_faults(f"{where} gate {gate.letter}", _claimed(gate), rows)
            real = {row.role: row.shape for row in held[place, ""]}
            claimed = {} if layer.projection_shape is None else {"W_r": layer.projection_shape}
            faults |= _slice_faults(where, claimed, real)
    first = trial.report.layers[0].gates[0]
    example = ", ".join(f"{name} {shape}" for name, shape in _claimed(first).items())
    passed = f"each gate's rows of torch's tensors, such as {first.letter}: {example}"
    return judge("slices", faults, passed)


def _claimed(gate: Gate) -> dict[str, object]:
    """What the report says of a gate, by the textbook's names."""
    said = {
        "W_x": gate.input_shape,
        "W_h": gate.hidden_shape,
        "[h, x]": gate.textbook_shape,
        "biases": gate.bias_shapes or None,
        "w_c": gate.peephole_shape,
    }
    return {name: shape for name, shape in said.items() if shape is not None}


def _shapes(rows: list[Row]) -> dict[str, object]:
    """The same, measured on the rows that a model holds for the gate."""
    found: dict[str, object] = {
        row.role: row.shape for row in rows if row.role not in BIAS_ROLES and row.own
    }
    biases = tuple(row.shape for row in rows if row.role in BIAS_ROLES and row.own)
    if biases:
        found["biases"] = biases
    matrices = [row.shape for row in rows if row.role in ("W_x", "W_h")]
    if len(matrices) > 1:
        found["[h, x]"] = (sum(columns for _, columns in matrices), matrices[0][0])
    return found


def _slice_faults(
    where: str, claimed: Mapping[str, object], real: Mapping[str, object]
) -> dict[str, str]:
    return {
        f"{where} {name}": f"{where} {name} is {real.get(name)}, not {claimed.get(name)}"
        for name in {**claimed, **real}
        # a gate whose maps are apart has two matrices and none over [h, x]
        if claimed.get(name) != real.get(name) and not (name == "[h, x]" and name not in claimed)
    }


def check_totals(trial: Stored) -> Check:
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
            real[layer] += row.count
    there = [t.bias for t in trial.report.totals if _is_held(trial, t.bias)]
    claims = dict(_claims(trial.report, there))
    faults = {
        name: f"{name} is {real[name]:,}, not {claim:,}"
        for name, claim in claims.items()
        if real[name] != claim
    }
    said = " / ".join(f"{t.network:,}" for t in trial.report.totals if t.bias in there)
    every = [total.bias for total in trial.report.totals]
    words = "with each convention of biases" if there == every else f"bias={there}"
    return judge("totals", faults, f"{said} {words}, each layer and gate: sums of torch's tensors")


def _is_held(trial: Stored, bias: Bias) -> bool:
    """Whether the real tensors have all that a convention of biases needs."""
    held = {(row.place, row.name) for row in trial.rows}
    return all(
        ((index, direction), name) in held
        for index, layer in enumerate(trial.report.network.layers)
        for direction in range(layer.directions)
        for name in params_of(layer, bias)
    )


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
