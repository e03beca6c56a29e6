"""Markdown: the tables as pipe tables."""

from __future__ import annotations

from lstmcalc.render.table import Table, shown
from lstmcalc.render.tables import headline, tables, verdict_table
from lstmcalc.report import Report
from lstmcalc.verdict import Verdict


def render(report: Report, verdict: Verdict, formula: bool = False) -> str:
    """The report as a Markdown document."""
    sizes, parts, total = headline(report)
    blocks = [f"{sizes}: {parts}.", "", f"**{total}.**", "", *map(_table, tables(report))]
    if formula:
        from lstmcalc.render.formulas import sections  # imports SymPy

        for title, lines in sections(report, "latex"):
            blocks += [f"### {title}", ""]
            for line in lines:
                blocks.append(f"- {line.name}: ${line.text}$" if line.name else f"- ${line.text}$")
            blocks.append("")
    proof = _table(verdict_table(verdict)) if verdict.checks else f"{verdict.summary}.\n"
    return "\n".join([*blocks, proof])


def _table(table: Table) -> str:
    lines = [f"### {table.title}", "", _row(table.columns)]
    lines.append("|" + "|".join("---:" if number else "---" for number in table.numeric) + "|")
    for index, row in enumerate(table.rows):
        cells = [shown(cell) for cell in row]
        strong = index in table.strong
        lines.append(_row([f"**{cell}**" if strong and cell else cell for cell in cells]))
    return "\n".join([*lines, "", *([table.note, ""] if table.note else [])])


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
