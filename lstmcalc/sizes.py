"""Sizes: Python integers, NumPy integer arrays and SymPy expressions, behind one check."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

from lstmcalc.errors import SizeError, plain

Size: TypeAlias = Any
"""An int, a NumPy integer array (many configurations at once) or a SymPy expression.

All three go through the same counting code, which only adds and multiplies.
"""

T = TypeVar("T")
LARGEST = 10**12
"""Beyond it a size is a slip of the hand: its vector alone would fill terabytes."""

_LONGEST = 40
_SUFFIXES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d+)?(?:e\+?\d{1,3})?)([kmg]?)", re.IGNORECASE
)


def is_array(value: object) -> bool:
    """Whether `value` is a NumPy array (told without importing NumPy)."""
    dimensions = getattr(value, "ndim", 0)
    return hasattr(value, "dtype") and isinstance(dimensions, int) and dimensions > 0


def is_scalar(value: object) -> bool:
    """Whether `value` is an array without axes, which NumPy lets nobody iterate over."""
    return getattr(value, "ndim", None) == 0


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
    except Exception:  # an object's own method may raise anything
        remedy = "give a whole number such as 128"
        raise SizeError(f"{name} {plain(value)}", "a size is a whole number", remedy) from None
    if isinstance(value, bool):
        raise SizeError(f"{name} {value}", "a size is a whole number", "give one such as 128")
    return _check_range(name, number)


def check_optional(name: str, value: Size | None) -> Size | None:
    """A size, or None where it is None or 0, as torch writes that there is none.

    Raises:
        SizeError: it is neither.

    >>> check_optional("projection size", 0), check_optional("projection size", 64)
    (None, 64)
    """
    if value is None or isinstance(value, bool) or is_array(value):
        return None if value is None else check_size(name, value)
    with suppress(Exception):  # what it is instead is told below
        if operator.index(value) == 0:
            return None
    return check_size(name, value)


def check_flag(name: str, value: object) -> None:
    """Raise unless `value` is True or False: any text, `'no'` too, would count as true."""
    if not isinstance(value, bool):
        raise SizeError(f"{name} {plain(value)}", "it is either True or False", "give one of them")


def check_list(name: str, value: Iterable[T]) -> list[T]:
    """What is in a list, a tuple or a row of another kind.

    Raises:
        SizeError: it is none.
    """
    if isinstance(value, Iterable) and not isinstance(value, str | bytes) and not is_scalar(value):
        return list(value)
    raise SizeError(f"{name} {plain(value)}", "it is no list", "put it in brackets")


def _check_range(name: str, number: int) -> int:
    if number < 1:
        remedy = "give a whole number such as 128"
        raise SizeError(f"{name} {plain(number)}", "a size is at least 1", remedy)
    if number > LARGEST:
        remedy = "check for a slip of the hand"
        raise SizeError(f"{name} {plain(number)}", f"a size is at most {LARGEST:,}", remedy)
    return number


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
