"""The terminal: a page's tables in columns, a line for each check of the verdict."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from io import StringIO
from itertools import groupby

from rich.console import Console
from rich.text import Text

from lstmcalc.render.page import Page
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.table import Cell, Drawing, Real, Table, shown
from lstmcalc.verdict import Outcome, Status, Verdict

BAR_WIDTHS = (20, 8)
"""Of a whole, where there is room, and where there is little."""
MOST_INDENT = 12
LEAST_ROOM = 20
"""To break a column that is too wide into lines."""
COLOURS = ("bright_blue", "yellow", "magenta", "green", "red", "cyan", "white", "bright_magenta")
"""Of the series of a drawing, in turn."""
LEVEL_COLOURS = (
    "#00306f", "#39486b", "#575d6d", "#707173", "#8a8779", "#a69d75", "#c4b56c", "#e4cf5b",
)  # fmt: skip
"""From low to high: cividis, which grows lighter all the way, to any eye."""
BLOCKS = "▏▎▍▌▋▊▉█"
"""From one eighth of a character to a whole one."""
MARKS: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "skipped": ("–", "yellow"),
}
OUTCOMES: dict[Outcome, tuple[str, str]] = {
    "verified": ("✓", "bold green"),
    "partly verified": ("◐", "bold yellow"),
    "failed": ("✗", "bold red"),
    "not verified": ("○", "bold yellow"),
}


def print_page(page: Page, console: Console) -> None:
    """Print the words, tables and formulas of a page; its verdict is printed when it is known."""
    console.print(head_text(page).append("\n\n").append_text(tables_text(page.tables, console)))
    for title, lines in page.formulas("unicode") if page.formulas is not None else ():
        console.print()
        console.print(Text(title, "bold"))
        width = max(len(line.name) for line in lines)
        for line in lines:
            name = f"{line.name:<{width}}  " if width else ""
            start = Text("  ").append(name, "dim")
            console.print(_hang(start, Text(line.text), len(name) + 2, console))


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print each check and the outcome."""
    console.print()
    console.print(verdict_text(verdict, console))


def written(*shown: Page | Verdict) -> str:
    """Pages and verdicts as they are printed, as wide as the terminal, without colours.

    What the standard output cannot encode is a question mark: `print` must not end in an error.
    """
    console = Console(file=StringIO(), highlight=False, color_system=None)
    with console.capture() as printed:
        for one in shown:
            if isinstance(one, Verdict):
                console.print(verdict_text(one, console))
            else:
                print_page(one, console)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return printed.get().rstrip("\n").encode(encoding, "replace").decode(encoding)


def head_text(page: Page) -> Text:
    """The words that a page begins with."""
    text = Text().append(f"{page.title}\n", "bold").append(f"{page.detail}\n")
    text.append(page.result, "bold cyan")
    for warning in page.warnings:
        text.append(f"\n! {warning}", "yellow")
    return text


def tables_text(tables: Sequence[Table], console: Console, drawn_first: bool = False) -> Text:
    """Tables one below the other, as wide as the console, each with its drawing and its note."""
    return Text("\n\n").join(_table_text(table, console.width, drawn_first) for table in tables)


def _table_text(table: Table, width: int, drawn_first: bool) -> Text:
    parts = [_lines(table, width)]
    wide = max(map(len, table.drawing.lines), default=0)
    if wide > width:
        parts.append(Text(f"no room for the picture, {wide} columns wide", "dim italic"))
    elif wide and drawn_first:
        parts.insert(0, drawing_text(table.drawing).append("\n"))
    elif wide:
        parts.append(Text("\n").append_text(drawing_text(table.drawing)))
    if table.note:
        parts.append(Text(table.note, "dim italic"))
    return Text("\n").join([Text(table.title, "bold"), *parts])


def verdict_text(verdict: Verdict, console: Console) -> Text:
    """The outcome, and a line for each check."""
    mark, style = OUTCOMES[verdict.outcome]
    seconds = f" ({verdict.seconds:.2f} s)" if verdict.seconds else ""
    parts = [Text(f"{mark} {verdict.summary}{seconds}", style)]
    groups = [
        (status, detail, ", ".join(check.name for check in checks))
        for (status, detail), checks in groupby(verdict.checks, lambda c: (c.status, c.detail))
    ]
    indent = min(max((len(names) for _, _, names in groups), default=0), MOST_INDENT) + 6
    for status, detail, names in groups:
        mark, style = MARKS[status]
        line = Text("  ").append(f"{mark} ", style).append(f"{names:<{indent - 6}}  ", "bold")
        text = Text(detail, "" if status == "passed" else style)
        if len(names) > MOST_INDENT:
            line.append("\n" + " " * indent)
        parts.append(_hang(line, text, indent, console))
    return Text("\n").join(parts)


