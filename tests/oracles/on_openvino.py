"""OpenVINO's real operators, in float32; each is compiled as a model of its own."""

from __future__ import annotations

import numpy as np
import openvino
from openvino import opset14
from oracles.real import Real


class OpenVINO(Real):
    """Its constants have no names of their own: they go by the operator's arguments."""

    def __init__(self, network, own):
        self.layer, size = network.layers[0], network.input_size
        H, D = self.layer.hidden_size, self.layer.directions
        gates = {"lstm_sequence": 4, "gru_sequence": 3, "rnn_sequence": 1}[own]
        self.operator = getattr(opset14, own)
        self.after = self.layer.cell.name == "gru"
        rows, biases = gates * H, (gates + self.after) * H
        shapes = {"W": (D, rows, size), "R": (D, rows, H), "B": (D, biases)}
        self.arrays = {slot: np.zeros(shape, np.float32) for slot, shape in shapes.items()}

    def held(self):
        return {f"layer0/{slot}": array for slot, array in self.arrays.items()}

    def load(self, stored):
        self.arrays = {slot: stored[f"layer0/{slot}"].astype(np.float32) for slot in self.arrays}

    def run(self, x, first):
        arrays = [x.swapaxes(0, 1)]
        arrays += [
            np.stack([states[name] for _, states in sorted(first.items())], 1)
            for name in "hc"
            if name in first[0, 0]
        ]
        arrays = [np.ascontiguousarray(array, np.float32) for array in arrays]
        given = [opset14.parameter(array.shape, np.float32) for array in arrays]
        lengths = np.full(len(arrays[0]), len(x), np.int64)
        options = {"linear_before_reset": True} if self.after else {}
        node = self.operator(
            *given, lengths, *self.arrays.values(), self.layer.hidden_size,
            "bidirectional" if self.layer.bidirectional else "forward", **options,
        )  # fmt: skip
        model = openvino.Model(node.outputs(), given)
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        found = openvino.Core().compile_model(model, "CPU", exact)(arrays)
        every, *last = [found[n] for n in range(len(node.outputs()))]  # [B, D, T, H], [B, D, H]
        output = every.transpose(2, 0, 1, 3).reshape(*x.shape[:2], -1)
        by_place = enumerate(sorted(first))
        return output, {place: tuple(s[:, n] for s in last) for n, place in by_place}
