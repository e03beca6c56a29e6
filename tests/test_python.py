"""lstmcalc as torch's users type it: their arguments, their modules, and results that print."""

import copy
import dataclasses
import inspect
import io
import json
import pickle
import pydoc
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path
from typing import get_overloads

import jsonschema
import numpy as np
import pytest
import sympy
from command import lstmcalc as run_command

import lstmcalc
from lstmcalc import (
    CELLS,
    GRU,
    LSTM,
    RNN,
    Check,
    Layer,
    LstmcalcError,
    Network,
    Verdict,
    assert_matches,
    build_network,
    calculate,
    cell,
    convert,
    count_macs,
    count_parameters,
    explain,
    gradient_reach,
    read_weights,
    reconcile,
    step_through,
    trace_shapes,
    verify,
)
from lstmcalc.algebra import sigmoid, tanh
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights

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
    longest = max(inspect.signature(PUBLIC[name]).parameters, key=len)
    with pytest.raises(TypeError, match=f"{longest}x.*did you mean {longest}"):
        PUBLIC[name](**{f"{longest}x": 1})


def test_another_argument_is_not_offered_for_what_only_looks_like_it():
    for name, function in (("batch", trace_shapes), ("hx", trace_shapes)):
        with pytest.raises(TypeError, match="it has none of that name; it has network"):
            function(TINY, **{name: 3})
    with pytest.raises(TypeError, match="use num_classes=2"):
        LSTM(5, 4, num_labels=2)


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


@pytest.mark.parametrize("dtype", [float, np.int64, np.dtype("complex64"), "torch.complex64"])
def test_a_type_that_is_not_counted_is_refused_by_its_name(dtype):
    name = str(getattr(dtype, "__name__", dtype)).removeprefix("torch.")
    with pytest.raises(LstmcalcError, match=f"dtype '{name}': not known"):
        LSTM(3, 4, dtype=dtype)


def test_a_network_built_batch_first_is_verified_so():
    pytest.importorskip("torch")
    assert verify(LSTM(5, 7, 2, batch_first=True, dropout=0.3)).outcome == "verified"
    assert verify(trace_shapes(LSTM(5, 7, batch_first=True))).outcome == "verified"


# Modules of torch in place of a network


def classifier(nn, **options):
    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(50, 12)
            self.lstm = nn.LSTM(12, 16, 2, bidirectional=True, **options)
            self.drop = nn.Dropout(0.5)
            self.out = nn.Linear(32, 5)

    return Classifier()


def tied(nn):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.decoder = nn.Linear(16, 50)
            self.encoder = nn.Embedding(50, 16)
            self.rnn = nn.GRU(16, 16)
            self.decoder.weight = self.encoder.weight

    return Tied()


MODULES = {
    "rnn": lambda nn: nn.RNN(5, 7, nonlinearity="relu"),
    "gru": lambda nn: nn.GRU(5, 7, 3, bias=False, batch_first=True),
    "lstm": lambda nn: nn.LSTM(5, 7, 2, dropout=0.2, bidirectional=True),
    "projected": lambda nn: nn.LSTM(5, 7, proj_size=3, batch_first=True),
    "cell": lambda nn: nn.LSTMCell(5, 7),
    "relu cell": lambda nn: nn.RNNCell(5, 7, nonlinearity="relu"),
    "half": lambda nn: nn.LSTM(5, 7).half(),
    "meta": lambda nn: nn.LSTM(5, 7, device="meta"),
    "derived": lambda nn: type("Mine", (nn.LSTM,), {})(5, 7),
    "in a list": lambda nn: nn.Sequential(nn.Dropout(0.1), nn.ModuleList([nn.GRU(5, 7)])),
    "classifier": classifier,
    "batch first": lambda nn: classifier(nn, batch_first=True),
    "tied": tied,
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_counted_as_torch_counts_it(nn, name):
    module = MODULES[name](nn)
    assert count_parameters(module) == numbers(module)
    report = calculate(module, seq_len=4)
    assert report.parameters == numbers(module)
    assert count_macs(module, seq_len=4) == report.run_work.macs
    assert reconcile(module).rows[0].total == numbers(module)
    dtype = str(next(module.parameters()).dtype).removeprefix("torch.")
    assert report.run.dtype == dtype
    assert report.weight_bytes[dtype] == sum(p.nbytes for p in module.parameters())


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "projected", "derived"])
def test_shapes_are_those_that_a_module_gives(nn, name):
    torch = pytest.importorskip("torch")
    module = MODULES[name](nn)
    flow = trace_shapes(module, seq_len=4, batch_size=3)
    shapes = {tensor.name: tensor.shape for tensor in flow.tensors}
    with warnings.catch_warnings(action="ignore"):  # a projection has no fast kernel
        output, states = module(torch.zeros(shapes["x"]))
    states = states if isinstance(states, tuple) else (states,)
    assert shapes["output"] == tuple(output.shape)
    for state, tensor in zip(("h_n", "c_n"), states, strict=False):
        assert shapes[state] == tuple(tensor.shape)


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "projected", "cell", "derived"])
def test_a_walk_through_a_module_has_its_weights(nn, name):
    torch = pytest.importorskip("torch")
    module = MODULES[name](nn).double().eval()
    x = np.random.default_rng(1).standard_normal((4, 5))
    walk = step_through(module, x=x)
    given = torch.from_numpy(x)
    with torch.no_grad():
        if "cell" in name:
            batch, state = given[:, None], None
            for step in batch:
                state = module(step, state)
            theirs = state[0][0] if isinstance(state, tuple) else state[0]
        else:
            out = module(given[None] if module.batch_first else given[:, None])[0]
            theirs = out.reshape(4, -1)[-1]
    ours = step_from_zero(walk, module, x)
    assert np.abs(ours - theirs.numpy()).max() < 1e-12


