"""The app, driven with keys and the mouse: what it shows is what the command line says."""

import json
import os
import re
import sys
from shlex import split

import pytest
from app import SAID, SIZES, Agreeing, opened, run, see, seen, type_in
from command import lstmcalc
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import networks
from textual import events
from textual.widgets import DataTable, Input

from lstmcalc import calculate
from lstmcalc.cells import find_cell
from lstmcalc.cli.parse import given as said_of
from lstmcalc.cli.parse import parser, words
from lstmcalc.commands.known import GRADIENTS, MAIN, TUI
from lstmcalc.commands.request import read_request
from lstmcalc.commands.wording import command_line
from lstmcalc.errors import LstmcalcError
from lstmcalc.render.pages.breakdown import rows
from lstmcalc.tui import run as start
from lstmcalc.tui.app import VIEWS
from lstmcalc.tui.fields import Choice, Field
from lstmcalc.tui.form import Form, Line
from lstmcalc.tui.heat import colours
from lstmcalc.tui.heatmaps import Heatmaps
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tui.prover import Prover
from lstmcalc.tui.screens import ExportScreen
from lstmcalc.tui.summary import short, summary
from lstmcalc.tui.views.cell import Picture
from lstmcalc.tui.views.view import read
from lstmcalc.verdict import Verdict

KEYS = [(view.key, view.title) for view in VIEWS]


def shown_command(app):
    return app.query_one(Line).words


# the words


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_command_under_the_fields_says_the_same(preset):
    said = dict(preset.said)
    argv = split(command_line(MAIN, said))[1:]
    again = said_of(parser(MAIN).parse_args(words(argv, MAIN)), MAIN)
    assert again == said
    assert read_request(again, MAIN) == read_request(said, MAIN)


def test_the_presets_are_the_published_networks():
    totals = {preset.name: read(preset.said).report.parameters for preset in PRESETS}
    assert totals["tutorial"] == 82_186
    assert totals["char-rnn"] == 240_321  # as char-rnn prints it for tinyshakespeare
    assert totals["AWD-LSTM"] > 33_000_000
    # two layers of 4·(4096·(512 + 512) + 4096) + 4096·512, as AllenNLP stores them
    assert totals["ELMo"] == 2 * (4 * (4096 * 1024 + 4096) + 4096 * 512)


# the numbers


@settings(max_examples=100, deadline=None)
@given(network=networks(cells=("rnn", "gru", "lstm", "lstm_peephole", "gru_reset_before")))
def test_every_row_adds_up(network):
    report = calculate(network)
    found = list(rows(report))
    for row in found:
        if row.name != "total":
            assert row.sum.total == row.parameters, row
            for sum_ in (row.sum.numbers, row.sum.products):
                assert eval(sum_.replace("·", "*").replace(",", "")) == row.parameters  # noqa: S307
    assert found[-1].parameters == report.parameters
    assert sum(row.parameters for row in found[:-1] if row.strong) == report.parameters


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_app_shows_the_numbers_of_the_command_line(preset, tmp_path):
    argv = split(command_line(MAIN, preset.said))[1:]
    done = lstmcalc(*argv, "--format", "json", "--no-verify", folder=tmp_path)
    data = json.loads(done.stdout)

    async def test():
        async with opened(preset.said, (120, 40)) as (app, pilot):
            screen = seen(app)
            assert f"{data['parameters']['total']:,} parameters" in screen.splitlines()[0]
            for layer in data["layers"]:
                for gate in layer["gates"]:
                    assert "×".join(map(str, gate["input_shape"])) in screen
                    assert f"{gate['by_bias'][data['network']['layers'][0]['bias']]:,}" in screen
            await pilot.press("o")
            screen = await see(app, pilot, "Work")
            assert f"{data['work']['run']['macs']:,}" in screen

    run(test)


def test_a_thousand_layers_are_cut_and_told():
    sizes = ",".join(map(str, range(100, 300)))

    async def test():
        async with opened({"hidden-size": sizes, "input-size": "28"}) as (app, pilot):
            table = app.query_one(DataTable)
            assert table.row_count < 400
            await pilot.press("s", "ctrl+end", "up")
            await pilot.pause()
            assert "more rows: the command line prints them all" in seen(app)

    run(test)


