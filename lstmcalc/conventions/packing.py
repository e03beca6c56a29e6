"""Packing: the parameters of a network as the tensors a framework stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.shapes import Shape, shape
from lstmcalc.sizes import Size
from lstmcalc.totals import embedding_shapes, head_shapes


@dataclass(frozen=True)
class Packed:
    """A tensor that stacks, gate after gate, the parameters of these roles."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Convention:
    """A framework's layout: its packed tensors, and how a layer and a direction are named.

    `cells` are the classes it has, and their options, by the name of the cell.
    """

    name: str
    cells: Mapping[str, tuple[str, Mapping[str, str]]]
    tensors: tuple[Packed, ...]
    full_name: str
    directions: tuple[str, str]


@dataclass(frozen=True)
class Slice:
    """The rows of a packed tensor that hold one parameter of the equations."""

    param: str
    start: Size
    stop: Size


@dataclass(frozen=True)
class Tensor:
    """One stored tensor: its name, its shape, and for packed ones where each gate lies."""

    name: str
    shape: Shape
    packed: str
    place: Place | None = None
    slices: tuple[Slice, ...] = ()

    @property
    def parameters(self) -> Size:
        """How many numbers it holds."""
        return prod(self.shape)


def tensors(network: Network, convention: Convention) -> tuple[Tensor, ...]:
    """Every tensor the framework stores for `network`, in its order.

    A lone stack of like layers has the plain names of the framework's own module. With an
    embedding, a head or layers of different sizes, names begin with the part they belong to:
    `embedding.`, `rnn.` (`rnn.0.` … for layers that differ) and `head.`.

    >>> from lstmcalc.conventions.torch import TORCH
    >>> from lstmcalc.network import LSTM
    >>> [(t.name, t.shape) for t in tensors(LSTM(28, 128), TORCH)][:2]
    [('weight_ih_l0', (512, 28)), ('weight_hh_l0', (512, 128))]
    """
    whole = network.vocab_size is not None or network.num_classes is not None
    found = [Tensor(f"embedding.{n}", s, n) for n, s in embedding_shapes(network).items()]
    for index, layer in enumerate(network.layers):
        prefix = "rnn." if whole or not network.uniform else ""
        depth = index
        if not network.uniform:
            prefix, depth = f"rnn.{index}.", 0
        for direction in range(layer.directions):
            sizes = layer.sizes(network.input_sizes[index])
            for packed in convention.tensors:
                name = prefix + convention.full_name.format(
                    tensor=packed.name, layer=depth, direction=convention.directions[direction]
                )
                found += _pack(layer, sizes, packed, name, (index, direction))
    return tuple(found + [Tensor(f"head.{n}", s, n) for n, s in head_shapes(network).items()])


def _pack(
    layer: Layer, sizes: Mapping[str, Size], packed: Packed, name: str, place: Place
) -> Iterator[Tensor]:
    slices: list[Slice] = []
    rows: Size = 0
    columns: Shape = ()
    for param in layer.graph.params:
        if param.role in packed.roles:
            height, *columns_ = shape(param, sizes)
            slices.append(Slice(param.name, rows, rows + height))
            rows, columns = rows + height, tuple(columns_)
    if slices:
        yield Tensor(name, (rows, *columns), packed.name, place, tuple(slices))
