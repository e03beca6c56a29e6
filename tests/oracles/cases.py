"""Which real cells the tests run, by the convention that describes them. Imports no framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lstmcalc import Network, build_network
from lstmcalc.conventions.known import adopt, find_convention
from lstmcalc.conventions.layout import Convention, Layout, Packed

PACKAGES = {
    "equinox": "equinox",
    "haiku": "dm-haiku",
    "nnx_optimized": "flax",
    "tf1": "tf-keras",
    "tf_block": "tensorflow",
    "paddle": "paddlepaddle",
    "mlx": "mlx",
    "openvino": "openvino",
}
"""The package that holds the real thing, for each convention."""
BY_DEFAULT = ("torch", "keras", "onnx", "flax", "nnx")
"""The conventions that a plain run of the tests runs."""

TORCHRECURRENT = Convention(
    name="torchrecurrent",
    title="torchrecurrent",
    layouts={
        "lstm_peephole": Layout(
            "torchrecurrent.PeepholeLSTM", "ifgo", states="h c",
            tensors=(
                Packed("weight_ih", "W_x", "(g h) i"),
                Packed("weight_hh", "W_h", "(g h) i"),
                Packed("weight_ph", "w_c", "(g h)"),
                Packed("bias_ih", "b_x", "(g h)"),
                Packed("bias_hh", "b_h", "(g h)"),
            ),
        )
    },
    source="an oracle of the tests alone",
    full_name="cells.{layer}.{tensor}",
)  # fmt: skip


class Case(NamedTuple):
    """A cell of a convention, the module and class that run it, and options of the network."""

    convention: str
    cell: str
    module: str
    runner: str
    own: str
    options: Mapping[str, Any] = {}

    @property
    def described(self) -> Convention:
        """What is tested."""
        own = self.convention == TORCHRECURRENT.name
        return TORCHRECURRENT if own else find_convention(self.convention)

    @property
    def layout(self) -> Layout:
        """Of the cell."""
        return self.described.layout(self.cell)

    @property
    def order(self) -> Sequence[str]:
        """The gates as they are packed."""
        return self.layout.order

    def network(self, **options: Any) -> Network:
        """A small network, with the biases that the framework keeps."""
        network = build_network(3, 5, cell=self.cell, **{**self.options, **options})
        return adopt(network, self.described)

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in self.options.items()]
        return "-".join([self.convention, self.cell, self.own, *words])


NO_BIAS: Mapping[str, Any] = {"bias": "none"}
PROJECTED: Mapping[str, Any] = {"proj_size": 2}
TWICE: Mapping[str, Any] = {"bidirectional": True}

CASES = (
    Case("equinox", "lstm", "on_jax", "Equinox", "LSTMCell"),
    Case("equinox", "lstm", "on_jax", "Equinox", "LSTMCell", NO_BIAS),
    Case("equinox", "gru", "on_jax", "Equinox", "GRUCell"),
    Case("equinox", "gru", "on_jax", "Equinox", "GRUCell", NO_BIAS),
    Case("haiku", "lstm", "on_jax", "Haiku", "LSTM"),
    Case("haiku", "gru_reset_before", "on_jax", "Haiku", "GRU"),
    Case("haiku", "rnn_relu", "on_jax", "Haiku", "VanillaRNN"),
    Case("nnx_optimized", "lstm", "on_jax", "Nnx", "OptimizedLSTMCell"),
    Case("tf1", "lstm", "on_tensorflow", "TF1", "LSTMCell"),
    Case("tf1", "lstm", "on_tensorflow", "TF1", "LSTMCell", PROJECTED),
    Case("tf1", "lstm", "on_tensorflow", "TF1", "BasicLSTMCell"),
    Case("tf1", "lstm", "on_tensorflow", "Block", "BlockLSTM"),
    Case("tf1", "lstm_peephole", "on_tensorflow", "TF1", "LSTMCell"),
    Case("tf1", "lstm_peephole", "on_tensorflow", "TF1", "LSTMCell", PROJECTED),
    Case("tf1", "lstm_peephole", "on_tensorflow", "Block", "BlockLSTM"),
    Case("tf1", "gru_reset_before", "on_tensorflow", "TF1", "GRUCell"),
    Case("tf1", "gru_reset_before", "on_tensorflow", "Block", "GRUBlockCell"),
    Case("tf1", "rnn", "on_tensorflow", "TF1", "BasicRNNCell"),
    Case("tf1", "rnn_relu", "on_tensorflow", "TF1", "BasicRNNCell"),
    Case("tf_block", "lstm", "on_tensorflow", "Block", "BlockLSTMV2"),
    Case("tf_block", "lstm_peephole", "on_tensorflow", "Block", "BlockLSTMV2"),
    Case("paddle", "lstm", "on_paddle", "Paddle", "LSTM"),
    Case("paddle", "lstm", "on_paddle", "Paddle", "LSTM", PROJECTED),
    Case("paddle", "lstm", "on_paddle", "Paddle", "LSTM", NO_BIAS),
    Case("paddle", "lstm", "on_paddle", "Paddle", "LSTM", {"num_layers": 2, **TWICE}),
    Case("paddle", "gru", "on_paddle", "Paddle", "GRU"),
    Case("paddle", "gru", "on_paddle", "Paddle", "GRU", {"num_layers": 2, **TWICE}),
    Case("paddle", "rnn", "on_paddle", "Paddle", "SimpleRNN"),
    Case("paddle", "rnn_relu", "on_paddle", "Paddle", "SimpleRNN"),
    Case("mlx", "lstm", "on_mlx", "Mlx", "LSTM"),
    Case("mlx", "lstm", "on_mlx", "Mlx", "LSTM", NO_BIAS),
    Case("mlx", "gru", "on_mlx", "Mlx", "GRU"),
    Case("mlx", "gru", "on_mlx", "Mlx", "GRU", NO_BIAS),
    Case("mlx", "rnn", "on_mlx", "Mlx", "RNN"),
    Case("mlx", "rnn_relu", "on_mlx", "Mlx", "RNN"),
    Case("openvino", "lstm", "on_openvino", "OpenVINO", "lstm_sequence"),
    Case("openvino", "lstm", "on_openvino", "OpenVINO", "lstm_sequence", TWICE),
    Case("openvino", "gru", "on_openvino", "OpenVINO", "gru_sequence"),
    Case("openvino", "gru", "on_openvino", "OpenVINO", "gru_sequence", TWICE),
    Case("openvino", "gru_reset_before", "on_openvino", "OpenVINO", "gru_sequence"),
    Case("openvino", "rnn", "on_openvino", "OpenVINO", "rnn_sequence"),
    Case("torchrecurrent", "lstm_peephole", "on_torch", "Torchrecurrent", "PeepholeLSTM"),
)
DEEP = ("Equinox", "Haiku", "Nnx", "TF1", "Paddle", "Mlx", "Torchrecurrent")
"""Those that name the tensors of more than one layer themselves."""
