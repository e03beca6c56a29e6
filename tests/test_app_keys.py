"""Keys act in the order they come, however fast; what follows them is done once a frame."""

import sys
import time
from random import Random

import pytest
from app import SAID, SIZES, Agreeing, chunk, opened, run, see, seen, type_in

from lstmcalc.tui.app import VIEWS
from lstmcalc.tui.fields import Choice
from lstmcalc.tui.form import Form, Line
from lstmcalc.tui.inputs import SizeInput
from lstmcalc.tui.screens import ExportScreen
from lstmcalc.tui.views.cell import Picture

BACK, UP, DOWN, LEFT, RIGHT, END = "\x7f", "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C", "\x1b[F"
HOME, DELETE, PAGE_UP, PAGE_DOWN = "\x1b[H", "\x1b[3~", "\x1b[5~", "\x1b[6~"
ESCAPE = "\x1b[27u"
START = {**SAID, "hidden-size": "300"}
needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="it opens a Unix terminal")


def first_line(app):
    return seen(app).splitlines()[0]


# in order


PIECES = {
    END + 3 * BACK + "99": "99", "\x1555": "55", "\x01128": "128300", "\x01\x0b128": "128",
    END + LEFT + BACK + "9": "390", END + "\x17" + "99": "99", HOME + DELETE + "4": "400",
    HOME + 2 * DELETE + UP: "1", END + PAGE_UP + BACK + "9": "609", END + "\x017": "7300",
    HOME + RIGHT + "\x0b" + DOWN: "2", PAGE_DOWN + END + "9": "1509", END + "k" + UP: "300001",
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_keys_of_one_piece_are_applied_in_order(view):
    async def test():
        async with opened(START) as (app, pilot):
            for keys, value in PIECES.items():
                app.query_one(Form).say(START)
                await chunk(app, view.key + ESCAPE + keys)  # to the tab, and back to the form
                await pilot.pause()
                assert app.view.title == view.title
                assert app.query_one("#hidden-size SizeInput").value == value, repr(keys)
                assert f"LSTM 28→{value}→10" in first_line(app)

    run(test)


EDITS = {
    HOME: lambda text, at: (text, 0),
    END: lambda text, at: (text, len(text)),
    LEFT: lambda text, at: (text, max(at - 1, 0)),
    RIGHT: lambda text, at: (text, min(at + 1, len(text))),
    BACK: lambda text, at: (text[: max(at - 1, 0)] + text[at:], max(at - 1, 0)),
    DELETE: lambda text, at: (text[:at] + text[at + 1 :], at),
    "\x15": lambda text, at: (text[at:], 0),
    "\x0b": lambda text, at: (text[:at], at),
    **{
        digit: lambda text, at, digit=digit: (text[:at] + digit + text[at:], at + 1)
        for digit in "123"
    },
}


def test_a_field_is_edited_as_a_line_of_text_is():
    lists = Random(0)  # noqa: S311 - the same lists in every run

    async def test():
        async with opened(START, frame=60.0) as (app, _):
            field = app.query_one("#hidden-size SizeInput")
            for _ in range(200):
                keys = lists.choices(sorted(EDITS), k=lists.randint(0, 30))
                field.value, text, at = "300", "300", 3
                for key in keys:
                    text, at = EDITS[key](text, at)
                await chunk(app, END + "".join(keys))
                assert (field.value, field.cursor_position) == (text, at), keys

    run(test)


def test_tabs_focus_and_choices_change_in_order():
    async def test():
        async with opened() as (app, pilot):
            for keys, title in (("cs", "Shapes"), ("scof", "Forward"), ("fgwvc", "Cell")):
                await chunk(app, keys)
                await pilot.pause()
                assert app.view.title == title
            await chunk(app, f"c{ESCAPE}\t64\t2")  # the next fields, each typed anew
            await pilot.pause()
            assert app.query_one(Line).words == "lstmcalc 128 64 --layers 2 --classes 10 --formula"
            app.screen.set_focus(app.query_one("#cell Choice"))
            await chunk(app, LEFT + LEFT + "\t32")
            await pilot.pause()
            assert app.query_one("#cell Choice", Choice).value == "gru"
            assert "GRU 64→32→32→10" in first_line(app)
            await chunk(app, "c" + RIGHT + RIGHT + "s")
            part = app.query_one(Picture).chosen
            await pilot.pause()
            await pilot.press("c", "left", "left")
            assert app.query_one(Picture).chosen != part

    run(test)


def test_the_tabs_own_keys_are_in_order_with_the_letters():
    async def test():
        async with opened() as (app, pilot):
            app.screen.set_focus(app.query_one("ContentTabs"))
            await chunk(app, RIGHT + RIGHT)
            await pilot.pause()
            assert app.view.title == "Cost"
            await chunk(app, RIGHT + "s")
            await pilot.pause()
            assert app.view.title == "Shapes"

    run(test)


def test_the_export_dialog_in_one_piece(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        async with opened(prover=Agreeing) as (app, pilot):
            await chunk(app, "x\x15some name.csv\rc")
            await see(app, pilot, "written to")
            assert app.view.title == "Cell"
            await chunk(app, "x\x1b[Z\x1b[Z" + LEFT + LEFT)  # back to the format, and turn it
            await pilot.pause()
            assert isinstance(app.screen, ExportScreen)
            await chunk(app, "\r")
            await see(app, pilot, "lstmcalc-cell.tex")

    run(test)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["lstmcalc-cell.tex", "some name.csv"]


def test_what_is_copied_or_exported_is_the_newest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        async with opened(prover=Agreeing, frame=60.0) as (app, pilot):
            await pilot.pause()
            await chunk(app, UP + UP + "y")
            assert app.clipboard == "lstmcalc 130 28 --classes 10"
            await chunk(app, UP + "oy")
            assert app.clipboard == "lstmcalc 131 28 --classes 10 --backward"
            await chunk(app, UP + "x")
            await pilot.pause()
            assert "lstmcalc 131 28 --classes 10 --backward" in " ".join(seen(app).split())

    run(test)


# once a frame


@pytest.fixture
def counted(monkeypatch):
    """How often a network is computed."""
    calls = []
    read = sys.modules["lstmcalc.tui.live"].read
    monkeypatch.setattr("lstmcalc.tui.live.read", lambda said: calls.append(said) or read(said))
    return calls


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_two_hundred_keys_are_few_computations(view, counted, monkeypatch):
    shown = []
    show = view.show
    monkeypatch.setattr(view, "show", lambda self, what: shown.append(what) or show(self, what))

    async def test():
        async with opened(frame=60.0) as (app, pilot):
            await pilot.press(view.key, "escape")
            await pilot.pause()
            counted.clear()
            shown.clear()
            await chunk(app, 200 * UP)
            await pilot.pause()
            assert app.query_one("#hidden-size SizeInput").value == "328"
            assert len(counted) <= 1
            await chunk(app, view.key)  # what is due is done before a key of the app
            await pilot.pause()
            assert (len(counted), len(shown)) == (1, 1)
            assert "28→328→10" in app.query_one("Summary").content.plain or app._due

    run(test)


def test_a_frame_shows_what_is_newest_when_its_time_has_come(counted):
    async def test():
        async with opened(frame=0.3) as (app, pilot):
            await pilot.pause(0.4)
            counted.clear()
            began = time.monotonic()
            for _ in range(20):
                await chunk(app, UP)
                await pilot.pause()
            took = time.monotonic() - began
            await see(app, pilot, "28→148→10")
            assert len(counted) <= 2 + took / 0.3

    run(test)


# what letters do in a field


LETTERS = [
    ("proj", "none", "none"), ("vocab", "None", "None"), ("hidden-size", "kk", "128"),
    ("hidden-size", "1.5k", "1.5k"), ("hidden-size", "2M", "2M"), ("hidden-size", "1e6", "1e6"),
    ("classes", "none", "none"), ("layers", "n", ""), ("hidden-size", "128,64", "128,64"),
    ("hidden-size", "-5", "-5"), ("hidden-size", "1_000", "1_000"),
]  # fmt: skip


def test_letters_in_a_field():
    async def test():
        async with opened() as (app, pilot):
            for name, keys, value in LETTERS:
                app.query_one(Form).say(SAID)
                field = app.query_one(f"#{name} SizeInput", SizeInput)
                app.screen.set_focus(None)
                app.screen.set_focus(field)
                await chunk(app, keys)
                await pilot.pause()
                assert field.value == value
                assert app.view.title == "Shapes"
                assert app.is_running

    run(test)


def test_none_is_what_it_says():
    async def test():
        said = {**SAID, "proj": "64", "vocab": "1k"}
        async with opened(said) as (app, pilot):
            for field in ("proj", "classes", "vocab"):
                await type_in(pilot, field, "none")
            assert app.query_one(Line).words == "lstmcalc 128 28"
            assert not app.has_class("stale")
            await type_in(pilot, "proj", "no")
            assert app.has_class("stale")
            await pilot.press("o")  # there is no word that goes on so
            assert app.view.title == "Cost"

    run(test)


def test_q_in_a_field_of_a_changed_network_asks():
    async def test():
        async with opened() as (app, pilot):
            await pilot.press("up", "q")
            await see(app, pilot, "q again leaves")
            assert app.is_running
            await pilot.press("up", "q")
            assert app.is_running
            await pilot.press("q")
            await pilot.pause()
        assert not app.is_running

    run(test)


@pytest.mark.parametrize("keys", ["q", "up down q", "up c q"])
def test_q_leaves_where_nothing_is_lost_or_no_field_is_typed_in(keys):
    async def test():
        async with opened() as (app, pilot):
            await pilot.press(*keys.split())
            await pilot.pause()
        assert not app.is_running

    run(test)


@pytest.mark.parametrize(("text", "words"), [
    ("lstmcalc 256 64 --classes 3", "lstmcalc 256 64 --classes 3"),
    ("$ lstmcalc gru 256 64 --layers 2\n", "lstmcalc 256 64 --cell gru --layers 2"),
    ("lstmcalc step 256 64 \\\n  --bidirectional", "lstmcalc 256 64 --bidirectional"),
    ("lstmcalc tui 1150,1150,400 400 --vocab 33k", "lstmcalc 1150,1150,400 400 --vocab 33k"),
])  # fmt: skip
def test_a_pasted_command_is_the_network(text, words):
    async def test():
        async with opened() as (app, pilot):
            await chunk(app, f"\t\t\x1b[200~{text}\x1b[201~y")
            assert app.clipboard == words
            await pilot.pause()
            assert app.query_one(Line).words == words

    run(test)


@pytest.mark.parametrize(("text", "told"), [
    ("lstmcalc 256 64 --format json", "without format"), ("lstmcalc 0 64 'x", "No closing"),
    ("lstmcalc explain 80896", "no network"), ("lstmcalc 256 64 --lyers 2", "'lyers'"),
])  # fmt: skip
def test_what_is_not_taken_of_a_pasted_command_is_told(text, told):
    async def test():
        async with opened() as (app, pilot):
            await chunk(app, f"\x1b[200~{text}\x1b[201~")
            await see(app, pilot, told)
            assert app.query_one(Form).said["hidden-size"] == ("256" if "json" in text else "128")

    run(test)


def test_other_text_is_pasted_into_the_field():
    async def test():
        async with opened() as (app, pilot):
            await chunk(app, "\x1b[200~64\x1b[201~0")
            await pilot.pause()
            assert "28→640→10" in first_line(app)

    run(test)


# a mistake


MISTAKES = [
    ({"vocab": "50", "tie-weights": True, "classes": None}, {"cell": "gru"}, "tie-weights"),
    ({"vocab": "50", "tie-weights": True, "classes": None}, {"vocab": "60"}, "tie-weights"),
    ({"unbatched": True, "batch": "4"}, {"hidden-size": "64"}, "unbatched"),
    ({"proj": "128"}, {"cell": "lstm_coupled"}, "proj"),
    ({"proj": "64", "cell": "gru"}, {"vocab": "9"}, "proj"),
    ({"hidden-size": "8,9", "layers": "2"}, {"bias": "none"}, "layers"),
    ({"head": "every", "classes": None}, {"layers": "3"}, "head"),
    ({"batch": "0"}, {"layers": "3"}, "batch"),
]  # fmt: skip


def test_a_mistake_is_told_on_the_row_it_is_about():
    async def test():
        async with opened() as (app, pilot):
            form = app.query_one(Form)
            for said, turned, blamed in MISTAKES:
                wrong = {name: value for name, value in {**SAID, **said}.items() if value}
                for now in (wrong, {**wrong, **turned}):
                    form.say(now)
                    await pilot.pause()
                    rows = [field.option.name for field in form.fields if field.has_class("wrong")]
                    assert rows == [blamed], now

    run(test)


@pytest.mark.parametrize("key", ["y", "x"])
def test_before_a_mistake_is_mended_nothing_is_copied_or_exported(key):
    async def test():
        async with opened() as (app, pilot):
            await chunk(app, "0" + key)
            await pilot.pause()
            assert app.clipboard == ""
            assert not isinstance(app.screen, ExportScreen)
            assert "hidden size 0" in await see(
                app, pilot, "not copied" if key == "y" else "not exp"
            )

    run(test)


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_a_mistake_greys_all_that_is_old(view, no_color, monkeypatch):
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")

    def styles(app):
        region = app.query_one("Panes").region
        lines = app.screen._compositor.render_strips()[region.y + 2 : region.bottom]
        cells = [
            (char, str(segment.style))
            for line in lines
            for segment in line.crop(region.x, region.right)
            for char in segment.text
        ]
        return [cell for cell in cells if cell[0].isalnum()]

    async def test():
        async with opened(size=SIZES[1], prover=Agreeing) as (app, pilot):
            await see(app, pilot, "torch ✓")
            await pilot.press(view.key, "escape")
            await see(app, pilot, {"Forward": "h(t)", "Gradient": "halves in"}.get(view.title, ""))
            before = styles(app)
            await pilot.press("0")
            await pilot.pause(0.3)
            after = styles(app)
            assert [text for text, _ in before] == [text for text, _ in after]
            same = [one for one, other in zip(before, after, strict=True) if one == other]
            assert not same

    run(test)


# in a terminal


@needs_unix
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_in_a_terminal_keys_are_in_order_at_any_pace(view):
    from benchmarks.terminal import Terminal

    app = Terminal([sys.executable, "-m", "lstmcalc", "tui", "300", "28", "--classes", "10"])
    try:
        app.see("28→300→10")
        for pause in (0, 0.005, 0.02, 0.05):
            for key in (view.key, ESCAPE, END, *3 * BACK, "9", "9"):
                app.press(key.encode())
                time.sleep(pause)
            app.see("28→99→10")
            for key in ("\x15", "300"):
                app.press(key.encode())
            app.see("28→300→10")
    finally:
        app.close()
