"""The totals of a network as polynomials in its sizes, and with the numbers put in.

The polynomials are what the counting code gives for SymPy symbols: there is no second formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

import sympy

from lstmcalc import totals
from lstmcalc.errors import EquationError
from lstmcalc.network import Layer, Network
from lstmcalc.readings.costs import Work
from lstmcalc.readings.formulas import Style
from lstmcalc.readings.shapes import count
from lstmcalc.report import Report
from lstmcalc.tracing import BIAS_ROLES

Expr = Any

ORDER = "BTVCIHP"
"""Batch, steps, vocabulary, classes, input, hidden, projection: the order they are written in."""

BEFORE = "(T−1)"
"""The steps that have one before them."""

GATES = ("W_x", "W_h")
GROUPS = (GATES, ("W_r",), ("w_c",), BIAS_ROLES)
"""Roles whose parameters make one term: gate matrices, projection, peepholes, biases."""


@dataclass(frozen=True)
class Formula:
    """What is counted, its polynomial as `times` a sum of terms, and the sizes to put in."""

    name: str
    terms: tuple[Expr, ...]
    sizes: Mapping[str, int]
    times: int = 1

    @property
    def value(self) -> int:
        """The polynomial with the sizes put in."""
        put_in = {_symbol(name): size for name, size in self.sizes.items()}
        return self.times * sum(int(term.subs(put_in)) for term in self.terms)

    def write(self, style: Style = "unicode") -> str:
        """`letters = numbers = value`, such as `4·H·(I+H) = 4·128·(28+128) = 79,872`."""
        write = _Writer(style)
        letters = {name: write.word(name) for name in self.sizes}
        numbers = {name: write.number(size) for name, size in self.sizes.items()}
        sides = [self._side(write, names) for names in (letters, numbers)]
        return " = ".join(dict.fromkeys([*sides, write.number(self.value)]))

    def _side(self, write: _Writer, names: Mapping[str, str]) -> str:
        joined = " + ".join(write.term(term, names) for term in self.terms)
        if self.times == 1:
            return joined
        bare = len(self.terms) == 1 and not self.terms[0].is_Add
        return f"{self.times}{write.dot}" + (joined if bare else f"({joined})")


def formulas(report: Report, backward: bool = False) -> dict[str, tuple[Formula, ...]]:
    """The formulas of the parameters and of the multiply-accumulates, part by part, then in all.

    `backward` adds those of the backward pass.

    >>> from lstmcalc import LSTM
    >>> from lstmcalc.report import calculate
    >>> print(formulas(calculate(LSTM(28, 128)))["parameters"][0].write())
    4·H·(I+H) = 4·128·(28+128) = 79,872
    """
    network = report.network
    matrices: list[Formula] = []
    parameters: list[tuple[Formula, int]] = []
    macs: list[tuple[Formula, int]] = []
    first = 0
    for layer, input_size, times in network.groups:
        name = f"layer {first}" if times == 1 else f"each of layers {first}–{first + times - 1}"
        matrices.append(_layer(f"{name}, gate matrices", layer, input_size, (GATES,), 1))
        parameters.append((_layer(name, layer, input_size, GROUPS, layer.directions), times))
        macs.append((_layer_macs(f"a step of {name}", layer, input_size), times))
        first += times
    embedding, head = _ends(network)
    parameters = [*embedding, *parameters, *head]
    step = _sum("a step", macs)
    found = {
        "parameters": (*matrices, *_with_sum("all parameters", parameters)),
        "multiply-accumulates": (*(f for f, _ in macs), _run(report, step.value)),
    }
    if backward:
        found["multiply-accumulates of the backward pass"] = tuple(_backward(report))
    return found


def _layer(
    name: str, layer: Layer, input_size: int, groups: Sequence[Sequence[str]], directions: int
) -> Formula:
    letters = _letters(layer)
    listed = {role for roles in GROUPS for role in roles}
    for param in layer.graph.params:
        if param.role not in listed:
            raise EquationError(
                f"parameter {param.name}", f"no formula has a term for {param.role}"
            )
    terms = []
    for roles in groups:
        params = [param for param in layer.graph.params if param.role in roles]
        if params:
            terms.append(sympy.factor(count(params, letters)))
    return Formula(name, tuple(terms), _sizes(layer, input_size), directions)


def _layer_macs(
    name: str, layer: Layer, input_size: int, work: Callable[..., Work] = totals.layer_work
) -> Formula:
    one_way = replace(layer, bidirectional=False)
    macs = sympy.factor(work(_symbolic(one_way), _symbol("I")).macs)
    return Formula(name, (macs,), _sizes(layer, input_size), layer.directions)


def _backward(report: Report) -> Iterator[Formula]:
    """A step of each layer, the step that ran first, the head, and the whole backward pass."""
    network, run = report.network, report.run
    B, T = _symbol("B"), _symbol("T")
    whole = {"step back": 0, "first step": 0}
    index = 0
    for layer, input_size, times in network.groups:
        asks_x = index > 0 or network.vocab_size is not None
        name = f"layer {index}" if times == 1 else f"each of layers {index}–{index + times - 1}"
        for words in whole:
            work = partial(totals.layer_backward_work, asks_x=asks_x, first=words == "first step")
            formula = _layer_macs(f"{words} of {name}", layer, input_size, work)
            yield formula
            whole[words] += times * formula.value
        index += times
    sizes = {"B": run.batch_size, BEFORE: run.seq_len - 1, "T": run.seq_len, **whole}
    terms = [B * _symbol(BEFORE) * _symbol("step back"), B * _symbol("first step")]
    if (head := totals.head_backward_work(network)).macs:
        sizes["head back"] = head.macs
        terms.append(B * totals.head_steps(network, T) * _symbol("head back"))
    yield Formula("the run back", tuple(terms), sizes)


def _ends(network: Network) -> tuple[list[tuple[Formula, int]], list[tuple[Formula, int]]]:
    """The formulas of the embedding and of the head, where there are such."""
    last = network.layers[-1]
    symbolic = replace(
        network,
        input_size=_symbol("I"),
        layers=(_symbolic(last),),
        vocab_size=None if network.vocab_size is None else _symbol("V"),
        num_classes=None if network.num_classes is None else _symbol("C"),
    )
    optional = {"V": network.vocab_size, "C": network.num_classes}
    sizes = _sizes(last, network.input_size)
    sizes |= {letter: size for letter, size in optional.items() if size is not None}
    both = []
    for name, shapes in (
        ("embedding", totals.embedding_shapes(symbolic)),
        ("head", totals.head_shapes(symbolic)),
    ):
        terms = tuple(sympy.Integer(1) * prod(shape) for shape in shapes.values())
        used = {str(s) for term in terms for s in term.free_symbols}
        known = {letter: size for letter, size in sizes.items() if letter in used}
        both.append([(Formula(name, terms, known), 1)] if terms else [])
    return both[0], both[1]


def _run(report: Report, step: int) -> Formula:
    T, B = _symbol("T"), _symbol("B")
    sizes = {"B": report.run.batch_size, "T": report.run.seq_len, "step": step}
    terms = [B * T * _symbol("step")]
    if report.head_work.macs:
        sizes["head"] = report.head_work.macs
        terms.append(B * totals.head_steps(report.network, T) * _symbol("head"))
    return Formula("the run", tuple(terms), sizes)


def _with_sum(name: str, parts: list[tuple[Formula, int]]) -> list[Formula]:
    alone = len(parts) == 1 and parts[0][1] == 1
    return [formula for formula, _ in parts] + ([] if alone else [_sum(name, parts)])


def _sum(name: str, parts: list[tuple[Formula, int]]) -> Formula:
    terms = tuple(times * _symbol(formula.name) for formula, times in parts)
    return Formula(name, terms, {formula.name: formula.value for formula, _ in parts})


def _symbol(name: str) -> Expr:
    return sympy.Symbol(name, positive=True, integer=True)


def _letters(layer: Layer) -> dict[str, Expr]:
    return _symbolic(layer).sizes(_symbol("I"))


def _symbolic(layer: Layer) -> Layer:
    proj = None if layer.proj_size is None else _symbol("P")
    return replace(layer, hidden_size=_symbol("H"), proj_size=proj)


def _sizes(layer: Layer, input_size: int) -> dict[str, int]:
    return {letter: n for letter, n in layer.sizes(input_size).items() if n is not None}


class _Writer:
    """Writes polynomials in one style, each symbol as a letter or as its number."""

    def __init__(self, style: Style) -> None:
        self.latex = style == "latex"
        self.dot = r" \cdot " if self.latex else "·"

    def number(self, number: int) -> str:
        text = f"{number:,}"
        return text.replace(",", "{,}") if self.latex else text

    def word(self, name: str) -> str:
        if not self.latex or len(name) == 1:
            return name
        if name == BEFORE:
            return "(T-1)"
        return rf"\text{{{name.replace('–', '--')}}}"

    def term(self, term: Expr, names: Mapping[str, str]) -> str:
        if term.is_Symbol:
            return names[term.name]
        if term.is_Add:
            return "+".join(self.term(arg, names) for arg in sorted(term.args, key=_rank))
        if term.is_Mul:
            factors = sorted(term.args, key=_rank)
            return self.dot.join(
                f"({self.term(f, names)})" if f.is_Add else self.term(f, names) for f in factors
            )
        if term.is_Pow:
            return self.dot.join([self.term(term.base, names)] * int(term.exp))
        return self.number(int(term))


def _rank(expr: Expr) -> tuple[int, int, str]:
    """Numbers first, then letters in `ORDER`, products of them, and sums last."""
    if expr.is_Integer:
        return 0, 0, ""
    letters = sorted(ORDER.find(s.name) % 100 for s in expr.free_symbols)
    return (2 if expr.is_Add else 1), letters[0], str(expr)
