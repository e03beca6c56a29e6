"""HTML: what a notebook shows."""

from __future__ import annotations

from html import escape

from lstmcalc.render.page import Page
from lstmcalc.render.table import Cell, Table, shown


def render(page: Page) -> str:
    """The page as an HTML fragment."""
    intro = f"<p>{escape(page.title)}: {escape(page.detail)}<br>"
    result = f"<strong>{escape(page.result)}</strong></p>"
    warnings = "".join(f"<p>{escape(warning)}</p>" for warning in page.warnings)
    return intro + result + warnings + "".join(map(_table, page.tables))


def _table(table: Table) -> str:
    heads = _row("th", table.columns, table.numeric, strong=False)
    rows = "".join(
        _row("td", row, table.numeric, index in table.strong)
        for index, row in enumerate(table.rows)
    )
    lines = "\n".join(table.drawing.lines)
    drawing = f'<pre style="line-height: 1.1">{escape(lines)}</pre>' if lines else ""
    note = f"<p><em>{escape(table.note)}</em></p>" if table.note else ""
    return (
        f"<h4>{escape(table.title)}</h4>"
        f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>{drawing}{note}"
    )


def _row(tag: str, row: tuple[Cell, ...], numeric: tuple[bool, ...], strong: bool) -> str:
    cells = []
    for cell, number in zip(row, numeric, strict=True):
        text = escape(shown(cell))
        side = "right" if number else "left"
        text = f"<strong>{text}</strong>" if strong else text
        cells.append(f'<{tag} style="padding: 0.1em 0.8em; text-align: {side}">{text}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"
