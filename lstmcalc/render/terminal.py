"""The terminal: a page's tables in columns, a line for each check of the verdict."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from io import StringIO
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lstmcalc.printable import REPLACEMENT
from lstmcalc.render.page import Page
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.table import Cell, Drawing, Real, Table, shown
from lstmcalc.transliteration import encodable, encodable_drawing
from lstmcalc.verdict import Outcome, Status, Verdict

UTF_8 = "utf-8"

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
INDENT = "  "
"""Of a line that goes on: at the start of one there is no name that could forge a verdict."""
FORGED = re.compile(
    rf"^( *)(?:[{''.join(mark for mark, _ in OUTCOMES.values())}]|"
    rf"(?:{'|'.join({encodable(mark, 'ascii') for mark, _ in OUTCOMES.values()})})"
    rf"(?= (?:{'|'.join(OUTCOMES)})))",
    re.MULTILINE,
)
"""How the lines of a verdict begin, in Unicode or ASCII."""


def print_page(page: Page, console: Console) -> None:
    """Print the words, tables and formulas of a page; its verdict is printed when it is known."""
    words = head_text(page, console.encoding).append("\n\n")
    console.print(_wrapped(words.append_text(tables_text(page.tables, console)), console))
    for title, lines in page.formulas("unicode") if page.formulas is not None else ():
        console.print()
        console.print(_wrapped(Text(_text(title, console.encoding), "bold"), console))
        names = [_text(line.name, console.encoding) for line in lines]
        width = max(map(cell_len, names))
        for line, name in zip(lines, names, strict=True):
            start = Text("  ").append(f"{_left(name, width)}  " if width else "", "dim")
            text = Text(_text(line.text, console.encoding))
            formula = _hang(start, text, start.cell_len, console)
            _disarm(formula, console.encoding)
            console.print(formula)


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print each check and the outcome."""
    console.print()
    console.print(verdict_text(verdict, console))


def written(*shown: Page | Verdict) -> str:
    """Pages and verdicts as they are printed, as wide as the terminal, without colours.

    What the standard output cannot encode has an ASCII form: `print` must not end in an error.
    """
    console = Console(file=_Printed(), highlight=False, color_system=None)
    with console.capture() as printed:
        for one in shown:
            if isinstance(one, Verdict):
                console.print(verdict_text(one, console))
            else:
                print_page(one, console)
    return printed.get().rstrip("\n")


class _Printed(StringIO):
    """Text for the standard output, in its encoding."""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # of StringIO it is always None
        return getattr(sys.stdout, "encoding", None) or UTF_8


def head_text(page: Page, encoding: str = UTF_8) -> Text:
    """The words that a page begins with."""
    text = Text().append(f"{_text(page.title, encoding)}\n", "bold")
    text.append(f"{_text(page.detail, encoding)}\n")
    text.append(_text(page.result, encoding), "bold cyan")
    for warning in page.warnings:
        text.append(f"\n! {_text(warning, encoding)}", "yellow")
    return text


def tables_text(tables: Sequence[Table], console: Console, drawn_first: bool = False) -> Text:
    """Tables one below the other, as wide as the console, each with its drawing and its note."""
    return Text("\n\n").join(_table_text(table, console, drawn_first) for table in tables)


def _table_text(table: Table, console: Console, drawn_first: bool) -> Text:
    encoding = console.encoding
    parts = [_lines(table, console.width, encoding)]
    wide = max(map(cell_len, table.drawing.lines), default=0)
    if wide > console.width:
        parts.append(Text(f"no room for the picture, {wide} columns wide", "dim italic"))
    elif wide and drawn_first:
        parts.insert(0, drawing_text(table.drawing, encoding).append("\n"))
    elif wide:
        parts.append(Text("\n").append_text(drawing_text(table.drawing, encoding)))
    if table.note:
        parts.append(Text(_text(table.note, encoding), "dim italic"))
    return Text("\n").join([Text(_text(table.title, encoding), "bold"), *parts])


def verdict_text(verdict: Verdict, console: Console) -> Text:
    """The outcome, and a line for each check."""
    encoding = console.encoding
    mark, style = OUTCOMES[verdict.outcome]
    seconds = f" ({verdict.seconds:.2f} s)" if verdict.seconds else ""
    start = Text(f"{encodable(mark, encoding)} ", style)
    summary = Text(f"{_text(verdict.summary, encoding)}{seconds}", style)
    parts = [_hang(start, summary, start.cell_len, console)]
    groups = [
        (status, detail, _text(", ".join(check.name for check in checks), encoding))
        for (status, detail), checks in groupby(verdict.checks, lambda c: (c.status, c.detail))
    ]
    marks = {status: encodable(mark, encoding) for status, (mark, _) in MARKS.items()}
    widest = max(map(cell_len, marks.values()))
    names_width = min(max((cell_len(names) for _, _, names in groups), default=0), MOST_INDENT)
    indent = len("  ") + widest + len(" ") + names_width + len("  ")
    for status, detail, names in groups:
        style = MARKS[status][1]
        line = Text("  ").append(f"{_left(marks[status], widest)} ", style)
        if cell_len(names) > MOST_INDENT:
            line = _hang(line, Text(names, "bold"), line.cell_len, console)
            line.append("\n" + " " * indent)
        else:
            line.append(f"{_left(names, names_width)}  ", "bold")
        text = Text(_text(detail, encoding), "" if status == "passed" else style)
        parts.append(_hang(line, text, indent, console))
    return Text("\n").join(parts)


