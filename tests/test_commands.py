"""The commands step, gradients and shapes, as users call them: words, files, formats, pictures."""

import csv
import html
import io
import json
import re

import numpy as np
import pytest
from command import lstmcalc

from lstmcalc import LSTM, step_through
from lstmcalc.cli import main
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights

COMMANDS = ("step", "gradients", "shapes")
FORMATS = ("table", "json", "csv", "markdown", "latex", "svg")
SMALL = ["6", "3", "--seq-len", "4", "--no-verify"]


def run(capsys, *words):
    """Status, output and errors of the command, in this process."""
    status = main([*words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def weights(tmp_path):
    network = LSTM(3, 6)
    path = tmp_path / "w.npz"
    np.savez(path, **pack(draw_weights(network, seed=5), tensors(network, TORCH)))
    return str(path)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format(capsys, command, form):
    status, out, err = run(capsys, command, *SMALL, "--format", form)
    assert status == 0
    assert err.count("\n") == (form == "csv" and command != "shapes")
    told = "not verified: the proof was left out" in html.unescape(out).replace("\xa0", " ")
    assert told or "not verified: the proof was left out" in err
    if form == "json":
        document = json.loads(out)
        assert document["schema"] == f"lstmcalc.{command}"
        assert document["verification"]["outcome"] == "not verified"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_proof_is_shown(capsys, command):
    pytest.importorskip("torch")
    status, out, _ = run(capsys, command, *SMALL[:-1])
    assert status == 0
    assert "✓ verified against torch" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_it_fits_eighty_columns(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "80")
    for words in (["128", "28"], ["1024,512", "300", "--bidirectional", "--classes", "1000"],
                  ["8", "4", "--layers", "3"]):  # fmt: skip
        _, out, _ = run(capsys, command, *words, "--seq-len", "5", "--no-verify")
        assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["step"], "as in: lstmcalc step 128 28"),
        (["step", "6", "3", "--at", "9"], "--at 9: there are 5 steps"),
        (["step", "6", "3", "--at", "0"], "--at 0: a size is at least 1"),
        (["step", "6", "3", "--seed", "-1"], "--seed"),
        (["step", "6", "3", "--seed", "x"], "it takes a whole number from 0 on"),
        (["--", "step", "6", "3"], ""),
        (["step", "6", "3", "--dtype", "int8"], "'dtype': lstmcalc step has no use for it"),
        (["128", "28", "--at", "3"], "it is an option of lstmcalc step"),
        (["128", "28", "--cells", "rnn"], "units of one cell to some"),
        (["step", "6", "3", "--weights", "none.npz"], "file none.npz: No such file"),
        (["step", "6", "3", "--input", "none.csv"], "file none.csv: No such file"),
        (["step", "6", "3", "--plot", "x.gif"], "its ending must be one of"),
        (["step", "6", "3", "--plot", "no/x.png"], "there is no such folder"),
        (["step", "65536", "65536"], "more than half of the"),
        (["gradients", "6", "3", "--cells", "rnn,lsmt"], "did you mean 'lstm'?"),
        (["gradients", "6", "3", "--cells", "bilstm"], "add --bidirectional"),
        (["gradients", "6", "3", "--forget-bias", "one"], "it takes a number such as 1 or 0.5"),
        (["gradients", "6", "3", "--forget-bias", "nan"], "it takes a number such as"),
        (["gradients", "6", "3", "--init", "he"], "initialisation 'he': not known"),
        (["gradients", "6", "3", "--seq-len", "1"], "at least 2"),
        (["shapes", "6", "3", "--x", "5,4"], "its last dimension must be the input size, 3"),
        (["shapes", "6", "3", "--lengths", "5,0"], "--lengths 0: a size is at least 1"),
        (
            ["shapes", "6", "3", "--lengths", "5", "--unbatched"],
            "the steps and the batch follow from",
        ),
        (["shapes", "6", "3", "--x", "5,3", "--seq-len", "7"], "leave the others out"),
        (["shapes", "6", "3", "--lengths", ","], "the list is empty"),
        (["gradients", "6", "3", "--cells", ","], "the list is empty"),
        (["step", "6", "3", "--weights", "a=1.npz"], "file a=1.npz: No such file"),
        (["gradients", "6", "3", "--cells", "gru", "--proj", "2"], "a projection on the cell gru"),
        (["shapes", "6", "3", "--plot", "x.png"], "lstmcalc shapes has no use for it"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(capsys, words, said):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("lstmcalc: ")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize("command", [*COMMANDS, "tutorial"])
def test_help(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert f"lstmcalc {command}" in out
    assert f"lstmcalc {command}" in run(capsys, "--help")[1]
    assert max(map(len, out.splitlines())) <= 100


def test_defaults_in_the_help_are_those_of_the_command(capsys):
    assert "(default 200)" in run(capsys, "gradients", "--help")[1]
    assert "(default rnn,gru,lstm)" in run(capsys, "gradients", "--help")[1]
    assert "(default 0,1,2)" in run(capsys, "gradients", "--help")[1]
    assert "(default 5)" in run(capsys, "step", "--help")[1]


def test_csv_has_every_value(capsys):
    _, out, _ = run(capsys, "step", *SMALL, "--format", "csv")
    found = list(csv.DictReader(io.StringIO(out)))
    walk = step_through(LSTM(3, 6), seq_len=4)
    values = {(int(r["t"]), r["vector"], int(r["unit"])): float(r["value"]) for r in found}
    assert len(values) == 4 * sum(len(v) for v in walk.steps[0, 0][0].values.values())
    for step in walk.steps[0, 0]:
        for name, vector in step.values.items():
            assert [values[step.t, name, unit] for unit in range(len(vector))] == vector.tolist()


def test_weights_and_input_from_files(capsys, tmp_path, weights):
    pytest.importorskip("torch")
    (tmp_path / "x.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    words = ["step", "6", "3", "--weights", weights, "--input", str(tmp_path / "x.csv")]
    status, out, _ = run(capsys, *words, "--format", "json")
    document = json.loads(out)
    assert status == 0
    assert document["verification"]["outcome"] == "verified"
    assert [step["values"]["x"] for step in document["steps"]] == [[1, 2, 3], [4, 5, 6]]
    expected = step_through(LSTM(3, 6), weights=draw_weights(LSTM(3, 6), seed=5),
                            x=np.array([[1, 2, 3], [4, 5, 6]]))  # fmt: skip
    assert document["steps"][1]["values"]["h"] == expected.steps[0, 0][1].values["h"].tolist()
    status, _, err = run(capsys, *words, "--seq-len", "3")
    assert (status, "x.csv has 2 steps" in err) == (2, True)
    assert "Step 1 of 1" in run(capsys, *words, "--seq-len", "1", "--no-verify")[1]


def test_gradients_of_a_trained_model(capsys, weights):
    words = ["gradients", "6", "3", "--weights", weights, "--no-verify"]
    status, out, _ = run(capsys, *words)
    assert status == 0
    assert "A  LSTM" in out
    assert "B  " not in out
    status, _, err = run(capsys, *words, "--cells", "rnn")
    assert (status, "a file's weights are taken as they are" in err) == (2, True)


def test_a_cell_first_is_that_cell_alone(capsys):
    out = run(capsys, "gradients", "gru", *SMALL)[1]
    assert "A  GRU" in out
    assert "RNN" not in out


@pytest.mark.parametrize("command", ["step", "gradients"])
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_pictures(capsys, tmp_path, command, ending):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"p.{ending}"
    assert run(capsys, command, *SMALL, "--plot", str(path))[0] == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]
    path.write_text("precious")
    status, _, err = run(capsys, command, *SMALL, "--plot", str(path))
    assert (status, "add --force to replace it" in err) == (2, True)
    assert path.read_text() == "precious"
    assert run(capsys, command, *SMALL, "--plot", str(path), "--force")[0] == 0
    assert path.read_bytes().startswith(start)


def test_a_picture_without_matplotlib(capsys, monkeypatch):
    monkeypatch.setattr("lstmcalc.cli.picture.find_spec", lambda name: None)
    status, _, err = run(capsys, "step", *SMALL, "--plot", "x.png")
    assert (status, "pip install 'lstmcalc[plot]'" in err) == (2, True)


def test_the_pictures_of_a_terminal_need_nothing_from_elsewhere(capsys):
    out = run(capsys, "gradients", *SMALL, "--format", "svg")[1]
    assert out.startswith("<svg")
    assert "url(http" not in out


@pytest.mark.parametrize("command", COMMANDS)
def test_without_torch_the_answer_stands(tmp_path, command):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        f"from lstmcalc.cli import main; sys.exit(main(['{command}', '6', '3', '--seq-len', '4']))"
    )
    done = lstmcalc(folder=tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert "not verified: torch is not installed" in " ".join(done.stdout.split())
    assert "✓" not in done.stdout


def test_colour_says_nothing_of_its_own(tmp_path):
    words = ("gradients", *SMALL)
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = lstmcalc(*words, folder=tmp_path, environment=forced).stdout
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain == lstmcalc(*words, folder=tmp_path).stdout


def test_a_size_that_other_commands_call_input(capsys):
    assert run(capsys, "step", "units=6", "input=3", "--no-verify")[0] == 0


def test_cells_that_cannot_project_are_left_out(capsys):
    status, out, _ = run(capsys, "gradients", *SMALL, "--proj", "2")
    assert status == 0
    assert "A  LSTM" in out
    assert "RNN" not in out


def test_a_picture_of_too_many_layers(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    words = ["step", *SMALL, "--layers", "30", "--plot", str(tmp_path / "p.png")]
    status, _, err = run(capsys, *words)
    assert (status, "a picture holds 60" in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("word", "meant"), [("setp", "step"), ("gradient", "gradients"), ("tutorials", "tutorial")]
)
def test_a_misspelt_command(capsys, word, meant):
    status, _, err = run(capsys, word, "6", "3")
    assert (status, f"did you mean {meant!r}?" in err) == (2, True)


def test_help_of_a_command_either_way(capsys):
    assert run(capsys, "--help", "step")[1] == run(capsys, "step", "--help")[1]


def test_a_page_says_where_its_numbers_are_from(capsys, tmp_path, weights):
    np.save(tmp_path / "x.npy", np.ones((4, 3)))
    words = ["step", "6", "3", "--weights", weights, "--input", str(tmp_path / "x.npy")]
    out = " ".join(run(capsys, *words, "--seq-len", "2", "--no-verify")[1].split())
    assert "weights from w.npz; x from x.npy, the first 2 of its 4 steps" in out
    drawn = " ".join(run(capsys, "step", *SMALL)[1].split())
    assert "weights drawn (default) from seed 0; x random from seed 0" in drawn


def test_a_picture_that_cannot_be_written(capsys, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")

    def refuse(self, data):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    status, _, err = run(capsys, "step", *SMALL, "--plot", str(tmp_path / "p.png"))
    assert (status, "Permission denied" in err) == (3, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cell", "lstm", "--cells", "rnn"], "both say which cells"),
        (["--cells", "rnn", "--forget-bias", "1"], "rnn has no forget gate"),
    ],
)
def test_words_that_contradict_each_other(capsys, words, said):
    status, _, err = run(capsys, "gradients", "6", "3", *words)
    assert (status, said in err) == (2, True)
