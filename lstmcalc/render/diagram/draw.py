"""A cell's picture as textbooks draw it, laid out from its equations alone.

State lines are heavy, all other wires light. Wires run to the right and up where no arrow says
otherwise. A wire with a gap passes under the upright one; the signals do not meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from lstmcalc.algebra import Graph, Node
from lstmcalc.errors import EquationError
from lstmcalc.render.diagram.columns import plan
from lstmcalc.render.diagram.elements import Element
from lstmcalc.render.diagram.places import place_all
from lstmcalc.render.diagram.plan import Place, Plan, Wire
from lstmcalc.render.diagram.rows import BOX_HEIGHT, LayoutError
from lstmcalc.render.diagram.wires import HEAVY, LIGHT, Canvas, Point

JOINT = "●"
"""Where h and x become one vector."""
ATTEMPTS = ((True, True), (False, True), (False, False))
"""Whether columns are shared and states run along the top: each is roomier than the one before."""
NOW, BEFORE = "(t)", "(t−1)"


class Region(NamedTuple):
    """A rectangle of the picture, and the node that it stands for.

    `name` is the equation of that node, if it is one.
    """

    name: str
    node: Node
    row: int
    column: int
    height: int
    width: int


class Diagram(NamedTuple):
    """Lines of text, what is where in them, and which characters are a state's line.

    `series` has for each character of a line the index of the state, or a blank.
    """

    lines: tuple[str, ...]
    regions: tuple[Region, ...]
    series: tuple[str, ...]


def draw_cell(graph: Graph, sizes: Mapping[str, int]) -> Diagram:
    """The picture of a cell, with the sizes behind the letters of its dimensions.

    >>> from lstmcalc.cells import rnn
    >>> print(*draw_cell(rnn.graph("double"), {"I": 28, "H": 128}).lines, sep="\\n")
               ┏━━━━━► h(t)
            ┌──┸──┐
            │  h  │
            │tanh │
            └──┰──┘
    h(t−1) ━●━━┛
    x(t) ───┘  [h, x] 128 + 28 = 156
    """
    for straight, lines in ATTEMPTS:
        with suppress(LayoutError):
            drawing = _Drawing(graph, sizes, plan(graph, straight, lines))
            if drawing.draw():
                return drawing.diagram()
    raise EquationError("a cell's picture", "its wires cannot be laid out without collisions")


class _Drawing:
    """Draws a plan's wires, then its text over them."""

    def __init__(self, graph: Graph, sizes: Mapping[str, int], found: Plan) -> None:
        self.graph = graph
        self.sizes = sizes
        self.plan = found
        labels = [len(name) + len(BEFORE) for name in graph.inputs]
        self.placed = place_all(self.plan, max(labels) + 1)
        self.canvas = Canvas()
        self.regions: list[Region] = []

    def draw(self) -> bool:
        """Draw everything, and tell whether nothing is in the way of anything else."""
        self._lines()
        for wire in self.plan.wires:
            self._wire(wire)
        self._bus()
        for place in self.plan.places:
            if place.kind == "box":
                self._box(place)
            elif place.kind == "operation":
                self._operation(place)
        self._labels()
        return self.canvas.clear

    def diagram(self) -> Diagram:
        """What was drawn."""
        lines = self.canvas.lines()
        return Diagram(lines, tuple(self.regions), self._series(lines))

    def _nets(self, place: Place) -> set[Element]:
        """What an element reads and computes: the wires that may touch it."""
        return {place.net, *place.net.reads}

    def _at(self, place: Place) -> Point:
        return self.placed.points[place]

    # Wires

    def _lines(self) -> None:
        """Each line's stretches, from its label over its operations to its exit."""
        for line, rail in zip(self.plan.lines, self.plan.rails, strict=True):
            level = [p for p in self.plan.places if p.level is rail]
            own = [p for p in level if p.element in line or p.kind == "exit"]
            stops = sorted(own, key=lambda p: self._at(p).column)
            for start, stop in pairwise(stops):
                self.canvas.wire(start.net, self._at(start), self._at(stop), HEAVY)

    def _wire(self, wire: Wire) -> None:
        """Up or down, then across, with an arrow where a reader could not know the direction."""
        source, sink = self._at(wire.source), self._at(wire.sink)
        weight = HEAVY if wire.sink.kind == "exit" else LIGHT
        turn = Point(sink.row, source.column)
        self.canvas.wire(wire.source.net, source, turn, weight)
        self.canvas.wire(wire.source.net, turn, sink, weight)
        if wire.sink.kind == "operation":
            self._arrow(wire.sink, turn, source, wire.source.rises)

    def _arrow(self, sink: Place, turn: Point, source: Point, rises: bool) -> None:
        at = self._at(sink)
        left, right = self.placed.halves(sink)
        nets = self._nets(sink)
        if turn.column < at.column:
            self.canvas.write(Point(at.row, at.column - left - 1), "►", nets)
        elif turn.column > at.column:
            self.canvas.write(Point(at.row, at.column + right + 1), "◄", nets)
        elif source.row < at.row:
            self.canvas.write(Point(at.row - 1, at.column), "▼", nets)
        elif rises:
            self.canvas.write(Point(at.row + 1, at.column), "▲", nets)

    def _bus(self) -> None:
        """The inputs that run under the boxes, in one wire or each in its own."""
        for place in self.plan.places:
            if place.kind == "tap" and place.level is None:
                self.canvas.wire(place.net, self._start(place.net), self._at(place))
        joint = next((p for p in self.plan.places if p.kind == "joint"), None)
        for net in self.plan.bus[:1] if joint else self.plan.bus:
            weight = HEAVY if net.text[0] in self.graph.states else LIGHT
            ends = [self._start(net)]
            for box in self._readers(net):
                end = Point(self.placed.below[net], self._at(box).column + self._offset(box, net))
                ends.append(end)
                light = joint and not self._concatenated(box)
                foot = Point(self._at(box).row + BOX_HEIGHT - 1, end.column)
                self.canvas.wire(net, foot, end, LIGHT if light else weight)
            self.canvas.wire(net, min(ends), max(ends), weight)
        if joint:
            at, x = self._at(joint), self.plan.bus[1]
            row = self.placed.below[x]
            self.canvas.wire(x, self._start(x), Point(row, at.column))
            self.canvas.wire(x, Point(row, at.column), at)
            self.canvas.write(at, JOINT, self.plan.bus)

    def _start(self, net: Element) -> Point:
        """Where an input enters the row that it has under the boxes."""
        row = self.placed.below[net]
        for place in self.plan.places:
            if place.kind == "drop" and place.net is net:
                start = self._at(place)
                self.canvas.wire(net, start, Point(row, start.column), HEAVY)
                return Point(row, start.column)
        return Point(row, len(self._label(net)))

    def _readers(self, net: Element) -> list[Place]:
        return [p for p in self.plan.places if p.kind == "box" and net in p.net.reads]

    def _offset(self, box: Place, net: Element) -> int:
        """Where under a box a wire ends: in the middle if it is the only one."""
        several = not self.plan.joined and set(self.plan.bus) <= set(box.net.reads)
        return (1 if net is self.plan.bus[-1] else -1) if several else 0

    def _concatenated(self, box: Place) -> bool:
        """Whether a box reads h and x as one vector."""
        both = len(self.plan.bus) > 1 and set(self.plan.bus) <= set(box.net.reads)
        return both and set(box.net.gates) <= set(self.graph.concatenated)

    # Text

    def _operation(self, place: Place) -> None:
        at, text = self._at(place), place.net.text[0]
        start = Point(at.row, at.column - self.placed.halves(place)[0])
        self.canvas.write(start, text, self._nets(place))
        self._region(place.net, start, 1, len(text))

    def _box(self, place: Place) -> None:
        at, (half, _) = self._at(place), self.placed.halves(place)
        left, width = at.column - half, 2 * half - 1
        nets = self._nets(place)
        out = [sink.kind for source, sink in self.plan.wires if source is place]
        middle = "┸" if "exit" in out else "┴" if out else "─"
        self.canvas.write(Point(at.row, left), f"┌{middle.center(width, '─')}┐", nets)
        for index, text in enumerate(place.net.text, 1):
            self.canvas.write(Point(at.row + index, left), f"│{text:^{width}}│", nets)
        self.canvas.write(Point(at.row + BOX_HEIGHT - 1, left), f"└{'─' * width}┘", nets)
        for source, sink in self.plan.wires:
            if sink is place:
                self.canvas.write(Point(at.row, self._at(source).column), "▼", nets)
        self._feet(place)
        self._region(place.net, Point(at.row, left), BOX_HEIGHT, width + 2)

    def _feet(self, place: Place) -> None:
        at = self._at(place)
        for net in self.plan.bus:
            if net in place.net.reads:
                whole = self._concatenated(place) or not self.plan.joined
                heavy = whole and net.text[0] in self.graph.states
                column = at.column + self._offset(place, net)
                self.canvas.write(Point(at.row + BOX_HEIGHT - 1, column), "┰" if heavy else "┬")
                if self.plan.joined:
                    return

    def _labels(self) -> None:
        """The inputs on the left, the new states on the right, and the widths under the boxes."""
        for place in self.plan.places:
            at = self._at(place)
            if place.kind == "exit":
                self.canvas.write(at, f"► {place.state}{NOW}", {place.net})
            elif place.kind == "input" and self._is_read(place):
                text = self._label(place.net)
                self.canvas.write(Point(at.row, 0), f"{text} ", {place.net})
                self._region(place.net, Point(at.row, 0), 1, len(text))
        if self.plan.bus:
            self._widths()

    def _label(self, net: Element) -> str:
        name = net.text[0]
        return name + (BEFORE if name in self.graph.states else NOW)

    def _is_read(self, place: Place) -> bool:
        return place.level is not None or place.net in self.placed.below

    def _widths(self) -> None:
        """What the boxes read is how long, and which of them read it as one vector."""
        widths = {net.text[0]: self.sizes[net.node.dim] for net in self.plan.bus}
        boxes = [p for p in self.plan.places if p.kind == "box"]
        whole = [p.net.text[0] for p in boxes if self._concatenated(p)]
        numbers = " + ".join(f"{width:,}" for width in widths.values())
        text = f"[{', '.join(widths)}] {numbers} = {sum(widths.values()):,}"
        if not whole:
            text = ", ".join(f"{name} {width:,}" for name, width in widths.items())
        elif len(whole) < len(boxes):
            text += f" into {', '.join(whole)}"
        joints = [self._at(p) for p in self.plan.places if p.kind == "joint"]
        below = Point(max(self.placed.below.values()) + 1, self.placed.margin + 1)
        at = Point(joints[0].row + 1, joints[0].column + 3) if joints else below
        self.canvas.write(at, text)

    def _region(self, element: Element, at: Point, height: int, width: int) -> None:
        self.regions.append(Region(element.name, element.node, *at, height, width))

    def _series(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The index of the state whose line each character is in."""
        owners = {
            element: state
            for line in self.plan.lines
            for state, name in enumerate(self.graph.states)
            for element in line
            if line[0].text == (name,)
        }
        for index, name in enumerate(self.graph.states):
            for node in (self.graph.inputs[name], self.graph.equations[name]):
                owners.setdefault(self.plan.elements[node], index)
        found = {at: str(index) for net, index in owners.items() for at in self.canvas.heavy(net)}
        return tuple(
            "".join(found.get(Point(row, column), " ") for column in range(len(line)))
            for row, line in enumerate(lines)
        )