def _hang(start: Text, text: Text, indent: int, console: Console) -> Text:
    """`text` after `start`, its further lines set in as far as its first."""
    wrapped = text.wrap(console, max(20, console.width - indent))
    for line in wrapped:
        line.rstrip()
        _disarm(line, console.encoding)
    return start.append_text(Text("\n" + " " * indent).join(wrapped))


def _wrapped(text: Text, console: Console) -> Text:
    """The lines that are too wide broken, and set in where they go on."""
    _disarm(text, console.encoding)
    width = console.width  # each time it is asked, rich looks at the environment
    if all(cell_len(line) <= width for line in text.plain.split("\n")):
        return text
    lines = text.split("\n", allow_blank=True)
    return Text("\n").join(
        line if line.cell_len <= width else _hang(Text(), line, len(INDENT), console)
        for line in lines
    )


def _disarm(text: Text, encoding: str) -> None:
    """Take its mark from every line that begins as those of a verdict do, and is of none."""
    text.plain = FORGED.sub(rf"\1{encodable(REPLACEMENT, encoding)}", text.plain)


def _lines(table: Table, width: int, encoding: str) -> Text:
    """The table set in columns; rich's own tables would take most of the time of the answer."""
    for bar in BAR_WIDTHS:
        heads = [_text(head, encoding) for head in table.columns]
        texts = [[_text(cell, encoding, bar) for cell in row] for row in table.rows]
        widths = [max(map(cell_len, column)) for column in zip(heads, *texts, strict=True)]
        columns, gap = _fitting(table, widths, width)
        if len(columns) == len(widths):
            break
    numeric = table.numeric
    lines = Text()
    for number, row in enumerate([heads, *texts], start=-1):
        cells = [(_right if numeric[i] else _left)(row[i], widths[i]) for i in columns]
        style = "dim" if number < 0 else "bold" if number in table.strong else ""
        lines.append(_row((" " * gap).join(cells[:-1]), cells[-1], gap, width) + "\n", style)
    absent = [head for index, head in enumerate(heads) if index not in columns]
    if absent:
        lines.append(f"no room for {', '.join(absent)}", "dim italic")
    lines.rstrip()
    lines.highlight_regex(f"[{BLOCKS}]+", "cyan")
    _colour_strips(lines)
    return lines


def _row(before: str, last: str, gap: int, width: int) -> str:
    """A row of the table; where it is too wide, its last column goes on below itself."""
    before += " " * (gap if before else 0)
    text = f"{before}{last}".rstrip()
    indent = cell_len(before)
    room = width - indent
    if cell_len(text) <= width or room < LEAST_ROOM:
        return text
    from textwrap import wrap

    return before + ("\n" + " " * indent).join(wrap(last, room))


def _fitting(table: Table, widths: Sequence[int], width: int) -> tuple[list[int], int]:
    """The columns that fit side by side, and the gap between them.

    Spare ones are left out first, then the last ones; words in the last column may go on below
    themselves where there is room for it.
    """
    columns = list(range(len(widths)))
    for spare in (None, *table.spare):
        columns = [index for index in columns if index != spare]
        for gap in (2, 1):
            if sum(widths[index] + gap for index in columns) - gap <= width:
                return columns, gap
    while len(columns) > 1:
        before = sum(widths[index] + 1 for index in columns[:-1])
        room = widths[columns[-1]] if table.numeric[columns[-1]] else LEAST_ROOM
        if before + min(room, widths[columns[-1]]) <= width:
            break
        columns = columns[:-1]
    return columns, 1


def drawing_text(drawing: Drawing, encoding: str = UTF_8) -> Text:
    """The drawing, each series in its colour."""
    lines = [encodable_drawing(shown(line), encoding) for line in drawing.lines]
    found = Text("\n".join(lines), "" if drawing.series else "cyan")
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


def _text(cell: Cell, encoding: str, bar: int = BAR_WIDTHS[0]) -> str:
    """Words or a value, as a terminal of that encoding can show them."""
    text = shown(cell)
    if isinstance(cell, float) and not isinstance(cell, Real):
        text = f"{_bar(cell, bar)} {text:>7}"
    return encodable(text, encoding)


def _left(text: str, width: int) -> str:
    """The text with spaces after it, by the columns that it takes: some characters take two."""
    return text + " " * (width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _bar(share: float, width: int) -> str:
    """A bar of at most `width` characters, in eighths of one."""
    whole, eighths = divmod(round(share * width * 8), 8)
    return f"{'█' * whole}{BLOCKS[eighths - 1] if eighths else ''}".ljust(width)
