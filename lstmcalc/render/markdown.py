"""Markdown: the tables as pipe tables."""

from __future__ import annotations

from lstmcalc.render.page import Page, verdict_table
from lstmcalc.render.table import Table, shown


def render(page: Page) -> str:
    """The page as a Markdown document."""
    blocks = [f"{page.title}: {page.detail}.", "", f"**{page.result}.**", ""]
    blocks += [f"> {warning}\n" for warning in page.warnings]
    blocks += map(_table, page.tables)
    if page.formulas is not None:
        for title, lines in page.formulas("latex"):
            blocks += [f"### {title}", ""]
            for line in lines:
                blocks.append(f"- {line.name}: ${line.text}$" if line.name else f"- ${line.text}$")
            blocks.append("")
    for verdict in page.verdicts:
        blocks.append(_table(verdict_table(verdict)) if verdict.checks else f"{verdict.summary}.\n")
    return "\n".join(blocks)


def _table(table: Table) -> str:
    lines = [f"### {table.title}", "", _row(table.columns)]
    lines.append("|" + "|".join("---:" if number else "---" for number in table.numeric) + "|")
    for index, row in enumerate(table.rows):
        cells = [shown(cell) for cell in row]
        strong = index in table.strong
        lines.append(_row([f"**{cell}**" if strong and cell else cell for cell in cells]))
    drawing = ["```text", *table.drawing.lines, "```", ""] if table.drawing.lines else []
    return "\n".join([*lines, "", *drawing, *([table.note, ""] if table.note else [])])


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
