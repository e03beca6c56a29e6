"""Names of any characters in files, arguments, cells and modules, through the commands."""

import csv
import io
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hostile import names, unsafe
from rich.cells import cell_len

import lstmcalc
from lstmcalc import LSTM, build_network, calculate, convert, step_through
from lstmcalc.cells import Cell
from lstmcalc.cli.main import main
from lstmcalc.commands.words import FORMATS
from lstmcalc.errors import EquationError, LstmcalcError
from lstmcalc.files.weights import read_weights
from lstmcalc.render.pages.report import page
from lstmcalc.sizes import check_size

SHAPES = {"weight_ih_l0": (8, 3), "weight_hh_l0": (8, 2), "bias_ih_l0": (8,), "bias_hh_l0": (8,)}
FEW = [name for name in names(120, seed=7) if "\0" not in name]
MARKED = re.compile(r"^ *(?:[✓✗◐○]|ok|x|~|o) (?:verified|partly|failed|not)", re.MULTILINE)


def encodable(name):
    """Whether a file may hold the name, or have it."""
    try:
        return bool(os.fsencode(name)) and "/" not in name and "\0" not in name
    except UnicodeEncodeError:
        return False


IN_FILES = [name for name in FEW if encodable(name) and not re.search("[\ud800-\udfff]", name)]


def saved(folder, ending, name):
    """A file with an LSTM under that name, and one more tensor."""
    tensors = {f"{name}.{own}": np.ones(shape, np.float32) for own, shape in SHAPES.items()}
    tensors[f"{name}.other"] = np.ones((5, 4, 3), np.float32)
    path = folder / f"weights{ending}"
    if ending == ".npz":
        np.savez(path, **tensors)
    else:
        pytest.importorskip("safetensors.numpy").save_file(tensors, path)
    return str(path)


def check(form, text):
    """Read a document as its readers do; a table has no verdict but its own."""
    assert unsafe(text) == set()
    match form:
        case "json":
            json.loads(text)
        case "csv":
            widths = {len(record) for record in csv.reader(io.StringIO(text))}
            assert len(widths) == 1
        case "svg":
            ElementTree.fromstring(text)  # noqa: S314 -- our own
        case "table":
            assert len(MARKED.findall(text)) == 1


def run(capsys, *words):
    status = main([*words, "--no-verify"])
    out, err = capsys.readouterr()
    assert unsafe(err) == set()
    return status, out, err


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_tensors_of_a_file(capsys, tmp_path, ending, form):
    assert len(IN_FILES) > 60
    for name in IN_FILES[::12]:
        path = saved(tmp_path, ending, name)
        status, out, err = run(
            capsys, "convert", path, "--from", "torch", "--to", "keras", "--format", form
        )
        assert status == 0, err
        check(form, out)
        if form == "json":
            read = {tensor["name"] for tensor in json.loads(out)["from"]["tensors"]}
            assert read == {f"{name}.{own}" for own in SHAPES}
        status, out, err = run(capsys, "step", "2", "3", "--weights", path, "--format", form)
        assert status == 0, err
        check(form, out)


@pytest.mark.parametrize("form", FORMATS)
def test_the_name_of_a_file(capsys, tmp_path, form):
    for name in [name for name in FEW if encodable(name)][::12]:
        path = tmp_path / f"{name[:40]}.npz"
        Path(saved(tmp_path, ".npz", "rnn")).replace(path)
        status, out, err = run(capsys, "step", "2", "3", "--weights", str(path), "--format", form)
        assert status == 0, err
        check(form, out)
        to = tmp_path / f"{name[:40]}.out.npz"
        words = ("--from", "torch", "--to", "onnx", "-o", str(to), "--force", "--format", form)
        status, out, err = run(capsys, "convert", str(path), *words)
        assert status == 0, err
        check(form, out)


ARGUMENTS = (
    ("{}",), ("128", "{}"), ("128", "28", "{}"), ("128", "28", "--cell", "{}"),
    ("128", "28", "--{}"), ("128", "28", "--bias={}"), ("128", "28", "--against", "{}"),
    ("128", "28", "--device", "{}"), ("128", "28", "--format", "{}"),
    ("128", "28", "{}=3"), ("explain", "{}"), ("explain", "80896", "--hidden", "{}"),
    ("convert", "{}"), ("convert", "{}.npz", "--from", "torch", "--to", "keras"),
    ("convert", "a.npz", "--from", "{}", "--to", "{}"), ("step", "2", "3", "--weights", "{}"),
    ("step", "2", "3", "--input", "{}.csv"), ("step", "2", "3", "--seed", "{}"),
    ("step", "2", "3", "--plot", "{}"), ("gradients", "2", "3", "--init", "{}"),
    ("shapes", "2", "3", "--lengths", "{}"), ("tutorial", "{}"),
)  # fmt: skip


@pytest.mark.parametrize("words", ARGUMENTS, ids=" ".join)
def test_an_argument(capsys, words):
    """It says in one line what is wrong, or is left out where it is read as nothing."""
    for name in FEW[::3]:
        main([word.format(name) if "{}" in word else word for word in words])
        out, err = capsys.readouterr()
        assert unsafe(out) == unsafe(err) == set()
        assert re.fullmatch(r"(lstmcalc: .*\n)?", err)
        assert not MARKED.search(err)


