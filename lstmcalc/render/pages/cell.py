"""The picture of each cell of a network, and what is what in it."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcalc.algebra import Graph
from lstmcalc.cells import GATE_WORDS
from lstmcalc.network import Network
from lstmcalc.render.diagram.draw import draw_cell
from lstmcalc.render.table import Drawing, Table

LEGEND = "boxes: gates, heavy: states, ●: h and x joined, a gap: passes under"


def cell_tables(network: Network) -> Iterator[Table]:
    """Each kind of cell once, with the sizes of the first layer that has it."""
    known: set[int] = set()
    for layer, input_size in zip(network.layers, network.input_sizes, strict=True):
        if id(layer.graph) in known:
            continue
        known.add(id(layer.graph))
        diagram = draw_cell(layer.graph, layer.sizes(input_size))
        rows = tuple((f"{name}(t)", _words(layer.graph, name)) for name in layer.graph.equations)
        yield Table(
            f"The {layer.cell.title} cell",
            ("equation", "what it is"),
            rows,
            drawing=Drawing((*diagram.lines, "", LEGEND), diagram.series),
        )


def _words(graph: Graph, name: str) -> str:
    if name in graph.states:
        return "handed to the next step, and put out" if name == "h" else "handed to the next step"
    return f"{GATE_WORDS.get(name, name)} gate"
