"""Where everything in a cell's picture is: rows, then columns as close as what stands in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from lstmcalc.render.diagram.elements import Element
from lstmcalc.render.diagram.plan import Place, Plan
from lstmcalc.render.diagram.rows import BOX_HEIGHT, Rows, place_rows
from lstmcalc.render.diagram.wires import Point

GAP = 1
"""Blank characters between neighbours."""
ARROW = 2
"""Characters that an arrow and the wire before it take beside an operation."""

FOOT = 1
"""More than that between the place where h and x meet and the first box's wire."""


class Stretch(NamedTuple):
    """Rows in which a column takes characters to the left and to the right of its middle."""

    top: int
    bottom: int
    left: int
    right: int


class Placed(NamedTuple):
    """The point of each place, the row of each input under the boxes, where wires begin."""

    points: dict[Place, Point]
    below: dict[Element, int]
    margin: int
    plan: Plan

    def halves(self, place: Place) -> tuple[int, int]:
        """How many characters a place takes to the left and to the right of its middle."""
        return _halves(self.plan, place)


def place_all(plan: Plan, margin: int) -> Placed:
    """The point of every place, right of a margin for the names of the inputs."""
    rows = place_rows(plan)
    taken: dict[int, int] = defaultdict(lambda: -GAP - 1)
    labelled = [*rows.below.values(), *(rows.of[rail] for rail in plan.rails)]
    taken |= dict.fromkeys(labelled, margin - GAP)
    middles: dict[int, int] = {0: margin - 1}
    for column in sorted({round(place.column) for place in plan.places} - {0}):
        stretches = list(_stretches(plan, rows, column))
        needed = [
            taken[row] + 1 + GAP + s.left for s in stretches for row in range(s.top, s.bottom + 1)
        ]
        is_exit = any(p.kind == "exit" for p in plan.places if p.column == column)
        needed += [edge + 1 + ARROW for edge in taken.values()] * is_exit
        middle = max([margin + 1, max(middles.values()) + 1, *needed])
        middles[column] = middle
        for s in stretches:
            for row in range(s.top, s.bottom + 1):
                taken[row] = max(taken[row], middle + s.right)
    points = {
        place: Point(rows.of.get(place, 0), middles[round(place.column)] + _offset(plan, place))
        for place in plan.places
    }
    return Placed(points, rows.below, margin, plan)


def _offset(plan: Plan, place: Place) -> int:
    """How far a port is from the middle of its box."""
    if not place.port:
        return 0
    column = round(place.column)
    others = [p for p in plan.places if p.kind == "operation" and p.column == column]
    first = max([2, *(_halves(plan, p)[0] + 1 for p in others)])
    distance = first + 2 * (abs(place.port) - 1)
    return distance if place.port > 0 else -distance


def _halves(plan: Plan, place: Place) -> tuple[int, int]:
    if place.kind == "operation":
        width = len(place.net.text[0])
        return width // 2, width - 1 - width // 2
    if place.kind == "box":
        ports = [source for source, sink in plan.wires if sink is place]
        text = max(map(len, place.net.text))
        half = max([3, text // 2 + 1, *(abs(_offset(plan, port)) + 1 for port in ports)])
        return half, half
    return 0, 0


def _stretches(plan: Plan, rows: Rows, column: int) -> Iterator[Stretch]:
    """What stands in a column, and the wires that run up or down in it."""
    for place in plan.places:
        if round(place.column) == column and place.kind != "exit":
            left, right = _halves(plan, place)
            top = rows.of.get(place, 0)
            if place.kind == "operation":
                entries = [s.column for s, sink in plan.wires if sink is place]
                left += ARROW * any(entry < column for entry in entries)
                right += ARROW * any(entry > column for entry in entries)
            bottoms = {"box": top + BOX_HEIGHT - 1, "drop": max(rows.below.values(), default=top)}
            yield Stretch(top, bottoms.get(place.kind, top), left, right)
            if place.kind == "box":
                for row in rows.below.values():
                    yield Stretch(row, row, FOOT + (not plan.joined), 0)
    for source, sink in plan.wires:
        if round(source.column) == column:
            top, bottom = sorted((rows.of[source], rows.of[sink]))
            offset = _offset(plan, source)
            yield Stretch(top, bottom, max(0, -offset), max(0, offset))
