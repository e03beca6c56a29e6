"""Heatmaps of characters: units from top to bottom, steps from left to right."""

from __future__ import annotations

from functools import cache
from itertools import groupby, pairwise, zip_longest

from rich.segment import Segment
from rich.style import Style

from lstmcalc.readings.values import Array
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.terminal import LEVEL_COLOURS

SHADES = 64
HALF = "▀"
"""Its upper half is one unit, its lower half another."""


def reach(values: Array, low: float, high: float) -> tuple[float, float]:
    """From where to where a vector is coloured: around the middle of its range, to its extremes.

    >>> import numpy as np
    >>> reach(np.array([0.25, 0.6]), 0.0, 1.0)
    (0.25, 0.75)
    """
    middle = (low + high) / 2
    most = float(abs(values - middle).max()) or 1.0
    return middle - most, middle + most


def heatmap(
    values: Array, low: float, high: float, across: int, coloured: bool
) -> list[list[Segment]]:
    """The lines of a heatmap, every step `across` columns wide.

    Args:
        values: [T, units]; with colours two units share a line.
        low: what is drawn darkest.
        high: what is drawn lightest.
        across: columns of each step.
        coloured: whether colours tell the levels; else the height of the characters does.
    """
    import numpy as np

    levels = SHADES if coloured else len(LEVELS)
    shares = np.nan_to_num((values - low) / (high - low))
    found = np.clip(shares * levels, 0, levels - 1).astype(int).T.tolist()
    if not coloured:
        texts = ("".join(LEVELS[level] * across for level in line) for line in found)
        return [[Segment(text, Style())] for text in texts]
    return [_line(*pair, across) for pair in zip_longest(found[::2], found[1::2])]


def _line(upper: list[int], lower: list[int] | None, across: int) -> list[Segment]:
    """Neighbours of the same colours are one piece: it is the pieces that take time to paint."""
    below: list[int | None] = [*lower] if lower is not None else [None] * len(upper)
    pairs = zip(upper, below, strict=True)
    return [
        Segment(HALF * across * len(list(alike)), _style(*pair)) for pair, alike in groupby(pairs)
    ]


@cache
def _style(upper: int, lower: int | None) -> Style:
    shades = colours()
    return Style(color=shades[upper], bgcolor=None if lower is None else shades[lower])


@cache
def colours() -> tuple[str, ...]:
    """From dark to light, in even steps between the colours of the strips."""
    anchors = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in LEVEL_COLOURS]
    found = []
    for shade in range(SHADES):
        place = shade / (SHADES - 1) * (len(anchors) - 1)
        index = min(int(place), len(anchors) - 2)
        below, above = list(pairwise(anchors))[index]
        mixed = (b + (a - b) * (place - index) for b, a in zip(below, above, strict=True))
        found.append("#" + "".join(f"{round(part):02x}" for part in mixed))
    return tuple(found)
