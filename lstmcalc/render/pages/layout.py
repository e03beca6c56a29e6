"""How a framework lays a report out: its tensors, its one buffer, and the shapes of a run."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.conventions.differences import differences
from lstmcalc.conventions.known import bias_of, find_convention
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor
from lstmcalc.network import Layer
from lstmcalc.render.table import Cell, Table
from lstmcalc.report import LayerReport, Report
from lstmcalc.run import described, interface_of, last_states


def alike(report: Report) -> Iterator[tuple[LayerReport, int]]:
    """Layers that are alike shown once: the first of them, and how many."""
    index = 0
    for _, _, times in report.network.groups:
        yield report.layers[index], times
        index += times


def stored_table(report: Report) -> Table:
    """The tensors by the framework's names: shape, gates and parameters of each."""
    shown_layers = {layer.index for layer, _ in alike(report)}
    rows: list[tuple[Cell, ...]] = []
    for tensor in report.tensors:
        if tensor.place is None or tensor.place[0] in shown_layers:
            layer = None if tensor.place is None else report.network.layers[tensor.place[0]]
            rows.append((tensor.name, tensor.shape, _stacked(tensor, layer), tensor.parameters))
    columns = ("tensor", "shape", "gates", "parameters")
    title = find_convention(report.convention).title
    return Table(
        f"Tensors by {title}'s names", columns, tuple(rows), _stored_note(report, len(rows))
    )


def buffer_tables(report: Report) -> Iterator[Table]:
    """Where each matrix and bias lies in the one buffer, where the framework has one."""
    drawn = {layer.index for layer, _ in alike(report)}
    rows = tuple(
        (stretch.tensor, stretch.param, stretch.shape, stretch.start, stretch.stop)
        for stretch in report.buffer
        if stretch.layer in drawn
    )
    title = find_convention(report.convention).title
    notes = ["every matrix of every layer, then every bias"]
    if len({stretch.buffer for stretch in report.buffer}) > 1:
        notes.append("each layer is a network of its own, with its own buffer")
    if hidden := len(report.buffer) - len(rows):
        notes.append(f"and {hidden:,} more, of layers like the last one shown")
    if rows:
        columns = ("tensor", "parameter", "shape", "from", "up to")
        yield Table(f"{title}'s one buffer", columns, rows, "; ".join(notes), spare=(2,))


def _stored_note(report: Report, shown_rows: int) -> str:
    notes = []
    hidden = len(report.tensors) - shown_rows
    if hidden:
        notes.append(f"and {hidden:,} more, of layers like the last one shown")
    convention = find_convention(report.convention)
    layers = {layer.cell: layer for layer in report.network.layers}
    for cell, layer in layers.items():
        if cell.name not in convention.layouts:
            notes.append(f"{convention.title} has no such cell, the names follow its pattern")
            continue
        notes += differences(convention.layouts[cell.name])
        kept = bias_of(convention, cell.name)
        if layer.bias not in ("none", kept):
            notes.append(f"{convention.title} itself keeps {BIAS_NAMES[kept]}")
    if convention.buffer and not report.buffer:
        notes.append("where a projection lies in its one buffer is not documented")
    unread = sum(tensor.parameters for tensor in report.tensors) - report.parameters
    if unread:
        notes.append(f"{unread:,} of these numbers are stored and not read")
    return "; ".join(notes)


def _stacked(tensor: Tensor, layer: Layer | None) -> str:
    """Which gates a tensor holds, how many units of each, and which parameters where it mixes."""
    if layer is None:
        return ""
    params = {param.name: param for param in layer.graph.params}
    held = [params[part.param] for part in tensor.parts if part.place == tensor.place]
    gates = " ".join(dict.fromkeys(param.gate for param in held))
    roles = ", ".join(dict.fromkeys(param.role for param in held))
    mixed = f" of {roles}" if "," in roles else ""
    return f"{gates}, {tensor.parts[0].shape[0]:,} each{mixed}" if gates else ""


def shapes_table(report: Report) -> Table:
    """What goes in and comes out in one run, in the framework's layout and order."""
    origin = find_convention(report.convention)
    drawn = {layer.index for layer, _ in alike(report)}
    left_out = {
        each.named.name
        for each in last_states(report.network, report.run, origin)
        if each.layer is not None and each.layer not in drawn
    }
    rows = tuple(
        (item.name, f"({', '.join(item.letters)})", item.shape)
        for item in report.shapes
        if item.name not in left_out
    )
    whose, note = described(origin), interface_of(origin).note
    notes = [] if whose is origin else [f"{origin.title}'s layout of a run is not described here"]
    notes += [note] if note else []
    notes += [f"and {len(left_out):,} more, of layers like the last one shown"] * bool(left_out)
    title = (
        "Shapes of one run" if origin is TORCH else f"Shapes of one run, as {whose.title} has them"
    )
    return Table(title, ("tensor", "in letters", "shape"), rows, "; ".join(notes))
