"""Forward: the real forward pass, every gate and state over time, one step at a time."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.widgets import Static

from lstmcalc.commands.known import STEP
from lstmcalc.tui.heatmaps import Heatmaps
from lstmcalc.tui.known import Known
from lstmcalc.tui.views.view import Shown, View


class Forward(View):
    """The heatmaps, and how their proof came out."""

    title = "Forward"
    key = "f"
    about = (
        "The real forward pass with random weights: a column is a step, a cell one unit.\n"
        "← → or , . step, space plays, a click goes to a step; ↑ ↓ or a click on a name show "
        "other units, [ ] or a click on the first line another layer or direction."
    )
    command = STEP
    focus_on = "Heatmaps"

    def compose(self) -> ComposeResult:
        """The heatmaps over their verdict."""
        yield Heatmaps()
        yield Static(classes="told")

    def asks(self, shown: Shown) -> dict[str, Any]:
        """As many steps as the report has."""
        return {**shown.said, "seq-len": str(shown.report.run.seq_len)}

    def says(self, shown: Shown) -> dict[str, Any]:
        """And the step that is shown."""
        at = min(self.query_one(Heatmaps).t, shown.report.run.seq_len)
        return {**self.asks(shown), "at": str(at)}

    def show(self, shown: Shown) -> None:
        """The film is of another network until its own is known."""

    def tell(self, known: Known) -> None:
        """Show the film as soon as it is there, then how its proof came out."""
        maps = self.query_one(Heatmaps)
        maps.load(known.subject)
        maps.display = not known.missing  # why stands there instead
        if known.missing and maps.has_focus:
            self.screen.set_focus(None)
        self.query_one(".told", Static).update(known.line)

    def on_heatmaps_moved(self, event: Heatmaps.Moved) -> None:
        """The command names the step."""
        event.stop()
        self.post_message(self.Turned())
