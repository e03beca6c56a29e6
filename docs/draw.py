"""Draws docs/answer.svg, what `lstmcalc 128 28 --classes 10` prints, and writes docs/tutorial.md.

Run it from anywhere after a change of the output: python docs/draw.py
"""

from dataclasses import replace
from pathlib import Path

from lstmcalc import LSTM, calculate, verify
from lstmcalc.render import svg
from lstmcalc.render.pages.report import page
from lstmcalc.tutorial import as_markdown

COMMAND = "lstmcalc 128 28 --classes 10"


def main() -> None:
    """Record the report and its verdict, and write the picture."""
    report = calculate(LSTM(28, 128, num_classes=10))
    # the time is this machine's, and would change the picture at every run
    verdict = replace(verify(report), seconds=0.0)
    picture = svg.render(page(report, verdict), COMMAND, width=80)
    Path(__file__).with_name("answer.svg").write_text(picture, encoding="utf-8")
    Path(__file__).with_name("tutorial.md").write_text(as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
