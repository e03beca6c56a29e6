"""Modules by any name and number: their tensors under the names that a convention gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.names import naming
from lstmcalc.conventions.packing import own_names
from lstmcalc.network import Layer

_NUMBERED = re.compile(r"_?\d{1,9}")
_FORWARD = re.compile(r"(?<![a-z])(forward|fwd|fw)(?![a-z])_?", re.IGNORECASE)
_BACKWARD = re.compile(r"(?<![a-z])(backward|bwd|bw|reverse)(?![a-z])_?", re.IGNORECASE)


class Renamed(NamedTuple):
    """The convention's names by the file's own, and the modules they are of, in their order.

    `tails` are what the names have after the module.
    """

    names: Mapping[str, str]
    modules: tuple[str, ...]
    tails: tuple[str, ...]


NOTHING = Renamed({}, (), ())


class _Module(NamedTuple):
    """What stands before the names of one direction's tensors, and its place among the others."""

    numbers: tuple[tuple[int, ...], ...]
    backward: bool
    head: str


def rename(names: Iterable[str], convention: Convention, layer: Layer) -> Renamed:
    """The convention's names by the file's own, where modules are called otherwise or counted on.

    A session counts its layers through, and people name them: `model_1/lstm_3/lstm_cell/kernel` is
    of the first layer where it is the only one. Modules that differ by more than numbers and
    directions are not taken for one stack.

    >>> from lstmcalc.cells import lstm
    >>> from lstmcalc.conventions.libraries import KERAS
    >>> own = [f"a/lstm_{n}/lstm_cell/{t}" for n in (3, 4) for t in ("kernel", "recurrent_kernel")]
    >>> rename(own, KERAS, Layer(lstm, 2, bias="none")).names["a/lstm_4/lstm_cell/kernel"]
    'lstm_1/lstm_cell/kernel'
    """
    tensors = own_names(layer, convention)
    joint = any("d" in packed.axes for packed in convention.packing(layer.cell.name))
    directions = 1 if joint else layer.directions
    tails = naming(convention, layer, 0, 0, tensors).tails
    own, modules = _complete(names, tails)
    if len({_skeleton(module.head) for module in modules}) != 1:
        return NOTHING
    if all(module.backward for module in modules):  # a word of the model's, not of a direction
        modules = [module._replace(backward=False) for module in modules]
    if any(module.backward != bool(k % directions) for k, module in enumerate(modules)):
        return NOTHING
    found: dict[str, str] = {}
    for k, module in enumerate(modules):
        head = naming(convention, layer, *divmod(k, directions), tensors).head
        found |= {own[module.head + tail]: head + tail for tail in tails}
    return Renamed(found, _heads(modules, tails), tails)


def complete(names: Iterable[str], convention: Convention, layer: Layer) -> tuple[str, ...]:
    """The modules that have every tensor of such a layer, of one stack or not."""
    tails = naming(convention, layer, 0, 0, own_names(layer, convention)).tails
    return _heads(_complete(names, tails)[1], tails)


def _complete(
    names: Iterable[str], tails: Sequence[str]
) -> tuple[Mapping[str, str], list[_Module]]:
    """The names of the file by what they are with a module before them, and all such modules."""
    if not tails:
        return {}, []
    separator = tails[0][0]
    own = {f"{separator}{name}" if separator in "./" else name: name for name in names}
    heads = {name.removesuffix(tail) for name in own for tail in tails if name.endswith(tail)}
    return own, sorted(_module(head) for head in heads if all(head + tail in own for tail in tails))


def _heads(modules: Iterable[_Module], tails: Sequence[str]) -> tuple[str, ...]:
    """What the modules are called in the file."""
    return tuple(module.head.removeprefix(tails[0][0]) for module in modules)


def _module(head: str) -> _Module:
    numbers = tuple(
        tuple(int(number.strip("_")) for number in _NUMBERED.findall(part))
        for part in re.split(r"[./]", head)
    )
    return _Module(numbers, bool(_BACKWARD.search(head)), head)


def _skeleton(head: str) -> str:
    """A head without its numbers and directions."""
    return _NUMBERED.sub("", _FORWARD.sub("", _BACKWARD.sub("", head)))
