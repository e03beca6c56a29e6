"""Cell: its picture, and the equation and matrices of the part that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.message import Message as Event
from textual.widget import Widget
from textual.widgets import Static

from lstmcalc.algebra import Graph, Input, Node, Param
from lstmcalc.cells import GATE_WORDS
from lstmcalc.network import Layer
from lstmcalc.readings.formulas import formula
from lstmcalc.readings.shapes import shape
from lstmcalc.render.diagram.draw import Diagram, Region, draw_cell
from lstmcalc.render.table import Drawing
from lstmcalc.render.terminal import drawing_text
from lstmcalc.sums import parameter_sum
from lstmcalc.tui.fitting import MORE
from lstmcalc.tui.views.view import Shown, View

CHOSEN = Style(reverse=True, bold=True)
SIDEWAYS = 3
"""A part so many times further away across than along is as near."""


class Picture(Widget, can_focus=True):
    """The drawing of a cell; each part of it can be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(0, -1)", "part to the left", show=False, id="cell.left"),
        Binding("right", "go(0, 1)", "part to the right", show=False, id="cell.right"),
        Binding("up", "go(-1, 0)", "part above", show=False, id="cell.up"),
        Binding("down", "go(1, 0)", "part below", show=False, id="cell.down"),
    ]

    class Chosen(Event):
        """Another part is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._diagram: Diagram | None = None
        self._place = 0

    @property
    def _sheet(self) -> Widget:
        """What scrolls it."""
        return cast(Widget, self.parent)

    def on_mount(self) -> None:
        """What is seen of it is another part when it is scrolled."""
        self.watch(self._sheet, "scroll_x", self._scrolled, init=False)

    def _scrolled(self) -> None:
        self.refresh()

    @property
    def chosen(self) -> Region | None:
        """The part that is chosen."""
        return None if self._diagram is None else self._diagram.regions[self._place]

    def draw(self, diagram: Diagram) -> None:
        """Show another cell; the part of the same name stays chosen."""
        before = self.chosen
        self._diagram = diagram
        names = [part.name for part in diagram.regions]
        first = next((index for index, name in enumerate(names) if name), 0)
        kept = before is not None and before.name in names
        self._place = names.index(before.name) if kept and before is not None else first
        self.refresh(layout=True)

    def get_content_width(self, *_: Any) -> int:
        """Columns of the drawing."""
        return 0 if self._diagram is None else max(map(len, self._diagram.lines))

    def get_content_height(self, *_: Any) -> int:
        """Lines of the drawing."""
        return 0 if self._diagram is None else len(self._diagram.lines)

    def action_go(self, down: int, right: int) -> None:
        """Choose the nearest part in a direction."""
        here = self.chosen
        if self._diagram is None or here is None:
            return
        ahead = []
        for index, part in enumerate(self._diagram.regions):
            y, x = _centre(part)[0] - _centre(here)[0], _centre(part)[1] - _centre(here)[1]
            along, aside = (y, x) if down else (x, y)
            if along * (down or right) > 0:
                ahead.append((abs(along) + SIDEWAYS * abs(aside), index))
        if ahead:
            self._choose(min(ahead)[1])

    def on_click(self, event: events.Click) -> None:
        """Choose what is pointed at."""
        for index, part in enumerate(self._diagram.regions if self._diagram is not None else ()):
            inside = 0 <= event.y - part.row < part.height
            if inside and 0 <= event.x - part.column < part.width:
                self._choose(index)

    def _choose(self, index: int) -> None:
        self._place = index
        self.refresh()
        self.post_message(self.Chosen())

    def render(self) -> Text:
        """The drawing, its states in their colours, the chosen part reversed."""
        if self._diagram is None or self.chosen is None:
            return Text("")
        lines = drawing_text(Drawing(self._diagram.lines, self._diagram.series)).split()
        left, width = int(self._sheet.scroll_offset.x), self._sheet.scrollable_content_region.width
        for line in lines:
            _mark(line, left, width)
        part = self.chosen
        for line in lines[part.row : part.row + part.height]:
            line.stylize(CHOSEN, part.column, part.column + part.width)
        return Text("\n").join(lines)


def _mark(line: Text, left: int, width: int) -> None:
    """Where the edge of what is seen cuts through something, a mark stands for it."""
    for seen, beyond in ((left, left - 1), (left + width - 1, left + width)):
        if 0 <= beyond < len(line) and not line.plain[seen : seen + 1].isspace():
            line.plain = f"{line.plain[:seen]}{MORE}{line.plain[seen + 1 :]}"


def _centre(part: Region) -> tuple[float, float]:
    return part.row + part.height / 2, part.column + part.width / 2


def explain(layer: Layer, input_size: int, part: Region) -> Text:
    """What a part of the picture is: its equation, and the parameters in it."""
    graph, sizes = layer.graph, layer.sizes(input_size)
    if isinstance(part.node, Input):
        return _input(part.node, sizes[part.node.dim])
    params = list(dict.fromkeys(_params(graph, part.node)))
    words = GATE_WORDS.get(part.name, "") if params and part.name not in graph.states else ""
    text = Text().append(f"{part.name}, the {words} gate: " if words else "", "bold")
    text.append(formula(graph, part.node), "cyan")
    text.append(f"\n{sizes[part.node.dim]:,} numbers for each sample")
    if not params:
        return text.append("; it has no parameters")
    shapes = ", ".join(f"{p.name} {'×'.join(map(str, shape(p, sizes)))}" for p in params)
    return text.append(f"\n{shapes}\n").append(parameter_sum(params, sizes).text, "cyan")


def _input(node: Input, size: int) -> Text:
    where = "what is read at this step" if node.name == "x" else "handed on by the step before"
    time = "(t)" if node.name == "x" else "(t−1)"
    return Text.assemble((f"{node.name}{time}", "bold"), f": {where}, {size:,} numbers")


def _params(graph: Graph, node: Node) -> Iterator[Param]:
    """The parameters in a node's expression, without those behind another name."""
    named = set(graph.equations.values())
    for arg in node.args:
        if isinstance(arg, Param):
            yield arg
        elif arg not in named:
            yield from _params(graph, arg)