def step_from_zero(walk, module, x):
    """The last output of our equations with the walk's weights, from states of zeros."""
    from lstmcalc.forward import Inputs, forward

    states = {
        place: {name: np.zeros_like(state) for name, state in own.items()}
        for place, own in walk.recording.inputs.states.items()
    }
    inputs = Inputs(x[:, None], states)
    return forward(walk.network, walk.recording.weights, inputs, np).output[-1, 0]


@pytest.mark.parametrize("name", ["batch first", "tied", "projected", "rnn"])
def test_what_is_computed_for_a_module_is_verified(nn, name):
    module = MODULES[name](nn)
    assert verify(calculate(module, seq_len=3)).outcome == "verified"
    assert verify(trace_shapes(module)).outcome == "verified"


def test_a_walk_through_a_model_has_the_weights_of_its_ends(nn):
    model = classifier(nn)
    weights = step_through(model, seq_len=3).recording.weights
    assert np.array_equal(weights.embedding, model.words.weight.detach().numpy())
    assert np.array_equal(weights.head_weight, model.out.weight.detach().numpy())
    assert "Classifier" in weights.source
    assert verify(step_through(model, seq_len=3)).outcome == "verified"


def test_the_gradient_through_a_module_is_that_of_its_weights(nn):
    module = nn.RNN(3, 4)
    with pytest.importorskip("torch").no_grad():
        module.weight_hh_l0.zero_()  # nothing comes from the step before
    (curve,) = gradient_reach(module, seq_len=6).curves
    assert curve.norms[1:] == (0.0,) * 5
    own = read_weights(module.state_dict(), module)
    assert gradient_reach(RNN(3, 4), seq_len=6, weights=own).curves[0].norms == curve.norms


def test_a_module_may_say_what_another_is_meant_to_be(nn):
    assert_matches(nn.LSTM(3, 5), nn.LSTM(3, 5))
    with pytest.raises(AssertionError, match="differs"):
        assert_matches(nn.LSTM(3, 5), nn.LSTM(3, 6))
    assert verify(nn.GRU(3, 5), nn.GRU(3, 5, bias=False)).outcome == "failed"


def odd_models(nn):
    class With(nn.Module):
        def __init__(self, **parts):
            super().__init__()
            self.lstm = nn.LSTM(8, 16)
            for name, part in parts.items():
                setattr(self, name, part)

    shared, own = nn.LSTM(4, 4, 2), nn.GRU(3, 4)
    shared.weight_hh_l1 = shared.weight_hh_l0
    own.scale = nn.Parameter(own.bias_ih_l0.detach().clone())
    return {
        "Linear": nn.Linear(3, 4),
        "Sequential": nn.Sequential(nn.LSTM(3, 4), nn.LSTM(4, 5)),
        "norm": With(norm=nn.LayerNorm(16)),
        "two heads": With(a=nn.Linear(16, 3), b=nn.Linear(16, 4)),
        "no bias": With(out=nn.Linear(16, 3, bias=False)),
        "other width": With(out=nn.Linear(17, 3)),
        "other table": With(words=nn.Embedding(9, 7)),
        "parameter": With(scale=nn.Parameter(nn.LSTM(1, 1).bias_ih_l0.detach().clone())),
        "before": nn.Sequential(nn.Linear(16, 16), nn.LSTM(16, 16)),
        "shared": shared,
        "computed": nn.utils.parametrizations.weight_norm(nn.LSTM(3, 4), "weight_hh_l0"),
        "own parameter": own,
        "lazy": With(out=nn.LazyLinear(3)),
        "complex": nn.LSTM(3, 4, dtype=pytest.importorskip("torch").complex64),
        "encoder and decoder": nn.ModuleDict({"a": nn.GRU(3, 4), "b": nn.GRU(3, 4)}),
    }


