"""The state lines: the way of a state through a cell, by element-wise operations alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TypeAlias

from lstmcalc.algebra import Graph, Node
from lstmcalc.render.diagram.elements import Element

Line: TypeAlias = tuple[Element, ...]
"""A state's input, then the operations that it passes through; the last one is its new value."""


def find_lines(
    graph: Graph,
    found: Mapping[Node, Element],
    readers: Mapping[Element, Sequence[Element]],
    before: Mapping[Element, Set[Element]],
) -> tuple[Line, ...]:
    """The lines, the long-term state's first, and none before a line that it depends on."""
    lines: list[Line] = []
    for state in reversed(graph.states):
        start, end = found[graph.inputs[state]], found[graph.equations[state]]
        line = _shortest(start, end, readers, {e for other in lines for e in other})
        place = _place(line, lines, before) if line else None
        if place is not None:
            lines.insert(place, line)
    return tuple(lines)


def _shortest(
    start: Element,
    end: Element,
    readers: Mapping[Element, Sequence[Element]],
    taken: Set[Element],
) -> Line:
    """The shortest way without boxes; nothing where there is none."""
    ways: list[Line] = [(start,)]
    for way in ways:
        if way[-1] is end:
            return way
        free = (r for r in readers[way[-1]] if not r.box and r not in taken)
        ways += [(*way, reader) for reader in free]
    return ()


def _place(line: Line, lines: list[Line], before: Mapping[Element, Set[Element]]) -> int | None:
    """Where the line comes after all that it depends on, and before all that depend on it."""
    needs = [k for k, other in enumerate(lines) if _depends(line, other, before)]
    feeds = [k for k, other in enumerate(lines) if _depends(other, line, before)]
    first, last = max(needs, default=-1) + 1, min(feeds, default=len(lines))
    return last if first <= last else None


def _depends(line: Line, other: Line, before: Mapping[Element, Set[Element]]) -> bool:
    return any(element in before[own] for own in line for element in other[1:])
