"""Shapes: every matrix of every gate, and the row under the cursor written out."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from lstmcalc.readings.shapes import Shape
from lstmcalc.render.pages.breakdown import Row, rows
from lstmcalc.tui.table import NumberTable
from lstmcalc.tui.views.view import Shown, View

COLUMNS = ("part", "W_x", "W_h", "bias", "parameters")
ORDERS = ((0, 1, 2, 3, 4), (0, 1, 2, 4), (0, 4))
"""Columns to show, as many as there is room for."""
MOST_ROWS = 300


def shortened(found: list[Row]) -> list[Row]:
    """So many rows that a key still answers at once; the last, which has the total, is kept."""
    left_out = len(found) - MOST_ROWS
    if left_out <= 0:
        return found
    *_, total = found
    said = f"… {left_out:,} more rows"
    gap = Row(said, None, None, "", None, None, "the command line prints them all")
    return [*found[: MOST_ROWS - 1], gap, total]


def _cells(row: Row) -> list[Text]:
    style = "bold" if row.strong else ""
    shapes = _shape(row.input_shape), _shape(row.hidden_shape)
    count = "" if row.parameters is None else f"{row.parameters:,}"
    numbers = (Text(text, style, justify="right") for text in (*shapes, row.bias, count))
    return [Text(row.name, style), *numbers]


def _shape(shape: Shape | None) -> str:
    return "×".join(map(str, shape)) if shape is not None else ""


class Shapes(View):
    """The table of every gate's matrices, and the arithmetic of one row."""

    title = "Shapes"
    key = "s"
    about = (
        "Every gate's matrices as torch has them, out × in, with their biases and parameters.\n"
        "↑ ↓ or a click choose a row; below the table it is written out with its numbers.\n"
        "Layers that are alike are one row."
    )
    focus_on = "NumberTable"

    def compose(self) -> ComposeResult:
        """The table and the sum."""
        yield NumberTable()
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._rows: list[Row] = []

    def on_resize(self) -> None:
        """There may be room for another column."""
        self._fill()

    def show(self, shown: Shown) -> None:
        """Fill the table; the cursor stays where it was."""
        self._rows = shortened(list(rows(shown.report)))
        self._fill()

    def _fill(self) -> None:
        """Set the table; the sum has what there is no room for too."""
        absent = self.query_one(NumberTable).fill(
            COLUMNS, [_cells(row) for row in self._rows], ORDERS, self.size.width - 1
        )
        self.query_one(".explained").border_title = absent
        self._explain()

    def on_data_table_row_highlighted(self, event: NumberTable.RowHighlighted) -> None:
        """Write another row out."""
        event.stop()
        self._explain()

    def _explain(self) -> None:
        place = self.query_one(NumberTable).cursor_row
        if not 0 <= place < len(self._rows):
            return
        row = self._rows[place]
        sum_ = "" if row.sum is None else row.sum.text
        text = Text.assemble((row.name.strip(), "bold"), f": {row.note}\n", (sum_, "cyan"))
        self.query_one(".explained", Static).update(text)
