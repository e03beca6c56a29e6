"""Shapes: every matrix of every gate, and the row under the cursor written out."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable, Static

from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.readings.shapes import Shape
from lstmcalc.render.pages.report import alike
from lstmcalc.render.table import shown as told
from lstmcalc.report import Gate, LayerReport, Report
from lstmcalc.sums import Sum, parameter_sum, product_sum
from lstmcalc.tracing import BIASES
from lstmcalc.tui.views.view import Shown, View

COLUMNS = ("part", "W_x", "W_h", "bias", "parameters")
INDENT = "  "
MOST_ROWS = 300


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


def shortened(found: list[Row]) -> list[Row]:
    """So many rows that a key still answers at once; the last, which has the total, is kept."""
    left_out = len(found) - MOST_ROWS
    if left_out <= 0:
        return found
    *_, total = found
    said = f"… {left_out:,} more rows"
    gap = Row(said, None, None, "", None, None, "the command line prints them all")
    return [*found[: MOST_ROWS - 1], gap, total]


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
        f"{times * getattr(layer.by_bias, bias):,} with {BIAS_NAMES[bias]}" for bias in BIASES
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
    word = gate.word if gate.letter in (gate.word, "all") else f"{gate.letter} {gate.word}"
    sizes = {str(shape[0]) for shape in gate.bias_shapes}
    bias = f"{len(gate.bias_shapes)}×" * (len(gate.bias_shapes) > 1) + "".join(sizes)
    if gate.textbook_shape is None:
        note = "no matrix over [h, x]: W_x and W_h are applied apart"
    else:
        inputs, units = gate.textbook_shape
        note = f"in textbooks [h, x]: {inputs:,} × {units:,} = {inputs * units:,} weights"
    if gate.peephole_shape is not None:
        note += f"; peephole w_c {told(gate.peephole_shape)}"
    return Row(f"{INDENT}{word}", gate.input_shape, gate.hidden_shape, bias, count, found, note)


def _cells(row: Row) -> tuple[str, ...]:
    shapes = _shape(row.input_shape), _shape(row.hidden_shape)
    count = "" if row.parameters is None else f"{row.parameters:,}"
    return row.name, *shapes, row.bias, count


def _shape(shape: Shape | None) -> str:
    return "×".join(map(str, shape)) if shape is not None else ""


class Shapes(View):
    """The table of every gate's matrices, and the arithmetic of one row."""

    title = "Shapes"
    key = "s"
    about = (
        "Every gate's matrices as torch has them, out × in, with their biases and parameters.\n"
        "↑ ↓ or a click choose a row; below the table it is written out with its numbers.\n"
        "Layers that are alike are one row."
    )
    focus_on = "DataTable"

    def compose(self) -> ComposeResult:
        """The table and the sum."""
        yield DataTable(cursor_type="row", cell_padding=1, zebra_stripes=False)
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._rows: list[Row] = []
        self._columns: list[str] = []

    def on_resize(self) -> None:
        """There may be room for another column."""
        self._fill()

    def show(self, shown: Shown) -> None:
        """Fill the table; the cursor stays where it was."""
        self._rows = shortened(list(rows(shown.report)))
        self._fill()

    def _fill(self) -> None:
        """Set the table; without its biases, which the sum has too, where there is no room."""
        table = self.query_one(DataTable)
        cells = [_cells(row) for row in self._rows]
        widths = [max(map(len, column)) for column in zip(COLUMNS, *cells, strict=True)]
        narrow = sum(widths) + len(widths) * 2 * table.cell_padding > self.size.width - 1
        columns = [name for name in COLUMNS if not (narrow and name == "bias")]
        place = min(table.cursor_row, max(0, len(cells) - 1))
        if columns != self._columns:
            table.clear(columns=True)
            for name in columns:
                table.add_column(Text(name, justify="left" if name == COLUMNS[0] else "right"))
            self._columns = columns
        table.clear()
        for row, texts in zip(self._rows, cells, strict=True):
            style = "bold" if row.strong else ""
            told = dict(zip(COLUMNS, texts, strict=True))
            first, *rest = (told[name] for name in columns)
            table.add_row(
                Text(first, style), *(Text(text, style, justify="right") for text in rest)
            )
        table.move_cursor(row=place)
        self._explain(place)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Write another row out."""
        self._explain(event.cursor_row)

    def _explain(self, place: int) -> None:
        if not 0 <= place < len(self._rows):
            return
        row = self._rows[place]
        sum_ = "" if row.sum is None else row.sum.text
        text = Text.assemble((row.name.strip(), "bold"), f": {row.note}\n", (sum_, "cyan"))
        self.query_one(".explained", Static).update(text)
