"""Values: a cell's equations evaluated, in NumPy or in torch, for one step or a whole sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lstmcalc import algebra as ops
from lstmcalc.algebra import Graph, Node, fold, unknown

Array: TypeAlias = Any
"""An array of the namespace `xp`: of NumPy, or a torch tensor."""


def step(
    graph: Graph, weights: Mapping[str, Array], inputs: Mapping[str, Array], xp: Any
) -> dict[str, Array]:
    """Every named equation's value after one step.

    Args:
        graph: the traced cell.
        weights: each parameter by its textbook name, a matrix as [out, in].
        inputs: `x` as [batch, I] and each state of the step before as [batch, its length].
        xp: the array namespace, `numpy` or `torch`.

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
            case ops.MatVec(), [matrix, vector]:
                return vector @ matrix.T
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
            case _:
                raise unknown(node, "the forward pass")

    values = fold(graph, rule)
    return {name: values[node] for name, node in graph.equations.items()}


def run(
    graph: Graph,
    weights: Mapping[str, Array],
    xs: Sequence[Array],
    states: Mapping[str, Array],
    xp: Any,
) -> list[dict[str, Array]]:
    """The same weights at every step: one `step` after another over the sequence `xs`.

    Args:
        graph: the traced cell.
        weights: as for `step`.
        xs: one array [batch, I] for each step, in the order to be read.
        states: each state before the first step.
        xp: the array namespace.

    Returns:
        Every step's named equations; their last states are those of the final one.
    """
    steps: list[dict[str, Array]] = []
    for x in xs:
        steps.append(step(graph, weights, {"x": x, **states}, xp))
        states = {name: steps[-1][name] for name in graph.states}
    return steps
