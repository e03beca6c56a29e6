"""Draws the pictures of the terminal in this folder, and writes tutorial.md.

Run it from anywhere after a change of the output: python docs/draw.py
"""

from dataclasses import replace
from pathlib import Path

from lstmcalc import LSTM, calculate, gradient_reach, verify
from lstmcalc.render import svg
from lstmcalc.render.pages import reach, report
from lstmcalc.tutorial import as_markdown

HERE = Path(__file__).parent


def main() -> None:
    """Record what each command prints, and write the pictures and the document."""
    answer = calculate(LSTM(28, 128, num_classes=10))
    gradients = gradient_reach(LSTM(28, 128))
    for name, command, page, subject in (
        ("answer", "lstmcalc 128 28 --classes 10", report.page, answer),
        ("gradients", "lstmcalc gradients 128 28", reach.page, gradients),
    ):
        # the time is this machine's, and would change the picture at every run
        verdict = replace(verify(subject), seconds=0.0)
        picture = svg.render(page(subject, verdict), command, width=80)
        (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")
    (HERE / "tutorial.md").write_text(as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
