"""What a layout consists of: places, the wires between them, and what must be above what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from lstmcalc.algebra import Graph, Node
from lstmcalc.render.diagram.elements import Element
from lstmcalc.render.diagram.lines import Line

Kind: TypeAlias = Literal[
    "rail", "input", "tap", "drop", "joint", "bend", "operation", "box", "port", "hung port", "exit"
]
SIDE = 0.01
"""How far a port is from the middle of its box, as long as only the order of columns matters."""


@dataclass(eq=False)
class Place:
    """A point that wires run to or from: an element, or only a turn (`element` is None).

    Attributes:
        net: the element whose value its wires carry.
        up: its wire runs to what is above it; or else it hangs from the line `line`.
        level: the place whose row it shares.
        rises: its wire hangs down first, and then runs up.
        end: the place that the wire of its column ends at.
        entered: its one wire enters from the side.
        port: how far from the middle of its box it is, counted in ports.
        state: what an exit hands on.
    """

    kind: Kind
    column: float
    net: Element
    element: Element | None = None
    up: bool = True
    line: int = -1
    level: Place | None = None
    rises: bool = False
    end: Place | None = None
    entered: bool = False
    port: int = 0
    state: str = ""


class Wire(NamedTuple):
    """Up or down from its source, then across to its sink."""

    source: Place
    sink: Place


class Order(NamedTuple):
    """One place is above another by at least so many rows."""

    upper: Place
    lower: Place
    rows: int


@dataclass(eq=False)
class Plan:
    """What is where from left to right, and what the rows must respect.

    `bus` are the inputs that run under the boxes, in one wire where they are `joined`.
    """

    graph: Graph
    elements: Mapping[Node, Element]
    lines: tuple[Line, ...]
    bus: tuple[Element, ...]
    joined: bool
    rails: list[Place] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def separate(plan: Plan) -> Iterator[Order]:
    """Keeps the other readers of a source from beyond the one that ends its column."""
    for source, sink in plan.wires:
        if source.end is not None and source.end is not sink and sink.kind != "port":
            pair = (source.end, sink) if source.up else (sink, source.end)
            yield Order(*pair, 1)
