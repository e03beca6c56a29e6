"""The page of a flow: each tensor's shape on the way, and which part of which tensor is what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lstmcalc.errors import listed
from lstmcalc.flow import Flow
from lstmcalc.given_shapes import fitting
from lstmcalc.parts import Part, Parts
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page
from lstmcalc.render.pages.network import network_words, plural
from lstmcalc.render.table import Cell, Drawing, Table, shown
from lstmcalc.run import interface_of, is_as_torch, last_states
from lstmcalc.verdict import Verdict

MOST_DRAWN = 50
"""Packed sequences, and steps of one, that are drawn."""
MOST_SIZES = 12
"""Steps whose sequences are counted in words."""
MOST_ROWS = 8
"""Rows of the last states that are listed: the rest goes on likewise."""
DIRECTIONS = ("forward", "reverse")


def page(flow: Flow, verdict: Verdict | None = None) -> Page:
    """All there is to show of a flow."""
    title, detail = network_words(flow.network)
    packed = f", packed lengths {', '.join(map(str, flow.lengths))}" if flow.lengths else ""
    tables = (_tensors(flow), *([_rows(flow)] if flow.rows else []), _claims(flow))
    return Page(
        title,
        f"{detail}; {_order(flow)}{packed}",
        _result(flow),
        tables,
        lambda: _data(flow),
        verdict=verdict,
        warnings=flow.warnings,
    )


def _order(flow: Flow) -> str:
    """Whose layout it is, and which axis of x comes first."""
    if flow.run.unbatched:
        return "unbatched"
    begins = interface_of(flow.origin)
    as_begun = f"as {flow.origin.title} begins"
    if begins.turned_by == "batch_first=True":
        return "batch_first=True" if flow.run.batch_first else f"batch_first=False, {as_begun}"
    order = "the sequences first" if flow.run.batch_first else "the steps first"
    turned = flow.run.batch_first != begins.batch_first
    return f"{order}, {begins.turned_by if turned else as_begun}"


def _result(flow: Flow) -> str:
    """From x to the output, in one line."""
    names = [interface_of(flow.origin).names[place] for place in (0, 2)]
    shapes = {tensor.name: tensor.shape for tensor in flow.tensors}
    first = "tokens" if "tokens" in shapes else names[0]
    return " → ".join(f"{name} {shown(shapes[name])}" for name in (first, names[1]))


def _tensors(flow: Flow) -> Table:
    rows = tuple(
        (tensor.name, f"({', '.join(tensor.letters)})", tensor.shape, tensor.words)
        for tensor in flow.tensors
    )
    notes = [interface_of(flow.origin).note]
    if flow.batch_sizes:
        notes.append(f"batch_sizes: {listed(map(str, flow.batch_sizes), MOST_SIZES)}")
    if flow.h0:
        names = fitting(flow.network, flow.run, flow.h0, flow.origin)
        alone = f" {listed(names)} alone" if names else ""
        notes.append(f"your h_0 of {shown(flow.h0)} fits{alone}")
    return Table(
        "Shapes, from x to the output",
        ("tensor", "in letters", "shape", "what it holds"),
        rows,
        "; ".join(note for note in notes if note),
        spare=(3,),
    )


def _rows(flow: Flow) -> Table:
    """What is in each row of h_n and c_n."""
    rows: list[tuple[Cell, ...]] = [
        (str(row.row), f"layer {row.layer}", DIRECTIONS[row.direction])
        for row in flow.rows[:MOST_ROWS]
    ]
    first = flow.network.layers[0]
    note = "row = 2·layer + direction" if first.bidirectional else "row = layer"
    if is_as_torch(flow.origin) and not flow.run.unbatched:
        layers = len(flow.network.layers)
        note += f", as h_n.view({layers}, {first.directions}, B, H)[layer, direction]"
    if len(flow.rows) > MOST_ROWS:
        note += f"; {len(flow.rows):,} in all"
    states = [each.named.name for each in last_states(flow.network, flow.run, flow.origin)]
    columns = ("row", "layer", "direction")
    return Table(f"Rows of {' and '.join(states)}", columns, tuple(rows), note)


def _claims(flow: Flow) -> Table:
    rows = tuple((str(c.left), "is" if c.equal else "is not", c.that, c.why) for c in flow.claims)
    return Table(
        "What is what", ("this", "", "that", "because"), rows, drawing=Drawing(tuple(_draw(flow)))
    )


def _draw(flow: Flow) -> list[str]:
    """The last layer unrolled over time: where its last states are in the output."""
    if flow.lengths:
        return _draw_packed(flow.lengths)
    parts = Parts(flow.network, flow.run, flow.origin)
    ends = [_name(flow, parts.last("h", way)) for way in range(parts.top.directions)]
    outputs = [str(parts.output(t)) for t in (0, 1, -1)]
    left = f"{ends[1]} ← " if len(ends) > 1 else ""
    widest = max(map(len, outputs))
    start = max(widest // 2, len(left) + 3, len("→ ") + 3)
    second = start + max(11, widest + 1)
    third = second + max(15, widest + 3)
    centres = (start, second, third)
    stems = _line(*((centre, "│") for centre in centres))
    drawn = [
        _line(*((centre, f"x({t})") for centre, t in zip(centres, "12T", strict=True))),
        stems,
        f"{_line((start - 5, '→'), *_steps(centres, '→'))} → {ends[0]}",
    ]
    if left:
        drawn.append(f"{left.ljust(start - 3)}{_line(*_steps(centres, '←'))[start - 3 :]} ←")
    places = (start, second, (second + third) // 2, third)
    labels = _line(*zip(places, (*outputs[:2], "…", outputs[2]), strict=True))
    return [*drawn, stems, labels, *_caption(flow)]


def _steps(centres: tuple[int, int, int], arrow: str) -> list[tuple[int, str]]:
    """The states of the first two steps and the last one, and the arrows between them."""
    first, second, third = centres
    boxes = [(centre, f"│ h({t}) │") for centre, t in zip(centres, "12T", strict=True)]
    between = ((first + second + 1) // 2, arrow), ((second + third + 1) // 2, f"{arrow} … {arrow}")
    return [boxes[0], between[0], boxes[1], between[1], boxes[2]]


def _line(*placed: tuple[int, str]) -> str:
    """Texts in one line, the middle of each at its column."""
    line = ""
    for centre, text in placed:
        line = f"{line.ljust(centre - (len(text) - 1) // 2)}{text}"
    return line


def _caption(flow: Flow) -> list[str]:
    return ["", "of the last layer"] if len(flow.network.layers) > 1 else []


def _name(flow: Flow, part: Part) -> str:
    """A last state of the last layer, without saying which layer that is."""
    prefix = interface_of(flow.origin).prefix
    return str(part).removeprefix(prefix.format(layer=len(flow.network.layers) - 1))


def _draw_packed(lengths: tuple[int, ...]) -> list[str]:
    """A bar for each sequence, filled as far as it goes."""
    longest = max(lengths)
    if max(longest, len(lengths)) > MOST_DRAWN:
        return []
    bars = [
        f"sequence {index}  {'■' * length}{'·' * (longest - length)}  {plural(length, 'step')}"
        for index, length in enumerate(lengths)
    ]
    return [*bars, "", "■ a step   · padding: output is 0 there"]


def _data(flow: Flow) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.shapes",
        "network": network_data(flow.network),
        "convention": flow.convention,
        "run": asdict(flow.run),
        "lengths": flow.lengths,
        "batch_sizes": flow.batch_sizes,
        "h0": flow.h0,
        "tensors": [asdict(tensor) for tensor in flow.tensors],
        "rows": [asdict(row) for row in flow.rows],
        "parts": [
            {"this": str(c.left), "equal": c.equal, "that": c.that, "because": c.why}
            for c in flow.claims
        ],
        "warnings": flow.warnings,
    }
