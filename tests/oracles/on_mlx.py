"""MLX's real layers, in float32."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx.utils import tree_flatten
from oracles.real import Real, places


class Mlx(Real):
    def __init__(self, network, own):
        options = {"nonlinearity": nn.relu} if network.layers[0].cell.name == "rnn_relu" else {}
        self.net = nn.Module()
        self.net.layers = [
            getattr(nn, own)(size, layer.hidden_size, bias=layer.bias != "none", **options)
            for layer, size in places(network)
        ]

    def held(self):
        return {name: np.array(array) for name, array in tree_flatten(self.net.parameters())}

    def load(self, stored):
        arrays = [(name, mx.array(array.astype(np.float32))) for name, array in stored.items()]
        self.net.load_weights(arrays, strict=True)

    def run_every_step(self, x, first):
        """The states of every step, batch first, as it hands them over."""
        batch_first = mx.array(x.swapaxes(0, 1).astype(np.float32))
        state = [mx.array(first[0, 0][s].astype(np.float32)) for s in "hc" if s in first[0, 0]]
        every = self.net.layers[0](batch_first, *state)
        return [np.array(s) for s in (every if isinstance(every, tuple) else (every,))]

    def run(self, x, first):
        every = self.run_every_step(x, first)
        return every[0].swapaxes(0, 1), {(0, 0): tuple(s[:, -1] for s in every)}
