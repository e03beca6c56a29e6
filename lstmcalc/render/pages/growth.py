"""How a network's cost grows with its hidden size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmcalc.errors import LstmcalcError
from lstmcalc.network import Layer, Network
from lstmcalc.render.braille import log_plot
from lstmcalc.render.table import NO_DRAWING, Cell, Table
from lstmcalc.report import Report
from lstmcalc.run import Run
from lstmcalc.totals import count_parameters, run_work

TITLE = "Growth with the hidden size"
OCTAVES = 3
"""The hidden sizes go from an eighth to eight times."""
POINTS = 2
"""Of the plot in each octave."""
MOST_KINDS = 16
"""Networks of more kinds of layers would take too long to count so many times."""


def growth_table(report: Report, width: int, height: int) -> Table:
    """Parameters and the work of the run for smaller and larger hidden sizes, all else as it is.

    Only sizes that are exactly so many times as large have a row.
    """
    network, run = report.network, report.run
    if len(network.groups) > MOST_KINDS:
        note = f"It is told of networks with at most {MOST_KINDS} kinds of layers."
        return Table(TITLE, (), (), note)
    if not _free(network):
        return Table(TITLE, (), (), "The tied head holds the only layer to the embedding's size.")
    body: list[tuple[Cell, ...]] = []
    for octave in range(-OCTAVES, OCTAVES + 1):
        grown = _scaled(network, 2.0**octave)
        if grown is not None:
            sizes = ", ".join(dict.fromkeys(f"{la.hidden_size:,}" for la in grown.layers))
            times = f"×{2**octave}" if octave >= 0 else f"÷{2**-octave}"
            body.append((times, sizes, *_costs(grown, run)))
    strong = tuple(index for index, row in enumerate(body) if row[0] == "×1")
    curve = [_costs(grown, run) for grown in _between(network)]
    columns = ("hidden", "units", "parameters", "MACs of the run")
    ends = f"÷{2**OCTAVES}", f"×{2**OCTAVES}"
    series = [[float(count) for count in counts] for counts in zip(*curve, strict=True)]
    whole = len(body) == 2 * OCTAVES + 1
    drawing = log_plot(series, "PM", width, height, 1.0, "hidden size", ends)
    return Table(TITLE, columns, tuple(body), _note(network), strong,
                 drawing=drawing if whole else NO_DRAWING)  # fmt: skip


def _costs(network: Network, run: Run) -> tuple[int, int]:
    """Parameters, and MACs of a run."""
    return count_parameters(network), run_work(network, run.seq_len, run.batch_size).macs


def _note(network: Network) -> str:
    """What the letters are, what grows how, and what is held."""
    notes = ["P: parameters, M: MACs of the run."]
    if all(layer.proj_size is not None for layer in _free(network)):
        notes.append("h stays projected to its size: twice the units, twice the matrices.")
    else:
        notes.append("Twice the units, four times the matrices from h to h.")
    if len(_free(network)) < len(network.layers):
        notes.append("The last layer stays: the tied head holds it to the embedding's size.")
    return " ".join(notes)


def _free(network: Network) -> list[Layer]:
    """The layers whose hidden size a tied head does not hold to the embedding's."""
    *others, last = network.layers
    held = network.tie_weights and last.proj_size is None
    return others if held else [*others, last]


def _between(network: Network) -> Iterator[Network]:
    """Networks for the plot, their sizes rounded."""
    for exponent in range(-OCTAVES * POINTS, OCTAVES * POINTS + 1):
        grown = _scaled(network, 2 ** (exponent / POINTS), rounded=True)
        if grown is not None:
            yield grown


def _scaled(network: Network, factor: float, rounded: bool = False) -> Network | None:
    """The network with larger or smaller layers; None where there is none of those sizes."""
    free = {id(layer) for layer in _free(network)}
    sizes = {
        key: layer.hidden_size * factor for layer in network.layers if (key := id(layer)) in free
    }
    if not rounded and any(size != int(size) for size in sizes.values()):
        return None

    def scaled(layer: Layer) -> Layer:
        return replace(layer, hidden_size=round(sizes[id(layer)])) if id(layer) in sizes else layer

    try:
        return replace(network, layers=network.map_layers(scaled))
    except LstmcalcError:  # too small for its projection, or too large for any network
        return None
