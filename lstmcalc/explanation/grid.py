"""A grid of sizes of one kind of network: which of them have a total, and which are next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lstmcalc.explanation.kinds import Kind
from lstmcalc.explanation.total import Total
from lstmcalc.network import Network
from lstmcalc.sizes import LARGEST
from lstmcalc.totals import count_parameters, head_parameters

Sizes: TypeAlias = dict[str, Any]
"""Sizes by `build_network`'s names: numbers and arrays; of unequal layers a list of them."""

AXES = ("num_classes", "vocab_size", "input_size", "hidden_size")
"""What varies along each axis of a grid, the longest last: NumPy is fastest along it."""
BLOCK = 50_000
"""Configurations that are compared at once, so that they stay near the processor."""


class Solved(NamedTuple):
    """Sizes that fit, in arrays of one axis, and how many fit an arbitrary total of that size."""

    sizes: Sizes
    number: int
    by_chance: float


@dataclass(frozen=True)
class Grid:
    """Sizes of one kind as arrays that broadcast along `AXES`; one of them may be unknown.

    The unknown one is in `sizes` too, as 1: a count of parameters is affine in it. `plain` is the
    same grid without the head, which is counted once for all heads. `fresh` says which hidden and
    input sizes are there for the first time, and `shared` that as many classes as inputs or words
    are in another grid.
    """

    kind: Kind
    sizes: Sizes
    unknown: str | None
    plain: Grid | None = None
    fresh: Any = True
    shared: bool = False

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of a count of them all."""
        arrays = [size for size in _each(self.sizes) if isinstance(size, np.ndarray)]
        return np.broadcast_shapes((1,) * len(AXES), *(array.shape for array in arrays))

    @property
    def number(self) -> int:
        """How many there are, the unknown size apart."""
        return int(np.broadcast_to(self.fresh, (1, *self.shape[1:])).sum()) * self.shape[0]

    @property
    def least(self) -> Sizes:
        """The smallest of each size."""
        return map_arrays(self.sizes, lambda array: int(array.min()))

    @cached_property
    def parts(self) -> tuple[Any, ...]:
        """Two arrays, or one without a head, whose sum is the count where the unknown size is 1."""
        network = self.kind.build(self.sizes)
        if self.plain is None:
            parts = (count_parameters(network),)
        else:
            parts = (*self.plain.parts, head_parameters(network))
        return tuple(np.broadcast_to(part, self.shape) for part in parts)

    @cached_property
    def step(self) -> Any:
        """What one more of the unknown size adds, which the number of classes does not change."""
        if self.plain is None:
            return self._count(count_parameters, 2) - sum(self.parts)
        below = self.plain.step if self.plain.unknown else 0
        if self.kind.head == "classes" and self.unknown != "num_classes":
            return below
        return below + self._count(head_parameters, 2) - self._count(head_parameters, 1)

    def _count(self, count: Callable[[Network], Any], unknown: int) -> Any:
        return count(self.kind.build({**self.sizes, str(self.unknown): unknown}))

    def solve(self, total: Total) -> Solved:
        """Those that have the total: the unknown size is solved for, the others are compared."""
        places, by_chance = [], 0.0
        for first, counts in self._blocks():
            if self.unknown is None:
                hits, chance = same(counts, total, total.low, self.fresh)
            else:
                hits, chance = _divides(counts, total, self.step, self.fresh)
            places.append(np.flatnonzero(hits) + first)
            by_chance += chance
        where = np.unravel_index(np.concatenate(places), self.shape)
        distinct = np.broadcast_to(self.fresh, self.shape)[where]
        sizes = self._at(where)
        if self.unknown is not None:
            rest = total.high - sum(part[where] for part in self.parts)
            sizes[self.unknown] = 1 + rest // np.broadcast_to(self.step, self.shape)[where]
        if self.kind.head == "classes" and self.shared:  # where they are equal, is another kind
            distinct = distinct & (sizes["num_classes"] != sizes[self.kind.reads])
        return Solved(at_places(sizes, distinct), int(distinct.sum()), by_chance)

    def nearest(self, total: Total, most: int) -> tuple[Sizes, Any]:
        """The sizes next to the total, below and above, and how far from it each is."""
        counts = sum(self.parts)[None]
        steps = np.zeros((1,) * counts.ndim, np.int64)
        if self.unknown is not None:
            below = np.clip((total.high - counts) // self.step, 0, LARGEST - 2)
            steps = np.concatenate((below, below + 1))
            counts = counts + steps * self.step
        off = np.maximum(counts - total.high, 0) + np.maximum(total.low - counts, 0)
        closest = np.argsort(off, axis=None, kind="stable")[:most]
        side, *where = np.unravel_index(closest, off.shape)
        sizes = self._at(tuple(where))
        if self.unknown is not None:
            sizes[self.unknown] = 1 + steps[side, *where].astype(np.int64)
        return sizes, off.flat[closest]

    def _at(self, where: tuple[Any, ...]) -> Sizes:
        """The sizes at some places of the grid; what is one size for all stays so."""
        return map_arrays(self.sizes, lambda array: np.broadcast_to(array, self.shape)[where])

    def _blocks(self) -> Iterator[tuple[int, Any]]:
        """The counts for some numbers of classes at a time, and the first one's place."""
        others = int(np.prod(self.shape[1:]))
        several = max(BLOCK // others, 1)
        for first in range(0, self.shape[0], several):
            yield first * others, sum(part[first : first + several] for part in self.parts)


def same(counts: Any, total: Total, size: int, fresh: Any = True) -> tuple[Any, float]:
    """Which counts are the total, and how many an arbitrary number is that is off by half a size.

    >>> fits, by_chance = same(np.array([60, 80, 90, 400]), Total(80, 80, "80"), 80)
    >>> fits.tolist(), by_chance == 3 / 81
    ([False, True, False, False], True)
    """
    around = max(size // 2, 1)
    near = (np.abs(counts - total.low) <= around) & fresh
    by_chance = int(np.count_nonzero(near)) * total.width / (2 * around + 1)
    return (counts >= total.low) & (counts <= total.high), by_chance


def _divides(counts: Any, total: Total, step: Any, fresh: Any) -> tuple[Any, float]:
    """Which reach the total in whole steps, and how many an arbitrary number: one in each step."""
    # Numbers below 2**53 are exact in floating point, where many are divided at once.
    rest, step = (total.high - counts).astype(float), np.asarray(step, float)
    steps = np.floor(rest / step)
    above = steps >= 0
    hits = above & (rest - steps * step < total.width) & (steps < LARGEST)
    chance = np.minimum(total.width / step, 1) * fresh
    return hits, float((chance * np.count_nonzero(above, axis=0)).sum())


def map_arrays(sizes: Sizes, change: Callable[[Any], Any]) -> Sizes:
    """The sizes with each array changed."""

    def changed(size: Any) -> Any:
        return change(size) if isinstance(size, np.ndarray) else size

    return {
        name: [*map(changed, size)] if isinstance(size, list) else changed(size)
        for name, size in sizes.items()
    }


def at_places(sizes: Sizes, where: Any) -> Sizes:
    """The sizes at some places of arrays of one axis."""
    return map_arrays(sizes, lambda array: array[where])


def _each(sizes: Sizes) -> Iterator[Any]:
    """Each size, those of unequal layers one by one."""
    for size in sizes.values():
        yield from size if isinstance(size, list) else [size]
