"""Verify: each check of the report, and what it was compared with."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult

from lstmcalc.render.terminal import verdict_text
from lstmcalc.tui.known import Known
from lstmcalc.tui.views.view import Paper, Shown, View, ruler

ABOUT = (
    "torch builds the same network with random weights, runs it, and differentiates it; each line "
    "is one comparison with our numbers and our equations."
)


class Verify(View):
    """Every check with its evidence."""

    title = "Verify"
    key = "v"
    about = f"{ABOUT}\nr runs the checks again."

    def compose(self) -> ComposeResult:
        """The checks."""
        yield Paper()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._known = Known()

    def show(self, shown: Shown) -> None:
        """The verdict says it all."""

    def tell(self, known: Known) -> None:
        """Show the verdict, or what is being done for it."""
        self._known = known
        self._write()

    def on_resize(self, _: events.Resize) -> None:
        """Set the text anew."""
        self._write()

    def _write(self) -> None:
        paper, verdict = self.query_one(Paper), self._known.verdict
        text = self._known.line if verdict is None else verdict_text(verdict, ruler(paper.columns))
        paper.write(Text("\n\n").join([text, Text(ABOUT, "dim italic")]))
