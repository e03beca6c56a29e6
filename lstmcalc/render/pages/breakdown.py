"""Every part of a network as a row: its shapes, its parameters, and how they add up."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.readings.shapes import Shape
from lstmcalc.render.pages.layout import alike
from lstmcalc.render.pages.report import gate_words
from lstmcalc.render.table import shown as told
from lstmcalc.report import Gate, LayerReport, Report
from lstmcalc.sums import Sum, parameter_sum, product_sum

INDENT = "  "


class Row(NamedTuple):
    """A row: its name, its shapes, what it holds, how that adds up, and a word on it."""

    name: str
    input_shape: Shape | None
    hidden_shape: Shape | None
    bias: str
    parameters: int | None
    sum: Sum | None
    note: str
    strong: bool = False


def rows(report: Report) -> Iterator[Row]:
    """Every part of a network in order, layers that are alike once, and the total."""
    network = report.network
    totals: list[tuple[str, int]] = []
    if network.vocab_size is not None:
        sizes = {"V": network.vocab_size, "I": network.input_size}
        found = product_sum(("V", "I"), sizes=sizes)
        note = f"a vector of {sizes['I']:,} numbers for each of {sizes['V']:,} words"
        yield Row("embedding", None, None, "", report.embedding_parameters, found, note, True)
        totals.append(("embedding", report.embedding_parameters))
    for layer, times in alike(report):
        yield from _layer(report, layer, times)
        totals.append((_name(layer, times), times * layer.parameters))
    if network.num_classes is not None:
        sizes = {"C": network.num_classes, "R": network.output_size}
        products = (("C",),) if network.tie_weights else (("C", "R"), ("C",))
        found = product_sum(*products, sizes=sizes)
        tied = "its matrix is the embedding's; its own are the " if network.tie_weights else ""
        note = tied or f"{sizes['C']:,} outputs, each of {sizes['R']:,} numbers and a "
        note += "biases" if tied else "bias"
        yield Row("head", None, None, f"{sizes['C']:,}", report.head_parameters, found, note, True)
        totals.append(("head", report.head_parameters))
    words = " + ".join(name for name, _ in totals)
    numbers = " + ".join(f"{number:,}" for _, number in totals)
    found = Sum(words, numbers, numbers, report.parameters)
    yield Row("total", None, None, "", report.parameters, found, "the whole network", True)


def _name(layer: LayerReport, times: int) -> str:
    last = layer.index + times - 1
    return f"layer {layer.index}" if times == 1 else f"layers {layer.index}–{last} ×{times}"


def _layer(report: Report, layer: LayerReport, times: int) -> Iterator[Row]:
    own = report.network.layers[layer.index]
    sizes, params = own.sizes(layer.input_size), own.graph.params
    whole = parameter_sum(params, sizes, times * layer.directions)
    ways = " in two directions" if layer.directions > 1 else ""
    each = " each" if times > 1 else ""
    note = f"{own.cell.title}{ways}: {layer.input_size:,} → {layer.output_size:,}{each}; "
    note += ", ".join(
        f"{times * getattr(layer.by_bias, bias):,} with {BIAS_NAMES[bias]}"
        for bias in (total.bias for total in report.totals)
    )
    count = times * layer.parameters
    yield Row(_name(layer, times), None, None, "", count, whole, note, True)
    if times * layer.directions > 1:
        found = parameter_sum(params, sizes)
        bias = getattr(layer.direction_by_bias, own.bias)
        of = "each direction of each layer" if times > 1 else "each direction"
        of = "each layer" if layer.directions == 1 else of
        yield Row(f"{INDENT}{of[:14]}", None, None, "", bias, found, f"{of}, of its own weights")
    for gate in layer.gates:
        found = parameter_sum([p for p in params if p.gate == gate.letter], sizes)
        yield _gate(gate, found, getattr(gate.by_bias, own.bias))
    if len(layer.gates) > 1:
        found = parameter_sum([p for p in params if p.gate], sizes)
        yield _gate(layer.all_gates, found, getattr(layer.all_gates.by_bias, own.bias))
    if layer.projection_shape is not None:
        found = parameter_sum([p for p in params if p.role == "W_r"], sizes)
        count = prod(layer.projection_shape)
        note = f"W_r: h is projected from {layer.hidden_size:,} to {layer.proj_size:,}"
        yield Row(f"{INDENT}projection", None, layer.projection_shape, "", count, found, note)


def _gate(gate: Gate, found: Sum, count: int) -> Row:
    sizes = {str(shape[0]) for shape in gate.bias_shapes}
    bias = f"{len(gate.bias_shapes)}×" * (len(gate.bias_shapes) > 1) + "".join(sizes)
    if gate.textbook_shape is None:
        note = "no matrix over [h, x]: W_x and W_h are applied apart"
    else:
        inputs, units = gate.textbook_shape
        note = f"in textbooks [h, x]: {inputs:,} × {units:,} = {inputs * units:,} weights"
    if gate.peephole_shape is not None:
        note += f"; peephole w_c {told(gate.peephole_shape)}"
    return Row(
        f"{INDENT}{gate_words(gate)}", gate.input_shape, gate.hidden_shape, bias, count, found, note
    )
