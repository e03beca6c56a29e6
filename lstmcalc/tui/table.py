"""A table of numbers that are whole: a column without room goes, and that is told."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import JustifyMethod
from rich.text import Text
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from lstmcalc.tui.fitting import cut, fitting
from lstmcalc.tui.summary import short


class NumberTable(DataTable[Text]):
    """Rows that are chosen with arrows or a click; only the cells that change are painted anew."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", cell_padding=1, zebra_stripes=False)
        self._columns: list[tuple[str, int]] = []
        self._cells: list[list[Text]] = []

    def fill(
        self,
        heads: Sequence[str],
        rows: Sequence[Sequence[Text]],
        orders: Sequence[Sequence[int]],
        room: int,
    ) -> str:
        """Show other rows, the cursor where it was; what there is no room for, in words.

        Args:
            heads: of the columns; the first is on the left, the last that is kept a count.
            rows: a cell for each column.
            orders: which columns to keep, all of them first.
            room: columns of the screen.
        """
        gap = 2 * self.cell_padding
        columns = [[head, *(row[i].plain for row in rows)] for i, head in enumerate(heads)]
        widths = [max(map(len, texts)) + gap for texts in columns]
        kept = fitting(widths, room, orders)
        cells = [[row[index] for index in kept] for row in rows]
        if sum(widths[index] for index in kept) > room:
            cells = [[first, *map(_short, counts)] for first, *counts in cells]
            rest = max([len(heads[kept[-1]]), *(len(row[-1]) for row in cells)]) + 2 * gap
            cells = [[_cut(first, room - rest), *counts] for first, *counts in cells]
        self._put([heads[index] for index in kept], cells)
        absent = [head for index, head in enumerate(heads) if index not in kept]
        return f"no room for {', '.join(absent)}" if absent else ""

    def _put(self, heads: list[str], cells: list[list[Text]]) -> None:
        # widths of our own: Textual measures new cells later, and cuts them until then
        texts = [[head, *(row[i].plain for row in cells)] for i, head in enumerate(heads)]
        columns = [(column[0], max(map(len, column))) for column in texts]
        place = self.cursor_row
        if columns != self._columns:
            self.clear(columns=True)
            for head, width in columns:
                side: JustifyMethod = "left" if head == heads[0] else "right"
                self.add_column(Text(head, justify=side), width=width)
        elif len(cells) != len(self._cells):
            self.clear()
        if self.row_count == len(cells):
            for y, (row, before) in enumerate(zip(cells, self._cells, strict=True)):
                for x, cell in enumerate(row):
                    if (cell, cell.style) != (before[x], before[x].style):
                        self.update_cell_at(Coordinate(y, x), cell)
        else:
            self.add_rows(cells)
        self._columns, self._cells = columns, cells
        self.move_cursor(row=min(place, max(len(cells) - 1, 0)))


def _short(count: Text) -> Text:
    digits = count.plain.replace(",", "")
    text = short(int(digits)).strip() if digits.isdecimal() else count.plain
    return Text(text, count.style, justify="right")


def _cut(text: Text, width: int) -> Text:
    return text if len(text) <= width else Text(cut(text.plain, width), text.style)
