"""Cells with one mistake in their equations: a gate with another function, or its complement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from lstmcalc import algebra as ops
from lstmcalc.algebra import Function, Graph, Node
from lstmcalc.cells import CELLS, Cell
from lstmcalc.network import Network
from lstmcalc.tracing import Bias

Change = Callable[[Node], Node]

FUNCTIONS: Mapping[str, Change] = {
    "sigmoid": ops.Sigmoid,
    "tanh": ops.Tanh,
    "ReLU": ops.Relu,
    "hard sigmoid": lambda a: ops.Relu(a * (1 / 6) + 0.5) - ops.Relu(a * (1 / 6) - 0.5),
    "Keras's old hard sigmoid": lambda a: ops.Relu(a * 0.2 + 0.5) - ops.Relu(a * 0.2 - 0.5),
    "hard tanh": lambda a: ops.Relu(a + 1) - ops.Relu(a - 1) - 1,
    "LeCun's tanh": lambda a: ops.Tanh(a * (2 / 3)) * 1.7159,
    "no function": lambda a: a * 1,
}
"""What a gate may apply instead, written in the operations of the algebra."""
CLIPS = (0.5, 1.0, 3.0, 5.0, 10.0, 50.0)
"""Where a state is often clipped."""
SHIFTS = (1.0, -1.0, 0.5, 2.0, 0.1)
"""What is added to a gate's sum where a bias is made to begin so."""


@dataclass(frozen=True, eq=False)
class _Mutant(Cell):
    """A cell, one of whose functions is replaced."""

    place: int = 0
    change: Change = ops.Sigmoid

    def graph(self, bias: Bias, projected: bool = False) -> Graph:
        """The equations of the cell, with the mistake."""
        return _replaced(super().graph(bias, projected), self.place, self.change)


def mutants(network: Network) -> Iterator[tuple[str, Network]]:
    """Each mistake in words, and the network with it in every layer; its layers are of one cell."""
    cells = {layer.cell for layer in network.layers}
    if len(cells) != 1:
        return
    (cell,) = cells
    names = {param.name for param in network.layers[0].graph.params}
    for other in CELLS.values():
        has = {param.name for param in other.graph(network.layers[0].bias).params}
        if other != cell and has <= names and network.layers[0].proj_size is None:
            yield f"it computes the {other.title}", _of(network, other)
    graph = network.layers[0].graph
    for place, node in enumerate(_places(graph)):
        for words, change in _changes(graph, node):
            mutant = _Mutant(cell.equations, cell.title, cell.source, place, change)
            yield words, _of(network, mutant)


def _places(graph: Graph) -> list[Node]:
    """The functions and the new states: the same ones, in one order, under any choice of biases."""
    states = [graph.equations[state] for state in graph.states]
    functions = (n for n in graph.nodes if isinstance(n, Function) and not isinstance(n, ops.Neg))
    return list(dict.fromkeys([*functions, *states]))


def _of(network: Network, cell: Cell) -> Network:
    """The network with another cell in all of its layers."""
    layers = network.map_layers(lambda layer: replace(layer, cell=cell))
    return replace(network, layers=layers)


def _anew(node: Node, args: list[Node]) -> Node:
    return type(node)(*args) if args else node


def _clip(limit: float, state: Node) -> Node:
    return ops.Relu(state + limit) - ops.Relu(state - limit) - limit


def _changes(graph: Graph, node: Node) -> Iterator[tuple[str, Change]]:
    """The mistakes that one function of the equations can have, or a state that is clipped."""
    if not isinstance(node, Function):
        name = next(name for name, equation in graph.equations.items() if equation is node)
        for limit in CLIPS:
            yield f"{name} is clipped at {limit:g}", partial(_clip, limit)
        return
    named = [name for name, equation in graph.equations.items() if equation is node]
    states = [name for name, equation in graph.equations.items() if equation is node.args[0]]
    where = f"gate {named[0]}" if named else f"the function of {states[0] if states else 'h'}"
    name = type(node).__name__.lower()
    for other, function in FUNCTIONS.items():
        if other.lower() != name:
            yield f"{where} has {other}, not {name}", function
    kind = type(node)
    yield f"{where} is left out", _one
    yield f"{where} is exchanged with its complement", partial(_inside, kind, -1.0, 0.0)
    for factor, words in ((0.5, "half"), (2.0, "twice")):
        yield f"{where} is applied to {words} its sum", partial(_inside, kind, factor, 0.0)
    for shift in SHIFTS:
        yield f"{where} has {shift:+g} in its sum", partial(_inside, kind, 1.0, shift)


def _one(a: Node) -> Node:
    return a * 0 + 1


def _inside(kind: type[Function], factor: float, shift: float, a: Node) -> Node:
    return kind(a * factor + shift)


def _replaced(graph: Graph, place: int, change: Change) -> Graph:
    """The graph with one node made anew of what it reads, and all that read it."""
    made: dict[Node, Node] = {}
    chosen = _places(graph)[place]
    for node in graph.nodes:
        args = [made[arg] for arg in node.args]
        if node is chosen:
            # a function is made anew of what it reads; a state is changed after it is computed
            made[node] = change(args[0] if isinstance(node, Function) else _anew(node, args))
        elif all(new is old for new, old in zip(args, node.args, strict=True)):
            made[node] = node
        else:
            made[node] = _anew(node, args)
    named = {name: made[node] for name, node in graph.equations.items()}
    return replace(graph, equations=named)
