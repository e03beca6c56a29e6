"""Stacks of layers of unequal sizes, as people build them; each is a row of hidden sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations_with_replacement, permutations
from typing import Any

import numpy as np

HALVED = (*range(2, 65, 2), *range(72, 257, 8), *range(80, 401, 20), *range(288, 1_025, 32),
          *range(250, 2_001, 50), 2_048)  # fmt: skip
"""Sizes of the widest layer where each layer is half or twice as wide as the one below."""
USUAL: Mapping[int, tuple[int, ...]] = {
    2: (1, 2, 4, 5, 8, 10, 12, 15, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60, 64, 70, 75, 80, 90, 96,
        100, 120, 128, 150, 200, 250, 256, 300, 400, 500, 512, 600, 800, 1_000, 1_024),
    3: (8, 10, 16, 20, 32, 50, 64, 80, 100, 128, 150, 200, 256, 512),
    4: (16, 32, 50, 64, 100, 128, 256, 512),
}  # fmt: skip
"""Of so many layers, usual sizes that fall, rise, or narrow or widen and come back."""


@lru_cache
def unequal_stacks(layers: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Every stack of so many layers that is searched: a row for each layer, a column a stack.

    >>> unequal_stacks(2).shape
    (2, 1674)
    >>> [stack in unequal_stacks(3).T.tolist() for stack in ([64, 32, 16], [64, 128, 64])]
    [True, True]
    """
    usual = USUAL.get(layers, ())
    step = 2 ** (layers - 1)
    falling = {
        *combinations_with_replacement(sorted(usual, reverse=True), layers),
        *(tuple(size >> layer for layer in range(layers)) for size in HALVED if size % step == 0),
    }
    rising = {stack[::-1] for stack in falling}
    mirrored = {(outer, *[inner] * (layers - 2), outer) for outer, inner in permutations(usual, 2)}
    stacks = sorted(stack for stack in falling | rising | mirrored if len({*stack}) > 1)
    return np.array(stacks, np.int64).reshape(-1, layers).T


def unequal_words(layers: Iterable[int]) -> str:
    """How many stacks there are of so many layers, and of what sizes."""
    depths = {depth: unequal_stacks(depth).shape[1] for depth in layers}
    stacks = ", ".join(
        f"{number:,} of {depth} layers" for depth, number in depths.items() if number
    )
    usual = ", ".join(f"{len(USUAL[depth])} for {depth}" for depth in depths if depth in USUAL)
    halved = (
        f"each half or twice as wide as the one below ({len({*HALVED})} sizes to {max(HALVED):,})"
    )
    also = f", or usual sizes that fall, rise or come back ({usual})" if usual else ""
    return f"{stacks}: {halved}{also}"
