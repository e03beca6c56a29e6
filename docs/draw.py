"""Draws the pictures of the terminal in this folder, and writes tutorial.md.

Run it from anywhere after a change of the output: python docs/draw.py
"""

import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

from lstmcalc import LSTM, calculate, gradient_reach, verify
from lstmcalc.render import svg
from lstmcalc.render.pages import reach, report
from lstmcalc.tui.app import LstmcalcApp
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tutorial import as_markdown

HERE = Path(__file__).parent


def main() -> None:
    """Record what each command prints, and write the pictures and the document."""
    os.environ["COLORTERM"] = "truecolor"  # pictures have all colours, whatever this terminal has
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
    for name, key in (("app", "c"), ("forward", "f"), ("frameworks", "w")):
        picture = asyncio.run(screen(key))
        (HERE / f"{name}.svg").write_text(picture, encoding="utf-8")
    (HERE / "tutorial.md").write_text(as_markdown(), encoding="utf-8")


async def screen(key: str) -> str:
    """The app on the first preset, with the tab of a key open and proved."""
    app = LstmcalcApp(PRESETS[0].said)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(key)
        while app.prover.busy or app.proved is None:
            await pilot.pause(0.2)
        await pilot.pause(1)
        picture = app.export_screenshot()
    # without web fonts, so that the picture needs nothing from elsewhere
    return re.sub(r"@font-face \{.*?\}\n", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    main()
