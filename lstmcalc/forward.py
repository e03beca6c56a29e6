"""The forward pass of a whole network, evaluated from its cells' equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmcalc.algebra import Graph
from lstmcalc.head import HEAD, head_rows
from lstmcalc.network import Network, Place
from lstmcalc.readings.values import Array, Tape, run, step


@dataclass(frozen=True)
class Weights:
    """Arrays for every parameter: textbook names by place, and torch's names for the rest.

    `source` says in words where they come from.
    """

    recurrent: Mapping[Place, Mapping[str, Array]]
    embedding: Array | None = None
    head_weight: Array | None = None
    head_bias: Array | None = None
    source: str = "as given"

    @property
    def head(self) -> dict[str, Array]:
        """The head's parameters by the names of its equation."""
        return {"W_y": self.head_weight, "b_y": self.head_bias}


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


@dataclass(frozen=True)
class Recording:
    """A forward pass with the value of every node at every step.

    `tapes` has, for each layer and direction, one tape a step, in the order of time: the reverse
    direction ran them from the end. `head` is the tape of all rows that the head read, one after
    the other.
    """

    network: Network
    weights: Weights
    inputs: Inputs
    outputs: Outputs
    tapes: Mapping[Place, Sequence[Tape]]
    head: Tape | None

    def __getstate__(self) -> dict[str, Any]:
        """For a copy or a pickle: tapes in the order of the nodes, which a copy does not share."""
        graphs = self._graphs
        tapes = {
            place: [[tape[node] for node in graphs[place].nodes] for tape in tapes]
            for place, tapes in self.tapes.items()
        }
        head = None if self.head is None else [self.head[node] for node in HEAD.nodes]
        return {**vars(self), "tapes": tapes, "head": head}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        graphs = self._graphs
        tapes = {
            place: [dict(zip(graphs[place].nodes, tape, strict=True)) for tape in own]
            for place, own in state["tapes"].items()
        }
        head = state["head"] and dict(zip(HEAD.nodes, state["head"], strict=True))
        vars(self).update(tapes=tapes, head=head)

    @property
    def _graphs(self) -> dict[Place, Graph]:
        return {place: self.network.layers[place[0]].graph for place in self.tapes}

    @property
    def states(self) -> dict[Place, list[dict[str, Array]]]:
        """Every new state at every step, in the order of time."""
        return {
            place: [
                {name: tape[graph.equations[name]] for name in graph.states}
                for tape in self.tapes[place]
            ]
            for place, graph in self._graphs.items()
        }


def forward(network: Network, weights: Weights, inputs: Inputs, xp: Any) -> Outputs:
    """Run the network's equations, layer by layer and step by step.

    Args:
        network: its sizes must fit the arrays.
        weights: matrices as [out, in].
        inputs: `x` holds token numbers where the network has an embedding.
        xp: the array namespace, `numpy` or `torch`.
    """
    return record(network, weights, inputs, xp).outputs


def record(network: Network, weights: Weights, inputs: Inputs, xp: Any) -> Recording:
    """The same, with everything on the way kept; arguments as for `forward`."""
    x = inputs.x if weights.embedding is None else weights.embedding[inputs.x]
    tapes: dict[Place, Sequence[Tape]] = {}
    states: dict[Place, Mapping[str, Array]] = {}
    for index, layer in enumerate(network.layers):
        outputs = []
        graph = layer.graph
        for direction in range(layer.directions):
            place, order = (index, direction), -1 if direction else 1
            steps = run(graph, weights.recurrent[place], list(x)[::order], inputs.states[place], xp)
            states[place] = {name: steps[-1][graph.equations[name]] for name in graph.states}
            tapes[place] = steps[::order]
            outputs.append(xp.stack([tape[graph.equations["h"]] for tape in tapes[place]]))
        x = xp.concatenate(outputs, -1)
    if weights.head_weight is None:
        return Recording(network, weights, inputs, Outputs(x, states), tapes, None)
    read = head_rows(x, network.head_on, network.layers[-1].features, xp.concatenate)
    head = step(HEAD, weights.head, {"x": read.reshape(-1, read.shape[-1])}, xp)
    logits = head[HEAD.equations["y"]].reshape(*read.shape[:-1], -1)
    return Recording(network, weights, inputs, Outputs(x, states, logits), tapes, head)
