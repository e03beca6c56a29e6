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

from lstmcalc.forward import Inputs
from lstmcalc.network import Layer, Network
from lstmcalc.oracles.carries import Passed, carries, hand_over, read_by_head
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
    """The whole network: from x and the first carries to last carries, outputs and logits."""

    network: Network
    time_major: bool

    @nn.compact
    def __call__(self, x: Array, carries: Sequence[Any]) -> Passed:
        network = self.network
        if network.vocab_size is not None:
            x = nn.Embed(network.vocab_size, network.input_size, param_dtype=jnp.float64)(x)
        ends, passed = [], [x]
        for layer, carry in zip(network.layers, carries, strict=True):
            rnns = [
                nn.RNN(_cell(layer), time_major=self.time_major, return_carry=True)
                for _ in range(layer.directions)
            ]
            module: nn.Module = rnns[0]
            if layer.bidirectional:
                module = nn.Bidirectional(
                    rnns[0], rnns[1], time_major=self.time_major, return_carry=True
                )
            end, x = module(x, initial_carry=carry)
            ends.append(end)
            passed.append(x)
        if network.num_classes is None:
            return passed, ends, None
        head = nn.Dense(network.num_classes, param_dtype=jnp.float64)
        return passed, ends, head(read_by_head(network, x, self.time_major, jnp))


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
    net = _Net(network, time_major)
    with jax.enable_x64(True):
        first = carries(network, inputs.states)
        tree = jax.eval_shape(net.init, jax.random.key(0), given, first)
        shapes = {name: leaf.shape for name, leaf in flatten_dict(tree, sep="/").items()}
        check_stored("Flax linen", shapes, stored)
        arrays = {name: np.float64(array) for name, array in stored.items()}
        outputs = jax.jit(net.apply)(unflatten_dict(arrays, sep="/"), given, first)
        passed, ends, logits = jax.tree.map(np.asarray, outputs)
    total = sum(map(prod, shapes.values()))
    handed = hand_over(network, given, (passed, ends, logits), first, time_major)
    return Ran(FRAMEWORK, IN_DOUBLE, shapes, total, *handed)


def _cell(layer: Layer) -> Any:
    kind, options = _CELLS[layer.cell.name]
    return kind(layer.hidden_size, param_dtype=jnp.float64, **options)
