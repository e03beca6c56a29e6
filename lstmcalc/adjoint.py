"""The backward equations of a cell, derived from its forward equations by reverse-mode.

They are a graph of the same algebra, so that every reading applies to it: their work, their values
and their formulas. Derivatives of sigmoid and tanh are written in the function's own value, as the
books have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lstmcalc import algebra as ops
from lstmcalc.algebra import PRE, Graph, Input, Node, Param, unknown

ADJOINT = "δ"
"""Of an equation within one step: `δc` is ∂L/∂c(t), all of it."""
GRADIENT = "∂"
"""What arrives at a state, what is sent on to x and the step before, and each weight's sum."""


@dataclass(frozen=True, eq=False)
class Backward(Graph):
    """The backward equations of one step.

    Its inputs are what arrives at each new state, from the output and from the step after. Its
    equations are named `δi`, `δc` … for the adjoint of each equation that has another, `δa_i` … for
    that of each gate's pre-activation, then `∂x`, `∂h` … for what the step sends on, and `∂W_xi` …
    for what it adds to each weight's gradient.
    """

    forward: Graph = field(kw_only=True)

    @property
    def saved(self) -> tuple[Node, ...]:
        """The forward values that these equations read: what training must keep."""
        return tuple(node.node for node in self.nodes if isinstance(node, ops.Saved))


@lru_cache(maxsize=256)
def adjoint(graph: Graph, inputs: tuple[str, ...] | None = None, weights: bool = True) -> Backward:
    """The backward equations of a traced cell.

    Args:
        graph: the forward equations.
        inputs: which of `x` and the states before are asked for; all when left out.
        weights: whether the weights' gradients are asked for.

    Raises:
        EquationError: the equations use an operation without a rule here.

    >>> from lstmcalc.cells import rnn
    >>> list(adjoint(rnn.graph("double")).equations)
    ['δa_h', '∂x', '∂h', '∂W_xh', '∂b_xh', '∂W_hh', '∂b_hh']
    """
    asked = set(graph.inputs if inputs is None else inputs)
    leaves: list[Node] = [node for name, node in graph.inputs.items() if name in asked]
    arriving = {
        name: Input(f"{GRADIENT}{name}", graph.equations[name].dim) for name in graph.outputs
    }
    received: dict[Node, list[tuple[bool, Node]]] = {}
    for name, arrived in arriving.items():
        received.setdefault(graph.equations[name], []).append((True, arrived))
    needed = _needed(graph, {*leaves, *(graph.params if weights else ())})
    total: dict[Node, Node] = {}
    kept: dict[Node, Node] = {}
    for node in reversed(graph.nodes):
        if node in needed and node in received:
            total[node] = _sum(received[node])
            for arg, positive, part in _pull(node, total[node], kept):
                received.setdefault(arg, []).append((positive, part))
    named = dict(_adjoints(graph, total))
    named |= {f"{GRADIENT}{n}": total[i] for n, i in graph.inputs.items() if i in total}
    sums = {p.name: _gradient(total[p]) for p in graph.params if p in total}
    named |= {f"{GRADIENT}{name}": node for name, node in sums.items()}
    into = {node.name: node for node in arriving.values()}
    return Backward(into, named, (), tuple(named), forward=graph)


def _needed(graph: Graph, leaves: set[Node]) -> set[Node]:
    """The nodes through which a leaf that is asked for acts on the outputs."""
    found = set(leaves)
    for node in graph.nodes:
        if any(arg in found for arg in node.args):
            found.add(node)
    return found


def _gradient(total: Node) -> Node:
    return total if isinstance(total, ops.OuterSum) else ops.Sum(total)


def _adjoints(graph: Graph, total: dict[Node, Node]) -> Iterator[tuple[str, Node]]:
    """The adjoints worth a name, each after those it reads: of equations, of pre-activations."""
    names: dict[Node, str] = {}
    for node in graph.nodes:
        match node:
            case ops.MatVec(args=(Param(gate=gate, role=role), _)) if gate and node in total:
                own = f"{PRE}{gate}"
                taken = own in names.values() and names.get(total[node]) != own
                names.setdefault(total[node], f"{PRE}{role[2:]}{gate}" if taken else own)
    for name, node in graph.equations.items():
        if node in total and not isinstance(total[node], Input):
            names.setdefault(total[node], name)
    for node in reversed(graph.nodes):
        adjoint_ = total.get(node)
        if adjoint_ is not None and adjoint_ in names:
            yield f"{ADJOINT}{names.pop(adjoint_)}", adjoint_


def _sum(parts: list[tuple[bool, Node]]) -> Node:
    """What arrives at a node from everything that reads it; what is added first, for clarity."""
    first, *rest = sorted(parts, key=lambda part: not part[0])
    found = first[1] if first[0] else -first[1]
    for positive, part in rest:
        found = found + part if positive else found - part
    return found


def _pull(node: Node, delta: Node, kept: dict[Node, Node]) -> Iterator[tuple[Node, bool, Node]]:
    """For each argument of `node`: whether to add, and what, when `delta` arrives at `node`."""

    def saved(value: Node) -> Node:
        if isinstance(value, Param | ops.Const):
            return value
        return kept.setdefault(value, ops.Saved(value))

    match node:
        case Input() | Param() | ops.Const():
            return
        case ops.MatVec(args=(Param() as matrix, vector)):
            yield matrix, True, ops.OuterSum(delta, saved(vector))
            yield vector, True, ops.Transposed(matrix, delta)
        case ops.Add(args=(a, b)):
            yield a, True, delta
            yield b, True, delta
        case ops.Sub(args=(a, b)):
            yield a, True, delta
            yield b, False, delta
        case ops.Mul(args=(a, b)):
            yield a, True, delta * saved(b)
            yield b, True, delta * saved(a)
        case ops.Neg(args=(a,)):
            yield a, False, delta
        case ops.Sigmoid(args=(a,)) | ops.Tanh(args=(a,)) | ops.Relu(args=(a,)):
            yield a, True, delta * ops.Slope(saved(node))
        case _:
            raise unknown(node, "the backward pass")
