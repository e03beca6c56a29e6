"""The page of a report: its words, its tables and its formulas."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from lstmcalc.conventions.biases import BIAS_NAMES, bias_words
from lstmcalc.readings.costs import Work
from lstmcalc.render.documents import report_data
from lstmcalc.render.drawing import draw_matrix
from lstmcalc.render.page import Page
from lstmcalc.render.pages.layout import alike, buffer_tables, shapes_table, stored_table
from lstmcalc.render.pages.network import network_words, plural
from lstmcalc.render.table import Cell, Drawing, Table
from lstmcalc.report import ByBias, Gate, LayerReport, Report
from lstmcalc.tracing import BIASES, Bias
from lstmcalc.verdict import Verdict

if TYPE_CHECKING:
    from lstmcalc.readings.formulas import Style
    from lstmcalc.render.equations import Sections


def page(
    report: Report, verdict: Verdict | None = None, formula: bool = False, backward: bool = False
) -> Page:
    """All there is to show of a report; `backward` adds its backward pass."""

    def formulas(style: Style) -> Sections:
        from lstmcalc.render.formulas import sections  # imports SymPy

        return sections(report, style, backward)

    tables = _tables(report, backward)
    if formula:
        from lstmcalc.render.pages.cell import cell_tables  # the layout of a picture takes a while

        tables = (*tables, *cell_tables(report.network))
    return Page(
        *headline(report),
        tables,
        lambda: report_data(report),
        formulas if formula else None,
        verdict,
    )


def headline(report: Report) -> tuple[str, str, str]:
    """Three lines: which size is which, in words; what else there is; the total, by convention."""
    network = report.network
    own = {layer.bias for layer in network.layers}
    biases = _convention(report, own.pop()) if len(own) == 1 else "biases that differ by layer"
    total = (
        f"{report.parameters:,} parameters with {biases}, "
        f"{report.weight_bytes[report.run.dtype]:,} bytes in {report.run.dtype}"
    )
    return (*network_words(network), total)


def _convention(report: Report, bias: Bias) -> str:
    """A convention in words, with who follows it where the network is of one cell."""
    cells = {layer.cell for layer in report.layers}
    if len(cells) > 1:
        return BIAS_NAMES[bias]
    projected = any(layer.proj_size is not None for layer in report.layers)
    both = any(layer.directions > 1 for layer in report.layers)
    return bias_words(cells.pop(), bias, projected, both)


def _tables(report: Report, backward: bool) -> tuple[Table, ...]:
    """Every table of a report, in the order to read them."""
    return (
        *_gates(report),
        parts_table(report),
        biases_table(report),
        stored_table(report),
        *buffer_tables(report),
        shapes_table(report),
        work_table(report, backward),
        bytes_table(report),
    )


def _name(layer: LayerReport, times: int) -> str:
    if times == 1:
        return f"layer {layer.index}"
    return f"each of layers {layer.index}–{layer.index + times - 1}"


def _gates(report: Report) -> Iterator[Table]:
    for layer, times in alike(report):
        peepholes = layer.all_gates.peephole_shape is not None
        shapes = ("W_x", "W_h", "[h, x]", "bias") + ("w_c",) * peepholes
        rows = [_gate(gate, peepholes) for gate in layer.gates]
        strong: tuple[int, ...] = ()
        if len(layer.gates) > 1:
            strong = (len(rows),)
            rows.append(_gate(layer.all_gates, peepholes))
        if layer.projection_shape is not None:
            count = prod(layer.projection_shape)
            rows.append(
                _row("projection", ByBias(*[count] * len(BIASES)), W_h=layer.projection_shape)
            )
            rows.append(_row("one direction", layer.direction_by_bias))
        if layer.directions > 1:
            rows.append(_row("both directions", layer.by_bias))
        direction = ", in each direction" if layer.directions > 1 else ""
        biases = [BIAS_NAMES[total.bias] for total in report.totals]
        columns = ("gate", *shapes, *biases)
        spare = (BIAS_NAMES["input"], "[h, x]", "bias", BIAS_NAMES["single"], BIAS_NAMES["none"])
        yield Table(
            f"Gates of {_name(layer, times)}{direction}",
            columns,
            tuple(tuple(row[column] for column in columns) for row in rows),
            _gate_note(layer),
            strong,
            spare=tuple(columns.index(name) for name in spare if name in columns),
            drawing=Drawing(tuple(draw_matrix(layer))),
        )


def gate_words(gate: Gate) -> str:
    """A gate's letter and its word: `i input`."""
    return gate.word if gate.letter in (gate.word, "all") else f"{gate.letter} {gate.word}"


