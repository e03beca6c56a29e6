"""The linear head after the last layer: one equation, read as those of the cells are."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.algebra import Graph, Input, MatVec, Param


def _trace() -> Graph:
    x = Input("x", "R")
    matrix, bias = Param("W", "y", ("C", "R")), Param("b", "y", ("C",))
    return Graph({"x": x}, {"y": MatVec(matrix, x) + bias}, (matrix, bias), ("y",))


HEAD = _trace()
"""`y = W_y x + b_y` for an output x of length R (both directions), C outputs."""

HEAD_NAMES: Mapping[str, str] = {"W_y": "weight", "b_y": "bias"}
"""What torch's nn.Linear calls its parameters."""
