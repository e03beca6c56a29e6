"""The closed set of operations a cell's equations are written in, and the one walk over them.

Every meaning of a cell (shapes, costs, values, formulas) is a rule applied to its graph by `fold`.
An operation that a rule does not know raises: it never counts as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from numbers import Real
from typing import TypeVar

from lstmcalc.errors import EquationError

Value = TypeVar("Value")

PRE = "a_"
"""Marks a gate's pre-activation, what its function is applied to: `a_i` for `i`."""


class Node:
    """One operation, the nodes it reads (`args`) and the letter of its length (`dim`).

    Nodes compare by identity: a node that is read twice is one node, and is counted once.
    """

    __slots__ = ("args", "dim")

    def __init__(self, *args: Node, dim: str = "") -> None:
        self.args = args
        self.dim = dim

    @property
    def label(self) -> tuple[object, ...]:
        """What sets it apart from others of its kind that read the same nodes."""
        return ()

    def __bool__(self) -> bool:
        raise EquationError(type(self).__name__, "it stands for a vector, and is not true or false")

    def __add__(self, other: Node | float) -> Node:
        return Add(self, other)

    def __radd__(self, other: float) -> Node:
        return Add(other, self)

    def __sub__(self, other: Node | float) -> Node:
        return Sub(self, other)

    def __rsub__(self, other: float) -> Node:
        return Sub(other, self)

    def __mul__(self, other: Node | float) -> Node:
        return Mul(self, other)

    def __rmul__(self, other: float) -> Node:
        return Mul(other, self)

    def __neg__(self) -> Node:
        return Neg(self)


class Const(Node):
    """A number written in the equations, such as the 1 of `1 - z`."""

    __slots__ = ("number",)

    number: float

    def __init__(self, number: object) -> None:
        # A gate that was never called, or an array, would be a factor that nothing counts.
        if type(number) is bool or not isinstance(number, Real) or not isfinite(number):
            what = repr(number) if isinstance(number, Real) else type(number).__name__
            remedy = "call a gate with what it reads, as in gate.u(h)"
            raise EquationError(f"{what} in an equation", "it is no vector and no number", remedy)
        super().__init__()
        self.number = float(number)

    @property
    def label(self) -> tuple[object, ...]:
        """The number."""
        return (self.number,)


class Input(Node):
    """A vector the cell reads: `x`, or a state of the step before."""

    __slots__ = ("name",)

    def __init__(self, name: str, dim: str) -> None:
        super().__init__(dim=dim)
        self.name = name

    @property
    def label(self) -> tuple[object, ...]:
        """The name."""
        return (self.name,)


class Param(Node):
    """A learned matrix or vector: its `role` (`W_x`, `W_h`, `b_x` …), its gate and its shape."""

    __slots__ = ("gate", "role", "shape")

    def __init__(self, role: str, gate: str, shape: tuple[str, ...]) -> None:
        super().__init__(dim=shape[0])
        self.role = role
        self.gate = gate
        self.shape = shape

    @property
    def name(self) -> str:
        """The textbook's name, such as `W_xi`: the role, then the gate."""
        return f"{self.role}{self.gate}" if "_" in self.role else f"{self.role}_{self.gate}"

    @property
    def label(self) -> tuple[object, ...]:
        """The role, the gate and the shape."""
        return self.role, self.gate, self.shape


class MatVec(Node):
    """A matrix times a vector."""

    __slots__ = ()

    def __init__(self, matrix: Param, vector: Node) -> None:
        if matrix.shape[1] != vector.dim:
            raise EquationError(
                f"{matrix.name} with {matrix.shape[1]} columns",
                f"it cannot multiply a vector of length {vector.dim}",
            )
        super().__init__(matrix, vector, dim=matrix.shape[0])


class _Elementwise(Node):
    """Two vectors of one length, or a vector and a number."""

    __slots__ = ()

    def __init__(self, left: Node | float, right: Node | float) -> None:
        args = tuple(a if isinstance(a, Node) else Const(a) for a in (left, right))
        dims = {a.dim for a in args} - {""}
        if len(dims) != 1:
            said = " and ".join(sorted(dims)) or "no vector"
            raise EquationError(f"{type(self).__name__} of {said}", "the lengths must agree")
        super().__init__(*args, dim=dims.pop())


