"""The app: the form on the left, a tab for each view on the right, the summary on top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, TabPane

from lstmcalc.commands.words import HIDDEN
from lstmcalc.tui.exports import Export
from lstmcalc.tui.fields import Field
from lstmcalc.tui.form import Form
from lstmcalc.tui.inputs import SizeInput
from lstmcalc.tui.jobs import job
from lstmcalc.tui.live import FRAME, Live
from lstmcalc.tui.pasted import ReadWords, pasted_command
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tui.prover import Prover, Report
from lstmcalc.tui.screens import WRITTEN, ExportScreen, HelpScreen
from lstmcalc.tui.summary import Summary
from lstmcalc.tui.tabs import Panes
from lstmcalc.tui.views.cell import Cell
from lstmcalc.tui.views.cost import Cost
from lstmcalc.tui.views.forward import Forward
from lstmcalc.tui.views.frameworks import Frameworks
from lstmcalc.tui.views.gradient import Gradient
from lstmcalc.tui.views.shapes import Shapes
from lstmcalc.tui.views.verify import Verify
from lstmcalc.tui.views.view import View

VIEWS: tuple[type[View], ...] = (Shapes, Cell, Cost, Forward, Gradient, Frameworks, Verify)


class LstmcalcApp(Live):
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
        Binding("q", "leave", "quit", id="quit",
                tooltip="leave the app; twice in a field of a changed network"),
    ]  # fmt: skip

    def __init__(
        self,
        said: Mapping[str, Any],
        prover: Callable[[Report], Prover] = Prover,
        read_words: ReadWords | None = None,
        frame: float = FRAME,
    ) -> None:
        super().__init__(said, prover, frame)
        self._read_words = read_words
        self._leaving: Mapping[str, Any] | None = None

    def compose(self) -> ComposeResult:
        """Summary, form, tabs and footer."""
        yield Summary()
        with Horizontal():
            yield Form()
            with Panes(VIEWS[0].tab(), self._opened):
                for view in VIEWS:
                    with TabPane(_underlined(view), id=view.tab()):
                        yield view()
        yield Footer(show_command_palette=True)

    def action_view(self, tab: str) -> None:
        """Open a tab, and go into it."""
        self.query_one(Panes).active = tab
        view = self.view
        for focusable in view.query(view.focus_on).results(Widget):
            self.screen.set_focus(focusable)

    def action_form(self) -> None:
        """Show or hide the form."""
        form = self.query_one(Form)
        form.display = not form.display

    def action_fields(self) -> None:
        """Go to the form."""
        self.query_one(Form).display = True
        self.screen.set_focus(self.query_one(self.AUTO_FOCUS))

    def _refuses(self, title: str) -> bool:
        """Whether the form is wrong: what is shown is then of another network, which is told."""
        for why in self._mistakes.values():
            self._notify(
                f"what is shown is of the network before the mistake: {why}", title, "error"
            )
            return True
        return False

    def action_copy(self) -> None:
        """Copy the command."""
        if not self._refuses("not copied"):
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
        self._catch_up()
        self._ask()

    async def action_export(self) -> None:
        """Ask where to write what the open view's command prints now."""
        if self._refuses("not exported"):
            return
        view, said = self.view, self.view.says(self._shown)

        def export(asked: Export | None) -> None:
            if asked is not None:
                self._exports.add(job(view.command, said, asked.format), asked)
                self._notify(f"writing {asked.path} …", "export")
                self._ask()

        screen = ExportScreen(f"lstmcalc-{view.title.lower()}", self._command)
        await self.push_screen(screen, export)

    async def action_leave(self) -> None:
        """Leave; in a field, where it may be a slip, the second time if work would be lost."""
        said = self.query_one(Form).said
        slip = isinstance(self.focused, SizeInput) and said != self._first
        if slip and said != self._leaving:
            self._leaving = said
            self._notify("q again leaves, and this network is lost; y copies its command", "quit?")
        else:
            await self.action_quit()

    async def paste(self, text: str) -> bool:
        """Take a command of the command line for what it says of the network."""
        if self.screen.is_modal or self._read_words is None:
            return False
        found = pasted_command(text, self._read_words)
        if found is None:
            return False
        if found.said:
            self.query_one(Form).say(found.said)
        if found.told:
            self._notify(found.told, "pasted", "information" if found.said else "error")
        return True

    def action_presets(self) -> None:
        """Choose a known network."""
        say = self.query_one(Form).say
        commands = [(each.name, partial(say, each.said), each.source) for each in PRESETS]
        self.search_commands(commands, "a network to begin with")

    async def action_help(self) -> None:
        """Help for what is focused, for the tab, and the keys that work."""
        topics = [(f"{self.view.title} tab", self.view.about)]
        for node in self.focused.ancestors_with_self if self.focused is not None else ():
            if isinstance(node, Field):
                topics.insert(0, (node.option.name, node.help))
        active = [each for each in self.screen.active_bindings.values() if each.binding.id]
        keys = [
            (self.get_key_display(each.binding), each.tooltip or each.binding.description)
            for each in active  # ours; those of a line of text are the usual ones
        ]
        await self.push_screen(HelpScreen(topics, keys))

    def action_show_help_panel(self) -> None:
        """Our help: Textual's panel takes the room of the view."""
        self.call_later(self.action_help)

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