def _hang(start: Text, text: Text, indent: int, console: Console) -> Text:
    """`text` after `start`, its further lines set in as far as its first."""
    wrapped = text.wrap(console, max(20, console.width - indent))
    for line in wrapped:
        line.rstrip()
    return start.append_text(Text("\n" + " " * indent).join(wrapped))


def _lines(table: Table, width: int) -> Text:
    """The table set in columns; rich's own tables would take most of the time of the answer."""
    for bar in BAR_WIDTHS:
        texts = [[_text(cell, bar) for cell in row] for row in table.rows]
        widths = [max(map(len, column)) for column in zip(table.columns, *texts, strict=True)]
        columns, gap = _fitting(table, widths, width)
        if len(columns) == len(widths):
            break
    numeric = table.numeric
    lines = Text()
    for number, row in enumerate([list(table.columns), *texts], start=-1):
        cells = [
            row[i].rjust(widths[i]) if numeric[i] else row[i].ljust(widths[i]) for i in columns
        ]
        style = "dim" if number < 0 else "bold" if number in table.strong else ""
        lines.append(_row((" " * gap).join(cells), len(cells[-1]), width) + "\n", style)
    absent = [head for index, head in enumerate(table.columns) if index not in columns]
    if absent:
        lines.append(f"no room for {', '.join(absent)}", "dim italic")
    lines.rstrip()
    lines.highlight_regex(f"[{BLOCKS}]+", "cyan")
    _colour_strips(lines)
    return lines


def _row(text: str, last: int, width: int) -> str:
    """A row of the table; where it is too wide, its last column goes on below itself."""
    indent = len(text) - last
    room = width - indent
    text = text.rstrip()
    if len(text) <= width or room < LEAST_ROOM:
        return text
    from textwrap import wrap

    return text[:indent] + ("\n" + " " * indent).join(wrap(text[indent:], room))


def _fitting(table: Table, widths: Sequence[int], width: int) -> tuple[list[int], int]:
    """The columns that fit side by side, and the gap between them."""
    columns = list(range(len(widths)))
    for spare in (None, *table.spare):
        columns = [index for index in columns if index != spare]
        for gap in (2, 1):
            if sum(widths[index] + gap for index in columns) - gap <= width:
                return columns, gap
    return columns, 1


def drawing_text(drawing: Drawing) -> Text:
    """The drawing, each series in its colour."""
    found = Text("\n".join(drawing.lines), "" if drawing.series else "cyan")
    _colour_strips(found)
    start = 0
    for line, series in zip(drawing.lines, drawing.series, strict=False):
        for place, digit in enumerate(series):
            if digit.isdigit():
                found.stylize(COLOURS[int(digit) % len(COLOURS)], start + place, start + place + 1)
        start += len(line) + 1
    return found


def _colour_strips(text: Text) -> None:
    """Give every character of a strip the colour of its level; a bar of a share has none."""
    if not any(level in text.plain for level in LEVELS[:-1]):
        return  # most texts have none, and a pattern takes time to compile
    for run in re.finditer(f"[{LEVELS}]*[{LEVELS[:-1]}][{LEVELS}]*", text.plain):
        for place in range(*run.span()):
            colour = LEVEL_COLOURS[LEVELS.index(text.plain[place])]
            text.stylize(colour, place, place + 1)


def _text(cell: Cell, bar: int) -> str:
    if isinstance(cell, float) and not isinstance(cell, Real):
        return f"{_bar(cell, bar)} {shown(cell):>7}"
    return shown(cell)


def _bar(share: float, width: int) -> str:
    """A bar of at most `width` characters, in eighths of one."""
    whole, eighths = divmod(round(share * width * 8), 8)
    return f"{'█' * whole}{BLOCKS[eighths - 1] if eighths else ''}".ljust(width)
