"""Words for frameworks: those that are certain are taken, those that may mean several are asked."""

import re

import pytest

from lstmcalc import LSTM, calculate
from lstmcalc.cli.main import main
from lstmcalc.conventions.known import CONVENTIONS, find_convention
from lstmcalc.conventions.words import ALIASES, AMBIGUOUS
from lstmcalc.errors import UnknownNameError
from lstmcalc.oracles.known import ORACLES
from lstmcalc.verification import check_against

ASKED = ("--convention", "--from", "--to", "--against")


def refused(capsys, *words):
    """The line that refuses some words."""
    status = main([*map(str, words)])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


@pytest.mark.parametrize("word", ["tensorflow", "TensorFlow", "tf", "TF"])
def test_tensorflow_is_asked_for(capsys, word):
    asked = "it may be Keras's layers (keras) or TF1's cells (tf1); say which"
    with pytest.raises(UnknownNameError, match=re.escape(f"convention {word!r}: {asked}")):
        find_convention(word)
    with pytest.raises(UnknownNameError, match=re.escape(asked)):
        calculate(LSTM(28, 128), convention=word)
    assert asked in refused(capsys, 128, 28, "--convention", word, "--no-verify")
    assert asked in refused(capsys, "convert", "x.npz", "--from", word, "--to", "torch")
    assert asked in refused(capsys, "convert", "x.npz", "--from", "torch", "--to", word)
    assert "there is Keras's layers (keras)" in refused(capsys, 128, 28, "--against", word)


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_for_several_names_each(word):
    with pytest.raises(UnknownNameError, match="say which") as said:
        find_convention(word)
    named = re.findall(r"\((\w+)\)", str(said.value))
    assert len(named) > 1
    assert all(find_convention(name).name == name for name in named)


def test_the_gates_of_what_a_word_may_mean_differ():
    for word in ("tensorflow", "tf"):
        orders = {find_convention(name).layout("lstm").order for name in AMBIGUOUS[word]}
        assert len(orders) == len(AMBIGUOUS[word])


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("PyTorch", "torch"), ("pytorch", "torch"), ("flax-linen", "flax"), ("Flax NNX", "nnx"),
        ("tf.keras", "keras"), ("tf2", "keras"), ("ORT", "onnx"), ("Core ML", "coreml"),
        ("tensorflow_lite", "tflite"), ("dm-haiku", "haiku"), ("Keras", "keras"),
        ("tf.compat.v1", "tf1"), ("paddlepaddle", "paddle"), ("DL4J", "dl4j"), ("gluon", "mxnet"),
    ],
)  # fmt: skip
def test_a_certain_word_is_taken(capsys, word, name):
    assert find_convention(word).name == name
    words = ["128", "28", "--no-verify", "--format", "json", "--convention"]
    assert main([*words, word]) == 0
    theirs = capsys.readouterr()[0]
    assert main([*words, name]) == 0
    assert theirs == capsys.readouterr()[0]
    assert calculate(LSTM(28, 128), convention=word).convention == name


def test_every_alias_means_one_framework():
    for word, name in ALIASES.items():
        assert word not in CONVENTIONS
        assert name in CONVENTIONS or name in ORACLES
    assert check_against("pytorch, xla") == ("torch", "jax")  # those are certain where they run


@pytest.mark.parametrize("word", ["ncnn", "candle", "flux", "lux", "snpe", "mnn", "theano"])
def test_another_framework_is_no_typo_of_one_here(word):
    with pytest.raises(UnknownNameError, match="known are"):
        find_convention(word)


@pytest.mark.parametrize(
    ("word", "name"), [("kears", "keras"), ("troch", "torch"), ("onx", "onnx")]
)
def test_a_typo_of_a_framework_has_its_suggestion(word, name):
    with pytest.raises(UnknownNameError, match=f"did you mean '{name}'"):
        find_convention(word)