ODD = ("Linear", "Sequential", "norm", "two heads", "no bias", "other width", "other table",
       "parameter", "before", "shared", "computed", "own parameter", "lazy", "complex",
       "encoder and decoder")  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize(
    "ask", [calculate, count_parameters, count_macs, reconcile, trace_shapes, step_through,
            gradient_reach]
)  # fmt: skip
def test_a_module_that_is_no_network_is_refused_with_what_to_give(nn, name, ask):
    with pytest.raises(LstmcalcError, match="as a network") as refused:
        ask(odd_models(nn)[name])
    assert "\n" not in str(refused.value)
    assert "give" in str(refused.value)
    if name == "Sequential":
        assert "get_submodule('0')" in str(refused.value)
    if name in ("norm", "two heads", "no bias"):
        part = odd_models(nn)[name].get_submodule("lstm")
        assert "get_submodule('lstm')" in str(refused.value)
        assert count_parameters(part) == numbers(part)


@pytest.mark.parametrize("wrong", [None, 3, "lstm", LSTM, object(), [LSTM(3, 4)], type])
def test_what_is_no_network_and_no_module_is_refused(wrong):
    with pytest.raises(LstmcalcError, match="as a network: it is none"):
        calculate(wrong)


def test_the_numbers_of_a_module_must_be_there(nn):
    with pytest.raises(LstmcalcError, match="meta"):
        step_through(nn.LSTM(3, 4, device="meta"))
    module = nn.LSTM(3, 4)
    with pytest.importorskip("torch").no_grad():
        module.bias_ih_l0[0] = float("nan")
    with pytest.raises(LstmcalcError, match=r"bias_ih_l0.*not finite"):
        step_through(module)


