"""The weights of a module as they are: finite, each its own, learned, and left alone by a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor

from lstmcalc.oracles.torch.slots import Binding
from lstmcalc.verdict import Check, judge


class Held(NamedTuple):
    """The check, and what is worth a note: parts whose weights are frozen."""

    check: Check
    notes: tuple[str, ...]


def check_weights(binding: Binding) -> Held:
    """Whether the user's own weights are numbers, and no two of them share any.

    A part that is frozen as a whole is noted: that is somebody's intention. One weight that is
    frozen among others that learn is a fault.
    """
    faults: dict[str, str] = {}
    for name, parameter in _parameters(binding).items():
        if not parameter.is_floating_point():
            faults[name] = f"{name} holds {parameter.dtype}: whole numbers are not learned"
        elif any(stride == 0 < size - 1 for size, stride in _axes(parameter)):
            faults[name] = f"{name} holds fewer numbers than its shape says: some are shared"
        elif not torch.isfinite(parameter).all():
            which = "nan" if torch.isnan(parameter).any() else "infinity"
            faults[name] = f"{name} holds {which}"
    for one, other in _shared(binding):
        faults[other] = f"{other} shares its numbers with {one}: one is changed with the other"
    frozen, wholly = _frozen(binding)
    for name in frozen:
        faults.setdefault(name, f"{name} is frozen (requires_grad=False), and others learn")
    names = len(binding.slots)
    notes = (f"frozen in the module: {', '.join(wholly)}",) if wholly else ()
    return Held(judge("weights", faults, f"{names} tensors are finite, and none shares"), notes)


def _parameters(binding: Binding) -> dict[str, Tensor]:
    return {
        name: parameter.detach()
        for slot in binding.slots.values()
        for name, parameter in slot.parameters.items()
    }


def _axes(tensor: Tensor) -> Iterator[tuple[int, int]]:
    """The size and the stride of every axis."""
    yield from zip(tensor.shape, tensor.stride(), strict=True)


def _shared(binding: Binding) -> Iterator[tuple[str, str]]:
    """Pairs of weights that lie in the same memory."""
    spans = [(slot.name, *_span(slot.tensor.detach())) for slot in binding.slots.values()
             if slot.is_parameter]  # fmt: skip
    for (one, start, stop), (other, begin, end) in combinations(spans, 2):
        if start < end and begin < stop:
            yield one, other


def _span(tensor: Tensor) -> tuple[int, int]:
    """The first and the last byte of a tensor in memory."""
    if tensor.is_meta or not tensor.numel():
        return 0, 0
    reach = sum((size - 1) * stride for size, stride in _axes(tensor))
    start = tensor.data_ptr()
    return start, start + (reach + 1) * tensor.element_size()


def _frozen(binding: Binding) -> tuple[list[str], list[str]]:
    """Weights that are frozen among others that learn, and those of parts frozen as a whole."""
    parts: dict[str, dict[str, bool]] = {}
    for layout_name, slot in binding.slots.items():
        part = layout_name.partition(".")[0] if "." in layout_name else ""
        part = part if part in ("embedding", "head") else "recurrent"
        for name, parameter in slot.parameters.items():
            parts.setdefault(part, {})[name] = parameter.requires_grad
    frozen = []
    wholly = []
    for learned in parts.values():
        if not any(learned.values()):
            wholly += list(learned)
        elif not all(learned.values()):
            frozen += _odd(learned)
    return frozen, wholly


def _odd(learned: Mapping[str, bool]) -> list[str]:
    """Frozen weights of a layer that learns otherwise; a layer may be frozen as a whole."""
    layers: dict[str, dict[str, bool]] = {}
    for name, learns in learned.items():
        last = name.rpartition(".")[2]
        _, mark, number = last.partition("_l")
        layers.setdefault(f"{name.rpartition('.')[0]}{mark}{number}", {})[name] = learns
    return [
        name
        for layer in layers.values()
        if any(layer.values())
        for name, learns in layer.items()
        if not learns
    ]