def _gate(gate: Gate, peepholes: bool) -> dict[str, Cell]:
    textbook = "apart" if gate.textbook_shape is None else gate.textbook_shape
    bias = gate.bias_shapes[0] if gate.bias_shapes else None
    row = _row(gate_words(gate), gate.by_bias, gate.input_shape, gate.hidden_shape, textbook, bias)
    return {**row, "w_c": gate.peephole_shape} if peepholes else row


def _row(
    name: str,
    counts: ByBias,
    W_x: Cell = None,
    W_h: Cell = None,
    textbook: Cell = None,
    bias: Cell = None,
) -> dict[str, Cell]:
    shapes = {"gate": name, "W_x": W_x, "W_h": W_h, "[h, x]": textbook, "bias": bias, "w_c": None}
    return {**shapes, **{BIAS_NAMES[bias]: getattr(counts, bias) for bias in BIASES}}


def _gate_note(layer: LayerReport) -> str:
    whole = layer.all_gates.textbook_shape
    if whole is not None:
        rows, columns = whole
        return (
            f"[h, x] as textbooks have it, inputs × units: "
            f"{rows:,} × {columns:,} = {rows * columns:,} weights"
        )
    apart = ", ".join(gate.letter for gate in layer.gates if gate.textbook_shape is None)
    return f"{apart} has no matrix over [h, x]: its W_x and W_h are applied apart"


def parts_table(report: Report) -> Table:
    """What the network is made of, and each part's share of the parameters."""
    network = report.network
    parts: list[tuple[str, str, int]] = []
    if network.vocab_size is not None:
        what = f"{network.vocab_size:,} × {network.input_size:,}"
        parts.append(("embedding", what, report.embedding_parameters))
    for layer, times in alike(report):
        many = f"{times} × " if times > 1 else ""
        what = f"{many}{layer.input_size:,} → {layer.output_size:,}"
        name = f"layers {layer.index}–{layer.index + times - 1}" if many else _name(layer, times)
        parts.append((name, what, times * layer.parameters))
    if network.num_classes is not None:
        matrix = f"{network.num_classes:,} × {network.output_size:,}"
        matrix = "tied" if network.tie_weights else matrix
        parts.append(("head", f"{matrix} + {network.num_classes:,}", report.head_parameters))
    rows: list[tuple[Cell, ...]] = [
        (name, what, count, count / max(report.parameters, 1)) for name, what, count in parts
    ]
    rows.append(("total", "", report.parameters, ""))
    columns = ("part", "sizes", "parameters", "share")
    return Table("Parts", columns, tuple(rows), strong=(len(rows) - 1,), spare=(3,))


def biases_table(report: Report) -> Table:
    """The same network under every convention of biases, and what makes the difference."""
    rows: list[tuple[Cell, ...]] = []
    for total in report.totals:
        difference = f"+{total.difference:,}: {total.names}" if total.difference else ""
        words = _convention(report, total.bias)
        rows.append((words, total.recurrent, total.network, difference))
    own = {layer.bias for layer in report.network.layers}
    strong = tuple(i for i, total in enumerate(report.totals) if own == {total.bias})
    columns = ("convention", "recurrent", "network", "difference")
    note = "" if report.network.num_classes is None else "the head's own biases are in every row"
    return Table("Parameters by convention", columns, tuple(rows), note, strong, spare=(1,))


def work_table(report: Report, backward: bool) -> Table:
    """What a step, the head and the run cost; `backward` adds the way back."""
    run = report.run
    rows = [("one step", *_columns(report.step_work))]
    if report.network.num_classes is not None:
        rows.append(("the head, once", *_columns(report.head_work)))
    batch = f" × batch {run.batch_size:,}" if run.batch_size > 1 else ""
    steps = f"{plural(run.seq_len, 'step')}{batch}"
    rows.append((steps, *_columns(report.run_work)))
    notes = [
        "FLOPs: 2 for each MAC of the matrix products.",
        "More steps are more work with the same parameters.",
    ]
    if backward:
        rows.append((f"{steps} back", *_columns(report.backward_work)))
        notes.append("Back: to every weight, its element-wise work as the equations are written.")
    return Table(
        "Work",
        ("pass", "MACs", "FLOPs", "element-wise", "sigmoid, tanh"),
        tuple(rows),
        " ".join(notes),
        tuple(range(len(rows) - 1 - backward, len(rows))),
        spare=(4, 3),
    )


def _columns(work: Work) -> tuple[int, int, int, int]:
    return work.macs, work.flops, work.elementwise, work.transcendental


def bytes_table(report: Report) -> Table:
    """What the weights take in each type of number."""
    columns = tuple(report.weight_bytes)
    spare = (columns.index("bfloat16"), columns.index("float64"))
    row = tuple(report.weight_bytes.values())
    return Table("Bytes of the weights", columns, (row,), spare=spare)
