"""Frameworks: the network in each of them, and the one under the cursor written out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import DataTable, Static

from lstmcalc.commands.known import RECONCILE
from lstmcalc.errors import UnsupportedError
from lstmcalc.reconciliation import Reconciliation, Row, reconcile
from lstmcalc.render.gates import gates_of
from lstmcalc.render.pages.reconciliation import (
    difference_words,
    evidence,
    framework_words,
    tensors_words,
)
from lstmcalc.render.terminal import COLOURS
from lstmcalc.tui.known import Known
from lstmcalc.tui.views.view import Shown, View

COLUMNS = ("framework", "gates", "total", "apart")
MOST_LAYERS = 30
"""That are laid out for every framework at once, between two keys; the child does more."""


class Frameworks(View):
    """The table of every framework's total, and what one of them stores."""

    title = "Frameworks"
    key = "w"
    about = (
        "What every framework says of this network: its order of gates, its total, and how far\n"
        "that is from torch's. ↑ ↓ or a click choose one; below the table stands why, and its\n"
        "tensors. Run: this project's tests run it; documented: read in its documentation."
    )
    command = RECONCILE
    focus_on = "DataTable"

    def compose(self) -> ComposeResult:
        """The table and what there is to say of one row."""
        yield DataTable(cursor_type="row", cell_padding=1, zebra_stripes=False)
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._found: Reconciliation | None = None
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(Text(name, justify="right" if name in COLUMNS[2:] else "left"))

    def show(self, shown: Shown) -> None:
        """Lay the network out for every framework; the cursor stays where it was."""
        if len(shown.network.layers) > MOST_LAYERS:
            self._fill(None, "laying the layers out for every framework …")
            return
        try:
            self._fill(reconcile(shown.network))
        except UnsupportedError as error:
            self._fill(None, str(error))

    def tell(self, known: Known) -> None:
        """What the child laid out, where there are many layers."""
        if self._found is None and isinstance(known.subject, Reconciliation):
            self._fill(known.subject)

    def _fill(self, found: Reconciliation | None, instead: str = "") -> None:
        self._found = found
        table = self.query_one(DataTable)
        place = table.cursor_row
        table.clear()
        self.query_one(".explained", Static).update(Text(instead))
        if found is None:
            return
        for row in found.rows:
            style = "" if row.same else "dim"
            apart = f"{row.difference:+,}".replace("-", "−") if row.difference else ""
            table.add_row(
                Text(framework_words(row), style),
                _gates(gates_of(row), gates_of(found.rows[0])),
                Text(f"{row.total:,}", style, justify="right"),
                Text(apart, style, justify="right"),
            )
        table.move_cursor(row=min(place, len(found.rows) - 1))
        self._explain(table.cursor_row)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Write another row out."""
        self._explain(event.cursor_row)

    def _explain(self, place: int) -> None:
        if self._found is not None and 0 <= place < len(self._found.rows):
            told = _told(self._found.rows[place])
            self.query_one(".explained", Static).update(told)


def _gates(order: Sequence[str], letters: Sequence[str]) -> Text:
    """The gates in a framework's order, each in its colour, so that another order shows."""
    colours = dict(zip(letters, COLOURS, strict=False))
    return Text(" ").join(Text(gate, colours.get(gate, "")) for gate in order)


def _told(row: Row) -> Text:
    """Its class and biases, why its total differs, its tensors, and how we know."""
    text = Text.assemble((row.layout.own, "bold"), f", {evidence(row)}")
    difference = difference_words(row)
    text.append(f"\n{difference}", "cyan")
    text.append(f"\n{tensors_words(row)}")
    for note in row.notes:
        text.append(f"\n{note}", "italic")
    return text
