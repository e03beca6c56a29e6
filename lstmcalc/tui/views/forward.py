"""Forward: the real forward pass, every gate and state over time, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message as Event
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from lstmcalc.cells import GATE_WORDS
from lstmcalc.commands.known import STEP
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.table import Real
from lstmcalc.render.table import shown as told
from lstmcalc.render.terminal import OUTCOMES
from lstmcalc.tui.heat import colours, heatmap, reach
from lstmcalc.tui.jobs import Answered, Doing, Message, Proved, Refused
from lstmcalc.tui.views.view import Shown, View
from lstmcalc.verdict import Verdict

if TYPE_CHECKING:
    from lstmcalc.readings.values import Array
    from lstmcalc.tui.film import Film
    from lstmcalc.walk import History

LABEL, WORDS = 8, 10
"""Columns of a vector's letter, and of its word where there is room."""
NUMBER = 7
ROOMY = 70
"""Columns from which on there is room."""
NUMBERS = ("mean", "min", "max")
WIDEST_STEP = 6
CLOSE = 2
"""Lines of a vector up to which there is none between two."""
HEADS, FEET = 2, 1
"""Lines above and below the heatmaps."""
MOST_PLAIN = 100
"""Larger numbers are shown as powers of ten."""
SECONDS = 0.25
"""Of each step, when it plays."""