def test_a_module_is_left_as_it_is(nn):
    torch = pytest.importorskip("torch")
    module = classifier(nn)
    before = copy.deepcopy(module.state_dict())
    state = torch.get_rng_state()
    calculate(module)
    step_through(module, seq_len=2)
    assert all(torch.equal(before[name], held) for name, held in module.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training


def test_nothing_of_torch_is_loaded_for_a_network(tmp_path):
    code = """
import sys
from lstmcalc import *
network = LSTM(28, 128, batch_first=True, dropout=0.1, num_classes=10, dtype="float16")
print(calculate(network), trace_shapes(network), reconcile(network), step_through(network))
print(network, network._repr_html_(), network.to_dict(), count_macs(network))
print("torch" in sys.modules, file=sys.stderr)
"""
    done = run_command(folder=tmp_path, code=code)
    assert done.stderr.strip() == "False"


# Results


@cell("leaky unit", "this test")
def leaky(gate, x, h):
    z = sigmoid(gate.z(x, h))
    h = (1 - z) * h + z * tanh(gate.n(x))
    return {"z": z, "h": h}


def stored(network):
    return pack(draw_weights(network), tensors(network, TORCH))


INPUT, H = sympy.symbols("I H", positive=True)
TINY = LSTM(3, 4, num_classes=2)
VERDICT = Verdict((Check("values", "failed", "off", ("gate i",)),), "torch", "cpu", 0.1)
RESULTS = {
    "report": lambda: calculate(LSTM(28, 128, num_classes=10)),
    "report of an own cell": lambda: calculate(build_network(3, 4, cell=leaky, bias="single")),
    "reconciliation": lambda: reconcile(GRU(3, 4, 2, bidirectional=True)),
    "deep report": lambda: calculate(LSTM(3, 4, 900)),
    "deep flow": lambda: trace_shapes(LSTM(3, 4, 900)),
    "flow": lambda: trace_shapes(LSTM(3, 4, 2, bidirectional=True), lengths=(3, 2)),
    "walk": lambda: step_through(TINY, seq_len=3),
    "walk with words": lambda: step_through(
        GRU(3, 4, vocab_size=9, bidirectional=True, num_classes=2, head_on="every"), seq_len=2
    ),
    "walk of an own cell": lambda: step_through(build_network(3, 4, cell=leaky), seq_len=2),
    "reach": lambda: gradient_reach(LSTM(3, 4), seq_len=10),
    "reach of weights": lambda: gradient_reach(TINY, seq_len=5, weights=draw_weights(TINY)),
    "conversion": lambda: convert(stored(TINY), "torch", "keras"),
    "explanation": lambda: explain(80896, hidden_size=128),
    "explanation of two": lambda: explain(150, 165, hidden_size=5),
    "explanation of none": lambda: explain(81_001, hidden_size=128, input_size=28, cell="lstm"),
    "network": lambda: LSTM(3, [4, 5], bidirectional=True, vocab_size=9, num_classes=2),
    "network of layers": lambda: Network(3, (Layer("lstm", 5, 2), Layer("gru", 4))),
    "network of arrays": lambda: LSTM(3, [np.array([64, 128]), np.array([3, 4])], num_classes=2),
    "network of symbols": lambda: LSTM(INPUT, H, 2, vocab_size=INPUT, bidirectional=True),
    "deep network": lambda: LSTM(3, 4, 900),
    "layer": lambda: Layer("lstm", 8, 3, bidirectional=True),
    "layer of symbols": lambda: Layer("lstm", H),
    "verdict": lambda: VERDICT,
    "verdict of two": lambda: dataclasses.replace(VERDICT, others=(Verdict(reason="no"),)),
    "empty verdict": lambda: Verdict(reason="torch is not installed"),
    "check": lambda: VERDICT.checks[0],
}  # fmt: skip
every_result = pytest.mark.parametrize("name", RESULTS)


@every_result
def test_plain_data_are_json(name):
    found = RESULTS[name]()
    data = found.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert json.loads(found.to_json()) == data
    assert data


@every_result
def test_it_can_be_copied_pickled_and_taken_apart(name):
    found = RESULTS[name]()
    str(found)  # what was computed on the way is no hindrance
    assert set(dataclasses.asdict(found)) == {field.name for field in dataclasses.fields(found)}
    for other in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301
        assert type(other) is type(found)
        assert repr(other) == repr(found)
        assert str(other) == str(found)
        assert other.to_dict() == found.to_dict()
        if name != "network of arrays":  # of arrays NumPy says neither that they are equal nor not
            assert other == found


def test_results_with_arrays_are_equal_where_every_number_is():
    for name in ("walk", "conversion", "reach of weights"):
        assert RESULTS[name]() == RESULTS[name]()
    walk = step_through(TINY, seq_len=3)
    assert walk != step_through(TINY, seq_len=3, seed=1)
    other = copy.deepcopy(walk)
    other.recording.weights.recurrent[0, 0]["W_xi"][0, 0] += 1e-9
    assert walk != other
    assert walk != step_through(TINY, seq_len=2)
    assert gradient_reach(TINY, seq_len=5) != gradient_reach(TINY, seq_len=5, seed=1)
    assert convert(stored(TINY), "torch", "keras") != convert(stored(TINY), "torch", "onnx")
    assert walk != 3


def test_copies_can_be_verified():
    pytest.importorskip("torch")
    for name in ("walk", "walk with words", "conversion", "reach of weights", "flow", "report"):
        found = copy.deepcopy(RESULTS[name]())
        assert verify(found).outcome == "verified", name


class Balanced(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(text):
    parser = Balanced()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.seen


@every_result
def test_a_notebook_shows_it(name):
    seen = parsed(RESULTS[name]()._repr_html_())
    assert {"div", "p", "strong"} <= seen
    tables = {"h4", "table", "thead", "tbody", "tr", "th", "td", "pre"}
    assert seen <= {"div", "p", "br", "strong", "em", *tables}


@every_result
def test_print_prints_it_and_its_repr_stays_short(name):
    found = RESULTS[name]()
    printed = str(found)
    assert "\x1b" not in printed
    assert printed == printed.strip("\n")
    assert printed
    assert "\n" not in repr(found)
    assert len(repr(found)) < 300
    if name.partition(" ")[0] not in ("verdict", "check", "empty"):
        assert len(printed.splitlines()) > 4


COMMANDS = {
    ("128", "28", "--classes", "10"): lambda: calculate(LSTM(28, 128, num_classes=10)),
    ("reconcile", "4", "3", "--cell", "gru"): lambda: reconcile(GRU(3, 4)),
    ("shapes", "4", "3", "--batch-first"): lambda: trace_shapes(LSTM(3, 4, batch_first=True)),
    ("step", "4", "3", "--classes", "2"): lambda: step_through(TINY),
    ("gradients", "4", "3", "--seq-len", "9"): lambda: gradient_reach(
        LSTM(3, 4), seq_len=9, cells=("rnn", "gru", "lstm")
    ),
}
each_command = pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])


