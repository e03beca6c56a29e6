"""Which configuration is the likelier: what each choice of it adds to its surprise.

Many configurations have one total. A surprise is counted in points, each of which makes a choice
half as likely; the points of a configuration's choices add up, and the fewest come first. What is
given surprises nobody. The numbers are a judgement, after what tutorials and papers use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lstmcalc.tracing import Bias

CELLS: Mapping[str, int] = {
    "lstm": 0, "gru": 1, "rnn": 2, "gru_reset_before": 2, "lstm_peephole": 6, "lstm_coupled": 7,
}  # fmt: skip
OTHER_CELL = 7
BIASES: Mapping[Bias, int] = {"double": 0, "single": 0, "none": 4}
OTHER_BIAS = 4
MORE_LAYERS = 2
"""Of each layer after the first."""
HALF = 1
"""Of a layer of half or twice the size of the one below."""
UNEQUAL = 2
"""Of a layer of another size than the one below, beside that size's own."""
BIDIRECTIONAL = 2
EMBEDDED = 2
HEADS: Mapping[str, int] = {"none": 1, "classes": 0, "inputs": 3, "words": 1, "tied": 3}
LEFT_OUT = 3
"""Of a second total that leaves out the embedding or the head."""
SAME_SIZE = 2
"""Of an input as long as the hidden state, at the most."""
CHANGED = 3
"""Of a choice that is given, and is to be changed."""
CLEAR = 0.5
"""Share of the likelihood of all that fit, from which one is likelier than all others together."""
SMALL = 20_000
"""Of sizes whose points are looked up."""


class Scale(NamedTuple):
    """How much a size of some kind surprises.

    `common` are sizes that are met often, by their points. Others have those of the first number
    in `round` that they are a multiple of, or of the first in `small` that they do not exceed, or
    `odd`; powers of two have `power` at the most. Each doubling past `usual` adds two.
    """

    common: Mapping[int, tuple[int, ...]]
    round: tuple[tuple[int, int], ...]
    small: tuple[tuple[int, int], ...]
    odd: int
    power: int
    usual: int


_ROUND = ((64, 4), (50, 4), (32, 5), (10, 5), (8, 7))
SCALES: Mapping[str, Scale] = {
    "hidden": Scale(
        {0: (128, 256), 1: (32, 50, 64, 100, 200, 512), 2: (10, 16, 20, 300, 1_024)},
        _ROUND, ((10, 6), (100, 8), (1_000, 10)), 13, 3, 1_024,
    ),
    "input": Scale(
        {1: (1, 28), 2: (10, 64, 100, 128, 256, 300), 3: (2, 3, 4, 5, 32, 40, 50, 200)},
        _ROUND, ((20, 5), (100, 7), (1_000, 9)), 13, 4, 512,
    ),
    "vector": Scale(
        {1: (100, 128, 256, 300), 2: (32, 50, 64, 200, 512), 4: (8, 16, 150, 400, 650, 1_024)},
        _ROUND, ((20, 7), (100, 9), (1_000, 10)), 13, 4, 512,
    ),
    "classes": Scale(
        {1: (1,), 2: (2, 10), 4: (3, 5), 5: (4, 100)},
        ((100, 6), (10, 6)), ((12, 6), (100, 8), (1_000, 10)), 13, 7, 1_000,
    ),
    "vocabulary": Scale(
        {1: (5_000, 10_000, 20_000), 3: (1_000, 2_000, 30_000, 50_000), 5: (33_278, 793_471)},
        ((1_000, 4), (500, 6), (100, 8)), ((128, 8), (1_000, 11), (10_000, 13)), 14, 9, 100_000,
    ),
}  # fmt: skip
"""A `vector` is a word's: the input size where there is an embedding."""


def size_points(kind: str, sizes: Any) -> Any:
    """The points of sizes of that kind, as an array of their shape.

    >>> size_points("hidden", np.array([128, 384, 137, 2048])).tolist()
    [0, 4, 10, 5]
    """
    # Most sizes are small: their points are looked up, because rules for each take far longer.
    found = _small_points(kind)[np.minimum(sizes, SMALL)]
    large = sizes > SMALL
    if large.any():
        found[large] = _points(SCALES[kind], sizes[large])
    return found


@lru_cache
def _small_points(kind: str) -> Any:
    return _points(SCALES[kind], np.arange(SMALL + 1))


def _points(scale: Scale, sizes: Any) -> Any:
    points = np.full(sizes.shape, scale.odd)
    for limit, few in reversed(scale.small):
        points[sizes <= limit] = few
    for factor, few in reversed(scale.round):
        points[sizes % factor == 0] = few
    power = sizes & (sizes - 1) == 0
    points[power] = np.minimum(points[power], scale.power)
    for few, common in scale.common.items():
        points[np.isin(sizes, common)] = few
    over = sizes > scale.usual
    points[over] += 2 * np.ceil(np.log2(sizes[over] / scale.usual)).astype(int)
    return points


def stack_points(layers: Sequence[Any]) -> Any:
    """The points of the sizes of unequal layers, as an array of their shape.

    >>> stack_points([np.array([128, 50, 64]), np.array([64, 20, 64])]).tolist()
    [1, 5, 1]
    """
    points = size_points("hidden", layers[0])
    for below, size in pairwise(layers):
        half = (2 * size == below) | (size == 2 * below)
        more = np.where(half, HALF, UNEQUAL + size_points("hidden", size))
        points = points + np.where(size == below, 0, more)
    return points


def cell_points(cell: str, bias: Bias) -> int:
    """The points of a cell under a convention of biases."""
    return CELLS.get(cell, OTHER_CELL) + bias_points(bias)


def bias_points(bias: Bias) -> int:
    """The points of a convention of biases."""
    return BIASES.get(bias, OTHER_BIAS)
