"""The app: the form on the left, a tab for each view on the right, the summary on top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, TabbedContent, TabPane

from lstmcalc.commands.form import command_line
from lstmcalc.commands.known import MAIN
from lstmcalc.commands.words import HIDDEN
from lstmcalc.errors import LstmcalcError
from lstmcalc.save import write_whole
from lstmcalc.tui.fields import Field
from lstmcalc.tui.form import Command, Form, faults
from lstmcalc.tui.jobs import Doing, Job, Message, Proved, Refused, Written, job
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tui.prover import Prover, Report
from lstmcalc.tui.screens import WRITTEN, Export, ExportScreen, HelpScreen
from lstmcalc.tui.summary import Summary
from lstmcalc.tui.views.cell import Cell
from lstmcalc.tui.views.cost import Cost
from lstmcalc.tui.views.forward import Forward
from lstmcalc.tui.views.gradient import Gradient
from lstmcalc.tui.views.shapes import Shapes
from lstmcalc.tui.views.verify import Verify
from lstmcalc.tui.views.view import View, read
from lstmcalc.verdict import Verdict

VIEWS: tuple[type[View], ...] = (Shapes, Cell, Cost, Forward, Gradient, Verify)
PAUSE = 0.3
"""Seconds without a key before torch is asked."""
SETTLE = 0.2
"""Seconds in which the first frame is finished before the child is started."""
MOST_KNOWN = 12
"""Answers kept, so that going back to a network shows its proof at once."""


class LstmcalcApp(App[None]):
    """`lstmcalc tui`."""

    TITLE = "lstmcalc"
    CSS_PATH = "app.tcss"
    AUTO_FOCUS = f"#{HIDDEN} SizeInput"
    HORIZONTAL_BREAKPOINTS = [(0, "narrow"), (110, "wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(view.key, f"view('{view.tab()}')", f"{view.title} tab", show=False,
                    id=f"view.{view.__name__.lower()}")
            for view in VIEWS
        ),
        Binding("b", "form", "form", id="form", tooltip="show or hide the form"),
        Binding("x", "export", "export", id="export", tooltip="write this view to a file"),
        Binding("y", "copy", "copy", id="copy", tooltip="copy the command"),
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
        self.prover = prover(self._hear)
        self._said = said
        self._shown = read(said)
        self._begun = False
        self._stale = False
        self._dirty: set[View] = set()
        self._known: dict[Job, list[Message]] = {}
        self._doing = ""
        self._exports: dict[Job, Export] = {}
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

    async def on_unmount(self) -> None:
        """Leave no process behind."""
        await self.prover.close()

    def on_resize(self) -> None:
        """There may be room for more on top."""
        self.call_after_refresh(self._sum_up)

    # what is shown

    @property
    def view(self) -> View:
        """The view of the tab that is open."""
        tabs = self.query_one(TabbedContent)
        return tabs.query_one(f"#{tabs.active}", TabPane).query_one(View)

    def on_form_changed(self, event: Form.Changed) -> None:
        """Show the network that is said, or why there is none."""
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
            self.set_class(self._stale, "stale")
            if not wrong:
                self._dirty = set(self.query(View))
                self._doing = ""
                self._paint()
            self._sum_up()
        if self._pause is not None and not wrong:
            self._pause.reset()
            self._pause.resume()

    def _paint(self) -> None:
        """Bring the open view up to date, and the command that prints the same."""
        view = self.view
        if view in self._dirty:
            self._dirty.discard(view)
            view.show(self._shown)
            for message in self._known.get(self._job(view), []):
                view.hear(message)
        view.judge(self.proved, self._doing)
        self._tell_command()

    def _tell_command(self) -> None:
        view = self.view
        said = command_line(view.command, view.says(self._shown))
        self.query_one(Command).show(said)

    def _sum_up(self) -> None:
        self.query_one(Summary).show(self._shown, self.proved, self._stale)

    def on_tabbed_content_tab_activated(self) -> None:
        """Show what is due, and ask for what is missing; the first is told before all is there."""
        if not self._begun:
            return
        self._paint()
        self._ask()

    def on_view_turned(self) -> None:
        """The open view's command says something else."""
        self._tell_command()
        if self._pause is not None:
            self._pause.reset()
            self._pause.resume()

    # what the child process is asked, and what it says

    def _job(self, view: View | None = None) -> Job:
        """What is asked for a view; without one, the proof of the report."""
        if view is None:
            return job(MAIN, self._shown.said)
        return job(view.command, view.asks(self._shown))

    @property
    def proved(self) -> Verdict | None:
        """What is known of the report's proof."""
        for message in self._known.get(self._job(), []):
            if isinstance(message, Proved):
                return message.verdict
            if isinstance(message, Refused):
                return Verdict(reason=message.why)
        return None

    def _ask(self) -> None:
        """Ask for what is to be seen and not yet known."""
        if self._pause is not None:
            self._pause.pause()
        jobs = [self._job()]
        if self.view.command is not MAIN:
            jobs.append(self._job(self.view))
        self.prover.want([*self._exports, *(one for one in jobs if one not in self._known)])

    def _hear(self, asked: Job | None, message: Message) -> None:
        """Show what the child says about a job, wherever it is to be seen."""
        if asked is None or asked in self._exports:
            self._hear_export(asked, message)
            return
        if not isinstance(message, Doing):
            self._keep(asked, message)
        if isinstance(message, Refused):
            self.notify(message.why, severity="error", title="not proved")
        if asked == self._job():
            self._doing = message.text if isinstance(message, Doing) else ""
            self._sum_up()
            self.view.judge(self.proved, self._doing)
        if self.view.command is not MAIN and asked == self._job(self.view):
            self.view.hear(message)

    def _keep(self, asked: Job, message: Message) -> None:
        self._known.setdefault(asked, []).append(message)
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]

    def _hear_export(self, asked: Job | None, message: Message) -> None:
        """Write what was asked for, or say why it could not be."""
        export = self._exports.get(asked) if asked is not None else None
        match message:
            case Written(text) if export is not None:
                try:
                    write_whole(export.path, text.encode())
                    self.notify(f"written to {export.path}", title="export")
                except LstmcalcError as error:
                    self.notify(str(error), severity="error", title="not written")
            case Refused(why):
                self.notify(why, severity="error", title="lost" if asked is None else "not written")
        if asked is not None and isinstance(message, Written | Refused):
            self._exports.pop(asked, None)

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
        self.query(Field).first().control.focus()

    def action_copy(self) -> None:
        """Copy the command."""
        words = command_line(self.view.command, self.view.says(self._shown))
        self.copy_to_clipboard(words)
        self.notify(words, title="copied")

    def on_command_clicked(self) -> None:
        """Copy the command."""
        self.action_copy()

    def action_dark(self) -> None:
        """Dark or light."""
        dark = self.current_theme.dark
        self.theme = "textual-light" if dark else "textual-dark"

    def action_again(self) -> None:
        """Prove it again, in a new process."""
        for asked in (self._job(), self._job(self.view)):
            self._known.pop(asked, None)
        self._paint()
        self._sum_up()
        self._ask()

    def action_export(self) -> None:
        """Ask where to write the open view."""
        view = self.view
        words = command_line(view.command, view.says(self._shown))
        screen = ExportScreen(f"lstmcalc-{view.title.lower()}", words)
        self.push_screen(screen, self._export)

    def _export(self, export: Export | None) -> None:
        if export is not None:
            said = self.view.says(self._shown)
            self._exports[job(self.view.command, said, export.format)] = export
            self.notify(f"writing {export.path} …", title="export", timeout=2)
            self._ask()

    def action_help(self) -> None:
        """Help for what is focused, for the tab, and the keys that work."""
        topics = [(f"{self.view.title} tab", self.view.about)]
        for node in self.focused.ancestors_with_self if self.focused is not None else ():
            if isinstance(node, Field):
                topics.insert(0, (node.option.name, node.option.help))
        keys = {
            self.get_key_display(found.binding): found.tooltip.partition("\n")[0]
            or found.binding.description
            for found in self.screen.active_bindings.values()
            if found.binding.id  # ours; those of a line of text are the terminal's usual ones
        }
        self.push_screen(HelpScreen(topics, list(keys.items())))

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
        yield from super().get_system_commands(screen)


def _underlined(view: type[View]) -> str:
    """A tab's title with its key underlined."""
    at = view.title.lower().index(view.key)
    return f"{view.title[:at]}[u]{view.title[at]}[/u]{view.title[at + 1 :]}"
