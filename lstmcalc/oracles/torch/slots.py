"""Where a user's module keeps each tensor of a network, under whatever name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize

from lstmcalc.conventions.packing import Tensor as Stored

Key = tuple[int | str, ...]
"""Layer, direction and packed name of a recurrent tensor; part and name of another."""

_LAYER = re.compile(r"_l(\d+)(_reverse)?$")
_BEHIND = re.compile(r"^(.+)_(g|v|orig)$")
"""What older torch calls the parameters that a weight is computed of."""
MOST_PERMUTED = 4
"""Parts whose order is searched for; more are taken as they are registered."""
MOST_BINDINGS = 48


@dataclass(frozen=True)
class Slot:
    """An attribute of a module that holds a weight: a parameter, or what is computed of some."""

    owner: nn.Module
    attribute: str
    name: str

    @property
    def tensor(self) -> Tensor:
        """The weight as the module multiplies with it, computed anew."""
        for hook in self.owner._forward_pre_hooks.values():
            named = getattr(hook, "name", getattr(hook, "_tensor_name", None))
            if named == self.attribute and callable(hook):
                hook(self.owner, ())
        value: Tensor = getattr(self.owner, self.attribute)
        return value

    @property
    def is_parameter(self) -> bool:
        """Whether the weight is a parameter itself."""
        return self.attribute in _direct(self.owner)

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """The parameters that are learned for it, by their full names."""
        before = self.name.removesuffix(self.attribute)
        if self.is_parameter:
            return {self.name: _direct(self.owner)[self.attribute]}
        if parametrize.is_parametrized(self.owner, self.attribute):
            lists: Any = self.owner.parametrizations
            behind = lists[self.attribute].named_parameters()
            path = f"{before}parametrizations.{self.attribute}."
            return {path + name: parameter for name, parameter in behind}
        own = _direct(self.owner)
        names = [f"{self.attribute}_{end}" for end in ("g", "v", "orig")]
        return {before + name: own[name] for name in names if name in own}


def _direct(owner: nn.Module) -> dict[str, nn.Parameter]:
    """A module's own parameters, under every name that they have."""
    return dict(owner.named_parameters(recurse=False, remove_duplicate=False))


