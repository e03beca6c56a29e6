"""Formulas as titled lines of text: equations, then totals with the numbers put in."""

from __future__ import annotations

from lstmcalc.polynomials import formulas
from lstmcalc.readings.formulas import Style
from lstmcalc.render.equations import Line, Sections, equation_sections
from lstmcalc.report import Report


def sections(report: Report, style: Style, backward: bool = False) -> Sections:
    """Titles, each with its formulas; `backward` adds those of the backward pass."""
    found = equation_sections(report.network, style, backward)
    for name, parts in formulas(report, backward).items():
        lines = [Line(part.name, part.write(style)) for part in parts]
        found.append((f"Formulas of the {name}", lines))
    return found
