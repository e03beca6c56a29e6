"""The heatmaps of a forward pass: every vector over time, one step of it in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message as Event
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from lstmcalc.cells import GATE_WORDS
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.table import Real
from lstmcalc.render.table import shown as told
from lstmcalc.tui.heat import colours, heatmap, reach

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
        Binding("pageup,left_square_bracket", "layer(-1)", "layer or direction below",
                show=False, id="forward.below"),
        Binding("pagedown,right_square_bracket", "layer(1)", "layer or direction above",
                show=False, id="forward.above"),
    ]  # fmt: skip

    class Moved(Event):
        """Another step is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.film: Film | None = None
        self.t = 1
        self._layer = 0
        self._unit = 0
        self._timer: Timer | None = None
        self._playing = False
        self._lines: list[Strip] | None = None
        self._mapped: tuple[int, ...] = ()
        self._maps: dict[int, list[list[Segment]]] = {}

    def on_mount(self) -> None:
        """The clock stands still."""
        self._timer = self.set_interval(SECONDS, self._tick, pause=True)

    def load(self, film: Film | None) -> None:
        """Show another film, or none; the step, the layer and the units stay where they can."""
        if film is self.film:
            return
        self.film = film
        if film is not None:
            self.t = min(self.t, film.seq_len)
            self._layer = min(self._layer, len(film.tracks) - 1)
            self.action_units(0)
        self._repaint(anew=True)

    # keys and the mouse

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
            self.action_units(0)
            self._repaint(anew=True)

    def action_units(self, by: int) -> None:
        """Show the units after those that are seen, or before."""
        if self.film is not None:
            seen, most = self._seen(self.film), self._most(self.film)
            unit = max(0, min(self._unit + by * seen, most - 1))
            self._unit = unit // seen * seen
            self._repaint()

    def action_play(self) -> None:
        """Play, or stop."""
        self._playing = not self._playing
        if self._timer is not None:
            (self._timer.resume if self._playing else self._timer.pause)()
        self._repaint()

    def on_click(self, event: events.Click) -> None:
        """Go to the step that is pointed at; the first line turns the layer, a name the units."""
        if self.film is None:
            return
        if event.y == 0:
            self.action_layer(1)
        elif event.x < self._label:
            at_end = self._unit + self._seen(self.film) >= self._most(self.film)
            self.action_units(-self._most(self.film) if at_end else 1)
        else:
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

    def on_resize(self) -> None:
        """Draw anew."""
        self.action_units(0)
        self._repaint(anew=True)

    def notify_style_update(self) -> None:
        """Draw anew: the theme is another."""
        super().notify_style_update()
        self._lines = None

    def _tick(self) -> None:
        if self.film is not None and self.is_on_screen:
            self._go(self.t % self.film.seq_len + 1)

    def _go(self, t: int) -> None:
        self.t = t
        self._repaint()
        self.post_message(self.Moved())

    # what is where

    def _tracks(self, film: Film) -> tuple[History, ...]:
        return list(film.tracks.values())[self._layer]

    def _most(self, film: Film) -> int:
        return max(int(track.values.shape[1]) for track in self._tracks(film))

    def _height(self, film: Film) -> int:
        """Lines of each vector with the blank one after it, which there is where there is room."""
        return max(1, (self.size.height - HEADS - FEET) // len(self._tracks(film)))

    def _seen(self, film: Film) -> int:
        """Units that are seen at once."""
        height = self._height(film)
        lines = height - (height > CLOSE)
        return lines if self.app.no_color else 2 * lines

    @property
    def _label(self) -> int:
        return LABEL + WORDS * (self.size.width >= ROOMY)

    def _window(self, film: Film) -> tuple[int, int, int]:
        """The first step that is seen, the columns of each, and how many there are."""
        columns = max(1, self.size.width - self._label - NUMBER * len(NUMBERS))
        across = max(1, min(WIDEST_STEP, columns // film.seq_len))
        shown = min(film.seq_len, columns // across)
        start = min(max(1, self.t - shown // 2), film.seq_len - shown + 1)
        return start, across, shown

    # painting

    def _repaint(self, anew: bool = False) -> None:
        """Paint again; `anew` where the heatmaps are others too."""
        self._lines = None
        if anew:
            self._maps.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line; all are made together, and kept until something changes."""
        if self._lines is None:
            style = self.rich_style
            self._lines = [
                Strip(Segment.apply_style(line, style)).adjust_cell_length(self.size.width, style)
                for line in (self._drawn(self.film) if self.film is not None else ())
            ]
        if y < len(self._lines):
            return self._lines[y]
        return Strip.blank(self.size.width, self.rich_style)

    def _drawn(self, film: Film) -> list[list[Segment]]:
        """The axis, the heatmaps with their numbers, and the legend."""
        start, across, shown = self._window(film)
        lines = [
            self._segments(self._head(film)),
            self._segments(_axis(self.t, start, across, shown, self._label)),
        ]
        for index, track in enumerate(self._tracks(film)):
            lines += self._track(film, index, track)
        return [*lines, self._segments(self._legend())]

    def _segments(self, text: Text) -> list[Segment]:
        return list(text.render(self.app.console))

    def _head(self, film: Film) -> Text:
        where = list(film.names.values())[self._layer]
        text = Text().append(f"t = {self.t} of {film.seq_len}", "bold")
        text.append(" ▶ playing" if self._playing else "", "bold")
        text.append(f"  {where}" if where else "")
        last = min(self._unit + self._seen(film), self._most(film)) - 1
        text.append(f"  units {self._unit}–{last}")
        start, _, shown = self._window(film)
        if shown < film.seq_len:
            text.append(f"  steps {start}–{start + shown - 1}")
        if film.probabilities is not None:
            row = film.probabilities[min(self.t, len(film.probabilities)) - 1]
            best = int(row.argmax())
            of = f"at t = {self.t}" if len(film.probabilities) > 1 else "at the end"
            text.append(f"  class {best} {of}: {told(float(row[best]))}")
        return text

    def _track(self, film: Film, index: int, track: History) -> list[list[Segment]]:
        drawn = self._map(film, index, track)
        word = GATE_WORDS.get(track.name, "") if track.name not in ("h", "x") else ""
        name = Text.assemble((f"{track.name}(t)".ljust(LABEL), "bold"), (word, "dim"))
        name.truncate(self._label, pad=True)
        numbers = _numbers(track.values[self.t - 1])
        said = "".join(f"{_number(number):>{NUMBER}}" for number in numbers)
        blank = Segment(" " * self._label, Style())
        first, *others = drawn
        lines = [[*self._segments(name), *first, Segment(said, Style())]]
        lines += [[blank, *line] for line in others]
        return lines + [[] for _ in range(self._height(film) - len(lines))]

    def _map(self, film: Film, index: int, track: History) -> list[list[Segment]]:
        """A vector's heatmap, kept: from one step to the next only its numbers change."""
        start, across, shown = self._window(film)
        window = (start, across, shown, self._unit)
        if window != self._mapped:
            self._mapped = window
            self._maps.clear()
        if index not in self._maps:
            low, high = reach(track.values, track.low, track.high)
            units = slice(self._unit, self._unit + self._seen(film))
            seen = track.values[start - 1 : start - 1 + shown, units]
            none = [[Segment("it has no such units".ljust(across * shown)[: across * shown])]]
            drawn = heatmap(seen, low, high, across, not self.app.no_color) or none
            self._maps[index] = drawn
        return self._maps[index]

    def _legend(self) -> Text:
        text = Text().append("low ", "dim")
        if self.app.no_color:
            text.append(LEVELS)
        else:
            for colour in colours()[::9]:
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
