"""One row of the form for each option: a size to type, or a choice to turn."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Label, Static

from lstmcalc.commands.values import read_value
from lstmcalc.commands.words import HIDDEN, INPUT, Option
from lstmcalc.tui.inputs import TYPING, SizeInput

LABEL = 14
"""Columns of a row's name."""
SWITCHED = ("no", "yes")


class Choice(Widget, can_focus=True):
    """One of a few words, turned with ← and → or a click: `‹ lstm ›`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "previous choice", show=False, id="choice.previous"),
        Binding("right,space", "turn(1)", "next choice", show=False, id="choice.next"),
    ]
    value: reactive[str] = reactive("")

    def __init__(self, label: str, choices: tuple[str, ...], value: str) -> None:
        super().__init__()
        self._label = label
        self._choices = choices
        self.set_reactive(Choice.value, value)

    def action_turn(self, by: int) -> None:
        """Choose the next word or the one before."""
        place = self._choices.index(self.value) + by
        self.value = self._choices[place % len(self._choices)]

    def on_click(self, event: events.Click) -> None:
        """The mark on the left turns back, all else turns on."""
        self.action_turn(-1 if event.x <= self._start else 1)

    @property
    def _start(self) -> int:
        """The column of the left mark: the longest word has room to its right."""
        return max(0, min(LABEL, self.size.width - max(map(len, self._choices)) - len("‹  ›")))

    def render(self) -> Text:
        """The row."""
        text = Text(self._label.ljust(self._start)[: self._start], no_wrap=True)
        return text.append("‹ ", "dim").append(self.value, "bold").append(" ›", "dim")


class Field(Vertical):
    """An option's row: its name, what is said for it, and under it why that cannot be."""

    def __init__(self, option: Option, default: Any) -> None:
        super().__init__(id=option.name)
        self.option = option
        self.tooltip = option.help
        self._default = default
        self._error = Static(classes="error")
        self._why = ""
        self.control: SizeInput | Choice
        if option.takes == "nothing":
            self.control = Choice(option.name, SWITCHED, SWITCHED[0])
        elif option.choices:
            self.control = Choice(option.name, option.choices, default)
        else:
            self.control = SizeInput(
                default, option.name in (HIDDEN, INPUT), several=option.name == HIDDEN
            )

    def compose(self) -> ComposeResult:
        """The row, and the line for what is wrong."""
        if isinstance(self.control, SizeInput):
            with Horizontal():
                yield Label(self.option.name)
                yield self.control
        else:
            yield self.control
        yield self._error

    @property
    def said(self) -> Any:
        """What is said: text, True, or None where nothing is."""
        if isinstance(self.control, SizeInput):
            return self.control.said
        if self.option.takes == "nothing":
            return self.control.value == SWITCHED[1] or None
        return self.control.value if self.control.value != self._default else None

    def say(self, value: Any) -> None:
        """Show what is said."""
        if isinstance(self.control, SizeInput):
            self.control.value = "" if value is None else str(value)
            self.control.cursor_position = 0  # the beginning of a long list is to be seen
        elif self.option.takes == "nothing":
            self.control.value = SWITCHED[bool(value)]
        else:
            # others' words for a choice are read here too
            self.control.value = self._default if value is None else read_value(self.option, value)

    @property
    def help(self) -> str:
        """What it is for, and what may be typed."""
        typing = f"\n{TYPING}" if isinstance(self.control, SizeInput) else ""
        return f"{self.option.help}{typing}"

    def blame(self, why: str) -> None:
        """Show why it cannot be; nothing where it can."""
        if why != self._why:
            self._why = why
            self.set_class(bool(why), "wrong")
            self._error.update(Text(f"✗ {why}"))
