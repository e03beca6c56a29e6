"""What a framework's recurrent layers take and return: axes, order and names."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from lstmcalc.conventions.axes import parse


class Interface(NamedTuple):
    """How a framework's recurrent layers are called.

    Axes are written as in `Packed`: `t` steps, `b` sequences, `l` layers, `d` directions, and `i`
    how much is read, or how long a state is; letters in brackets share an axis. Without an `l`
    there is one state for each layer, and without a `d` one for each direction.

    Attributes:
        x: the axes of x.
        output: of the output of every step.
        state: of a state, first or last.
        names: of x, a first state, the output and a last state; {state} is h or c, {upper} H or
            C, {word} hidden or cell, {way} one of `ways`.
        ways: the words for a lone direction, and for each of two.
        prefix: of the names of states where each of several layers has its own.
        states_first: whether a call returns the last states before the output.
        turned_by: the option that exchanges steps and sequences in x and the output; empty where
            there is none.
        unbatched: whether x may be a single sequence without an axis `b`.
        note: what else to know.
    """

    x: str
    output: str
    state: str
    names: tuple[str, str, str, str]
    ways: tuple[str, str, str] = ("", "", "")
    prefix: str = "layer {layer} "
    states_first: bool = False
    turned_by: str = ""
    unbatched: bool = False
    note: str = ""

    @property
    def batch_first(self) -> bool:
        """Whether x has its sequences before its steps, where nothing else is asked for."""
        return self.x.index("b") < self.x.index("t")

    @property
    def joins_layers(self) -> bool:
        """Whether one state holds all layers of a module."""
        return "l" in self.state

    @property
    def joins_directions(self) -> bool:
        """Whether one state holds both directions of a layer."""
        return "d" in self.state

    def turned(self, batch_first: bool) -> Interface:
        """The same with steps and sequences exchanged, where that is another order."""
        if batch_first == self.batch_first:
            return self
        swap = str.maketrans("tb", "bt")
        return self._replace(x=self.x.translate(swap), output=self.output.translate(swap))

    def way(self, directions: int, direction: int) -> str:
        """The word for a direction, of so many."""
        return self.ways[directions - 1 + direction]


class Axes(NamedTuple):
    """Axes with their lengths.

    >>> axes = Axes("t b (d i)", {"t": 10, "b": 3, "d": 2, "i": 128}, {"i": "H"})
    >>> axes.shape, axes.letters
    ((10, 3, 256), ('T', 'B', 'D·H'))
    """

    axes: str
    lengths: Mapping[str, int]
    words: Mapping[str, str] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return tuple(prod(self.lengths[letter] for letter in axis) for axis in parse(self.axes))

    @property
    def letters(self) -> tuple[str, ...]:
        """Each axis in the letters of formulas: a lone layer or direction is 1 and left out."""
        return tuple(self._letters(axis) for axis in parse(self.axes))

    def _letters(self, axis: str) -> str:
        present = [a for a in axis if a not in "ld" or self.lengths[a] > 1]
        return "·".join(self.words.get(a, a.upper()) for a in present) or "1"
