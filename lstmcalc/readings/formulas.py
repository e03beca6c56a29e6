"""Formulas: equations as text, in Unicode or LaTeX, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lstmcalc import algebra as ops
from lstmcalc.adjoint import ADJOINT, GRADIENT, Backward
from lstmcalc.algebra import Graph, Node, fold, unknown

Style: TypeAlias = Literal["unicode", "latex"]


@dataclass(frozen=True)
class Notation:
    """How one style writes the operations; `{}` stand for what they apply to."""

    now: str
    before: str
    timed: str
    indexed: str
    add: str
    sub: str
    neg: str
    mul: str
    square: str
    matvec: str
    transposed: str
    outer: str
    total: str
    sigmoid: str
    tanh: str
    relu: str
    positive: str
    param: str
    group: str
    adjoint: str
    gradient: str


NOTATIONS: dict[Style, Notation] = {
    "unicode": Notation(
        now="(t)", before="(t−1)", timed="{}{}", indexed="{}_{}{}", add="{} + {}",
        sub="{} − {}", neg="−{}", mul="{} ⊙ {}", square="{}²", matvec="{}·{}",
        transposed="{}ᵀ·{}", outer="Σ_t {}·{}ᵀ", total="Σ_t {}", sigmoid="σ({})",
        tanh="tanh({})", relu="ReLU({})", positive="[{} > 0]", param="{}_{}", group="({})",
        adjoint="δ{}", gradient="∂{}",
    ),
    "latex": Notation(
        now="t", before="{t-1}", timed="{}_{}", indexed="{}_{{{},{}}}", add="{} + {}",
        sub="{} - {}", neg="-{}", mul=r"{} \odot {}", square="{}^2", matvec="{} {}",
        transposed=r"{}^\top {}", outer=r"\sum_t {} {}^\top", total=r"\sum_t {}",
        sigmoid=r"\sigma({})", tanh=r"\tanh({})", relu=r"\operatorname{{ReLU}}({})",
        positive="[{} > 0]", param="{}_{{{}}}", group="({})",
        adjoint=r"\delta {}", gradient=r"\partial {}",
    ),
}  # fmt: skip

_SUM, _PRODUCT, _ATOM = range(3)
_Text = tuple[str, int]


def equations(graph: Graph, style: Style = "unicode") -> dict[str, str]:
    """Each equation by its name, as it is written in the cell's function, or derived from it.

    Raises:
        EquationError: the equations use an operation without a rule here.

    >>> from lstmcalc.adjoint import adjoint
    >>> from lstmcalc.cells import lstm
    >>> graph = lstm.graph("none")
    >>> equations(graph)["c"]
    'c(t) = f(t) ⊙ c(t−1) + i(t) ⊙ g(t)'
    >>> equations(adjoint(graph))["∂c"]
    '∂c(t−1) = δc(t) ⊙ f(t)'
    """
    notation = NOTATIONS[style]
    labels = {name: _label(graph, name, notation) for name in graph.equations}
    values, written = _texts(graph, notation)
    return {
        name: f"{labels[name]} = {written.get((name, node), values[node][0])}"
        for name, node in graph.equations.items()
    }


def formula(graph: Graph, node: Node, style: Style = "unicode") -> str:
    """What one node computes: its equation where it has a name, else what is written for it.

    >>> from lstmcalc.cells import lstm
    >>> graph = lstm.graph("none")
    >>> formula(graph, graph.equations["c"].args[0])
    'f(t) ⊙ c(t−1)'
    """
    values, _ = _texts(graph, NOTATIONS[style])
    named = [name for name, own in graph.equations.items() if own is node]
    return equations(graph, style)[named[0]] if named else values[node][0]


def _texts(
    graph: Graph, notation: Notation
) -> tuple[dict[Node, _Text], dict[tuple[str, Node], str]]:
    """Every node's text, where an equation's node goes by its name; and what each name stands for.

    A node that is a parameter's whole gradient has a name too, but nothing reads it by it.
    """
    names: dict[Node, str] = {}
    for name, node in graph.equations.items():
        if not isinstance(node, ops.Input):
            names.setdefault(node, name)
    kept = _texts(graph.forward, notation)[0] if isinstance(graph, Backward) else {}
    written: dict[tuple[str, Node], str] = {}

    def rule(node: Node, args: list[_Text]) -> _Text:
        if isinstance(node, ops.Saved):
            return kept[node.node]
        text, level = _write(node, args, notation)
        if node not in names:
            return text, level
        written[names[node], node] = text
        return _label(graph, names[node], notation), _ATOM

    return fold(graph, rule), written


def _label(graph: Graph, name: str, notation: Notation) -> str:
    """An equation's left side: `c(t)`, `δa_i(t)`, `∂h(t−1)`, `∂W_xi`."""
    time = notation.now
    if isinstance(graph, Backward) and name.startswith(GRADIENT):
        own = name.removeprefix(GRADIENT)
        if own in graph.forward.states:
            time = notation.before
        elif own not in graph.forward.inputs:
            return notation.gradient.format(notation.param.format(*own.split("_", 1)))
    return _timed(name, time, notation)


