"""How the gates lie in a framework's tensor, drawn: a line for each way, and who does it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lstmcalc.conventions.layout import PADDING
from lstmcalc.conventions.packing import Part
from lstmcalc.reconciliation import Row
from lstmcalc.render.table import Drawing

UNITS = 4
"""Drawn of each gate."""
WIDTH = 80
READS_X = "W_x"
LEGEND = "where the weights that read x lie: ↓ on rows, → on columns, | in another tensor"


class Way(NamedTuple):
    """The gates of each tensor in their order, and how they lie: one after the other, or one for
    each unit in turn; on rows or on columns."""

    tensors: tuple[tuple[str, ...], ...]
    alternate: bool
    transposed: bool


def draw_gates(rows: Sequence[Row], names: Sequence[str]) -> Drawing:
    """One line for each way that the rows have; `names` are theirs."""
    found: dict[Way, list[str]] = {}
    for row, name in zip(rows, names, strict=True):
        found.setdefault(_way(row), []).append(name)
    letters = list(dict.fromkeys(gate for way in found for held in way.tensors for gate in held))
    lines, series = [LEGEND], [""]
    widest = max(len(_blocks(way)) for way in found)
    for way, titles in found.items():
        blocks = _blocks(way).ljust(widest)
        start = f"{'→' if way.transposed else '↓'}  {blocks}  "
        lines.append(start + _fitting(titles, WIDTH - len(start)))
        series.append("   " + "".join(_digit(letter, letters) for letter in blocks))
    return Drawing(tuple(lines), tuple(series))


def gates_of(row: Row) -> tuple[str, ...]:
    """The gates in the order in which a framework stores them."""
    return tuple(gate for held in _way(row).tensors for gate in held)


def _way(row: Row) -> Way:
    """Read off where the parts of the first direction's W_x lie."""
    held = {
        tensor.name: [part for part in tensor.parts if part.place == (0, 0) and _reads_x(part)]
        for tensor in row.tensors
    }
    parts = [parts for parts in held.values() if parts]
    gates = [tuple(part.param.removeprefix(READS_X) for part in own) for own in parts]
    if len(gates) == 1 and row.layout.order:
        gates = [tuple(row.layout.order)]  # with the rows that are not read
    first = parts[0][0]
    alternate = any(step > 1 for _, _, step in first.spans)
    return Way(tuple(gates), alternate, first.transposed)


def _reads_x(part: Part) -> bool:
    return part.param.startswith(READS_X)


def _blocks(way: Way) -> str:
    if way.alternate:
        return " ".join(["".join(way.tensors[0])] * UNITS)
    return " | ".join(" ".join(gate * UNITS for gate in held) for held in way.tensors)


def _digit(letter: str, letters: Sequence[str]) -> str:
    return str(letters.index(letter)) if letter in letters and letter != PADDING else " "


def _fitting(titles: Sequence[str], width: int) -> str:
    """As many names as there is room for, and how many more there are."""
    for shown in range(len(titles), 0, -1):
        more = len(titles) - shown
        text = ", ".join([*titles[:shown], *([f"and {more} more"] if more else [])])
        if len(text) <= width:
            return text
    return f"{len(titles)} frameworks"
