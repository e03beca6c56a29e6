"""Formulas: a cell's equations as text, in Unicode or LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lstmcalc import algebra as ops
from lstmcalc.algebra import Graph, Node, fold, unknown

Style: TypeAlias = Literal["unicode", "latex"]


@dataclass(frozen=True)
class Notation:
    """How one style writes the operations; `{}` stand for what they apply to."""

    now: str
    before: str
    add: str
    sub: str
    mul: str
    matvec: str
    sigmoid: str
    tanh: str
    relu: str
    param: str
    group: str


NOTATIONS: dict[Style, Notation] = {
    "unicode": Notation(
        now="{}(t)", before="{}(t−1)", add="{} + {}", sub="{} − {}", mul="{} ⊙ {}",
        matvec="{}·{}", sigmoid="σ({})", tanh="tanh({})", relu="ReLU({})", param="{}_{}",
        group="({})",
    ),
    "latex": Notation(
        now="{}_t", before="{}_{{t-1}}", add="{} + {}", sub="{} - {}", mul=r"{} \odot {}",
        matvec="{} {}", sigmoid=r"\sigma({})", tanh=r"\tanh({})",
        relu=r"\operatorname{{ReLU}}({})", param="{}_{{{}}}", group="({})",
    ),
}  # fmt: skip

_SUM, _PRODUCT, _ATOM = range(3)
_Text = tuple[str, int]


def equations(graph: Graph, style: Style = "unicode") -> list[str]:
    """The cell's equations, one line each, as they are written in its function.

    Raises:
        EquationError: the equations use an operation without a rule here.

    >>> from lstmcalc.cells import lstm
    >>> for line in equations(lstm.graph("none"))[-2:]:
    ...     print(line)
    c(t) = f(t) ⊙ c(t−1) + i(t) ⊙ g(t)
    h(t) = o(t) ⊙ tanh(c(t))
    """
    notation = NOTATIONS[style]
    names: dict[Node, str] = {}
    for name, node in graph.equations.items():
        names.setdefault(node, name)
    written: dict[Node, str] = {}

    def rule(node: Node, args: list[_Text]) -> _Text:
        text, level = _write(node, args, notation)
        if node not in names:
            return text, level
        written[node] = text
        return notation.now.format(names[node]), _ATOM

    values = fold(graph, rule)
    return [
        f"{notation.now.format(name)} = {written[node] if names[node] == name else values[node][0]}"
        for name, node in graph.equations.items()
    ]


def _write(node: Node, args: list[_Text], notation: Notation) -> _Text:
    def at(level: int) -> list[str]:
        """The arguments, in brackets where they bind less than `level`."""
        return [notation.group.format(text) if own < level else text for text, own in args]

    match node:
        case ops.Input(name="x"):
            return notation.now.format("x"), _ATOM
        case ops.Input(name=name):
            return notation.before.format(name), _ATOM
        case ops.Param(role=role, gate=gate):
            letter, _, source = role.partition("_")
            return notation.param.format(letter, f"{source}{gate}"), _ATOM
        case ops.Const(number=number):
            return f"{number:g}", _ATOM
        case ops.Add():
            return notation.add.format(*at(_SUM)), _SUM
        case ops.Sub():
            return notation.sub.format(at(_SUM)[0], at(_PRODUCT)[1]), _SUM
        case ops.Mul():
            return notation.mul.format(*at(_PRODUCT)), _PRODUCT
        case ops.MatVec():
            return notation.matvec.format(*at(_ATOM)), _PRODUCT
        case ops.Sigmoid():
            return notation.sigmoid.format(*at(_SUM)), _ATOM
        case ops.Tanh():
            return notation.tanh.format(*at(_SUM)), _ATOM
        case ops.Relu():
            return notation.relu.format(*at(_SUM)), _ATOM
        case _:
            raise unknown(node, "the writing of formulas")
