"""One network in every framework: the tensors it stores, its total, and why that differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstmcalc.arguments import check_arguments
from lstmcalc.cells import CELLS
from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.conventions.differences import differences
from lstmcalc.conventions.known import BESIDE, CONVENTIONS, adopt
from lstmcalc.conventions.layout import Convention, Layout
from lstmcalc.conventions.packing import Tensor, lacking, tensors
from lstmcalc.errors import ConfigurationError, UnsupportedError
from lstmcalc.given import as_network
from lstmcalc.network import Network
from lstmcalc.result import Result
from lstmcalc.totals import count_parameters
from lstmcalc.tracing import Bias

if TYPE_CHECKING:
    from torch import nn

INSTEAD = {"rnn": ("rnn_relu",), "rnn_relu": ("rnn",)}
"""Cells of one name, to be shown where a framework does not have the one that is asked for."""


@dataclass(frozen=True)
class Term:
    """A named part of the difference between two totals."""

    count: int
    words: str


@dataclass(frozen=True)
class Row:
    """The network in one framework.

    `network` has the biases that the framework keeps, and its cell; `terms` add up to `difference`,
    which is the total less that of the first row. `same` says whether it computes the same.
    """

    convention: Convention
    layout: Layout
    network: Network
    tensors: tuple[Tensor, ...]
    total: int
    difference: int
    terms: tuple[Term, ...]
    same: bool

    @property
    def cell(self) -> str:
        """The cell it has."""
        return self.network.layers[0].cell.name

    @property
    def bias(self) -> Bias:
        """The biases it keeps."""
        return self.network.layers[0].bias

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody who carries weights over must know."""
        return tuple(differences(self.layout))


@dataclass(frozen=True)
class Group:
    """Frameworks with the same total for the same reason."""

    total: int
    difference: int
    terms: tuple[Term, ...]
    cell: str
    bias: Bias
    titles: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Reconciliation(Result):
    """One network in every framework that has it, the others with the reason they do not."""

    network: Network
    rows: tuple[Row, ...]
    without: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        totals = " or ".join(f"{total:,}" for total in dict.fromkeys(r.total for r in self.rows))
        return f"<Reconciliation: {totals} parameters in {len(self.rows)} rows>"

    @property
    def without_biases(self) -> int | None:
        """The first framework's total without the cells' biases, where it has such cells."""
        first = self.rows[0]
        network = first.network.with_bias("none")
        if any(lacking(layer, first.convention) for layer in network.layers):
            return None
        total: int = sum(tensor.parameters for tensor in tensors(network, first.convention))
        return total

    @property
    def groups(self) -> tuple[Group, ...]:
        """The totals, each with the frameworks that say it."""
        found: dict[tuple[int, str, Bias], list[Row]] = {}
        for row in self.rows:
            found.setdefault((row.total, row.cell, row.bias), []).append(row)
        groups = [
            Group(total, rows[0].difference, rows[0].terms, cell, bias,
                  tuple(row.convention.title for row in rows))
            for (total, cell, bias), rows in found.items()
        ]  # fmt: skip
        own = self.network.layers[0].cell.name
        return tuple(sorted(groups, key=lambda group: (group.cell != own, -group.total)))


@check_arguments()
def reconcile(
    network: Network | nn.Module, conventions: Iterable[Convention] | None = None
) -> Reconciliation:
    """The network as each framework stores it.

    Args:
        network: a network, or a module of torch, which says it. Its layers are of one cell; of its
            biases only whether there are any counts, since each framework has its own.
        conventions: the frameworks, all that are known where it is left out; the first that has
            the cell is what others differ from.

    Raises:
        ConfigurationError: the layers are of several cells.
        UnsupportedError: no framework has such a network.

    >>> from lstmcalc import LSTM
    >>> rows = reconcile(LSTM(28, 128)).rows
    >>> [(row.convention.name, row.total, row.difference) for row in rows[:2]]
    [('torch', 80896, 0), ('keras', 80384, -512)]
    >>> rows[1].terms
    (Term(count=-512, words='one bias, not two'),)
    """
    network = as_network(network)
    cells = {layer.cell.name: layer.cell for layer in network.layers}
    if len(cells) > 1:
        why = "frameworks are compared cell by cell"
        raise ConfigurationError(f"layers of {' and '.join(sorted(cells))}", why, "choose one")
    ((own, kind),) = cells.items()
    rows: list[Row] = []
    without: list[tuple[str, str]] = []
    for convention in CONVENTIONS.values() if conventions is None else conventions:
        there = [cell for cell in BESIDE.get(own, (own,)) if cell in convention.layouts]
        there = there or [cell for cell in INSTEAD.get(own, ()) if cell in convention.layouts]
        lacks = "" if there else f"no {kind.title} described here"
        for cell in there:
            adopted = _adopted(network, cell, convention)
            lacks = next(filter(None, (lacking(la, convention) for la in adopted.layers)), "")
            if not lacks:
                rows.append(_row(adopted, cell, convention, rows[:1], cell == own))
        without += [(convention.title, lacks)] if lacks else []
    if not any(row.same for row in rows):
        raise UnsupportedError(f"cell {own}", "no framework known here has it")
    return Reconciliation(network, tuple(rows), tuple(without))


def _adopted(network: Network, cell: str, convention: Convention) -> Network:
    """The network of that cell, with the framework's biases."""
    layers = network.map_layers(lambda layer: replace(layer, cell=CELLS[cell]))
    return adopt(replace(network, layers=layers), convention)


def _row(adopted: Network, cell: str, convention: Convention, first: list[Row], same: bool) -> Row:
    stored = tensors(adopted, convention)
    total = sum(tensor.parameters for tensor in stored)
    row = Row(convention, convention.layout(cell), adopted, stored, total, 0, (), same)
    if not first:
        return row
    return replace(row, difference=total - first[0].total, terms=tuple(_terms(row, first[0])))


def _terms(row: Row, first: Row) -> Iterable[Term]:
    """What the difference of two totals is made of: their biases, and rows that are not read."""
    counted, of_first = count_parameters(row.network), count_parameters(first.network)
    if counted != of_first:
        words = f"{BIAS_NAMES[row.bias]}, not {BIAS_NAMES[first.bias].split()[0]}"
        yield Term(counted - of_first, words)
    unread = (row.total - counted) - (first.total - of_first)
    if unread:
        yield Term(unread, "stored and not read")
