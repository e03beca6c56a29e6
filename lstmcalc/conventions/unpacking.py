"""Unpacking: the arrays of the equations, cut out of the tensors a framework stores."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.conventions.packing import Tensor
from lstmcalc.forward import Weights
from lstmcalc.network import Place
from lstmcalc.readings.values import Array


def unpack(stored: Mapping[str, Array], layout: tuple[Tensor, ...]) -> Weights:
    """The arrays of the equations, cut out of stored tensors as `layout` describes them."""
    recurrent: dict[Place, dict[str, Array]] = {}
    for tensor in layout:
        if tensor.place is not None:
            params = recurrent.setdefault(tensor.place, {})
            for part in tensor.slices:
                params[part.param] = stored[tensor.name][part.start : part.stop]
    embedding, bias = stored.get("embedding.weight"), stored.get("head.bias")
    head = None if bias is None else stored.get("head.weight", embedding)
    return Weights(recurrent, embedding, head, bias)
