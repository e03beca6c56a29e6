"""A network: recurrent layers of their own sizes, maybe an embedding before and a head after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import ge, ne
from typing import Any, Literal, TypeAlias

from lstmcalc.algebra import Graph
from lstmcalc.cells import Cell, find_cell
from lstmcalc.errors import (
    ConfigurationError,
    SizeError,
    check_name,
    listed,
)
from lstmcalc.memory import check_dtype
from lstmcalc.result import Shown
from lstmcalc.sizes import Size, check_flag, check_optional, check_size, is_array, is_symbol
from lstmcalc.tracing import BIASES, Bias

HeadOn: TypeAlias = Literal["last", "every", "states"]
"""The head reads the output of the last step, of every step, or the last states.

With two directions these are the reverse direction's state after the first step, and not what it
puts out at the last one.
"""

Place: TypeAlias = tuple[int, int]
"""A layer's index and its direction: 0 forward, 1 reverse."""

HEADS: tuple[HeadOn, ...] = ("last", "every", "states")
HEAD_WORDS: Mapping[HeadOn, str] = {
    "last": "the last step", "every": "every step", "states": "the last states",
}  # fmt: skip
"""What the head reads."""
MOST_LAYERS = 1_000


@dataclass(frozen=True)
class Layer(Shown):
    """One recurrent layer; it does not know its input size, which the layer below it decides."""

    cell: Cell
    hidden_size: Size
    proj_size: Size | None = None
    bidirectional: bool = False
    bias: Bias = "double"

    def __post_init__(self) -> None:
        object.__setattr__(self, "proj_size", check_optional("projection size", self.proj_size))
        object.__setattr__(self, "cell", find_cell(self.cell, self.proj_size is not None))
        object.__setattr__(self, "hidden_size", check_size("hidden size", self.hidden_size))
        check_flag("bidirectional", self.bidirectional)
        check_name("bias", self.bias, BIASES)
        if self.bias == "input" and self.cell.has_one_bias:
            object.__setattr__(self, "bias", "single")  # one convention, one name
        if self.proj_size is None:
            return
        _ = self.graph  # raises where the cell has no projection
        if _somewhere(ge, self.proj_size, self.hidden_size):
            raise ConfigurationError(
                f"projection size {self.proj_size}",
                f"it must be smaller than the hidden size, {self.hidden_size}",
                "a projection makes the output smaller; leave it out for none",
            )

    @property
    def graph(self) -> Graph:
        """The cell's equations, traced with this layer's biases and projection."""
        return self.graph_under(self.bias)

    def graph_under(self, bias: Bias) -> Graph:
        """The same equations, traced with another convention of biases."""
        return self.cell.graph(bias, self.proj_size is not None)

    @property
    def directions(self) -> int:
        """D: 2 when the layer also reads the sequence from its end, else 1."""
        return 2 if self.bidirectional else 1

    @property
    def features(self) -> Size:
        """R: what one direction puts out, P with a projection, else H."""
        return self.state_size("h")

    @property
    def output_size(self) -> Size:
        """D·R: what the next layer, or the head, reads."""
        return self.directions * self.features

    def state_letter(self, state: str) -> str:
        """The letter of the length of `h` (P with a projection) or another state."""
        return self.graph.inputs[state].dim

    def state_size(self, state: str) -> Size:
        """The length of a state."""
        return self.proj_size if self.state_letter(state) == "P" else self.hidden_size

    def sizes(self, input_size: Size) -> dict[str, Size]:
        """The sizes behind the letters of the cell's equations."""
        return {"I": input_size, "H": self.hidden_size, "P": self.proj_size}


