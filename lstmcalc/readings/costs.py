"""Costs: the work of one step of a cell for one sample, in columns that are never mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lstmcalc import algebra as ops
from lstmcalc.algebra import Graph, Node, fold, unknown
from lstmcalc.sizes import Size


@dataclass(frozen=True)
class Work:
    """Counts of operations; add two, or multiply one by a number of steps or samples."""

    macs: Size = 0
    bias_adds: Size = 0
    adds: Size = 0
    muls: Size = 0
    relus: Size = 0
    sigmoids: Size = 0
    tanhs: Size = 0

    @property
    def flops(self) -> Size:
        """Of the matrix products alone: 2 for each multiply-accumulate."""
        return 2 * self.macs

    @property
    def elementwise(self) -> Size:
        """Additions (of biases too), multiplications and rectifiers, one each."""
        return self.bias_adds + self.adds + self.muls + self.relus

    @property
    def transcendental(self) -> Size:
        """Evaluations of sigmoid and tanh, one each."""
        return self.sigmoids + self.tanhs

    def __add__(self, other: Work) -> Work:
        return Work(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __mul__(self, times: Size) -> Work:
        return Work(*(getattr(self, f.name) * times for f in fields(self)))


def work(graph: Graph, sizes: Mapping[str, Size]) -> Work:
    """The work of one step, one sample, one direction.

    Raises:
        EquationError: the equations use an operation without a rule here.

    >>> from lstmcalc.cells import lstm
    >>> work(lstm.graph("double"), {"I": 28, "H": 128}).macs
    79872
    """

    def rule(node: Node, args: list[Work]) -> Work:
        size = sizes[node.dim] if node.dim else 0
        match node:
            case ops.Input() | ops.Param() | ops.Const() | ops.Saved():
                return Work()
            case (
                ops.MatVec(args=(ops.Param(shape=(rows, columns)), _))
                | ops.Transposed(args=(ops.Param(shape=(rows, columns)), _))
            ):
                return Work(macs=sizes[rows] * sizes[columns])
            case ops.OuterSum(args=(column, row)):
                return Work(macs=sizes[column.dim] * sizes[row.dim])
            case ops.Add() if any(isinstance(arg, ops.Param) for arg in node.args):
                return Work(bias_adds=size)
            case ops.Add() | ops.Sub() | ops.Neg() | ops.Sum():
                return Work(adds=size)
            case ops.Mul():
                return Work(muls=size)
            case ops.Relu() | ops.Slope(args=(ops.Saved(node=ops.Relu()),)):
                return Work(relus=size)
            case ops.Slope(args=(ops.Saved(node=ops.Sigmoid() | ops.Tanh()),)):
                return Work(adds=size, muls=size)  # s * (1 - s), or 1 - t * t
            case ops.Sigmoid():
                return Work(sigmoids=size)
            case ops.Tanh():
                return Work(tanhs=size)
            case _:
                raise unknown(node, "the count of work")

    return sum(fold(graph, rule).values(), Work())
