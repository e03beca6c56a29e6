"""The page of a flow: each tensor's shape on the way, and which part of which tensor is what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lstmcalc.flow import Flow
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page
from lstmcalc.render.pages.network import network_words
from lstmcalc.render.table import Drawing, Table, shown
from lstmcalc.verdict import Verdict

MOST_DRAWN = 50
"""Packed sequences, and steps of one, that are drawn."""


def page(flow: Flow, verdict: Verdict | None = None) -> Page:
    """All there is to show of a flow."""
    title, detail = network_words(flow.network)
    order = "batch_first=True" if flow.run.batch_first else "batch_first=False, as torch begins"
    kind = "unbatched" if flow.run.unbatched else order
    packed = f", packed lengths {', '.join(map(str, flow.lengths))}" if flow.lengths else ""
    return Page(
        title,
        f"{detail}; {kind}{packed}",
        _result(flow),
        (_tensors(flow), _claims(flow)),
        lambda: _data(flow),
        verdict=verdict,
        warnings=flow.warnings,
    )


def _result(flow: Flow) -> str:
    """From x to the output, in one line."""
    shapes = {tensor.name: tensor.shape for tensor in flow.tensors}
    first = "tokens" if "tokens" in shapes else "x"
    return f"{first} {shown(shapes[first])} → output {shown(shapes['output'])}"


def _tensors(flow: Flow) -> Table:
    rows = tuple(
        (tensor.name, f"({', '.join(tensor.letters)})", tensor.shape, tensor.words)
        for tensor in flow.tensors
    )
    return Table(
        "Shapes, from x to the output",
        ("tensor", "in letters", "shape", "what it holds"),
        rows,
        spare=(3,),
    )


def _claims(flow: Flow) -> Table:
    rows = tuple((str(c.left), "is" if c.equal else "is not", c.that, c.why) for c in flow.claims)
    return Table(
        "What is what", ("this", "", "that", "because"), rows, drawing=Drawing(tuple(_draw(flow)))
    )


def _draw(flow: Flow) -> list[str]:
    """The last layer unrolled over time: where its last states are in the output."""
    if flow.lengths:
        longest = max(*flow.lengths, len(flow.lengths))
        if longest > MOST_DRAWN:
            return []
        bars = [
            f"sequence {index}  {'■' * length}{'·' * (max(flow.lengths) - length)}  {length} steps"
            for index, length in enumerate(flow.lengths)
        ]
        note = "■ a step   · padding: output is 0 there"
        return [*bars, "", note]
    index = len(flow.network.layers) - 1
    top = flow.network.layers[index]
    h_n = "h_n" if flow.network.uniform else f"rnn.{index} h_n"
    left = f"{h_n}[-1] ← "
    indent = " " * (len(left) if top.bidirectional else 2)
    last = "-2" if top.bidirectional else "-1"
    drawn = [
        f"{indent}  x(1)       x(2)             x(T)",
        f"{indent}   │          │                │",
        f"{indent[2:]}→ │ h(1) │ → │ h(2) │ → … → │ h(T) │ → {h_n}[{last}]",
    ]
    if top.bidirectional:
        drawn.append(f"{left}│ h(1) │ ← │ h(2) │ ← … ← │ h(T) │ ←")
    return [
        *drawn,
        f"{indent}   │          │                │",
        f"{indent}output[0]  output[1]  …  output[-1]   along the steps",
    ]


def _data(flow: Flow) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.shapes",
        "network": network_data(flow.network),
        "run": asdict(flow.run),
        "lengths": flow.lengths,
        "tensors": [asdict(tensor) for tensor in flow.tensors],
        "parts": [
            {"this": str(c.left), "equal": c.equal, "that": c.that, "because": c.why}
            for c in flow.claims
        ],
        "warnings": flow.warnings,
    }