def test_numbers_in_short():
    assert [short(n) for n in (999, 999_499, 999_500, 10**18, 10**27)] == [
        "999 ", "999 k", "1 M", "1 E", "1e+03 Y",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_summary_always_has_the_proof(preset, width):
    for stale in (False, True):
        line = summary(read(preset.said), Verdict(reason="x"), stale, width).plain
        assert line.endswith("torch ○ not verified")
        assert len(line) <= max(width, len(" · torch ○ not verified"))
        if width >= 80:
            assert "parameters" in line


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_can_be_asked_for_on_every_tab(preset):
    async def test():
        async with opened(preset.said) as (app, pilot):
            for key, _ in KEYS:
                await pilot.press(key)
                await pilot.pause()
                for say in (app.view.asks, app.view.says):
                    request = read_request(app.view.command.fitting(say(read(preset.said))),
                                           app.view.command)  # fmt: skip
                    if app.view.command is GRADIENTS:
                        cells = [find_cell(cell) for cell in request.run["cells"]]
                        projected = "proj" in preset.said
                        assert all(cell.graph("double").projects for cell in cells) or not projected

    run(test)


# keys and the mouse


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("no_color", [False, True])
def test_every_tab_opens_by_its_key_and_by_the_mouse(size, no_color, monkeypatch):
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")

    async def test():
        async with opened(size=size) as (app, pilot):
            for key, title in KEYS:
                await pilot.press(key)
                await pilot.pause()
                assert app.view.title == title
                assert "82,186 parameters" in seen(app)
            for _, title in KEYS:
                await pilot.click(f"#--content-tab-{title.lower()}-tab")
                await pilot.pause()
                assert app.view.title == title

    run(test)


def test_a_size_is_typed_and_turned():
    async def test():
        async with opened() as (app, pilot):
            await type_in(pilot, "hidden-size", "256")
            assert "LSTM 28→256→10" in seen(app)
            assert shown_command(app) == "lstmcalc 256 28 --classes 10"
            for key, size in (("up", 257), ("down", 256), ("pageup", 512), ("pagedown", 256)):
                await pilot.press(key)
                await pilot.pause()
                assert f"LSTM 28→{size}→10" in seen(app)
            await type_in(pilot, "hidden-size", "1150,400")
            assert "LSTM 28→1150→400→10" in seen(app)
            await pilot.press("s")  # a letter that no size has is a key of the app
            assert app.query_one("#hidden-size SizeInput").value == "1150,400"

    run(test)


def test_choices_turn_with_keys_and_clicks():
    async def test():
        async with opened() as (app, pilot):
            cell = app.query_one("#cell Choice", Choice)
            cell.focus()
            await pilot.press("left")
            assert cell.value == "gru_reset_before"
            await pilot.press("left")
            await pilot.pause()
            assert "GRU 28→128→10" in seen(app)
            assert shown_command(app) == "lstmcalc 128 28 --cell gru --classes 10"
            await pilot.click("#bidirectional Choice", offset=(20, 0))
            await pilot.pause()
            assert "--bidirectional" in shown_command(app)
            await pilot.click("#bidirectional Choice", offset=(14, 0))
            await pilot.pause()
            assert "--bidirectional" not in shown_command(app)

    run(test)


def test_a_mistake_is_told_on_its_row_and_what_is_shown_is_marked_as_old():
    async def test():
        async with opened() as (app, pilot):
            await type_in(pilot, "hidden-size", "0")
            screen = seen(app)
            assert "! before the mistake: LSTM 28→128→10 · 82,186" in screen
            assert "✗ hidden size 0" in screen
            assert app.query_one("#hidden-size", Field).has_class("wrong")
            await type_in(pilot, "hidden-size", "64")
            assert "LSTM 28→64→10" in seen(app)
            assert "✗" not in seen(app)
            await type_in(pilot, "hidden-size", "")
            assert app.query_one("#hidden-size", Field).has_class("wrong")

    run(test)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["hidden-size", "input-size", "layers", "proj", "vocab"]),
                          st.text("0123456789.,kKMeE", max_size=6)), max_size=6))  # fmt: skip
