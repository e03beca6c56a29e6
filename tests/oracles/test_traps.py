"""What goes wrong when weights are carried over, each shown on the real cells."""

import numpy as np
import pytest
from oracles.cases import CASES
from oracles.compare import inputs_of, real_of

from lstmcalc import build_network
from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.known import adopt, find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.forward import Weights, forward, record
from lstmcalc.totals import count_parameters

pytestmark = [pytest.mark.oracles, pytest.mark.filterwarnings("ignore")]


def one(convention, cell, own=None, **options):
    """The case of a convention, a cell and options."""
    (found,) = [
        c for c in CASES
        if (c.convention, c.cell, c.own, c.options) == (convention, cell, own or c.own, options)
    ]  # fmt: skip
    return found


def cases(*cells):
    """Every case of these cells that has biases."""
    found = [c for c in CASES if c.cell in cells and c.options.get("bias") != "none"]
    return pytest.mark.parametrize("case", found, ids=str)


def filled(network, **values):
    """Weights that are 0, but for these parameters, each filled with one number."""
    drawn = draw_weights(network).recurrent
    return Weights({
        place: {name: np.full_like(array, values.get(name, 0.0)) for name, array in params.items()}
        for place, params in drawn.items()
    })  # fmt: skip


def ran(case, weights):
    """The real cell's output and last states under these weights, and what it started from."""
    network = case.network()
    real, inputs = real_of(case), inputs_of(network)
    real.load(pack(weights, tensors(network, case.described)))
    return *real.run(inputs.x, inputs.states), inputs


def state(case, last, name, place=(0, 0)):
    return last[place][case.layout.states.split().index(name)]


@cases("gru")
def test_b_hn_is_inside_the_reset_and_cannot_be_merged_into_b_xn(case):
    network = case.network()
    weights = draw_weights(network)
    merged = {
        place: {**params, "b_xn": params["b_xn"] + params["b_hn"], "b_hn": 0 * params["b_hn"]}
        for place, params in weights.recurrent.items()
    }
    apart, together = ran(case, weights)[0], ran(case, Weights(merged))[0]
    assert np.abs(apart - together).max() > 1e-3


@cases("gru_reset_before")
def test_reset_before_and_after_the_product_are_different_functions(case):
    weights = draw_weights(case.network())
    output, _, inputs = ran(case, weights)
    own = weights.recurrent[0, 0]
    renamed = {"b_xn" if name == "b_n" else name: array for name, array in own.items()}
    after = forward(
        build_network(3, 5, cell="gru", bias="input"), Weights({(0, 0): renamed}), inputs, np
    )
    assert np.abs(output - after.output).max() > 1e-3


@cases("gru", "gru_reset_before")
def test_z_keeps_the_state_also_where_it_is_stored_with_the_other_sign(case):
    network = case.network()
    weights = filled(network, b_z=40.0, b_xz=40.0)
    _, last, inputs = ran(case, weights)
    for place, states in inputs.states.items():
        np.testing.assert_allclose(last[place][0], states["h"], atol=1e-6)
    stored = pack(weights, tensors(network, case.described))
    signs = {float(sign) for array in stored.values() for sign in np.unique(np.sign(array))}
    assert signs == ({0.0, -1.0} if case.convention == "haiku" else {0.0, 1.0})


@cases("lstm", "lstm_peephole")
def test_the_forget_bias_of_1_is_added_at_run_time_only_by_tf1_and_haiku(case):
    network, real = case.network(), real_of(case)
    inputs = inputs_of(network)
    real.load({name: np.zeros_like(array) for name, array in real.held().items()})
    _, last = real.run(inputs.x, inputs.states)
    added = {"tf1": 1.0, "haiku": 1.0}.get(case.convention, 0.0)
    assert case.layout.forget_bias == added
    kept = (1 / (1 + np.exp(-added))) ** len(inputs.x)
    for place, states in inputs.states.items():
        np.testing.assert_allclose(state(case, last, "c", place), kept * states["c"], atol=1e-6)


