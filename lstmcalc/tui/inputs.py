"""Lines of text: one for anything, and one for sizes, whose other letters are keys of the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Input

from lstmcalc.commands.request import read_hidden
from lstmcalc.errors import LstmcalcError
from lstmcalc.sizes import parse_size
from lstmcalc.tui.fitting import MORE, cut

NONE, NEEDED = "none", "needed"
DIGITS = frozenset("0123456789.,-+_ ")
"""Characters of sizes, and of mistakes in them."""
UNITS = frozenset("kKmMGeE")
"""Letters that go on with a number: 1k, 1.5M, 1e6; g alone is a key of the app."""
TYPING = (
    "Type digits, with k, M or G behind them for thousands, millions and so on, or the word none "
    "where it stands; other letters are keys of the app. ↑ ↓ add and take 1, page keys double and "
    "halve. A pasted command (lstmcalc 256 64 --classes 3) is taken for all it says."
)


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
    if text.strip().lower() in ("", "0", NONE):
        return str(max(1, change(default or 0)))
    try:
        sizes = read_hidden(text) if several else [parse_size("size", text)]
    except LstmcalcError:
        return text
    return ",".join(str(max(1, change(size))) for size in sizes)


def goes_on(before: str, character: str, after: str, word: str) -> bool:
    """Whether a character goes on with a size, or with the word that the field shows.

    >>> [goes_on("128", letter, "", "none") for letter in ("9", "k", "q", "n")]
    [True, True, False, False]
    >>> goes_on("", "k", "", "none"), goes_on("", "n", "", "none"), goes_on("n", "o", "", "none")
    (False, True, True)
    """
    if character in DIGITS or (character in UNITS and before[-1:].isdigit()):
        return True
    return not after.strip() and word.startswith((before + character).lstrip().lower())


class TextInput(Input):
    """A line that marks what does not fit, so that half a number is not taken for a whole one."""

    def render_line(self, y: int) -> Strip:
        """The line with a mark at each end where there is more."""
        strip, width = super().render_line(y), self.scrollable_content_region.width
        if y or len(self.value) < width or width < len(MORE):
            return strip
        if not self.has_focus:
            text = cut(self.value, width, lists=True)
            text = self.value[: width - 1] + MORE if text == MORE else text
            return Strip([Segment(text.ljust(width + 1))]).apply_style(self.rich_style)
        start = int(self.scroll_offset.x)
        mark = Strip([Segment(MORE, self.rich_style)])
        if start:
            strip = Strip.join([mark, strip.crop(1)])
        if len(self.value) - start > width:
            strip = Strip.join([strip.crop(0, width - 1), mark, strip.crop(width)])
        return strip


class SizeInput(TextInput):
    """A line for a size."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "change(1)", "one more", show=False, id="size.more"),
        Binding("down", "change(-1)", "one less", show=False, id="size.less"),
        Binding("pageup", "double", "twice the size", show=False, id="size.double"),
        Binding("pagedown", "halve", "half the size", show=False, id="size.halve"),
    ]

    def __init__(self, default: int | None, needed: bool, several: bool) -> None:
        missing = NEEDED if needed else NONE if default is None else f"{default:,}"
        # Textual selects when it is told of the focus, which is after keys that came at once
        super().__init__(compact=True, placeholder=missing, max_length=1000, select_on_focus=False)
        self._default = default
        self._several = several
        self._word = missing if missing == NONE else ""

    @property
    def said(self) -> str | None:
        """What is said, None where nothing is or the word for nothing."""
        text = self.value.strip()
        return None if not text or text.lower() == self._word else text

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is typed here; all others are keys of the app."""
        if character is None or not character.isprintable():
            return False
        start, end = sorted(self.selection)
        return goes_on(self.value[:start], character, self.value[end:], self._word)

    def _on_key(self, event: events.Key) -> None:  # type: ignore[override]
        """Leave other characters to the app."""
        if event.is_printable and not self.check_consume_key(event.key, event.character):
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
