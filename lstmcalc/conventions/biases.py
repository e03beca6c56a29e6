"""What the conventions of biases are called: they are why totals differ."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.cells import CELLS
from lstmcalc.conventions.known import keepers
from lstmcalc.tracing import Bias

BIAS_NAMES: Mapping[Bias, str] = {
    "none": "no bias",
    "input": "bias on x",
    "single": "one bias",
    "double": "two biases",
}
MOST_NAMED = 3
NOBODY = "in no framework here"


def bias_words(cell: str, bias: Bias, projected: bool = False, bidirectional: bool = False) -> str:
    """A convention in words, with the best-known frameworks that have such a layer.

    >>> bias_words("lstm", "double")
    'two biases (torch, cuDNN, ONNX)'
    >>> bias_words("lstm_coupled", "single")
    'one bias (in no framework here)'
    """
    titles = [convention.title for convention in keepers(cell, bias, projected, bidirectional)]
    who = ", ".join(titles[:MOST_NAMED])
    if bias == "none" and titles:
        who = "weights alone"
    elif cell in CELLS and not titles:
        who = NOBODY
    return f"{BIAS_NAMES[bias]} ({who})" if who else BIAS_NAMES[bias]
