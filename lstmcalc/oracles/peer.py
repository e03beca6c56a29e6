"""What is asked of every framework beside torch: hold a network's tensors, and run them once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

from lstmcalc.errors import LstmcalcError, UnsupportedError
from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import Network
from lstmcalc.readings.values import Array

IN_DOUBLE, IN_SINGLE = 1e-12, 1e-5
"""The tolerance where a framework computes in float64, and where it does so in float32."""

Kept: TypeAlias = Mapping[str, tuple[str, ...]]
"""The cells that a framework has, by name, and the biases that each can have there."""

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


class Ran(NamedTuple):
    """One run of a network in a framework, and the tensors that the framework held for it.

    `framework` is its name and version. `shapes` has every tensor of the real model by the
    framework's own name for it, and `parameters` how many numbers they hold, counted by the
    framework where it can count. `outputs` are NumPy arrays, to be compared within `tolerance`.
    """

    framework: str
    tolerance: float
    shapes: Shapes
    parameters: int
    outputs: Outputs


class Peer(Protocol):
    """A module of this folder: the convention that it is the oracle of, and its one question."""

    CONVENTION: str

    def run(self, network: Network, stored: Mapping[str, Array], inputs: Inputs) -> Ran:
        """Build the network in the framework, give it the tensors `stored`, and run it once.

        Args:
            network: with the biases that the framework itself keeps.
            stored: every tensor by the framework's own name.
            inputs: x as [T, B, I], or tokens as [T, B], and every first state as [B, ·].

        Raises:
            UnsupportedError: the framework has no such network.
            LayoutError: `stored` are not the tensors of the framework's model.
        """


class LayoutError(LstmcalcError):
    """Tensors that are not those of a framework's own model."""


def check_kept(framework: str, network: Network, kept: Kept, ties: bool = False) -> None:
    """Raise where the framework has no such network.

    Args:
        framework: what to call it.
        network: the network to build.
        kept: the cells it has, with their biases.
        ties: whether it can use the embedding's matrix for a head with a bias.

    Raises:
        UnsupportedError: a cell, a projection, biases or tied weights that it does not have.
    """
    for layer in network.layers:
        cell = layer.cell.name
        if cell not in kept:
            known = ", ".join(kept)
            raise UnsupportedError(f"cell {cell}", f"{framework} has no such layer", f"try {known}")
        if layer.proj_size is not None:
            why = f"{framework}'s layers have none"
            raise UnsupportedError(f"projection size {layer.proj_size}", why, "leave it out")
        if layer.bias not in kept[cell]:
            why = f"{framework}'s layer has {' or '.join(kept[cell])}"
            raise UnsupportedError(f"{layer.bias} bias of the cell {cell}", why, "ask for that")
    if network.tie_weights and not ties:
        why = f"{framework} has no layer that adds a bias to the embedding's matrix"
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
