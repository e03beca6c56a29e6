"""What each framework's layers take and return, as they really do; and checks that can fail."""

from dataclasses import replace

import numpy as np
import pytest
from frameworks import oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

from lstmcalc import (
    CELLS,
    GRU,
    LSTM,
    RNN,
    Layer,
    Network,
    build_network,
    calculate,
    reconcile,
    run,
    trace_shapes,
    verify,
)
from lstmcalc.cli import main
from lstmcalc.conventions import known
from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.conventions.packing import lacking
from lstmcalc.errors import (
    ConfigurationError,
    LstmcalcError,
    SizeError,
    UnknownNameError,
    UnsupportedError,
)
from lstmcalc.flow import StateRow
from lstmcalc.render.pages.flow import page

FRAMEWORKS = ("torch", "keras", "onnx", "flax", "nnx")


def shapes(flow):
    return {tensor.name: tensor.shape for tensor in flow.tensors}


EXAMPLES = {"torch": 200, "keras": 200, "onnx": 200, "flax": 60, "nnx": 15}
"""Networks that are run; XLA compiles each of the last two's anew."""


def networks_of(name):
    """Random networks that the framework has."""
    origin = CONVENTIONS[name]
    return networks(
        cells=tuple(origin.layouts),
        projects=name == "torch",
        unbiased=not origin.always_biased,
        ties=name in ("torch", "onnx"),
    )


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_run_is_as_the_framework_returns_it(name):
    oracle(name)
    verified = []

    @settings(
        max_examples=EXAMPLES[name], deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(network=networks_of(name))
    def check(network):
        verdict = verify(trace_shapes(network, seq_len=4, convention=name))
        assert not verdict.having("failed"), verdict.checks
        assert {one.name for one in verdict.having("skipped")} <= {"parts"}
        assert "shapes" in {one.name for one in verdict.having("passed")}, verdict
        verified.append(network)

    check()
    assert len(verified) >= EXAMPLES[name]


def test_keras_is_batch_first_and_gives_each_state_alone():
    keras = oracle("keras").keras
    flow = shapes(trace_shapes(LSTM(28, 128), convention="keras"))
    layer = keras.layers.LSTM(128, return_sequences=True, return_state=True)
    output, h, c = layer(np.zeros((3, 10, 28), "float32"))
    assert flow["x"] == (3, 10, 28)
    assert [flow[name] for name in ("output", "state_h", "state_c")] == [
        tuple(array.shape) for array in (output, h, c)
    ]


def test_a_bidirectional_layer_of_keras_gives_four_states_in_its_order():
    keras = oracle("keras").keras
    flow = trace_shapes(LSTM(3, 5, bidirectional=True), convention="keras")
    names = [tensor.name for tensor in flow.tensors][-4:]
    assert names == ["forward_h", "forward_c", "backward_h", "backward_c"]
    layer = keras.layers.LSTM(5, return_sequences=True, return_state=True)
    _, *states = keras.layers.Bidirectional(layer)(np.zeros((3, 10, 3), "float32"))
    assert [shapes(flow)[name] for name in names] == [tuple(state.shape) for state in states]


def test_onnx_calls_them_as_its_operators_do():
    onnx = pytest.importorskip("onnx")
    for network, operator in ((LSTM(3, 5), "LSTM"), (GRU(3, 5), "GRU"), (RNN(3, 5), "RNN")):
        schema = onnx.defs.get_schema(operator)
        flow = trace_shapes(network, convention="onnx")
        names = [tensor.name for tensor in flow.tensors if tensor.layer is None]
        inputs = [item.name for item in schema.inputs if item.name.startswith(("X", "initial"))]
        assert names == inputs + [item.name for item in schema.outputs]


def test_the_report_has_the_shapes_of_its_convention():
    oracle("keras")
    report = calculate(LSTM(28, 128), convention="keras", seq_len=7)
    assert [(item.name, item.shape) for item in report.shapes] == [
        ("x", (1, 7, 28)), ("output", (1, 7, 128)), ("state_h", (1, 128)), ("state_c", (1, 128)),
    ]  # fmt: skip
    assert report.run.batch_first
    verdict = verify(report, against=("keras",))
    assert verdict.outcome == "verified"
    assert "shapes" in {check.name for check in verdict.having("passed")}


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize(
    "fault", [{"x": "i t b"}, {"output": "b d i t"}, {"state": "i b l d"}, {"states_first": None}]
)
def test_a_wrong_layout_is_noticed(name, fault, monkeypatch):
    oracle(name)
    origin = CONVENTIONS[name]
    interface = origin.interface._replace(**fault)
    if "states_first" in fault:
        interface = origin.interface._replace(states_first=not origin.interface.states_first)
    elif "x" in fault and name not in ("torch", "flax", "nnx"):
        interface = interface._replace(x="b i t" if name == "keras" else "t i b")
    broken = origin._replace(interface=interface)
    monkeypatch.setattr(known, "CONVENTIONS", {**CONVENTIONS, name: broken})
    monkeypatch.setattr(run, "TORCH", broken if name == "torch" else CONVENTIONS["torch"])
    monkeypatch.setattr(run, "TORCH_INTERFACE", broken.interface)
    flow = trace_shapes(GRU(2, 5), seq_len=4, convention=name)
    assert verify(flow).outcome == "failed"


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_shape_in_another_order_is_noticed(name):
    oracle(name)
    flow = trace_shapes(LSTM(3, 5), seq_len=4, convention=name)
    broken = tuple(
        replace(tensor, shape=tensor.shape[::-1])
        if tensor.layer is None and tensor.name in ("h_n", "Y_h", "state_h", "carry h")
        else tensor
        for tensor in flow.tensors
    )
    verdict = verify(replace(flow, tensors=broken))
    assert [check.name for check in verdict.having("failed")] == ["shapes"]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_states_told_in_another_order_are_noticed(name):
    oracle(name)
    flow = trace_shapes(LSTM(3, 5), seq_len=4, convention=name)
    *rest, before, last = flow.tensors
    verdict = verify(replace(flow, tensors=(*rest, last, before)))
    assert verdict.having("failed")[0].culprits == ("order",)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_wrong_part_is_noticed(name):
    oracle(name)
    flow = trace_shapes(LSTM(3, 5, bidirectional=True), seq_len=4, convention=name)
    first, *rest = flow.claims
    verdict = verify(replace(flow, claims=(replace(first, equal=False), *rest)))
    assert [check.name for check in verdict.having("failed")] == ["parts"]


def test_flax_runs_in_the_other_order_too():
    oracle("flax")
    for name in ("flax", "nnx"):
        flow = trace_shapes(LSTM(3, 5, 2, num_classes=2), batch_first=False, convention=name)
        assert shapes(flow)["x"] == (10, 3, 3)
        assert verify(flow).outcome == "verified"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"convention": "keras", "batch_first": False}, "leave batch_first=False out"),
        ({"convention": "onnx", "batch_first": True}, "leave batch_first=True out"),
        ({"convention": "keras", "unbatched": True}, "give a batch of 1"),
        ({"convention": "keras", "lengths": [3, 2]}, "packed sequences are torch's"),
        ({"convention": "chainer"}, "is not described here"),
    ],
)
def test_a_run_that_a_framework_does_not_have(options, message):
    with pytest.raises((ConfigurationError, UnsupportedError), match=message):
        trace_shapes(LSTM(3, 4), **options)


