"""CSV: every value of every table on a line of its own, so that one file holds them all."""

from __future__ import annotations

import csv
import io

from lstmcalc.render.page import Page
from lstmcalc.render.table import shown

COLUMNS = ("table", "row", "column", "value")


def render(page: Page) -> str:
    """The page's own records, or its tables with the columns `table`, `row`, `column`, `value`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if page.records is not None:
        writer.writerows(page.records())
        return out.getvalue()
    writer.writerow(COLUMNS)
    for table in page.tables:
        for row in table.rows:
            name = row[0] if len(table.columns) > 1 and isinstance(row[0], str) else ""
            for column, cell in zip(table.columns, row, strict=True):
                if cell is not None and cell != name:
                    writer.writerow((table.title, name, column, shown(cell, separator="").strip()))
    if page.formulas is not None:
        for title, lines in page.formulas("unicode"):
            writer.writerows((title, line.name, "", line.text) for line in lines)
    for verdict in page.verdicts:
        writer.writerow(("Verification", "outcome", "", verdict.outcome))
        writer.writerow(("Verification", "summary", "", verdict.summary))
        writer.writerows(
            ("Verification", check.name, check.status, check.detail) for check in verdict.checks
        )
    return out.getvalue()
