"""Values: a cell's equations evaluated, in NumPy or in torch, for one step or a whole sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lstmcalc import algebra as ops
from lstmcalc.algebra import Graph, Node, fold, unknown

Array: TypeAlias = Any
"""An array of the namespace `xp`: of NumPy, or a torch tensor."""


Tape: TypeAlias = dict[Node, Array]
"""The value of every node of a graph at one step."""

_NOTHING: Mapping[Node, Array] = {}


def step(
    graph: Graph,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    xp: Any,
    saved: Mapping[Node, Array] = _NOTHING,
) -> Tape:
    """Every node's value at one step.

    Args:
        graph: the traced cell, or its backward equations.
        weights: each parameter by its textbook name, a matrix as [out, in].
        inputs: `x` as [batch, I] and each state of the step before as [batch, its length].
        xp: the array namespace, `numpy` or `torch`.
        saved: for backward equations, the forward pass of the same step.

    Raises:
        EquationError: the equations use an operation without a rule here.
    """

    def rule(node: Node, args: list[Array]) -> Array:
        match node, args:
            case ops.Input(name=name), []:
                return inputs[name]
            case ops.Param(name=name), []:
                return weights[name]
            case ops.Const(number=number), []:
                return number
            case ops.Saved(node=node), []:
                return saved[node]
            case ops.MatVec(), [matrix, vector]:
                return vector @ matrix.T
            case ops.Transposed(), [matrix, vector]:
                return vector @ matrix
            case ops.OuterSum(), [column, row]:
                return column.T @ row
            case ops.Sum(), [a]:
                return a.sum(0)
            case ops.Add(), [a, b]:
                return a + b
            case ops.Sub(), [a, b]:
                return a - b
            case ops.Mul(), [a, b]:
                return a * b
            case ops.Sigmoid(), [a]:
                return 0.5 + 0.5 * xp.tanh(0.5 * a)  # exp would overflow far from 0
            case ops.Tanh(), [a]:
                return xp.tanh(a)
            case ops.Relu(), [a]:
                return a * (a > 0)
            case ops.Positive(), [a]:
                return a > 0
            case ops.Neg(), [a]:
                return -a
            case _:
                raise unknown(node, "the forward pass")

    return fold(graph, rule)


def run(
    graph: Graph,
    weights: Mapping[str, Array],
    xs: Sequence[Array],
    states: Mapping[str, Array],
    xp: Any,
) -> list[Tape]:
    """The same weights at every step: one `step` after another over the sequence `xs`.

    Args:
        graph: the traced cell.
        weights: as for `step`.
        xs: one array [batch, I] for each step, in the order to be read.
        states: each state before the first step.
        xp: the array namespace.

    Returns:
        Every step's values; the last states are those of the final one.
    """
    steps: list[Tape] = []
    for x in xs:
        steps.append(step(graph, weights, {"x": x, **states}, xp))
        states = {name: steps[-1][graph.equations[name]] for name in graph.states}
    return steps
