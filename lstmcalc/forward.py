"""The forward pass of a whole network, evaluated from its cells' equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.values import Array, run


@dataclass(frozen=True)
class Weights:
    """Arrays for every parameter: textbook names by place, and torch's names for the rest."""

    recurrent: Mapping[Place, Mapping[str, Array]]
    embedding: Array | None = None
    head_weight: Array | None = None
    head_bias: Array | None = None


@dataclass(frozen=True)
class Inputs:
    """What a run starts from: x as [T, B, I] or tokens as [T, B], and every first state [B, ·]."""

    x: Array
    states: Mapping[Place, Mapping[str, Array]]


@dataclass(frozen=True)
class Outputs:
    """What a run ends with: output [T, B, D·R], every last state [B, ·], and the head's logits."""

    output: Array
    states: Mapping[Place, Mapping[str, Array]]
    logits: Array | None = None


def forward(network: Network, weights: Weights, inputs: Inputs, xp: Any) -> Outputs:
    """Run the network's equations, layer by layer and step by step.

    Args:
        network: its sizes must fit the arrays.
        weights: matrices as [out, in].
        inputs: `x` holds token numbers where the network has an embedding.
        xp: the array namespace, `numpy` or `torch`.
    """
    x = inputs.x if weights.embedding is None else weights.embedding[inputs.x]
    states: dict[Place, Mapping[str, Array]] = {}
    for index, layer in enumerate(network.layers):
        outputs = []
        for direction in range(layer.directions):
            place = (index, direction)
            output, states[place] = _direction(
                layer, weights.recurrent[place], x, inputs.states[place], direction, xp
            )
            outputs.append(output)
        x = xp.concatenate(outputs, -1)
    if weights.head_weight is None:
        return Outputs(x, states)
    read = x if network.head_on == "every" else x[-1]
    return Outputs(x, states, read @ weights.head_weight.T + weights.head_bias)


def _direction(
    layer: Layer,
    weights: Mapping[str, Array],
    x: Array,
    states: Mapping[str, Array],
    direction: int,
    xp: Any,
) -> tuple[Array, Mapping[str, Array]]:
    order = -1 if direction else 1
    steps = run(layer.graph, weights, list(x)[::order], states, xp)
    output = xp.stack([step["h"] for step in steps][::order])
    return output, {name: steps[-1][name] for name in layer.graph.states}
