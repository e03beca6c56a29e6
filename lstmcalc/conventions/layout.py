"""What a framework's convention says: how it names, orders and packs a cell's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lstmcalc.conventions.interface import Interface
from lstmcalc.errors import UnsupportedError

ROLES = ("W_x", "W_h", "w_c", "b", "b_x", "b_h")
"""Roles that parameters of the equations have once for every gate."""
EMBEDDING, HEAD_WEIGHT, HEAD_BIAS = "E", "W_y", "b_y"
"""What the parameters before and after the recurrent layers are called in `Packed.holds`."""
PADDING = "-"
"""In an order of gates: rows that are stored and never read."""


class Packed(NamedTuple):
    """A tensor as a framework stores it.

    `holds` are roles (`W_x`, `b`), each for every gate in the layout's order, or parameters by name
    (`b_xn`); `W_x|W_h` are two matrices side by side. `axes` are the stored axes, written with `d`
    directions, `b` roles, `g` gates, `h` units and `i` what they read; letters in brackets share
    an axis: `(g h) i` stacks the gates, `i (h g)` is transposed and interleaved. Without a `g`
    there is one tensor for each gate, with `{gate}` in its name.
    """

    name: str
    holds: str
    axes: str


ENDS = (
    Packed("embedding.weight", EMBEDDING, "h i"),
    Packed("head.weight", HEAD_WEIGHT, "h i"),
    Packed("head.bias", HEAD_BIAS, "h"),
)


class Choice(NamedTuple):
    """An option of a framework that changes what is computed and leaves no trace in the tensors.

    Attributes:
        option: what the framework calls it.
        value: what it is taken for.
        note: where another value is the usual one.
        directions: how many a layer must have for the option to matter; 0 for any number.
    """

    option: str
    value: str
    note: str = ""
    directions: int = 0


class Layout(NamedTuple):
    """How a framework stores one cell, and where its equations differ from ours.

    Attributes:
        own: the framework's class or operator.
        order: the gates in the order they are packed; left out, that of the equations.
        tensors: those of this cell, where the convention's do not fit it.
        stem: what the names of its tensors begin with, where it is the cell that decides.
        options: of the class, for this cell.
        negated: gates that are stored with the other sign: sigmoid(-a) is 1 - sigmoid(a).
        forget_bias: what it adds to the forget gate when it runs.
        states: the last states in the order it hands them over.
        note: what else to know.
        choices: what its tensors do not tell, beside the convention's own.
        one_way: whether it has no layer of two directions, or none that is described here.
    """

    own: str
    order: Sequence[str] = ""
    tensors: tuple[Packed, ...] = ()
    stem: str = ""
    options: Mapping[str, str] = {}
    negated: str = ""
    forget_bias: float = 0.0
    states: str = "h"
    note: str = ""
    choices: tuple[Choice, ...] = ()
    one_way: bool = False


class Convention(NamedTuple):
    """A framework's convention.

    Attributes:
        name: to ask for it by.
        title: to show.
        layouts: by the name of the cell.
        source: where it is documented.
        full_name: of a tensor, from {tensor}, {layer}, {next} (nothing, _1, _2 …), {index} (layers
            and directions counted through), {nth} (of these nothing, _1, _2 …), {direction} and
            {stem}.
        directions: the word for a lone direction, and for each of two.
        prefixes: before the name beside an embedding or a head, and where layers differ.
        tensors: of every layout that has none of its own.
        ends: the tensors of the embedding and the head.
        pattern: what to show for a cell that it does not have.
        always_biased: whether none of its cells can be without biases.
        ran: the version that the tests run; empty where its documentation is all we have.
        stacks: whether one module of it can have several layers, which are then in their order.
        choices: what the tensors of no cell of it tell.
        interface: what its layers take and return; None where that is not described.
        buffer: whether all tensors lie in one buffer: every matrix, then every bias.
    """

    name: str
    title: str
    layouts: Mapping[str, Layout]
    source: str
    full_name: str = "{tensor}"
    directions: tuple[str, str, str] = ("", "", "")
    prefixes: tuple[str, str] = ("", "")
    tensors: tuple[Packed, ...] = ()
    ends: tuple[Packed, ...] = ENDS
    pattern: Layout | None = None
    always_biased: bool = False
    ran: str = ""
    stacks: bool = False
    choices: tuple[Choice, ...] = ()
    interface: Interface | None = None
    buffer: bool = False

    def layout(self, cell: str) -> Layout:
        """How it stores a cell.

        Raises:
            UnsupportedError: it has no such cell.
        """
        found = self.layouts.get(cell, self.pattern)
        if found is None:
            has = ", ".join(self.layouts)
            raise UnsupportedError(
                f"cell {cell}", f"{self.title} has no such cell", f"it has {has}"
            )
        return found

    def packing(self, cell: str) -> tuple[Packed, ...]:
        """The tensors of a cell, each with the roles or parameters it holds."""
        return self.layout(cell).tensors or self.tensors
