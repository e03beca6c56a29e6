"""What is near a total: networks that are one change away from it, or next to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lstmcalc.build import build_network
from lstmcalc.errors import LstmcalcError
from lstmcalc.explanation.apart import added, apart
from lstmcalc.explanation.given import LEFT_OUT
from lstmcalc.explanation.rank import CHANGED, CLEAR
from lstmcalc.explanation.search import nearest, search
from lstmcalc.explanation.space import Space
from lstmcalc.explanation.total import Total
from lstmcalc.network import Network
from lstmcalc.totals import count_parameters

CLOSE = 8
"""Points that a second change may have more than the first, to be told."""
NEAR = 0.1
"""Share of a total that a network may be off and is near it; the nearest one always is."""


@dataclass(frozen=True)
class Near:
    """A network near the total: `off` is how many more it has, or less where negative.

    `instead` are the choices of the network that has the total, where one change makes it, and
    `apart` is that change.
    """

    choices: Mapping[str, Any]
    off: int
    apart: str = ""
    instead: Mapping[str, Any] | None = None

    @cached_property
    def network(self) -> Network:
        """The network."""
        return build_network(**self.choices)

    @property
    def fitting(self) -> Mapping[str, Any]:
        """The choices that have the total, where one change makes it, or else those as given."""
        return self.choices if self.instead is None else self.instead

    @property
    def difference(self) -> str:
        """The difference as a sum, where something is merely added."""
        ordered = sorted((self.network, build_network(**self.fitting)), key=count_parameters)
        return added(*ordered)


def one_change(total: Total, space: Space, most: int, likeliest: int | None) -> tuple[Near, ...]:
    """Where one thing that is given is changed: what has the total then, and what it has as given.

    Where what is given has likelier explanations as it is, there is nothing to change: `likeliest`
    are the points of the first, or None.
    """
    given = space.given
    if given.hidden_size is None or given.input_size is None:
        return ()  # so little is given that anything is one change away
    if likeliest is not None and likeliest <= CHANGED:
        return ()
    found: list[tuple[int, Near]] = []
    for name in given.names:
        if name == "hidden_size" and isinstance(given.hidden_size, tuple):
            continue
        freed = search(Space(given.without(name), space.solves), (total,), most)
        if freed.by_chance >= 1 and freed.share < CLEAR:
            continue  # so many fit by chance that none of them says anything
        for each in freed.best:
            points = each.points + CHANGED
            if likeliest is not None and points >= likeliest:
                continue
            (instead,) = each.choices
            near = _as_given(instead, name, getattr(given, name), total)
            if near is not None:
                found.append((points, near))
    found.sort(key=lambda pair: pair[0])
    return tuple(near for points, near in found[:most] if points <= found[0][0] + CLOSE)


def _as_given(instead: dict[str, Any], name: str, value: Any, total: Total) -> Near | None:
    """A network that has the total, with one choice as it is given; None where there is none."""
    changed = dict(instead)
    if name == "hidden_size" and isinstance(instead[name], list):
        if instead[name][0] != value:
            return None  # more than one size is changed
        changed["num_layers"] = len(instead[name])
    choices = {**changed, name: None if name in LEFT_OUT and value == 0 else value}
    try:
        off = total.off(count_parameters(build_network(**choices)))
    except LstmcalcError:
        return None
    if not off or off > total.high:
        return None  # it has the total too, or more than twice as many
    return Near(choices, off, apart(choices, changed), instead)


def next_to(total: Total, space: Space, most: int) -> tuple[Near, ...]:
    """Networks next to the total, the nearest first, and of as near ones the likeliest."""
    distinct: dict[Network, Near] = {}
    for each in nearest(space, total, 2 * most):
        (choices,) = each.choices
        near = Near(choices, total.off(count_parameters(build_network(**choices))))
        distinct.setdefault(near.network, near)
    ordered = sorted(distinct.values(), key=lambda near: abs(near.off))
    return tuple(
        near for near in ordered[:most] if near is ordered[0] or abs(near.off) <= NEAR * total.low
    )
