"""CSV: every value of every table on a line of its own, so that one file holds them all."""

from __future__ import annotations

import csv
import io

from lstmcalc.render.table import shown
from lstmcalc.render.tables import tables
from lstmcalc.report import Report
from lstmcalc.verdict import Verdict

COLUMNS = ("table", "row", "column", "value")


def render(report: Report, verdict: Verdict, formula: bool = False) -> str:
    """The report as CSV with the columns `table`, `row`, `column` and `value`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for table in tables(report):
        for row in table.rows:
            name = row[0] if len(table.columns) > 1 and isinstance(row[0], str) else ""
            for column, cell in zip(table.columns, row, strict=True):
                if cell is not None and cell != name:
                    writer.writerow((table.title, name, column, shown(cell, separator="")))
    if formula:
        from lstmcalc.render.formulas import sections  # imports SymPy

        for title, lines in sections(report, "unicode"):
            writer.writerows((title, line.name, "", line.text) for line in lines)
    writer.writerow(("Verification", "outcome", "", verdict.outcome))
    writer.writerow(("Verification", "summary", "", verdict.summary))
    writer.writerows(
        ("Verification", check.name, check.status, check.detail) for check in verdict.checks
    )
    return out.getvalue()
