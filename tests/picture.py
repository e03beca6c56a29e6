"""Reads a cell's picture back: from its characters alone, which element feeds which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from lstmcalc.algebra import Const, Graph, Input, Node, Param, Sub
from lstmcalc.render.diagram.draw import Diagram, Region

DIRECTIONS = {"UP": (-1, 0), "DOWN": (1, 0), "LEFT": (0, -1), "RIGHT": (0, 1)}
N, S, W, E = DIRECTIONS.values()
ARROWS = {"▼": S, "►": E, "◄": W, "▲": N}
FLOWS = {N: "out", E: "out", W: "in", S: "either"}
Key = tuple[str, object]
"""What an element says, and its node; of an exit, its state."""


class UnreadableError(Exception):
    """The picture does not say what feeds what."""


def arms(character: str) -> set[tuple[int, int]]:
    """Where a box-drawing character leads, by its name in Unicode."""
    name = unicodedata.name(character, "")
    if not name.startswith("BOX DRAWINGS"):
        return set()
    name = name.replace("VERTICAL", "UP DOWN").replace("HORIZONTAL", "LEFT RIGHT")
    return {way for word, way in DIRECTIONS.items() if word in name.split()}


class Port(NamedTuple):
    """Where a wire meets an element, and what is known of its direction: in, out or either."""

    key: Key
    row: int
    column: int
    way: tuple[int, int]
    flow: str


class Picture:
    """A picture's characters, and where its elements are."""

    def __init__(self, diagram: Diagram) -> None:
        width = max(map(len, diagram.lines)) + 1
        self.rows = [line.ljust(width) for line in ("", *diagram.lines, "")]
        self.ports: dict[tuple[int, int, tuple[int, int]], Port] = {}
        for region in diagram.regions:
            text = self.rows[region.row + 1][region.column :][: region.width]
            key = (text if region.height == 1 else "box", region.node)
            for port in self._around(key, region):
                self._add(port)
        for row, line in enumerate(self.rows):
            for found in re.finditer(r"► (\w+)\(t\)", line):
                self._add(Port(("exit", found[1]), row, found.start() + 1, W, "in"))
            for found in re.finditer("●", line):
                for way in (N, S, W, E):
                    if self._leads(row + way[0], found.start() + way[1], way):
                        flow = "out" if way == E else "in"
                        self._add(Port(("●", None), row, found.start(), way, flow))

    def _add(self, port: Port) -> None:
        self.ports[port.row, port.column, port.way] = port

    def at(self, row: int, column: int) -> str:
        return self.rows[row][column] if 0 <= row < len(self.rows) and column >= 0 else " "

    def _leads(self, row: int, column: int, way: tuple[int, int]) -> bool:
        """Whether a wire at a point leads back against `way`."""
        return (-way[0], -way[1]) in arms(self.at(row, column))

    def _around(self, key: Key, region: Region) -> Iterator[Port]:
        """The ports of an element, by what is next to it."""
        top, left = region.row + 1, region.column
        right = left + region.width - 1
        if isinstance(region.node, Input):
            yield Port(key, top, right + 1, E, "out")
        elif region.height > 1:
            yield from self._of_box(key, top, range(left + 1, right), top + region.height - 1)
        else:
            yield from self._of_operation(key, top, left, right)

    def _of_box(self, key: Key, top: int, columns: range, bottom: int) -> Iterator[Port]:
        for column in columns:
            if self.at(top, column) == "▼":
                yield Port(key, top + 1, column, N, "in")
            elif N in arms(self.at(top, column)):
                yield Port(key, top, column, N, "out")
            if S in arms(self.at(bottom, column)):
                yield Port(key, bottom, column, S, "in")

    def _of_operation(self, key: Key, row: int, left: int, right: int) -> Iterator[Port]:
        """Wires run to the right and up where no arrow says otherwise; down they may do either."""
        beside = [(column, way) for column in range(left, right + 1) for way in (N, S)]
        for column, way in [*beside, (left, W), (right, E)]:
            character = self.at(row + way[0], column + way[1])
            inward = (-way[0], -way[1])
            if ARROWS.get(character) == inward:
                yield Port(key, row, column, way, "in")
            elif ARROWS.get(character) == way or inward in arms(character):
                yield Port(key, row, column, way, FLOWS[way])

    def _step(self, row: int, column: int, way: tuple[int, int]) -> tuple[int, int]:
        """The next point of a wire, past the upright wires that it is broken for."""
        row, column = row + way[0], column + way[1]
        while way in (E, W) and arms(self.at(row, column)) == {N, S}:
            column += way[1]
        return row, column

    def net(self, port: Port) -> frozenset[Port]:
        """Every port that a port's wire reaches."""
        reached: set[Port] = {port}
        seen: set[tuple[int, int, tuple[int, int]]] = set()
        ways = [(port.row, port.column, port.way)]
        while ways:
            row, column, way = ways.pop()
            if (row, column, way) in seen:
                continue
            seen.add((row, column, way))
            back = (-way[0], -way[1])
            row, column = self._step(row, column, way)
            character = self.at(row, column)
            if ARROWS.get(character) in (way, back):
                beyond = self.ports.get((row + way[0], column + way[1], back))
                if beyond:
                    reached.add(beyond)
                else:
                    ways.append((row, column, way))
            elif (row, column, back) in self.ports:
                reached.add(self.ports[row, column, back])
            elif back in arms(character):
                ways += [(row, column, arm) for arm in arms(character) - {back}]
            else:
                raise UnreadableError(f"a loose end at {row - 1}, {column}: {character!r}")
        return frozenset(reached)

    def edges(self) -> set[tuple[Key, Key]]:
        """Which element feeds which; through ● as if it were not there."""
        found: set[tuple[Key, Key]] = set()
        for net in {self.net(port) for port in self.ports.values()}:
            sources = {p.key for p in net if p.flow == "out"}
            either = {p.key for p in net if p.flow == "either"}
            sinks = {p.key for p in net if p.flow == "in"}
            if sources:
                sinks |= either
            else:
                sources = either
            if len(sources) != 1 or not sinks:
                raise UnreadableError(f"a wire from {sources} to {sinks}")
            found |= {(source, sink) for source in sources for sink in sinks}
        joint: Key = ("●", None)
        into = {source for source, sink in found if sink == joint}
        found |= {(one, sink) for one in into for source, sink in found if source == joint}
        return {edge for edge in found if joint not in edge}


