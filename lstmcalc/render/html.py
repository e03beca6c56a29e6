"""HTML: what a notebook shows."""

from __future__ import annotations

from html import escape

from lstmcalc.render.page import Page
from lstmcalc.render.table import Cell, Table, shown

START = '<div class="tex2jax_ignore mathjax_ignore">'
"""A notebook would set what stands between two $ in a name as mathematics."""


def render(page: Page) -> str:
    """The page as an HTML fragment."""
    intro = f"<p>{_text(page.title)}: {_text(page.detail)}<br>"
    result = f"<strong>{_text(page.result)}</strong></p>"
    warnings = "".join(f"<p>{_text(warning)}</p>" for warning in page.warnings)
    return f"{START}{intro}{result}{warnings}{''.join(map(_table, page.tables))}</div>"


def _text(cell: Cell) -> str:
    """Words or a value, as HTML writes them."""
    return escape(shown(cell))


def _table(table: Table) -> str:
    heads = _row("th", table.columns, table.numeric, strong=False)
    rows = "".join(
        _row("td", row, table.numeric, index in table.strong)
        for index, row in enumerate(table.rows)
    )
    lines = "\n".join(map(_text, table.drawing.lines))
    drawing = f'<pre style="line-height: 1.1">{lines}</pre>' if lines else ""
    note = f"<p><em>{_text(table.note)}</em></p>" if table.note else ""
    return (
        f"<h4>{_text(table.title)}</h4>"
        f"<table><thead>{heads}</thead><tbody>{rows}</tbody></table>{drawing}{note}"
    )


def _row(tag: str, row: tuple[Cell, ...], numeric: tuple[bool, ...], strong: bool) -> str:
    cells = []
    for cell, number in zip(row, numeric, strict=True):
        text = _text(cell)
        side = "right" if number else "left"
        text = f"<strong>{text}</strong>" if strong else text
        cells.append(f'<{tag} style="padding: 0.1em 0.8em; text-align: {side}">{text}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"
