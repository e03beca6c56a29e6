"""A column for every element of a cell's picture, from left to right, and what must be above what.

States that element-wise operations carry along are lines at the top. Gates stand in one row below.
What gates feed stands between, and what a line feeds hangs from it.
"""

from __future__ import annotations

from itertools import pairwise

from lstmcalc.algebra import Graph
from lstmcalc.render.diagram.elements import Element, elements
from lstmcalc.render.diagram.lines import Line, find_lines
from lstmcalc.render.diagram.plan import SIDE, Kind, Order, Place, Plan, Wire


def plan(graph: Graph, straight: bool = True, lines: bool = True) -> Plan:
    """The columns of a cell's picture.

    Args:
        graph: the cell's equations.
        straight: an operation may stand in the column of what it reads.
        lines: a state may run along the top.
    """
    return _Planner(graph, straight, lines).run()


class _Planner:
    """Places elements from left to right, each after those that it reads."""

    def __init__(self, graph: Graph, straight: bool, lines: bool) -> None:
        self.graph = graph
        self.straight = straight
        self.elements = elements(graph)
        self.readers: dict[Element, list[Element]] = {}
        self.before: dict[Element, set[Element]] = {}
        for element in self.elements.values():
            self._relate(element)
        found = find_lines(graph, self.elements, self.readers, self.before)
        self.lines = found if lines else ()
        self.line_of = {e: k for k, line in enumerate(self.lines) for e in line}
        self.outputs = [self.elements[graph.equations[state]] for state in graph.outputs]
        boxes = [e for e in self.readers if e.box]
        shared = [self.elements[graph.inputs[name]] for name in ("h", "x")]
        self.bus = tuple(e for e in shared if any(e in box.reads for box in boxes))
        joined = all(len(set(self.bus) & set(b.reads)) in (0, len(self.bus)) for b in boxes)
        self.plan = Plan(graph, self.elements, self.lines, self.bus, joined)
        self.plan.rails += [Place("rail", 0, line[0]) for line in self.lines]
        self.at: dict[Element, Place] = {}
        self.taps: dict[Element, Place] = {}
        self.columns = 0

    def _relate(self, element: Element) -> None:
        """Note who reads what, for an element and whatever it reads."""
        if element in self.readers:
            return
        self.readers[element] = []
        self.before[element] = set(element.reads)
        for read in element.reads:
            self._relate(read)
            self.readers[read].append(element)
            self.before[element] |= self.before[read]

    def run(self) -> Plan:
        """Every element in its column."""
        self._inputs()
        for line in range(len(self.lines)):
            self._line(line)
        for element in (*self.outputs, *self.elements.values()):
            self._place(element)
        self._exits()
        return self.plan

    def _column(self) -> int:
        """A new column, to the right of all."""
        self.columns += 1
        return self.columns

    def _add(self, place: Place) -> Place:
        self.plan.places.append(place)
        if place.element is not None:
            self.at[place.element] = place
        return place

    def _on_rail(self, kind: Kind, column: float, element: Element, own: bool = False) -> Place:
        """A place in the row of an element's line; for inputs without a line, in a row below."""
        line = self.line_of.get(element, -1)
        rail = self.plan.rails[line] if line >= 0 else None
        at = element if own else None
        return self._add(Place(kind, column, element, at, up=line < 0, line=line, level=rail))

    def _line_after(self, element: Element) -> Line:
        """What follows an element on its line."""
        line = self.lines[self.line_of[element]] if element in self.line_of else ()
        return line[line.index(element) + 1 :] if line else ()

    def _ends_line(self, element: Element) -> bool:
        return element in self.line_of and not self._line_after(element)

    def _beside(self, element: Element) -> list[Element]:
        """The readers that neither the line nor the bus brings the element to."""
        after = self._line_after(element)[:1]
        readers = self.readers[element]
        return [r for r in readers if r not in after and not (r.box and element in self.bus)]

    def _tap(self, element: Element) -> Place:
        """A column where an element's wire leaves the row that it runs in."""
        return self._on_rail("tap", self._column(), element)

    def _tap_once(self, element: Element) -> bool:
        """A tap for all readers, where not each can have its own further right."""
        leaves = self._beside(element) or element in self.outputs
        if not leaves or self._ends_line(element):
            return False
        self.taps[element] = self._tap(element)
        return True

    def _inputs(self) -> None:
        for node in self.graph.inputs.values():
            element = self.elements[node]
            self._on_rail("input", 0, element, own=True)
            self._tap_once(element)
        if self.bus and self.bus[0] in self.line_of:
            self._on_rail("drop", self._column(), self.bus[0])
        if self.plan.joined and len(self.bus) > 1:
            drops = [place for place in self.plan.places if place.kind == "drop"]
            column = drops[0].column if drops else self._column()
            self._add(Place("joint", column, self.bus[0]))

    def _line(self, index: int) -> None:
        last = self.columns
        line = self.lines[index]
        for before, element in pairwise(line):
            others = [read for read in element.reads if read is not before]
            sources = [self._under_line(self._outlet(read), index, last) for read in others]
            place = self._on_rail("operation", 0, element, own=True)
            place.column = sources[0].column if sources else self._column()
            last = int(place.column)
            for source in sources:
                source.end = place
                self._connect(source, place)
            if self._tap_once(element):
                last = self.columns

    def _under_line(self, source: Place, line: int, last: int) -> Place:
        """The source itself where the line can pass straight over it, or else a turn."""
        rises = not source.up and source.line >= line
        passes = not source.up and any(reader.box for reader in self._beside(source.net))
        if not (rises or passes) and source.column > last and source.end is None:
            return source
        up = source.up or rises
        bend = self._add(Place("bend", self._column(), source.net, up=up, line=source.line))
        if rises and source.kind == "operation" and not self._right_taken(source):
            bend.level = source
        bend.rises = rises and bend.level is None
        self._connect(source, bend)
        return bend

    def _right_taken(self, place: Place) -> bool:
        """Whether a wire enters or leaves an operation on its right."""
        entered = any(s.column > place.column for s, sink in self.plan.wires if sink is place)
        return entered or any(other.level is place for other in self.plan.places)

    def _place(self, element: Element) -> Place:
        if element not in self.at:
            for read in element.reads:
                self._place(read)
            (self._box if element.box else self._operation)(element)
        return self.at[element]

    def _outlet(self, element: Element) -> Place:
        """Where a wire to one more reader of the element begins."""
        place = self._place(element)
        return self._tap(element) if self._ends_line(element) else self.taps.get(element, place)

    def _box(self, element: Element) -> None:
        others = [read for read in element.reads if read not in self.bus]
        sources = [None if self._ends_line(read) else self._to_top(read) for read in others]
        column = self._column()
        box = self._add(Place("box", column, element, element))
        for index, (read, source) in enumerate(zip(others, sources, strict=True)):
            side = (index // 2 + 1) * (1 if index % 2 else -1)
            kind: Kind = "port" if source else "hung port"
            port = self._add(Place(kind, column + side * SIDE, read, up=False, port=side))
            start = source or self._on_rail("tap", port.column, read)
            start.port = start.port if source else side
            self.plan.wires += [Wire(start, port), Wire(port, box)]

    def _to_top(self, read: Element) -> Place:
        """Where a wire to the top of a box begins: beside what it would else run through."""
        source = self._outlet(read)
        if source.kind != "operation" or not source.up:
            return source
        bend = self._add(Place("bend", self._column(), read, up=False))
        if not self._right_taken(source):
            bend.level = source
        self._connect(source, bend)
        return bend

    def _operation(self, element: Element) -> None:
        sources = [self._outlet(read) for read in element.reads]
        up = all(source.up for source in sources)
        line = max((source.line for source in sources if not source.up), default=-1)
        place = Place("operation", 0, element, element, up=up, line=line)
        straight = [s for s in sources[::-1] if s.up == up and self._may_end(s, element)]
        place.column = straight[0].column if straight else self._column()
        if len(sources) > 1 and not straight:
            bend = self._add(Place("bend", place.column, sources[-1].net, up=up, line=line))
            self._connect(sources.pop(), bend)
            sources.append(bend)
            straight = [bend]
        for source in straight[:1]:
            source.end = place
        place.entered = not straight
        self._add(place)
        for source in sources:
            self._connect(source, place)

    def _may_end(self, source: Place, element: Element) -> bool:
        """Whether a source's column may end at the element: its other readers come before that."""
        if source.end is not None or source.port or not self.straight:
            return False
        if self._ends_line(source.net):
            return True
        others = [reader for reader in self._beside(source.net) if reader is not element]
        after = self._after(element)
        return not any(
            other in self.line_of or (other.box and not source.up) or after & self._after(other)
            for other in others
        )

    def _after(self, element: Element) -> set[Element]:
        """The element and what it leads to, as far as boxes and lines."""
        after = {element}
        for reader in self.readers[element]:
            if not reader.box and reader not in self.line_of:
                after |= self._after(reader)
        return after

    def _connect(self, source: Place, sink: Place) -> None:
        """A wire, and which of its ends is above."""
        self.plan.wires.append(Wire(source, sink))
        if self._within(source, sink):
            source.level = sink
        elif sink.level is not source:
            touches = source.end is not sink or (source.kind == "bend" and source.line < 0)
            pair = (sink, source) if source.up else (source, sink)
            self.plan.orders.append(Order(*pair, 1 if touches else 2))

    def _within(self, source: Place, sink: Place) -> bool:
        """Whether a function stands on the wire that runs across to its only reader."""
        return (
            source.entered
            and source.up
            and sink.kind == "operation"
            and source.end is not sink
            and source.column < sink.column
            and len(self.readers[source.net]) == 1
            and source.net not in self.outputs
        )

    def _exits(self) -> None:
        starts = [self.elements[self.graph.inputs[state]] for state in self.graph.outputs]
        sources = {
            state: self._outlet(value)
            for state, value, start in zip(self.graph.outputs, self.outputs, starts, strict=True)
            if start not in self.line_of
        }
        column = self._column()
        for state, value, start in zip(self.graph.outputs, self.outputs, starts, strict=True):
            if state not in sources:
                leave = self._on_rail("exit", column, start)
                leave.net, leave.state = value, state
                continue
            source = sources[state]
            leave = self._add(Place("exit", column, value, state=state))
            if source.kind == "operation" and not self._right_taken(source):
                leave.level = source
            self._connect(source, leave)
