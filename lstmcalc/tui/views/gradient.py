"""Gradient: how far it reaches, in an RNN, a GRU and an LSTM, with a forget bias to turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from lstmcalc.commands.known import GRADIENTS
from lstmcalc.render.braille import AXIS
from lstmcalc.render.terminal import head_text, tables_text, verdict_text
from lstmcalc.tui.fields import Choice
from lstmcalc.tui.known import Known
from lstmcalc.tui.views.view import Paper, Shown, View, ruler

if TYPE_CHECKING:
    from lstmcalc.reach import Reach

BIASES = ("0", "0.5", "1", "1.5", "2", "2.5", "3", "4", "5", "6", "8")
START = "1"
AROUND = 13
"""Lines of words above and below the plot that are to be seen with it."""
WIDEST, LOWEST, HIGHEST = 90, 6, 24
OWN = ("seq-len", "batch")
"""What is said of the run, but not to this one: it is as long as makes cells comparable."""


class Gradient(View):
    """The norm of the gradient at every step back, on a log scale, and what it means."""

    title = "Gradient"
    key = "g"
    about = (
        "The norm of the loss's gradient at every step back, relative to the last step's.\n"
        "Turn the forget bias with ← and →: 0 is as torch draws it, 1 is the usual advice.\n"
        "Vanishes: what is left is too small to be added to 1 in float32."
    )
    command = GRADIENTS
    focus_on = "Choice"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"scroll('{key}')", f"scroll {key}", show=False, id=f"gradient.{key}")
        for key in ("up", "down", "pageup", "pagedown", "home", "end")
    ]

    def compose(self) -> ComposeResult:
        """The bias to turn, how the proof comes out, and the curves."""
        yield Choice("forget bias", BIASES, START)
        yield Static(classes="told")
        yield Paper()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._reach: Reach | None = None
        self._known = Known()
        self.watch(self.query_one(Choice), "value", self._turn, init=False)

    def asks(self, shown: Shown) -> dict[str, Any]:
        """The usual cells and the network's own, LSTMs as drawn and with the bias."""
        from lstmcalc.commands.gradients import comparable  # imports NumPy

        own = shown.network.layers[0].cell.name
        said = {name: value for name, value in shown.said.items() if name not in (*OWN, "cell")}
        said["cells"] = ",".join(dict.fromkeys((*comparable(shown.network), own)))
        biases = dict.fromkeys(("0", self.query_one(Choice).value))
        return {**said, "forget-bias": ",".join(biases)}

    def show(self, shown: Shown) -> None:
        """The curves that were drawn are of another network."""
        self._reach = None

    def tell(self, known: Known) -> None:
        """Draw the curves as soon as they are known; until then those with another bias stay."""
        self._known = known
        if known.subject is not None or known.verdict is not None:
            self._reach = known.subject
        self._write()

    def _turn(self) -> None:
        """Ask for the curve with another bias."""
        self.post_message(self.Turned())

    def action_scroll(self, key: str) -> None:
        """Scroll the curves and words, although the bias is focused."""
        paper = self.query_one(Paper)
        moves = {
            "up": paper.scroll_up, "down": paper.scroll_down, "home": paper.scroll_home,
            "pageup": paper.scroll_page_up, "pagedown": paper.scroll_page_down,
            "end": paper.scroll_end,
        }  # fmt: skip
        moves[key]()

    def on_resize(self, _: events.Resize) -> None:
        """Draw anew."""
        self._write()

    def _write(self) -> None:
        line = self._known.line
        if self._reach is not None and self._known.subject is None:
            line.append(" · below is what was known")
        self.query_one(".told", Static).update(line)
        paper = self.query_one(Paper)
        paper.write(Text("") if self._reach is None else self._curves(self._reach, paper))

    def _curves(self, reach: Reach, paper: Paper) -> Text:
        from lstmcalc.render.pages.reach import page  # imports NumPy

        width = min(paper.columns - AXIS, WIDEST)
        height = min(HIGHEST, max(LOWEST, self.size.height - AROUND))
        found, console = page(reach, None, width, height), ruler(paper.columns)
        parts = [tables_text(found.tables, console, drawn_first=True), head_text(found)]
        if self._known.subject is not None and self._known.verdict is not None:
            parts.insert(1, verdict_text(self._known.verdict, console))
        return Text("\n\n").join(parts)
