"""Kinds of networks: everything about a network but its sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from lstmcalc.algebra import Param
from lstmcalc.build import build_network
from lstmcalc.cells import Cell
from lstmcalc.conventions.known import keepers
from lstmcalc.explanation.rank import (
    BIDIRECTIONAL,
    EMBEDDED,
    HEADS,
    LEFT_OUT,
    MORE_LAYERS,
    bias_points,
    cell_points,
)
from lstmcalc.network import Network
from lstmcalc.tracing import Bias

Head: TypeAlias = Literal["none", "classes", "inputs", "words", "tied"]
"""No head, or one of a number of its own, of as many outputs as inputs or words, or tied."""

Shapes: TypeAlias = frozenset[tuple[tuple[str, ...], int]]

Way: TypeAlias = tuple[Cell, Bias]
"""A cell under a convention of biases: what frameworks differ in."""


MATRIX = 2
"""Dimensions of a matrix."""


@dataclass(frozen=True)
class Kind:
    """All about a network but its sizes; `ways` hold the same matrices, the likeliest first.

    Layers of one size have that size for their hidden size, unequal ones a list of sizes.
    """

    ways: tuple[Way, ...]
    num_layers: int
    bidirectional: bool
    embedded: bool
    head: Head
    unequal: bool = False

    @property
    def reads(self) -> str:
        """The name of what the network reads: words or numbers."""
        return "vocab_size" if self.embedded else "input_size"

    def arguments(self, sizes: Mapping[str, Any]) -> dict[str, Any]:
        """What `build_network` is told for these sizes, which have its names."""
        (cell, bias), *_ = self.ways
        words = sizes.get("vocab_size")
        classes = {
            "none": None,
            "classes": sizes.get("num_classes", words),
            "inputs": sizes["input_size"],
            "words": words,
            "tied": None,
        }
        return {
            "hidden_size": sizes["hidden_size"],
            "input_size": sizes["input_size"],
            "num_layers": 1 if self.unequal else self.num_layers,
            "cell": cell,
            "bias": bias,
            "bidirectional": self.bidirectional,
            "proj_size": sizes.get("proj_size"),
            "vocab_size": words if self.embedded else None,
            "tie_weights": self.head == "tied",
            "num_classes": classes[self.head],
        }

    def build(self, sizes: Mapping[str, Any]) -> Network:
        """The network of these sizes; they may be arrays.

        Raises:
            LstmcalcError: there is no such network.
        """
        return build_network(**self.arguments(sizes))

    def points(self, given: Iterable[str]) -> int:
        """What the choices of the kind add to a surprise, those that are given left out."""
        cell, bias = self.ways[0]
        own = {
            "cell": cell_points(cell.name, "double"),
            "bias": cell_points(cell.name, bias) - cell_points(cell.name, "double"),
            "num_layers": MORE_LAYERS * (self.num_layers - 1),
            "bidirectional": BIDIRECTIONAL * self.bidirectional,
            "vocab_size": EMBEDDED * self.embedded,
            "tie_weights" if self.head == "tied" else "num_classes": HEADS[self.head],
        }
        return sum(points for name, points in own.items() if name not in given)

    def counterparts(self, ways: Iterable[tuple[Way, ...]]) -> Iterator[tuple[Kind, int]]:
        """Other ways to count the same network, and what each adds to its surprise.

        A cell of the same matrices under any of these ways, with the embedding and the head or
        without. Both at once is as surprising as two changes.
        """
        own = family(self.ways[0][0])
        for every in ways:
            alike = [way for way in every if family(way[0]) == own]
            if not alike:
                continue
            others = tuple(
                sorted(alike, key=lambda way: (bias_points(way[1]), way[0] is not self.ways[0][0]))
            )
            whole = replace(self, ways=self.ways if others[0] in self.ways else others)
            left_out = LEFT_OUT * (1 + (whole.ways is others))
            if whole != self:
                yield whole, 0
            if self.head != "none":
                yield replace(whole, head="none"), left_out
            if self.embedded and self.head != "tied":
                head: Head = "classes" if self.head == "words" else self.head
                yield replace(whole, embedded=False, head=head), left_out
            if self.embedded and self.head != "none":
                yield replace(whole, embedded=False, head="none"), left_out


def shapes(params: Iterable[Param]) -> Shapes:
    """How many parameters there are of each shape: all that a count depends on."""
    return frozenset(Counter(param.shape for param in params).items())


@lru_cache(maxsize=64)
def family(cell: Cell) -> tuple[frozenset[str], Shapes]:
    """The gates and matrices of a cell: what a reset before or after, or peepholes, leave alone."""
    graph = cell.graph("none")
    return frozenset(graph.gates), shapes(p for p in graph.params if len(p.shape) == MATRIX)


def distinct_ways(
    cells: Iterable[Cell], biases: Iterable[Bias], projected: bool
) -> tuple[tuple[Way, ...], ...]:
    """Cells and conventions, those together that hold the same matrices and biases.

    Of those together the first are what some framework has.

    >>> from lstmcalc.cells import CELLS
    >>> found = distinct_ways(CELLS.values(), ["none"], projected=False)
    >>> [[cell.name for cell, _ in ways] for ways in found][:2]
    [['rnn', 'rnn_relu'], ['gru', 'gru_reset_before', 'lstm_coupled']]
    """
    found: dict[Shapes, list[Way]] = {}
    chosen = tuple(biases)
    several = tuple(cells)
    for cell in several:
        if projected and len(several) > 1 and not cell.graph("none").projects:
            continue  # a cell alone says itself that it has no projection
        # a bias on x is one bias, where every map reads x
        one: Mapping[Bias, Bias] = {"input": "single"} if cell.has_one_bias else {}
        for bias in dict.fromkeys(one.get(bias, bias) for bias in chosen):
            found.setdefault(shapes(cell.graph(bias, projected).params), []).append((cell, bias))

    def rank(way: Way) -> tuple[bool, int]:
        cell, bias = way
        return not keepers(cell.name, bias, projected), cell_points(cell.name, bias)

    return tuple(tuple(sorted(ways, key=rank)) for ways in found.values())