class Add(_Elementwise):
    """`a + b`, element by element."""

    __slots__ = ()


class Sub(_Elementwise):
    """`a - b`, element by element."""

    __slots__ = ()


class Mul(_Elementwise):
    """`a * b`, element by element: the ⊙ of the papers."""

    __slots__ = ()


class Function(Node):
    """A function applied to each element."""

    __slots__ = ()

    def __init__(self, arg: Node) -> None:
        super().__init__(arg, dim=arg.dim)


class Sigmoid(Function):
    """`1 / (1 + exp(-a))`."""

    __slots__ = ()


class Tanh(Function):
    """The hyperbolic tangent."""

    __slots__ = ()


class Relu(Function):
    """`max(a, 0)`."""

    __slots__ = ()


class Neg(Function):
    """`-a`."""

    __slots__ = ()


class Saved(Node):
    """What a node of the forward pass was at the same step, kept for the backward pass."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        super().__init__(dim=node.dim)
        self.node = node


class Slope(Function):
    """The derivative of a saved function, written in the function's own value as the books do.

    It is an operation of its own because `1 - y * y` has no digits left where y is close to 1.
    """

    __slots__ = ()


class Transposed(Node):
    """The transpose of a matrix times a vector."""

    __slots__ = ()

    def __init__(self, matrix: Param, vector: Node) -> None:
        super().__init__(matrix, vector, dim=matrix.shape[1])


class OuterSum(Node):
    """The outer product of two vectors, added to a sum over samples and steps."""

    __slots__ = ()

    def __init__(self, column: Node, row: Node) -> None:
        super().__init__(column, row, dim=column.dim)


class Sum(Node):
    """A vector added to a sum over samples and steps."""

    __slots__ = ()

    def __init__(self, vector: Node) -> None:
        super().__init__(vector, dim=vector.dim)


sigmoid, tanh, relu = Sigmoid, Tanh, Relu  # what equations call them

BACKWARD = (Saved, Slope, Transposed, OuterSum, Sum)
"""What backward equations alone are made of."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Traced equations: inputs, named equations and parameters, each in the order as written.

    `outputs` names the equations that are read elsewhere: of a cell, its new states. `concatenated`
    names the gates that read their vectors in one affine map, so that a single
    matrix over the concatenation [h, x] says the same. `projects` tells whether the equations have
    a place for a projection.
    """

    inputs: Mapping[str, Input]
    equations: Mapping[str, Node]
    params: tuple[Param, ...]
    outputs: tuple[str, ...]
    concatenated: tuple[str, ...] = ()
    projects: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """What one step hands to the next, `h` first."""
        return tuple(name for name in self.inputs if name != "x")

    @cached_property
    def gates(self) -> tuple[str, ...]:
        """The letters of the gates, in the order their maps are first written."""
        return tuple(dict.fromkeys(p.gate for p in self.params if p.gate))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, each after the nodes that it reads."""
        found: dict[Node, None] = {}

        def visit(node: Node) -> None:
            if node not in found:
                for arg in node.args:
                    visit(arg)
                found[node] = None

        for node in (*self.inputs.values(), *self.equations.values()):
            visit(node)
        return tuple(found)

    @cached_property
    def form(self) -> tuple[object, ...]:
        """What the equations say, whoever wrote them: equal for equal operations and names."""
        place = {node: index for index, node in enumerate(self.nodes)}
        operations = tuple(
            (type(node), node.dim, node.label, tuple(place[arg] for arg in node.args))
            for node in self.nodes
        )
        named = tuple((name, place[node]) for name, node in self.equations.items())
        params = tuple(param.name for param in self.params)
        return tuple(self.inputs), named, params, self.projects, operations


def fold(graph: Graph, rule: Callable[[Node, list[Value]], Value]) -> dict[Node, Value]:
    """Apply `rule(node, values of its args)` to every node, in order, each once."""
    done: dict[Node, Value] = {}
    for node in graph.nodes:
        done[node] = rule(node, [done[arg] for arg in node.args])
    return done


def unknown(node: Node, reading: str) -> EquationError:
    """The error of a reading that has no rule for `node`."""
    return EquationError(f"operation {type(node).__name__}", f"{reading} has no rule for it")
