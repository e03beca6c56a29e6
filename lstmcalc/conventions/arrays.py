"""Arrays between the equations and the tensors a framework stores, as a layout describes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcalc.conventions.packing import Tensor
from lstmcalc.forward import Weights
from lstmcalc.network import Place
from lstmcalc.readings.values import Array


def unpack(stored: Mapping[str, Array], layout: tuple[Tensor, ...]) -> Weights:
    """The arrays of the equations, cut out of stored tensors."""
    recurrent: dict[Place, dict[str, Array]] = {}
    for tensor in layout:
        if tensor.place is not None:
            params = recurrent.setdefault(tensor.place, {})
            for part in tensor.slices:
                params[part.param] = stored[tensor.name][part.start : part.stop]
    embedding, bias = stored.get("embedding.weight"), stored.get("head.bias")
    head = None if bias is None else stored.get("head.weight", embedding)
    return Weights(recurrent, embedding, head, bias)


def pack(weights: Weights, layout: tuple[Tensor, ...]) -> dict[str, Array]:
    """The tensors that hold these weights; a bias that the equations do not have is 0."""
    ends = {
        "embedding.weight": weights.embedding,
        "head.weight": weights.head_weight,
        "head.bias": weights.head_bias,
    }
    stored: dict[str, Array] = {}
    for tensor in layout:
        if tensor.place is None:
            stored[tensor.name] = ends[tensor.name]
            continue
        own = weights.recurrent[tensor.place]
        rows = (tensor.shape[0], *tensor.shape[1:])
        stored[tensor.name] = np.zeros(rows)
        for part in tensor.slices:
            # the one bias of a gate, b_i, goes where two have their first, b_xi
            name = part.param if part.param in own else part.param.replace("b_x", "b_")
            if name in own:
                stored[tensor.name][part.start : part.stop] = own[name]
    return stored
