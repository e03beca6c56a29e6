"""The parameters of a user's module as they are: numbers, memory, and whether they are learned."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from lstmcalc.oracles.torch.calling import name_of
from lstmcalc.oracles.torch.slots import Binding


class Held(NamedTuple):
    """One parameter: the type of its numbers, what is wrong with them, and where they lie.

    `part` is the part of the network that it is of, `odd` is `nan`, `infinity` or nothing, `span`
    the first and the last byte of it in memory; `repeated` says that one number stands for several,
    and `computes` that the weight is computed of it.
    """

    name: str
    part: str
    dtype: str
    is_float: bool
    odd: str
    span: tuple[int, int]
    repeated: bool
    learned: bool
    computes: bool


def parameters_of(binding: Binding) -> tuple[Held, ...]:
    """Every parameter that is learned for a network."""
    found = []
    for layout_name, slot in binding.slots.items():
        part = layout_name.partition(".")[0] if "." in layout_name else ""
        for name, parameter in slot.parameters.items():
            found.append(
                Held(
                    name,
                    part if part in ("embedding", "head") else "recurrent",
                    name_of(parameter.dtype),
                    parameter.is_floating_point(),
                    _odd(parameter.detach()),
                    _span(parameter.detach()),
                    any(s == 0 < n - 1 for n, s in _axes(parameter)),
                    parameter.requires_grad,
                    not slot.is_parameter,
                )
            )
    return tuple(found)


def _odd(tensor: Tensor) -> str:
    if tensor.is_meta or not tensor.is_floating_point() or torch.isfinite(tensor).all():
        return ""
    return "nan" if torch.isnan(tensor).any() else "infinity"


def _axes(tensor: Tensor) -> list[tuple[int, int]]:
    """The size and the stride of every axis."""
    return list(zip(tensor.shape, tensor.stride(), strict=True))


def _span(tensor: Tensor) -> tuple[int, int]:
    if tensor.is_meta or not tensor.numel():
        return 0, 0
    reach = sum((size - 1) * stride for size, stride in _axes(tensor))
    start = tensor.data_ptr()
    return start, start + (reach + 1) * tensor.element_size()
