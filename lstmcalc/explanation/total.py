"""A total as people write it: exact, or rounded, which is a range."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from lstmcalc.errors import SizeError

LARGEST = 10**15
"""Of a total that is explained: above it, integers of 64 bits no longer hold every step."""

EXAMPLE = "give one such as 80896, 80,896 or 1.5M"
_LONGEST = 40
_SUFFIXES = {"": 0, "k": 3, "m": 6, "g": 9, "b": 9, "t": 12}
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:[,_]\d{3})+|\d+)(\.\d+)?([kmgbt]?)", re.IGNORECASE)


@dataclass(frozen=True)
class Total:
    """A number of parameters; a rounded one is any of the numbers from `low` to `high`."""

    low: int
    high: int
    text: str

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def width(self) -> int:
        """How many numbers it may be."""
        return self.high - self.low + 1

    def off(self, count: int) -> int:
        """How far a count lies above the total, below it where negative; 0 where it fits."""
        return max(count - self.high, 0) + min(count - self.low, 0)


def read_total(value: int | str) -> Total:
    """Read a total; what is written with a unit is rounded to its last digit.

    Raises:
        SizeError: it is no number of parameters, or a larger one than can be explained.

    >>> read_total("80,896")
    Total(low=80896, high=80896, text='80,896')
    >>> read_total("0.82B")
    Total(low=815000000, high=825000000, text='0.82B')
    """
    if isinstance(value, bool) or not (isinstance(value, str) or hasattr(value, "__index__")):
        raise SizeError(f"total {value!r:.40}", "it is no number of parameters", EXAMPLE)
    text = value.strip() if isinstance(value, str) else str(operator.index(value))
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    match = _NUMBER.fullmatch(text)
    if match is None or shown != text:
        raise SizeError(f"total {shown!r}", "it is no number of parameters", EXAMPLE)
    sign, whole, places, unit = match.groups()
    scale = 10 ** _SUFFIXES[unit.lower()]
    number = Decimal(re.sub("[,_]", "", whole) + (places or "")) * scale
    if sign == "-" or not number:
        raise SizeError(f"total {shown}", "every network has parameters", EXAMPLE)
    if number > LARGEST:
        raise SizeError(f"total {shown}", f"at most {LARGEST:,} are explained", EXAMPLE)
    half = Decimal(scale) / 10 ** len((places or ".")[1:]) / 2 if unit else 0
    low, high = ceil(number - half), floor(number + half)
    if low > high:
        raise SizeError(f"total {shown}", "parameters are whole numbers", EXAMPLE)
    return Total(max(low, 1), high, text if low < high else f"{low:,}")
