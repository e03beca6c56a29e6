"""Arrays between the equations and the tensors a framework stores, as a layout describes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcalc.conventions.layout import EMBEDDING, HEAD_BIAS, HEAD_WEIGHT
from lstmcalc.conventions.packing import Part, Tensor
from lstmcalc.forward import Weights
from lstmcalc.network import Place
from lstmcalc.readings.values import Array


def unpack(stored: Mapping[str, Array], layout: tuple[Tensor, ...]) -> Weights:
    """The arrays of the equations, cut out of stored tensors."""
    found: dict[Place | None, dict[str, Array]] = {}
    for tensor in layout:
        for part in tensor.parts:
            found.setdefault(part.place, {})[part.param] = _read(stored[tensor.name], part)
    ends = found.pop(None, {})
    recurrent = {place: params for place, params in found.items() if place is not None}
    embedding, bias = ends.get(EMBEDDING), ends.get(HEAD_BIAS)
    head = None if bias is None else ends.get(HEAD_WEIGHT, embedding)
    return Weights(recurrent, embedding, head, bias)


def pack(weights: Weights, layout: tuple[Tensor, ...]) -> dict[str, Array]:
    """The tensors that hold these weights; a bias that the equations do not have is 0."""
    ends = {
        EMBEDDING: weights.embedding,
        HEAD_WEIGHT: weights.head_weight,
        HEAD_BIAS: weights.head_bias,
    }
    stored: dict[str, Array] = {}
    for tensor in layout:
        array = stored[tensor.name] = np.zeros(tensor.shape)
        for part in tensor.parts:
            own = ends if part.place is None else weights.recurrent[part.place]
            # the one bias of a gate, b_i, goes where two have their first, b_xi
            name = part.param if part.param in own else part.param.replace("b_x", "b_")
            if name in own:
                _write(array, part, own[name])
    return stored


def _read(stored: Array, part: Part) -> Array:
    rows = stored[_index(part)].reshape(part.shape[::-1] if part.transposed else part.shape)
    rows = rows.T if part.transposed else rows
    return rows if part.sign == 1 and not part.offset else part.sign * rows + part.offset


def _write(stored: Array, part: Part, array: Array) -> None:
    array = part.sign * (array - part.offset)
    there = stored[_index(part)]
    there[...] = (array.T if part.transposed else array).reshape(there.shape)


def _index(part: Part) -> tuple[slice, ...]:
    return tuple(slice(*span) for span in part.spans)
