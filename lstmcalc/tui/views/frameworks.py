"""Frameworks: the network in each of them, and the one under the cursor written out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

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
from lstmcalc.tui.table import NumberTable
from lstmcalc.tui.views.view import Shown, View

COLUMNS = ("framework", "gates", "total", "apart")
ORDERS = ((0, 1, 2, 3), (0, 2, 3), (0, 2))
"""Columns to show, as many as there is room for."""
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
    focus_on = "NumberTable"

    def compose(self) -> ComposeResult:
        """The table and what there is to say of one row."""
        yield NumberTable()
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._found: Reconciliation | None = None
        self._instead = ""

    def on_resize(self) -> None:
        """There may be room for another column."""
        self._fill(self._found, self._instead)

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
        self._found, self._instead = found, instead
        rows = found.rows if found is not None else ()
        absent = self.query_one(NumberTable).fill(
            COLUMNS, [_cells(row, rows[0]) for row in rows], ORDERS, self.size.width - 1
        )
        explained = self.query_one(".explained", Static)
        explained.border_title = absent
        if found is None:
            explained.update(Text(instead))
        self._explain()

    def on_data_table_row_highlighted(self, event: NumberTable.RowHighlighted) -> None:
        """Write another row out."""
        event.stop()
        self._explain()

    def _explain(self) -> None:
        place = self.query_one(NumberTable).cursor_row
        if self._found is not None and 0 <= place < len(self._found.rows):
            told = _told(self._found.rows[place])
            self.query_one(".explained", Static).update(told)


def _cells(row: Row, first: Row) -> list[Text]:
    style = "" if row.same else "dim"
    apart = f"{row.difference:+,}".replace("-", "−") if row.difference else ""
    return [
        Text(framework_words(row), style),
        _gates(gates_of(row), gates_of(first)),
        Text(f"{row.total:,}", style, justify="right"),
        Text(apart, style, justify="right"),
    ]


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
