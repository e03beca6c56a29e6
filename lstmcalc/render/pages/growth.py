"""How a network's cost grows with its hidden size."""

from __future__ import annotations

from dataclasses import replace

from lstmcalc.network import Layer, Network
from lstmcalc.render.braille import log_plot
from lstmcalc.render.table import Cell, Table
from lstmcalc.sizes import LARGEST
from lstmcalc.totals import count_parameters, step_work

OCTAVES = 3
"""The hidden sizes go from an eighth to eight times."""
POINTS = 8
"""Of the plot in each octave."""


def growth_table(network: Network, width: int, height: int) -> Table:
    """Parameters and work of a step for smaller and larger hidden sizes, all else as it is.

    A tied head holds the last layer to the embedding's size: there the sizes below it change alone.
    """
    exponents = range(-OCTAVES * POINTS, OCTAVES * POINTS + 1)
    grown = [_scaled(network, 2 ** (exponent / POINTS)) for exponent in exponents]
    counts = [(float(count_parameters(n)), float(step_work(n).macs)) for n in grown]
    body: list[tuple[Cell, ...]] = []
    for octave in range(-OCTAVES, OCTAVES + 1):
        scaled = _scaled(network, 2.0**octave)
        sizes = ", ".join(dict.fromkeys(f"{la.hidden_size:,}" for la in scaled.layers))
        times = f"×{2**octave}" if octave >= 0 else f"÷{2**-octave}"
        body.append((times, sizes, count_parameters(scaled), step_work(scaled).macs))
    return Table(
        "Growth with the hidden size",
        ("hidden", "units", "parameters", "MACs a step"),
        tuple(body),
        "Twice the units are four times the recurrent matrices: both grow with H².",
        strong=(OCTAVES,),
        drawing=log_plot(
            list(zip(*counts, strict=True)), "PM", width, height, 1.0,
            f"÷{2**OCTAVES} … hidden size … ×{2**OCTAVES}",
        ),
    )  # fmt: skip


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
