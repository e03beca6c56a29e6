"""What is shown follows the form, and what the child process says of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from textual.dom import DOMNode
from textual.notifications import SeverityLevel
from textual.timer import Timer
from textual.widget import Widget

from lstmcalc.commands.known import MAIN
from lstmcalc.commands.wording import command_line
from lstmcalc.errors import LstmcalcError
from lstmcalc.tui.exports import Exports
from lstmcalc.tui.form import Form, Line, mistakes
from lstmcalc.tui.inputs import SizeInput
from lstmcalc.tui.jobs import Job, Message, Refused, job
from lstmcalc.tui.keys import KeysInOrder
from lstmcalc.tui.known import UNKNOWN, Known, Memory
from lstmcalc.tui.prover import Prover, Report
from lstmcalc.tui.summary import Summary
from lstmcalc.tui.tabs import Panes
from lstmcalc.tui.views.view import View, read
from lstmcalc.tui.watch import SERVER, Watch
from lstmcalc.verdict import Verdict

PAUSE = 0.3
"""Seconds without a key before torch is asked."""
BEAT = 1.0
"""Seconds between two signs of life for the watch of a served app."""
FRAME = 1 / 60
"""Seconds from one time that the newest state is shown to the next."""
SETTLE = 0.2
"""Seconds in which the first frame is finished before the child is started."""


class Live(KeysInOrder):
    """An app whose views show the network that its form says.

    A key changes the form at once; once a frame the newest state of the form is read, shown and
    asked about. What acts on the network reads the form before.
    """

    def __init__(
        self,
        said: Mapping[str, Any],
        prover: Callable[[Report], Prover] = Prover,
        frame: float = FRAME,
    ) -> None:
        super().__init__()
        self.prover = prover(self._hear_later)
        self._first = said
        self._frame = frame
        self._due: Timer | bool = False
        self._last_frame = 0.0
        self._said: Mapping[str, Any] | None = None
        self._shown = self._settled = read(said)
        self._mistakes: Mapping[str, str] = {}
        self._begun = False
        self._soon: list[Job] = []
        self._dirty: set[View] = set()
        self._told: tuple[View | None, Known] = (None, UNKNOWN)
        self._memory = Memory()
        self._exports = Exports()
        self._pause: Timer | None = None

    def on_mount(self) -> None:
        """Say to the form what the app was started with, and follow it."""
        self._begun = True
        self._pause = self.set_interval(PAUSE, self._ask, pause=True)
        form = self.query_one(Form)
        form.say(self._first)
        self._first = form.said
        for field in form.fields:
            self.watch(field.control, "value", self._changed, init=False)
        self.watch(self.screen, "focused", self._focused)
        self._changed()
        self.set_timer(SETTLE, self.prover.start)
        if self.is_web:
            watch = Watch(int(os.environ.get(SERVER, os.getppid())))
            watch.start()
            self.set_interval(BEAT, watch.beat)

    async def on_unmount(self) -> None:
        """Leave no process behind."""
        await self.prover.close()

    # what is shown

    @property
    def _open(self) -> bool:
        """Whether there is something to show it on: not before all is there, nor after."""
        return self._begun and self.is_running

    @property
    def view(self) -> View:
        """The view of the tab that is open."""
        return self.query_one(Panes).pane.query_one(View)

    def _changed(self) -> None:
        """Show the newest state when the keys that have come are done, at most once a frame."""
        if not self._due:
            self._due = True
            self.call_later(self._next_frame)

    def _next_frame(self) -> None:
        wait = self._last_frame + self._frame - monotonic()
        if wait > 0:
            self._due = self.set_timer(wait, self._catch_up)
        else:
            self._catch_up()

    def _catch_up(self) -> None:
        """Show the newest state of the form, and what is known of it."""
        if isinstance(self._due, Timer):
            self._due.stop()
        self._due = False
        if not self._open:
            return
        self._last_frame = monotonic()
        with self.batch_update():
            self._read()
            self._show()
            self.query_one(Line).show(self._command)
            self.query_one(Summary).show(self._shown, self.proved, bool(self._mistakes))
        if self._soon != self._jobs and not self._mistakes:
            self._ask_soon()

    def _read(self) -> None:
        """Make the network that the form says, or find out why there is none."""
        form = self.query_one(Form)
        said = form.said
        if said == self._said:
            return
        self._said = said
        try:
            self._shown, self._mistakes = read(said), {}
        except LstmcalcError as error:
            # back from what was only passed on the way to the mistake
            self._shown, self._mistakes = self._settled, mistakes(said, str(error))
        form.blame(self._mistakes)
        form.count_layers(len(self._shown.network.layers))
        self.set_class(bool(self._mistakes), "stale")
        self._dirty = set(self.query(View))

    def _show(self) -> None:
        """Bring the open view up to date."""
        view = self.view
        fresh = view in self._dirty
        if fresh:
            self._dirty.discard(view)
            view.show(self._shown)
        told = view, self._memory[self._job(view)]
        if (
            fresh
            or self._told is None
            or any(a is not b for a, b in zip(told, self._told, strict=True))
        ):
            self._told = told
            view.tell(told[1])

    def settle(self, node: DOMNode | None) -> None:
        """Before anything but the form is acted on: it must be the newest."""
        if self._open and not (isinstance(node, Widget) and self.query_one(Form) in node.ancestors):
            self._read()
            self._show()

    @property
    def _command(self) -> str:
        return command_line(self.view.command, self.view.says(self._shown))

    def _opened(self) -> None:
        """Another tab: show what is due before it is seen, and ask for what is missing."""
        if self._open:
            self._catch_up()
            self._ask()

    def on_view_turned(self) -> None:
        """The open view asks or says something else."""
        self._changed()

    def _focused(self, widget: Widget | None) -> None:
        """What is typed into a size replaces it."""
        if isinstance(widget, SizeInput):
            widget.select_all()

    # what the child process is asked, and what it says

    def _job(self, view: View | None = None) -> Job:
        """What is asked for a view; without one, the proof of the report."""
        if view is None or view.command is MAIN:
            return job(MAIN, self._shown.said)
        return job(view.command, view.asks(self._shown))

    @property
    def _jobs(self) -> list[Job]:
        """What is to be seen: the proof of the report, and the open view."""
        return list(dict.fromkeys((self._job(), self._job(self.view))))

    @property
    def proved(self) -> Verdict | None:
        """What is known of the report's proof."""
        return self._memory[self._job()].verdict

    def _ask_soon(self) -> None:
        """Ask when no other key has come for a moment."""
        self._soon = self._jobs
        if self._pause is not None:
            self._pause.reset()
            self._pause.resume()

    def _ask(self) -> None:
        """Ask for what is to be seen and not yet known."""
        if not self._open:
            return
        if self._pause is not None:
            self._pause.pause()
        self._settled = self._shown
        self._soon = self._jobs
        missing = [one for one in self._soon if self._memory[one].verdict is None]
        self.prover.want([*self._exports.wanted, *missing])

    def _hear_later(self, asked: Job | None, message: Message) -> None:
        """What fails in hearing is then the app's failure, and not the prover's."""
        self.call_later(self._hear, asked, message)

    def _hear(self, asked: Job | None, message: Message) -> None:
        """Show what the child says about a job, wherever it is to be seen."""
        if not self._open:
            return
        if isinstance(message, Refused) and (asked is None or asked == self._job()):
            self._notify(message.why, "torch", "error")
        if asked is None:
            return
        if asked.format:
            for text, title, severity in self._exports.hear(asked, message):
                self._notify(text, title, severity)
            return
        self._memory.hear(asked, message)
        if asked in self._jobs:
            self._changed()

    def _notify(self, text: str, title: str, severity: SeverityLevel = "information") -> None:
        self.notify(text, title=title, severity=severity, markup=False)
