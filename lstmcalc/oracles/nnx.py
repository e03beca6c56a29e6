"""Flax nnx: the network as a module of nnx.RNN, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from lstmcalc.forward import Inputs
from lstmcalc.network import Layer, Network
from lstmcalc.oracles.carries import Passed, carries, hand_over, read_by_head
from lstmcalc.oracles.peer import IN_DOUBLE, Ran, check_network, check_stored
from lstmcalc.readings.values import Array

CONVENTION = "nnx"
FRAMEWORK = f"flax {flax.__version__} (nnx)"

_CELLS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "rnn": (nnx.SimpleCell, {}),
    "rnn_relu": (nnx.SimpleCell, {"activation_fn": nnx.relu}),
    "gru": (nnx.GRUCell, {}),
    "lstm": (nnx.LSTMCell, {}),
}


class _Net(nnx.Module):
    """The whole network: from x and the first carries to last carries, outputs and logits."""

    def __init__(self, network: Network, time_major: bool) -> None:
        options: dict[str, Any] = {"param_dtype": jnp.float64, "rngs": nnx.Rngs(0)}
        if network.vocab_size is not None:
            self.embedding = nnx.Embed(network.vocab_size, network.input_size, **options)
        pairs = zip(network.layers, network.input_sizes, strict=True)
        layers = [_layer(layer, size, options, time_major) for layer, size in pairs]
        self.layers = nnx.List(layers)
        if network.num_classes is not None:
            self.head = nnx.Linear(network.output_size, network.num_classes, **options)
        self.network, self.time_major = network, time_major

    def __call__(self, x: Array, carries: Sequence[Any]) -> Passed:
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        ends, passed = [], [x]
        for layer, carry in zip(self.layers, carries, strict=True):
            end, x = layer(x, initial_carry=carry)
            ends.append(end)
            passed.append(x)
        if not hasattr(self, "head"):
            return passed, ends, None
        return passed, ends, self.head(read_by_head(self.network, x, self.time_major, jnp))


def run(
    network: Network,
    stored: Mapping[str, Array],
    inputs: Inputs,
    batch_first: bool | None = None,
) -> Ran:
    """Build, load and run the network; see `Peer`."""
    check_network(CONVENTION, network)
    time_major = batch_first is False
    given = inputs.x if time_major else inputs.x.swapaxes(0, 1)
    with jax.enable_x64(True):
        net = nnx.eval_shape(lambda: _Net(network, time_major))
        graph, state = nnx.split(net)
        held = {".".join(map(str, path)): leaf for path, leaf in nnx.to_flat_state(state)}
        shapes = {name: tuple(leaf.shape) for name, leaf in held.items()}
        check_stored("Flax nnx", shapes, stored)
        for name, leaf in held.items():
            leaf.set_value(jnp.asarray(stored[name], jnp.float64))

        def forward(state: Any, x: Array, first: Sequence[Any]) -> Any:
            return nnx.merge(graph, state)(x, first)

        first = carries(network, inputs.states)
        passed, ends, logits = jax.tree.map(np.asarray, jax.jit(forward)(state, given, first))
    total = sum(map(prod, shapes.values()))
    handed = hand_over(network, given, (passed, ends, logits), first, time_major)
    return Ran(FRAMEWORK, IN_DOUBLE, shapes, total, *handed)


def _layer(
    layer: Layer, input_size: int, options: Mapping[str, Any], time_major: bool
) -> nnx.Module:
    """One layer; it keeps no random numbers of its own, which would be tensors beside the rest."""
    kind, own = _CELLS[layer.cell.name]
    # Of the cells SimpleCell alone would compute in float32 if it were not told otherwise.
    rnns = [
        nnx.RNN(
            kind(input_size, layer.hidden_size, dtype=jnp.float64, **own, **options),
            time_major=time_major,
            return_carry=True,
            rngs=False,
        )
        for _ in range(layer.directions)
    ]
    if not layer.bidirectional:
        return rnns[0]
    return nnx.Bidirectional(*rnns, time_major=time_major, return_carry=True, rngs=False)
