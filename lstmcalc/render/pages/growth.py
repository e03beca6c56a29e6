"""How a network's cost grows with its hidden size."""

from __future__ import annotations

from dataclasses import replace

from lstmcalc.network import Layer, Network
from lstmcalc.render.braille import log_plot
from lstmcalc.render.table import Cell, Table
from lstmcalc.report import Report
from lstmcalc.sizes import LARGEST
from lstmcalc.totals import count_parameters, run_work

TITLE = "Growth with the hidden size"
OCTAVES = 3
"""The hidden sizes go from an eighth to eight times."""
POINTS = 2
"""Of the plot in each octave."""
MOST_KINDS = 16
"""Networks of more kinds of layers would take too long to count so many times."""


def growth_table(report: Report, width: int, height: int) -> Table:
    """Parameters and the work of the run for smaller and larger hidden sizes, all else as it is."""
    network, run = report.network, report.run

    if len(network.groups) > MOST_KINDS:
        note = f"It is told of networks with at most {MOST_KINDS} kinds of layers."
        return Table(TITLE, (), (), note)
    exponents = range(-OCTAVES * POINTS, OCTAVES * POINTS + 1)
    grown = [_scaled(network, 2 ** (exponent / POINTS)) for exponent in exponents]
    counts = [count_parameters(each) for each in grown]
    works = [run_work(each, run.seq_len, run.batch_size).macs for each in grown]
    body: list[tuple[Cell, ...]] = []
    for place, octave in zip(
        range(0, len(grown), POINTS), range(-OCTAVES, OCTAVES + 1), strict=True
    ):
        sizes = ", ".join(dict.fromkeys(f"{la.hidden_size:,}" for la in grown[place].layers))
        times = f"×{2**octave}" if octave >= 0 else f"÷{2**-octave}"
        body.append((times, sizes, counts[place], works[place]))
    series = [[float(count) for count in counts], [float(macs) for macs in works]]
    ends = f"÷{2**OCTAVES}", f"×{2**OCTAVES}"
    return Table(
        TITLE,
        ("hidden", "units", "parameters", "MACs of the run"),
        tuple(body),
        _note(network),
        strong=(OCTAVES,),
        drawing=log_plot(series, "PM", width, height, 1.0, "hidden size", ends),
    )


def _note(network: Network) -> str:
    """What the letters are, and what is held while the layers grow."""
    notes = ["P: parameters, M: MACs of the run."]
    if any(layer.proj_size is not None for layer in network.layers):
        notes.append("What h is projected to stays.")
    else:
        notes.append("Twice the units are four times the recurrent matrices.")
    if network.tie_weights and network.layers[-1].proj_size is None:
        notes.append("The last layer stays: the tied head holds it to the embedding's size.")
    return " ".join(notes)


def _scaled(network: Network, factor: float) -> Network:
    """The network with larger or smaller layers; what a projection or a tie fixes stays."""
    last = network.layers[-1]

    def scaled(layer: Layer) -> Layer:
        if network.tie_weights and layer is last and layer.proj_size is None:
            return layer
        least = 1 if layer.proj_size is None else layer.proj_size + 1
        size = min(LARGEST, max(least, round(layer.hidden_size * factor)))
        return replace(layer, hidden_size=size)

    return replace(network, layers=network.map_layers(scaled))
