"""Reports: letters beside numbers, bytes, and what other programs do with them."""

import pickle

import pytest
from hypothesis import given, settings
from strategies import networks, runs

from lstmcalc import CELLS, GRU, LSTM, Layer, LstmcalcError, Network, calculate
from lstmcalc.memory import BYTES


@settings(max_examples=200, deadline=None)
@given(networks(cells=tuple(CELLS)), runs())
def test_letters_stand_for_the_numbers_beside_them(network, run):
    last = network.layers[-1]
    letters = {
        "T": run["seq_len"], "B": run["batch_size"], "I": network.input_size,
        "C": network.num_classes, "D": last.directions, "L": len(network.layers), "1": 1,
    }  # fmt: skip
    for item in calculate(network, **run).shapes:
        part, _, state = item.name.rpartition(" ")
        layer = network.layers[int(part.removeprefix("rnn."))] if part else last
        own = {**letters, "H": layer.hidden_size, "P": layer.proj_size}
        numbers = []
        for letter in item.letters:
            number = 1
            for factor in letter.split("·"):
                number *= own[factor]
            numbers.append(number)
        assert tuple(numbers) == item.shape, (item, state)


@pytest.mark.parametrize("dtype", BYTES)
def test_bytes_of_a_number_are_torchs(dtype):
    torch = pytest.importorskip("torch")
    assert BYTES[dtype] == torch.empty(0, dtype=getattr(torch, dtype)).element_size()


def test_parts_add_up():
    report = calculate(GRU(8, [6, 4], vocab_size=50, num_classes=3, bidirectional=True))
    assert sum(layer.parameters for layer in report.layers) == report.recurrent_parameters
    assert report.embedding_parameters == 50 * 8
    assert report.head_parameters == 3 * 8 + 3
    assert report.parameters == sum(tensor.parameters for tensor in report.tensors)


def test_reports_can_be_compared_and_pickled():
    report = calculate(LSTM(28, 128, num_classes=10))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301 -- our own bytes
    assert repr(report) == "<Report: lstm 28 → 128, 82,186 parameters>"


def test_layers_may_differ_in_everything():
    layers = (Layer("lstm", 5, proj_size=2), Layer("gru", 4, bidirectional=True, bias="none"))
    report = calculate(Network(3, layers))
    assert [layer.input_size for layer in report.layers] == [3, 2]
    shown = report._repr_html_()
    assert "LSTM and GRU" in shown
    assert "some in two directions, h projected to 2, none" in shown
    assert "biases that differ by layer" in shown
    assert "Keras" not in shown  # who keeps which biases depends on the cell


@pytest.mark.parametrize("flag", ["bidirectional", "tie_weights"])
@pytest.mark.parametrize("value", ["no", "False", 1, None])
def test_a_flag_is_true_or_false(flag, value):
    with pytest.raises(LstmcalcError, match="either True or False"):
        LSTM(8, 8, vocab_size=5, **{flag: value})
