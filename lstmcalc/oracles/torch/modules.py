"""Which parts a module has, and which of its parameters is which."""

from __future__ import annotations

import re
from dataclasses import dataclass

from torch import Tensor, nn

from lstmcalc.conventions.packing import Tensor as Stored

Key = tuple[int | str, ...]
"""Layer, direction and packed name of a recurrent tensor; part and name of another."""

_LAYER = re.compile(r"_l(\d+)(_reverse)?$")


@dataclass(frozen=True)
class Recurrent:
    """A module with recurrent weights, and the number of layers and directions it holds."""

    module: nn.Module
    depth: int
    directions: int


@dataclass(frozen=True)
class Pieces:
    """A module taken apart, and every parameter under the layout's name or else its own."""

    embedding: nn.Embedding | None
    recurrent: tuple[Recurrent, ...]
    head: nn.Linear | None
    parameters: dict[str, Tensor]
    own_names: dict[str, str]


def take_apart(module: nn.Module, layout: tuple[Stored, ...]) -> Pieces:
    """Find the parts of `module`, and call its parameters what `layout` calls them.

    Recurrent weights are known by torch's names (`weight_ih_l0`, or `weight_ih` for a lone cell),
    whatever holds them; the embedding is the first nn.Embedding, the head the last nn.Linear.
    """
    expected = {_expected_key(tensor): tensor.name for tensor in layout}
    owners = [
        (prefix, owner)
        for prefix, owner in module.named_modules()
        if any(True for _ in owner.parameters(recurse=False))
    ]
    embedding = next((m for _, m in owners if isinstance(m, nn.Embedding)), None)
    head = next((m for _, m in reversed(owners) if isinstance(m, nn.Linear)), None)
    recurrent: list[Recurrent] = []
    parameters: dict[str, Tensor] = {}
    own_names: dict[str, str] = {}
    seen: set[int] = set()
    below = 0
    for prefix, owner in owners:
        local = dict(owner.named_parameters(recurse=False))
        places = {name: _place(name) for name in local if name.startswith("weight_ih")}
        if places:
            depth = 1 + max(layer for layer, _, _ in places.values())
            directions = 1 + max(direction for _, direction, _ in places.values())
            recurrent.append(Recurrent(owner, depth, directions))
        for name, parameter in local.items():
            own = f"{prefix}.{name}" if prefix else name
            key: Key = (own,)
            if places:
                layer, direction, packed = _place(name)
                key = (below + layer, direction, packed)
            elif owner is embedding or owner is head:
                key = ("embedding" if owner is embedding else "head", name)
            if id(parameter) not in seen:
                known = expected.get(key, own)
                parameters[known], own_names[known] = parameter, own
            seen.add(id(parameter))
        below += recurrent[-1].depth if places else 0
    return Pieces(embedding, tuple(recurrent), head, parameters, own_names)


def _expected_key(tensor: Stored) -> Key:
    if tensor.place is not None:
        return (*tensor.place, tensor.packed)
    return tuple(tensor.name.split("."))


def _place(name: str) -> tuple[int, int, str]:
    """Layer, direction and packed name: `weight_ih_l1_reverse` is `(1, 1, "weight_ih")`."""
    match = _LAYER.search(name)
    if match is None:
        return 0, 0, name
    return int(match[1]), int(match[2] is not None), name[: match.start()]
