"""The space that is searched: which kinds of networks, and which sizes of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lstmcalc.cells import CELLS, Cell, find_cell
from lstmcalc.explanation.given import Given
from lstmcalc.explanation.kinds import Head, Kind, Way, distinct_ways
from lstmcalc.tracing import BIASES, Bias

LAYERS = (1, 2, 3, 4)
EVERY = 1_024
"""Every hidden size up to it is searched where one size can be solved for."""
LARGE_HIDDEN = tuple(sorted({*range(1_088, 16_385, 64), *range(1_100, 16_001, 100)}))
ROUND_HIDDEN = tuple(sorted({
    *range(1, 11), 12, 16, *range(20, 101, 10), *range(24, 257, 8), *range(150, 2_001, 50),
    *range(288, 1_025, 32), *range(1_152, 4_097, 128), 5_120, 6_144, 8_192,
}))  # fmt: skip
LENGTHS = (8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 150, 200, 256, 300, 400, 500, 512, 600, 650,
           768, 1_000, 1_024, 1_500, 2_048)  # fmt: skip
"""Usual lengths of a word's vector."""
CLASSES = (*range(1, 13), 16, 20, 24, 25, 26, 27, 28, 32, 36, 39, 40, 46, 48, 50, 61, 62, 64, 65,
           80, 96, 100, 121, 128, 200, 256, 500, 512, 1_000)  # fmt: skip
INPUTS = (1, 2, 3, 4, 5, 10, 13, 20, 28, 32, 39, 40, 50, 64, 80, 100, 128, 200, 256, 300, 512)
FEW_CLASSES = (1, 2, 3, 4, 5, 10, 100, 1_000)
VOCABULARIES = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 33_278, 50_000, 100_000, 793_471)
"""Of a rounded total, which solves for nothing, so that usual sizes alone are searched."""


