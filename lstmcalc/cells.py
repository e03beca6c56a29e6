"""Every cell, one function of equations each, in the letters of its source.

To add a cell, write its function and name it in `CELLS`: its shapes, counts, work, formulas and
forward pass follow from the equations.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from lstmcalc.algebra import Graph, Node, relu, sigmoid, tanh
from lstmcalc.cell_names import SYNONYMS, check_projection, one_way, unknown_cell
from lstmcalc.errors import ConfigurationError
from lstmcalc.tracing import BIASES, Bias, Gates, trace

Equations = dict[str, Node]

GATE_WORDS: Mapping[str, str] = {
    "f": "forget", "g": "candidate", "h": "hidden", "i": "input",
    "n": "new", "o": "output", "r": "reset", "z": "update",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Cell:
    """A recurrent cell: its equations, what it is called, and where the equations come from.

    Cells are equal where their equations are, whatever they are called.
    """

    equations: Callable[..., Equations]
    title: str
    source: str

    @property
    def name(self) -> str:
        """The name to ask for it by; one of a built-in cell is of that cell alone."""
        name = self.equations.__name__
        return name if CELLS.get(name, self) == self else f"{name} with other equations"

    @property
    def form(self) -> tuple[object, ...]:
        """What its equations say, under each convention of biases."""
        return tuple(self.graph(bias).form for bias in BIASES)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Cell) and self.form == other.form)

    def __hash__(self) -> int:
        return hash(self.graph("double").form)

    def __reduce__(self) -> tuple[Callable[..., Cell], tuple[object, ...]]:
        # Under a built-in function's name Python finds the cell: pickle it by that name.
        if self in CELLS.values():
            return find_cell, (find_cell(self).name,)
        # A decorated function's name is that of the cell: pickle finds the cell there.
        module, name = self.equations.__module__, self.equations.__qualname__
        if getattr(sys.modules.get(module), name, None) is self:
            return _cell_of, (module, name)
        return Cell, (self.equations, self.title, self.source)

    def graph(self, bias: Bias, projected: bool = False) -> Graph:
        """The traced equations, under a choice of biases, with or without a projection."""
        return trace(self.equations, bias, projected)

    @property
    def has_one_bias(self) -> bool:
        """Whether every map reads x, so that a bias on those is a bias on all."""
        return len(self.graph("input").params) == len(self.graph("single").params)


def _cell_of(module: str, name: str) -> Cell:
    """The cell of that name in a module."""
    found: Cell = getattr(import_module(module), name)
    return found


def cell(title: str, source: str) -> Callable[[Callable[..., Equations]], Cell]:
    """Turn a function of equations into a `Cell`.

    The function takes `gate`, `x`, `h` and further states. `gate.i(x, h)` is the affine map of the
    gate i, with matrices and biases of its own; `sigmoid`, `tanh`, `relu`, `+`, `-` and `*` are the
    operations. It returns its equations by name, in their order, among them each new state.

    Args:
        title: what people call the cell.
        source: where its equations are from.
    """
    return lambda equations: Cell(equations, title, source)


@cell("RNN (tanh)", "Elman 1990; as in torch.nn.RNN")
def rnn(gate: Gates, x: Node, h: Node) -> Equations:
    """One tanh of the input and the state before."""
    h = tanh(gate.h(x, h))
    return {"h": h}


@cell("RNN (ReLU)", "Le, Jaitly & Hinton 2015, arXiv:1504.00941; torch.nn.RNN(nonlinearity='relu')")
def rnn_relu(gate: Gates, x: Node, h: Node) -> Equations:
    """The same with a rectifier."""
    h = relu(gate.h(x, h))
    return {"h": h}


@cell("GRU", "Cho et al. 2014, arXiv:1406.1078v1, reset after the product; as in torch.nn.GRU")
def gru(gate: Gates, x: Node, h: Node) -> Equations:
    """Reset after the product: `r` scales `W_hn h` with its bias, as in torch and cuDNN."""
    r = sigmoid(gate.r(x, h))
    z = sigmoid(gate.z(x, h))
    n = tanh(gate.n(x) + r * gate.n(h))
    h = (1 - z) * n + z * h
    return {"r": r, "z": z, "n": n, "h": h}


@cell("GRU (reset before)", "Cho et al. 2014, arXiv:1406.1078v3, eq. 5-8: reset before the product")
def gru_reset_before(gate: Gates, x: Node, h: Node) -> Equations:
    """Reset before the product: `r` scales `h` itself. Another function than `gru`."""
    r = sigmoid(gate.r(x, h))
    z = sigmoid(gate.z(x, h))
    n = tanh(gate.n(x, r * h))
    h = (1 - z) * n + z * h
    return {"r": r, "z": z, "n": n, "h": h}


@cell("LSTM", "Gers, Schmidhuber & Cummins 2000; projection: Sak et al. 2014, arXiv:1402.1128")
def lstm(gate: Gates, x: Node, h: Node, c: Node) -> Equations:
    """Hochreiter & Schmidhuber's cell with a forget gate, as in torch.nn.LSTM."""
    i = sigmoid(gate.i(x, h))
    f = sigmoid(gate.f(x, h))
    g = tanh(gate.g(x, h))
    o = sigmoid(gate.o(x, h))
    c = f * c + i * g
    h = gate.project(o * tanh(c))
    return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}


