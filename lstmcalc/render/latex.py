"""LaTeX: the tables as tabulars in the style of booktabs, and the formulas as math."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmcalc.printable import printable
from lstmcalc.render.page import Page, verdict_table
from lstmcalc.render.strip import LEVELS
from lstmcalc.render.table import Cell, Table, shown

if TYPE_CHECKING:
    from lstmcalc.render.equations import Sections

_ESCAPES = str.maketrans({
    "\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "×": r"$\times$", "·": r"$\cdot$", "≤": r"$\leq$", "–": "--",
    "→": r"$\to$", "←": r"$\leftarrow$", "−": "$-$", "±": r"$\pm$", "≠": r"$\neq$",
    "∂": r"$\partial$", "‖": r"$\|$", "…": r"\ldots{}", "⊙": r"$\odot$",
    "^": r"\^{}", "~": r"\~{}",
    **{level: rf"\rule{{.3em}}{{{0.2 * (i + 1):.1f}ex}}" for i, level in enumerate(LEVELS)},
})  # fmt: skip


def render(page: Page) -> str:
    r"""The page as LaTeX to `\input`; it needs the packages booktabs and amsmath."""
    blocks = [
        r"% needs \usepackage{amsmath,booktabs}",
        f"{_text(page.title)}: {_text(page.detail)}. {_text(page.result)}.",
        *(f"\\par {_text(warning)}." for warning in page.warnings),
        "",
        *map(_table, page.tables),
    ]
    if page.formulas is not None:
        blocks += _formulas(page.formulas("latex"))
    for verdict in page.verdicts:
        proof = f"{_text(verdict.summary)}.\n"
        blocks.append(_table(verdict_table(verdict)) if verdict.checks else proof)
    return "\n".join(blocks)


def _formulas(sections: Sections) -> list[str]:
    blocks = []
    for title, lines in sections:
        rows = []
        for line in lines:
            left, _, right = printable(line.text).partition(" = ")
            named = f" && \\text{{{_text(line.name)}}}" if line.name else ""
            rows.append(f"  {left} &= {right}{named}")
        blocks += [f"\\paragraph{{{_text(title)}}}", r"\begin{align*}"]
        blocks += [" \\\\\n".join(rows), r"\end{align*}", ""]
    return blocks


def escape(text: str) -> str:
    r"""The text with every character that LaTeX reads as a command made harmless.

    >>> print(escape("weight_hh_l0: 100%"))
    weight\_hh\_l0: 100\%
    """
    return text.translate(_ESCAPES).replace("--no", "-{}-no")


def _text(cell: Cell) -> str:
    """Words or a value, as LaTeX writes them."""
    return escape(shown(cell))


def _table(table: Table) -> str:
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{_text(table.title)}}}",
        rf"\begin{{tabular}}{{{''.join('r' if number else 'l' for number in table.numeric)}}}",
        r"\toprule",
        _row([_text(head) for head in table.columns]),
        r"\midrule",
    ]
    for index, row in enumerate(table.rows):
        cells = [_text(cell) for cell in row]
        strong = index in table.strong
        lines.append(_row([rf"\textbf{{{c}}}" if strong and c else c for c in cells]))
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.note:
        lines.append(rf"\par\smallskip {_text(table.note)}")
    return "\n".join([*lines, r"\end{table}", ""])


def _row(cells: list[str]) -> str:
    # after the end of a row, LaTeX reads [ as a length, and * as a command
    first = "{}" if cells[0].lstrip().startswith(("[", "*")) else ""
    return first + " & ".join(cells) + r" \\"
