"""What a word for a cell, a command or a file is taken for: nothing else in silence."""

import re
import string

import pytest

from lstmcalc import LSTM, gradient_reach
from lstmcalc.build import build_network
from lstmcalc.cell_names import ABSENT, SYNONYMS
from lstmcalc.cells import CELLS, find_cell
from lstmcalc.cli.main import main
from lstmcalc.commands.known import COMMANDS
from lstmcalc.errors import ConfigurationError, LstmcalcError, UnknownNameError

NAMES = """
Mamba Mamba-2 Mamba-3 ConvLSTM2D mLSTM sLSTM xLSTM minGRU minLSTM RWKV LRU S5 SRU QRNN IndRNN
LiGRU CfC LTC ConvGRU ON-LSTM RHN LMU JANET coRNN LEM FastGRNN FastRNN MGU GLA RetNet HGRN
DeltaNet UGRNN RAN CFN SCRN STAR NAS MUT1 BRC MinimalRNN AntisymmetricRNN UnICORNN ATR tau-GRU
HyperLSTM UR-LSTM NTM DNC ESN SRUCell conv_lstm Conv-LSTM LayerNormLSTM nested_lstm PhasedLSTM
TreeLSTM GRU-D LSTMN LSM RNN-T quasi_rnn
"""
ZOO = NAMES.split()
"""Cells of the literature, which are not here."""

NOT_SPELT = [*ZOO, "foo", "x", "lstm2x", "ulstm", "hgru", "zrnn", "mygru", "lstmx"]


def refused(capsys, *words):
    """The line that refuses some words."""
    status = main([*map(str, words), "--no-verify"])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


@pytest.mark.parametrize("name", NOT_SPELT)
def test_no_other_cell_is_offered(capsys, name):
    with pytest.raises(UnknownNameError) as python:
        find_cell(name)
    for said in (
        str(python.value),
        refused(capsys, 128, 28, "--cell", name),
        refused(capsys, "gradients", 8, 4, "--cells", f"gru,{name}"),
    ):
        assert "did you mean" not in said
        assert f"there are {', '.join(CELLS)}" in said  # all that there are


@pytest.mark.parametrize("name", ZOO)
def test_a_real_cell_is_said_to_be_missing(name):
    with pytest.raises(
        UnknownNameError, match=re.escape(f"cell {name!r}: ") + ".* is not here yet"
    ) as said:
        build_network(28, 128, cell=name)
    assert "is not here yet" in str(said.value)


def typos(name):
    """A name with two letters swapped, one doubled, and one that is not the first dropped."""
    swapped = [name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in range(len(name) - 1)]
    doubled = [name[: i + 1] + name[i:] for i in range(len(name))]
    dropped = [name[:i] + name[i + 1 :] for i in range(1, len(name))]
    known = {*CELLS, *SYNONYMS, *ABSENT}
    return {
        word for word in (*swapped, *doubled, *dropped) if word not in known and "__" not in word
    }


@pytest.mark.parametrize("name", CELLS)
def test_a_typo_has_its_suggestion(capsys, name):
    assert len(typos(name)) > 3
    assert find_cell(name.upper()) is find_cell(name.title()) is find_cell(name)
    for word in typos(name):
        with pytest.raises(UnknownNameError, match="did you mean") as said:
            find_cell(word)
        meant = re.search("did you mean '(.*)'", str(said.value))[1]
        assert SYNONYMS.get(meant, meant) in CELLS
        if len(name) > 3:  # of three letters, several names may be as near
            assert meant == name
    word = min(typos(name))
    assert "did you mean" in refused(capsys, 128, 28, "--cell", word)
    assert "did you mean" in refused(capsys, word, 128, 28)
    assert "did you mean 'bi" in refused(capsys, 128, 28, "--cell", f"bi{word}")


def test_no_letter_more_at_either_end_is_a_typo():
    for name, letter in ((n, a) for n in ("gru", "lstm", "rnn") for a in string.ascii_lowercase):
        for word in (letter + name, name + letter, letter + name[1:]):
            if word in CELLS or word in SYNONYMS or word[0] == word[1] or word[-1] == word[-2]:
                continue
            with pytest.raises((UnknownNameError, ConfigurationError)) as said:
                find_cell(word)
            assert "did you mean" not in str(said.value)


def test_words_for_cells_are_the_same_in_python():
    for word, name in SYNONYMS.items():
        assert find_cell(word, projected=True) is CELLS[name]
        assert ABSENT.get(word) is None


@pytest.mark.parametrize("no", [[], ["--proj", "0"]])
@pytest.mark.parametrize("words", [["128", "28", "--cell", "lstmp"], ["lstmp", "128", "28"],
                                   ["explain", "56320", "--cell", "lstmp"]])  # fmt: skip
