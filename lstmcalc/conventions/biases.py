"""What the conventions of biases are called: they are why totals differ."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.conventions.known import keepers
from lstmcalc.tracing import Bias

BIAS_NAMES: Mapping[Bias, str] = {
    "none": "no bias",
    "input": "bias on x",
    "single": "one bias",
    "double": "two biases",
}
MOST_NAMED = 3


def bias_words(cell: str, bias: Bias) -> str:
    """A convention in words, with the best-known frameworks that follow it.

    >>> bias_words("lstm", "double")
    'two biases (torch, cuDNN, ONNX)'
    """
    titles = [convention.title for convention in keepers(cell, bias)][:MOST_NAMED]
    if bias == "none":
        titles = ["weights alone"]
    return f"{BIAS_NAMES[bias]} ({', '.join(titles)})" if titles else BIAS_NAMES[bias]