@dataclass(frozen=True)
class Binding:
    """One reading of a module: the slot of every tensor of the network that it has.

    `rest` are the module's other weights, by their own names; `recurrent` its recurrent parts.
    """

    slots: Mapping[str, Slot]
    rest: Mapping[str, Slot]
    recurrent: tuple[nn.Module, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor's shape, by the network's name for it or else its own."""
        every = {**self.slots, **self.rest}
        return {name: tuple(slot.tensor.shape) for name, slot in every.items()}

    def faults(self, layout: Sequence[Stored]) -> int:
        """How many tensors are missing, of another shape, or left over."""
        shapes = self.shapes
        wrong = sum(shapes.get(tensor.name) != tensor.shape for tensor in layout)
        return wrong + len(self.rest)


def bindings(
    module: nn.Module, layout: Sequence[Stored], names: Mapping[str, str]
) -> tuple[Binding, ...]:
    """Every reading of a module as a network, the plainest first.

    Recurrent weights are recognised by torch's names (`weight_ih_l0`, or `weight_ih` of a lone
    cell), whatever holds them, in the order they are registered, or any other that fits their
    sizes; an embedding and a head by their class, or else by their shapes.

    Args:
        module: the whole module.
        layout: the tensors of the network.
        names: what the user says: the network's name of a tensor by the module's own.
    """
    for once in (True, False):  # a module that is registered twice may be two layers
        found = sorted(_readings(module, layout, names, once), key=lambda b: b.faults(layout))
        if not once or (found and not found[0].faults(layout)):
            break
    least = found[0].faults(layout)
    return tuple(binding for binding in found if binding.faults(layout) == least)


def _readings(
    module: nn.Module, layout: Sequence[Stored], names: Mapping[str, str], once: bool
) -> list[Binding]:
    every = {slot.name: slot for slot in _slots(module, once)}
    by_user = {names[name]: every.pop(name) for name in names if name in every}
    wanted = {_key(tensor): tensor for tensor in layout if tensor.name not in by_user}
    parts = _recurrent(module, every, once)
    ends = _ends(every, wanted, parts)
    return [
        _bind({**by_user, **placed, **chosen}, every, tuple(part.module for part in order))
        for order, placed in islice(_orders(parts, wanted), MOST_BINDINGS)
        for chosen in islice(ends, MOST_BINDINGS)
    ]


def _bind(
    slots: Mapping[str, Slot], every: Mapping[str, Slot], recurrent: tuple[nn.Module, ...]
) -> Binding:
    used = {id(p) for slot in slots.values() for p in slot.parameters.values()}
    rest = {
        name: slot
        for name, slot in every.items()
        if not used.issuperset(map(id, slot.parameters.values()))
    }
    return Binding(slots, rest, recurrent)


def _slots(module: nn.Module, once: bool) -> Iterator[Slot]:
    """Every weight of a module and of all modules in it."""
    for prefix, owner in module.named_modules(remove_duplicate=once):
        if any(part == "parametrizations" for part in prefix.split(".")):
            continue
        names = dict.fromkeys(
            match[1] if (match := _BEHIND.match(name)) and hasattr(owner, match[1]) else name
            for name in _direct(owner)
        )
        if parametrize.is_parametrized(owner):
            lists: Any = owner.parametrizations
            names |= dict.fromkeys(lists)
        for name in names:
            yield Slot(owner, name, f"{prefix}.{name}" if prefix else name)


@dataclass(frozen=True)
class _Part:
    """A module with recurrent weights: its slots by layer, direction and packed name."""

    module: nn.Module
    slots: Mapping[tuple[int, int, str], Slot]

    @property
    def depth(self) -> int:
        return 1 + max(layer for layer, _, _ in self.slots)

    @property
    def directions(self) -> int:
        return 1 + max(direction for _, direction, _ in self.slots)


def _recurrent(module: nn.Module, every: Mapping[str, Slot], once: bool) -> list[_Part]:
    owners: dict[str, dict[tuple[int, int, str], Slot]] = {}
    for name, slot in every.items():
        owners.setdefault(name.rpartition(".")[0], {})[_place(slot.attribute)] = slot
    modules = dict(module.named_modules(remove_duplicate=once))
    return [
        _Part(modules[prefix], slots)
        for prefix, slots in owners.items()
        if any(packed == "weight_ih" for _, _, packed in slots)
    ]


def _orders(
    parts: Sequence[_Part], wanted: Mapping[Key, Stored]
) -> Iterator[tuple[Sequence[_Part], dict[str, Slot]]]:
    """The parts in each order, and where each slot then is in the network."""
    layers = [int(key[0]) for key, tensor in wanted.items() if tensor.place is not None]
    depth = 1 + max(layers, default=-1)
    both = any(key[1] == 1 for key, tensor in wanted.items() if tensor.place is not None)
    # two modules of one direction each may be the two directions of one layer
    apart = both and all((p.depth, p.directions) == (1, 1) for p in parts)
    orders = permutations(parts) if len(parts) <= MOST_PERMUTED else iter([tuple(parts)])
    for order in orders:
        placed: dict[str, Slot] = {}
        below = 0
        for index, part in enumerate(order):
            for (layer, direction, packed), slot in part.slots.items():
                place = (below + layer, direction)
                if apart and len(parts) == 2 * depth:
                    place = (index // 2, index % 2)
                tensor = wanted.get((*place, packed))
                if tensor is not None:
                    placed[tensor.name] = slot
            below += part.depth
        yield order, placed


def _ends(
    every: Mapping[str, Slot], wanted: Mapping[Key, Stored], parts: Sequence[_Part]
) -> list[dict[str, Slot]]:
    """Each choice of an embedding and a head: modules of that class, or weights of that shape."""
    recurrent = {id(slot) for part in parts for slot in part.slots.values()}
    free = {name: slot for name, slot in every.items() if id(slot) not in recurrent}
    choices: list[list[dict[str, Slot]]] = []
    for part, kind in (("embedding", "Embedding"), ("head", "Linear")):
        expected = {str(key[1]): t for key, t in wanted.items() if key[0] == part}
        if expected:
            choices.append(_candidates(kind, expected, free) or [{}])
    return [
        {name: slot for choice in chosen for name, slot in choice.items()}
        for chosen in product(*choices)
    ]


def _candidates(
    kind: str, expected: Mapping[str, Stored], free: Mapping[str, Slot]
) -> list[dict[str, Slot]]:
    owners: dict[str, dict[str, Slot]] = {}
    for name, slot in free.items():
        owners.setdefault(name.rpartition(".")[0], {})[slot.attribute] = slot
    of_class = [
        {tensor.name: slots[name] for name, tensor in expected.items() if name in slots}
        for slots in reversed(list(owners.values()))  # the last is the likeliest head
        if _is_a(next(iter(slots.values())).owner, kind)
    ]
    fitting = [
        slots for slots in of_class
        if all(slots[t.name].tensor.shape == t.shape for t in expected.values() if t.name in slots)
        and len(slots) == len(expected)
    ]  # fmt: skip
    if fitting:
        return fitting
    alone = [
        [(tensor.name, slot) for slot in free.values() if slot.tensor.shape == tensor.shape]
        for tensor in expected.values()
    ]
    if all(alone):
        return [dict(choice) for choice in islice(product(*alone), MOST_BINDINGS)]
    return of_class[:1]


def _is_a(owner: nn.Module, kind: str) -> bool:
    """Whether it is of a class of torch.nn, also where it was compiled by TorchScript."""
    return isinstance(owner, getattr(nn, kind)) or getattr(owner, "original_name", "") == kind


def _key(tensor: Stored) -> Key:
    if tensor.place is not None:
        return (*tensor.place, tensor.packed)
    return tuple(tensor.name.split("."))


def _place(name: str) -> tuple[int, int, str]:
    """Layer, direction and packed name: `weight_ih_l1_reverse` is `(1, 1, "weight_ih")`."""
    match = _LAYER.search(name)
    if match is None:
        return 0, 0, name
    return int(match[1]), int(match[2] is not None), name[: match.start()]
