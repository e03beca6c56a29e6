"""How a network's cost grows with its hidden size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmcalc.errors import LstmcalcError
from lstmcalc.network import Layer, Network
from lstmcalc.render.braille import log_plot
from lstmcalc.render.table import NO_DRAWING, Cell, Drawing, Table
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
    if all(held for _, held in _layers(network)):
        return Table(TITLE, (), (), "The tied head holds the only layer to the embedding's size.")
    body: list[tuple[Cell, ...]] = []
    for octave in range(-OCTAVES, OCTAVES + 1):
        grown = _scaled(network, 2.0**octave)
        if grown is not None:
            sizes = ", ".join(dict.fromkeys(f"{la.hidden_size:,}" for la in grown.layers))
            times = f"×{2**octave}" if octave >= 0 else f"÷{2**-octave}"
            body.append((times, sizes, *_costs(grown, run)))
    strong = tuple(index for index, row in enumerate(body) if row[0] == "×1")
    columns = ("hidden", "units", "parameters", "MACs of the run")
    drawing = _draw(network, run, width, height)
    note = _note(network)
    if drawing.lines:
        note = f"P: parameters, M: MACs of the run. {note}"
    return Table(TITLE, columns, tuple(body), note, strong, drawing=drawing)


def _draw(network: Network, run: Run, width: int, height: int) -> Drawing:
    """The curves over rounded sizes; nothing where some of them make no network."""
    exponents = range(-OCTAVES * POINTS, OCTAVES * POINTS + 1)
    grown = [_scaled(network, 2 ** (each / POINTS), rounded=True) for each in exponents]
    if None in grown:
        return NO_DRAWING
    curve = [_costs(each, run) for each in grown if each is not None]
    series = [[float(count) for count in counts] for counts in zip(*curve, strict=True)]
    ends = f"÷{2**OCTAVES}", f"×{2**OCTAVES}"
    return log_plot(series, "PM", width, height, 1.0, "hidden size", ends)


def _costs(network: Network, run: Run) -> tuple[int, int]:
    """Parameters, and MACs of a run."""
    return count_parameters(network), run_work(network, run.seq_len, run.batch_size).macs


def _note(network: Network) -> str:
    """What grows how, and what is held."""
    free = [layer for layer, held in _layers(network) if not held]
    if all(layer.proj_size is not None for layer in free):
        note = "h stays projected to its size: twice the units, twice the matrices."
    else:
        note = "Twice the units, four times the matrices from h to h."
    if len(free) < len(network.layers):
        note += " The last layer stays: the tied head holds it to the embedding's size."
    return note


def _layers(network: Network) -> Iterator[tuple[Layer, bool]]:
    """Each layer, and whether a tied head holds its hidden size to the embedding's."""
    last = len(network.layers) - 1
    for index, layer in enumerate(network.layers):
        yield layer, network.tie_weights and index == last and layer.proj_size is None


def _scaled(network: Network, factor: float, rounded: bool = False) -> Network | None:
    """The network with larger or smaller layers; None where there is none of those sizes."""
    layers: dict[tuple[int, bool], Layer] = {}
    order = []
    for layer, held in _layers(network):
        key = id(layer), held
        size = layer.hidden_size * (1 if held else factor)
        if not rounded and size != int(size):
            return None
        try:
            if key not in layers:
                layers[key] = replace(layer, hidden_size=round(size))
        except LstmcalcError:  # too small for its projection, or too large for any network
            return None
        order.append(layers[key])
    try:
        return replace(network, layers=tuple(order))
    except LstmcalcError:
        return None
