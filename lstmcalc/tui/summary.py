"""The line on top: the network, its parameters, and what torch says."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from lstmcalc.render.terminal import OUTCOMES
from lstmcalc.tui.views.view import Shown
from lstmcalc.verdict import Verdict

ROOMY = 100
"""Columns from which on the outcome is told in words too."""
MOST_LAYERS = 4
"""More of them are counted."""
PREFIXES = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


class Summary(Static):
    """Always to be seen: what the app is showing, whether that is proved, and whether it is old."""

    def show(self, shown: Shown, verdict: Verdict | None, stale: bool) -> None:
        """Show another network, or how its proof came out; `stale` says that the form is wrong."""
        report = shown.report
        mark, style = ("◌", "yellow") if verdict is None else OUTCOMES[verdict.outcome]
        proof = Text(" · torch ").append(mark, style)
        if self.size.width >= ROOMY:
            proof.append(" checking" if verdict is None else f" {verdict.outcome}", style)
        text = Text().append("! before the mistake: " if stale else "", "bold yellow")
        text.append(path(shown), "bold")
        text.append(f" · {report.parameters:,} parameters", "bold")
        room = self.content_size.width - len(proof)
        for more in (
            f" · {short(report.run_work.macs)}MACs",
            f" · {short(report.weight_bytes[report.run.dtype])}B",
        ):
            if len(text) + len(more) <= room:
                text.append(more)
        text.truncate(max(room, 0), overflow="ellipsis")
        self.update(text.append_text(proof), layout=False)


def path(shown: Shown) -> str:
    """The cell, and the sizes from the input to the head: `LSTM 28→128→10`."""
    network = shown.network
    layers = [str(layer.proj_size or layer.hidden_size) for layer in network.layers]
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

    >>> short(800000), short(33278), short(12)
    ('800 k', '33.3 k', '12 ')
    """
    for size, letter in PREFIXES:
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number} "