@dataclass(frozen=True, repr=False)
class Network(Shown):
    """A validated network; sizes are integers, integer arrays or SymPy expressions.

    `input_size` is the number of features the first layer reads; with `vocab_size` it is the
    length of an embedding's vectors. `tie_weights` makes the head reuse the embedding's matrix.
    `batch_first` and `dtype` are how torch's module takes x and the type of its numbers: they
    change no count, and are what a run has where the run does not say it.

    Raises:
        SizeError, UnknownNameError, ConfigurationError: one line each, saying what to do.
    """

    input_size: Size
    layers: tuple[Layer, ...]
    vocab_size: Size | None = None
    tie_weights: bool = False
    num_classes: Size | None = None
    head_on: HeadOn = "last"
    batch_first: bool = False
    dtype: str = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_size", check_size("input size", self.input_size))
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise SizeError(
                f"{len(self.layers)} layers", f"a network has between 1 and {MOST_LAYERS:,}"
            )
        for name, words in (("vocab_size", "vocabulary"), ("num_classes", "number of classes")):
            object.__setattr__(self, name, check_optional(words, getattr(self, name)))
        check_flag("tie_weights", self.tie_weights)
        check_flag("batch_first", self.batch_first)
        object.__setattr__(self, "dtype", check_dtype(self.dtype))
        check_name("head", self.head_on, HEADS)
        if self.head_on == "states" and not self.layers[-1].bidirectional:
            object.__setattr__(self, "head_on", "last")  # one direction ends at the last step
        if self.tie_weights:
            self._check_tie()

    def _check_tie(self) -> None:
        if self.vocab_size is None:
            raise ConfigurationError(
                "tied weights", "there is no embedding to tie the head to", "give a vocabulary"
            )
        if self.num_classes is None:
            object.__setattr__(self, "num_classes", self.vocab_size)
        if _somewhere(ne, self.num_classes, self.vocab_size):
            raise ConfigurationError(
                f"tied weights with {self.num_classes} classes",
                f"the embedding has {self.vocab_size} words, and both are one matrix",
                "leave the number of classes out",
            )
        if _somewhere(ne, self.output_size, self.input_size):
            raise ConfigurationError(
                f"tied weights with an output of {self.output_size}",
                f"the embedding's vectors have {self.input_size}, and both are one matrix",
                f"make the last layer put out {self.input_size}, or the input size "
                f"{self.output_size}",
            )

    def __repr__(self) -> str:
        cells = "/".join(dict.fromkeys(layer.cell.name for layer in self.layers))
        sizes = listed(" ".join(str(layer.hidden_size).split()) for layer in self.layers)
        ways = ", two directions" if any(la.bidirectional for la in self.layers) else ""
        every = (layer.proj_size for layer in self.layers)
        projections = dict.fromkeys(str(size) for size in every if size is not None)
        ways += f", projected to {listed(projections)}" if projections else ""
        ways += "" if self.vocab_size is None else f", {self.vocab_size} words"
        ways += "" if self.num_classes is None else f", {self.num_classes} classes"
        return f"<Network: {cells} {self.input_size} → {sizes}{ways}>"

    @cached_property
    def input_sizes(self) -> tuple[Size, ...]:
        """What each layer reads: the network's input, then D·R of the layer below."""
        return (self.input_size, *(layer.output_size for layer in self.layers[:-1]))

    @cached_property
    def groups(self) -> tuple[tuple[Layer, Size, int], ...]:
        """Runs of layers that are one `Layer` on top of one other: layer, input size, how many."""
        found: list[tuple[Layer, Size, int]] = []
        pairs = zip((None, *self.layers), self.layers, self.input_sizes, strict=False)
        previous: tuple[int, int] | None = None
        for below, layer, input_size in pairs:
            pair = (id(below), id(layer))
            times = found.pop()[2] if pair == previous else 0
            found.append((layer, input_size, times + 1))
            previous = pair
        return tuple(found)

    @property
    def output_size(self) -> Size:
        """What the last layer puts out at each step, and the head reads."""
        return self.layers[-1].output_size

    @cached_property
    def uniform(self) -> bool:
        """Whether one torch module holds all layers: it has biases in all of them or in none."""
        first, *rest = (
            (la.cell, la.hidden_size, la.proj_size, la.bidirectional, la.bias == "none")
            for la in self.layers
        )
        return all(other == first for other in rest)

    def with_bias(self, bias: Bias) -> Network:
        """The same network under another convention of biases in its cells."""
        return replace(self, layers=self.map_layers(lambda layer: replace(layer, bias=bias)))

    def map_layers(self, change: Callable[[Layer], Layer]) -> tuple[Layer, ...]:
        """The layers changed; what was one object in several places still is."""
        distinct = {id(layer): layer for layer in self.layers}
        changed = {key: change(layer) for key, layer in distinct.items()}
        return tuple(changed[id(layer)] for layer in self.layers)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Every size the network is given, without those that are left out."""
        layers = [size for layer in self.layers for size in (layer.hidden_size, layer.proj_size)]
        every = (self.input_size, *layers, self.vocab_size, self.num_classes)
        return tuple(size for size in every if size is not None)

    def map_sizes(self, change: Callable[[Size], Size]) -> Network:
        """The same structure with every size replaced by `change(size)`."""

        def maybe(size: Size | None) -> Size | None:
            return None if size is None else change(size)

        def resized(layer: Layer) -> Layer:
            hidden, proj = change(layer.hidden_size), maybe(layer.proj_size)
            return replace(layer, hidden_size=hidden, proj_size=proj)

        return replace(
            self,
            input_size=change(self.input_size),
            layers=self.map_layers(resized),
            vocab_size=maybe(self.vocab_size),
            num_classes=maybe(self.num_classes),
        )


def _somewhere(wrong: Callable[[Any, Any], Any], a: Size, b: Size) -> bool:
    """Whether `wrong(a, b)` holds, for arrays anywhere; of symbols nothing is known."""
    if is_symbol(a) or is_symbol(b):
        return False
    verdict = wrong(a, b)
    return bool(verdict.any()) if is_array(verdict) else bool(verdict)
