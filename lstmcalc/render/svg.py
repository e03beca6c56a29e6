"""SVG: what the terminal shows, as a picture."""

from __future__ import annotations

import io
import re

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from lstmcalc.printable import printable
from lstmcalc.render import terminal
from lstmcalc.render.page import Page

WIDTH = 96


def render(page: Page, command: str = "", width: int = WIDTH) -> str:
    """The page as the terminal shows it, after the command that asks for it, if it is given."""
    console = Console(record=True, width=width, file=io.StringIO(), highlight=False)
    if command:
        console.print(Text(f"$ {printable(command)}", "green"))
    terminal.print_page(page, console)
    for verdict in page.verdicts:
        terminal.print_verdict(verdict, console)
    # without web fonts, so that the picture needs nothing from elsewhere
    form = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title="lstmcalc", code_format=form)
