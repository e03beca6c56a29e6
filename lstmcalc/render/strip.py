"""A vector as a strip of characters, low to high, which says the same without colour."""

from __future__ import annotations

from lstmcalc.readings.values import Array

LEVELS = "▁▂▃▄▅▆▇█"
"""From the lowest value to the highest."""


def strip(values: Array, low: float, high: float, width: int) -> str:
    """At most `width` characters, each the level of one value or of the mean of some neighbours.

    >>> import numpy as np
    >>> strip(np.linspace(-1, 1, 8), -1, 1, 8)
    '▁▂▃▄▅▆▇█'
    """
    import numpy as np

    parts = np.array_split(values, min(width, len(values)))
    means = np.array([part.mean() for part in parts])
    reach = high - low if high > low else 1.0
    levels = np.clip((means - low) / reach * len(LEVELS), 0, len(LEVELS) - 1).astype(int)
    return "".join(LEVELS[level] for level in levels)


def rows(values: Array, low: float, high: float, width: int) -> list[str]:
    """Every value as one character, in lines of `width`."""
    return [
        strip(values[start : start + width], low, high, width)
        for start in range(0, len(values), width)
    ]
