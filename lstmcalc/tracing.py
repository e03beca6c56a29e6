"""Tracing: a cell's function is called once, with symbols for vectors, and its graph is kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, TypeAlias

from lstmcalc.algebra import BACKWARD, PRE, Graph, Input, MatVec, Node, Param
from lstmcalc.errors import ConfigurationError, EquationError

Bias: TypeAlias = Literal["none", "input", "single", "double"]
"""`single` gives every affine map of the equations one bias, `input` only those that read x, and
`double` gives one to each matrix."""

BIASES: tuple[Bias, ...] = ("none", "input", "single", "double")
"""From the fewest to the most."""
BIAS_ROLES = ("b", "b_x", "b_h")
"""The bias of a whole affine map, of its matrix on x, and of its matrix on h."""
LENGTHS = ("I", "H", "P")
"""The letters of a cell's lengths: input, hidden, projection."""


class Gate:
    """The affine map of one gate: `gate.i(x, h)` is `W_xi x + W_hi h` and its biases."""

    def __init__(self, gates: Gates, letter: str) -> None:
        self._gates = gates
        self._letter = letter

    def __call__(self, *vectors: Node) -> Node:
        """The sum of a matrix times each vector, with biases under the convention in force."""
        total: Node | None = None
        for vector in vectors:
            source = "x" if vector is self._gates.x else "h"
            matrix = self._gates.param(f"W_{source}", self._letter, "H", vector.dim)
            term: Node = MatVec(matrix, vector)
            if self._gates.bias == "double":
                term = term + self._gates.param(f"b_{source}", self._letter, "H")
            total = term if total is None else total + term
        if total is None:
            raise EquationError(f"gate {self._letter}", "it reads no vector", "give it x or h")
        if len(vectors) > 1:
            self._gates.concatenated.append(self._letter)
        reads_x = any(vector is self._gates.x for vector in vectors)
        if self._gates.bias == "single" or (self._gates.bias == "input" and reads_x):
            role = "b" if len(vectors) > 1 else f"b_{source}"
            total = total + self._gates.param(role, self._letter, "H")
        return total

    def peephole(self, state: Node) -> Node:
        """The gate's look at the cell state through a diagonal matrix, `w_ci ⊙ c`."""
        return self._gates.param("w_c", self._letter, state.dim) * state


class Gates:
    """What equations take their parameters from: `gate.i`, `gate.f` … and `gate.project`."""

    def __init__(self, x: Input, bias: Bias, projected: bool) -> None:
        self.x = x
        self.bias = bias
        self.projected = projected
        self.params: dict[str, Param] = {}
        self.concatenated: list[str] = []
        self.projects = False

    def __getattr__(self, letter: str) -> Gate:
        if not letter.isidentifier():
            raise EquationError(f"gate {letter!r}", "it is no name")
        return Gate(self, letter)

    def param(self, role: str, letter: str, *shape: str) -> Param:
        """A new parameter; two of the same name are a mistake in the equations."""
        param = Param(role, letter, shape)
        if param.name in self.params:
            raise EquationError(f"gate {letter}", f"its equations use {param.name} twice")
        self.params[param.name] = param
        return param

    def project(self, vector: Node) -> Node:
        """`W_r · vector`, from H down to P units; the vector itself without a projection."""
        self.projects = True
        return MatVec(self.param("W_r", "", "P", vector.dim), vector) if self.projected else vector


@lru_cache(maxsize=256)
def trace(equations: Callable[..., dict[str, Node]], bias: Bias, projected: bool) -> Graph:
    """Call a cell's equations with symbols, and return the graph they build.

    The function takes the gates, `x`, `h` and further states, and returns its equations by name,
    among them the new value of every state.

    Raises:
        EquationError: lengths disagree, a parameter is used twice, or a state is not computed.
        ConfigurationError: a projection is asked for and the equations have none.
    """
    cell = equations.__name__
    if projected and not trace(equations, bias, projected=False).projects:
        raise ConfigurationError(
            f"a projection on the cell {cell}", "its equations have none", "use an LSTM"
        )
    names = list(inspect.signature(equations).parameters)[1:]
    if names[:2] != ["x", "h"]:
        raise EquationError(
            f"cell {cell}", "its function takes the gates, then x, h and other states"
        )
    dims = {"x": "I", "h": "P" if projected else "H"}
    inputs = {name: Input(name, dims.get(name, "H")) for name in names}
    gates = Gates(inputs["x"], bias, projected)
    named = _called(equations, gates, *inputs.values())
    for state in names[1:]:
        if state not in named:
            raise EquationError(f"cell {cell}", f"its equations do not return {state}")
        if named[state].dim != inputs[state].dim:
            raise EquationError(f"cell {cell}", f"{state} changes its length from step to step")
    params = tuple(gates.params.values())
    graph = Graph(
        inputs, named, params, tuple(names[1:]), tuple(gates.concatenated), gates.projects
    )
    _check_nodes(f"cell {cell}", graph)
    return graph


def _called(equations: Callable[..., dict[str, Node]], *symbols: object) -> dict[str, Node]:
    """What a cell's function returns: its equations by name.

    Raises:
        EquationError: the function itself raises, or returns something else.
    """
    cell = f"cell {equations.__name__}"
    try:
        named = equations(*symbols)
    except EquationError:
        raise
    except TypeError as error:
        remedy = "lstmcalc.algebra has all that there is"
        raise EquationError(cell, f"no operation here: {error}", remedy) from error
    except Exception as error:
        why = f"its function raised {type(error).__name__}: {error}"
        raise EquationError(cell, why) from error
    if not (isinstance(named, dict) and all(isinstance(n, Node) for n in named.values())):
        raise EquationError(cell, "its function must return its equations by name")
    for name in named:
        if not isinstance(name, str) or not name.isidentifier():
            raise EquationError(f"{cell}, equation {name!r}", "it is no name")
        if name == "x" or name.startswith(PRE):
            why = f"x is its input, and {PRE} marks what a gate's function is applied to"
            raise EquationError(f"{cell}, equation {name}", why, "call it something else")
    return named


def _check_nodes(cell: str, graph: Graph) -> None:
    """Raise where the equations and the parameters that were made for them are not the same.

    Raises:
        EquationError: a parameter is made and in no equation, or in one and of no gate; an
            operation of the backward pass; a length that is none of a cell's.
    """
    made = {*graph.params, *graph.inputs.values()}
    for node in graph.nodes:
        kind = f"{cell}, {type(node).__name__} {' '.join(map(str, node.label))}".rstrip()
        if isinstance(node, BACKWARD):
            raise EquationError(kind, "it is of the backward pass alone")
        if isinstance(node, Param | Input) and node not in made:
            remedy = "gates make parameters, and the function is given x and the states"
            raise EquationError(kind, "it is none of the cell's", remedy)
    unused = [param.name for param in graph.params if param not in graph.nodes]
    if unused:
        remedy = "return what reads them, or leave the gate out"
        why = f"no equation that it returns reads {', '.join(unused)}"
        raise EquationError(cell, why, remedy)
    for param in graph.params:
        if not set(param.shape) <= set(LENGTHS):
            what = f"{cell}, {param.name} of shape {param.shape}"
            raise EquationError(what, f"lengths are {', '.join(LENGTHS)}")
