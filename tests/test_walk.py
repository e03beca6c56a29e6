"""`lstmcalc step`: every value of every step against torch; and a check that can fail."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from strategies import networks

from lstmcalc import CELLS, GRU, LSTM, RNN, build_network, cell, step_through, verify
from lstmcalc.algebra import tanh
from lstmcalc.draw import Start, draw_weights
from lstmcalc.errors import ConfigurationError, EquationError, SizeError
from lstmcalc.forward import Weights
from lstmcalc.readings.formulas import equations
from lstmcalc.render.pages.walk import page
from lstmcalc.walk import check_memory


def tampered(walk, t, state, by):
    """The walk with one number of one state at one step changed."""
    place = (0, 0)
    node = walk.network.layers[0].graph.equations[state]
    tapes = [dict(tape) for tape in walk.recording.tapes[place]]
    tapes[t - 1][node] = tapes[t - 1][node] + by
    recording = replace(walk.recording, tapes={**walk.recording.tapes, place: tapes})
    return replace(walk, recording=recording)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_every_step_equals_torch(network):
    pytest.importorskip("torch")
    verdict = verify(step_through(network, seq_len=4))
    assert verdict.outcome == "verified", verdict.checks
    assert max(verdict.differences) <= 1e-12
    assert len(verdict.differences) == 4
    assert {"states", "gates", "output"} <= {check.name for check in verdict.checks}


@pytest.mark.parametrize("state", ["i", "f", "g", "o", "c", "h"])
def test_a_value_that_differs_is_noticed_at_its_step(state):
    pytest.importorskip("torch")
    walk = step_through(LSTM(3, 4), seq_len=5)
    verdict = verify(tampered(walk, 3, state, 1e-9))
    assert verdict.outcome == "failed"
    first, *_ = verdict.having("failed")
    assert first.name == ("states" if state in "ch" else "gates")
    assert first.culprits[0] == "step 3"
    assert verdict.differences[2] > 1e-12 > verdict.differences[1]


def test_weights_of_another_gate_are_noticed():
    pytest.importorskip("torch")
    walk = step_through(LSTM(3, 4), seq_len=2)
    weights = walk.recording.weights
    own = dict(weights.recurrent[0, 0])
    own["W_xi"], own["W_xf"] = own["W_xf"], own["W_xi"]
    recording = replace(walk.recording, weights=replace(weights, recurrent={(0, 0): own}))
    assert verify(replace(walk, recording=recording)).outcome == "failed"


def test_a_cell_that_torch_lacks_is_not_verified():
    pytest.importorskip("torch")
    verdict = verify(step_through(build_network(3, 4, cell="lstm_peephole")))
    assert (verdict.outcome, verdict.checks) == ("not verified", ())


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_has_its_vectors(name):
    network = build_network(3, 4, cell=name, bidirectional=True)
    walk = step_through(network, seq_len=3)
    graph = network.layers[0].graph
    for place, steps in walk.steps.items():
        assert [step.t for step in steps] == [1, 2, 3]
        for step in steps:
            assert set(equations(graph)) <= set(step.values)
            assert len(step.concatenated) == 3 + 4
        before = steps[1].values[f"h{steps[1].before}"]
        other = steps[0] if place[1] == 0 else steps[2]
        np.testing.assert_array_equal(before, other.values["h"])


def test_a_gate_is_its_function_of_its_pre_activation():
    (step, *_) = step_through(LSTM(3, 4)).steps[0, 0]
    np.testing.assert_allclose(step.values["i"], 1 / (1 + np.exp(-step.values["a_i"])))
    np.testing.assert_allclose(step.values["g"], np.tanh(step.values["a_g"]))


def test_the_same_weights_serve_every_step_and_others_are_noticed():
    first, second = (step_through(GRU(3, 4), seed=seed, seq_len=6) for seed in (0, 1))
    seen = {step.fingerprint for step in first.steps[0, 0]}
    assert len(seen) == 1
    assert seen != {step.fingerprint for step in second.steps[0, 0]}


def test_probabilities_add_up_to_one():
    for head_on, rows in (("last", 1), ("every", 5)):
        walk = step_through(LSTM(3, 4, num_classes=6, head_on=head_on))
        assert walk.probabilities.shape == (rows, 6)
        np.testing.assert_allclose(walk.probabilities.sum(-1), 1)


def test_the_same_seed_gives_the_same_walk():
    one, two = step_through(RNN(3, 4), seed=7), step_through(RNN(3, 4), seed=7)
    np.testing.assert_array_equal(one.recording.outputs.output, two.recording.outputs.output)


def test_x_of_ones_own():
    x = np.arange(12.0).reshape(4, 3)
    walk = step_through(LSTM(3, 2), x=x)
    assert walk.seq_len == 4
    np.testing.assert_array_equal(walk.steps[0, 0][2].values["x"], x[2])


@pytest.mark.parametrize(
    ("network", "x", "message"),
    [
        (LSTM(3, 2), np.zeros((4, 2)), r"x of shape \(4, 2\): one sequence is \(T, 3\)"),
        (LSTM(3, 2), np.zeros((0, 3)), "one sequence is"),
        (LSTM(3, 2), np.zeros(()), "one sequence is"),
        (LSTM(3, 2), np.full((2, 3), np.nan), "nan or infinity"),
        (LSTM(3, 2, vocab_size=9), np.array([1, 9]), "token 9: the embedding has words 0 to 8"),
        (LSTM(3, 2, vocab_size=9), np.array([-1, 0]), "token -1"),
        (LSTM(3, 2, vocab_size=9), np.array([0.5]), "tokens are whole numbers"),
        (LSTM(3, 2, vocab_size=9), np.zeros((2, 2)), "tokens of one sequence"),
    ],
)
def test_x_that_does_not_fit(network, x, message):
    with pytest.raises(SizeError, match=message):
        step_through(network, x=x)


def test_what_would_not_fit_into_memory_is_refused():
    with pytest.raises(SizeError, match="more than half of the"):
        step_through(LSTM(65_536, 65_536))
    with pytest.raises(ConfigurationError, match="whole numbers"):
        check_memory(LSTM(np.array([3]), 4), 5)


def test_what_is_shown_to_be_read_is_what_was_handed_on():
    pytest.importorskip("torch")
    walk = step_through(GRU(3, 4), seq_len=4)
    node = walk.network.layers[0].graph.inputs["h"]
    tapes = [dict(tape) for tape in walk.recording.tapes[0, 0]]
    tapes[2][node] = tapes[2][node] + 1e-6
    recording = replace(walk.recording, tapes={(0, 0): tapes})
    verdict = verify(replace(walk, recording=recording))
    assert [c.name for c in verdict.having("failed")] == ["states"]


def test_a_pre_activation_that_is_not_the_gates_is_noticed():
    pytest.importorskip("torch")
    walk = step_through(LSTM(3, 4), seq_len=3)
    node = walk.network.layers[0].graph.equations["f"].args[0]
    tapes = [dict(tape) for tape in walk.recording.tapes[0, 0]]
    tapes[1][node] = tapes[1][node] + 1e-6
    verdict = verify(replace(walk, recording=replace(walk.recording, tapes={(0, 0): tapes})))
    assert [(c.name, c.culprits) for c in verdict.having("failed")] == [("gates", ("step 2",))]


def test_chaos_is_told_from_a_fault():
    pytest.importorskip("torch")
    network = RNN(4, 32)
    weights = draw_weights(network, start=Start("x12"))
    walk = step_through(network, weights=weights, seq_len=80)
    verdict = verify(walk)
    assert verdict.outcome == "partly verified", verdict.checks
    (left_out,) = verdict.having("skipped")
    assert "in its last digit moves the output" in left_out.detail
    assert {c.name for c in verdict.having("passed")} == {"read", "states", "gates"}


def test_cells_whose_gates_read_something_else_than_h():
    @cell("apart", "here")
    def apart(gate, x, h):
        return {"h": tanh(gate.n(x) + gate.m(h))}

    for network, said in (
        (build_network(3, 4, cell="gru_reset_before"), "read by every gate but n"),
        (build_network(3, 4, cell="gru"), "read by every gate but n"),
        (build_network(3, 4, cell=apart), "no gate reads h(t−1) and x(t) joined"),
        (LSTM(3, 4), "[h(t−1), x(t)]: 4 + 3 = 7 numbers, read by every gate."),
    ):
        shown = page(step_through(network, seq_len=2))
        assert said in shown.tables[-1].note


@pytest.mark.parametrize("name", ["x", "a_h"])
def test_names_that_are_taken(name):
    @cell("taken", "here")
    def taken(gate, x, h):
        h = tanh(gate.h(x, h))
        return {name: h, "h": h}

    with pytest.raises(EquationError, match="call it something else"):
        step_through(build_network(3, 4, cell=taken))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": -1}, "seed -1: a seed is a whole number"),
        ({"x": [[1, 2, 3], [4]]}, "its rows are not of one length"),
        ({"x": [["a", "b", "c"]]}, "it holds no numbers"),
        ({"weights": draw_weights(LSTM(3, 5))}, "W_xi of layer 0: the network's is"),
        ({"weights": draw_weights(LSTM(3, 4, 2))}, "weights of 2 layers and directions"),
        ({"weights": Weights({})}, "none is given"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(SizeError, match=message):
        step_through(LSTM(3, 4), **arguments)


def test_x_and_weights_are_drawn_apart():
    walk = step_through(LSTM(4, 4), seq_len=8)
    drawn = np.concatenate([a.ravel() for a in walk.recording.weights.recurrent[0, 0].values()])
    x = walk.recording.inputs.x.ravel()
    assert abs(np.corrcoef(np.abs(x), (drawn[: x.size] * 2) % 1)[0, 1]) < 0.5


@pytest.mark.parametrize("part", ["output", "logits"])
def test_outputs_that_are_edited_are_noticed(part):
    pytest.importorskip("torch")
    walk = step_through(LSTM(3, 4, num_classes=2), seq_len=3)
    outputs = walk.recording.outputs
    edited = replace(outputs, **{part: getattr(outputs, part) + 0.1})
    verdict = verify(replace(walk, recording=replace(walk.recording, outputs=edited)))
    assert "output" in [c.name for c in verdict.having("failed")]


@pytest.mark.parametrize("name", ["x", "h(t-1)", "c(t-1)"])
@pytest.mark.parametrize("place", [(0, 0), (1, 0)])
def test_what_is_shown_to_be_read_first_is_compared(name, place):
    pytest.importorskip("torch")
    walk = step_through(LSTM(3, 4, 2), seq_len=3)
    walk.steps[place][0].values[name][:] += 0.1
    assert verify(walk).outcome == "failed"


def test_a_fingerprint_of_other_weights_is_noticed():
    pytest.importorskip("torch")
    walk = step_through(GRU(3, 4), seq_len=3)
    own = walk.steps[0, 0]
    walk.__dict__["steps"] = {(0, 0): (own[0], replace(own[1], fingerprint="deadbeef"), own[2])}
    assert [(c.name, c.culprits) for c in verify(walk).having("failed")] == [("read", ("step 2",))]


def test_a_walk_of_another_network_is_not_verified():
    pytest.importorskip("torch")
    walk = replace(step_through(GRU(3, 4)), network=LSTM(3, 4))
    assert verify(walk).outcome in ("failed", "not verified")


def test_the_callers_random_state_and_threads_are_left_alone():
    torch = pytest.importorskip("torch")
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    verify(step_through(LSTM(3, 4)))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("network", [LSTM(3, 2, num_classes=2), GRU(3, 2, 2, bidirectional=True)])
@pytest.mark.parametrize("pickled", [False, True])
def test_a_copy_has_its_steps_and_is_verified(network, pickled):
    walk = step_through(network, seq_len=3)
    other = pickle.loads(pickle.dumps(walk)) if pickled else copy.deepcopy(walk)  # noqa: S301
    for place, steps in walk.steps.items():
        for ours, theirs in zip(steps, other.steps[place], strict=True):
            assert ours.values.keys() == theirs.values.keys()
            for name, values in ours.values.items():
                assert np.array_equal(values, theirs.values[name])
    pytest.importorskip("torch")
    assert verify(other).outcome == "verified"
