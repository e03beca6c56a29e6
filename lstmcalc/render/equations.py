"""A network's equations as titled lines: forward as written, backward as derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstmcalc.adjoint import ADJOINT, GRADIENT, Backward, adjoint
from lstmcalc.algebra import PRE
from lstmcalc.network import Network
from lstmcalc.readings.formulas import Style, equations


@dataclass(frozen=True)
class Line:
    """A formula, and what it is the formula of (nothing for an equation)."""

    name: str
    text: str


Sections = list[tuple[str, list[Line]]]
"""Titles, each with its formulas."""


def equation_sections(network: Network, style: Style, backward: bool = False) -> Sections:
    """Each cell's equations once; `backward` adds those of its backward pass."""
    graphs = {layer.cell: layer.graph for layer in reversed(network.layers)}
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
    return found


def _backward(title: str, graph: Backward, style: Style) -> Iterator[tuple[str, list[Line]]]:
    """The derived equations: within a step, what it sends on, and each weight's sum."""
    written = equations(graph, style)
    within = [Line("", text) for name, text in written.items() if name.startswith(ADJOINT)]
    sent = [f"{GRADIENT}{name}" for name in graph.forward.inputs]
    arriving = " and ".join(f"∂{name}(t)" for name in graph.forward.outputs)
    verb = "arrive" if len(graph.forward.outputs) > 1 else "arrives"
    heading = (
        f"{arriving} {verb} from step t+1, and ∂h(t) from the output; a is before its function"
    )
    gate = graph.forward.gates[0]
    applied = f"{PRE}{gate} is what the function of {gate} is applied to"
    yield f"Backward equations of the {title}: {heading}; {applied}", within
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
