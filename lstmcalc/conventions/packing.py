"""Packing: the parameters of a network as the tensors a framework stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

from lstmcalc.algebra import Param
from lstmcalc.conventions.axes import Span, is_transposed, locate, shape_of
from lstmcalc.conventions.layout import (
    EMBEDDING,
    HEAD_BIAS,
    HEAD_WEIGHT,
    PADDING,
    ROLES,
    Convention,
    Layout,
    Packed,
)
from lstmcalc.conventions.names import Before, counted, full_name
from lstmcalc.errors import UnsupportedError
from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.shapes import Shape, shape
from lstmcalc.sizes import Size
from lstmcalc.totals import embedding_shapes, head_shapes


class Part(NamedTuple):
    """Where one parameter of the equations lies in a stored tensor.

    `spans` are start, stop and step on each stored axis, `shape` is the parameter's own. The
    parameter is `sign` times what is stored, plus `offset`.
    """

    param: str
    place: Place | None
    spans: tuple[Span, ...]
    shape: Shape
    transposed: bool = False
    sign: int = 1
    offset: float = 0.0

    @property
    def rows(self) -> tuple[int, int]:
        """The rows it takes, from and to, where gates are stacked."""
        start, stop, _ = self.spans[0]
        return start, stop


class Tensor(NamedTuple):
    """One stored tensor: its name, its shape, and where each parameter lies in it.

    `place` is its layer and direction, or the first of two; None outside of the layers. `lengths`
    are those of its `axes`, which are written as in `Packed`.
    """

    name: str
    shape: Shape
    packed: str
    place: Place | None
    parts: tuple[Part, ...]
    axes: str
    lengths: Mapping[str, int]

    @property
    def parameters(self) -> Size:
        """How many numbers it holds."""
        return prod(self.shape)


def tensors(network: Network, convention: Convention) -> tuple[Tensor, ...]:
    """Every tensor the framework stores for `network`, in its order.

    By torch's convention a lone stack of like layers has the plain names of torch's own module.
    With an embedding, a head or layers of different sizes, names begin with the part they belong
    to: `embedding.`, `rnn.` (`rnn.0.` … for layers that differ) and `head.`.

    Raises:
        UnsupportedError: it has no such cell, or no place for one of its parameters.

    >>> from lstmcalc.conventions.libraries import TORCH
    >>> from lstmcalc import LSTM
    >>> [(t.name, t.shape) for t in tensors(LSTM(28, 128), TORCH)][:2]
    [('weight_ih_l0', (512, 28)), ('weight_hh_l0', (512, 128))]
    """
    for layer, _, _ in network.groups:
        check_layer(layer, convention)
    layers = [
        tensor
        for index, before in enumerate(counted(network, convention))
        for tensor in _layer(network, index, convention, before)
    ]
    ends = {tensor.parts[0].param: tensor for tensor in _ends(network, convention)}
    first = [ends.pop(EMBEDDING)] if EMBEDDING in ends else []
    return (*first, *layers, *ends.values())


def _ends(network: Network, convention: Convention) -> Iterator[Tensor]:
    """The tensors of the embedding and the head."""
    head, embedding = head_shapes(network), embedding_shapes(network)
    shapes = {
        EMBEDDING: embedding.get("weight"),
        HEAD_WEIGHT: head.get("weight"),
        HEAD_BIAS: head.get("bias"),
    }
    for packed in convention.ends:
        own = shapes[packed.holds]
        if own is not None:
            lengths = {"h": own[0], "i": own[-1]}
            spans = locate(packed.axes, lengths, {}, (0, own[-1]))
            part = Part(packed.holds, None, spans, own, is_transposed(packed.axes))
            stored = shape_of(packed.axes, lengths)
            yield Tensor(packed.name, stored, packed.name, None, (part,), packed.axes, lengths)


def _layer(
    network: Network, index: int, convention: Convention, before: Before
) -> Iterator[Tensor]:
    """The tensors of one layer, direction after direction, or of both at once."""
    layer = network.layers[index]
    layout, packing = convention.layout(layer.cell.name), convention.packing(layer.cell.name)
    sizes = layer.sizes(network.input_sizes[index])
    params = {param.name: param for param in layer.graph.params}
    shapes = {name: shape(param, sizes) for name, param in params.items()}
    joint = any("d" in packed.axes for packed in packing)
    every = [(index, direction) for direction in range(layer.directions)]
    for places in [every] if joint else [[place] for place in every]:
        named = full_name(network, *places[0], convention, before)
        for packed in packing:
            for gate, roles in _slots(packed, layer, layout):
                lengths, found = _place(packed, roles, shapes, places)
                parts = tuple(_signed(part, params[part.param], layout) for part in found)
                name = named.format(tensor=packed.name.format(gate=gate))
                stored = shape_of(packed.axes, lengths)
                yield Tensor(name, stored, packed.name, places[0], parts, packed.axes, lengths)


PARTS = {"W_r": "projection", "w_c": "peepholes"}
"""What a role that not every framework has is called."""


def check_layer(layer: Layer, convention: Convention) -> None:
    """Raise where the framework has no such layer.

    Raises:
        UnsupportedError: it lacks the cell, or a place for one of its parameters.
    """
    if lack := lacking(layer, convention):
        raise UnsupportedError(f"{layer.cell.name} in {convention.title}", f"it has {lack}")


def lacking(layer: Layer, convention: Convention) -> str:
    """What a framework lacks for a layer, in words; nothing where it has all.

    >>> from lstmcalc.cells import lstm
    >>> from lstmcalc.conventions.libraries import KERAS
    >>> lacking(Layer(lstm, 128, proj_size=64, bias="single"), KERAS)
    'no projection'
    """
    name = layer.cell.name
    if convention.pattern is None and name not in convention.layouts:
        return f"no {layer.cell.title} described here"
    if layer.bidirectional and convention.layout(name).one_way:
        return f"no {layer.cell.title} of two directions described here"
    if convention.always_biased and layer.bias == "none":
        return "no cell without biases"
    held = {
        param
        for packed in convention.packing(name)
        for _, roles in _slots(packed, layer, convention.layout(name))
        for role in roles
        for slot in role
        for param in slot
    }
    missing = [param for param in layer.graph.params if param.name not in held]
    names = ", ".join(param.name for param in missing if param.role not in PARTS)
    words = dict.fromkeys(PARTS.get(param.role, f"place for {names}") for param in missing)
    return f"no {' and no '.join(words)}" if words else ""


def own_names(layer: Layer, convention: Convention) -> list[str]:
    """What a framework calls the tensors of a layer, without what tells which layer it is."""
    layout = convention.layout(layer.cell.name)
    return [
        packed.name.format(gate=gate)
        for packed in convention.packing(layer.cell.name)
        for gate, _ in _slots(packed, layer, layout)
    ]


Slot = tuple[str, ...]
"""The parameters side by side in the rows of one gate: mostly one, none where they are padding."""


def _slots(packed: Packed, layer: Layer, layout: Layout) -> Iterator[tuple[str, list[list[Slot]]]]:
    """For each tensor meant by `packed` its gate, if it has one alone, and its slots by role.

    Left out is what the cell does not have: peepholes, a projection, biases.
    """
    has = {param.name for param in layer.graph.params}
    order = tuple(layout.order or layer.graph.gates)
    apart = "{gate}" in packed.name
    for gates in [(gate,) for gate in order] if apart else [order]:
        roles: list[list[Slot]] = []
        named: list[Slot] = []
        for token in packed.holds.split():
            if token.partition("|")[0] in ROLES:
                found = [_slot(token, gate, has) for gate in gates]
                kept = [s for s, gate in zip(found, gates, strict=True) if s or gate == PADDING]
                roles += [kept] if any(kept) else []
            elif has.issuperset(token.split("|")):
                named.append(tuple(token.split("|")))
        roles += [named] if named else []
        if roles:
            yield gates[0] if apart else "", roles


def _slot(roles: str, gate: str, has: set[str]) -> Slot:
    """A gate's parameters of these roles; where it has one bias, that is its first."""
    names = [Param(role, gate, ("",)).name for role in roles.split("|")]
    if names[0] not in has and roles == "b_x":
        names = [Param("b", gate, ("",)).name]
    return tuple(names) if all(name in has for name in names) else ()


