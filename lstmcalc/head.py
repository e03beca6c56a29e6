"""The linear head after the last layer: one equation, read as those of the cells are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lstmcalc.algebra import Graph, Input, MatVec, Param


def _trace() -> Graph:
    x = Input("x", "R")
    matrix, bias = Param("W", "y", ("C", "R")), Param("b", "y", ("C",))
    return Graph({"x": x}, {"y": MatVec(matrix, x) + bias}, (matrix, bias), ("y",))


HEAD = _trace()
"""`y = W_y x + b_y` for an output x of length R (both directions), C outputs."""

HEAD_NAMES: Mapping[str, str] = {"W_y": "weight", "b_y": "bias"}
"""What torch's nn.Linear calls its parameters."""


def head_rows(output: Any, head_on: str, features: int, concatenate: Callable[..., Any]) -> Any:
    """What the head reads of the last layer's output, [T, B, D·R].

    Args:
        output: an array of any library.
        head_on: one of `lstmcalc.network.HEADS`.
        features: R, what one direction puts out.
        concatenate: the library's function, called with arrays and an axis.
    """
    if head_on == "every":
        return output
    if head_on == "last":
        return output[-1]
    # the reverse direction has read all of x at the first step
    return concatenate([output[-1][..., :features], output[0][..., features:]], -1)
