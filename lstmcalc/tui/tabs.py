"""The tabs, which change at once: what was told later could be of a tab that is left already."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import TabbedContent, TabPane, Tabs

PREFIX = "--content-tab-"
"""Before the name of a pane in the name of its tab."""


class Panes(TabbedContent):
    """The panes of the views; `opened` is called whenever another one is."""

    def __init__(self, initial: str, opened: Callable[[], None]) -> None:
        super().__init__(initial=initial)
        self._first = initial
        self._opened = opened

    def on_mount(self) -> None:
        """Follow the tabs, which keys and the mouse change."""
        self.watch(self.query_one(Tabs), "active", self._follow, init=False)
        self.watch(self, "active", self._opened, init=False)

    @property
    def pane(self) -> TabPane:
        """The one that is open; before the tabs are there, the one that will be."""
        return self.query_one(f"#{self.active or self._first}", TabPane)

    def _follow(self, tab: str) -> None:
        if tab:
            self.active = tab.removeprefix(PREFIX)

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        """It was followed already."""
        event.stop()
        event.prevent_default()

    def on_tab_pane_focused(self, event: TabPane.Focused) -> None:
        """A pane's focus follows its tab here, and not the other way."""
        event.stop()
        event.prevent_default()