def test_nothing_that_is_typed_breaks_the_app(changes):
    async def test():
        async with opened() as (app, pilot):
            form = app.query_one(Form)
            for name, text in changes:
                app.query_one(f"#{name} SizeInput").value = text
                await pilot.pause()
                try:
                    shown = read(form.said)
                    width = app.size.width - 2
                    line = summary(shown, None, stale=False, width=width).plain
                    assert seen(app).splitlines()[0].strip() == line.strip()
                    assert not app.has_class("stale")
                except LstmcalcError:
                    assert app.has_class("stale")
                    assert any(field.has_class("wrong") for field in form.fields)

    run(test)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_from_the_palette(preset):
    async def test():
        async with opened(size=(120, 40)) as (app, pilot):
            await pilot.press("ctrl+p", *"preset", "space", *preset.name.lower())
            await pilot.pause(0.5)
            await pilot.press("enter")
            await pilot.pause(0.2)
            assert shown_command(app) == command_line(MAIN, preset.said)

    run(test)


def test_the_form_hides_and_comes_back_and_the_screen_may_shrink():
    async def test():
        async with opened() as (app, pilot):
            await pilot.press("b")
            assert not app.query_one(Form).display
            await pilot.press("b")
            assert app.query_one(Form).display
            for size in ((200, 60), (20, 5)):
                await pilot.resize_terminal(*size)
                for key, _ in KEYS:
                    await pilot.press(key)
            await pilot.resize_terminal(80, 24)
            await pilot.pause()
            assert "82,186 parameters" in seen(app)

    run(test)


def test_help_is_about_what_is_focused():
    async def test():
        async with opened(size=(100, 50)) as (app, pilot):
            app.query_one("#vocab SizeInput").focus()
            await pilot.press("question_mark")
            screen = await see(app, pilot, "an embedding of N words")
            assert "Shapes tab" in screen
            assert "write this view to a file" in screen
            await pilot.press("escape")
            await pilot.press("q")
        assert not app.is_running

    run(test)


def test_the_command_is_copied():
    async def test():
        async with opened() as (app, pilot):
            await pilot.press("o")
            await pilot.pause()
            await pilot.click(Line)
            await pilot.pause()
            assert app.clipboard == "lstmcalc 128 28 --classes 10 --backward"

    run(test)


def test_what_was_passed_on_the_way_to_a_mistake_is_not_kept(monkeypatch):
    monkeypatch.setattr("lstmcalc.tui.live.PAUSE", 60.0)  # however slow the keys are

    async def test():
        async with opened() as (app, pilot):
            await type_in(pilot, "hidden-size", "1,024")  # 1 and 1,0 are networks
            assert "before the mistake: LSTM 28→128→10" in seen(app)
            assert shown_command(app) == "lstmcalc 128 28 --classes 10"
            await type_in(pilot, "hidden-size", "-5")
            assert "✗ hidden size -5" in seen(app)

    run(test)


def test_others_words_for_a_choice_can_be_turned():
    async def test():
        said = {**SAID, "dtype": "fp16", "bias": "1"}
        async with opened(said) as (app, pilot):
            assert app.query_one("#dtype Choice", Choice).value == "float16"
            assert app.query_one("#bias Choice", Choice).value == "single"
            app.query_one("#bias Choice").focus()
            await pilot.press("right", "left")

    run(test)


