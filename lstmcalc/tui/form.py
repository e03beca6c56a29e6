"""The configuration: a row for each option, and the command that says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static

from lstmcalc.commands.known import MAIN, TUI
from lstmcalc.commands.request import read_hidden
from lstmcalc.commands.values import read_value
from lstmcalc.commands.wording import default
from lstmcalc.commands.words import HIDDEN, INPUT, Option
from lstmcalc.errors import ConfigurationError, LstmcalcError
from lstmcalc.tui.fields import Field, SizeInput

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

    class Changed(Message):
        """Something else is said; `name` is the option, or nothing where it was all of them."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

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
        """Say something else, all at once."""
        for field in self.fields:
            field.say(said.get(field.option.name))
        self.post_message(self.Changed(""))

    def count_layers(self, layers: int) -> None:
        """Where a list of sizes says how many layers there are, show that as what is meant."""
        self.query_one("#layers SizeInput", SizeInput).placeholder = f"{layers:,}"

    def blame(self, faults: Mapping[str, str]) -> None:
        """Show on each row what is wrong with it."""
        for field in self.fields:
            field.blame(faults.get(field.option.name, ""))

    def on_field_changed(self, event: Field.Changed) -> None:
        """Pass it on."""
        event.stop()
        self.post_message(self.Changed(event.name))


class Line(Static):
    """The command line that gives what is shown; a click copies it."""

    def show(self, words: str) -> None:
        """Show other words."""
        self.update(Text("$ ", "dim").append(words, "not dim"))

    class Clicked(Message):
        """It is to be copied."""

    def on_click(self) -> None:
        """Copy it."""
        self.post_message(self.Clicked())


def faults(said: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with single options, each by itself."""
    found = {}
    for option in options():
        try:
            _read(option, said.get(option.name))
        except LstmcalcError as error:
            found[option.name] = str(error)
    return found


def _read(option: Option, value: Any) -> None:
    if value is None and option in SIZES:
        raise ConfigurationError(option.name, "missing", "give a whole number such as 128")
    if option.name == HIDDEN:
        read_hidden(str(value))
    elif value is not None:
        read_value(option, value)
