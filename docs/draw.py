"""Draws docs/answer.svg: what `lstmcalc 128 28 --classes 10` prints.

Run it from anywhere after a change of the output: python docs/draw.py
"""

import io
import re
from dataclasses import replace
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from lstmcalc import LSTM, calculate, verify
from lstmcalc.render import terminal

COMMAND = "lstmcalc 128 28 --classes 10"


def main() -> None:
    """Record the report and its verdict, and write the picture."""
    console = Console(record=True, width=80, file=io.StringIO(), highlight=False)
    console.print(Text(f"$ {COMMAND}", "green"))
    report = calculate(LSTM(28, 128, num_classes=10))
    terminal.print_report(report, console)
    # the time is this machine's, and would change the picture at every run
    terminal.print_verdict(replace(verify(report), seconds=0.0), console)
    # without web fonts, so that the picture needs nothing from elsewhere
    form = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = console.export_svg(title="lstmcalc", code_format=form)
    Path(__file__).with_name("answer.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