def test_a_framework_without_such_a_layer_says_so():
    with pytest.raises(UnsupportedError, match="projection"):
        trace_shapes(LSTM(3, 4, proj_size=2), convention="keras")


def test_an_undescribed_convention_says_whose_shapes_the_report_has(capsys):
    report = calculate(LSTM(3, 4), convention="tf_block")
    assert [item.name for item in report.shapes] == ["x", "output", "h_n", "c_n"]
    assert main(["4", "3", "--convention", "tf_block", "--no-verify"]) == 0
    printed = capsys.readouterr().out
    assert "Shapes of one run, as torch has them" in printed
    assert "TF BlockLSTMV2's layout of a run is not described here" in printed


def test_a_convention_of_ones_own_is_refused_and_not_lost():
    own = CONVENTIONS["keras"]._replace(name="mine")
    for convention in (own, CONVENTIONS["keras"]._replace(title="not Keras")):
        with pytest.raises(UnknownNameError, match="reconcile"):
            calculate(LSTM(3, 4), convention=convention)
        with pytest.raises(UnknownNameError, match="reconcile"):
            trace_shapes(LSTM(3, 4), convention=convention)
    assert reconcile(LSTM(3, 4), [own]).rows[0].convention.name == "mine"


def test_an_h0_that_is_told_to_fit_is_proved():
    oracle("torch")
    flow = trace_shapes(LSTM(3, 4), h0=(1, 5, 4))
    assert verify(flow).outcome == "verified"
    assert flow.to_dict()["h0"] == [1, 5, 4]
    verdict = verify(replace(flow, h0=(9, 9, 9)))
    assert verdict.having("failed")[0].culprits == ("h_0",)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([RNN, GRU, LSTM]), st.integers(1, 2), st.booleans(), st.booleans(),
    st.booleans(), st.integers(1, 3), st.lists(st.integers(1, 4), min_size=1, max_size=4),
)  # fmt: skip
def test_an_h0_fits_where_torch_takes_it(make, layers, both, batch_first, unbatched, batch, h0):
    torch = pytest.importorskip("torch")
    network = make(2, 3, layers, bidirectional=both)
    batch = 1 if unbatched else batch
    module = getattr(torch.nn, make.__name__)(
        2, 3, layers, bidirectional=both, batch_first=batch_first
    )
    x = torch.zeros((5, 2) if unbatched else (batch, 5, 2) if batch_first else (5, batch, 2))
    for shape in (tuple(h0), (layers * (1 + both), *([] if unbatched else [batch]), 3)):
        h = torch.zeros(shape)
        given_states = (h, torch.zeros_like(h)) if make is LSTM else h
        try:
            module(x, given_states)
        except (RuntimeError, ValueError, IndexError):
            fits = False
        else:
            fits = True
        run = {"batch_first": batch_first, "x": tuple(x.shape)}
        if fits:
            assert trace_shapes(network, h0=shape, **run).h0 == shape
        else:
            with pytest.raises(SizeError, match="torch expects"):
                trace_shapes(network, h0=shape, **run)