class Title(Static):
    """Which cell it is."""

    class Clicked(Event):
        """Another layer is to be shown."""

    def on_click(self) -> None:
        """Tell the view."""
        self.post_message(self.Clicked())


class Cell(View):
    """The picture of the first layer's cell, or of another's."""

    title = "Cell"
    key = "c"
    about = (
        "The cell drawn from its equations: boxes are gates, heavy lines the states, ● is where h "
        "and x are joined; at a gap a wire passes under another.\n"
        "Arrows or a click choose a part; its equation and its matrices are below.\n"
        "[ and ] or a click on the title change the layer."
    )
    focus_on = "Picture"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket,pageup", "layer(-1)", "layer below", show=False,
                id="cell.below"),
        Binding("right_square_bracket,pagedown", "layer(1)", "layer above", show=False,
                id="cell.above"),
    ]  # fmt: skip

    def compose(self) -> ComposeResult:
        """The picture over its explanation."""
        yield Title(classes="title")
        with ScrollableContainer(can_focus=False):
            yield Picture()
        yield Static(classes="explained")

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self._shown: Shown | None = None
        self._layer = 0

    def on_resize(self) -> None:
        """More or less of the picture is seen."""
        self.query_one(Picture).refresh()

    def says(self, shown: Shown) -> dict[str, Any]:
        """The equations too."""
        return {**shown.said, "formula": True}

    def show(self, shown: Shown) -> None:
        """Draw another cell."""
        self._shown = shown
        self._layer = min(self._layer, len(shown.network.layers) - 1)
        layer, size = self._drawn(shown)
        depth = len(shown.network.layers)
        where = f"layer {self._layer} of {depth}, " if depth > 1 else ""
        ways = ", the same again for the other direction" if layer.bidirectional else ""
        title = f"{where}{layer.cell.title}: {layer.cell.source}{ways}"
        self.query_one(".title", Static).update(Text(title, "dim"))
        self.query_one(Picture).draw(draw_cell(layer.graph, layer.sizes(size)))
        self._explain()

    def _drawn(self, shown: Shown) -> tuple[Layer, int]:
        return shown.network.layers[self._layer], shown.network.input_sizes[self._layer]

    def action_layer(self, by: int) -> None:
        """Draw the layer above or below."""
        if self._shown is not None:
            self._layer = (self._layer + by) % len(self._shown.network.layers)
            self.show(self._shown)

    def on_title_clicked(self, event: Title.Clicked) -> None:
        """Draw the next layer."""
        event.stop()
        self.action_layer(1)

    def on_picture_chosen(self, event: Picture.Chosen) -> None:
        """Explain another part."""
        event.stop()
        self._explain()

    def _explain(self) -> None:
        part = self.query_one(Picture).chosen
        if self._shown is not None and part is not None:
            text = explain(*self._drawn(self._shown), part)
            self.query_one(".explained", Static).update(text)
