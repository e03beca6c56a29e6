"""A row for every element of a cell's picture: as high as what is above it allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple

from lstmcalc.render.diagram.elements import Element
from lstmcalc.render.diagram.plan import Order, Place, Plan, separate

BOX_HEIGHT = 4


class LayoutError(Exception):
    """Something would have to be above itself."""


class Span(NamedTuple):
    """What takes a stretch of a row, from one column to another."""

    owner: Place
    row: int
    left: float
    right: float

    def meets(self, other: Span) -> bool:
        """Whether two owners want one place."""
        apart = self.right < other.left or other.right < self.left
        return self.owner is not other.owner and self.row == other.row and not apart


class Rows(NamedTuple):
    """The row of each place, and of each input that runs under the boxes."""

    of: dict[Place, int]
    below: dict[Element, int]


def place_rows(plan: Plan) -> Rows:
    """The row of every place, where the first line is 0.

    Raises:
        LayoutError: no order of the rows respects what must be above what.
    """
    rows, spans = _upper(plan)
    floor = _floor(plan, rows, spans)
    slots = _slots(plan)
    top = floor + max(slots.values(), default=0)
    below = _below(plan, top + BOX_HEIGHT)
    for place in plan.places:
        if place.kind in ("box", "hung port"):
            rows[place] = top
        elif place.kind == "port":
            rows[place] = top - slots[place]
        elif place.kind in ("input", "tap", "joint") and place.net in below:
            rows.setdefault(place, below[place.net])
    return Rows(rows, below)


def _leader(place: Place) -> Place:
    return place if place.level is None else _leader(place.level)


def _below(plan: Plan, row: int) -> dict[Element, int]:
    """The rows of the inputs under the boxes: the bus, then what has no line."""
    others = [p.net for p in plan.places if p.kind == "tap" and p.level is None]
    order = dict.fromkeys((*plan.bus, *others))
    return {element: row + index for index, element in enumerate(order)}


def _upper(plan: Plan) -> tuple[dict[Place, int], list[Span]]:
    """The rows of lines, operations, turns and exits, from the top, and the spans they take."""
    free = [p for p in plan.places if p.kind in ("operation", "bend", "exit")]
    free = list(dict.fromkeys(_leader(p) for p in (*plan.rails, *free)))
    rails = [Order(a, b, 2) for a, b in zip(plan.rails, plan.rails[1:], strict=False)]
    orders = [
        Order(_leader(upper), _leader(lower), rows)
        for upper, lower, rows in (*plan.orders, *separate(plan), *rails)
    ]
    orders = [order for order in orders if order.lower in free and order.upper in free]
    rows: dict[Place, int] = {}
    spans: list[Span] = []
    while len(rows) < len(free):
        place = _next(free, orders, rows)
        row = max((rows[o.upper] + o.rows for o in orders if o.lower is place), default=0)
        while any(mine.meets(span) for mine in _spans(plan, place, row) for span in spans):
            row += 1
        rows[place] = row
        spans += _spans(plan, place, row)
    for place in plan.places:
        if _leader(place) in rows:
            rows[place] = rows[_leader(place)]
    return rows, spans


def _next(free: list[Place], orders: list[Order], rows: Mapping[Place, int]) -> Place:
    """A place whose row is not found yet, with all found that must be above it."""
    waits = {order.lower for order in orders if order.upper not in rows}
    for place in free:
        if place not in rows and place not in waits:
            return place
    raise LayoutError


def _spans(plan: Plan, leader: Place, row: int) -> Iterator[Span]:
    """The stretches of rows that a place takes with what is level with it."""
    members = [p for p in plan.places if _leader(p) is leader]
    ends = [p.column for p in members]
    ends += [source.column for source, sink in plan.wires if sink in members]
    whole = leader.kind == "rail"
    yield Span(leader, row, -inf if whole else min(ends), inf if whole else max(ends))
    for source, sink in plan.wires:
        if sink in members and source.end is sink and (source.rises or not source.up):
            arrow = row + (1 if source.rises else -1)
            yield Span(leader, arrow, sink.column, sink.column)


def _floor(plan: Plan, rows: Mapping[Place, int], spans: list[Span]) -> int:
    """The highest row that boxes without ports may begin in."""
    under = [p.column for p in plan.places if p.kind in ("box", "drop", "joint")]
    under += [p.column for p in plan.places if p.kind == "tap" and p.level is None]
    under += [source.column for source, sink in plan.wires if sink.kind == "port"]
    first, last = min(under, default=inf), max(under, default=-inf)
    lowest = [
        span.row + 1
        for span in spans
        if span.owner.kind != "rail" and span.left <= last and first <= span.right
    ]
    lowest += [rows[o.upper] + o.rows for o in plan.orders if o.lower.kind == "box"]
    lowest += [rows[s] + 1 for s, sink in plan.wires if sink.kind == "port" and s in rows]
    lowest += [rows[rail] + 2 for rail in plan.rails]
    return max(lowest, default=0)


def _slots(plan: Plan) -> dict[Place, int]:
    """How far above the boxes each wire to the top of one runs, one signal in each row."""
    taken: dict[int, list[tuple[float, float, object]]] = {}
    slots: dict[Place, int] = {}
    for source, port in plan.wires:
        if port.kind != "port":
            continue
        left, right = sorted((source.column, port.column))
        slot = 1
        while any(
            net is not port.net and left <= b and a <= right for a, b, net in taken.get(slot, [])
        ):
            slot += 1
        taken.setdefault(slot, []).append((left, right, port.net))
        slots[port] = slot
    return slots