@each_command
def test_print_prints_what_the_command_prints(words, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = run_command(*words, "--no-verify", folder=tmp_path)
    table = done.stdout.partition("\n○ not verified")[0]
    assert str(COMMANDS[words]()) == table.rstrip("\n")


@each_command
def test_plain_data_are_what_the_command_prints(words, tmp_path):
    done = run_command(*words, "--no-verify", "--format", "json", folder=tmp_path)
    theirs, ours = json.loads(done.stdout), COMMANDS[words]().to_dict()
    assert theirs.pop("verification")["outcome"] == ours.pop("verification")["outcome"]
    assert theirs == ours


def test_an_explanation_is_what_the_command_prints(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ("explain", "80896", "--hidden-size", "128", "--no-verify", "--format", "json")
    found = RESULTS["explanation"]()
    table = run_command(*words[:-2], folder=tmp_path).stdout.partition("\n○ not verified")[0]
    assert str(found) == table.rstrip("\n")
    assert "lstmcalc 128" in table
    theirs = json.loads(run_command(*words, folder=tmp_path).stdout)
    ours = found.to_dict()
    assert theirs.pop("verification")["outcome"] == ours.pop("verification")["outcome"]
    assert theirs == ours


def test_data_take_the_verdict_that_is_given():
    report = RESULTS["report"]()
    jsonschema.validate(report.to_dict(), SCHEMA)
    data = report.to_dict(VERDICT)
    jsonschema.validate(data, SCHEMA)
    assert data["verification"]["outcome"] == "failed"
    assert data["verification"] == VERDICT.to_dict()
    assert json.loads(report.to_json(VERDICT)) == data
    with pytest.raises(LstmcalcError, match="as a verdict"):
        report.to_dict("verified")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Check(HOSTILE, "failed", HOSTILE, (HOSTILE,)),
        lambda: Verdict((Check(HOSTILE, "failed", HOSTILE, (HOSTILE,)),), HOSTILE, HOSTILE),
        lambda: Verdict(reason=HOSTILE, notes=(HOSTILE,)),
        lambda: dataclasses.replace(step_through(TINY), x_source=HOSTILE),
        lambda: dataclasses.replace(reconcile(TINY), without=((HOSTILE, HOSTILE),)),
        lambda: dataclasses.replace(trace_shapes(TINY), warnings=(HOSTILE,)),
        lambda: dataclasses.replace(convert(stored(TINY), "torch", "keras"), notes=(HOSTILE,)),
        lambda: LSTM(sympy.Symbol(HOSTILE, positive=True), 3),
        lambda: build_network(3, 4, cell=cell(HOSTILE, HOSTILE)(leaky.equations)),
        lambda: calculate(build_network(3, 4, cell=cell(HOSTILE, HOSTILE)(leaky.equations))),
        lambda: Layer(cell(HOSTILE, HOSTILE)(leaky.equations), 4),
    ],
)
def test_what_others_named_is_text_in_a_notebook(make):
    shown = make()._repr_html_()
    assert "script" not in parsed(shown)
    assert "&lt;script&gt;" in shown


def test_verdicts_print_as_the_command_prints_them():
    verdict = dataclasses.replace(VERDICT, others=(Verdict(reason="keras is not installed"),))
    assert str(verdict).splitlines() == [
        "✗ failed against torch on cpu: values (gate i) (0.10 s)",
        "  ✗ values  off",
        "○ not verified: keras is not installed",
    ]
    assert "keras is not installed" in verdict._repr_html_()


def test_a_verdict_that_failed_is_given_on():
    assert not VERDICT
    assert calculate(TINY).to_dict(VERDICT)["verification"]["outcome"] == "failed"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_print_works_in_every_encoding(tmp_path, encoding):
    code = "from lstmcalc import *; print(calculate(GRU(3, 4)), Verdict(), trace_shapes(GRU(3, 4)))"
    done = run_command(folder=tmp_path, code=code, environment={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, "")
    assert "108 parameters" in done.stdout
    assert ("○" in done.stdout) == (encoding == "utf-8")


def test_print_goes_to_a_file_as_it_is():
    file = io.StringIO()
    print(calculate(TINY), file=file)
    assert file.getvalue().startswith("LSTM with hidden size 4")
    assert sys.stdout is not file


def test_the_repr_of_a_network_tells_it_apart():
    kinds = (
        {}, {"proj_size": 3}, {"bidirectional": True}, {"num_classes": 2}, {"vocab_size": 9},
    )  # fmt: skip
    assert len({repr(LSTM(3, 4, **kind)) for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("device", ["banana", "gpu", "cuda:x"])
def test_a_device_that_torch_has_not_is_refused(device):
    with pytest.raises(LstmcalcError, match="device"):
        LSTM(3, 4, device=device)
