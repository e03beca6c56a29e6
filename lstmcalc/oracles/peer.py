"""What is asked of every framework beside torch: hold a network's tensors, and run them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from lstmcalc.conventions.known import bias_of, find_convention
from lstmcalc.conventions.packing import check_layer
from lstmcalc.errors import LstmcalcError, UnsupportedError
from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import Network
from lstmcalc.readings.values import Array

IN_DOUBLE, IN_SINGLE = 1e-12, 1e-5
"""The tolerance where a framework computes in float64, and where it does so in float32."""

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


class Ran(NamedTuple):
    """One run of a network in a framework, and the tensors that the framework held for it.

    `framework` is its name and version. `shapes` has every tensor of the real model by the
    framework's own name for it, and `parameters` how many numbers they hold, counted by the
    framework where it can count. `outputs` are NumPy arrays, to be compared within `tolerance`.
    `handed` are the arrays that went in and came out, as the framework has them and in its order,
    and `layers` what each layer read and put out.
    """

    framework: str
    tolerance: float
    shapes: Shapes
    parameters: int
    outputs: Outputs
    handed: Mapping[str, Array] = {}
    layers: Sequence[tuple[Array, Array]] = ()


class Peer(Protocol):
    """A module of this folder: the convention that it is the oracle of, and its one question."""

    CONVENTION: str

    def run(
        self,
        network: Network,
        stored: Mapping[str, Array],
        inputs: Inputs,
        batch_first: bool | None = None,
    ) -> Ran:
        """Build the network in the framework, give it the tensors `stored`, and run it once.

        Args:
            network: with the biases that the framework itself keeps.
            stored: every tensor by the framework's own name.
            inputs: x as [T, B, I], or tokens as [T, B], and every first state as [B, ·].
            batch_first: whether the framework is given its x as [B, T, I]; None for the order that
                it begins with.

        Raises:
            UnsupportedError: the framework has no such network.
            LayoutError: `stored` are not the tensors of the framework's model.
        """


class LayoutError(LstmcalcError):
    """Tensors that are not those of a framework's own model."""


def check_network(convention: str, network: Network, ties: bool = False) -> None:
    """Raise where the framework of a convention has no such network.

    Args:
        convention: its name.
        network: the network to build, with the biases that the framework keeps.
        ties: whether it can use the embedding's matrix for a head with a bias.

    Raises:
        UnsupportedError: a cell, a projection, biases or tied weights that it does not have.
    """
    framework = find_convention(convention)
    for layer in network.layers:
        check_layer(layer, framework)
        kept = bias_of(framework, layer.cell)
        if layer.bias not in ("none", kept):
            what = f"bias={layer.bias} of {layer.cell.name} in {framework.title}"
            raise UnsupportedError(what, f"it keeps bias={kept}")
    if network.tie_weights and not ties:
        why = f"{framework.title} has no layer that adds a bias to the embedding's matrix"
        raise UnsupportedError("tied weights", why, "leave the tie out")


def check_stored(framework: str, shapes: Shapes, stored: Mapping[str, Array]) -> None:
    """Raise where the tensors are not, by name and shape, those of the framework's model.

    Raises:
        LayoutError: one is missing, of another shape, or of a name that the model does not have.
    """
    for name, shape in shapes.items():
        if name not in stored:
            raise LayoutError(f"tensor {name}", f"{framework} has it, and it is not given")
        given = tuple(stored[name].shape)
        if given != shape:
            raise LayoutError(f"tensor {name} of shape {given}", f"{framework}'s is {shape}")
    for name in stored:
        if name not in shapes:
            why = f"{framework}'s model has no tensor of that name"
            raise LayoutError(f"tensor {name}", why, f"it has {', '.join(shapes)}")
