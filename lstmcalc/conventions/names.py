"""Names of stored tensors: what tells which layer one is of, and what which tensor it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lstmcalc.conventions.layout import Convention
from lstmcalc.network import Layer, Network

NUMBERING = ("{layer}", "{next}", "{index}", "{nth}", "{direction}")
"""The words of a full name that tell the layer and the direction."""


class Before(NamedTuple):
    """Of a layer: how many before it are of its stem, their directions, and how many of any stem
    have two directions. Frameworks that name layers by their class count each class apart."""

    alike: int
    directions: int
    both: int


def counted(network: Network, convention: Convention) -> Iterator[Before]:
    """What stands before each layer of a network whose cells the framework has."""
    alike: Counter[str] = Counter()
    directions: Counter[str] = Counter()
    both = 0
    for layer in network.layers:
        stem = convention.layout(layer.cell.name).stem
        yield Before(alike[stem], directions[stem], both)
        alike[stem] += 1
        directions[stem] += layer.directions
        both += layer.bidirectional


def full_name(
    network: Network, index: int, direction: int, convention: Convention, before: Before
) -> str:
    """The name of a tensor of a layer, with {tensor} left open."""
    whole = network.vocab_size is not None or network.num_classes is not None
    beside, apart = convention.prefixes
    prefix, depth = (beside if whole else ""), index
    if apart and not network.uniform:
        prefix, depth = apart.format(layer=index), 0
    layer = network.layers[index]
    return prefix + _named(convention.full_name, convention, layer, depth, direction, before)


class Naming(NamedTuple):
    """The full names of a layer's tensors in two parts: the layer's, and each tensor's own."""

    head: str
    tails: tuple[str, ...]


def naming(
    convention: Convention, layer: Layer, depth: int, direction: int, own: Sequence[str]
) -> Naming:
    """How tensors of these names are named in full at a depth of a stack.

    There are no tails where what tells the layer stands behind the tensor's own name.

    >>> from lstmcalc.cells import lstm
    >>> from lstmcalc.conventions.libraries import KERAS
    >>> naming(KERAS, Layer(lstm, 128), 1, 0, ["kernel", "bias"])
    Naming(head='lstm_1', tails=('/lstm_cell/kernel', '/lstm_cell/bias'))
    """
    pattern = convention.full_name
    before = Before(depth, depth * layer.directions, depth)  # all layers are alike
    behind = max(pattern.rfind(word) + len(word) for word in NUMBERING if word in pattern)
    head = _named(pattern[:behind], convention, layer, depth, direction, before)
    tail = _named(pattern[behind:], convention, layer, depth, direction, before)
    return Naming(head, tuple(tail.format(tensor=n) for n in own if "{tensor}" in tail))


def _named(
    pattern: str,
    convention: Convention,
    layer: Layer,
    depth: int,
    direction: int,
    before: Before,
) -> str:
    """A pattern of names with its words put in, but for {tensor}."""
    count = before.directions + direction
    words = {
        "layer": depth,
        "index": count,
        "nth": _suffix(count),
        "stem": convention.layout(layer.cell.name).stem,
    }
    kind = convention.directions[layer.directions - 1 + direction]
    which = kind.format(next=_suffix(before.both), **words)
    return pattern.format(tensor="{tensor}", direction=which, next=_suffix(before.alike), **words)


def _suffix(count: int) -> str:
    return f"_{count}" if count else ""