def test_tf1s_gru_starts_with_gates_at_1():
    held = real_of(one("tf1", "gru_reset_before", "GRUCell")).held()
    assert (held["cell_0/gru_cell/gates/bias"] == 1).all()
    assert (held["cell_0/gru_cell/candidate/bias"] == 0).all()


@pytest.mark.parametrize(
    ("convention", "own", "cut"),
    [("tf1", "BlockLSTM", True), ("tf_block", "BlockLSTMV2", False)],
)
def test_the_first_block_lstm_cuts_c_to_3(convention, own, cut):
    case = one(convention, "lstm", own)
    _, last, inputs = ran(case, filled(case.network(), b_i=40.0, b_f=40.0, b_g=40.0))
    grown = inputs.states[0, 0]["c"] + len(inputs.x)
    assert (grown > 3).all()
    np.testing.assert_allclose(state(case, last, "c"), 3.0 if cut else grown, rtol=1e-6)


def test_paddle_with_bias_ih_attr_false_keeps_frozen_zeros_that_do_not_count():
    case = one("paddle", "lstm", bias="none")
    real = real_of(case)
    assert real.count() == count_parameters(case.network())
    assert real.count_with_frozen() == count_parameters(one("paddle", "lstm").network())
    frozen = [p.numpy() for p in real.net.parameters() if p.stop_gradient]
    assert len(frozen) == 2
    assert not np.any(frozen)


def test_paddles_weight_ho_is_torchs_weight_hr_transposed():
    case = one("paddle", "lstm", proj_size=2)
    assert real_of(case).held()["0.cell.weight_ho"].shape == (5, 2)
    theirs = {t.name: t.shape for t in tensors(case.network(), find_convention("torch"))}
    assert theirs["weight_hr_l0"] == (2, 5)


def test_paddles_names_like_torchs_leave_weight_ho_out():
    real = real_of(one("paddle", "lstm", proj_size=2))
    names = [name for name in real.net.state_dict() if ".cell" not in name]
    assert names == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


@pytest.mark.parametrize(("convention", "order"), [
    ("equinox", "h c"), ("haiku", "h c"), ("mlx", "h c"), ("openvino", "h c"), ("paddle", "h c"),
    ("nnx_optimized", "c h"), ("tf1", "c h"), ("tf_block", "c h"),
])  # fmt: skip
def test_states_are_h_c_or_c_h(convention, order):
    for case in [c for c in CASES if c.convention == convention and c.cell == "lstm"]:
        _, last, inputs = ran(case, draw_weights(case.network()))
        expected = forward(case.network(), draw_weights(case.network()), inputs, np).states
        for place, arrays in last.items():
            for name, array in zip(order.split(), arrays, strict=True):
                np.testing.assert_allclose(array, expected[place][name], atol=1e-5)


def test_haikus_vanilla_rnn_is_a_rectifier_and_not_tanh():
    case = one("haiku", "rnn_relu")
    assert "rnn" not in case.described.layouts
    assert not ran(case, filled(case.network(), b_xh=-2.0))[0].any()
    assert (ran(case, filled(case.network(), b_xh=2.0))[0] == 2).all()


def test_mlx_hands_over_h_and_c_of_every_step():
    case = one("mlx", "lstm")
    network, real = case.network(), real_of(case)
    inputs, weights = inputs_of(network), draw_weights(network)
    real.load(pack(weights, tensors(network, case.described)))
    every = real.run_every_step(inputs.x, inputs.states)
    steps = record(network, weights, inputs, np).states[0, 0]
    for name, array in zip("hc", every, strict=True):
        ours = np.stack([step[name] for step in steps], 1)  # batch first
        np.testing.assert_allclose(array, ours, atol=1e-5)


def test_merged_biases_cannot_be_split_again():
    case = one("equinox", "lstm")
    weights = draw_weights(case.network())
    real = real_of(case)
    real.load(pack(weights, tensors(case.network(), case.described)))
    cut_out = unpack(real.held(), tensors(case.network(), case.described))
    torch = find_convention("torch")
    stored = pack(cut_out, tensors(adopt(case.network(), torch), torch))
    assert stored["bias_ih_l0"].all()
    assert not stored["bias_hh_l0"].any()
