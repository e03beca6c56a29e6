"""Text that is safe to show: a name from a file can be of any characters."""

from __future__ import annotations

import re

REPLACEMENT = "�"
"""Stands for a character that is not shown."""
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
)
"""Without ink or width, though Unicode counts them as letters and marks."""


def printable(text: str) -> str:
    r"""The text in one line, without what commands a terminal, turns its direction or hides.

    Line breaks and other white space become spaces. Controls (C0, C1), marks of direction,
    characters without width, surrogates, private and unassigned ones become `REPLACEMENT`.

    >>> printable("Δ 隠れ \x1b]52;c;cm0=\x07\n✓ \u202everified")
    'Δ 隠れ �]52;c;cm0=� ✓ �verified'
    """
    if text.isascii() and text.isprintable():
        return text
    shown = (c if c.isprintable() else " " if c.isspace() else REPLACEMENT for c in text)
    return _INVISIBLE.sub(REPLACEMENT, "".join(shown))
