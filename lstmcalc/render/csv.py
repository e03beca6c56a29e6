"""CSV: every value of every table on a line of its own, so that one file holds them all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lstmcalc.render.page import Page
from lstmcalc.render.table import Cell, shown

COLUMNS = ("table", "row", "column", "value")
FORMULA = tuple("=+-@＝＋－＠")
"""What spreadsheets take for the start of a formula, which may run a program."""


def render(page: Page) -> str:
    """The page's own records, or its tables with the columns `table`, `row`, `column`, `value`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    records = page.records() if page.records is not None else _records(page)
    writer.writerows([_text(cell) for cell in record] for record in records)
    return out.getvalue()


def escape(text: str) -> str:
    """The text, after an apostrophe where a spreadsheet would take it for a formula.

    >>> [escape(text) for text in ("-512", "=1+1", "+512: b_h")]
    ['-512', "'=1+1", "'+512: b_h"]
    """
    starts = text.lstrip().startswith(FORMULA) and not _is_number(text)
    return f"'{text}" if starts else text


def _text(cell: Cell) -> str:
    """Words or a value, as CSV has them."""
    return escape(shown(cell, separator=""))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _records(page: Page) -> Iterator[tuple[Cell, ...]]:
    """Each cell with its table, the name of its row and its column's head."""
    yield COLUMNS
    for table in page.tables:
        for row in table.rows:
            named = len(table.columns) > 1 and isinstance(row[0], str)
            name = row[0] if named else ""
            for column, cell in [*zip(table.columns, row, strict=True)][named:]:
                if cell is not None:
                    yield table.title, name, column, cell.strip() if isinstance(cell, str) else cell
    if page.formulas is not None:
        for title, lines in page.formulas("unicode"):
            yield from ((title, line.name, "", line.text) for line in lines)
    for verdict in page.verdicts:
        yield "Verification", "outcome", "", verdict.outcome
        yield "Verification", "summary", "", verdict.summary
        for check in verdict.checks:
            yield "Verification", check.name, check.status, check.detail
