"""Text in little room: cut or broken between words, and never in the middle of a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

MORE = "…"
_BETWEEN = re.compile(r"(?<=[\s→·])(?=[^\s→·])|(?<=,)(?!\d{3}(?!\d))")
"""Where a text may be cut: after spaces, arrows and dots of products, and after commas of lists.

A comma before three digits may be one of thousands.
"""


def pieces(text: str) -> list[str]:
    """The text in pieces that are shown whole or not at all.

    >>> pieces("LSTM 28→128 · 82,186")
    ['LSTM ', '28→', '128 · ', '82,186']
    >>> pieces("1150,1150,400")
    ['1150,', '1150,400']
    """
    return [piece for piece in _BETWEEN.split(text) if piece]


def cut(text: str, width: int, lists: bool = False) -> str:
    """The text, or as many of its first pieces as fit with a mark behind them.

    With `lists` every comma ends a piece.

    >>> cut("1150,1150,400", 13), cut("1150,1150,400", 12), cut("1234567", 5)
    ('1150,1150,400', '1150,…', '…')
    >>> cut("1150,1150,400", 12, lists=True)
    '1150,1150,…'
    """
    if len(text) <= width:
        return text
    begin = ""
    for piece in re.split("(?<=,)", text) if lists else pieces(text):
        if len(begin + piece.rstrip() + MORE) > width:
            break
        begin += piece
    return begin.rstrip() + MORE


def broken(text: str, width: int, lines: int) -> list[str]:
    """The text in at most so many lines, the last with a mark where there would be more.

    >>> broken("lstmcalc 1150,1150,400 400", 14, 3)
    ['lstmcalc 1150,', '1150,400 400']
    >>> broken("lstmcalc 1150,1150,400 400", 14, 1)
    ['lstmcalc…']
    """
    found, rest = [""], [part for piece in pieces(text) for part in _short(piece, width)]
    for number, piece in enumerate(rest):
        if found[-1] and len(found[-1] + piece.rstrip()) > width:
            if len(found) == lines:
                found[-1] = cut("".join([found[-1], *rest[number:]]), width)
                break
            found.append("")
        found[-1] += piece
    return [line.rstrip() for line in found]


def _short(piece: str, width: int) -> list[str]:
    """A piece that is wider than a line, broken at its commas, and where that is not enough."""
    parts = [piece] if len(piece.rstrip()) <= width else re.split("(?<=,)", piece)
    return [part[at : at + width] for part in parts for at in range(0, len(part), width)]


def fitting(widths: Sequence[int], room: int, orders: Sequence[Sequence[int]]) -> Sequence[int]:
    """The first of some choices of columns that fits into so much room, or the last.

    >>> fitting([5, 9, 9], 15, [(0, 1, 2), (0, 2), (0,)])
    (0, 2)
    """
    fit = (columns for columns in orders if sum(widths[index] for index in columns) <= room)
    return next(fit, orders[-1])
