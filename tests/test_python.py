"""lstmcalc as torch's users type it: their arguments, their modules, and results that print."""

import inspect
import json
import pydoc
from pathlib import Path
from typing import get_overloads

import numpy as np
import pytest
import sympy

import lstmcalc
from lstmcalc import (
    CELLS,
    GRU,
    LSTM,
    RNN,
    Layer,
    LstmcalcError,
    Network,
    build_network,
    calculate,
    count_parameters,
    trace_shapes,
    verify,
)

KINDS = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
SCHEMA = json.loads((Path(__file__).parent.parent / "docs/report.schema.json").read_text("utf-8"))
HOSTILE = "<script>alert(1)</script>&\"'"


@pytest.fixture
def nn():
    return pytest.importorskip("torch").nn


# The arguments of torch's classes


@pytest.mark.parametrize("name", KINDS)
def test_arguments_are_torchs_in_torchs_order(nn, name):
    theirs = inspect.signature(get_overloads(getattr(nn, name).__init__)[0]).parameters
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD
    ours = inspect.signature(KINDS[name]).parameters.values()
    placed = [(p.name, p.default) for p in ours if p.kind is named]
    assert placed == [(p.name, p.default) for p in theirs.values() if p.name != "self"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_layers": 3, "dropout": 0.1, "batch_first": True},
        {"bias": False, "bidirectional": True},
        {"dropout": 0, "device": "cpu", "dtype": None},
        {"num_layers": 2, "dropout": 1.0, "device": None},
    ],
)
def test_counts_are_torchs_whatever_options_change_none(nn, name, options):
    module = getattr(nn, name)(28, 32, **options)
    assert count_parameters(KINDS[name](28, 32, **options)) == numbers(module)


def numbers(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_arguments_by_their_places(nn):
    torch = pytest.importorskip("torch")
    given = (28, 32, 2, False, True, 0.5, True, 8, "cpu", torch.float64)
    network = LSTM(*given)
    assert count_parameters(network) == numbers(nn.LSTM(*given))
    assert (network.batch_first, network.dtype) == (True, "float64")
    assert RNN(3, 4, 2, "relu").layers[0].cell == CELLS["rnn_relu"]
    assert RNN(3, 4, nonlinearity="tanh").layers[0].cell == CELLS["rnn"]


@pytest.mark.parametrize("make", [RNN, GRU, LSTM, build_network])
@pytest.mark.parametrize("none", [0, None, np.int64(0), sympy.Integer(0)])
@pytest.mark.parametrize("name", ["num_classes", "vocab_size", "proj_size"])
def test_no_size_means_none(make, none, name):
    assert make(28, 16, **{name: none}) == make(28, 16)
    if name == "proj_size":
        assert Layer("lstm", 16, none) == Layer("lstm", 16)
    else:
        plain = LSTM(28, 16)
        assert Network(28, plain.layers, **{name: none}) == plain


@pytest.mark.parametrize("wrong", [False, -1, 0.0, "", "0", [], np.array([0, 3])])
@pytest.mark.parametrize("name", ["num_classes", "vocab_size", "proj_size"])
def test_only_0_and_none_mean_none(name, wrong):
    with pytest.raises(LstmcalcError, match="size"):
        LSTM(28, 16, **{name: wrong})


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 1.5}, {"dropout": -0.1}, {"dropout": True}, {"dropout": "a"},
        {"dropout": float("nan")}, {"nonlinearity": "sin"}, {"proj_size": -1}, {"bias": "two"},
        {"dtype": "float33"}, {"device": "no such device"}, {"hidden_size": 0},
    ],
)  # fmt: skip
def test_what_torch_refuses_is_refused_in_one_line(nn, name, options):
    sizes = {"input_size": 3, "hidden_size": 4, "num_layers": 2}
    if options != {"bias": "two"}:  # torch takes any word for true
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            getattr(nn, name)(**sizes | options)
    with pytest.raises(LstmcalcError) as refused:
        KINDS[name](**sizes | options)
    assert next(iter(options)).split("_")[0] in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("make", "options", "named"),
    [
        (LSTM, {"cell": "gru"}, ("cell", "GRU", "build_network(…, cell='gru')")),
        (GRU, {"cell": "gru_reset_before"}, ("cell", "cell='gru_reset_before'")),
        (RNN, {"cell": "lstm"}, ("cell", "LSTM")),
        (LSTM, {"nonlinearity": "relu"}, ("nonlinearity", "RNN")),
        (LSTM, {"batchfirst": True}, ("batchfirst", "batch_first")),
        (LSTM, {"bidirctional": True}, ("bidirctional", "bidirectional")),
        (GRU, {"nclasses": 3}, ("nclasses", "num_classes")),
        (build_network, {"num_layer": 3}, ("num_layer", "num_layers")),
        (LSTM, {"Dropout": 0.1}, ("Dropout", "dropout")),
        (LSTM, {"qqqq": 1}, ("qqqq", "hidden_size")),
    ],
)
def test_an_argument_that_is_not_there_is_named_with_the_nearest(make, options, named):
    with pytest.raises(TypeError) as refused:
        make(3, 4, **options)
    assert isinstance(refused.value, LstmcalcError)
    assert all(word in str(refused.value) for word in named)
    assert "\n" not in str(refused.value)


