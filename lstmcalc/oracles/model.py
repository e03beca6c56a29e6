"""What every oracle gives: a real model whose tensors can be read and whose runs are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lstmcalc import algebra as ops
from lstmcalc.algebra import Node
from lstmcalc.backward import Arriving
from lstmcalc.forward import Inputs, Outputs, Weights
from lstmcalc.network import HeadOn, Network, Place
from lstmcalc.readings.costs import Work

ACTIVATIONS: Mapping[type[Node], str] = {
    ops.Sigmoid: "sigmoid", ops.Tanh: "tanh", ops.Relu: "relu",
}  # fmt: skip
"""What an operation of the algebra is called in the framework."""

Rows = tuple[str, int, int]
"""Rows `start` to `stop` of the tensor of that name."""


@dataclass(frozen=True)
class Measurement:
    """One forward run: NumPy arrays, the shapes as the framework gave them, the work it did.

    `uncounted` names every operator whose work is not known, with how often it ran.
    """

    outputs: Outputs
    shapes: Mapping[str, tuple[int, ...]]
    work: Work
    uncounted: Mapping[str, int]


@dataclass(frozen=True)
class StepValues:
    """One step of one layer and direction: its states, and the results of its activations.

    Those go by `sigmoid`, `tanh` and `relu`, in the order they ran; empty where they cannot be
    seen. Arrays are NumPy's.
    """

    states: Mapping[str, Any]
    activations: Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class StepGradients:
    """One step of one layer and direction: its states, and their gradients."""

    states: Mapping[str, Any]
    gradients: Mapping[str, Any]


Led = Mapping[Place, Sequence[Mapping[str, Any]]]
"""The states after every step, in the order of time."""

Leaf = str | tuple[Place, str]
"""What a gradient is of: a stored tensor or `x` by name, a first state by place and name."""

Call = Callable[[Any, Any], Any]
"""Calls a module with x, and returns the tensor that is the network's output."""


class Model(Protocol):
    """A network instantiated in a framework.

    `shapes` has every stored tensor's shape by the framework's own name for it; values are compared
    within `tolerance`.
    """

    framework: str
    device: str
    tolerance: float
    shapes: Mapping[str, tuple[int, ...]]

    def array(self, name: str) -> Any:
        """The tensor of that name as a NumPy array."""

    def as_evaluated(self, network: Network) -> Network:
        """The same function in the form in which the framework's kernels evaluate it."""

    @property
    def batch_first(self) -> bool:
        """Whether x is (batch, steps, features)."""

    def run(
        self, inputs: Inputs, head_on: HeadOn, unbatched: bool, zeroed: Sequence[Rows] = ()
    ) -> Measurement:
        """Run the model once, with the rows `zeroed` set to 0 meanwhile."""

    def differentiate(
        self,
        inputs: Inputs,
        arriving: Arriving,
        head_on: HeadOn,
        unbatched: bool,
        zeroed: Sequence[Rows] = (),
    ) -> dict[Leaf, Any]:
        """The gradients of every tensor, of x and of the first states, as NumPy arrays.

        Of the loss whose own gradients are `arriving`.
        """

    def count_backward(
        self, inputs: Inputs, arriving: Arriving, head_on: HeadOn
    ) -> tuple[int, Mapping[str, int]]:
        """The multiply-accumulates of the backward pass to every weight, and what is uncounted."""

    def load(self, stored: Mapping[str, Any]) -> None:
        """Give every tensor the values of the array that goes by its name."""

    def step(self, network: Network, inputs: Inputs, led: Led) -> dict[Place, list[StepValues]]:
        """Run each layer and direction alone, one call a step; the steps in the order of time.

        Each step goes on from the states `led`, so that rounding does not add up over the steps.
        """

    def reach_back(
        self,
        network: Network,
        inputs: Inputs,
        gradient: Any,
        led: Led,
        weights: Weights | None = None,
    ) -> dict[Place, list[StepGradients]]:
        """What reaches every state at every step from a loss with this gradient of the output.

        With `weights` the framework differentiates the network's equations and not its own cells.
        """

    def activate(self, name: str, array: Any) -> Any:
        """The framework's own sigmoid, tanh or relu of an array."""

    def returned(
        self, inputs: Inputs, head_on: HeadOn, unbatched: bool, lengths: Sequence[int]
    ) -> Mapping[str, Any]:
        """Every tensor of a run from zero states that goes in or comes out, in NumPy, by name.

        With `lengths` the sequences are packed, and the output is padded again.
        """

    def layer_shapes(
        self, network: Network, x: Any, lengths: Sequence[int]
    ) -> Mapping[tuple[int, str], tuple[int, ...]]:
        """The shapes inside of each layer, by its index and the part of `waypoints.LAYER_PARTS`."""

    def softmax(self, logits: Any) -> Any:
        """The framework's own softmax along the last axis."""
