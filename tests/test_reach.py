"""`lstmcalc gradients`: the published figures, torch's autograd, and a check that can fail."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcalc import GRU, LSTM, RNN, build_network, gradient_reach, verify
from lstmcalc import backward as backward_pass
from lstmcalc.draw import INITS, Start, draw_weights
from lstmcalc.errors import ConfigurationError, SizeError, UnknownNameError
from lstmcalc.reach import LOST, Curve, Reach, norms
from lstmcalc.render import json as as_json
from lstmcalc.render.pages.reach import pace, page

NETWORK = LSTM(28, 128)


def curve(cell, init="default", forget_bias=0.0):
    reach = gradient_reach(NETWORK, cells=[cell], inits=[init], forget_biases=[forget_bias])
    (found,) = reach.curves
    return found


# Measured with torch's own modules, initialisations and random numbers (I=28, H=128, T=200, B=16):
# factor per step; other draws give others by a few percent.
@pytest.mark.parametrize(
    ("cell", "init", "forget_bias", "factor"),
    [
        ("rnn", "default", 0, 0.54),
        ("rnn", "orthogonal", 0, 0.85),
        ("rnn", "x3", 0, 1.09),
        ("gru", "default", 0, 0.64),
        ("lstm", "default", 0, 0.64),
        ("lstm", "default", 1, 0.86),
        ("lstm", "default", 2, 0.97),
        ("lstm", "chrono", 0, 0.993),
    ],
)
def test_the_published_factors(cell, init, forget_bias, factor):
    assert curve(cell, init, forget_bias).factor == pytest.approx(factor, rel=0.03)


@pytest.mark.parametrize(("cell", "lag_100"), [("rnn", 2e-27), ("gru", 1e-20), ("lstm", 2e-21)])
def test_the_published_norms_at_100_steps(cell, lag_100):
    ours = np.log(curve(cell).norms[100])
    assert ours == pytest.approx(np.log(lag_100), rel=0.05)


def test_half_lives_follow_from_factors():
    found = curve("lstm", forget_bias=1)
    assert found.factor**found.half_life == pytest.approx(0.5)
    assert found.doubling is None
    grows = curve("rnn", "x3")
    assert grows.factor**grows.doubling == pytest.approx(2)
    assert (grows.half_life, grows.outcome) == (None, "explodes")


def test_an_lstm_forgets_as_fast_as_a_gru_until_its_forget_bias_is_set():
    lstm, gru, biased = curve("lstm"), curve("gru"), curve("lstm", forget_bias=2)
    assert lstm.half_life == pytest.approx(gru.half_life, rel=0.1)
    assert biased.half_life > 10 * lstm.half_life
    assert lstm.outcome == "vanishes"
    assert lstm.norms[lstm.lost_after] < LOST <= lstm.norms[lstm.lost_after - 1]


@pytest.mark.parametrize(
    ("left", "outcome"), [(1e-9, "vanishes"), (1e-3, "fades"), (1.0, "carries"), (99.0, "explodes")]
)
def test_what_becomes_of_it_is_named(left, outcome):
    assert Curve("", NETWORK, None, (1.0, left)).outcome == outcome


def test_a_gradient_that_dies_or_overflows_is_told():
    assert Curve("", NETWORK, None, (1.0, *[0.0] * 9)).factor == 0
    assert Curve("", NETWORK, None, (1.0, *[0.0] * 9)).half_life == 0
    assert Curve("", NETWORK, None, (1.0, *[np.inf] * 9)).outcome == "explodes"
    (large,) = gradient_reach(LSTM(4, 16), cells=["rnn_relu"], inits=["x999"], seq_len=50).curves
    assert large.outcome == "explodes"
    with pytest.raises(ConfigurationError, match=r"leave the range of float64 at step \d+"):
        gradient_reach(LSTM(4, 16), cells=["rnn_relu"], inits=["x999"])


def test_norms_neither_vanish_nor_overflow():
    steps = {(0, 0): [{"h": np.array([[1e-200, 0.0]])}, {"h": np.array([[3e-200, 4e-200]])}]}
    assert norms(steps) == pytest.approx((1.0, 0.2))


@pytest.mark.parametrize(
    "network",
    [
        LSTM(5, 7),
        LSTM(5, [7, 6], bidirectional=True, num_classes=3),
        LSTM(5, 7, 2, proj_size=3, bias="single"),
        GRU(5, 7, vocab_size=9),
    ],
)
def test_every_step_equals_autograd(network):
    pytest.importorskip("torch")
    cells = ["lstm"] if network.layers[0].proj_size else ["rnn", "rnn_relu", "gru", "lstm"]
    verdict = verify(gradient_reach(network, cells=cells, seq_len=30, batch_size=3))
    assert verdict.outcome == "verified", verdict.checks


def test_chaotic_states_do_not_spoil_the_comparison():
    pytest.importorskip("torch")
    reach = gradient_reach(NETWORK, cells=["rnn"], inits=["x3"])
    assert verify(reach).outcome == "verified"


def test_a_wrong_gradient_is_noticed(monkeypatch):
    pytest.importorskip("torch")
    reach = gradient_reach(LSTM(3, 4), cells=["lstm"], forget_biases=[0], seq_len=9)
    right = backward_pass._steps

    def wrong(*args):
        for t, passed in enumerate(right(*args)):
            passed.arrived["c"] *= 1 + (t == 4) * 1e-7
            yield passed

    monkeypatch.setattr(backward_pass, "_steps", wrong)
    verdict = verify(reach)
    assert verdict.outcome == "failed"
    assert verdict.checks[0].culprits == ("step 5",)


def test_cells_that_torch_lacks_are_told_beside_those_it_has():
    pytest.importorskip("torch")
    reach = gradient_reach(LSTM(3, 4), cells=["rnn", "lstm_coupled"], seq_len=9)
    verdict = verify(reach)
    assert [check.status for check in verdict.checks] == ["passed", "skipped"]
    assert verdict.outcome == "partly verified"


def test_every_cell_has_a_reach():
    cells = ["rnn", "rnn_relu", "gru", "gru_reset_before", "lstm", "lstm_peephole", "lstm_coupled"]
    reach = gradient_reach(LSTM(3, 4), cells=cells, forget_biases=[0], seq_len=9)
    assert len(reach.curves) == len(cells)
    assert all(curve.norms[0] == 1 for curve in reach.curves)


def test_trained_weights_are_taken_as_they_are():
    weights = draw_weights(NETWORK, seed=0, start=Start(forget_bias=2))
    (found,) = gradient_reach(NETWORK, weights=weights).curves
    assert found.norms == curve("lstm", forget_bias=2).norms
    assert found.start is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"seq_len": 1}, SizeError, "at least 2"),
        ({"cells": ["lsmt"]}, UnknownNameError, "did you mean 'lstm'"),
        ({"inits": ["zero"]}, UnknownNameError, "initialisation 'zero': not known"),
        ({"inits": ["chrono"], "cells": ["rnn"]}, ConfigurationError, "no forget gate"),
    ],
)
def test_what_cannot_be_followed(arguments, error, message):
    with pytest.raises(error, match=message):
        gradient_reach(LSTM(3, 4), **arguments)


@pytest.mark.parametrize("init", INITS)
def test_initialisations_are_what_they_are_called(init):
    layer = draw_weights(NETWORK, seed=3, start=Start(init), seq_len=200).recurrent[0, 0]
    W = layer["W_hf"]
    match init:
        case "default":
            assert 0.9 / np.sqrt(128) < np.abs(W).max() <= 1 / np.sqrt(128)
        case "orthogonal":
            np.testing.assert_allclose(W @ W.T, np.eye(128), atol=1e-12)
        case "xavier":
            assert 0.9 < np.abs(W).max() / np.sqrt(6 / 256) <= 1
            assert not layer["b_xf"].any()
        case "identity":
            np.testing.assert_array_equal(W, np.eye(128))
        case "chrono":
            assert 0 <= layer["b_xf"].min() < layer["b_xf"].max() <= np.log(199)
            np.testing.assert_array_equal(layer["b_xi"], -layer["b_xf"])
        case _:
            raise AssertionError(f"{init} has no test")


def test_a_forget_bias_is_the_sum_of_the_gates_biases():
    layer = draw_weights(NETWORK, start=Start(forget_bias=2)).recurrent[0, 0]
    np.testing.assert_array_equal(layer["b_xf"] + layer["b_hf"], 2)
    with pytest.raises(ConfigurationError, match="it has no such gate"):
        draw_weights(GRU(3, 4), start=Start(forget_bias=1))
    with pytest.raises(ConfigurationError, match="it has no biases"):
        draw_weights(build_network(3, 4, bias="none"), start=Start(forget_bias=1))


def test_norms_that_are_edited_are_noticed():
    pytest.importorskip("torch")
    reach = gradient_reach(LSTM(3, 4), cells=["gru"], seq_len=9)
    (found,) = reach.curves
    edited = (*found.norms[:4], found.norms[4] * (1 + 1e-6), *found.norms[5:])
    verdict = verify(replace(reach, curves=(replace(found, norms=edited),)))
    assert [c.culprits for c in verdict.having("failed")] == [("step 5",)]


def test_gradients_too_small_for_float64_spoil_nothing():
    pytest.importorskip("torch")
    reach = gradient_reach(LSTM(4, 16), cells=["rnn"], seq_len=2_000, batch_size=1)
    (found,) = reach.curves
    assert found.left == 0
    assert 0.3 < found.factor < 0.9
    assert verify(reach).outcome == "verified"


def test_a_gradient_that_is_gone_at_once():
    gone = Curve("", NETWORK, None, (1.0, 0.5, *[0.0] * 9))
    assert (gone.outcome, gone.half_life) == ("vanishes", pytest.approx(1))
    reach = Reach((replace(gone, norms=(1.0, *[0.0] * 9)),), 10, 1, 0)
    shown = page(reach)
    assert "is gone at once" in str(shown.tables)
    assert json.loads(as_json.render(shown))["curves"][0]["factor"] == 0
    endless = replace(reach, curves=(replace(gone, norms=(1.0, *[np.inf] * 9)),))
    assert json.loads(as_json.render(page(endless)))["curves"][0]["factor"] is None


def test_the_lesson_is_about_the_lstm():
    reach = gradient_reach(
        LSTM(2, 4), cells=["lstm", "gru", "lstm_peephole"], forget_biases=[0, 3], seq_len=40
    )
    lstm = next(c for c in reach.curves if c.label == "LSTM, forget bias 3")
    assert page(reach).result.endswith(f"LSTM's {pace(lstm)}")


@pytest.mark.parametrize("words", ["cells", "inits", "forget_biases"])
def test_empty_lists_are_refused(words):
    with pytest.raises(SizeError, match=f"{words}: the list is empty"):
        gradient_reach(LSTM(3, 4), **{words: []})


@pytest.mark.parametrize("wrong", [0.5, float("nan"), float("inf")])
def test_norms_where_torchs_gradient_is_gone_are_compared(wrong):
    pytest.importorskip("torch")
    reach = gradient_reach(RNN(2, 3), cells=["rnn"], inits=["x0.001"], seq_len=400)
    (found,) = reach.curves
    edited = replace(found, norms=(*found.norms[:-1], wrong))
    assert verify(replace(reach, curves=(edited,))).outcome == "failed"
    fewer = replace(found, norms=found.norms[:-1])
    assert verify(replace(reach, curves=(fewer,))).outcome == "failed"


@pytest.mark.parametrize(
    ("norms_", "said"),
    [
        ((1, 1e5, 1e4, 9e3, 5e3, 1e3, 500, 100, 15, 12), "rises, then falls"),
        ((1, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07), "falls, then rises"),
        ((1, 0.5, 0.4, 0.41, 0.43, 0.45, 0.5, 0.6), "falls, then rises"),
        ((1, 0.1, 0.08, 0.0799, 0.0798, 0.0797, 0.0796), "falls unevenly"),
        ((1, 9, 10, 10.1, 10.2, 10.3, 10.4), "rises unevenly"),
        ((1, 1.001, 0.999, 1.002, 1.001, 1.0, 0.999), "neither grows nor falls"),
        ((1, 1.5, 2.2, 0, 0, 0, 0, 0), "falls, then rises"),
        ((1, float("inf"), float("inf")), "leaves float64 at once"),
    ],
)
def test_the_pace_does_not_contradict_what_becomes_of_it(norms_, said):
    reach = Reach((Curve("", NETWORK, None, tuple(map(float, norms_))),), len(norms_), 1, 0)
    assert said in str(page(reach).tables[0].rows)


def check_pace(curve):
    """What is said of the pace, against the norms alone."""
    (row,) = page(Reach((curve,), len(curve.norms), 1, 0)).tables[0].rows
    _, per_step, words, left, _ = row
    lags = len(curve.norms) - 1
    match words.split():
        case ["halves", "in", steps, "steps"]:
            assert left < 1
            assert per_step < 1
            assert curve.doubling is None
            if left > 1e-280:  # halvings, by the norms and as they are said
                said, shown = lags / float(steps), -np.log2(left)
                assert said / 2.05 < shown < said * 2.05
        case ["doubles", "in", steps, "steps"]:
            assert left > 1
            assert per_step > 1
            assert curve.half_life is None
            if np.isfinite(left):
                said, shown = lags / float(steps), np.log2(left)
                assert said / 2.05 < shown < said * 2.05
        case ["neither", *_]:
            assert max(curve.norms) < 1.011
            assert min(curve.norms) > 0.989
        case ["falls", "unevenly"] | ["falls,", "then", "rises"]:
            assert left < 1
            assert per_step is None
            assert (curve.half_life, curve.doubling) == (None, None)
        case ["rises", "unevenly"] | ["rises,", "then", "falls"]:
            assert left >= 1
            assert per_step is None
            assert (curve.half_life, curve.doubling) == (None, None)
        case ["is", "gone", "at", "once"]:
            assert left < LOST
        case _:
            assert not np.isfinite(left)


@settings(deadline=None, max_examples=300)
@given(
    first=st.floats(-3, 3), slope=st.floats(-2, 2), bend=st.floats(-0.3, 0.3),
    noise=st.floats(0, 2), lags=st.integers(1, 60), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_the_pace_of_any_curve_agrees_with_what_is_left(first, slope, bend, noise, lags, seed):
    steps = np.arange(lags + 1)
    walk = first * (steps > 0) + slope * steps + bend * steps**2
    walk += noise * np.random.default_rng(seed).standard_normal(lags + 1) * (steps > 0)
    with np.errstate(over="ignore", under="ignore"):
        check_pace(Curve("", NETWORK, None, tuple(map(float, np.exp(walk)))))


@pytest.mark.parametrize("seed", range(12))
def test_the_pace_of_random_networks_agrees_with_what_is_left(seed):
    rng = np.random.default_rng(seed)
    network = LSTM(int(rng.integers(1, 9)), int(rng.integers(1, 17)))
    reach = gradient_reach(
        network, cells=["rnn", "gru", "lstm", "lstm_peephole"], forget_biases=[0, 1, 3, 5, 9],
        inits=["default", "x3", "identity"], seq_len=int(rng.integers(2, 60)), batch_size=2,
        seed=seed,
    )  # fmt: skip
    for each in reach.curves:
        check_pace(each)
        assert pace(each) in str(page(replace(reach, curves=(each,))).tables[0].rows)


def test_a_forget_bias_of_5_does_not_double_what_is_less():
    reach = gradient_reach(LSTM(4, 8), cells=["lstm"], forget_biases=[5], seq_len=20)
    (found,) = reach.curves
    assert found.left < 1 < found.factor
    assert pace(found) == "falls, then rises"
    assert "×" not in page(reach).result
    assert page(reach).result == "LSTM, forget bias 5: the gradient falls, then rises"
