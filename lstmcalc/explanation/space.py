"""The space that is searched: which kinds of networks, and which sizes of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from lstmcalc.cells import CELLS, Cell, find_cell
from lstmcalc.explanation.given import Given
from lstmcalc.explanation.grid import AXES, Grid, Sizes, map_arrays
from lstmcalc.explanation.kinds import Head, Kind, Way, distinct_ways
from lstmcalc.explanation.stacks import unequal_stacks
from lstmcalc.tracing import BIASES, Bias

LAYERS = (1, 2, 3, 4)
EVERY = 1_024
"""Every hidden size up to it is searched where one size can be solved for."""
LARGE_HIDDEN = tuple(sorted({*range(1_088, 16_385, 64), *range(1_100, 16_001, 100)}))
EVERY_HIDDEN = (*range(1, EVERY + 1), *LARGE_HIDDEN)
ROUND_HIDDEN = tuple(sorted({
    *range(1, 11), 12, 16, *range(20, 101, 10), *range(24, 257, 8), *range(150, 2_001, 50),
    *range(288, 1_025, 32), *range(1_152, 4_097, 128), 5_120, 6_144, 8_192,
}))  # fmt: skip
LENGTHS = (8, 10, 16, 20, 25, 32, 50, 64, 100, 128, 150, 200, 256, 300, 400, 500, 512, 600, 650,
           768, 1_000, 1_024, 1_500, 2_048)  # fmt: skip
"""Usual lengths of a word's vector."""
CLASSES = (*range(1, 13), 16, 20, 24, 25, 26, 27, 28, 32, 36, 39, 40, 46, 48, 50, 61, 62, 64, 65,
           80, 96, 100, 121, 128, 200, 256, 500, 512, 1_000)  # fmt: skip
FEW_LENGTHS = (16, 32, 50, 64, 100, 128, 200, 256, 300, 512)
"""Of the words that unequal layers read."""
INPUTS = (1, 2, 3, 4, 5, 10, 13, 20, 28, 32, 39, 40, 50, 64, 80, 100, 128, 200, 256, 300, 512)
FEW_CLASSES = (1, 2, 3, 4, 5, 10, 100, 1_000)
VOCABULARIES = (1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 33_278, 50_000, 100_000, 793_471)
"""Of a rounded total, which solves for nothing, so that usual sizes alone are searched."""


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

    def unequal(self, layers: int) -> tuple[bool, ...]:
        """Whether so many layers are of one size or of unequal ones."""
        free = self.given.hidden_size is None and self.solves
        return (False, True) if free and unequal_stacks(layers).size else (False,)

    @property
    def any_unequal(self) -> bool:
        """Whether unequal layers are searched."""
        return any(True in self.unequal(layers) for layers in self.layers)

    @property
    def complete(self) -> bool:
        """Whether every size is given, or all but one, which is solved for: none is left out."""
        given = self.given
        listed = isinstance(given.hidden_size, tuple)
        if not listed and None in (given.hidden_size, given.num_layers):
            return False
        # of tied weights the others follow
        others = () if given.tie_weights else (given.input_size, given.num_classes)
        return (given.vocab_size, *others).count(None) <= self.solves

    def trunks(self) -> Iterator[Kind]:
        """Every kind of network in the space, without its head."""
        for ways, layers in product(self.ways, self.layers):
            for both, unequal in product(self.directions, self.unequal(layers)):
                for embedded in self.embeddings:
                    yield Kind(ways, layers, both, embedded, "none", unequal)

    def grid(self, kind: Kind, plain: Grid | None = None) -> Grid:
        """The sizes of a kind of network; `plain` is the grid of its trunk."""
        given, sizes = self.given, dict[str, Any]()
        unknown = self._unknown(kind)
        if given.proj_size:
            sizes["proj_size"] = given.proj_size
        if kind.head == "tied":
            plain = None
        if plain is not None:
            sizes |= {name: plain.sizes[name] for name in ("hidden_size", "input_size")}
        else:
            sizes["hidden_size"] = self._hidden(kind, unknown)
            sizes["input_size"] = self._inputs(kind, sizes)
        if kind.embedded:
            sizes["vocab_size"] = _given_or(given.vocab_size, "vocab_size", VOCABULARIES)
            if kind.head == "tied" and given.num_classes:
                sizes["vocab_size"] = given.num_classes
        if kind.head == "classes":
            few = not self.solves or (kind.embedded and kind.unequal)
            usual = FEW_CLASSES if few else CLASSES
            sizes["num_classes"] = _given_or(given.num_classes, "num_classes", usual)
        if unknown is not None:
            sizes[unknown] = 1
        fresh = _fresh(sizes["input_size"]) if plain is None else plain.fresh
        return Grid(kind, sizes, unknown, plain, fresh, given.num_classes is None)

    def _hidden(self, kind: Kind, unknown: str | None) -> Any:
        """The hidden sizes: one for all layers, or a list with one for each."""
        given = self.given
        hidden: Any = given.hidden_size
        if isinstance(hidden, tuple):
            return list(hidden)
        if hidden is not None:
            return hidden
        every = self.solves and (unknown == "input_size" or given.input_size is not None)
        stacks = np.array([EVERY_HIDDEN if every else ROUND_HIDDEN])
        if kind.unequal:
            stacks = unequal_stacks(kind.num_layers)
        if given.proj_size:
            stacks = stacks[:, stacks.min(axis=0) > given.proj_size]
        layers = [_along("hidden_size", sizes) for sizes in stacks]
        return layers if kind.unequal else layers[0]

    def _inputs(self, kind: Kind, sizes: Sizes) -> Any:
        """The input sizes beside these hidden sizes."""
        given, hidden = self.given, sizes["hidden_size"]
        if kind.head == "tied":
            plain = replace(kind, embedded=False, head="none")
            output = plain.build({**sizes, "input_size": 1}).output_size
            if given.input_size is not None and isinstance(output, np.ndarray):
                fits = output.ravel() == given.input_size
                sizes.update(map_arrays(sizes, lambda array: array[..., fits]))
            return output if given.input_size is None else given.input_size
        if given.input_size is not None:
            return given.input_size
        if not kind.embedded:
            return _along("input_size", INPUTS)
        first = _along("hidden_size", hidden[0] if isinstance(hidden, list) else hidden)
        usual = FEW_LENGTHS if kind.unequal else LENGTHS
        lengths = np.broadcast_to(_along("input_size", usual), (1, 1, len(usual), first.size))
        return np.concatenate((lengths, first), axis=AXES.index("input_size"))

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


def _along(name: str, sizes: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Sizes as an array along the axis of that name."""
    shape = [-1 if axis == name else 1 for axis in AXES]
    return np.asarray(sizes, np.int64).reshape(shape)


def _given_or(given: int | None, name: str, usual: tuple[int, ...]) -> Any:
    return _along(name, usual) if given is None else given


def _fresh(inputs: Any) -> Any:
    """Which inputs are there for the first time: the hidden size may be a usual length too."""
    if not isinstance(inputs, np.ndarray) or inputs.shape[-2] == 1:
        return True
    fresh = np.ones(inputs.shape, bool)
    fresh[:, :, -1] = ~(inputs[:, :, :-1] == inputs[:, :, -1:]).any(2)
    return fresh
