"""The embedding and the head among the tensors of a file; every program has its names for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lstmcalc.conventions.axes import lengths_of
from lstmcalc.conventions.layout import EMBEDDING, HEAD_BIAS, HEAD_WEIGHT, Convention
from lstmcalc.errors import ConfigurationError
from lstmcalc.network import Network
from lstmcalc.readings.shapes import Shape


def with_ends(
    network: Network, free: Mapping[str, Shape], convention: Convention
) -> tuple[Network, dict[str, str]]:
    """The network with an embedding and a head where there are such tensors, and their names.

    An embedding is a matrix as wide as the input; a head is a matrix as wide as the output, and a
    bias of the same module. Where a bias of the convention's own name is alone, the head is tied.

    Args:
        network: the recurrent layers.
        free: shapes by name, of all that belongs to no layer.
        convention: what the last part of their names is by.

    Raises:
        ConfigurationError: two could be the embedding, or the head.
    """
    ends = {packed.holds: packed for packed in convention.ends}
    taken: dict[str, str] = {}
    for name, own in free.items():
        module = name.removesuffix(_last(name))
        weight, bias, embedding = (
            module + _last(ends[holds].name) for holds in (HEAD_WEIGHT, HEAD_BIAS, EMBEDDING)
        )
        if name == weight and bias in free:
            lengths = lengths_of(ends[HEAD_WEIGHT].axes, {}, own)
            if lengths and lengths["i"] == network.output_size and free[bias] == (lengths["h"],):
                _take(taken, HEAD_WEIGHT, name)
                taken[HEAD_BIAS] = bias
        elif name == embedding and bias not in free:
            lengths = lengths_of(ends[EMBEDDING].axes, {}, own)
            if lengths and lengths["i"] == network.input_size:
                _take(taken, EMBEDDING, name)
    lone = ends[HEAD_BIAS].name
    if EMBEDDING in taken and HEAD_BIAS not in taken and lone in free:
        tied = network.output_size == network.input_size
        if tied and free[lone] == free[taken[EMBEDDING]][:1]:
            taken[HEAD_BIAS] = lone
    sizes = {holds: free[name][0] for holds, name in taken.items()}
    found = replace(
        network,
        vocab_size=sizes.get(EMBEDDING),
        num_classes=sizes.get(HEAD_BIAS),
        tie_weights=HEAD_BIAS in taken and HEAD_WEIGHT not in taken,
    )
    return found, taken


def _take(taken: dict[str, str], holds: str, name: str) -> None:
    """Note a tensor's role.

    Raises:
        ConfigurationError: another has it already.
    """
    if holds in taken:
        part = "the embedding" if holds == EMBEDDING else "the head"
        raise ConfigurationError(f"{taken[holds]} and {name}", f"each could be {part}")
    taken[holds] = name


def _last(name: str) -> str:
    """The part of a name after its last dot or slash."""
    return re.split(r"[./]", name)[-1]