def test_lstmp_asks_for_a_projection(capsys, words, no):
    assert "no projection is given; add --proj N" in refused(capsys, *words, *no)


def test_lstmp_in_python():
    with pytest.raises(ConfigurationError, match="no projection is given; give proj_size"):
        build_network(28, 128, cell="lstmp")
    with pytest.raises(ConfigurationError, match="no projection is given"):
        gradient_reach(LSTM(2, 3), cells=["lstmp"], seq_len=3)
    assert build_network(28, 128, cell="lstmp", proj_size=64) == LSTM(28, 128, proj_size=64)


def test_a_direction_is_the_networks_in_python():
    with pytest.raises(ConfigurationError, match="cell='gru' and bidirectional=True"):
        find_cell("bigru")


# ----------------------------------------------------------------------------- the first word


@pytest.mark.parametrize("words", ["verify 128 28", "foo", "foo 128 28", "predict 1", "rnn2vec 3 4",
                                   "--layers 2 foo 28", "σ 1 2", "foo --classes 10"])  # fmt: skip
def test_an_unknown_first_word_is_a_command(capsys, words):
    said = refused(capsys, *words.split())
    assert "there is no command of that name" in said
    assert "leave the word out" in said or f"commands are {', '.join(COMMANDS)}" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_nearly(capsys, name):
    word = name[:-1] if len(name) > 3 else "tuii"
    assert f"did you mean {name!r}?" in refused(capsys, word, 6, 3, "--seq-len", 4)


def test_a_command_that_comes_late(capsys):
    said = refused(capsys, "--layers", 2, "step", 3, 4)
    assert "command 'step': a command is the first word; as in: lstmcalc step" in said


FILES = ["model.pt", "weights.npz", "./x.safetensors", "dir/weights", "2024_run.h5", "a.b.KERAS",
         "x.csv", "..\\m.onnx", "tokenizer.json"]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("words", ["{}", "{} 128 28", "128 {}", "step {}", "gru {}", "shapes 3 {}"])
def test_a_files_name(capsys, name, words):
    said = refused(capsys, *words.format(name).split())
    assert "it is a file's name, and there is no such file" in said
    for command in ("convert FILE", "step … --weights FILE", "gradients … --weights FILE"):
        assert f"lstmcalc {command}" in said
    assert ".npz or .safetensors" in said


def test_a_file_that_is_there(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("weights", "model.pt"):
        (tmp_path / name).write_bytes(b"")
        assert f"{name}: it is a file; a size" in refused(capsys, name)


@pytest.mark.parametrize(
    "word", ["128", "1,150x", "2.5", "-5", "1.5M", "1.k", "1.e5", "½", " ", "(3"]
)
def test_what_may_be_a_size_is_judged_as_one(capsys, word):
    main([word, "28", "--no-verify"])
    err = capsys.readouterr()[1]
    assert "command" not in err
    assert "it is a file" not in err


def test_an_error_of_a_name_is_one_of_the_packages():
    for wrong in (None, 3, ["lstm"], b"lstm", "a" * 9_999, "\x00"):
        with pytest.raises(LstmcalcError):
            find_cell(wrong)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("LSTMCell", "lstm"), ("nn.LSTM", "lstm"), ("torch.nn.GRUCell", "gru"), ("RNNCell", "rnn"),
        ("keras.layers.LSTM", "lstm"), ("BasicLSTMCell", "lstm"), ("OptimizedLSTMCell", "lstm"),
        ("cifg_lstm", "lstm_coupled"),
    ],
)  # fmt: skip
def test_a_class_of_a_framework_is_its_cell(capsys, word, name):
    assert find_cell(word).name == name
    assert main(["128", "28", "--cell", word, "--no-verify"]) == 0
    assert main([word, "128", "28", "--no-verify"]) == 0


def test_a_cell_is_a_cell_whatever_files_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gru").write_text("")
    assert main(["gru", "12", "5", "--no-verify"]) == 0


@pytest.mark.parametrize("word", ["bilstmp", "lstmp"])
def test_a_projection_that_is_not_given_is_asked_for(capsys, word):
    with pytest.raises(ConfigurationError, match="no projection is given"):
        find_cell(word)
    both = "bi" * word.startswith("bi")
    assert f"say --cell {both}lstm" in refused(capsys, 128, 28, "--cell", word)


@pytest.mark.parametrize("word", ["GTU", "LTM", "ConvLSTMCell", "torch.nn.SRUCell"])
def test_other_cells_are_not_here(word):
    with pytest.raises(UnknownNameError, match="is not here yet"):
        find_cell(word)
