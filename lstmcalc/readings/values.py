"""Values: a cell's equations evaluated, in NumPy or in torch, for one step or a whole sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
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

    applied: Tape = {}

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
            case ops.Sub(args=(_, gate)), _ if is_complement(node):
                return _sigmoid(-applied[gate], xp)  # 1 - z has no digits left where z is 1
            case ops.Sub(), [a, b]:
                return a - b
            case ops.Mul(), [a, b]:
                return a * b
            case ops.Sigmoid(), [a]:
                applied[node] = a
                return _sigmoid(a, xp)
            case ops.Tanh(), [a]:
                return xp.tanh(a)
            case ops.Relu(), [a]:
                return xp.where(a <= 0, 0.0, a)  # never -0.0, and nan where a is nan
            case ops.Slope(args=(ops.Saved(node=function),)), [value]:
                return _slope(function, value, saved, xp)
            case ops.Neg(), [a]:
                return -a
            case _:
                raise unknown(node, "the forward pass")

    # an exp far below 0 is 0, also where the caller asks NumPy to raise for it
    quiet = xp.errstate(under="ignore") if hasattr(xp, "errstate") else nullcontext()
    with quiet:
        return fold(graph, rule)


def is_complement(node: Node) -> bool:
    """Whether the node is `1 - z` of a sigmoid z, which is evaluated as a sigmoid itself."""
    match node:
        case ops.Sub(args=(ops.Const(number=1.0), ops.Sigmoid())):
            return True
        case _:
            return False


def _sigmoid(a: Array, xp: Any) -> Array:
    """1 / (1 + exp(-a)) to the last digits far below 0 too, without an exp that overflows."""
    power = xp.exp(-xp.abs(a))
    return xp.where(a < 0, power, xp.ones_like(power)) / (1 + power)


def _slope(function: Node, value: Array, saved: Mapping[Node, Array], xp: Any) -> Array:
    """A function's derivative, of what it was applied to: its value may be 1 to the last digit."""
    match function:
        case ops.Sigmoid(args=(arg,)):
            power = xp.exp(-xp.abs(saved[arg]))
            return power / (1 + power) ** 2
        case ops.Tanh(args=(arg,)):
            power = xp.exp(-2 * xp.abs(saved[arg]))
            return 4 * power / (1 + power) ** 2
        case ops.Relu():
            return value > 0
        case _:
            raise unknown(function, "the backward pass")


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
