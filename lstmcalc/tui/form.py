"""The configuration: a row for each option, and the command that says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from lstmcalc.commands.known import MAIN, TUI
from lstmcalc.commands.request import read_hidden
from lstmcalc.commands.values import read_value
from lstmcalc.commands.wording import default
from lstmcalc.commands.words import HIDDEN, INPUT, Option
from lstmcalc.errors import ConfigurationError, LstmcalcError
from lstmcalc.tui.fields import Field
from lstmcalc.tui.fitting import broken
from lstmcalc.tui.inputs import SizeInput
from lstmcalc.tui.views.view import read

SIZES = (
    Option(HIDDEN, "network", "units of the cell; 1150,1150,400 gives each layer its own"),
    Option(INPUT, "network", "features of x at each step, or the length of a word's vector"),
)


def options() -> Iterator[Option]:
    """The rows in their order: the cell, the two sizes, and what else makes a network and a run."""
    cell, *rest = (option for option in TUI.options if option.argument)
    yield from (cell, *SIZES, *rest)


class Form(Vertical):
    """Every option of the network and the run, validated as it is said."""

    def compose(self) -> ComposeResult:
        """A row for each option, a line before the run's, and the command."""
        with VerticalScroll(can_focus=False):
            group = ""
            for option in options():
                if group and option.group != group:
                    yield Static("one run of it", classes="heading")
                group = option.group
                yield Field(option, None if option in SIZES else default(MAIN, option))
        yield Line()

    @property
    def fields(self) -> list[Field]:
        """The rows."""
        return list(self.query(Field))

    @property
    def said(self) -> dict[str, Any]:
        """What is said for each option, by its name, without those that are left out."""
        found = {field.option.name: field.said for field in self.fields}
        return {name: value for name, value in found.items() if value is not None}

    def say(self, said: Mapping[str, Any]) -> None:
        """Say something else, all of it."""
        for field in self.fields:
            field.say(said.get(field.option.name))

    def count_layers(self, layers: int) -> None:
        """Where a list of sizes says how many layers there are, show that as what is meant."""
        self.query_one("#layers SizeInput", SizeInput).placeholder = f"{layers:,}"

    def blame(self, faults: Mapping[str, str]) -> None:
        """Show on each row what is wrong with it."""
        for field in self.fields:
            field.blame(faults.get(field.option.name, ""))


class Line(Widget):
    """The command line that gives what is shown; a click copies it."""

    LINES = 6

    def __init__(self) -> None:
        super().__init__()
        self.words = ""

    def show(self, words: str) -> None:
        """Show other words."""
        if words != self.words:
            self.words = words
            self.refresh(layout=True)

    def _lines(self, width: int) -> list[str]:
        return broken(f"$ {self.words}", max(width, 2), self.LINES)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the words take, or as there may be."""
        return len(self._lines(width))

    def render(self) -> Text:
        """The words, broken between them."""
        return Text("\n".join(self._lines(self.content_size.width)))

    class Clicked(Message):
        """It is to be copied."""

    def on_click(self) -> None:
        """Copy it."""
        self.post_message(self.Clicked())


def mistakes(said: Mapping[str, Any], why: str) -> dict[str, str]:
    """What is wrong with what is said, by the option that it is about; `why` is all of it at once.

    Options that are only wrong together can be mended by leaving one of them out: it is about that
    one, and of several about the last, which is what asks for the others.
    """
    alone = {option.name: _refusal(partial(_read, option, said)) for option in options()}
    found = {name: refusal for name, refusal in alone.items() if refusal}
    return found or {_culprit(said, why): why}


def _culprit(said: Mapping[str, Any], why: str) -> str:
    names = [option.name for option in options() if option.name in said and option not in SIZES]
    rests = {name: {other: said[other] for other in said if other != name} for name in names}
    others = {name: _refusal(partial(read, rest)) for name, rest in rests.items()}
    mended = [name for name, other in others.items() if not other]
    changed = [name for name, other in others.items() if other != why]
    return (mended or changed or [HIDDEN])[-1]


def _refusal(attempt: Callable[[], Any]) -> str:
    """Why it is refused; nothing where it is not."""
    try:
        attempt()
    except LstmcalcError as error:
        return str(error)
    return ""


def _read(option: Option, said: Mapping[str, Any]) -> None:
    value = said.get(option.name)
    if value is None and option in SIZES:
        raise ConfigurationError(option.name, "missing", "give a whole number such as 128")
    if option.name == HIDDEN:
        read_hidden(str(value))
    elif value is not None:
        read_value(option, value)
