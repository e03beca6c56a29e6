"""The search: every configuration of a space that has a total, exactly, and those next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lstmcalc.errors import CountOverflowError, LstmcalcError
from lstmcalc.explanation.grid import Grid, Sizes, at_places, map_arrays, same
from lstmcalc.explanation.kinds import Kind
from lstmcalc.explanation.rank import HEADS, SAME_SIZE, cell_points, size_points, stack_points
from lstmcalc.explanation.space import Space
from lstmcalc.explanation.total import Total
from lstmcalc.totals import count_parameters

Progress = Callable[[str], None]

RANKED = {"hidden_size": "hidden", "input_size": "input", "num_classes": "classes",
          "vocab_size": "vocabulary"}  # fmt: skip
"""The sizes that have points, and their scales."""

LARGE = 2**21
"""Numbers in an array that is larger than all of the search. Without it, memory is given back and
asked for anew at each step, which takes longer than the arithmetic."""

CANDIDATES = 4
"""Of each kind of network, for each that is told, to be the nearest likely one."""


@dataclass(frozen=True, order=True)
class Found:
    """A configuration of a total, or of two counted in two ways; fewer points are likelier."""

    points: int
    place: int
    kinds: tuple[Kind, ...] = field(compare=False)
    sizes: Sizes = field(compare=False)

    @property
    def choices(self) -> tuple[dict[str, Any], ...]:
        """What `build_network` is told of the network, counted in one way or in two."""
        return tuple(kind.arguments(self.sizes) for kind in self.kinds)


@dataclass
class Search:
    """What was found so far: the likeliest, how many in all, and in how many configurations.

    `weight` is the likelihood of all that were found, and `by_chance` how many numbers at random of
    the total's size are expected to fit.
    """

    space: Space
    most: int
    best: list[Found] = field(default_factory=list)
    found: int = 0
    searched: int = 0
    weight: float = 0.0
    by_chance: float = 0.0
    built: bool = False
    refusal: LstmcalcError | None = None

    @property
    def share(self) -> float:
        """The likelihood of the likeliest among all that were found; 0 for none."""
        return float(2.0 ** -self.best[0].points / self.weight) if self.best else 0.0

    def refuse(self, error: LstmcalcError) -> None:
        """Take in that there are no networks of some kind."""
        self.refusal = self.refusal or error

    def begin(self, grid: Grid, total: Total) -> bool:
        """Take in a grid that is searched, unless none of its networks is small enough."""
        self.searched += grid.number
        try:
            smallest = count_parameters(grid.kind.build(grid.least))
        except LstmcalcError as error:
            self.refuse(error)
            return False
        self.built = True
        # What is given can be of any size. Past this check it is at most about the total, and with
        # the sizes of the space no count of arrays comes near 64 bits.
        return bool(smallest <= total.high)

    def keep(self, kinds: tuple[Kind, ...], sizes: Sizes, points: Any) -> None:
        """Take in configurations whose sizes are arrays, of as many points."""
        worst = self.best[-1].points if len(self.best) == self.most else points.max()
        order = np.nonzero(points <= worst)[0]
        order = order[np.argsort(points[order], kind="stable")[: self.most]]
        start = self.found
        self.best += [
            Found(int(points[i]), start + int(i), kinds, _one(sizes, int(i))) for i in order
        ]
        self.best = sorted(self.best)[: self.most]
        self.found += len(points)
        self.weight += float(np.exp2(-points.astype(float)).sum())


def search(
    space: Space,
    totals: tuple[Total, ...],
    most: int,
    progress: Progress = lambda _: None,
) -> Search:
    """Every configuration that has the total; of two, one that has both, counted in two ways.

    The larger of two totals is solved for, and the smaller compared: it may leave parts out.
    """
    np.empty(LARGE)  # and freed at once, after which the C library keeps as much for what follows
    found = Search(space, most)
    smaller, larger = sorted((totals[0], totals[-1]), key=lambda total: total.high)
    for grid in _grids(space, found.refuse, progress):
        kind = grid.kind
        if not found.begin(grid, larger):
            continue
        sizes, number, by_chance = grid.solve(larger)
        if smaller is larger:
            found.by_chance += by_chance
        if not number:
            continue
        points = _flat(kind.points(space.given.names) + points_of(kind, sizes, space), number)
        if smaller is larger:
            found.keep((kind,), sizes, points)
            continue
        for way, more in kind.counterparts(space.every_way):
            counts = _flat(count_parameters(way.build(sizes)), number)
            fits, by_chance = same(counts, smaller, larger.high - smaller.high)
            found.by_chance += by_chance
            if fits.any():
                kinds = (kind, way) if larger is totals[0] else (way, kind)
                both = points[fits] + more + _way_points(way, space)
                found.keep(kinds, at_places(sizes, fits), both)
    return found


def nearest(space: Space, total: Total, most: int) -> list[Found]:
    """The configurations whose totals are next to it: half as far is a point."""
    found = Search(space, most)
    for grid in _grids(space, found.refuse):
        kind = grid.kind
        kind_points = kind.points(space.given.names)
        try:
            smallest = count_parameters(kind.build(grid.least))
            least = kind_points + _away(max(smallest - total.high, 0))
            if len(found.best) == most and least > found.best[-1].points:
                continue  # all are larger than the total, and too far from it
            sizes, off = grid.nearest(total, CANDIDATES * most)
        except (LstmcalcError, CountOverflowError):
            continue  # no such network, or one far from any total that is explained
        found.keep((kind,), sizes, kind_points + points_of(kind, sizes, space) + _away(off))
    return sorted(found.best)


def points_of(kind: Kind, sizes: Sizes, space: Space) -> Any:
    """The points of the sizes, those that are given or follow from another left out."""
    points: Any = 0
    for name, words in RANKED.items():
        size = sizes.get(name)
        if name in space.given.names or not isinstance(size, np.ndarray):
            continue
        if name == "input_size" and kind.head == "tied":
            continue
        own = size_points("vector" if name == "input_size" and kind.embedded else words, size)
        if name == "input_size":
            hidden = sizes["hidden_size"]
            first = hidden[0] if isinstance(hidden, list) else hidden
            own = np.where(size == first, np.minimum(own, SAME_SIZE), own)
        points = points + own
    if kind.unequal:
        points = points + stack_points(sizes["hidden_size"])
    if kind.head in ("inputs", "words"):
        classes = np.atleast_1d(sizes[kind.reads])
        points = points + np.minimum(size_points("classes", classes) - HEADS[kind.head], 0)
    return points


def _grids(
    space: Space, refuse: Callable[[LstmcalcError], None], progress: Progress = lambda _: None
) -> Iterator[Grid]:
    """The grids of the space that have any networks; each cell is told as its turn comes."""
    ways = None
    for trunk in space.trunks():
        if trunk.ways is not ways:
            ways = trunk.ways
            progress(f"searching {ways[0][0].title}")
        plain = space.grid(trunk)
        for head in space.heads(trunk.embedded):
            try:
                grid = plain if head == "none" else space.grid(replace(trunk, head=head), plain)
            except LstmcalcError as error:
                refuse(error)
                continue
            if grid.number:
                yield grid


def _away(off: Any) -> Any:
    """The points of being so far off."""
    return np.ceil(2 * np.log2(1 + np.asarray(off, float))).astype(int)


def _way_points(way: Kind, space: Space) -> int:
    cell, bias = way.ways[0]
    return 0 if "bias" in space.given.names else cell_points(cell.name, bias)


def _one(sizes: Sizes, place: int) -> Sizes:
    return map_arrays(sizes, lambda array: int(array[place]))


def _flat(value: Any, length: int) -> Any:
    return np.broadcast_to(np.asarray(value), (length,))