@pytest.mark.parametrize(
    ("network", "run", "h0", "message"),
    [
        (LSTM(2, 3), {"batch_first": True}, (4, 1, 3), "exchange its first two axes"),
        (LSTM(2, 3), {}, (4, 3), "an axis is missing"),
        (LSTM(2, 3, 2), {}, (1, 4, 3), "2 layers of 1 direction"),
        (LSTM(2, 3), {"batch_size": 5}, (1, 4, 3), "x has 5 sequences"),
        (LSTM(2, 3, proj_size=1), {}, (1, 4, 3), "the projection's size"),
        (LSTM(2, 3), {"unbatched": True}, (1, 1, 3), "leave the axis of sequences out"),
        (LSTM(2, 3), {"convention": "keras"}, (1, 4, 3), "for each layer and direction"),
        (LSTM(2, 3), {"batch_first": True}, (4, 1, 3), "second whatever batch_first says"),
        (LSTM(2, 3, bidirectional=True), {"convention": "openvino"}, (2, 4, 3), "stand first:"),
        (LSTM(2, 3), {"convention": "paddle"}, (4, 1, 3), "second whatever time_major says"),
        (LSTM(2, 3), {"convention": "onnx"}, (4, 1, 3), "second: exchange"),
        (LSTM(2, 3, 2), {"convention": "onnx"}, (2, 4, 3), "1 direction of one layer"),
        (build_network(2, [3, 4]), {}, (2, 4, 3), "1 direction of one layer"),
        (LSTM(2, 3), {}, (3,), "give it 3 axes"),
        (LSTM(2, 3), {}, (1, 1, 1, 1), "give it 3 axes"),
    ],
)
def test_an_h0_that_does_not_fit_says_what_to_change(network, run, h0, message):
    with pytest.raises(SizeError, match=message):
        trace_shapes(network, h0=h0, **run)


def test_the_batch_follows_from_an_h0():
    assert trace_shapes(LSTM(2, 3), h0=(1, 32, 3)).run.batch_size == 32