@pytest.mark.parametrize("option", ["--prefix", "--head-tensor", "--embedding-tensor"])
def test_the_name_of_a_tensor_that_is_not_there(capsys, tmp_path, option):
    for name in IN_FILES[::5]:
        path = saved(tmp_path, ".npz", name)
        words = ("--from", "torch", "--to", "keras", option, f"{name}!")
        status, _, err = run(capsys, "convert", path, *words)
        assert status == 2
        assert re.fullmatch(r"lstmcalc: .*\n", err)


def test_what_is_being_done(monkeypatch):
    """The progress line takes its words as they are, without the library's own markup."""
    from lstmcalc.cli.show import progress

    class Watched(io.StringIO):
        def isatty(self):
            return True

    stream = Watched()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as say:
        for name in ("[bold red]x[/]", *FEW):
            say(name)
    own = r"\x1b\[[\d;?]*[a-zA-Z]|\r|\x1b[78]"
    assert unsafe(re.sub(own, "", stream.getvalue())) == set()


def test_an_error_of_the_library():
    for name in FEW[::4]:
        for fails in (
            lambda name=name: check_size(name, 0),
            lambda name=name: build_network(3, 2, cell=name),
            lambda name=name: convert({name: np.ones((2, 2))}, "torch", "keras"),
            lambda name=name: convert(
                {f"{name}.weight_ih_l0": np.ones((2, 2), int)}, "torch", "keras"
            ),
            lambda name=name: read_weights({f"{name}.weight_ih_l0": np.ones(2)}, LSTM(3, 2)),
            lambda name=name: read_weights(f"{name}.npz", LSTM(3, 2)),
        ):
            with pytest.raises(LstmcalcError) as failed:
                fails()
            assert unsafe(str(failed.value), breaks="") == set()


def cell_of(name):
    """An LSTM under another name, of other equations."""

    def equations(gate, x, h, c):
        i, o = lstmcalc.algebra.sigmoid(gate.i(x, h)), lstmcalc.algebra.sigmoid(gate.o(x, h))
        c = i * c + i * i
        return {"i": i, "o": o, "c": c, "h": o * lstmcalc.algebra.tanh(c)}

    equations.__name__ = name
    return Cell(equations, name, name)


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "utf-8"])
def test_a_cell_of_the_users_prints(monkeypatch, encoding):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    for name in [*FEW[::10], "ok verified against torch", "✓ verified against torch"]:
        printed = str(calculate(build_network(3, 2, cell=cell_of(name))))
        printed.encode(encoding)
        assert not re.search(r"^ *(✓|ok) verified", printed, re.MULTILINE)


@pytest.mark.parametrize("form", FORMATS[1:])
def test_a_cell_of_the_users(form):
    render = import_module(f"lstmcalc.render.{form}").render
    for name in FEW[::10]:
        report = calculate(build_network(3, 2, cell=cell_of(name)))
        check(form, render(page(report, formula=True)))
        assert unsafe(report._repr_html_()) == set()
        assert unsafe(repr(report), breaks="") == set()


@pytest.mark.parametrize("name", ["a b", "a\n", "i|j", "\u202e", ""])
def test_a_gate_has_a_name(name):
    def equations(gate, x, h):
        return {"h": lstmcalc.algebra.tanh(getattr(gate, name)(x, h))}

    with pytest.raises(EquationError, match="it is no name") as failed:
        calculate(build_network(3, 2, cell=Cell(equations, "mine", "")))
    assert unsafe(str(failed.value), breaks="") == set()


def test_parts_of_a_module():
    torch = pytest.importorskip("torch")
    from rich.console import Console

    from lstmcalc.render import terminal

    for name in [name for name in FEW if "." not in name][::8]:
        whole = torch.nn.Module()
        whole.add_module(name, torch.nn.GRU(3, 2))
        whole.add_module(f"{name}2", torch.nn.LSTM(4, 2))
        for part in (name, f"{name}2", f"{name}3"):
            with pytest.raises((LstmcalcError, AssertionError)) as failed:
                lstmcalc.assert_matches(whole, LSTM(3, 2), part=part)
            assert unsafe(str(failed.value)) == set()
        console = Console(file=io.StringIO(), width=200)
        verdict = lstmcalc.verify(whole, LSTM(3, 2), part=name)
        assert unsafe(verdict.summary + repr(verdict), breaks="") == set()
        terminal.print_verdict(verdict, console)
        assert unsafe(console.file.getvalue()) == set()


def test_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    from lstmcalc.render import plot

    for name in ["$x$", "$\\frac{$", "a$b", *FEW[::12]]:
        weights = {f"{name}.{own}": np.ones(shape) for own, shape in SHAPES.items()}
        read = read_weights(weights | {f"{name}!": np.ones(2)}, LSTM(3, 2))
        walk = step_through(LSTM(3, 2), weights=read, seq_len=2)
        figure = plot.draw(walk)
        plot.save(figure, tmp_path / "walk.svg", replace=True)
        title = figure.get_suptitle()
        assert unsafe(title, breaks="") == set()
        assert not re.search(r"(?<!\\)\$", title)


def test_columns_stay_in_line_whatever_their_characters_take(capsys, tmp_path):
    path = saved(tmp_path, ".npz", "隠れ層😀")
    _, out, _ = run(capsys, "convert", path, "--from", "torch", "--to", "keras")
    lines = out.split("\n\n")[1].splitlines()[1:]
    assert {cell_len(line) for line in lines if "隠" in line} == {cell_len(lines[0])}
