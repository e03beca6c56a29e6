"""Formulas as titled lines of text: equations, then totals with the numbers put in."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcalc.polynomials import formulas
from lstmcalc.readings.formulas import Style, equations
from lstmcalc.report import Report


@dataclass(frozen=True)
class Line:
    """A formula, and what it is the formula of (nothing for an equation)."""

    name: str
    text: str


def sections(report: Report, style: Style) -> list[tuple[str, list[Line]]]:
    """Titles, each with its formulas."""
    graphs = {layer.cell: layer.graph for layer in reversed(report.network.layers)}
    found = [
        (
            f"Equations of the {cell.title} ({cell.source})",
            [Line("", text) for text in equations(graph, style)],
        )
        for cell, graph in graphs.items()
    ]
    for name, parts in formulas(report).items():
        lines = [Line(part.name, part.write(style)) for part in parts]
        found.append((f"Formulas of the {name}", lines))
    return found
