"""Every convention by its name, and which biases each of them keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from lstmcalc.cells import Cell, find_cell
from lstmcalc.conventions.engines import ENGINES
from lstmcalc.conventions.jax import JAX
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.libraries import LIBRARIES
from lstmcalc.conventions.older import OLDER
from lstmcalc.conventions.packing import lacking
from lstmcalc.conventions.words import framework_name
from lstmcalc.errors import UnknownNameError
from lstmcalc.network import Layer, Network
from lstmcalc.tracing import BIAS_ROLES, BIASES, Bias

_BEST_KNOWN = ("torch", "keras", "cudnn", "onnx", "tf1", "flax")
_EVERY = {c.name: c for c in (*LIBRARIES, *JAX, *ENGINES, *OLDER)}
CONVENTIONS: Mapping[str, Convention] = {n: _EVERY[n] for n in (*_BEST_KNOWN, *_EVERY)}
"""The best known ones first."""


BESIDE = {
    "gru": ("gru", "gru_reset_before"),
    "gru_reset_before": ("gru_reset_before", "gru"),
}
"""Cells of one name that compute something else; many frameworks have both."""


def find_convention(name: str | Convention) -> Convention:
    """The convention of that name, or another word for it; one of your own is taken as it is.

    Raises:
        UnknownNameError: there is none of that name, or the word may mean several.

    >>> find_convention("keras").layout("lstm").order
    'ifgo'
    """
    if isinstance(name, Convention):
        return name
    return CONVENTIONS[framework_name("convention", name, CONVENTIONS)]


def name_of(convention: Convention) -> str:
    """The name by which `find_convention` gives this convention back.

    Raises:
        UnknownNameError: it is one of your own, which no page could find again.
    """
    if CONVENTIONS.get(convention.name) is not convention:
        why = "it is a convention of your own"
        remedy = "lay tensors out by it with reconcile(network, conventions=[…])"
        raise UnknownNameError("convention", convention.name, (), remedy, why)
    return convention.name


def bias_of(convention: Convention, cell: str | Cell) -> Bias:
    """The biases a framework keeps for a cell: those that its tensors have a place for.

    >>> bias_of(find_convention("flax"), "gru"), bias_of(find_convention("nnx"), "gru")
    ('single', 'input')
    """
    cell = find_cell(cell)
    held = {token for packed in convention.packing(cell.name) for token in packed.holds.split()}
    for bias in reversed(BIASES):
        own = [param for param in cell.graph(bias).params if param.role in BIAS_ROLES]
        if all(param.name in held or param.role in held for param in own):
            return bias
    raise AssertionError(f"{convention.name} keeps part of the biases")


@cache
def keepers(
    cell: str, bias: Bias, projected: bool = False, bidirectional: bool = False
) -> tuple[Convention, ...]:
    """The frameworks that have such a layer: this cell with these biases, projected or not.

    >>> [convention.title for convention in keepers("gru", "input")]
    ['Flax nnx', 'Core ML']
    >>> [convention.title for convention in keepers("lstm", "single", projected=True)]
    ['TF1', 'Sonnet', 'oneDNN', 'TFLite']
    """
    having = [convention for convention in CONVENTIONS.values() if cell in convention.layouts]
    if not having:
        return ()
    proj_size = 1 if projected else None
    layer = Layer(find_cell(cell), 2, proj_size, bidirectional, bias)  # of any sizes
    return tuple(
        convention
        for convention in having
        if layer.bias in ("none", bias_of(convention, cell)) and not lacking(layer, convention)
    )


def adopt(network: Network, convention: Convention) -> Network:
    """The network with the biases that a framework keeps; layers without any stay so.

    Raises:
        UnsupportedError: it has no such cell.
    """

    def adopted(layer: Layer) -> Layer:
        convention.layout(layer.cell.name)
        if layer.bias == "none":
            return layer
        return replace(layer, bias=bias_of(convention, layer.cell))

    return replace(network, layers=network.map_layers(adopted))