@pytest.mark.parametrize(("name", "told"), [
    ("", "it has no name"), (".", "it is a folder"), ("no/such/x.json", "there is no such folder"),
    ("~nosuchuser/x.json", "home"), ("a\0b", "null byte"), ("x" * 300, "name too long"),
])  # fmt: skip
def test_a_place_that_cannot_be_written_is_told(name, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        async with opened(size=(100, 30)) as (app, pilot):
            await pilot.press("x")
            await pilot.pause()
            app.screen.query_one(Input).value = name
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(app.screen, ExportScreen)
            assert told in " ".join(str(app.screen.query_one(".error").content).lower().split())

    run(test)


def test_a_second_enter_in_a_dialog_that_is_closed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def test():
        async with opened(prover=Agreeing) as (app, pilot):
            await pilot.press("x")
            await pilot.pause()
            assert isinstance(app.screen, ExportScreen)
            for _ in range(3):  # as a key that is held does
                app.post_message(events.Key("enter", "\r"))
            await see(app, pilot, "written to")

    run(test)


def test_the_format_and_the_ending_follow_each_other():
    async def test():
        async with opened(size=(100, 30)) as (app, pilot):
            await pilot.press("x")
            await pilot.pause()
            name, choice = app.screen.query_one(Input), app.screen.query(Choice).first()
            name.value = "some/where.tex"
            await pilot.pause()
            assert choice.value == "latex"
            assert "--format latex" in seen(app)
            choice.focus()
            await pilot.press("right")
            await pilot.pause()
            assert (choice.value, name.value) == ("svg", "some/where.svg")
            assert "--format svg" in seen(app)

    run(test)


def test_two_exports_of_one_view_with_any_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["one[bold].json", "[@click=app.quit()]two.json"]

    async def test():
        async with opened(size=(100, 30), prover=Agreeing) as (app, pilot):
            for name in names:
                await pilot.press("x")
                await pilot.pause()
                app.screen.query_one(Input).value = name
                await pilot.press("enter")
            await see(app, pilot, names[1])

    run(test)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_the_mouse_turns_what_keys_turn():
    async def test():
        said = {"hidden-size": "40", "input-size": "3", "layers": "2"}
        async with opened(said, (100, 30), Agreeing) as (app, pilot):
            await pilot.press("f")
            await see(app, pilot, "layer 0")
            await pilot.click(Heatmaps, offset=(30, 0))
            await see(app, pilot, "layer 1")
            await pilot.click(Heatmaps, offset=(1, 4))
            await see(app, pilot, "units 4–7")
            await pilot.click(Heatmaps, offset=(30, 4))
            assert app.query_one(Heatmaps).t > 1
            await pilot.press("c")
            await see(app, pilot, "layer 0 of 2")
            await pilot.click("Cell Title")
            await see(app, pilot, "layer 1 of 2")
            part = app.query_one(Picture).chosen
            await pilot.click(Picture, offset=(11, 0))
            assert app.query_one(Picture).chosen != part

    run(test)


def test_frameworks_are_written_out_one_by_one():
    async def test():
        async with opened(size=(100, 30)) as (app, pilot):
            await pilot.press("w")
            await pilot.pause()
            assert shown_command(app) == "lstmcalc reconcile 128 28 --classes 10"
            assert "torch.nn.LSTM, run" in seen(app)
            await pilot.press("down")
            await pilot.pause()
            screen = seen(app)
            assert "−512: one bias, not two" in screen
            assert "lstm/lstm_cell/recurrent_kernel 128×512" in screen
            await type_in(pilot, "hidden-size", "64")
            assert "lstm/lstm_cell/recurrent_kernel 64×256" in seen(app)  # the cursor stays

    run(test)


def test_a_network_that_no_framework_has_says_so():
    async def test():
        said = {"hidden-size": "128", "input-size": "28", "cell": "lstm_coupled", "proj": "64"}
        async with opened(said) as (app, pilot):
            await pilot.press("w")
            await pilot.pause()
            assert "no framework known here has it" in " ".join(seen(app).split())

    run(test)


def test_many_layers_are_laid_out_by_the_child():
    async def test():
        said = {**SAID, "layers": "31"}
        async with opened(said, size=(100, 30), prover=Agreeing) as (app, pilot):
            await pilot.press("w")
            assert "Keras" in await see(app, pilot, "4,045,066")

    run(test)


def test_dark_and_light():
    async def test():
        async with opened() as (app, pilot):
            await pilot.press("d")
            assert not app.current_theme.dark
            await pilot.press("d")
            assert app.current_theme.dark

    run(test)


def test_shades_grow_lighter_all_the_way():
    """So that they tell low from high in grey, as without colours."""
    weights = (0.2126, 0.7152, 0.0722)
    parts = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours()]
    luminance = [sum(w * p for w, p in zip(weights, rgb, strict=True)) for rgb in parts]
    assert luminance == sorted(luminance)
    assert luminance[-1] - luminance[0] > 100


# with torch in its own process


def proves(test):
    pytest.importorskip("torch")
    run(test)


def test_every_view_is_proved_by_torch():
    async def test():
        async with opened(prover=Prover, size=(120, 40)) as (app, pilot):
            await see(app, pilot, "torch ✓ verified")
            await pilot.press("v")
            screen = await see(app, pilot, "verified against torch")
            assert "gradients" in screen
            await pilot.press("f")
            await see(app, pilot, "5 of 5 checks passed")
            maps = app.query_one(Heatmaps)
            assert (maps.t, shown_command(app).split()[-2:]) == (1, ["--at", "1"])
            await pilot.press("right", "full_stop", "left")
            await pilot.pause()
            assert (maps.t, shown_command(app).split()[-1]) == (2, "2")
            await pilot.press("end")
            assert maps.t == 10
            await pilot.press("space")
            await see(app, pilot, "playing")
            await pilot.press("space", "g")
            await see(app, pilot, "halves in")
            await pilot.press("right")
            await see(app, pilot, "LSTM, forget bias 1.5")
            await see(app, pilot, "4 of 4 checks passed")
            await pilot.press("left")  # what is known already is shown at once
            screen = await see(app, pilot, "LSTM, forget bias 1 ")
            assert "forget bias 1.5" not in screen
            assert "4 of 4 checks passed" in screen
            await pilot.press("right")
            await see(app, pilot, "LSTM, forget bias 1.5")
            assert "--forget-bias 0,1.5" in shown_command(app)

    proves(test)


