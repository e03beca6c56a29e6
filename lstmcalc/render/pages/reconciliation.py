"""The page of a reconciliation: every framework's total, what sets it apart, and its tensors."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from lstmcalc.cells import CELLS
from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.reconciliation import Group, Reconciliation, Row
from lstmcalc.render.documents import network_data
from lstmcalc.render.gates import draw_gates, gates_of
from lstmcalc.render.page import Page
from lstmcalc.render.pages.network import network_words, plural
from lstmcalc.render.table import Cell, Table
from lstmcalc.verdict import Verdict

MOST_TENSORS = 4
"""Of one framework, in the table; the data have all."""


def page(found: Reconciliation, verdict: Verdict | None = None) -> Page:
    """All there is to show of a reconciliation."""
    title, detail = network_words(found.network)
    each = {(row.total, row.convention.name) for row in found.rows}  # some have two such cells
    counts = Counter(total for total, _ in each)
    said = " or ".join(f"{total:,} ({counts[total]})" for total in sorted(counts, reverse=True))
    conventions = {name for _, name in each}
    twice = len(each) - len(conventions)
    both = f", {twice} of them with two cells" if twice else ""
    tables = [totals_table(found), frameworks_table(found), tensors_table(found)]
    tables += [notes_table(found)] if any(row.notes for row in found.rows) else []
    return Page(
        title,
        detail,
        f"{said} parameters stored, in {plural(len(conventions), 'convention')}{both}",
        tuple(tables),
        lambda: _data(found),
        verdict=verdict,
    )


def totals_table(found: Reconciliation) -> Table:
    """Every total once, with what sets it apart and who says it."""
    several = len({group.cell for group in found.groups}) > 1
    rows: list[tuple[Cell, ...]] = [
        (
            group.total,
            difference_words(group),
            *[CELLS[group.cell].title] * several,
            ", ".join(group.titles),
        )
        for group in found.groups
    ]
    bare = found.without_biases
    if bare is not None and bare < found.rows[0].total:
        less = f"−{found.rows[0].total - bare:,}: no bias"
        rows.append((bare, less, *[""] * several, "where biases are left out"))
    columns = ("total", f"against {found.rows[0].convention.title}", *["cell"] * several, "who")
    return Table("Totals", columns, tuple(rows), _absent(found))


def difference_words(row: Row | Group) -> str:
    """`−512: one bias, not two`; where there is no difference, the biases."""
    parts = [f"{term.count:+,}: {term.words}".replace("-", "−", 1) for term in row.terms]
    return "; ".join(parts) or BIAS_NAMES[row.bias]


def _absent(found: Reconciliation) -> str:
    """Who has no such network, and why."""
    why: dict[str, list[str]] = {}
    for title, reason in found.without:
        why.setdefault(reason, []).append(title)
    return "; ".join(f"{reason}: {', '.join(titles)}" for reason, titles in why.items())


def frameworks_table(found: Reconciliation) -> Table:
    """One row a framework."""
    rows = tuple(
        (
            framework_words(row),
            row.layout.own,
            " ".join(gates_of(row)),
            BIAS_NAMES[row.bias],
            row.total,
            row.difference or None,
            evidence(row),
        )
        for row in found.rows
    )
    columns = ("framework", "class", "gates", "biases", "total", "difference", "evidence")
    note = "evidence: the version that this project's tests run, or its documentation"
    drawing = draw_gates(found.rows, [framework_words(row) for row in found.rows])
    return Table("Frameworks", columns, rows, note, (0,), (1, 6, 5), drawing)


def evidence(row: Row) -> str:
    """Whether this project's tests run the real framework, and which."""
    return f"run, {row.convention.ran}" if row.convention.ran else "documented"


def framework_words(row: Row) -> str:
    """A framework, and its cell where that computes something else than the one asked for."""
    title, cell = row.convention.title, CELLS[row.cell].title
    if row.same:
        return title
    return f"{title} {cell[cell.index('(') :]}" if "(" in cell else f"{title}: {cell}"


def tensors_table(found: Reconciliation) -> Table:
    """The tensors of the first layer's first direction, framework by framework."""
    rows = tuple((framework_words(row), tensors_words(row)) for row in found.rows)
    return Table("Tensors of layer 0", ("framework", "tensors"), rows)


def tensors_words(row: Row) -> str:
    """The tensors of the first layer's first direction, with their shapes."""
    held = [tensor for tensor in row.tensors if tensor.place == (0, 0)]
    said = [f"{tensor.name} {'×'.join(map(str, tensor.shape))}" for tensor in held[:MOST_TENSORS]]
    return ", ".join(said + [f"and {len(held) - MOST_TENSORS} more"] * (len(held) > MOST_TENSORS))


def notes_table(found: Reconciliation) -> Table:
    """What else sets a framework's weights apart."""
    rows = tuple((framework_words(row), note) for row in found.rows for note in row.notes)
    return Table("What else to know", ("framework", "note"), rows)


def _data(found: Reconciliation) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.reconciliation",
        "network": network_data(found.network),
        "frameworks": [_row_data(row) for row in found.rows],
        "without": [{"framework": title, "because": why} for title, why in found.without],
    }


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "name": row.convention.name,
        "title": row.convention.title,
        "class": row.layout.own,
        "cell": row.cell,
        "same_function": row.same,
        "gates": list(gates_of(row)),
        "bias": row.bias,
        "tensors": [{"name": tensor.name, "shape": tensor.shape} for tensor in row.tensors],
        "total": row.total,
        "difference": row.difference,
        "terms": [asdict(term) for term in row.terms],
        "states": row.layout.states.split(),
        "notes": row.notes,
        "source": row.convention.source,
        "ran": row.convention.ran or None,
    }
