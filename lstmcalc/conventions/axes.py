"""The axes of a stored tensor, written as `(g h) i`: their lengths, and where a parameter lies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import prod

Span = tuple[int, int, int]
"""Start, stop and step on one stored axis."""


@lru_cache
def parse(axes: str) -> tuple[str, ...]:
    """The letters of each stored axis.

    >>> parse("d (g h) i")
    ('d', 'gh', 'i')
    """
    found: list[str] = []
    together = False
    for letter in axes.replace(" ", ""):
        if letter in "()":
            together = letter == "("
            found += [""] * together
        elif together:
            found[-1] += letter
        else:
            found.append(letter)
    return tuple(found)


def is_transposed(axes: str) -> bool:
    """Whether what a unit reads comes before the units."""
    letters = "".join(parse(axes))
    return "i" in letters and letters.index("i") < letters.index("h")


def shape_of(axes: str, lengths: Mapping[str, int]) -> tuple[int, ...]:
    """The stored shape.

    >>> shape_of("i (g h)", {"g": 4, "h": 128, "i": 28})
    (28, 512)
    """
    return tuple(prod(lengths[letter] for letter in axis) for axis in parse(axes))


def lengths_of(
    axes: str, lengths: Mapping[str, int], stored: tuple[int, ...]
) -> dict[str, int] | None:
    """The units `h` and what they read, `i`, of a stored shape; None where it cannot have them.

    >>> lengths_of("i (g h)", {"g": 4}, (28, 512))
    {'i': 28, 'h': 128}
    """
    parsed = parse(axes)
    if len(parsed) != len(stored):
        return None
    found: dict[str, int] = {}
    for axis, length in zip(parsed, stored, strict=True):
        others = prod(lengths[letter] for letter in axis if letter not in "hi")
        unknown = [letter for letter in axis if letter in "hi"]
        if length % others or (not unknown and length != others):
            return None
        found |= dict.fromkeys(unknown, length // others)
    return found


def locate(
    axes: str, lengths: Mapping[str, int], at: Mapping[str, int], columns: tuple[int, int]
) -> tuple[Span, ...]:
    """Where the rows `h` and the `columns` of `i` lie, for the direction, role and gate `at`.

    >>> locate("(g h) i", {"g": 4, "h": 128, "i": 28}, {"g": 1}, (0, 28))
    ((128, 256, 1), (0, 28, 1))
    >>> locate("i (h g)", {"g": 4, "h": 128, "i": 28}, {"g": 1}, (0, 28))
    ((0, 28, 1), (1, 510, 4))
    """
    spans = []
    for axis in parse(axes):
        start, count, step, stride = 0, 1, 1, 1
        for letter in reversed(axis):
            if letter in "hi":
                first, last = columns if letter == "i" else (0, lengths["h"])
                start, count, step = start + first * stride, last - first, stride
            else:
                start += at.get(letter, 0) * stride
            stride *= lengths[letter]
        spans.append((start, start + (count - 1) * step + 1, step))
    return tuple(spans)
