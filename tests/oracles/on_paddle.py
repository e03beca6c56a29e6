"""Paddle's real layers, in float64."""

from __future__ import annotations

import numpy as np
import paddle
from oracles.real import Real, stacked


class Paddle(Real):
    def __init__(self, network, own):
        layer = network.layers[0]
        options = {"time_major": True, "num_layers": len(network.layers)}
        if layer.bidirectional:
            options["direction"] = "bidirect"
        if layer.proj_size:
            options["proj_size"] = layer.proj_size
        if layer.bias == "none":
            options |= {"bias_ih_attr": False, "bias_hh_attr": False}
        if layer.cell.name == "rnn_relu":
            options["activation"] = "relu"
        before = paddle.get_default_dtype()
        paddle.set_default_dtype("float64")
        try:
            make = getattr(paddle.nn, own)
            self.net = make(network.input_size, layer.hidden_size, **options)
        finally:
            paddle.set_default_dtype(before)
        if layer.bias == "none":
            self.net.could_use_cudnn = False  # the fused kernel of 3.3.1 crashes without biases

    def _params(self):
        """By the names of the cells; all but weight_ho have others too, as torch's are."""
        return {
            name: param
            for name, param in self.net.state_dict().items()
            if ".cell" in name and not param.stop_gradient
        }

    def held(self):
        return {name: param.numpy() for name, param in self._params().items()}

    def load(self, stored):
        for name, param in self._params().items():
            param.set_value(stored[name])

    def run(self, x, first):
        names = [name for name in "hc" if name in first[0, 0]]
        state = [paddle.to_tensor(stacked(first, name)) for name in names]
        output, last = self.net(paddle.to_tensor(x), state if len(state) > 1 else state[0])
        last = [s.numpy() for s in (last if isinstance(last, list | tuple) else [last])]
        ordered = {place: tuple(s[n] for s in last) for n, place in enumerate(sorted(first))}
        return np.asarray(output.numpy()), ordered

    def count(self):
        return sum(int(p.size) for p in self.net.parameters() if not p.stop_gradient)

    def count_with_frozen(self):
        return sum(int(p.size) for p in self.net.parameters())