PUBLIC = {
    name: found for name in lstmcalc.__all__ if inspect.isfunction(found := getattr(lstmcalc, name))
}


@pytest.mark.parametrize("name", PUBLIC)
def test_help_shows_the_functions_own_arguments(name):
    parameters = inspect.signature(PUBLIC[name]).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    shown = pydoc.render_doc(PUBLIC[name], renderer=pydoc.plaintext)
    described = shown.partition("Args:")[2]
    for parameter in parameters:
        assert f"{parameter}:" in shown.splitlines()[2], parameter
        assert f"{parameter}:" in described, parameter


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - {"cell"}))
def test_every_function_names_the_nearest_argument(name):
    last = list(inspect.signature(PUBLIC[name]).parameters)[-1]
    with pytest.raises(TypeError, match=f"{last}x.*did you mean {last}"):
        PUBLIC[name](**{f"{last}x": 1})


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("RNN", ("nonlinearity: 'Nonlinearity' = 'tanh'", "num_layers: 'int' = 1")),
        ("GRU", ("bidirectional: 'bool' = False", "bias: 'Bias | bool' = True")),
        ("LSTM", ("proj_size: 'Size | None' = 0", "dropout: 'float' = 0.0")),
    ],
)
def test_help_shows_defaults(name, parts):
    shown = pydoc.render_doc(KINDS[name], renderer=pydoc.plaintext)
    assert all(part in shown for part in parts)


# The layout and the type that a network was built with


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_network_keeps_the_layout_it_was_built_with(batch_first):
    network = LSTM(28, 128, batch_first=batch_first)
    first = (3, 10, 28) if batch_first else (10, 3, 28)
    shape = {tensor.name: tensor.shape for tensor in trace_shapes(network).tensors}["x"]
    assert shape == first
    x = calculate(network, seq_len=10, batch_size=3).shapes[0].shape
    assert x == first
    other = trace_shapes(network, batch_first=not batch_first)
    assert {t.name: t.shape for t in other.tensors}["x"] == (first[1], first[0], 28)
    assert calculate(network, batch_first=not batch_first).run.batch_first is not batch_first


@pytest.mark.parametrize("dtype", ["float16", np.float16, np.dtype("float16"), "torch.float16"])
def test_a_network_keeps_the_type_it_was_built_with(dtype):
    report = calculate(LSTM(28, 128, dtype=dtype))
    assert report.run.dtype == "float16"
    assert calculate(LSTM(28, 128, dtype=dtype), dtype="float64").run.dtype == "float64"
    assert calculate(LSTM(28, 128), dtype=dtype).run.dtype == "float16"
    assert calculate(LSTM(28, 128)).run.dtype == "float32"


def test_a_network_built_batch_first_is_verified_so():
    pytest.importorskip("torch")
    assert verify(LSTM(5, 7, 2, batch_first=True, dropout=0.3)).outcome == "verified"
    assert verify(trace_shapes(LSTM(5, 7, batch_first=True))).outcome == "verified"
