"""TensorFlow 1's real cells, in float64, and its operators on blocks, in float32."""

from __future__ import annotations

import contextlib

import numpy as np

with contextlib.suppress(ImportError):
    import paddle  # noqa: F401 -- it crashes when it is imported after TensorFlow
import tensorflow as tf
from oracles.real import Real
from tf_keras.src.layers.rnn import legacy_cells


class TF1(Real):
    """What tf.nn.rnn_cell was, in a MultiRNNCell."""

    def __init__(self, network, own):
        self.cells = legacy_cells.MultiRNNCell([self._make(la, own) for la in network.layers])
        x = tf.zeros((1, network.input_size), tf.float64)
        self.cells(x, self.cells.zero_state(1, tf.float64))
        self.own, self.weights = own, self.cells.weights

    @staticmethod
    def _make(layer, own):
        options = {"dtype": tf.float64}
        if own == "LSTMCell":
            options["num_proj"] = layer.proj_size
            options["use_peepholes"] = layer.cell.name == "lstm_peephole"
        if layer.cell.name == "rnn_relu":
            options["activation"] = tf.nn.relu
        return getattr(legacy_cells, own)(layer.hidden_size, **options)

    def _weights(self):
        names = [w.name.removeprefix("multi_rnn_cell/").removesuffix(":0") for w in self.weights]
        if self.own == "BasicLSTMCell":  # but for the class's name all is as LSTMCell's
            names = [name.replace("/basic_lstm_cell/", "/lstm_cell/") for name in names]
        return dict(zip(names, self.weights, strict=True))

    def held(self):
        return {name: weight.numpy() for name, weight in self._weights().items()}

    def load(self, stored):
        for name, weight in self._weights().items():
            weight.assign(stored[name])

    def run(self, x, first):
        state = tf.constant(first[0, 0]["h"])
        if "c" in first[0, 0]:
            state = legacy_cells.LSTMStateTuple(c=first[0, 0]["c"], h=state)
        state, outputs = (state,), []
        for x_t in x:
            output, state = self.cells(tf.constant(x_t), state)
            outputs.append(output.numpy())
        last = state[0] if isinstance(state[0], tuple) else state
        return np.stack(outputs), {(0, 0): tuple(s.numpy() for s in last)}


SLOTS = {
    "BlockLSTMV2": {f"layer0/{name}": name for name in ("w", "b", "wci", "wcf", "wco")},
    "BlockLSTM": {
        "cell_0/lstm_cell/kernel": "w",
        "cell_0/lstm_cell/bias": "b",
        "cell_0/lstm_cell/w_i_diag": "wci",
        "cell_0/lstm_cell/w_f_diag": "wcf",
        "cell_0/lstm_cell/w_o_diag": "wco",
    },
    "GRUBlockCell": {
        "cell_0/gru_cell/gates/kernel": "w_ru",
        "cell_0/gru_cell/gates/bias": "b_ru",
        "cell_0/gru_cell/candidate/kernel": "w_c",
        "cell_0/gru_cell/candidate/bias": "b_c",
    },
}
"""The argument that each stored tensor is."""


class Block(Real):
    """An operator that gets its tensors at each call, and refuses other shapes than these."""

    def __init__(self, network, own):
        H, both = network.layers[0].hidden_size, network.input_size + network.layers[0].hidden_size
        shapes = {
            "w": (both, 4 * H), "b": (4 * H,), "wci": (H,), "wcf": (H,), "wco": (H,),
            "w_ru": (both, 2 * H), "b_ru": (2 * H,), "w_c": (both, H), "b_c": (H,),
        }  # fmt: skip
        self.operator, self.slots = getattr(tf.raw_ops, own), SLOTS[own]
        self.peephole = network.layers[0].cell.name == "lstm_peephole"
        self.arrays = {slot: np.zeros(shapes[slot], np.float32) for slot in self.slots.values()}

    def held(self):
        return {
            name: self.arrays[slot]
            for name, slot in self.slots.items()
            if self.peephole or not slot.startswith("wc")
        }

    def load(self, stored):
        for name, array in stored.items():
            self.arrays[self.slots[name]] = array.astype(np.float32)

    def run(self, x, first):
        x, h = x.astype(np.float32), first[0, 0]["h"].astype(np.float32)
        if "w_ru" in self.arrays:
            outputs = []
            for x_t in x:
                h = self.operator(x=x_t, h_prev=h, **self.arrays).h
                outputs.append(h.numpy())
            return np.stack(outputs), {(0, 0): (h.numpy(),)}
        every = self.operator(
            seq_len_max=len(x), x=x, cs_prev=first[0, 0]["c"].astype(np.float32), h_prev=h,
            use_peephole=self.peephole, **self.arrays,
        )  # fmt: skip
        return every.h.numpy(), {(0, 0): (every.cs[-1].numpy(), every.h[-1].numpy())}