def _place(
    packed: Packed,
    roles: list[list[Slot]],
    shapes: Mapping[str, Shape],
    places: Sequence[Place],
) -> tuple[dict[str, int], list[Part]]:
    """The lengths of its axes, and where each parameter lies."""
    if "b" not in packed.axes:
        roles = [[slot for role in roles for slot in role]]
    first = next(slot for role in roles for slot in role if slot)
    lengths = {
        "1": 1,
        "d": len(places),
        "b": len(roles),
        "g": len(roles[0]),
        "h": shapes[first[0]][0],
        "i": sum(_columns(shapes[name]) for name in first),
    }
    found = []
    for d, place in enumerate(places):
        for b, role in enumerate(roles):
            for g, slot in enumerate(role):
                start = 0
                for name in slot:
                    own = start, start + _columns(shapes[name])
                    spans = locate(packed.axes, lengths, {"d": d, "b": b, "g": g}, own)
                    turned = is_transposed(packed.axes)
                    found.append(Part(name, place, spans, shapes[name], turned))
                    start = own[1]
    return lengths, found


def _columns(own: Shape) -> int:
    """How many columns a parameter has; a vector has none."""
    columns: int = own[1] if len(own) > 1 else 0
    return columns


def _signed(part: Part, param: Param, layout: Layout) -> Part:
    """The part, where the framework's equations differ: a gate negated, a bias it adds itself."""
    if layout.negated and param.gate in layout.negated:
        return part._replace(sign=-1)
    if layout.forget_bias and param.gate == "f" and param.role in ("b", "b_x"):
        return part._replace(offset=layout.forget_bias)
    return part
