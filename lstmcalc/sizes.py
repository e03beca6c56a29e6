"""Sizes: Python integers, NumPy integer arrays and SymPy expressions, behind one check."""

from __future__ import annotations

import operator
import re
from typing import Any, TypeAlias

from lstmcalc.errors import SizeError

Size: TypeAlias = Any
"""An int, a NumPy integer array (many configurations at once) or a SymPy expression.

All three go through the same counting code, which only adds and multiplies.
"""

LARGEST = 10**12
"""Beyond it a size is a slip of the hand: its vector alone would fill terabytes."""

_LONGEST = 40
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)(?:\.\d+)?(?:e\+?\d{1,3})?)([kmg]?)", re.IGNORECASE
)


def is_array(value: object) -> bool:
    """Whether `value` is a NumPy array (told without importing NumPy)."""
    return hasattr(value, "dtype") and getattr(value, "ndim", 0) > 0


def is_symbol(value: object) -> bool:
    """Whether `value` is a SymPy expression (told without importing SymPy)."""
    return hasattr(value, "free_symbols")


def check_size(name: str, value: Size) -> Size:
    """Return `value` as a size, or raise.

    Integers (NumPy scalars too) come back as Python ints, exact and unbounded; integer arrays and
    SymPy expressions come back as they are.

    Raises:
        SizeError: it is not a whole number between 1 and `LARGEST`.

    >>> check_size("hidden size", 128)
    128
    >>> check_size("hidden size", 0)
    Traceback (most recent call last):
    lstmcalc.errors.SizeError: hidden size 0: a size is at least 1; give a whole number such as 128
    """
    if is_array(value):
        if getattr(value.dtype, "kind", "") not in ("i", "u"):
            raise SizeError(
                f"{name} array of {value.dtype}",
                "sizes are whole numbers",
                "convert it with .astype('int64')",
            )
        if value.size:
            _check_range(name, int(value.min()))
            _check_range(name, int(value.max()))
        return value
    if is_symbol(value) and value.free_symbols:
        return value
    try:
        number = operator.index(value)
    except TypeError:
        remedy = "give a whole number such as 128"
        raise SizeError(f"{name} {value!r}", "a size is a whole number", remedy) from None
    if isinstance(value, bool):
        raise SizeError(f"{name} {value}", "a size is a whole number", "give one such as 128")
    return _check_range(name, number)


def check_flag(name: str, value: object) -> None:
    """Raise unless `value` is True or False: any text, `'no'` too, would count as true."""
    if not isinstance(value, bool):
        raise SizeError(f"{name} {value!r}", "it is either True or False", "give one of them")


def _check_range(name: str, number: int) -> int:
    if number < 1:
        remedy = "give a whole number such as 128"
        raise SizeError(f"{name} {_short(number)}", "a size is at least 1", remedy)
    if number > LARGEST:
        remedy = "check for a slip of the hand"
        raise SizeError(f"{name} {_short(number)}", f"a size is at most {LARGEST:,}", remedy)
    return number


def _short(number: int) -> str:
    """The number, or its order of magnitude where printing it would fill the screen."""
    if abs(number) < 10**24:
        return str(number)
    digits = int(abs(number).bit_length() * 0.30103)
    return f"{'-' if number < 0 else ''}~10^{digits}"


def parse_size(name: str, text: str) -> int:
    """Read what people type for a size: `128`, `1k`, `1.5M`, `10,000`, `1e6`.

    `k`, `M` and `G` are thousands, millions and thousand millions, not powers of 1024.

    Raises:
        SizeError: it is not a number, not whole, or out of range.

    >>> parse_size("hidden size", "1.5k")
    1500
    >>> parse_size("hidden size", "2.5")
    Traceback (most recent call last):
    lstmcalc.errors.SizeError: hidden size 2.5: a size is a whole number; the nearest are 2 and 3
    """
    if text.isdecimal() and len(text) <= _LONGEST:
        return _check_range(name, int(text))
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    match = _NUMBER.fullmatch(text.strip())
    if match is None or len(text) > _LONGEST:
        remedy = "give a whole number such as 128, 1k or 1.5M"
        raise SizeError(f"{name} {shown!r}", "not a number", remedy)
    from decimal import Decimal

    number = Decimal(match[1].replace(",", "").replace("_", "")) * _SUFFIXES[match[2].lower()]
    if number != number.to_integral_value():
        low = int(number // 1)
        near = f"the nearest are {low} and {low + 1}" if low > 0 else "the nearest is 1"
        raise SizeError(f"{name} {shown}", "a size is a whole number", near)
    return _check_range(name, int(number))
