"""Wires in box-drawing characters: where two cross without touching, the vertical one is whole."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import NamedTuple

NORTH, EAST, SOUTH, WEST = 27, 9, 3, 1
"""What each arm adds to the index in `CHARACTERS`, times 1 if it is light and 2 if heavy."""
LIGHT, HEAVY = 1, 2
CHARACTERS = " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"
_ARMS = (NORTH, EAST, SOUTH, WEST)


class Point(NamedTuple):
    """A character's place in the picture."""

    row: int
    column: int


class Canvas:
    """Wires between points, each part of a net, and text over them.

    >>> canvas = Canvas()
    >>> canvas.wire("a", Point(1, 0), Point(1, 6))
    >>> canvas.wire("b", Point(0, 2), Point(2, 2), HEAVY)
    >>> canvas.wire("a", Point(1, 4), Point(2, 4))
    >>> print(*canvas.lines(), sep="\\n")
      ╻
    ╶─┃─┬─╴
      ╹ ╵
    """

    def __init__(self) -> None:
        self._arms: dict[Point, dict[Hashable, dict[int, int]]] = {}
        self._text: dict[Point, str] = {}
        self._over: dict[Point, set[Hashable]] = {}

    def wire(self, net: Hashable, start: Point, stop: Point, weight: int = LIGHT) -> None:
        """A straight wire; what it meets of its own net it joins."""
        first, last = min(start, stop), max(start, stop)
        down = first.row < last.row
        step = Point(1, 0) if down else Point(0, 1)
        ahead, back = (SOUTH, NORTH) if down else (EAST, WEST)
        point = first
        while point != last:
            after = Point(point.row + step.row, point.column + step.column)
            self._arm(net, point, ahead, weight)
            self._arm(net, after, back, weight)
            point = after

    def _arm(self, net: Hashable, point: Point, direction: int, weight: int) -> None:
        arms = self._arms.setdefault(point, {}).setdefault(net, {})
        arms[direction] = max(weight, arms.get(direction, 0))

    def write(self, at: Point, text: str, over: Collection[Hashable] = ()) -> None:
        """Text in place of the wires of some nets."""
        for index, character in enumerate(text):
            point = Point(at.row, at.column + index)
            self._text[point] = character
            self._over.setdefault(point, set()).update(over)

    @property
    def clear(self) -> bool:
        """Whether wires of different nets only cross, and text hides no wire but its own."""
        return all(
            self._over[point] >= nets.keys() if point in self._text else _cross(nets)
            for point, nets in self._arms.items()
        )

    def _shown(self, point: Point) -> Hashable:
        """The net that a reader sees at a point where wires are."""
        nets = self._arms[point]
        return max(nets, key=lambda net: not nets[net].keys().isdisjoint((NORTH, SOUTH)))

    def _character(self, point: Point) -> str:
        if point in self._text:
            return self._text[point]
        if point not in self._arms:
            return " "
        arms = self._arms[point][self._shown(point)]
        return CHARACTERS[sum(arm * arms.get(arm, 0) for arm in _ARMS)]

    def _size(self) -> Point:
        points = [*self._arms, *self._text]
        return Point(max(p.row for p in points) + 1, max(p.column for p in points) + 1)

    def lines(self) -> tuple[str, ...]:
        """The picture, without blanks at the ends of lines."""
        height, width = self._size()
        rows = [[Point(row, column) for column in range(width)] for row in range(height)]
        return tuple("".join(map(self._character, row)).rstrip() for row in rows)

    def heavy(self, net: Hashable) -> frozenset[Point]:
        """Where a net's heavy wire is seen."""
        return frozenset(
            point
            for point, nets in self._arms.items()
            if point not in self._text and self._shown(point) == net and HEAVY in nets[net].values()
        )


def _cross(nets: Mapping[Hashable, Mapping[int, int]]) -> bool:
    """Whether there is one wire, or one that passes straight up and one straight across."""
    ways = {frozenset(arms) for arms in nets.values()}
    across = {frozenset({NORTH, SOUTH}), frozenset({EAST, WEST})}
    return len(nets) == 1 or (len(nets) == len(ways) and ways == across)