def _timed(name: str, time: str, notation: Notation) -> str:
    """A name at a time; a mark before it and an index after it go where the style has them."""
    for mark, form in ((ADJOINT, notation.adjoint), (GRADIENT, notation.gradient)):
        if name.startswith(mark):
            return form.format(_timed(name.removeprefix(mark), time, notation))
    letter, _, index = name.partition("_")
    if index:
        return notation.indexed.format(letter, index, time.strip("{}"))
    return notation.timed.format(letter, time)


def _write(node: Node, args: list[_Text], notation: Notation) -> _Text:
    def at(level: int) -> list[str]:
        """The arguments, in brackets where they bind less than `level`."""
        return [notation.group.format(text) if own < level else text for text, own in args]

    match node:
        case ops.Input(name=name):
            now = name == "x" or name.startswith(GRADIENT)
            return _timed(name, notation.now if now else notation.before, notation), _ATOM
        case ops.Param(name=name):
            return notation.param.format(*name.split("_", 1)), _ATOM
        case ops.Const(number=number):
            return f"{number:g}", _ATOM
        case ops.Add():
            return notation.add.format(*at(_SUM)), _SUM
        case ops.Sub():
            return notation.sub.format(at(_SUM)[0], at(_PRODUCT)[1]), _SUM
        case ops.Neg():
            return notation.neg.format(*at(_PRODUCT)), _SUM
        case ops.Mul(args=(a, b)) if a is b:
            return notation.square.format(at(_ATOM)[0]), _ATOM
        case ops.Mul():
            return notation.mul.format(*at(_PRODUCT)), _PRODUCT
        case ops.MatVec():
            return notation.matvec.format(*at(_ATOM)), _PRODUCT
        case ops.Transposed():
            return notation.transposed.format(*at(_ATOM)), _PRODUCT
        case ops.OuterSum():
            return notation.outer.format(*at(_ATOM)), _PRODUCT
        case ops.Sum():
            return notation.total.format(*at(_PRODUCT)), _PRODUCT
        case ops.Sigmoid():
            return notation.sigmoid.format(*at(_SUM)), _ATOM
        case ops.Tanh():
            return notation.tanh.format(*at(_SUM)), _ATOM
        case ops.Relu():
            return notation.relu.format(*at(_SUM)), _ATOM
        case ops.Slope(args=(ops.Saved(node=ops.Sigmoid()),)):
            rest = notation.group.format(notation.sub.format("1", at(_PRODUCT)[0]))
            return notation.mul.format(at(_PRODUCT)[0], rest), _PRODUCT
        case ops.Slope(args=(ops.Saved(node=ops.Tanh()),)):
            return notation.sub.format("1", notation.square.format(at(_ATOM)[0])), _SUM
        case ops.Slope(args=(ops.Saved(node=ops.Relu()),)):
            return notation.positive.format(*at(_SUM)), _ATOM
        case _:
            raise unknown(node, "the writing of formulas")
