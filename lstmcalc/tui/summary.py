"""The line on top: the network, its parameters, and what torch says."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from lstmcalc.render.terminal import OUTCOMES
from lstmcalc.tui.views.view import Shown
from lstmcalc.verdict import Verdict

ROOMY = 100
"""Columns from which on the outcome is told in words too."""
PREFIXES = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


class Summary(Static):
    """Always to be seen: what the app is showing, whether that is proved, and whether it is old."""

    def show(self, shown: Shown, verdict: Verdict | None, stale: bool) -> None:
        """Show another network, or how its proof came out; `stale` says that the form is wrong."""
        report = shown.report
        text = Text(no_wrap=True, overflow="ellipsis")
        if stale:
            text.append("! before the mistake: ", "bold yellow")
        text.append(path(shown), "bold")
        text.append(f" · {report.parameters:,} parameters", "bold")
        text.append(f" · {short(report.run_work.macs)}MACs")
        text.append(f" · {short(report.weight_bytes[report.run.dtype])}B")
        mark, style = ("◌", "yellow") if verdict is None else OUTCOMES[verdict.outcome]
        text.append(" · torch ").append(mark, style)
        if self.size.width >= ROOMY:
            text.append(" checking" if verdict is None else f" {verdict.outcome}", style)
        self.update(text, layout=False)


def path(shown: Shown) -> str:
    """The cell, and the sizes from the input to the head: `LSTM 28→128→10`."""
    network = shown.network
    sizes: list[str] = [] if network.vocab_size is None else [short(network.vocab_size).strip()]
    sizes.append(str(network.input_size))
    for layer, _, times in network.groups:
        ways = "×2" if layer.bidirectional else ""
        size = layer.hidden_size if layer.proj_size is None else layer.proj_size
        sizes.append(f"{size}{ways}" if times == 1 else f"({size}{ways})^{times}")
    # layers that are alike but read another size than those above them are shown once too
    joined: list[str] = []
    for size in sizes:
        if len(joined) <= 1 or joined[-1] != size:
            joined.append(size)
    if network.num_classes is not None:
        joined.append(short(network.num_classes).strip())
    return f"{network.layers[0].cell.title} {'→'.join(joined)}"


def short(number: int) -> str:
    """A number with at most four digits, and the letter of its size.

    >>> short(800000), short(33278), short(12)
    ('800 k', '33.3 k', '12 ')
    """
    for size, letter in PREFIXES:
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number} "
