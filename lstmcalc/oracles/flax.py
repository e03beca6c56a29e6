"""Flax linen: the network as a compact module of nn.RNN, in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict

from lstmcalc.forward import Inputs, Outputs
from lstmcalc.head import head_rows
from lstmcalc.network import Layer, Network
from lstmcalc.oracles.carries import carries, states_of
from lstmcalc.oracles.peer import IN_DOUBLE, Ran, check_network, check_stored
from lstmcalc.readings.values import Array

CONVENTION = "flax"
FRAMEWORK = f"flax {flax.__version__} (linen)"

_CELLS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "rnn": (nn.SimpleCell, {}),
    "rnn_relu": (nn.SimpleCell, {"activation_fn": nn.relu}),
    "gru": (nn.GRUCell, {}),
    "lstm": (nn.LSTMCell, {}),
}


class _Net(nn.Module):
    """The whole network: from x and the first carries to output, last carries and logits."""

    network: Network

    @nn.compact
    def __call__(self, x: Array, carries: Sequence[Any]) -> tuple[Array, list[Any], Array | None]:
        network = self.network
        if network.vocab_size is not None:
            x = nn.Embed(network.vocab_size, network.input_size, param_dtype=jnp.float64)(x)
        ends = []
        for layer, carry in zip(network.layers, carries, strict=True):
            rnns = [
                nn.RNN(_cell(layer), time_major=True, return_carry=True)
                for _ in range(layer.directions)
            ]
            module: nn.Module = rnns[0]
            if layer.bidirectional:
                module = nn.Bidirectional(rnns[0], rnns[1], time_major=True, return_carry=True)
            end, x = module(x, initial_carry=carry)
            ends.append(end)
        if network.num_classes is None:
            return x, ends, None
        head = nn.Dense(network.num_classes, param_dtype=jnp.float64)
        features = network.layers[-1].features
        return x, ends, head(head_rows(x, network.head_on, features, jnp.concatenate))


def run(network: Network, stored: Mapping[str, Array], inputs: Inputs) -> Ran:
    """Build, load and run the network; see `Peer`."""
    check_network(CONVENTION, network)
    net = _Net(network)
    with jax.enable_x64(True):
        first = carries(network, inputs.states)
        tree = jax.eval_shape(net.init, jax.random.key(0), inputs.x, first)
        shapes = {name: leaf.shape for name, leaf in flatten_dict(tree, sep="/").items()}
        check_stored("Flax linen", shapes, stored)
        arrays = {name: np.float64(array) for name, array in stored.items()}
        found = jax.jit(net.apply)(unflatten_dict(arrays, sep="/"), inputs.x, first)
        output, ends, logits = jax.tree.map(np.asarray, found)
    outputs = Outputs(output, states_of(network, ends), logits)
    return Ran(FRAMEWORK, IN_DOUBLE, shapes, sum(map(prod, shapes.values())), outputs)


def _cell(layer: Layer) -> Any:
    kind, options = _CELLS[layer.cell.name]
    return kind(layer.hidden_size, param_dtype=jnp.float64, **options)
