"""The line on top: the network, its parameters, and what torch says."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from lstmcalc.render.terminal import OUTCOMES
from lstmcalc.tui.fitting import cut
from lstmcalc.tui.views.view import Shown
from lstmcalc.verdict import Verdict

ROOMY = 100
"""Columns from which on the outcome is told in words too."""
MOST_LAYERS = 4
"""More of them are counted."""
LETTERS = "kMGTPEZY"
"""Of a thousand, a million, and so on."""
THOUSAND = 1000


class Summary(Static):
    """Always to be seen: what the app is showing, whether that is proved, and whether it is old."""

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[Shown, Verdict | None, bool] | None = None

    def show(self, shown: Shown, verdict: Verdict | None, stale: bool) -> None:
        """Show another network, or how its proof came out; `stale` says that the form is wrong."""
        self._told = shown, verdict, stale
        self._write()

    def on_resize(self) -> None:
        """There may be room for more."""
        self._write()

    def _write(self) -> None:
        if self._told is not None:
            text = summary(*self._told, self.content_size.width)
            self.update(text, layout=False)


def summary(shown: Shown, verdict: Verdict | None, stale: bool, width: int) -> Text:
    """The line, with as much as fits: the proof always does, then the parameters."""
    report = shown.report
    mark, style = ("◌", "italic") if verdict is None else OUTCOMES[verdict.outcome]
    proof = Text(" · torch ").append(mark, style)
    if width >= ROOMY or not verdict:
        proof.append(" checking" if verdict is None else f" {verdict.outcome}", style)
    count = f" · {report.parameters:,} parameters"
    begin = ("! before the mistake: " if stale else "") + path(shown)
    room = width - len(proof)
    if len(begin) + len(count) > room:
        count = f" · {short(report.parameters)}parameters"
    if len(count) > room:
        count = ""
    text = Text(cut(begin, room - len(count)) if room > len(count) else "", "bold").append(count)
    for more in (
        f" · {short(report.run_work.macs)}MACs",
        f" · {short(report.weight_bytes[report.run.dtype])}B",
    ):
        if len(text) + len(more) <= room:
            text.append(more)
    return text.append_text(proof)


def path(shown: Shown) -> str:
    """The cell, and the sizes from the input to the head: `LSTM 28→128→10`.

    A layer with a projection has its units, then what it puts out: `LSTM 512→4096 (proj 512)`.
    """
    network = shown.network
    layers = [
        f"{layer.hidden_size}" + (f" (proj {layer.proj_size})" if layer.proj_size else "")
        for layer in network.layers
    ]
    if len(layers) > MOST_LAYERS:
        layers = [f"{layers[0]}…{layers[-1]} ({len(layers):,} layers)"]
    words = [_brief(network.vocab_size)] if network.vocab_size is not None else []
    head = [_brief(network.num_classes)] if network.num_classes is not None else []
    both = "Bi" if network.layers[0].bidirectional else ""
    steps = "→".join([*words, str(network.input_size), *layers, *head])
    return f"{both}{network.layers[0].cell.title} {steps}"


def _brief(number: int) -> str:
    return short(number).replace(" ", "")


def short(number: int) -> str:
    """A number with at most four digits, and the letter of its size.

    >>> short(800000), short(33278), short(999_600), short(12)
    ('800 k', '33.3 k', '1 M', '12 ')
    """
    for power in range(len(LETTERS), 0, -1):
        size = THOUSAND**power
        if number >= size - size // (2 * THOUSAND):  # what is shown as 1000 is 1 of the next
            return f"{number / size:.3g} {LETTERS[power - 1]}"
    return f"{number} "
