"""Which frameworks keep how many biases, by cell: they are why totals differ."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.tracing import Bias

BIAS_NAMES: Mapping[Bias, str] = {
    "none": "no bias",
    "single": "one bias",
    "double": "two biases",
}

KEEPERS: Mapping[tuple[str, Bias], str] = {
    ("rnn", "single"): "Keras",
    ("rnn", "double"): "torch, cuDNN, ONNX",
    ("rnn_relu", "single"): "Keras",
    ("rnn_relu", "double"): "torch, cuDNN, ONNX",
    ("gru", "single"): "Flax, Equinox, MLX",
    ("gru", "double"): "torch, Keras, cuDNN",
    ("gru_reset_before", "single"): "Keras, TF1",
    ("gru_reset_before", "double"): "ONNX",
    ("lstm", "single"): "Keras, TF, Flax",
    ("lstm", "double"): "torch, cuDNN, ONNX",
    ("lstm_peephole", "single"): "TF1",
    ("lstm_peephole", "double"): "ONNX",
}
"""Read from each framework's documentation of the cell; a cell without an entry has no keeper."""


def bias_words(cell: str, bias: Bias) -> str:
    """A convention in words, with the frameworks that follow it.

    >>> bias_words("lstm", "double")
    'two biases (torch, cuDNN, ONNX)'
    """
    keepers = "textbook" if bias == "none" else KEEPERS.get((cell, bias))
    return f"{BIAS_NAMES[bias]} ({keepers})" if keepers else BIAS_NAMES[bias]
