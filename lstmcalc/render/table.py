"""A table of raw values, and how a value is read: what every format is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from lstmcalc.printable import printable


class Real(float):
    """A real number, told from a share of the whole."""


Cell: TypeAlias = str | int | float | tuple[int, ...] | None
"""Words, a count, a `Real`, a share of the whole (any other float), a shape, or nothing."""


class Drawing(NamedTuple):
    """Lines of text, and for each character the digit of the series it belongs to, or a space."""

    lines: tuple[str, ...]
    series: tuple[str, ...] = ()


NO_DRAWING = Drawing(())


@dataclass(frozen=True)
class Table:
    """A title, column heads, rows of raw values, and one line of explanation.

    `strong` are the indices of the rows to stress, `spare` those of the columns to leave out
    first where there is no room. `drawing` is for faces that can show text as a picture.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    strong: tuple[int, ...] = ()
    spare: tuple[int, ...] = ()
    drawing: Drawing = NO_DRAWING

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers, and are set to the right."""
        columns = range(len(self.columns))
        return tuple(any(isinstance(row[i], int | float) for row in self.rows) for i in columns)


SMALLEST, LARGEST = 1e-3, 1e4
"""Real numbers outside these are shown as powers of ten."""


def shown(cell: Cell, separator: str = ",") -> str:
    """A value as people read it: thousands apart, shapes in brackets, a dash for none.

    Every word that a format shows comes through here too, for it may be a name from a file.

    >>> shown(79872), shown((156, 128)), shown(None)
    ('79,872', '(156, 128)', '–')
    """
    if cell is None:
        return "–"
    if isinstance(cell, tuple):
        return f"({', '.join(map(str, cell))}{',' * (len(cell) == 1)})"
    if isinstance(cell, Real):
        plain = not cell or SMALLEST <= abs(cell) < LARGEST
        return f"{cell:.4f}" if plain else f"{cell:.1e}"
    if isinstance(cell, float):
        return f"{cell:.1%}".replace("%", " %")
    return f"{cell:,}".replace(",", separator) if isinstance(cell, int) else printable(cell)
