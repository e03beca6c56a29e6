"""The backward pass of a whole network, evaluated from its cells' derived equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lstmcalc.adjoint import GRADIENT, Backward, adjoint
from lstmcalc.forward import Recording, Weights
from lstmcalc.head import HEAD
from lstmcalc.network import Place
from lstmcalc.readings.values import Array, Tape, step

Named = Mapping[str, Array]


@dataclass(frozen=True)
class Arriving:
    """The loss's own gradients: of the logits, of the output [T, B, D·R], of every last state."""

    logits: Array | None = None
    output: Array | None = None
    states: Mapping[Place, Named] | None = None


@dataclass(frozen=True)
class Gradients:
    """The gradients of a loss, summed over samples and steps.

    `weights` are those of the weights, empty where they were not asked for; `x` that of x as
    [T, B, I]; `states` those of every first state; `steps` those of every state at every step, in
    the order of time: what reaches it from the layer above and through all later steps.
    """

    weights: Weights
    x: Array
    states: Mapping[Place, Named]
    steps: Mapping[Place, Sequence[Named]]


def backward(recording: Recording, arriving: Arriving, weights: bool = True) -> Gradients:
    """Back-propagation through time, layer by layer from the top and step by step from the end.

    Args:
        recording: the forward pass, in NumPy.
        arriving: where the loss reads it.
        weights: whether the gradients of the weights are asked for.
    """
    network, held = recording.network, recording.weights
    output: Array = np.zeros_like(recording.outputs.output)
    if arriving.output is not None:
        output = output + arriving.output
    head: dict[str, Array] = {}
    if arriving.logits is not None:
        head, read = _head(recording, arriving.logits)
        features = network.layers[-1].features
        if network.head_on == "states":
            output[-1][..., :features] += read[..., :features]
            output[0][..., features:] += read[..., features:]
        else:
            output[slice(None) if network.head_on == "every" else -1] += read
    recurrent: dict[Place, Named] = {}
    states: dict[Place, Named] = {}
    steps: dict[Place, Sequence[Named]] = {}
    for index, layer in reversed(list(enumerate(network.layers))):
        equations = adjoint(layer.graph, weights=weights)
        below: Array = 0.0
        for direction, own in enumerate(np.split(output, layer.directions, -1)):
            place = (index, direction)
            ends = {} if arriving.states is None else arriving.states[place]
            summed: dict[str, Array] = {}
            passed = []
            for step_ in _steps(recording, equations, place, own, ends, weights):
                _add(summed, step_.weights)  # at once: all steps' would take T times the weights
                passed.append((step_.arrived, step_.sent))
            order = 1 if direction else -1  # the forward direction was passed from its end
            steps[place] = [arrived for arrived, _ in passed][::order]
            below = below + np.stack([sent["x"] for _, sent in passed][::order])
            states[place] = {name: passed[-1][1][name] for name in layer.graph.states}
            recurrent[place] = summed
        output = below
    embedding = None
    if held.embedding is not None and weights:
        embedding = np.zeros_like(held.embedding)
        np.add.at(embedding, recording.inputs.x, output)
        if network.tie_weights and "W_y" in head:
            embedding += head.pop("W_y")
    found = Weights(recurrent, embedding, head.get("W_y"), head.get("b_y"))
    return Gradients(found, output, states, steps)


@dataclass(frozen=True)
class _Passed:
    """One step passed backwards."""

    arrived: Named
    sent: Named
    weights: Named


def _steps(
    recording: Recording,
    equations: Backward,
    place: Place,
    output: Array,
    ends: Named,
    weights: bool,
) -> Iterator[_Passed]:
    """Every step of one direction of a layer, from the one that ran last."""
    graph = equations.forward
    tapes, held = recording.tapes[place], recording.weights.recurrent[place]
    arriving = dict(ends)
    for t in range(len(tapes)) if place[1] else reversed(range(len(tapes))):
        into = {name: arriving.get(name, 0.0) for name in graph.states}
        into["h"] = into["h"] + output[t]
        for name in graph.states:
            into[name] = into[name] + np.zeros_like(tapes[t][graph.equations[name]])
        named = {f"{GRADIENT}{name}": value for name, value in into.items()}
        tape = step(equations, held, named, np, tapes[t])
        sent = {
            name: _value(tape, equations, name, tapes[t][node])
            for name, node in graph.inputs.items()
        }
        sums = (
            {
                param.name: _value(tape, equations, param.name, held[param.name])
                for param in graph.params
            }
            if weights
            else {}
        )
        yield _Passed(into, sent, sums)
        arriving = {name: sent[name] for name in graph.states}


def _value(tape: Tape, equations: Backward, name: str, like: Array) -> Array:
    """The gradient of an input or a parameter; zeros where nothing depends on it."""
    node = equations.equations.get(f"{GRADIENT}{name}")
    return np.zeros_like(like) if node is None else tape[node]


def _add(total: dict[str, Array], weights: Named) -> None:
    """Add one step's gradients to the sum, in place."""
    for name, value in weights.items():
        if name in total:
            total[name] += value
        else:
            total[name] = value


def _head(recording: Recording, logits: Array) -> tuple[dict[str, Array], Array]:
    """The gradients of the head's parameters, and of what it read."""
    equations = adjoint(HEAD)
    arriving = {f"{GRADIENT}y": logits.reshape(-1, logits.shape[-1])}
    tape = step(equations, recording.weights.head, arriving, np, recording.head or {})
    found = {name: tape[equations.equations[f"{GRADIENT}{name}"]] for name in ("W_y", "b_y", "x")}
    return found, found.pop("x").reshape(*logits.shape[:-1], -1)
