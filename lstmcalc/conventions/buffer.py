"""One buffer for all tensors of a network: in which order, and from where to where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod
from operator import itemgetter

from lstmcalc.conventions.axes import parse
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.packing import Tensor
from lstmcalc.network import Network


@dataclass(frozen=True)
class Stretch:
    """Where one parameter lies in the buffer: numbers from `start` up to `stop`.

    `tensor` is the stored tensor that it is part of, `buffer` counts the buffers: layers that make
    no stack have one each.
    """

    tensor: str
    param: str
    layer: int
    direction: int
    shape: tuple[int, ...]
    start: int
    stop: int
    buffer: int = 0


def lay_out(
    network: Network, tensors: Sequence[Tensor], convention: Convention
) -> tuple[Stretch, ...]:
    """Every matrix of every layer, then every bias, one behind the other.

    Nothing where the convention has no such buffer, or the network a projection, whose place in it
    is not documented.

    Args:
        network: that the tensors are of.
        tensors: as `packing.tensors` gives them, with their gates stacked.
        convention: of the tensors.

    >>> from lstmcalc.conventions.libraries import CUDNN
    >>> from lstmcalc.conventions.packing import tensors
    >>> from lstmcalc import LSTM
    >>> network = LSTM(28, 128)
    >>> first, *_, last = lay_out(network, tensors(network, CUDNN), CUDNN)
    >>> (first.param, first.start, first.stop), (last.param, last.start, last.stop)
    (('W_xi', 0, 3584), ('b_ho', 80768, 80896))
    """
    if not convention.buffer or any(layer.proj_size is not None for layer in network.layers):
        return ()
    recurrent = [(tensor.place[0], tensor) for tensor in tensors if tensor.place is not None]
    if network.uniform:
        return tuple(_one([tensor for _, tensor in recurrent], 0))
    by_layer = groupby(recurrent, key=itemgetter(0))
    return tuple(
        stretch
        for index, several in by_layer
        for stretch in _one([tensor for _, tensor in several], index)
    )


def _one(tensors: Sequence[Tensor], buffer: int) -> Iterator[Stretch]:
    """One buffer: matrices, then biases, each in the order of the tensors."""
    start = 0
    for tensor in sorted(tensors, key=lambda tensor: "i" not in parse(tensor.axes)):
        for part in tensor.parts:
            stop = start + prod(part.shape)
            layer, direction = part.place or (buffer, 0)
            yield Stretch(
                tensor.name, part.param, layer, direction, part.shape, start, stop, buffer
            )
            start = stop
