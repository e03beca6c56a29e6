"""The app: the form on the left, a tab for each view on the right, the summary on top."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, TabbedContent, TabPane

from lstmcalc.commands.known import MAIN
from lstmcalc.commands.wording import command_line
from lstmcalc.commands.words import HIDDEN
from lstmcalc.errors import LstmcalcError
from lstmcalc.tui.exports import Export, Exports
from lstmcalc.tui.fields import Field
from lstmcalc.tui.form import Form, Line, faults
from lstmcalc.tui.jobs import Job, Message, Refused, job
from lstmcalc.tui.known import Known, Memory
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tui.prover import Prover, Report
from lstmcalc.tui.screens import WRITTEN, ExportScreen, HelpScreen
from lstmcalc.tui.summary import Summary
from lstmcalc.tui.views.cell import Cell
from lstmcalc.tui.views.cost import Cost
from lstmcalc.tui.views.forward import Forward
from lstmcalc.tui.views.frameworks import Frameworks
from lstmcalc.tui.views.gradient import Gradient
from lstmcalc.tui.views.shapes import Shapes
from lstmcalc.tui.views.verify import Verify
from lstmcalc.tui.views.view import View, read
from lstmcalc.tui.watch import SERVER, Watch
from lstmcalc.verdict import Verdict

VIEWS: tuple[type[View], ...] = (Shapes, Cell, Cost, Forward, Gradient, Frameworks, Verify)
PAUSE = 0.3
"""Seconds without a key before torch is asked."""
BEAT = 1.0
"""Seconds between two signs of life for the watch of a served app."""
SETTLE = 0.2
"""Seconds in which the first frame is finished before the child is started."""


class LstmcalcApp(App[None]):
    """`lstmcalc tui`."""

    TITLE = "lstmcalc"
    CSS_PATH = "app.tcss"
    AUTO_FOCUS = f"#{HIDDEN} SizeInput"
    HORIZONTAL_BREAKPOINTS = [(0, "tiny"), (70, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(view.key, f"view('{view.tab()}')", f"{view.title} tab", show=False,
                    id=f"view.{view.__name__.lower()}")
            for view in VIEWS
        ),
        Binding("p", "presets", "presets", id="presets", tooltip="known networks"),
        Binding("b", "form", "form", show=False, id="form", tooltip="show or hide the form"),
        Binding("x", "export", "export", id="export", tooltip="write this view to a file"),
        Binding("y", "copy", "copy", show=False, id="copy", tooltip="copy the command"),
        Binding("r", "again", "again", show=False, id="again", tooltip="run the proof again"),
        Binding("d", "dark", "dark", show=False, id="dark", tooltip="dark or light"),
        Binding("question_mark", "help", "help", id="help", tooltip="help for what is focused"),
        Binding("escape", "fields", "to the form", show=False, id="fields"),
        Binding("q", "quit", "quit", id="quit", tooltip="leave the app"),
    ]  # fmt: skip

    def __init__(
        self, said: Mapping[str, Any], prover: Callable[[Report], Prover] = Prover
    ) -> None:
        super().__init__()
        self.prover = prover(self._hear_later)
        self._said = said
        self._shown = self._settled = read(said)
        self._begun = False
        self._soon: list[Job] = []
        self._stale = False
        self._dirty: set[View] = set()
        self._memory = Memory()
        self._exports = Exports()
        self._pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """Summary, form, tabs and footer."""
        yield Summary()
        with Horizontal():
            yield Form()
            with TabbedContent(initial=VIEWS[0].tab()):
                for view in VIEWS:
                    with TabPane(_underlined(view), id=view.tab()):
                        yield view()
        yield Footer(show_command_palette=True)

    def on_mount(self) -> None:
        """Say to the form what the app was started with."""
        self._begun = True
        self._pause = self.set_interval(PAUSE, self._ask, pause=True)
        self.query_one(Form).say(self._said)
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
        tabs = self.query_one(TabbedContent)
        return tabs.query_one(f"#{tabs.active}", TabPane).query_one(View)

    def on_form_changed(self, event: Form.Changed) -> None:
        """Show the network that is said, or why there is none."""
        if not self._open:
            return
        form = self.query_one(Form)
        said = form.said
        wrong = faults(said)
        if not wrong:
            try:
                self._shown = read(said)
            except LstmcalcError as error:
                wrong = {event.name or HIDDEN: str(error)}
        with self.batch_update():
            form.blame(wrong)
            self._stale = bool(wrong)
            if wrong:  # back from what was only passed on the way to the mistake
                self._shown = self._settled
            self.set_class(self._stale, "stale")
            form.count_layers(len(self._shown.network.layers))
            self._dirty = set(self.query(View))
            for view in self._dirty - {self.view}:
                view.tell(Known())  # what they have drawn is of another network
            self._paint()
            self._sum_up()
        if not wrong:
            self._ask_soon()

    def _paint(self) -> None:
        """Bring the open view up to date, and the command that prints the same."""
        view = self.view
        if view in self._dirty:
            self._dirty.discard(view)
            view.show(self._shown)
        view.tell(self._memory[self._job(view)])
        self._tell_command()

    @property
    def _command(self) -> str:
        return command_line(self.view.command, self.view.says(self._shown))

    def _tell_command(self) -> None:
        self.query_one(Line).show(self._command)

    def _sum_up(self) -> None:
        self.query_one(Summary).show(self._shown, self.proved, self._stale)

    def on_tabbed_content_tab_activated(self) -> None:
        """Show what is due, and ask for what is missing; the first is told before all is there."""
        if self._open:
            self._paint()
            self._ask()

    def on_view_turned(self) -> None:
        """The open view asks or says something else."""
        self._paint()
        if self._soon != self._jobs:  # a film that plays turns its view all the time
            self._ask_soon()

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
        if asked == self._job():
            self._sum_up()
        if asked == self._job(self.view):
            self.view.tell(self._memory[asked])

    def _notify(self, text: str, title: str, severity: SeverityLevel = "information") -> None:
        self.notify(text, title=title, severity=severity, markup=False)

    # keys

    def action_view(self, tab: str) -> None:
        """Open a tab, and go into it."""
        self.query_one(TabbedContent).active = tab
        view = self.query_one(f"#{tab}", TabPane).query_one(View)
        with suppress(NoMatches):
            view.query_one(view.focus_on).focus()

    def action_form(self) -> None:
        """Show or hide the form."""
        form = self.query_one(Form)
        form.display = not form.display

    def action_fields(self) -> None:
        """Go to the form."""
        self.query_one(Form).display = True
        self.query_one(self.AUTO_FOCUS).focus()

    def action_copy(self) -> None:
        """Copy the command."""
        self.copy_to_clipboard(self._command)
        self._notify(self._command, "copied")

    def on_line_clicked(self) -> None:
        """Copy the command."""
        self.action_copy()

    def action_dark(self) -> None:
        """Dark or light."""
        dark = self.current_theme.dark
        self.theme = "textual-light" if dark else "textual-dark"

    async def action_again(self) -> None:
        """Prove what is to be seen again, in a new process."""
        await self.prover.close()
        for asked in self._jobs:
            self._memory.forget(asked)
        self.prover.start()
        self._paint()
        self._sum_up()
        self._ask()

    def action_export(self) -> None:
        """Ask where to write what the open view's command prints now."""
        view, said = self.view, self.view.says(self._shown)

        def export(asked: Export | None) -> None:
            if asked is not None:
                self._exports.add(job(view.command, said, asked.format), asked)
                self._notify(f"writing {asked.path} …", "export")
                self._ask()

        screen = ExportScreen(f"lstmcalc-{view.title.lower()}", self._command)
        self.push_screen(screen, export)

    def action_presets(self) -> None:
        """Choose a known network."""
        say = self.query_one(Form).say
        commands = [(each.name, partial(say, each.said), each.source) for each in PRESETS]
        self.search_commands(commands, "a network to begin with")

    def action_help(self) -> None:
        """Help for what is focused, for the tab, and the keys that work."""
        topics = [(f"{self.view.title} tab", self.view.about)]
        for node in self.focused.ancestors_with_self if self.focused is not None else ():
            if isinstance(node, Field):
                topics.insert(0, (node.option.name, node.option.help))
        active = [each for each in self.screen.active_bindings.values() if each.binding.id]
        keys = [
            (self.get_key_display(each.binding), each.tooltip or each.binding.description)
            for each in active  # ours; those of a line of text are the usual ones
        ]
        self.push_screen(HelpScreen(topics, keys))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Presets first, then the app's own actions and Textual's."""
        for preset in PRESETS:
            yield SystemCommand(
                f"Preset: {preset.name}", preset.source,
                partial(self.query_one(Form).say, preset.said),
            )  # fmt: skip
        for view in VIEWS:
            about = view.about.partition("\n")[0]
            yield SystemCommand(f"Tab: {view.title}", about, partial(self.action_view, view.tab()))
        kinds = ", ".join(WRITTEN)
        yield SystemCommand("Export this view", kinds, self.action_export)
        yield SystemCommand("Copy the command", "for a shell", self.action_copy)
        yield SystemCommand("Show or hide the form", "more room for the view", self.action_form)
        yield SystemCommand("Prove again", "in a new process", self.action_again)
        yield SystemCommand("Dark or light", "the other of the two", self.action_dark)
        yield from super().get_system_commands(screen)


def _underlined(view: type[View]) -> str:
    """A tab's title with its key underlined."""
    at = view.title.lower().index(view.key)
    return f"{view.title[:at]}[u]{view.title[at]}[/u]{view.title[at + 1 :]}"
