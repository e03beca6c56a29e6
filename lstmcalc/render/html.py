"""HTML: what a notebook shows of a report."""

from __future__ import annotations

from html import escape

from lstmcalc.render.table import Cell, Table, shown
from lstmcalc.render.tables import headline, tables
from lstmcalc.report import Report


def render(report: Report) -> str:
    """The report as an HTML fragment."""
    sizes, parts, total = headline(report)
    intro = f"<p>{escape(sizes)}: {escape(parts)}<br><strong>{escape(total)}</strong></p>"
    return intro + "".join(map(_table, tables(report)))


def _table(table: Table) -> str:
    heads = "".join(f"<th>{escape(head)}</th>" for head in table.columns)
    rows = "".join(_row(row, index in table.strong) for index, row in enumerate(table.rows))
    note = f"<p><em>{escape(table.note)}</em></p>" if table.note else ""
    return (
        f"<h4>{escape(table.title)}</h4>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{note}"
    )


def _row(row: tuple[Cell, ...], strong: bool) -> str:
    tag = "th" if strong else "td"
    return "<tr>" + "".join(f"<{tag}>{escape(shown(cell))}</{tag}>" for cell in row) + "</tr>"
