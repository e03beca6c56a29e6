"""The embedding and the head among the tensors of a file; every program has its names for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from lstmcalc.conventions.axes import lengths_of
from lstmcalc.conventions.layout import EMBEDDING, HEAD_BIAS, HEAD_WEIGHT, Convention
from lstmcalc.errors import ConfigurationError, listed, plain
from lstmcalc.network import Network
from lstmcalc.readings.shapes import Shape

PARTS: Mapping[str, str] = {EMBEDDING: "embedding", HEAD_WEIGHT: "head"}
"""The parts outside of the layers, by what their matrix is called in `Packed.holds`."""
NONE = "none"
"""Said instead of a tensor's name: there is no such part."""
Chosen = Mapping[str, str]
"""The name of the tensor that is the matrix of a part, or `NONE`, where that was said."""


class Ends(NamedTuple):
    """A network with its embedding and its head, and what their tensors are called in the file.

    `candidates` are the tensors that could each be a part, where there are several, and none was
    taken; `misfit` says why a tensor that was chosen cannot be it.
    """

    network: Network
    names: Mapping[str, str]
    candidates: Mapping[str, tuple[str, ...]]
    misfit: str = ""


def argument(part: str) -> str:
    """What chooses the tensor of a part: an argument of Python, and a flag of the same words.

    >>> argument("head")
    'head_tensor'
    """
    return f"{part}_tensor"


def with_ends(
    network: Network, free: Mapping[str, Shape], convention: Convention, chosen: Chosen
) -> Ends:
    """The network with an embedding and a head where there are such tensors.

    An embedding is a matrix as wide as the input; a head is a matrix as wide as the output, and a
    bias of the same module. Where a bias of the convention's own name is alone, the head is tied.
    Of several that could be a part none is taken, unless it was chosen.

    Args:
        network: the recurrent layers.
        free: shapes by name, of all that belongs to no layer.
        convention: what the last part of their names is by.
        chosen: the tensors that were named for a part.
    """
    fitting = {holds: _fitting(holds, network, free, convention) for holds in PARTS}
    names: dict[str, str] = {}
    misfit = ""
    for holds, those in fitting.items():
        name = chosen.get(holds, those[0] if len(those) == 1 else NONE)
        if name in those:
            names[holds] = name
        elif name != NONE:
            misfit = f"it does not fit; what could be the {PARTS[holds]} is {listed(those)}"
    if HEAD_WEIGHT in names:
        names[HEAD_BIAS] = sibling(names[HEAD_WEIGHT], convention, HEAD_BIAS)
    lone = _end(convention, HEAD_BIAS)
    if EMBEDDING in names and HEAD_BIAS not in names and lone in free and HEAD_WEIGHT not in chosen:
        tied = network.output_size == network.input_size
        if tied and free[lone] == free[names[EMBEDDING]][:1]:
            names[HEAD_BIAS] = lone
    found = replace(
        network,
        vocab_size=free[names[EMBEDDING]][0] if EMBEDDING in names else None,
        num_classes=free[names[HEAD_BIAS]][0] if HEAD_BIAS in names else None,
        tie_weights=HEAD_BIAS in names and HEAD_WEIGHT not in names,
    )
    several = {
        PARTS[holds]: those
        for holds, those in fitting.items()
        if holds not in chosen and len(those) > 1
    }
    return Ends(found, names, several, misfit)


def choose(head: str | None, embedding: str | None, shapes: Mapping[str, Shape]) -> Chosen:
    """What was said of the parts, after it was looked up.

    Raises:
        ConfigurationError: there is no tensor of that name.
    """
    chosen = {HEAD_WEIGHT: head, EMBEDDING: embedding}
    for holds, name in chosen.items():
        if name is not None and name != NONE and (not isinstance(name, str) or name not in shapes):
            what = f"{argument(PARTS[holds])}={name if isinstance(name, str) else plain(name)}"
            why = f"there is no such tensor; there is {listed(shapes)}"
            raise ConfigurationError(what, why, f"'{NONE}' leaves the {PARTS[holds]} out")
    return {holds: name for holds, name in chosen.items() if name is not None}


def module_of(name: str) -> str:
    """What stands before the last part of a name: that of its module."""
    return name.removesuffix(re.split(r"[./]", name)[-1])


def sibling(name: str, convention: Convention, holds: str) -> str:
    """The tensor of the same module that would hold something else."""
    own = _end(convention, holds)
    return module_of(name) + own.removeprefix(module_of(own))


def _fitting(
    holds: str, network: Network, free: Mapping[str, Shape], convention: Convention
) -> tuple[str, ...]:
    """The names of all tensors that could be the matrix of a part."""
    axes = {packed.holds: packed.axes for packed in convention.ends}[holds]
    width = network.output_size if holds == HEAD_WEIGHT else network.input_size
    found = []
    for name, own in free.items():
        bias = sibling(name, convention, HEAD_BIAS)
        lengths = lengths_of(axes, {}, own)
        if name != sibling(name, convention, holds) or not lengths or lengths["i"] != width:
            continue
        if lengths["h"] < 1:
            continue
        if (holds == HEAD_WEIGHT and free.get(bias) == (lengths["h"],)) or (
            holds == EMBEDDING and bias not in free
        ):
            found.append(name)
    return tuple(found)


def _end(convention: Convention, holds: str) -> str:
    """The convention's own name of a tensor outside of the layers."""
    return next(packed.name for packed in convention.ends if packed.holds == holds)