class Grid(NamedTuple):
    """Sizes of one kind, by `build_network`'s names, as arrays that broadcast; one may be unknown.

    The unknown one is in `sizes` too, as 1: a count of parameters is affine in it. `shared` says
    that as many classes as inputs or words are in another grid.
    """

    kind: Kind
    sizes: dict[str, Any]
    unknown: str | None
    shared: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a count of them all."""
        arrays = [size for size in self.sizes.values() if isinstance(size, np.ndarray)]
        return np.broadcast_shapes((1, 1, 1, 1), *(array.shape for array in arrays))

    @property
    def fresh(self) -> Any:
        """Which of them are there for the first time: the hidden size may be a usual length too."""
        inputs = self.sizes["input_size"]
        if not isinstance(inputs, np.ndarray) or inputs.shape[1] != len(LENGTHS) + 1:
            return True
        first = np.ones(inputs.shape, bool)
        first[:, -1] = ~(inputs[:, :-1] == inputs[:, -1:]).any(1)
        return first

    @property
    def number(self) -> int:
        """How many there are, the unknown size apart."""
        return int(np.broadcast_to(self.fresh, self.shape).sum())


@dataclass(frozen=True)
class Space:
    """All that agrees with what is given; `solves` says that one size is solved for, exactly."""

    given: Given
    solves: bool

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The cells."""
        return tuple(CELLS.values()) if self.given.cell is None else (find_cell(self.given.cell),)

    @property
    def biases(self) -> tuple[Bias, ...]:
        """The conventions of biases."""
        bias = self.given.bias
        return BIASES if bias is None or isinstance(bias, bool) else (bias,)

    @property
    def layers(self) -> tuple[int, ...]:
        """How many layers of one size; 1 where a list of sizes says it."""
        if isinstance(self.given.hidden_size, tuple):
            return (self.given.num_layers or 1,)
        return LAYERS if self.given.num_layers is None else (self.given.num_layers,)

    @property
    def directions(self) -> tuple[bool, ...]:
        """Whether layers read from both ends."""
        both = self.given.bidirectional
        return (False, True) if both is None else (both,)

    @property
    def embeddings(self) -> tuple[bool, ...]:
        """Whether there is an embedding."""
        if self.given.tie_weights:
            return (True,)
        return (False, True) if self.given.vocab_size is None else (self.given.vocab_size > 0,)

    def heads(self, embedded: bool) -> tuple[Head, ...]:
        """The heads of a network with or without an embedding."""
        given = self.given
        if given.tie_weights:
            return ("tied",)
        tied: tuple[Head, ...] = ("tied",) if given.tie_weights is None else ()
        if given.num_classes == 0:
            return ("none",)
        if given.num_classes is not None:
            same = embedded and given.vocab_size in (None, given.num_classes)
            return ("classes", *tied) if same else ("classes",)
        return ("none", "classes", "words", *tied) if embedded else ("none", "classes", "inputs")

    @cached_property
    def ways(self) -> tuple[tuple[Way, ...], ...]:
        """Cells and conventions, those of equal counts together."""
        return distinct_ways(self.cells, self.biases, bool(self.given.proj_size))

    @cached_property
    def every_way(self) -> tuple[tuple[Way, ...], ...]:
        """The same for all cells: a framework may count another cell of the same matrices."""
        return distinct_ways(CELLS.values(), self.biases, bool(self.given.proj_size))

    def kinds(self) -> Iterator[Kind]:
        """Every kind of network in the space."""
        for ways in self.ways:
            for layers in self.layers:
                for both in self.directions:
                    for embedded in self.embeddings:
                        for head in self.heads(embedded):
                            yield Kind(ways, layers, both, embedded, head)

    def grid(self, kind: Kind) -> Grid:
        """The sizes of a kind of network."""
        given, sizes = self.given, dict[str, Any]()
        unknown = self._unknown(kind)
        solved_input = unknown == "input_size" or given.input_size is not None
        hidden = given.hidden_size
        if isinstance(hidden, tuple):
            sizes["hidden_size"] = list(hidden)
        elif hidden is not None:
            sizes["hidden_size"] = hidden
        elif self.solves and solved_input:
            sizes["hidden_size"] = _along(0, (*range(1, EVERY + 1), *LARGE_HIDDEN))
        else:
            sizes["hidden_size"] = _along(0, ROUND_HIDDEN)
        if given.proj_size:
            sizes["proj_size"] = given.proj_size
            free = isinstance(sizes["hidden_size"], np.ndarray)
            if free:
                hidden = sizes["hidden_size"]
                sizes["hidden_size"] = _along(0, hidden[hidden > given.proj_size])
        sizes["input_size"] = self._inputs(kind, sizes)
        if kind.embedded:
            sizes["vocab_size"] = _given_or(given.vocab_size, 2, VOCABULARIES)
            if kind.head == "tied" and given.num_classes:
                sizes["vocab_size"] = given.num_classes
        if kind.head == "classes":
            usual = CLASSES if self.solves else FEW_CLASSES
            sizes["num_classes"] = _given_or(given.num_classes, 3, usual)
        if unknown is not None:
            sizes[unknown] = 1
        return Grid(kind, sizes, unknown, given.num_classes is None)

    def _inputs(self, kind: Kind, sizes: dict[str, Any]) -> Any:
        """The input sizes beside these hidden sizes."""
        given, hidden = self.given, sizes["hidden_size"]
        if kind.head == "tied":
            plain = Kind(kind.ways, kind.num_layers, kind.bidirectional, False, "none")
            output = plain.build({**sizes, "input_size": 1}).output_size
            if given.input_size is not None and isinstance(output, np.ndarray):
                sizes["hidden_size"] = _along(0, hidden[output == given.input_size])
            return output if given.input_size is None else given.input_size
        if given.input_size is not None:
            return given.input_size
        if not kind.embedded or isinstance(hidden, list):
            return _along(1, LENGTHS if kind.embedded else INPUTS)
        column = np.asarray(hidden, np.int64).reshape(-1, 1, 1, 1)
        usual = np.broadcast_to(_along(1, LENGTHS), (len(column), len(LENGTHS), 1, 1))
        return np.concatenate((usual, column), axis=1)

    def _unknown(self, kind: Kind) -> str | None:
        """The size that is solved for: the one that can be any number, where it is free."""
        given = self.given
        if not self.solves:
            return None
        if kind.embedded and given.vocab_size is None:
            return None if kind.head == "tied" and given.num_classes else "vocab_size"
        if given.input_size is None and kind.head != "tied":
            return "input_size"
        free = kind.head == "classes" and given.num_classes is None
        return "num_classes" if free else None


def _along(axis: int, sizes: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Sizes as an array along one of four axes: hidden, input, vocabulary, classes."""
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    return np.asarray(sizes, np.int64).reshape(shape)


def _given_or(given: int | None, axis: int, usual: tuple[int, ...]) -> Any:
    return _along(axis, usual) if given is None else given
