"""A plot of several series over a common axis, in braille dots, each series with its letter."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

from lstmcalc.render.table import Drawing

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of a character's eight dots, by row and column."""
BLANK = 0x2800
FEW_LABELS, MOST_LABELS = 3, 9
"""Beside the first."""
MARGIN = 7
"""Characters left of the axis."""
AXIS = MARGIN + 1
"""Characters left of the plot."""


def log_plot(
    series: Sequence[Sequence[float]],
    letters: str,
    width: int,
    height: int,
    floor_: float,
    caption: str,
    ends: tuple[str, str],
) -> Drawing:
    """The series over their index, with a logarithmic axis of decades.

    Args:
        series: positive numbers; others, and those below `floor_`, are left out.
        letters: one for each series, written where it ends.
        width: characters of the plot itself; beside it are `MARGIN` for the axis.
        height: lines of the plot itself.
        floor_: the lowest number shown.
        caption: a word for what runs to the right.
        ends: where that begins and ends.
    """
    there = [v for values in series for v in values if isfinite(v) and v >= floor_]
    top = floor(log10(max(there))) + 1 if there and max(there) > 1 else 0
    bottom = floor(log10(min(there))) if there else -1
    every, decades = _ticks(max(top - bottom, 1), height)
    length = max(map(len, series))
    canvas = _Canvas(width, height)
    last: list[tuple[int, int, int]] = []
    for index, values in enumerate(series):
        points = [
            (
                round(lag / max(length - 1, 1) * (2 * width - 1)),
                min(round((top - log10(value)) * 4 * every / decades) + 1, 4 * height - 1),
            )
            for lag, value in enumerate(values)
            if isfinite(value) and value >= floor_
        ]
        for start, stop in zip(points, points[1:] or points, strict=False):
            canvas.line(start, stop, index)
        if points:
            last.append((*points[-1], index))
    for column, row, index in last:
        canvas.write(column // 2 + 1, row // 4, letters[index], index)
    labels = [
        "" if row % every else f"1e{top - row // every * decades:+03d}" for row in range(height)
    ]
    return Drawing(*_framed(canvas, labels, caption, ends))


def _ticks(decades: int, height: int) -> tuple[int, int]:
    """After how many lines the next label stands, and how many decades further down it is.

    All labels are as far apart, a few of them, with as little room to spare as can be.

    >>> _ticks(3, 10), _ticks(24, 7), _ticks(1, 10), _ticks(4, 10)
    ((3, 1), (1, 4), (9, 1), (2, 1))
    """
    pairs = [
        (every, step)
        for every in range(1, height)
        for step in range(1, decades + 1)
        if (height - 1) * step >= decades * every
        and min(FEW_LABELS, decades) <= (height - 1) // every <= MOST_LABELS
    ]
    return min(pairs, key=lambda pair: (pair[1] / pair[0], pair[1]), default=(1, decades))


def _framed(
    canvas: _Canvas, labels: Sequence[str], caption: str, ends: tuple[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The canvas with its axes."""
    height, width = len(canvas.text), len(canvas.text[0])
    lines, series = [], []
    for row in range(height):
        text = "".join(canvas.text[row])
        lines.append(f"{labels[row]:>{MARGIN - 1}} ┤{text}".rstrip())
        series.append(" " * AXIS + "".join(canvas.series[row]))
    lines.append(" " * MARGIN + "└" + "─" * width)
    first, last = ends
    middle = caption.center(width - len(last) - len(first))
    lines.append(" " * AXIS + f"{first}{middle}{last}")
    return tuple(lines), (*series, "", "")


class _Canvas:
    """Characters of dots; each belongs to the series that set a dot in it first."""

    def __init__(self, width: int, height: int) -> None:
        self.text = [[" "] * width for _ in range(height)]
        self.series = [[" "] * width for _ in range(height)]

    def line(self, start: tuple[int, int], stop: tuple[int, int], index: int) -> None:
        """Every dot from one point to another."""
        (x0, y0), (x1, y1) = start, stop
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            self.dot(
                round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps), index
            )

    def dot(self, x: int, y: int, index: int) -> None:
        """One dot; a letter stays."""
        row, column = y // 4, x // 2
        before = self.text[row][column]
        if before != " " and ord(before) < BLANK:
            return
        bits = 0 if before == " " else ord(before) - BLANK
        self.text[row][column] = chr(BLANK + (bits | DOTS[y % 4][x % 2]))
        if before == " ":
            self.series[row][column] = str(index % 10)

    def write(self, column: int, row: int, letter: str, index: int) -> None:
        """A letter beside the end of a line, in the next free place."""
        width = len(self.text[0])
        column = min(column, width - 1)
        taken = {c for line in self.text for c in line if c.isalpha()}
        for place in range(column, -1, -1):
            if not (self.text[row][place].isalpha() and self.text[row][place] in taken):
                self.text[row][place] = letter
                self.series[row][place] = str(index % 10)
                return
