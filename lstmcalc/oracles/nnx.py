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

from lstmcalc.forward import Inputs, Outputs
from lstmcalc.head import head_rows
from lstmcalc.network import Layer, Network
from lstmcalc.oracles.carries import carries, states_of
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
    """The whole network: from x and the first carries to output, last carries and logits."""

    def __init__(self, network: Network) -> None:
        options: dict[str, Any] = {"param_dtype": jnp.float64, "rngs": nnx.Rngs(0)}
        if network.vocab_size is not None:
            self.embedding = nnx.Embed(network.vocab_size, network.input_size, **options)
        pairs = zip(network.layers, network.input_sizes, strict=True)
        self.layers = nnx.List([_layer(layer, size, options) for layer, size in pairs])
        if network.num_classes is not None:
            self.head = nnx.Linear(network.output_size, network.num_classes, **options)
        self.head_on, self.features = network.head_on, network.layers[-1].features

    def __call__(self, x: Array, carries: Sequence[Any]) -> tuple[Array, list[Any], Array | None]:
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        ends = []
        for layer, carry in zip(self.layers, carries, strict=True):
            end, x = layer(x, initial_carry=carry)
            ends.append(end)
        if not hasattr(self, "head"):
            return x, ends, None
        return x, ends, self.head(head_rows(x, self.head_on, self.features, jnp.concatenate))


def run(network: Network, stored: Mapping[str, Array], inputs: Inputs) -> Ran:
    """Build, load and run the network; see `Peer`."""
    check_network(CONVENTION, network)
    with jax.enable_x64(True):
        net = nnx.eval_shape(lambda: _Net(network))
        graph, state = nnx.split(net)
        held = {".".join(map(str, path)): leaf for path, leaf in nnx.to_flat_state(state)}
        shapes = {name: tuple(leaf.shape) for name, leaf in held.items()}
        check_stored("Flax nnx", shapes, stored)
        for name, leaf in held.items():
            leaf.set_value(jnp.asarray(stored[name], jnp.float64))

        def forward(state: Any, x: Array, first: Sequence[Any]) -> Any:
            return nnx.merge(graph, state)(x, first)

        found = jax.jit(forward)(state, inputs.x, carries(network, inputs.states))
        output, ends, logits = jax.tree.map(np.asarray, found)
    outputs = Outputs(output, states_of(network, ends), logits)
    return Ran(FRAMEWORK, IN_DOUBLE, shapes, sum(map(prod, shapes.values())), outputs)


def _layer(layer: Layer, input_size: int, options: Mapping[str, Any]) -> nnx.Module:
    """One layer; it keeps no random numbers of its own, which would be tensors beside the rest."""
    kind, own = _CELLS[layer.cell.name]
    # Of the cells SimpleCell alone would compute in float32 if it were not told otherwise.
    rnns = [
        nnx.RNN(
            kind(input_size, layer.hidden_size, dtype=jnp.float64, **own, **options),
            time_major=True,
            return_carry=True,
            rngs=False,
        )
        for _ in range(layer.directions)
    ]
    if not layer.bidirectional:
        return rnns[0]
    return nnx.Bidirectional(*rnns, time_major=True, return_carry=True, rngs=False)