@cell("peephole LSTM", "Gers & Schmidhuber 2000; diagonal peepholes: Graves 2013, arXiv:1308.0850")
def lstm_peephole(gate: Gates, x: Node, h: Node, c: Node) -> Equations:
    """The gates look at the cell state: `i` and `f` at the last one, `o` at the new one."""
    i = sigmoid(gate.i(x, h) + gate.i.peephole(c))
    f = sigmoid(gate.f(x, h) + gate.f.peephole(c))
    g = tanh(gate.g(x, h))
    c = f * c + i * g
    o = sigmoid(gate.o(x, h) + gate.o.peephole(c))
    h = gate.project(o * tanh(c))
    return {"i": i, "f": f, "g": g, "c": c, "o": o, "h": h}


@cell("coupled LSTM (CIFG)", "Greff et al. 2017, arXiv:1503.04069: coupled input and forget gate")
def lstm_coupled(gate: Gates, x: Node, h: Node, c: Node) -> Equations:
    """What is not kept is written: `f` is `1 - i`, and one gate's matrices are gone."""
    i = sigmoid(gate.i(x, h))
    g = tanh(gate.g(x, h))
    o = sigmoid(gate.o(x, h))
    c = (1 - i) * c + i * g
    h = gate.project(o * tanh(c))
    return {"i": i, "g": g, "o": o, "c": c, "h": h}


CELLS: Mapping[str, Cell] = {
    c.equations.__name__: c
    for c in (rnn, rnn_relu, gru, gru_reset_before, lstm, lstm_peephole, lstm_coupled)
}


def find_cell(name: str | Cell, projected: bool = False) -> Cell:
    """The cell of that name; a `Cell` of your own as it is, or the built-in one that it equals.

    Args:
        name: of a cell, or another word for one, such as `cifg`.
        projected: whether there is a projection, which the word `lstmp` asks for.

    Raises:
        UnknownNameError: there is none of that name.
        ConfigurationError: the name asks for two directions, or for a projection that is not given.
        EquationError: your own cell's equations cannot be traced.

    >>> find_cell("cifg").name
    'lstm_coupled'
    """
    if isinstance(name, Cell):
        return next((c for c in CELLS.values() if c is name or c == name), name)
    word, both = one_way(name) if isinstance(name, str) else ("", False)
    cell = CELLS.get(SYNONYMS.get(word, word))
    if cell is None:
        raise unknown_cell(name, CELLS)
    check_projection(str(name), projected, "give proj_size, or say cell='lstm'")
    if both:
        remedy = f"say cell={cell.name!r} and bidirectional=True"
        raise ConfigurationError(f"cell {name}", "a direction is the network's", remedy)
    return cell
