"""The tensors on the way from x through every layer to the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.network import HEAD_WORDS, Network
from lstmcalc.run import (
    NamedShape,
    Run,
    first_states,
    interface_of,
    last_states,
    layer_output,
    named,
    shapes_of,
)

LAYER_PARTS = READS, JOINED, GATES, PUTS_OUT = "reads", "joined", "gates", "puts out"
"""What there is inside of a layer, beside its states."""
PADDED = "pad_packed_sequence"
"""The output of pad_packed_sequence where it is not told batch_first."""


@dataclass(frozen=True)
class Flowing:
    """One tensor on the way: what it is called, its shape in letters and numbers, what it holds.

    `layer` is the layer it is inside of; `part` is one of `LAYER_PARTS` there, else its name.
    """

    name: str
    letters: tuple[str, ...]
    shape: tuple[int, ...]
    words: str
    part: str
    layer: int | None = None


def waypoints(
    network: Network, run: Run, lengths: tuple[int, ...], origin: Convention
) -> Iterator[Flowing]:
    """Every tensor of a run, from x through each layer to the output, in a framework's layout."""
    interface = interface_of(origin, run.batch_first)
    given = {item.name: item for item in shapes_of(network, run, origin)}
    words = "what you give"
    if "tokens" in given:
        yield _flowing(given.pop("tokens"), "word numbers")
        words = "the word's vectors"
    yield _flowing(given.pop(interface.names[0]), words)
    if lengths:
        shape = (sum(lengths), network.input_size)
        yield _flowing(NamedShape("packed x", ("N", "I"), shape), "N = sum of the lengths")
        left = NamedShape("batch_sizes", ("T",), (run.seq_len,))
        yield _flowing(left, "sequences left at each step")
    for start in first_states(network, run, origin):
        yield _flowing(start.named, f"first {start.state}, or zeros")
    yield from _layers(network, run, lengths, interface)
    ends = {end.named.name: end for end in last_states(network, run, origin)}
    for item in given.values():
        if item.name == interface.names[2]:
            yield _flowing(item, "its h, padded with 0" if lengths else "h of every step")
            if lengths and run.batch_first:
                steps_first = interface_of(TORCH, False)
                padded = layer_output(network.layers[-1], steps_first, run, PADDED)
                yield _flowing(padded, "without batch_first")
        elif item.name in ends:
            which = "each own" if lengths else "the"
            yield _flowing(item, f"{ends[item.name].state} after {which} last step")
        elif item.name == "logits":
            yield _flowing(item, f"of {HEAD_WORDS[network.head_on]}")


def _layers(
    network: Network, run: Run, lengths: tuple[int, ...], interface: Interface
) -> Iterator[Flowing]:
    """What there is inside of each layer; packed sequences have one axis for steps and batch."""
    rows = {"n": sum(lengths)}
    reads_axes = "n i" if lengths else interface.x
    output_axes = "n (d i)" if lengths else interface.output
    read = {"i": "I"}
    for index, layer in enumerate(network.layers):
        size, letter = network.input_sizes[index], layer.state_letter("h")
        reads = named(f"layer {index} reads", reads_axes, run, {"i": size, **rows}, read)
        yield _flowing(reads, "x of this layer", READS, index)
        if layer.graph.concatenated:
            joined = named(
                "  [h(t−1), x(t)]", "b i", run, {"i": layer.features + size},
                {"i": f"{letter}+{read['i']}"},
            )  # fmt: skip
            yield _flowing(joined, "at each step", JOINED, index)
        number = len(layer.graph.gates)
        gates = named(
            "  all gates", "b i", run, {"i": number * layer.hidden_size},
            {"i": f"{number}·H" if number > 1 else "H"},
        )  # fmt: skip
        yield _flowing(gates, "at each step", GATES, index)
        for state in layer.graph.states:
            lengths_of = {"i": layer.state_size(state)}
            words = {"i": layer.state_letter(state)}
            each = named(f"  {state}(t)", "b i", run, lengths_of, words)
            yield _flowing(each, "for the next step", state, index)
        name = f"layer {index} puts out"
        output = layer_output(layer, interface._replace(output=output_axes), run, name, rows)
        which = "both directions' h(t)" if layer.bidirectional else "h(t) of every step"
        yield _flowing(output, which, PUTS_OUT, index)
        read = {"i": f"{'D·' * layer.bidirectional}{letter}"}


def _flowing(item: NamedShape, words: str, part: str = "", layer: int | None = None) -> Flowing:
    return Flowing(item.name, item.letters, item.shape, words, part or item.name, layer)
