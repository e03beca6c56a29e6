"""The page of a conversion: what was read, what it became, and what to know about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmcalc.conventions.layout import Convention
from lstmcalc.conversion import Conversion
from lstmcalc.errors import clean
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page
from lstmcalc.render.pages.network import network_words
from lstmcalc.render.table import Table, shown
from lstmcalc.verdict import Verdict

MOST_SHOWN = 60
LONGEST_NAME = 120


def page(found: Conversion, verdict: Verdict | None = None, written: str = "") -> Page:
    """All there is to show of a conversion; `written` is the file it went to."""
    title, detail = network_words(found.source_network)
    before, after = _count(found.given), _count(found.tensors)
    where = f"written to {written}" if written else "not written; -o FILE writes it"
    dtype = next(iter(found.values())).dtype
    cell = found.network.layers[0].cell.name
    return Page(
        title,
        f"{detail}; {found.source.title} → {found.target.title}, {dtype}",
        f"{before:,} numbers in {len(found.given)} tensors → {after:,} in {len(found)}, {where}",
        (
            _table(found.source, cell, found.given, found.names),
            _table(found.target, cell, found.tensors, {}),
        ),
        lambda: _data(found, written),
        verdict=verdict,
        warnings=found.notes,
    )


def _count(tensors: Mapping[str, Any]) -> int:
    return sum(array.size for array in tensors.values())


def _table(
    convention: Convention, cell: str, tensors: Mapping[str, Any], names: Mapping[str, str]
) -> Table:
    rows = [(clean(names.get(name, name), LONGEST_NAME), shown(array.shape), array.size)
            for name, array in tensors.items()][:MOST_SHOWN]  # fmt: skip
    hidden = len(tensors) - len(rows)
    note = f"and {hidden:,} more" if hidden else ""
    columns = ("tensor", "shape", "numbers")
    title = f"Tensors by {convention.title}'s names, of {convention.layout(cell).own}"
    return Table(title, columns, tuple(rows), note, spare=(2,))


def _data(found: Conversion, written: str) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.conversion",
        "network": network_data(found.source_network),
        "from": {"convention": found.source.name, "tensors": _shapes(found.given, found.names)},
        "to": {"convention": found.target.name, "tensors": _shapes(found.tensors, {})},
        "written": written or None,
        "notes": found.notes,
    }


def _shapes(tensors: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": names.get(name, name), "shape": array.shape, "dtype": str(array.dtype)}
        for name, array in tensors.items()
    ]
