"""Gradient: how far it reaches, in an RNN, a GRU and an LSTM, with a forget bias to turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult

from lstmcalc.commands.known import GRADIENTS
from lstmcalc.render.terminal import head_text, tables_text, verdict_text
from lstmcalc.tui.fields import Choice
from lstmcalc.tui.jobs import Answered, Doing, Message, Proved, Refused
from lstmcalc.tui.views.view import Paper, Shown, View, ruler
from lstmcalc.verdict import Verdict

if TYPE_CHECKING:
    from lstmcalc.reach import Reach

BIASES = ("0", "0.5", "1", "1.5", "2", "2.5", "3", "4", "5", "6", "8")
START = "1"
AXIS = 8
"""Columns left of the plot."""
AROUND = 11
"""Lines of words above and below the plot that are to be seen with it."""
WIDEST, LOWEST, HIGHEST = 90, 6, 24
OWN = ("seq-len", "batch")
"""What is said of the run, but not to this one: over 200 steps cells can be compared."""


class Gradient(View):
    """The norm of the gradient at every step back, on a log scale, and what it means."""

    title = "Gradient"
    key = "g"
    about = (
        "The norm of the loss's gradient at every step back, relative to the last step's.\n"
        "Turn the forget bias with ← and →: 0 is as torch draws it, 1 is the usual advice.\n"
        "A gradient below 1.2e-07 is lost when it is added to 1 in float32."
    )
    command = GRADIENTS
    focus_on = "Choice"

    def compose(self) -> ComposeResult:
        """The bias to turn, and the curves."""
        yield Choice("forget bias", BIASES, START)
        yield Paper()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._reach: Reach | None = None
        self._verdict: Verdict | None = None
        self._doing = "waiting"
        self._why = ""

    def asks(self, shown: Shown) -> dict[str, Any]:
        """The usual three cells and the network's own, LSTMs as drawn and with the bias."""
        from lstmcalc.reach import CELLS  # imports NumPy

        own = shown.network.layers[0].cell.name
        said = {name: value for name, value in shown.said.items() if name not in (*OWN, "cell")}
        said["cells"] = ",".join(dict.fromkeys((*CELLS, own)))
        biases = dict.fromkeys(("0", self.query_one(Choice).value))
        return {**said, "forget-bias": ",".join(biases)}

    def show(self, shown: Shown) -> None:
        """What was drawn is of another network."""
        self._doing = "waiting"
        self._write()

    def hear(self, message: Message) -> None:
        """Draw the curves as soon as they are known, then their proof."""
        match message:
            case Doing(text):
                self._doing = text
            case Answered(subject):
                self._reach, self._verdict, self._why = subject, None, ""
            case Proved(verdict):
                self._verdict, self._doing = verdict, ""
            case Refused(why):
                self._why, self._doing = why, ""
        self._write()

    def on_choice_turned(self, event: Choice.Turned) -> None:
        """Ask for the curve with another bias."""
        event.stop()
        self.post_message(self.Turned())

    def on_resize(self, _: events.Resize) -> None:
        """Draw anew."""
        self._write()

    def _told(self) -> str:
        if not self._doing:
            return ""
        before = "" if self._reach is None else " · below is what was drawn before"
        return f"◌ {self._doing} …{before}\n"

    def _write(self) -> None:
        from lstmcalc.render.pages.reach import page

        paper = self.query_one(Paper)
        text = Text(self._told(), "yellow")
        if self._why:
            text.append(f"✗ {self._why}\n", "red")
        if self._reach is not None:
            width = min(paper.columns - AXIS, WIDEST)
            height = min(HIGHEST, max(LOWEST, self.size.height - AROUND))
            found, console = page(self._reach, None, width, height), ruler(paper.columns)
            text.append_text(tables_text(found.tables, console, drawn_first=True))
            if self._verdict is not None:
                text.append("\n\n").append_text(verdict_text(self._verdict, console))
            text.append("\n\n").append_text(head_text(found))
        paper.write(text)
