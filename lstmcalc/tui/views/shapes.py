"""Shapes: every matrix of every gate, and the row under the cursor written out."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable, Static

from lstmcalc.readings.shapes import Shape
from lstmcalc.render.pages.breakdown import Row, rows
from lstmcalc.tui.views.view import Shown, View

COLUMNS = ("part", "W_x", "W_h", "bias", "parameters")
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


def _cells(row: Row) -> tuple[str, ...]:
    shapes = _shape(row.input_shape), _shape(row.hidden_shape)
    count = "" if row.parameters is None else f"{row.parameters:,}"
    return row.name, *shapes, row.bias, count


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
    focus_on = "DataTable"

    def compose(self) -> ComposeResult:
        """The table and the sum."""
        yield DataTable(cursor_type="row", cell_padding=1, zebra_stripes=False)
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._rows: list[Row] = []
        self._columns: list[str] = []

    def on_resize(self) -> None:
        """There may be room for another column."""
        self._fill()

    def show(self, shown: Shown) -> None:
        """Fill the table; the cursor stays where it was."""
        self._rows = shortened(list(rows(shown.report)))
        self._fill()

    def _fill(self) -> None:
        """Set the table; without its biases, which the sum has too, where there is no room."""
        table = self.query_one(DataTable)
        cells = [_cells(row) for row in self._rows]
        widths = [max(map(len, column)) for column in zip(COLUMNS, *cells, strict=True)]
        narrow = sum(widths) + len(widths) * 2 * table.cell_padding > self.size.width - 1
        columns = [name for name in COLUMNS if not (narrow and name == "bias")]
        place = min(table.cursor_row, max(0, len(cells) - 1))
        if columns != self._columns:
            table.clear(columns=True)
            for name in columns:
                table.add_column(Text(name, justify="left" if name == COLUMNS[0] else "right"))
            self._columns = columns
        table.clear()
        for row, texts in zip(self._rows, cells, strict=True):
            style = "bold" if row.strong else ""
            told = dict(zip(COLUMNS, texts, strict=True))
            first, *rest = (told[name] for name in columns)
            table.add_row(
                Text(first, style), *(Text(text, style, justify="right") for text in rest)
            )
        table.move_cursor(row=place)
        self._explain(place)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Write another row out."""
        self._explain(event.cursor_row)

    def _explain(self, place: int) -> None:
        if not 0 <= place < len(self._rows):
            return
        row = self._rows[place]
        sum_ = "" if row.sum is None else row.sum.text
        text = Text.assemble((row.name.strip(), "bold"), f": {row.note}\n", (sum_, "cyan"))
        self.query_one(".explained", Static).update(text)
