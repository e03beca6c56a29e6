"""What the tabs have in common."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from rich.console import Console
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message as Event
from textual.widgets import Static

from lstmcalc.commands.known import MAIN, Command
from lstmcalc.commands.request import read_request
from lstmcalc.network import Network
from lstmcalc.report import Report, calculate
from lstmcalc.tui.known import Known


class Shown(NamedTuple):
    """What the app shows: what is said for each option, and the report of it."""

    said: Mapping[str, Any]
    report: Report

    @property
    def network(self) -> Network:
        """The network."""
        return self.report.network


def read(said: Mapping[str, Any]) -> Shown:
    """What is said, as the main command answers it.

    Raises:
        LstmcalcError: it makes no network.
    """
    request = read_request(MAIN.fitting(said), MAIN)
    return Shown(said, calculate(request.network, **request.run))


class View(Vertical):
    """A tab: it shows something of a network; its command prints the same."""

    title: ClassVar[str]
    key: ClassVar[str]
    about: ClassVar[str]
    command: ClassVar[Command] = MAIN
    focus_on: ClassVar[str] = "Paper"

    @classmethod
    def tab(cls) -> str:
        """The name of its tab among the widgets."""
        return f"{cls.__name__.lower()}-tab"

    class Turned(Event):
        """Something was turned in the view: its command says something else."""

    def asks(self, shown: Shown) -> dict[str, Any]:
        """What is said to the view's command for what the view shows."""
        return dict(shown.said)

    def says(self, shown: Shown) -> dict[str, Any]:
        """The same with what only matters where it is printed."""
        return self.asks(shown)

    def show(self, shown: Shown) -> None:
        """Show another network."""
        raise NotImplementedError

    def tell(self, known: Known) -> None:
        """Show what is known of what the view asks for."""


class Paper(VerticalScroll):
    """Text that is set anew when its width changes."""

    DEFAULT_CSS = "Paper > Static { width: 100%; }"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._text = Static()

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    @property
    def columns(self) -> int:
        """Columns there are for text."""
        return max(20, self.scrollable_content_region.width)

    def write(self, text: Text) -> None:
        """Show other text."""
        self._text.update(text)


def ruler(columns: int) -> Console:
    """A console that only measures: text is wrapped for so many columns."""
    return Console(width=columns, file=io.StringIO(), color_system=None)
