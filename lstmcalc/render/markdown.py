"""Markdown: the tables as pipe tables."""

from __future__ import annotations

import re

from lstmcalc.printable import printable
from lstmcalc.render.page import Page, verdict_table
from lstmcalc.render.table import Cell, Drawing, Table, shown

_MARKUP = re.compile(
    r"""
    [\\`*\[<|$~\#@]               # code, stress, links, HTML, cells, mathematics, mentions
    | (?<![^\W_])_ | _(?![^\W_])  # stress too, but not within a word
    | &(?=\#?\w+;)                # an entity
    | :(?=//) | (?<=www)\.        # a bare address, which GitHub makes a link
    """,
    re.VERBOSE | re.IGNORECASE,
)
_START = re.compile(r"^(\d*)([-+.)](?=\s|$)|-(?=--)|[>=])")
"""Of a list, a rule, a quote or a heading."""


def render(page: Page) -> str:
    """The page as a Markdown document."""
    blocks = [f"{_text(page.title)}: {_text(page.detail)}.", "", f"**{_text(page.result)}.**", ""]
    blocks += [f"> {_text(warning)}\n" for warning in page.warnings]
    blocks += map(_table, page.tables)
    if page.formulas is not None:
        for title, lines in page.formulas("latex"):
            blocks += [f"### {_text(title)}", ""]
            for line in lines:
                named = f"{_text(line.name)}: " if line.name else ""
                blocks.append(f"- {named}${printable(line.text)}$")
            blocks.append("")
    for verdict in page.verdicts:
        whole = f"{_text(verdict.summary)}.\n"
        blocks.append(_table(verdict_table(verdict)) if verdict.checks else whole)
    return "\n".join(blocks)


def escape(text: str) -> str:
    r"""The text with every character that Markdown reads as markup made harmless.

    >>> print(escape("W_x[0] <b>*x*</b> https://example.org"))
    W_x\[0] \<b>\*x\*\</b> https\://example.org
    """
    text = _MARKUP.sub(r"\\\g<0>", text.strip())
    return _START.sub(r"\1\\\2", text)


def _text(cell: Cell) -> str:
    """Words or a value, as Markdown writes them."""
    return escape(shown(cell))


def _table(table: Table) -> str:
    lines = [f"### {_text(table.title)}", "", _row([_text(head) for head in table.columns])]
    lines.append("|" + "|".join("---:" if number else "---" for number in table.numeric) + "|")
    for index, row in enumerate(table.rows):
        cells = [_text(cell) for cell in row]
        strong = index in table.strong
        lines.append(_row([f"**{cell}**" if strong and cell else cell for cell in cells]))
    note = [_text(table.note), ""] if table.note else []
    return "\n".join([*lines, "", *_drawing(table.drawing), *note])


def _drawing(drawing: Drawing) -> list[str]:
    """The lines in a block of code, whose fence is longer than any in them."""
    lines = [shown(line) for line in drawing.lines]
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", "\n".join(lines))), 0)
    return [f"{fence}text", *lines, fence, ""] if lines else []


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
