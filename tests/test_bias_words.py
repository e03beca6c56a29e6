"""A framework stands beside a convention of biases only where it can hold that very layer."""

import re
from itertools import product

import pytest

from lstmcalc import build_network, calculate, count_parameters, explain, reconcile
from lstmcalc.cells import CELLS, cell
from lstmcalc.conventions.biases import BIAS_NAMES, NOBODY, bias_words
from lstmcalc.conventions.known import CONVENTIONS, keepers
from lstmcalc.conventions.packing import tensors
from lstmcalc.errors import UnsupportedError
from lstmcalc.network import Layer, Network
from lstmcalc.render.pages import explanation, report
from lstmcalc.tracing import BIASES

TITLES = {convention.title: convention for convention in CONVENTIONS.values()}

# By their documentation: torch.nn.LSTM(proj_size=…), cudnnSetRNNDescriptor_v8(projSize=…),
# paddle.nn.LSTM(proj_size=…), gluon.rnn.LSTM(projection_size=…), rnn_cell.LSTMCell(num_proj=…),
# snt.LSTM(projection_size=…), oneDNN's LSTM with projection, TFLite's input 16.
PROJECTING = {"torch", "cudnn", "paddle", "mxnet", "tf1", "sonnet", "onednn", "tflite"}

LAYERS = [
    (name, bias, projected)
    for name, bias, projected in product(CELLS, BIASES, (False, True))
    if not (projected and not CELLS[name].graph("none").projects)
]


def named(words):
    """The frameworks in brackets."""
    match = re.search(r"\((.*)\)$", words)
    said = match[1].split(", ") if match else []
    return [TITLES[title] for title in said if title in TITLES]


@pytest.mark.parametrize(("name", "bias", "projected"), LAYERS)
def test_who_is_named_has_such_a_layer(name, bias, projected):
    layer = Layer(CELLS[name], 8, 4 if projected else None, bias=bias)
    network = Network(3, (layer,))
    having = []
    for convention in CONVENTIONS.values():
        if name not in convention.layouts:
            continue
        try:
            held = tensors(network, convention)
        except UnsupportedError:
            continue
        parts = {part.param for tensor in held for part in tensor.parts}
        if parts == {param.name for param in layer.graph.params}:
            having.append(convention.name)
    words = bias_words(name, layer.bias, projected)
    assert {convention.name for convention in named(words)} <= {*having}
    assert (NOBODY in words) == (not keepers(name, layer.bias, projected))
    for convention in keepers(name, layer.bias, projected):
        assert convention.name in having
    if projected:
        assert {convention.name for convention in named(words)} <= PROJECTING


def test_with_a_projection_keras_and_flax_are_not_named():
    for bias in BIASES:
        words = bias_words("lstm", bias, projected=True)
        assert "Keras" not in words
        assert "Flax" not in words
        assert "ONNX" not in words
    assert bias_words("lstm", "single", projected=True) == "one bias (TF1, Sonnet, oneDNN)"
    assert bias_words("lstm", "double", projected=True) == "two biases (torch, cuDNN, Paddle)"
    assert bias_words("lstm", "single") == "one bias (Keras, TF1, Flax)"


def test_a_cell_that_is_always_biased_everywhere_is_nobodys_without():
    having = [c for c in CONVENTIONS.values() if "lstm_peephole" in c.layouts]
    without = [c for c in having if not c.always_biased]
    assert keepers("lstm_peephole", "none") == tuple(without)


@pytest.mark.parametrize("name", [n for n in CELLS if CELLS[n].graph("none").projects])
def test_a_page_names_no_framework_that_cannot(name):
    network = build_network(28, 128, cell=name, proj_size=64)
    made = report.page(calculate(network))
    labels = [made.result, *(str(row[0]) for row in report.biases_table(calculate(network)).rows)]
    for label in labels:
        for title in re.findall(r"\(([^()]*)\)", label):
            for each in title.split(", "):
                assert each not in TITLES or TITLES[each].name in PROJECTING
    if name == "lstm_coupled":
        assert NOBODY in made.result


def test_explain_says_what_is_nobodys():
    found = explain(56_320, hidden_size=128, input_size=28, proj_size=64, most=30)
    rows = next(t for t in explanation.page(found).tables if t.title.startswith("What has")).rows
    assert len(rows) == len(found.matches)
    for match, row in zip(found.matches, rows, strict=True):
        (network,) = match.networks
        layer = network.layers[0]
        try:
            stored = [r for r in reconcile(network).rows if r.bias == layer.bias]
        except UnsupportedError:
            stored = []
        totals = {r.total for r in stored if r.cell == layer.cell.name}
        if layer.bias != "none":
            assert (NOBODY in row[2]) == (count_parameters(network) not in totals)
        for convention in named(row[2]):
            assert convention.name in {r.convention.name for r in stored}


def test_of_cells_that_hold_the_same_the_first_is_somebodys():
    for projected in (False, True):
        for total in ("2M", "300k"):
            known = {"proj_size": 64} if projected else {}
            for match in explain(total, most=20, **known).matches:
                first, *others = match.ways[0]
                if not keepers(first[0].name, first[1], projected):
                    assert not any(keepers(c.name, b, projected) for c, b in others)


def test_a_cell_of_ones_own_names_nobody():
    @cell("mine", "here")
    def mine(gate, x, h):
        return {"h": gate.a(x, h)}

    made = report.page(calculate(Network(3, (Layer(mine, 4),))))
    assert "(" not in made.result.partition(" bytes")[0]
    assert BIAS_NAMES["double"] in made.result


def test_a_bias_on_x_is_no_other_reading_where_it_is_the_one_bias():
    assert bias_words("lstm", "input") == "bias on x (Keras, TF1, Flax)"  # as Layer takes it
    for match in explain(80_384, hidden_size=128, input_size=28, most=20).matches:
        for own, bias in match.ways[0]:
            assert not (bias == "input" and own.has_one_bias)
    (first, *_) = explain(80_384, hidden_size=128, input_size=28, bias="input").matches
    assert first.parameters == (80_384,)
