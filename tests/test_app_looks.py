"""What the app looks like: its screens as text, and a few as pictures.

After a wanted change: LSTMCALC_GOLDEN=write pytest tests/test_app_looks.py, then read the diff.
"""

import os
from pathlib import Path

import pytest
from app import SAID, SIZES, Agreeing, opened, run, see, seen

GOLDEN = Path(__file__).parent / "golden" / "app"
KEYS = {
    "shapes": ("s", "down", "down"), "cell": ("c", "right"), "cost": ("o",),
    "forward": ("f", "right", "right"), "gradient": ("g",), "verify": ("v",),
    "help": ("question_mark",), "export": ("x",), "mistake": ("0", "0", "0", "backspace", "up"),
}  # fmt: skip
READY = {"forward": "verified against", "gradient": "halves in", "verify": "greatest"}
PICTURES = ("shapes", "cell", "forward")
STACK = {"cell": "gru", "hidden-size": "1k,256", "input-size": "300", "bidirectional": True,
         "vocab": "30k", "classes": "5"}  # fmt: skip


def compare(name, text):
    path = GOLDEN / name
    if os.environ.get("LSTMCALC_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", KEYS)
def test_a_screen_looks_as_it_did(name, size):
    async def test():
        async with opened(SAID, size, Agreeing) as (app, pilot):
            await see(app, pilot, "torch ✓")
            await pilot.press(*KEYS[name])
            await see(app, pilot, READY.get(name, ""))
            await pilot.pause(0.4)
            compare(f"{name}-{size[0]}x{size[1]}.txt", seen(app) + "\n")
            if name in PICTURES and size == SIZES[0]:
                compare(f"{name}.svg", app.export_screenshot())

    run(test)


@pytest.mark.parametrize("name", ["forward", "shapes"])
def test_without_colours_the_characters_tell_the_levels(name, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def test():
        async with opened(STACK, (100, 30), Agreeing) as (app, pilot):
            await see(app, pilot, "torch ✓")
            await pilot.press(KEYS[name][0])
            await see(app, pilot, READY.get(name, ""))
            await pilot.pause(0.4)
            compare(f"{name}-without-colours.txt", seen(app) + "\n")

    run(test)
