"""Keras 3: the network as a functional model of its layers, run on the CPU.

Its backend is PyTorch unless the environment says otherwise.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from lstmcalc.errors import UnsupportedError
from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import Layer, Network, Place
from lstmcalc.oracles.peer import IN_DOUBLE, IN_SINGLE, Ran, check_network, check_stored
from lstmcalc.readings.values import Array

os.environ.setdefault("KERAS_BACKEND", "torch")  # read when Keras is imported

import keras

CONVENTION = "keras"
FRAMEWORK = f"keras {keras.__version__} ({keras.backend.backend()} backend)"

_DTYPE = "float64" if keras.backend.backend() == "torch" else "float32"


class _Kind(NamedTuple):
    """A class of keras.layers, what a session calls its first one, and its options."""

    build: Any
    name: str
    options: Mapping[str, Any]


# What is not given here a layer draws, and so moves on the random numbers of whoever calls.
_DRAWN = {"recurrent_initializer": "zeros", "seed": 0}
_KINDS: Mapping[str, _Kind] = {
    "rnn": _Kind(keras.layers.SimpleRNN, "simple_rnn", {"activation": "tanh", **_DRAWN}),
    "rnn_relu": _Kind(keras.layers.SimpleRNN, "simple_rnn", {"activation": "relu", **_DRAWN}),
    "gru": _Kind(keras.layers.GRU, "gru", {"reset_after": True, **_DRAWN}),
    "gru_reset_before": _Kind(keras.layers.GRU, "gru", {"reset_after": False, **_DRAWN}),
    "lstm": _Kind(keras.layers.LSTM, "lstm", _DRAWN),
}
_HEAD = _Kind(keras.layers.Dense, "dense", {})


def run(
    network: Network,
    stored: Mapping[str, Array],
    inputs: Inputs,
    batch_first: bool | None = None,
) -> Ran:
    """Build, load and run the network; see `Peer`."""
    check_network(CONVENTION, network)
    if batch_first is False:
        raise UnsupportedError("Keras with the steps first", "its layers have no such option")
    with keras.device("cpu"):
        model = _build(network)
        shapes = {variable.path: tuple(variable.shape) for variable in model.weights}
        check_stored("Keras", shapes, stored)
        for variable in model.weights:
            variable.assign(np.asarray(stored[variable.path], variable.dtype))
        first = [inputs.states[place][state] for place, state in _states(network)]
        given = inputs.x.swapaxes(0, 1)
        outputs = [_numpy(out) for out in model([given, *first])]
    x, *rest = outputs
    layers, rest = rest[: len(network.layers)], rest[len(network.layers) :]
    ends, logits = rest[: len(first)], rest[len(first) :]
    handed = {"x": x} if network.vocab_size is None else {"tokens": given, "x": x}
    handed |= dict(zip(_names(network, "initial_"), first, strict=True))
    handed |= {"output": layers[-1], **dict(zip(_names(network), ends, strict=True))}
    handed |= dict(zip(["logits"], logits, strict=False))
    return Ran(
        FRAMEWORK,
        _tolerance(network),
        shapes,
        model.count_params(),
        _read(network, [layers[-1], *ends, *logits]),
        handed,
        [*zip([x, *layers], layers, strict=False)],
    )


def _build(network: Network) -> Any:
    """A model from x and every first state to each layer's x and output, last states and logits.

    Every layer is called what a fresh session would call it.
    """
    counted: Counter[str] = Counter()

    def named(name: str) -> str:
        counted[name] += 1
        return f"{name}_{counted[name] - 1}" if counted[name] > 1 else name

    if network.vocab_size is None:
        x = given = keras.Input((None, network.input_size), name="x", dtype=_DTYPE)
    else:
        given = keras.Input((None,), name="tokens", dtype="int64")
        x = keras.layers.Embedding(
            network.vocab_size,
            network.input_size,
            embeddings_initializer="zeros",
            name=named("embedding"),
            dtype=_DTYPE,
        )(given)
    first: list[Any] = []
    last: list[Any] = []
    outputs = [x]
    for layer in network.layers:
        module = _recurrent(layer, named)
        starts = [
            keras.Input((layer.hidden_size,), name=f"first_{len(first) + number}", dtype=_DTYPE)
            for number in range(layer.directions * len(layer.graph.states))
        ]
        x, *ends = module(x, initial_state=starts)
        outputs.append(x)
        first += starts
        last += ends
    outputs += last
    if network.num_classes is not None:
        head = _HEAD.build(
            network.num_classes, kernel_initializer="zeros", name=named(_HEAD.name), dtype=_DTYPE
        )
        # return_sequences=False would give the reverse direction's last state, of the first step
        rows = x if network.head_on == "every" else x[:, -1]
        if network.head_on == "states":
            features = network.layers[-1].features
            ends = [x[:, -1, :features], x[:, 0, features:]]
            rows = keras.layers.Concatenate(dtype=_DTYPE)(ends)
        outputs.append(head(rows))
    return keras.Model([given, *first], outputs, name="network")


def _recurrent(layer: Layer, named: Any) -> Any:
    kind = _KINDS[layer.cell.name]
    module = kind.build(
        layer.hidden_size,
        use_bias=layer.bias != "none",
        return_sequences=True,
        return_state=True,
        kernel_initializer="zeros",
        name=named(kind.name),
        dtype=_DTYPE,
        **kind.options,
    )
    if not layer.bidirectional:
        return module
    return keras.layers.Bidirectional(module, name=named("bidirectional"), dtype=_DTYPE)


def _read(network: Network, found: list[Array]) -> Outputs:
    """What the model gave, batch first, as the equations give it."""
    output, *rest = found
    states: dict[Place, dict[str, Array]] = {}
    for place, state in _states(network):
        states.setdefault(place, {})[state] = rest.pop(0)
    logits = rest.pop() if rest else None
    if logits is not None and network.head_on == "every":
        logits = logits.swapaxes(0, 1)
    return Outputs(output.swapaxes(0, 1), states, logits)


def _states(network: Network) -> list[tuple[Place, str]]:
    """Every state, in the order in which the model takes and returns them."""
    return [
        ((index, direction), state)
        for index, layer in enumerate(network.layers)
        for direction in range(layer.directions)
        for state in layer.graph.states
    ]


def _names(network: Network, first: str = "") -> list[str]:
    """What the states are called, in that order: a layer of two directions has forward ones."""
    names = []
    for (index, direction), state in _states(network):
        prefix = f"layer {index} " if len(network.layers) > 1 else ""
        both = network.layers[index].bidirectional
        way = ("forward", "backward")[direction] if both else "state"
        names.append(f"{prefix}{first}{way}_{state}")
    return names


def _numpy(tensor: Any) -> Array:
    """The tensor's numbers; torch's own way, as NumPy warns of the one that Keras takes."""
    if keras.backend.backend() == "torch":
        return tensor.detach().numpy()
    return keras.ops.convert_to_numpy(tensor)


def _tolerance(network: Network) -> float:
    """Which layers compute in float64 depends on the version, whatever type they are given.

    On torch all do in Keras 3.9; none does in 3.12, where keras.ops.matmul makes float32 of
    float64; in 3.15 the LSTM and the GRU with reset_after do, as they no longer call it.
    """
    parts = {layer.cell.name for layer in network.layers}
    if network.num_classes is not None:
        parts.add("head")
    return IN_DOUBLE if all(map(_in_double, parts)) else IN_SINGLE


@cache
def _in_double(part: str) -> bool:
    """Whether a layer tells 1 + 1e-9 from 1, as float64 does and float32 does not."""
    kind = _HEAD if part == "head" else _KINDS[part]
    layer = kind.build(1, kernel_initializer="ones", name="probe", dtype=_DTYPE, **kind.options)
    with keras.device("cpu"):
        one, more = _numpy(layer(np.array([[[1.0]], [[1 + 1e-9]]])))
    return bool(one != more)
