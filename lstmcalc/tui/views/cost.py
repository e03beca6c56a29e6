"""Cost: parameters, work and memory, and how they grow."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import ComposeResult

from lstmcalc.render.braille import AXIS
from lstmcalc.render.pages.growth import growth_table
from lstmcalc.render.pages.layout import shapes_table
from lstmcalc.render.pages.report import (
    biases_table,
    bytes_table,
    parts_table,
    work_table,
)
from lstmcalc.render.terminal import tables_text
from lstmcalc.tui.views.view import Paper, Shown, View, ruler

PLOT_HEIGHT = 10
WIDEST = 68


class Cost(View):
    """The tables of work and memory, with bars and a plot."""

    title = "Cost"
    key = "o"
    about = (
        "What the network holds, and what a forward and a backward pass cost.\n"
        "FLOPs are 2 for each MAC of the matrix products; element-wise work stands beside them."
    )

    def compose(self) -> ComposeResult:
        """The tables."""
        yield Paper()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._shown: Shown | None = None

    def says(self, shown: Shown) -> dict[str, Any]:
        """The backward pass too."""
        return {**shown.said, "backward": True}

    def show(self, shown: Shown) -> None:
        """Show another network."""
        self._shown = shown
        self._write()

    def on_resize(self, _: events.Resize) -> None:
        """Set the text anew."""
        self._write()

    def _write(self) -> None:
        if self._shown is None:
            return
        paper, report = self.query_one(Paper), self._shown.report
        width = min(paper.columns - AXIS, WIDEST)
        tables = (
            parts_table(report),
            biases_table(report),
            work_table(report, backward=True),
            bytes_table(report),
            shapes_table(report),
            growth_table(report, width, PLOT_HEIGHT),
        )
        paper.write(tables_text(tables, ruler(paper.columns)))
