"""Formulas as titled lines of text: equations, then totals with the numbers put in."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcalc.adjoint import ADJOINT, GRADIENT, Backward, adjoint
from lstmcalc.polynomials import formulas
from lstmcalc.readings.formulas import Style, equations
from lstmcalc.render.page import Line, Sections
from lstmcalc.report import Report


def sections(report: Report, style: Style, backward: bool = False) -> Sections:
    """Titles, each with its formulas; `backward` adds those of the backward pass."""
    graphs = {layer.cell: layer.graph for layer in reversed(report.network.layers)}
    found = [
        (
            f"Equations of the {cell.title} ({cell.source})",
            [Line("", text) for text in equations(graph, style).values()],
        )
        for cell, graph in graphs.items()
    ]
    if backward:
        for cell, graph in graphs.items():
            found += _backward(cell.title, adjoint(graph), style)
    for name, parts in formulas(report, backward).items():
        lines = [Line(part.name, part.write(style)) for part in parts]
        found.append((f"Formulas of the {name}", lines))
    return found


def _backward(title: str, graph: Backward, style: Style) -> Iterator[tuple[str, list[Line]]]:
    """The derived equations: within a step, what it sends on, and each weight's sum."""
    written = equations(graph, style)
    within = [Line("", text) for name, text in written.items() if name.startswith(ADJOINT)]
    sent = [f"{GRADIENT}{name}" for name in graph.forward.inputs]
    arriving = " and ".join(f"∂{name}(t)" for name in graph.forward.outputs)
    heading = f"{arriving} arrive from step t+1, and ∂h(t) from the output"
    yield f"Backward equations of the {title}: {heading}", within
    yield (
        "What step t sends on to x and to the step before, where all of it repeats",
        [Line("", text) for name, text in written.items() if name in sent],
    )
    yield (
        "Each weight's gradient: one sum over the steps, because they share the weight",
        [
            Line("", text)
            for name, text in written.items()
            if name.startswith(GRADIENT) and name not in sent
        ],
    )
