"""Shapes: how large each parameter of a cell is, and what the parameters of a gate add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from lstmcalc.algebra import Graph, Param
from lstmcalc.sizes import Size

Shape = tuple[Size, ...]


def shape(param: Param, sizes: Mapping[str, Size]) -> Shape:
    """The shape of one parameter, `[out, in]` for a matrix.

    >>> from lstmcalc.cells import lstm
    >>> W_xi = lstm.graph("none").params[0]
    >>> W_xi.name, shape(W_xi, {"I": 28, "H": 128})
    ('W_xi', (128, 28))
    """
    return tuple(sizes[letter] for letter in param.shape)


def count(params: Iterable[Param], sizes: Mapping[str, Size]) -> Size:
    """How many numbers the parameters hold together."""
    return sum(prod(shape(p, sizes)) for p in params)


def textbook(graph: Graph, gate: str, sizes: Mapping[str, Size]) -> Shape | None:
    """The gate's matrix over the concatenation [h, x], as textbooks draw it: [H + I, H].

    None where a gate has no such matrix: the GRU with reset after the product keeps W_xn and W_hn
    apart, because r stands between them.
    """
    if gate not in graph.concatenated:
        return None
    maps = [p for p in graph.params if p.gate == gate and p.role.startswith("W_")]
    return (sum(shape(p, sizes)[1] for p in maps), shape(maps[0], sizes)[0])
