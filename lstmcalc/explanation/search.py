"""The search: every configuration of a space that has a total, exactly, and those next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmcalc.errors import CountOverflowError, LstmcalcError
from lstmcalc.explanation.kinds import Kind
from lstmcalc.explanation.rank import HEADS, SAME_SIZE, cell_points, size_points
from lstmcalc.explanation.space import Grid, Space
from lstmcalc.explanation.total import Total
from lstmcalc.sizes import LARGEST
from lstmcalc.totals import count_parameters

Progress = Callable[[str], None]

RANKED = {"hidden_size": "hidden", "input_size": "input", "num_classes": "classes",
          "vocab_size": "vocabulary"}  # fmt: skip
"""The sizes that have points, and their scales."""

CANDIDATES = 4
"""Of each kind of network, for each that is told, to be the nearest likely one."""


@dataclass(frozen=True, order=True)
class Found:
    """A configuration of a total, or of two counted in two ways; fewer points are likelier."""

    points: int
    place: int
    kinds: tuple[Kind, ...] = field(compare=False)
    sizes: dict[str, Any] = field(compare=False)

    @property
    def choices(self) -> tuple[dict[str, Any], ...]:
        """What `build_network` is told of the network, counted in one way or in two."""
        return tuple(kind.arguments(self.sizes) for kind in self.kinds)


@dataclass
class Search:
    """What was found so far: the likeliest, how many in all, and in how many configurations."""

    space: Space
    most: int
    best: list[Found] = field(default_factory=list)
    found: int = 0
    searched: int = 0
    built: bool = False
    refusal: LstmcalcError | None = None

    def keep(self, kinds: tuple[Kind, ...], sizes: dict[str, Any], points: Any) -> None:
        """Take in configurations whose sizes are arrays, of as many points."""
        worst = self.best[-1].points if len(self.best) == self.most else points.max()
        order = np.nonzero(points <= worst)[0]
        order = order[np.argsort(points[order], kind="stable")[: self.most]]
        start = self.found
        self.best += [
            Found(int(points[i]), start + int(i), kinds, {n: _at(s, i) for n, s in sizes.items()})
            for i in order
        ]
        self.best = sorted(self.best)[: self.most]
        self.found += len(points)


def search(
    space: Space,
    totals: tuple[Total, ...],
    most: int,
    progress: Progress = lambda _: None,
) -> Search:
    """Every configuration that has the total; of two, one that has both, counted in two ways.

    The larger of two totals is solved for, and the smaller compared: it may leave parts out.
    """
    found = Search(space, most)
    smaller, larger = sorted((totals[0], totals[-1]), key=lambda total: total.high)
    for kind in _told(space, progress):
        grid = _grid(found, kind, larger)
        if grid is None:
            continue
        sizes = solve(grid, larger)
        if sizes is None:
            continue
        points = kind.points(space.given.names) + points_of(kind, sizes, space)
        if smaller is larger:
            found.keep((kind,), sizes, points)
            continue
        for way, more in kind.counterparts(space.every_way):
            fits = _flat(_fits(way, sizes, smaller), len(points))
            if fits.any():
                kinds = (kind, way) if larger is totals[0] else (way, kind)
                own = {name: _at(size, fits) for name, size in sizes.items()}
                found.keep(kinds, own, points[fits] + more + _way_points(way, space))
    return found


def nearest(space: Space, total: Total, most: int) -> list[Found]:
    """The configurations of usual sizes whose totals are next to it: half as far is a point."""
    found = Search(space, most)
    for kind in space.kinds():
        try:
            grid = space.grid(kind)
            counts = np.asarray(count_parameters(kind.build(grid.sizes)))
        except (LstmcalcError, CountOverflowError):
            continue  # no such network, or one far from any total that is explained
        every = np.abs(np.broadcast_to(counts, grid.shape) - total.low)
        closest = np.argsort(every, axis=None, kind="stable")[: CANDIDATES * most]
        where = np.unravel_index(closest, grid.shape)
        sizes = _chosen(grid, where)
        away = np.ceil(2 * np.log2(1 + every[where].astype(float))).astype(int)
        points = kind.points(space.given.names) + points_of(kind, sizes, space) + away
        found.keep((kind,), sizes, points)
    return sorted(found.best)


def solve(grid: Grid, total: Total) -> dict[str, Any] | None:
    """The sizes of the grid that have the total, each an array of one axis; None for none.

    The unknown size is solved for: two counts tell what it adds, and the total the rest. The
    others are compared with the total.
    """
    counts = _counts(grid, 1)
    if grid.unknown is None:
        hits = (counts >= total.low) & (counts <= total.high)
        solved: Any = 1
    else:
        each = _counts(grid, 2) - counts
        rest = total.low - counts
        hits = (rest >= 0) & (rest % each == 0) & (rest // each < LARGEST)
        solved = rest // each + 1
    where = np.nonzero(hits & grid.fresh)
    sizes = _chosen(grid, where)
    if grid.unknown is not None:
        sizes[grid.unknown] = solved[where]
    twice = grid.kind.head == "classes" and grid.shared
    if twice and where[0].size:  # as many classes as inputs or words are a kind of their own
        other = sizes["vocab_size" if grid.kind.embedded else "input_size"]
        once = _flat(sizes["num_classes"] != other, where[0].size)
        sizes = {name: _at(size, once) for name, size in sizes.items()}
    return sizes if where[0].size and _length(sizes) else None


def points_of(kind: Kind, sizes: dict[str, Any], space: Space) -> Any:
    """The points of the sizes, those that are given or follow from another left out."""
    points: Any = 0
    for name, words in RANKED.items():
        size = sizes.get(name)
        if name in space.given.names or not isinstance(size, np.ndarray):
            continue
        if name == "input_size" and kind.head == "tied":
            continue
        own = size_points("vector" if name == "input_size" and kind.embedded else words, size)
        if name == "input_size" and not isinstance(sizes["hidden_size"], list):
            own = np.where(size == sizes["hidden_size"], np.minimum(own, SAME_SIZE), own)
        points = points + own
    if kind.head in ("inputs", "words"):
        classes = np.asarray(sizes["vocab_size" if kind.head == "words" else "input_size"])
        points = points + np.minimum(size_points("classes", classes) - HEADS[kind.head], 0)
    return _flat(points, _length(sizes))


def _fits(way: Kind, sizes: dict[str, Any], total: Total) -> Any:
    """Where the same sizes, counted in another way, have the total."""
    counts = np.asarray(count_parameters(way.build(sizes)))
    return (counts >= total.low) & (counts <= total.high)


def _told(space: Space, progress: Progress) -> Iterator[Kind]:
    """The kinds of the space; each cell is told as its turn comes."""
    ways = None
    for kind in space.kinds():
        if kind.ways is not ways:
            ways = kind.ways
            progress(f"searching {ways[0][0].title}")
        yield kind


def _grid(found: Search, kind: Kind, total: Total) -> Grid | None:
    """The grid of a kind; None where there is no such network, or none that is small enough."""
    try:
        grid = found.space.grid(kind)
        found.searched += grid.number
        if not grid.number:
            return None
        # What is given can be of any size. Past this check it is at most about the total, and with
        # the sizes of the space no count of arrays comes near 64 bits.
        smallest = count_parameters(kind.build({n: _least(s) for n, s in grid.sizes.items()}))
        found.built = True
    except LstmcalcError as error:
        found.refusal = found.refusal or error
        return None
    return grid if smallest <= total.high else None


def _counts(grid: Grid, unknown: int) -> Any:
    sizes = grid.sizes if grid.unknown is None else {**grid.sizes, grid.unknown: unknown}
    return np.broadcast_to(np.asarray(count_parameters(grid.kind.build(sizes))), grid.shape)


def _chosen(grid: Grid, where: tuple[Any, ...]) -> dict[str, Any]:
    """The sizes at some places of a grid; what is one size for all stays so."""
    return {
        name: np.broadcast_to(size, grid.shape)[where] if isinstance(size, np.ndarray) else size
        for name, size in grid.sizes.items()
    }


def _way_points(way: Kind, space: Space) -> int:
    cell, bias = way.ways[0]
    return 0 if "bias" in space.given.names else cell_points(cell.name, bias)


def _least(size: Any) -> Any:
    return int(size.min()) if isinstance(size, np.ndarray) else size


def _length(sizes: dict[str, Any]) -> int:
    return max((len(size) for size in sizes.values() if isinstance(size, np.ndarray)), default=1)


def _flat(value: Any, length: int) -> Any:
    return np.broadcast_to(np.asarray(value), (length,))


def _at(size: Any, where: Any) -> Any:
    if not isinstance(size, np.ndarray):
        return size
    found = size[where]
    return int(found) if found.ndim == 0 else found