@pytest.mark.parametrize(("key", "form"), [("s", "json"), ("f", "csv"), ("g", "markdown"),
                                           ("o", "latex"), ("v", "svg")])  # fmt: skip
def test_an_exported_view_is_what_the_command_prints(key, form, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    commands = []

    async def test():
        async with opened({"hidden-size": "4", "input-size": "3"}, prover=Prover) as (app, pilot):
            await pilot.press(key)
            await pilot.pause()
            commands.append(shown_command(app))
            await pilot.press("x")
            await pilot.pause()
            screen = app.screen
            while screen.query(Choice).first().value != form:
                screen.query(Choice).first().focus()
                await pilot.press("right")
                await pilot.pause()
            await pilot.press("ctrl+s")
            await see(app, pilot, "written to")

    run(test)
    (path,) = tmp_path.iterdir()
    argv = [*split(commands[0])[1:], "--format", form]
    printed = lstmcalc(*argv, folder=tmp_path).stdout

    def timeless(text):
        return re.sub(r"\(\d+\.\d\d(?: |&#160;)s\)|\"seconds\": [\d.]+|terminal-\d+", "", text)

    assert timeless(path.read_text("utf-8")) == timeless(printed)


def test_an_export_keeps_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lstmcalc-shapes.json").write_text("precious")

    async def test():
        async with opened() as (app, pilot):
            await pilot.press("x")
            await pilot.pause()
            await pilot.press("enter")
            await see(app, pilot, "✗ lstmcalc-shapes.json: there is such a file")
            await pilot.press("escape")

    run(test)
    assert (tmp_path / "lstmcalc-shapes.json").read_text() == "precious"


needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="it opens a Unix terminal")


def test_without_torch_the_app_says_so(monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")

    async def test():
        async with opened(prover=Prover, size=(120, 40)) as (app, pilot):
            await see(app, pilot, "torch ○ not verified")
            await pilot.press("v")
            await see(app, pilot, "torch is not installed")
            await pilot.press("f")  # the forward pass is ours, and needs no torch
            await see(app, pilot, "h(t)")

    run(test)


def test_the_app_itself_imports_no_torch(tmp_path):
    code = (
        "import sys; import lstmcalc.tui.app\n"
        "print([m for m in ('torch', 'numpy', 'sympy') if m in sys.modules])"
    )
    assert lstmcalc(folder=tmp_path, code=code).stdout.strip() == "[]"


# from the command line


@needs_unix
@pytest.mark.parametrize(("argv", "total"), [([], b"82,186"), (["tui", "64", "32"], b"25,088")])
def test_in_a_terminal_it_opens_and_is_left_with_q(argv, total):
    from benchmarks.terminal import Terminal

    app = Terminal([sys.executable, "-m", "lstmcalc", *argv])
    found = app.until(re.compile(rb"([\d,]+) parameters"))[1]
    app.drain(0.5)
    assert (found, app.close(b"q")) == (total, 0)


def test_the_app_needs_a_terminal(tmp_path):
    done = lstmcalc("tui", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "add --serve for a browser" in done.stderr


@pytest.mark.parametrize(("argv", "told"), [
    (["0", "28"], "a size is at least 1"),
    (["128"], "input size: missing"),
    (["128", "28", "--port", "80"], "add --serve"),
    (["128", "28", "--serve", "--port", "99999"], "ports go up to 65535"),
])  # fmt: skip
def test_a_mistake_is_told_before_the_screen_is_taken(argv, told):
    said = said_of(parser(TUI).parse_args(words(argv, TUI)), TUI)
    with pytest.raises(LstmcalcError, match=told):
        start(said)


def test_said_is_what_the_fields_hold():
    async def test():
        async with opened() as (app, _):
            assert app.query_one(Form).said == SAID

    run(test)
