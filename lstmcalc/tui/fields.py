"""One row of the form for each option: a size to type, or a choice to turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from lstmcalc.commands.request import read_hidden
from lstmcalc.commands.values import read_value
from lstmcalc.commands.words import HIDDEN, INPUT, Option
from lstmcalc.errors import LstmcalcError
from lstmcalc.sizes import parse_size

LABEL = 14
"""Columns of a row's name."""
TYPED = frozenset("0123456789.,-_ kKMeE")
"""Characters of sizes, and of mistakes in them; all others are keys of the app."""
NONE, NEEDED = "none", "needed"
SWITCHED = ("no", "yes")


def stepped(
    text: str, default: int | None, change: Callable[[int], int], several: bool = False
) -> str:
    """A size, or each of `several`, after a change; what is no size stays as it is.

    >>> stepped("128", None, lambda size: size * 2), stepped("", 1, lambda size: size + 1)
    ('256', '2')
    >>> stepped("1,150", None, lambda size: size + 1), stepped("1", None, lambda size: size - 1)
    ('1151', '1')
    >>> stepped("1150,400", None, lambda size: size // 2, several=True)
    '575,200'
    """
    if text.strip() in ("", "0"):
        return str(max(1, change(default or 0)))
    try:
        sizes = read_hidden(text) if several else [parse_size("size", text)]
    except LstmcalcError:
        return text
    return ",".join(str(max(1, change(size))) for size in sizes)


class SizeInput(Input):
    """A line for a size; letters that no size has reach the app."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "change(1)", "one more", show=False, id="size.more"),
        Binding("down", "change(-1)", "one less", show=False, id="size.less"),
        Binding("pageup", "double", "twice the size", show=False, id="size.double"),
        Binding("pagedown", "halve", "half the size", show=False, id="size.halve"),
    ]

    def __init__(self, default: int | None, needed: bool, several: bool) -> None:
        missing = NEEDED if needed else NONE if default is None else f"{default:,}"
        super().__init__(compact=True, placeholder=missing, max_length=1000)
        self._default = default
        self._several = several

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is typed here: a digit, or another character of sizes."""
        return character is not None and character in TYPED

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        """Leave other characters to the app."""
        if event.is_printable and event.character not in TYPED:
            event.prevent_default()

    def action_change(self, by: int) -> None:
        """Add to the size."""
        self._become(lambda size: size + by)

    def action_double(self) -> None:
        """Twice the size."""
        self._become(lambda size: size * 2)

    def action_halve(self) -> None:
        """Half the size."""
        self._become(lambda size: size // 2)

    def _become(self, change: Callable[[int], int]) -> None:
        self.value = stepped(self.value, self._default, change, self._several)


class Choice(Widget, can_focus=True):
    """One of a few words, turned with ← and → or a click: `‹ lstm ›`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "previous choice", show=False, id="choice.previous"),
        Binding("right,space", "turn(1)", "next choice", show=False, id="choice.next"),
    ]

    class Turned(Message):
        """Another word was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, label: str, choices: tuple[str, ...], value: str) -> None:
        super().__init__()
        self._label = label
        self._choices = choices
        self.value = value

    def turn_to(self, value: str) -> None:
        """Choose a word."""
        if value != self.value:
            self.value = value
            self.refresh()

    def action_turn(self, by: int) -> None:
        """Choose the next word or the one before."""
        place = self._choices.index(self.value) + by
        self.turn_to(self._choices[place % len(self._choices)])
        self.post_message(self.Turned(self))

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

    class Changed(Message):
        """Something else is said."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, option: Option, default: Any) -> None:
        super().__init__(id=option.name)
        self.option = option
        self.tooltip = option.help
        self._default = default
        self._error = Static(classes="error")
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
            return self.control.value.strip() or None
        if self.option.takes == "nothing":
            return self.control.value == SWITCHED[1] or None
        return self.control.value if self.control.value != self._default else None

    def say(self, value: Any) -> None:
        """Show what is said, without a message."""
        if isinstance(self.control, SizeInput):
            with self.control.prevent(Input.Changed):
                self.control.value = "" if value is None else str(value)
                self.control.cursor_position = 0  # the beginning of a long list is to be seen
        elif self.option.takes == "nothing":
            self.control.turn_to(SWITCHED[bool(value)])
        else:
            # others' words for a choice are read here too
            self.control.turn_to(self._default if value is None else read_value(self.option, value))

    def blame(self, why: str) -> None:
        """Show why it cannot be; nothing where it can."""
        if self.has_class("wrong") or why:
            self.set_class(bool(why), "wrong")
            self._error.update(Text(f"✗ {why}"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(self.Changed(self.option.name))

    def on_choice_turned(self, event: Choice.Turned) -> None:
        """Tell the form."""
        event.stop()
        self.post_message(self.Changed(self.option.name))
