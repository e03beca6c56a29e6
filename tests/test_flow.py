"""`lstmcalc shapes`: shapes and parts as torch has them; and a check that can fail."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

from lstmcalc import GRU, LSTM, Network, build_network, calculate, trace_shapes, verify
from lstmcalc.errors import ConfigurationError, SizeError


def shapes(flow):
    return {tensor.name: tensor.shape for tensor in flow.tensors}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks(), st.booleans(), st.booleans(), st.lists(st.integers(1, 5), max_size=3))
def test_every_run_is_as_torch_has_it(network, batch_first, unbatched, lengths):
    pytest.importorskip("torch")
    run = {"lengths": lengths} if lengths else {"seq_len": 4, "unbatched": unbatched}
    verdict = verify(trace_shapes(network, batch_first=batch_first, **run))
    # ReLU layers of a few units may put out zeros only, where then nothing differs: that is told
    left_out = {check.name for check in verdict.having("skipped")}
    assert left_out <= ({"parts"} if network.layers[0].cell.name == "rnn_relu" else set())
    assert not verdict.having("failed"), verdict.checks


def test_the_parts_of_two_directions():
    flow = trace_shapes(LSTM(28, 128, bidirectional=True), batch_first=True)
    told = [(str(c.left), c.equal, str(c.right)) for c in flow.claims]
    assert told == [
        ("output[:, -1, :128]", True, "h_n[-2]"),
        ("output[:, 0, 128:]", True, "h_n[-1]"),
        ("output[:, -1, 128:]", False, "h_n[-1]"),
    ]
    assert shapes(flow)["output"] == (3, 10, 256)
    assert shapes(flow)["h_n"] == (2, 3, 128)


def test_a_wrong_claim_and_a_wrong_shape_are_noticed():
    pytest.importorskip("torch")
    flow = trace_shapes(LSTM(3, 4, bidirectional=True))
    first, *rest = flow.claims
    verdict = verify(replace(flow, claims=(replace(first, equal=False), *rest)))
    assert [c.name for c in verdict.having("failed")] == ["parts"]
    wrong = tuple(
        replace(t, shape=(9, *t.shape[1:])) if t.name == "h_n" else t for t in flow.tensors
    )
    verdict = verify(replace(flow, tensors=wrong))
    assert [c.culprits for c in verdict.having("failed")] == [("h_n",)]


def test_a_flat_x_is_one_unbatched_sequence():
    flow = trace_shapes(LSTM(28, 128), x=(32, 28))
    assert "read as one unbatched sequence of 32 steps" in flow.warnings[0]
    assert shapes(flow)["output"] == (32, 128)
    assert trace_shapes(LSTM(28, 128), x=(5, 32, 28)).run.batch_size == 32
    assert trace_shapes(LSTM(28, 128), x=(5, 32, 28), batch_first=True).run.batch_size == 5
    assert trace_shapes(GRU(28, 128, vocab_size=9), x=(7, 2)).run.seq_len == 7


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ((32, 27), "its last dimension must be the input size, 28"),
        ((28, 32), "dimension 0 is 28: move it to the end"),
        ((28,), "torch takes 2 or 3 dimensions"),
        ((1, 2, 3, 28), "torch takes 2 or 3 dimensions"),
    ],
)
def test_an_x_that_torch_refuses(x, message):
    torch = pytest.importorskip("torch")
    with pytest.raises((RuntimeError, ValueError)):
        torch.nn.LSTM(28, 128)(torch.zeros(x))
    with pytest.raises(SizeError, match=message):
        trace_shapes(LSTM(28, 128), x=x)


def test_packed_sequences():
    flow = trace_shapes(LSTM(28, 128, num_classes=2), lengths=[5, 2])
    assert shapes(flow)["packed x"] == (7, 28)
    assert "would read padding" in flow.warnings[1]
    with pytest.raises(ConfigurationError, match="leave the others out"):
        trace_shapes(LSTM(28, 128), lengths=[5], unbatched=True)


def test_what_would_take_long_is_not_compared():
    pytest.importorskip("torch")
    verdict = verify(trace_shapes(LSTM(65_536, 65_536, 48)))
    assert verdict.outcome == "not verified"
    assert "GB" in verdict.summary


@pytest.mark.parametrize("name", ["logits", "layer 0 reads", "  all gates", "  h(t)", "output"])
def test_no_shape_can_be_edited_unnoticed(name):
    pytest.importorskip("torch")
    flow = trace_shapes(LSTM(3, 4, 2, num_classes=2))
    wrong = tuple(replace(t, shape=(77,)) if t.name == name else t for t in flow.tensors)
    verdict = verify(replace(flow, tensors=wrong))
    assert [c.name for c in verdict.having("failed")] == ["shapes"]
    fewer = tuple(t for t in flow.tensors if t.name != name)
    assert verify(replace(flow, tensors=fewer)).outcome == "failed"


def test_stacks_of_different_cells():
    pytest.importorskip("torch")
    layers = (LSTM(3, 4).layers[0], GRU(4, 2).layers[0])
    flow = trace_shapes(Network(3, layers))
    assert shapes(flow)["rnn.0 c_n"] == (1, 3, 4)
    assert verify(flow).outcome == "verified"


def test_numbers_that_are_all_zero_prove_no_difference():
    pytest.importorskip("torch")
    network = build_network(1, 1, cell="rnn_relu", bidirectional=True)
    verdict = verify(trace_shapes(network, seq_len=2, batch_size=1))
    assert not verdict.having("failed")


def test_layers_that_differ_in_their_second_bias_alone():
    pytest.importorskip("torch")
    layers = [build_network(2, 3, bias=bias).layers[0] for bias in ("single", "double")]
    first = replace(layers[1], hidden_size=2)
    for network in (Network(3, (*layers,)), Network(2, (first, layers[0]))):
        assert verify(trace_shapes(network)).outcome == "verified"
        assert verify(calculate(network)).outcome == "verified"


def test_padding_that_is_said_not_to_be_zero_is_noticed():
    pytest.importorskip("torch")
    flow = trace_shapes(LSTM(3, 4), lengths=(3, 1))
    wrong = tuple(replace(c, equal=False) if c.right is None else c for c in flow.claims)
    assert verify(replace(flow, claims=wrong)).outcome == "failed"
    assert verify(replace(flow, tensors=())).outcome == "failed"
