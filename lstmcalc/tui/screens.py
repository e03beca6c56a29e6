"""What lies over the app for a moment: help, and where to write the view."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from lstmcalc.commands.words import FORMATS
from lstmcalc.errors import ConfigurationError
from lstmcalc.save import check_place
from lstmcalc.tui.exports import Export
from lstmcalc.tui.fields import SWITCHED, Choice
from lstmcalc.tui.inputs import TextInput

ENDINGS = {"markdown": "md", "latex": "tex"}
"""Of files whose ending is not the format's name."""
WRITTEN = tuple(name for name in FORMATS if name != "table")


class FileInput(TextInput):
    """Where to write: enter writes at once, and not when its turn comes among the messages."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.write", show=False)]


class ExportScreen(ModalScreen[Export | None]):
    """Asks for a format and a file; an existing file is kept unless that is said."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("enter,ctrl+s", "write", "write"),
    ]

    def __init__(self, stem: str, command: str) -> None:
        super().__init__()
        self._stem = stem
        self._command = command

    def compose(self) -> ComposeResult:
        """The format, the file, and whether it may be replaced."""
        with Vertical(classes="dialog"):
            yield Label("Export what this command prints", classes="title")
            yield Static(classes="command")
            yield Choice("format", WRITTEN, WRITTEN[0])
            yield Choice("replace", SWITCHED, SWITCHED[0])
            yield FileInput(compact=True, select_on_focus=False)
            yield Static(classes="error")
            yield Static("enter writes · ← → turn · tab goes on · esc closes", classes="hint")

    def on_mount(self) -> None:
        """Begin with a name that says what is in the file; format and ending follow each other."""
        name = self.query_one(FileInput)
        name.value = f"{self._stem}.{_ending(self._format)}"
        self.watch(self.query(Choice).first(), "value", self._end_name, init=False)
        self.watch(name, "value", self._match_format, init=False)
        self._tell()
        self.set_focus(name)

    @property
    def _format(self) -> str:
        return self.query(Choice).first().value

    def _tell(self) -> None:
        said = f"{self._command} --format {self._format}"
        self.query_one(".command", Static).update(Text(f"$ {said}", "dim"))

    def _end_name(self) -> None:
        """Another format has another ending."""
        name = self.query_one(FileInput)
        ending = Path(name.value).suffix
        name.value = f"{name.value.removesuffix(ending)}.{_ending(self._format)}"
        self._tell()

    def _match_format(self, name: str) -> None:
        """A name with the ending of another format asks for that."""
        ending = Path(name).suffix.removeprefix(".").lower()
        for format_ in WRITTEN:
            if ending == _ending(format_):
                self.query(Choice).first().value = format_

    def action_write(self) -> None:
        """Close with what is asked for, where a file can go there."""
        if not self.is_current:
            return  # a second enter, on a screen that is closed already
        said = self.query_one(FileInput).value.strip()
        replace = self.query(Choice).last().value == SWITCHED[1]
        try:
            if not said:
                raise ConfigurationError("the file", "it has no name", "give one")
            path = Path(said).expanduser()
            check_place(path, replace, "choose another name, or turn replace to yes")
        except (OSError, RuntimeError, ValueError) as error:  # ours is a ValueError
            self.query_one(".error", Static).update(Text(f"✗ {error}"))
            return
        self.dismiss(Export(self._format, path, replace))


def _ending(format_: str) -> str:
    return ENDINGS.get(format_, format_)


class HelpScreen(ModalScreen[None]):
    """What the focused thing and the tab are for, and every key that works there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "close"),
    ]

    def __init__(self, topics: list[tuple[str, str]], keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._topics = topics
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Topics, then keys."""
        text = Text()
        for title, words in self._topics:
            text.append(f"{title}\n", "bold").append(f"{words}\n\n")
        text.append("Keys here\n", "bold")
        keys: dict[str, list[str]] = {}
        for key, words in self._keys:
            keys.setdefault(words, []).append(key)
        width = max((len(" ".join(own)) for own in keys.values()), default=0)
        for words, own in keys.items():
            key = " ".join(own)
            text.append(f"  {key:>{width}}  ", "bold cyan").append(f"{words}\n")
        with VerticalScroll(classes="dialog"):
            yield Static(text)

    def on_click(self) -> None:
        """A click closes it."""
        self.dismiss(None)
