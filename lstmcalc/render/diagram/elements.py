"""What a cell's picture consists of: its inputs, one box for each gate, and single operations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lstmcalc import algebra as ops
from lstmcalc.algebra import Graph, Node, unknown

FUNCTIONS: dict[type[Node], str] = {ops.Sigmoid: "σ", ops.Tanh: "tanh", ops.Relu: "ReLU"}
_ELEMENTWISE = (ops.Add, ops.Sub, ops.Mul, ops.Neg)
_OPERATIONS: dict[type[Node], str] = {ops.Add: "⊕", ops.Mul: "⊗", ops.Neg: "(−)"}
_SIGNS: dict[type[Node], str] = {ops.Add: "+", ops.Sub: "−", ops.Mul: "⊙"}


@dataclass(frozen=True, eq=False)
class Element:
    """One thing in the picture, what it says, and the elements that it reads.

    `text` has one line for each row of a gate's box, and one line otherwise. `name` is the
    equation that it computes, if it is one.
    """

    node: Node
    text: tuple[str, ...]
    reads: tuple[Element, ...] = ()
    name: str = ""
    gates: tuple[str, ...] = ()

    @property
    def box(self) -> bool:
        """Whether it is drawn as a box: it holds the matrices of a gate."""
        return bool(self.gates)


def elements(graph: Graph) -> dict[Node, Element]:
    """What is drawn, by the nodes of the graph, each after what it reads.

    A gate's box stands for its function and everything affine inside it.

    Raises:
        EquationError: the equations use an operation without a rule here.

    >>> from lstmcalc.cells import gru
    >>> found = elements(gru.graph("double")).values()
    >>> [" ".join(element.text) for element in found]
    ['x', 'h', 'r σ', 'z σ', 'n tanh', '(1−)', '⊗', '⊗', '⊕']
    """
    collapse = _Collapse(graph)
    for node in (*graph.inputs.values(), *graph.equations.values()):
        collapse.element(node)
    return collapse.found


class _Collapse:
    """Turns nodes into elements, each once."""

    def __init__(self, graph: Graph) -> None:
        self.found: dict[Node, Element] = {}
        self.names: dict[Node, str] = {}
        for name, node in graph.equations.items():
            self.names.setdefault(node, name)
        readers = Counter(arg for node in graph.nodes for arg in set(node.args))
        self.own = {node for node, count in readers.items() if count > 1} | set(self.names)
        self.open: set[Node] = set()
        for node in graph.nodes:
            if self._is_open(node):
                self.open.add(node)

    def _is_open(self, node: Node) -> bool:
        """Whether a function around it would make both one gate."""
        if node in self.own:
            return False
        if isinstance(node, ops.MatVec):
            return _of_gate(node)
        return isinstance(node, _ELEMENTWISE) and any(arg in self.open for arg in node.args)

    def _affine(self, node: Node) -> bool:
        """Whether it is a gate's matrices and biases, and nothing else."""
        if isinstance(node, ops.MatVec):
            return _of_gate(node)
        if not isinstance(node, ops.Add):
            return False
        parts = [arg for arg in node.args if not isinstance(arg, ops.Param)]
        return all(part not in self.own and self._affine(part) for part in parts)

    def element(self, node: Node) -> Element:
        """The element that computes `node`."""
        if node not in self.found:
            element = self._make(node)
            self.found[node] = element
        return self.found[node]

    def _make(self, node: Node) -> Element:
        name = self.names.get(node, "")
        if isinstance(node, ops.Input):
            return Element(node, (node.name,))
        if (type(node) in FUNCTIONS and node.args[0] in self.open) or self._affine(node):
            gates, reads = self._inside(node)
            function = FUNCTIONS.get(type(node), "")
            letters = tuple(dict.fromkeys(gates))
            text = (name or "".join(letters), function)
            return Element(node, text, tuple(dict.fromkeys(reads)), name, letters)
        if isinstance(node, ops.Sub) and not _fixed(node):
            return self._difference(node, name)
        reads = [self.element(arg) for arg in node.args if not _is_number(arg)]
        return Element(node, (_symbol(node),), tuple(dict.fromkeys(reads)), name)

    def _difference(self, node: Node, name: str) -> Element:
        """A sum with the negative: the picture of a difference would not say which is taken."""
        left, right = (self.element(arg) for arg in node.args)
        return Element(node, ("⊕",), (left, Element(node, ("(−)",), (right,))), name)

    def _inside(self, node: Node) -> tuple[list[str], list[Element]]:
        """The gates whose parameters a box holds, and what it reads, in the order as written."""
        gates: list[str] = []
        reads: list[Element] = []
        for arg in node.args:
            if isinstance(arg, ops.Param):
                gates += [arg.gate] * bool(arg.gate)
            elif isinstance(arg, ops.Const):
                continue
            elif arg in self.own or not isinstance(arg, (*_ELEMENTWISE, ops.MatVec)):
                reads.append(self.element(arg))
            else:
                inner = self._inside(arg)
                gates += inner[0]
                reads += inner[1]
        return gates, reads


def _of_gate(node: Node) -> bool:
    matrix = node.args[0]
    return isinstance(matrix, ops.Param) and bool(matrix.gate)


def _is_number(node: Node) -> bool:
    return isinstance(node, ops.Const | ops.Param)


def _fixed(node: Node) -> list[str]:
    """How the numbers and parameters among the arguments are written."""
    numbers = [f"{arg.number:g}" for arg in node.args if isinstance(arg, ops.Const)]
    return numbers + [arg.name for arg in node.args if isinstance(arg, ops.Param)]


def _symbol(node: Node) -> str:
    """What an operation that is not a gate is drawn as."""
    twice = len(node.args) > 1 and node.args[0] is node.args[1]
    match node:
        case ops.Add() | ops.Mul() if twice:
            symbol = "(2⊙)" if isinstance(node, ops.Add) else "(²)"
        case ops.Add() | ops.Sub() | ops.Mul() if _fixed(node):
            fixed, sign = "".join(_fixed(node)), _SIGNS[type(node)]
            last = isinstance(node, ops.Sub) and not _is_number(node.args[0])
            symbol = f"({sign}{fixed})" if last else f"({fixed}{sign})"
        case ops.Add() | ops.Mul() | ops.Neg():
            symbol = _OPERATIONS[type(node)]
        case ops.Sigmoid() | ops.Tanh() | ops.Relu():
            symbol = f"({FUNCTIONS[type(node)]})"
        case ops.MatVec(args=(ops.Param(name=name), _)) | ops.Param(name=name):
            symbol = f"[{name}]"
        case _:
            raise unknown(node, "the picture of a cell")
    return symbol
