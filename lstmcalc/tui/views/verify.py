"""Verify: each check of the report, and what it was compared with."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult

from lstmcalc.render.terminal import verdict_text
from lstmcalc.tui.views.view import Paper, Shown, View, ruler
from lstmcalc.verdict import Verdict

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
        self._verdict: Verdict | None = None
        self._doing = ""

    def show(self, shown: Shown) -> None:
        """The verdict says it all."""

    def judge(self, verdict: Verdict | None, doing: str) -> None:
        """Show the verdict, or what is being done for it."""
        self._verdict, self._doing = verdict, doing
        self._write()

    def on_resize(self, _: events.Resize) -> None:
        """Set the text anew."""
        self._write()

    def _write(self) -> None:
        paper = self.query_one(Paper)
        if self._verdict is None:
            text = Text(f"◌ {self._doing or 'waiting'} …", "yellow")
        else:
            text = verdict_text(self._verdict, ruler(paper.columns))
        paper.write(text.append(f"\n\n{ABOUT}", "dim italic"))