def test_rows_of_the_last_states_are_told_and_proved():
    pytest.importorskip("torch")
    flow = trace_shapes(LSTM(3, 4, 2, bidirectional=True))
    assert flow.rows == (StateRow(0, 0, 0), StateRow(1, 0, 1), StateRow(2, 1, 0), StateRow(3, 1, 1))
    assert verify(flow).outcome == "verified"
    first, second, *rest = flow.rows
    swapped = (replace(first, direction=1), replace(second, direction=0), *rest)
    verdict = verify(replace(flow, rows=swapped))
    assert [check.name for check in verdict.having("failed")] == ["rows"]
    by_direction = tuple(StateRow(row.row, row.row % 2, row.row // 2) for row in flow.rows)
    assert verify(replace(flow, rows=by_direction)).outcome == "failed"


def test_packed_sequences_tell_their_batch_sizes_and_the_padding():
    torch = pytest.importorskip("torch")
    lengths = (7, 5, 2)
    flow = trace_shapes(LSTM(3, 4), lengths=lengths, batch_first=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.zeros(3, 7, 3), lengths, True)
    assert flow.batch_sizes == tuple(packed.batch_sizes.tolist())
    assert "batch_sizes: 3, 3, 2, 2, 2, 1, 1" in page(flow).tables[0].note
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(torch.nn.LSTM(3, 4)(packed)[0])
    assert shapes(flow)["pad_packed_sequence"] == tuple(padded.shape)
    assert verify(flow).outcome == "verified"
    wrong = (*flow.batch_sizes[:-1], 9)
    assert verify(replace(flow, batch_sizes=wrong)).outcome == "failed"


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize("batch_first", [None, True])
def test_the_picture_names_the_output_as_the_text_does(name, batch_first):
    if name in ("onnx",) and batch_first:
        batch_first = None
    for both in (False, True):
        flow = trace_shapes(
            LSTM(3, 4, bidirectional=both), convention=name, batch_first=batch_first
        )
        lines = page(flow).tables[-1].drawing.lines
        last = {"onnx": "Y[-1" if both else "Y[-1, 0]"}.get(
            name, "output[:, -1]" if flow.run.batch_first else "output[-1]"
        )
        assert last in lines[-1]
        assert last.removesuffix("]") in str(flow.claims[0].left)
        ends = [str(claim.right) for claim in flow.claims if claim.equal]
        assert all(any(end in line for line in lines) for end in ends)
        assert max(map(len, lines)) <= 80


def test_a_cell_that_torch_lacks_has_its_shapes_in_onnx():
    oracle("onnx")
    flow = trace_shapes(build_network(3, 4, cell="lstm_peephole"), convention="onnx")
    assert verify(flow).outcome == "verified"
    assert verify(trace_shapes(build_network(3, 4, cell="lstm_peephole"))).outcome == "not verified"


def test_cudnn_has_every_matrix_before_every_bias():
    report = calculate(LSTM(28, 128, 2, bidirectional=True, num_classes=3), convention="cudnn")
    starts = [stretch.start for stretch in report.buffer]
    stops = [stretch.stop for stretch in report.buffer]
    assert starts == [0, *stops[:-1]]
    assert stops[-1] == report.recurrent_parameters
    kinds = [stretch.param[0] for stretch in report.buffer]
    assert kinds == sorted(kinds)  # W before b
    # 2 layers of 2 directions, 4 gates on x and on h
    assert kinds.count("W") == kinds.count("b") == 2 * 2 * 4 * 2
    assert [s.tensor for s in report.buffer][::4][:4] == [
        "l0.W_ih", "l0.W_hh", "l0r.W_ih", "l0r.W_hh",
    ]  # fmt: skip


def test_a_place_that_is_not_known_is_not_told():
    assert calculate(LSTM(28, 128, proj_size=8), convention="cudnn").buffer == ()
    assert calculate(LSTM(28, 128)).buffer == ()


def test_layers_that_differ_have_a_buffer_each():
    report = calculate(build_network(3, [4, 5]), convention="cudnn")
    assert [s.start for s in report.buffer if s.param == "W_xi"] == [0, 0]


def test_every_described_framework_has_layers_that_are_told():
    for name, convention in CONVENTIONS.items():
        if convention.interface is None:
            continue
        cell = next(iter(convention.layouts))
        network = build_network(3, 4, cell=cell)
        try:
            flow = trace_shapes(network, convention=name)
        except LstmcalcError as error:
            raise AssertionError(name) from error
        assert not any(lacking(layer, convention) for layer in flow.network.layers)


def test_a_command_says_flags_and_takes_both_orders(capsys):
    assert main(["shapes", "8", "4", "--convention", "keras", "--time-major"]) == 2
    assert "leave --time-major out" in capsys.readouterr().err
    assert main(["8", "4", "--convention", "flax", "--time-major", "--no-verify"]) == 0
    assert "(10, 1, 4)" in capsys.readouterr().out
    assert main(["shapes", "8", "4", "--time-major", "--batch-first"]) == 2


def test_a_cell_that_torch_lacks_is_not_asked_of_another_framework_in_vain(capsys):
    oracle("torch")
    for command in ("shapes", "step", "gradients"):
        assert main([command, "8", "4", "--cell", "lstm_peephole", "--seq-len", "5"]) == 0
        assert "not verified: cell lstm_peephole" in capsys.readouterr().out


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_layers_of_different_cells_and_directions(name):
    oracle(name)
    kinds = (("lstm", False), ("gru", True), ("lstm", True), ("rnn", False), ("gru", False))
    layers = tuple(Layer(CELLS[cell], 3, bidirectional=both) for cell, both in kinds)
    network = Network(2, layers)
    assert verify(trace_shapes(network, seq_len=4, convention=name)).outcome == "verified"
    verdict = verify(calculate(network, convention=name), against=(name,))
    assert verdict.outcome == "verified", verdict.checks


def test_an_h0_of_layers_that_differ_says_whose_it_is():
    network = build_network(5, [6, 7])
    assert "fits rnn.1 h_0 alone" in page(trace_shapes(network, h0=(1, 3, 7))).tables[0].note
    with pytest.raises(SizeError, match=r"\(1, 3, 6\) or \(1, 3, 7\)"):
        trace_shapes(network, h0=(2, 3, 6), batch_size=3)


@pytest.mark.parametrize(
    ("network", "run", "h0", "message"),
    [
        (LSTM(5, 6), {"batch_size": 3}, (3, 6), r"first axis, 1, is missing: h_0\[None\]"),
        (LSTM(5, 6), {"batch_size": 3}, (1, 6), "x has a batch, and so has h_0 .or the run is un"),
        (LSTM(5, 6), {"convention": "keras"}, (6,), "x has a batch, and so has h_0$"),
    ],
)
def test_a_missing_axis_of_an_h0_is_the_right_one(network, run, h0, message):
    with pytest.raises(SizeError, match=message):
        trace_shapes(network, h0=h0, **run)


def test_lengths_beyond_counting_cost_nothing():
    flow = trace_shapes(LSTM(5, 6), lengths=(10**12, 3))
    assert flow.batch_sizes == ()
    assert shapes(flow)["batch_sizes"] == (10**12,)


def test_an_x_at_hand_may_be_given_itself():
    assert trace_shapes(LSTM(5, 6), x=np.zeros((7, 3, 5))).run.seq_len == 7
    assert trace_shapes(LSTM(5, 6), x=np.array([7, 3, 5])).run.seq_len == 7
    assert trace_shapes(LSTM(5, 6), lengths=np.array([3, 2])).batch_sizes == (2, 2, 1)
    assert trace_shapes(LSTM(5, 6), h0=np.zeros((1, 9, 6))).run.batch_size == 9
    with pytest.raises(SizeError):  # of lengths it is the numbers that count
        trace_shapes(LSTM(5, 6), lengths=np.array([[3, 2]]))


def test_a_refusal_names_the_flags(capsys):
    for words, flags in (
        (["--x", "3,2,5", "--batch", "2"], "--x and --batch:"),
        (["--lengths", "3,2", "--seq-len", "4"], "--lengths and --seq-len:"),
        (["--x", "3,5", "--unbatched"], "--x and --unbatched:"),
    ):
        assert main(["shapes", "6", "5", *words]) == 2
        assert flags in capsys.readouterr().err