class Heatmaps(Widget, can_focus=True):
    """Every vector of one layer and direction over time, and the numbers of one step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,comma", "step(-1)", "back", id="forward.back"),
        Binding("right,full_stop", "step(1)", "on", id="forward.on"),
        Binding("home", "to(1)", "first step", show=False, id="forward.first"),
        Binding("end", "to(-1)", "last step", show=False, id="forward.last"),
        Binding("space", "play", "play", id="forward.play"),
        Binding("up", "units(-1)", "units before", show=False, id="forward.before"),
        Binding("down", "units(1)", "units after", show=False, id="forward.after"),
        Binding(
            "pageup,left_square_bracket", "layer(-1)", "layer below", show=False, id="forward.below"
        ),
        Binding(
            "pagedown,right_square_bracket",
            "layer(1)",
            "layer above",
            show=False,
            id="forward.above",
        ),
    ]

    class Moved(Event):
        """Another step is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.film: Film | None = None
        self.t = 1
        self._layer = 0
        self._unit = 0
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """The clock stands still."""
        self._timer = self.set_interval(SECONDS, self._tick, pause=True)
        self._playing = False

    def load(self, film: Film) -> None:
        """Show another film, at the same step where it is long enough."""
        self.film = film
        self.t = min(self.t, film.seq_len)
        self._layer = min(self._layer, len(film.tracks) - 1)
        self.refresh()

    def action_step(self, by: int) -> None:
        """Go on or back; it stays within the film."""
        if self.film is not None:
            self._go(min(max(self.t + by, 1), self.film.seq_len))

    def action_to(self, t: int) -> None:
        """Go to the first or to the last step."""
        if self.film is not None:
            self._go(t if t > 0 else self.film.seq_len)

    def action_layer(self, by: int) -> None:
        """Show another layer or direction."""
        if self.film is not None:
            self._layer = (self._layer + by) % len(self.film.tracks)
            self.refresh()

    def action_units(self, by: int) -> None:
        """Show the units after those that are seen, or before."""
        if self.film is not None:
            tracks = self._tracks(self.film)
            most = max(track.values.shape[1] for track in tracks)
            seen = self._lines(tracks) * (1 if self.app.no_color else 2)
            self._unit = max(0, min(self._unit + by * seen, (most - 1) // seen * seen))
            self.refresh()

    def _tracks(self, film: Film) -> tuple[History, ...]:
        return list(film.tracks.values())[self._layer]

    def _lines(self, tracks: tuple[History, ...]) -> int:
        """The lines of each vector; where there is room, a blank one beside them."""
        return max(1, self._height(tracks) - (self._height(tracks) > CLOSE))

    def _height(self, tracks: tuple[History, ...]) -> int:
        return max(1, (self.size.height - HEADS - FEET) // len(tracks))

    @property
    def _label(self) -> int:
        return LABEL + WORDS * (self.size.width >= ROOMY)

    def action_play(self) -> None:
        """Play, or stop."""
        self._playing = not self._playing
        if self._timer is not None:
            (self._timer.resume if self._playing else self._timer.pause)()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to the step that is pointed at."""
        if self.film is not None:
            start, across, shown = self._window(self.film)
            column = (event.x - self._label) // across
            if 0 <= column < shown:
                self._go(start + column)

    def on_mouse_scroll_down(self) -> None:
        """Go on."""
        self.action_step(1)

    def on_mouse_scroll_up(self) -> None:
        """Go back."""
        self.action_step(-1)

    def _tick(self) -> None:
        if self.film is not None and self.is_on_screen:
            self._go(self.t % self.film.seq_len + 1)

    def _go(self, t: int) -> None:
        self.t = t
        self.refresh()
        self.post_message(self.Moved())

    def _window(self, film: Film) -> tuple[int, int, int]:
        """The first step that is seen, the columns of each, and how many there are."""
        columns = max(1, self.size.width - self._label - NUMBER * len(NUMBERS))
        across = max(1, min(WIDEST_STEP, columns // film.seq_len))
        shown = min(film.seq_len, columns // across)
        start = min(max(1, self.t - shown // 2), film.seq_len - shown + 1)
        return start, across, shown

    def render(self) -> Text:
        """The axis, the heatmaps with their numbers, and the legend."""
        if self.film is None:
            return Text("")
        film, tracks = self.film, self._tracks(self.film)
        start, across, shown = self._window(film)
        lines, height = self._lines(tracks), self._height(tracks)
        per_line = 1 if self.app.no_color else 2
        end = self._unit + lines * per_line
        parts = [self._head(film, end), _axis(self.t, start, across, shown, self._label)]
        for track in tracks:
            steps = slice(start - 1, start - 1 + shown)
            parts += self._track(track, steps, slice(self._unit, end), across, height)
        parts.append(self._legend())
        return Text("\n", no_wrap=True, overflow="crop").join(parts)

    def _head(self, film: Film, end: int) -> Text:
        where = list(film.names.values())[self._layer]
        text = Text().append(f"t = {self.t} of {film.seq_len}", "bold")
        text.append(" ▶ playing" if self._playing else "", "bold green")
        text.append(f"  {where}" if where else "")
        text.append(f"  units {self._unit}–{end - 1}")
        if film.probabilities is not None:
            row = film.probabilities[min(self.t, len(film.probabilities)) - 1]
            best = int(row.argmax())
            of = f"at t = {self.t}" if len(film.probabilities) > 1 else "at the end"
            text.append(f"  class {best} {of}: {told(float(row[best]))}")
        return text

    def _track(
        self, track: History, steps: slice, units: slice, across: int, height: int
    ) -> list[Text]:
        low, high = reach(track.values, track.low, track.high)
        seen = track.values[steps, units]
        now = track.values[self.t - 1]
        word = GATE_WORDS.get(track.name, "") if track.name not in ("h", "x") else ""
        name = Text.assemble((f"{track.name}(t)".ljust(LABEL), "bold"), (word, "dim"))
        name.truncate(self._label, pad=True)
        said = "".join(f"{_number(number):>{NUMBER}}" for number in _numbers(now))
        found = []
        drawn = heatmap(seen, low, high, across, not self.app.no_color)
        for index, line in enumerate(drawn or [Text("none of these".ljust(across * len(seen)))]):
            before = name if index == 0 else Text(" " * self._label)
            found.append(Text.assemble(before, line, said if index == 0 else ""))
        return found + [Text("")] * (height - len(found))

    def _legend(self) -> Text:
        text = Text("low ", "dim")
        if self.app.no_color:
            text.append(LEVELS)
        else:
            for colour in colours()[::8]:
                text.append("█", colour)
        return text.append(" high: σ around ½, all else around 0", "dim")


def _numbers(values: Array) -> tuple[float, float, float]:
    """The mean, the least and the greatest of one step's."""
    return float(values.mean()), float(values.min()), float(values.max())


def _number(number: float) -> str:
    return f"{number:.2f}" if abs(number) < MOST_PLAIN else told(Real(number))


def _axis(t: int, start: int, across: int, shown: int, label: int) -> Text:
    """The mark of the step above its column, and the heads of the numbers."""
    text = Text(" " * (label + (t - start) * across))
    text.append("▼".center(across), "bold")
    text.append(" " * (label + shown * across - len(text)))
    return text.append("".join(f"{name:>{NUMBER}}" for name in NUMBERS), "dim")


class Forward(View):
    """The heatmaps, and how their proof came out."""

    title = "Forward"
    key = "f"
    about = (
        "The real forward pass with random weights: a column is a step, a cell one unit.\n"
        "← → or , . step, space plays, a click goes to a step; ↑ ↓ show other units,\n"
        "[ ] or page up and down another layer or direction."
    )
    command = STEP
    focus_on = "Heatmaps"

    def compose(self) -> ComposeResult:
        """The heatmaps over their verdict."""
        yield Heatmaps()
        yield Static(classes="told")

    def asks(self, shown: Shown) -> dict[str, Any]:
        """As many steps as the report has."""
        return {**shown.said, "seq-len": str(shown.report.run.seq_len)}

    def says(self, shown: Shown) -> dict[str, Any]:
        """And the step that is shown."""
        return {**self.asks(shown), "at": str(self.query_one(Heatmaps).t)}

    def show(self, shown: Shown) -> None:
        """What is drawn is of another network."""
        self._tell(Text("◌ waiting …", "yellow"))

    def hear(self, message: Message) -> None:
        """Draw the film as soon as it is there, then tell how it came out."""
        match message:
            case Doing(text):
                self._tell(Text(f"◌ {text} …", "yellow"))
            case Answered(subject):
                self.query_one(Heatmaps).load(subject)
            case Proved(verdict):
                self._tell(_outcome(verdict))
            case Refused(why):
                self._tell(Text(f"✗ {why}", "red"))

    def on_heatmaps_moved(self, event: Heatmaps.Moved) -> None:
        """The command names the step."""
        event.stop()
        self.post_message(self.Turned())

    def _tell(self, text: Text) -> None:
        self.query_one(".told", Static).update(text)


def _outcome(verdict: Verdict) -> Text:
    mark, style = OUTCOMES[verdict.outcome]
    return Text(f"{mark} every step: {verdict.summary}", style)