def expected(graph: Graph, diagram: Diagram) -> set[tuple[Key, Key]]:
    """Which element feeds which, by the nodes of the graph: what is not drawn is passed through."""
    drawn: dict[Node, Key] = {}
    negated: dict[Node, Key] = {}
    for region in diagram.regions:
        text = diagram.lines[region.row][region.column :][: region.width]
        key = (text if region.height == 1 else "box", region.node)
        (negated if text == "(−)" and isinstance(region.node, Sub) else drawn)[region.node] = key

    def sources(node: Node) -> Iterator[Key]:
        for arg in node.args:
            if arg in drawn:
                yield drawn[arg]
            else:
                yield from sources(arg)

    edges = {(drawn[graph.equations[s]], ("exit", s)) for s in graph.outputs}
    for node, key in drawn.items():
        if node in negated:
            left, right = node.args
            edges |= {(drawn[left], key), (negated[node], key), (drawn[right], negated[node])}
        else:
            edges |= {(source, key) for source in sources(node)}
    return edges


def check(graph: Graph, diagram: Diagram) -> None:
    """The picture says what the graph says.

    Raises:
        AssertionError, UnreadableError: it does not.
    """
    assert Picture(diagram).edges() == expected(graph, diagram)


def held(diagram: Diagram, node: Node) -> set[Node]:
    """A drawn node, and what it holds without a place of its own."""
    drawn = {region.node for region in diagram.regions}
    own = {node}
    for arg in node.args:
        if arg not in drawn and not isinstance(arg, Const | Param):
            own |= held(diagram, arg)
    return own
