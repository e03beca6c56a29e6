"""The weights of a module as they are: numbers, each its own, and learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from lstmcalc.oracles.torch.state import Held
from lstmcalc.verdict import Check, judge


class Found(NamedTuple):
    """The check, and what is worth a note: parts whose weights are frozen."""

    check: Check
    notes: tuple[str, ...]


def check_weights(parameters: Sequence[Held]) -> Found:
    """Whether the user's own weights are numbers, and no two of them share any.

    A part that is frozen as a whole is noted: that is somebody's intention. One weight that is
    frozen among others that learn is a fault.
    """
    faults: dict[str, str] = {}
    for held in parameters:
        if not held.is_float:
            faults[held.name] = f"{held.name} holds {held.dtype}: whole numbers are not learned"
        elif held.repeated:
            faults[held.name] = f"{held.name} holds one number several times: they are shared"
        elif held.odd:
            faults[held.name] = f"{held.name} holds {held.odd}"
    for one, other in _shared(parameters):
        faults[other] = f"{other} shares its numbers with {one}: one is changed with the other"
    frozen, wholly = _frozen(parameters)
    for name in frozen:
        faults.setdefault(name, f"{name} is frozen (requires_grad=False), and others learn")
    notes = (f"frozen in the module: {', '.join(wholly)}",) if wholly else ()
    passed = f"{len(parameters)} tensors are finite, and no two share their numbers"
    return Found(judge("weights", faults, passed), notes)


def _shared(parameters: Sequence[Held]) -> Iterator[tuple[str, str]]:
    """Pairs of weights that lie in the same memory."""
    for one, other in combinations(parameters, 2):
        overlap = one.span[0] < other.span[1] and other.span[0] < one.span[1]
        if overlap and not (one.computes or other.computes):
            yield one.name, other.name


def _frozen(parameters: Sequence[Held]) -> tuple[list[str], list[str]]:
    """Weights that are frozen among others that learn, and those of parts frozen as a whole."""
    frozen: list[str] = []
    wholly: list[str] = []
    for part in dict.fromkeys(held.part for held in parameters):
        those = [held for held in parameters if held.part == part]
        layers = {_layer(held.name) for held in those if held.learned}
        for held in those:
            if not held.learned:
                (frozen if _layer(held.name) in layers else wholly).append(held.name)
    return frozen, wholly


def _layer(name: str) -> str:
    """The module and the layer that a parameter is of; a layer may be frozen as a whole."""
    owner, _, last = name.rpartition(".")
    _, mark, number = last.partition("_l")
    return f"{owner}{mark}{number}"
