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
from lstmcalc.tui.fitting import MORE
from lstmcalc.tui.heat import colours, heatmap, reach
from lstmcalc.tui.readout import guess, number, of_step

if TYPE_CHECKING:
    from lstmcalc.tui.film import Film
    from lstmcalc.walk import History

LABEL, WORDS = 8, 10
"""Columns of a vector's letter, and of its word where there is room."""
NUMBER = 8
"""Columns of a number with the space before it."""
SCALE = 2 * NUMBER + 3
"""Columns of a vector's least and greatest shade, in numbers."""
STEPS = 8
"""Columns that the steps need at least beside all the numbers."""
ROOMY = 70
"""Columns from which on there is room."""
NUMBERS = ("mean", "min", "max")
WIDEST_STEP = 6
CLOSE = 2
"""Lines of a vector up to which there is none between two."""
HEADS, FEET = 2, 2
"""Lines above and below the heatmaps."""
FEW_COLOURS = ("standard", "windows")
"""What terminals of 16 colours are called, whose shades would not grow lighter in order."""
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
        return 2 * lines if self._coloured else lines

    @property
    def _coloured(self) -> bool:
        """Whether there are colours enough for shades that grow lighter all the way."""
        return not self.app.no_color and self.app.console.color_system not in FEW_COLOURS

    def _tail(self, film: Film) -> tuple[bool, bool]:
        """Whether each vector's numbers of the step are shown, and in a line with its scale."""
        if self._height(film) >= CLOSE:
            return True, False
        all_of_it = self._label + STEPS + SCALE + NUMBER * len(NUMBERS) <= self.size.width
        return all_of_it, True

    def _tail_width(self, film: Film) -> int:
        numbers, beside = self._tail(film)
        return NUMBER * len(NUMBERS) * numbers + SCALE * beside

    @property
    def _label(self) -> int:
        return LABEL + WORDS * (self.size.width >= ROOMY)

    def _window(self, film: Film) -> tuple[int, int, int]:
        """The first step that is seen, the columns of each, and how many there are."""
        columns = max(1, self.size.width - self._label - self._tail_width(film))
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
        lines = [
            self._segments(self._head(film)),
            self._segments(self._axis(film)),
        ]
        for index, track in enumerate(self._tracks(film)):
            lines += self._track(film, index, track)
        return [*lines, *map(self._segments, self._legend(film))]

    def _segments(self, text: Text) -> list[Segment]:
        return list(text.render(self.app.console))

    def _head(self, film: Film) -> Text:
        """What is shown, in as many whole phrases as fit."""
        start, _, shown = self._window(film)
        last = min(self._unit + self._seen(film), self._most(film)) - 1
        phrases = [
            "▶ playing" if self._playing else "",
            list(film.names.values())[self._layer],
            guess(film, self.t),
            f"units {self._unit}–{last}",
            f"steps {start}–{start + shown - 1}" if shown < film.seq_len else "",
        ]
        whole = [f"t = {self.t} of {film.seq_len}", *filter(None, phrases)]
        more: list[str] = []
        while len("  ".join([*whole, *more])) > self.size.width - 1 and len(whole) > 1:
            more = [MORE]
            whole.pop()
        return Text("  ").join([Text(whole[0], "bold"), *map(Text, [*whole[1:], *more])])

    def _track(self, film: Film, index: int, track: History) -> list[list[Segment]]:
        drawn = self._map(film, index, track)
        word = GATE_WORDS.get(track.name, "") if track.name not in ("h", "x") else ""
        name = Text.assemble((f"{track.name}(t)".ljust(LABEL), "bold"), (word, "dim"))
        name.truncate(self._label, pad=True)
        numbers, beside = self._tail(film)
        low, high = map(number, reach(track.values, track.low, track.high))
        scale = f"{low} … {high}"
        step = "".join(f"{number(each):>{NUMBER}}" for each in of_step(track.values[self.t - 1]))
        said = f"{scale:>{SCALE}}" * beside + step * numbers
        blank = Segment(" " * self._label, Style())
        first, *others = drawn
        lines = [[*self._segments(name), *first, Segment(said, Style())]]
        lines += [[blank, *line] for line in others]
        if not beside:
            if not others:
                _, across, shown = self._window(film)
                lines.append([blank, Segment(" " * across * shown, Style())])
            lines[1].append(Segment(f"{scale:>{self._tail_width(film)}}", Style(dim=True)))
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
            drawn = heatmap(seen, low, high, across, self._coloured) or none
            self._maps[index] = drawn
        return self._maps[index]

    def _axis(self, film: Film) -> Text:
        """The mark of the step above its column, and the heads of the numbers."""
        start, across, shown = self._window(film)
        numbers, beside = self._tail(film)
        text = Text(" " * (self._label + (self.t - start) * across))
        text.append("▼".center(across), "bold")
        text.append(" " * (self._label + shown * across - len(text)))
        heads = "".join(f"{name:>{NUMBER}}" for name in NUMBERS) * numbers
        return text.append(f"{'low … high':>{SCALE}}" * beside + heads, "dim")

    def _legend(self, film: Film) -> list[Text]:
        """What a shade means, and what the numbers are of."""
        text = Text().append("low ", "dim")
        if self._coloured:
            for colour in colours()[::9]:
                text.append("█", colour)
        else:
            text.append(LEVELS)
        numbers, beside = self._tail(film)
        where = ", under its numbers" if numbers and not beside else " its own"
        text.append(f" high: of each row{where}", "dim")
        step = "mean, min, max: of the whole vector at t" if numbers else ""
        return [text, Text(step or f"no room for {', '.join(NUMBERS)}", "dim")]
