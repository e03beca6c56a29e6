"""Saturated gates: numbers keep their digits where a sigmoid is close to 0 and a tanh to 1."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from lstmcalc import LSTM, build_network, gradient_reach, verify
from lstmcalc.algebra import Graph, Input, relu, sigmoid
from lstmcalc.cells import gru
from lstmcalc.draw import Start, draw_inputs, draw_weights, random_inputs
from lstmcalc.readings.values import step


def applied(function, values, xp=np):
    """A function of the algebra, applied to numbers by the reading of values."""
    a = Input("a", "H")
    graph = Graph({"a": a}, {"y": function(a)}, (), ())
    return step(graph, {}, {"a": values}, xp)[graph.equations["y"]]


@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_a_sigmoid_keeps_its_digits_over_the_whole_range(framework):
    xp = pytest.importorskip(framework)
    arguments = np.concatenate([np.linspace(-700, 40, 997), [0.0, -0.0, -1e-300, 1e-300]])
    computed = applied(sigmoid, xp.asarray(arguments), xp)
    with mpmath.workdps(80):
        for argument, value in zip(arguments, computed, strict=True):
            exact = 1 / (1 + mpmath.exp(-mpmath.mpf(float(argument))))
            assert abs(mpmath.mpf(float(value)) - exact) <= 1e-15 * exact


@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_functions_at_the_ends_of_the_range(framework):
    xp = pytest.importorskip(framework)
    infinite, nan = float("inf"), float("nan")
    ends = xp.asarray([-infinite, -2.0, -0.0, 0.0, 3.0, infinite, nan])
    rectified = [float(value) for value in applied(relu, ends, xp)]
    np.testing.assert_array_equal(rectified, [0, 0, 0, 0, 3, infinite, nan])
    assert not any(np.signbit(rectified[:-1]))
    np.testing.assert_array_equal(
        [float(value) for value in applied(sigmoid, ends, xp)[[0, 2, 5, 6]]], [0, 0.5, 1, nan]
    )
    assert applied(sigmoid, xp.asarray([-9.0, 9.0], dtype=xp.float32), xp).dtype == xp.float32


def test_what_a_gate_keeps_when_it_is_open():
    graph = gru.graph("none")
    weights = {p.name: np.zeros((1, 1)) for p in graph.params}
    weights["W_xz"] += 40.0  # z is 1 to the last digit, and 1 - z is exp(-40)
    weights["W_xn"] += 1.0
    values = step(graph, weights, {"x": np.ones((1, 1)), "h": np.zeros((1, 1))}, np)
    expected = np.exp(-40) * np.tanh(1)
    np.testing.assert_allclose(values[graph.equations["h"]], expected, rtol=1e-15)


def test_the_example_that_lost_its_digits():
    reach = gradient_reach(
        LSTM(2, 4), cells=["lstm"], inits=["x300"], forget_biases=[0], seq_len=50, batch_size=2
    )
    (curve,) = reach.curves
    assert f"{curve.factor:.4f}" == "0.4959"  # in 80 digits
    assert f"{curve.left:.2e}" == "8.91e-48"


SATURATED = [
    pytest.param(cell, init, layers, seed, id=f"{cell}-{init}-{layers}-{seed}")
    for cell in ("rnn", "gru", "lstm")
    for init in ("x3", "x10", "x30", "x100", "x300", "x1000")
    for layers, seeds in ((1, 4), (2, 2))
    for seed in range(seeds)
]


@pytest.mark.parametrize(("name", "init", "layers", "seed"), SATURATED)
def test_saturated_gates_are_compared(name, init, layers, seed):
    pytest.importorskip("torch")
    network = build_network(3, 4, layers, cell=name, bidirectional=layers > 1)
    reach = gradient_reach(network, cells=[name], inits=[init], forget_biases=[0], seq_len=40,
                           batch_size=2, seed=seed)  # fmt: skip
    verdict = verify(reach)
    assert verdict.outcome == "verified", verdict.checks


def test_a_fault_in_a_saturated_curve_is_found():
    pytest.importorskip("torch")
    for name, init in (("rnn", "x100"), ("gru", "x100"), ("lstm", "x300")):
        reach = gradient_reach(LSTM(3, 4), cells=[name], inits=[init], forget_biases=[0],
                               seq_len=40, batch_size=2)  # fmt: skip
        (curve,) = reach.curves
        edited = replace(curve, norms=(*curve.norms[:3], 1.2 * curve.norms[3], *curve.norms[4:]))
        assert verify(replace(reach, curves=(edited,))).outcome == "failed"


class Precise:
    """The functions of the equations in 80 digits, on arrays of mpmath's numbers."""

    where, abs, ones_like = staticmethod(np.where), staticmethod(np.abs), staticmethod(np.ones_like)
    stack, concatenate = staticmethod(np.stack), staticmethod(np.concatenate)
    exp = staticmethod(np.vectorize(mpmath.exp, otypes=[object]))
    tanh = staticmethod(np.vectorize(mpmath.tanh, otypes=[object]))


@pytest.mark.parametrize("init", ["x10", "x100", "x300", "x1000"])
@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_norms_of_saturated_gates_in_80_digits(name, init):
    """The derivative of one step of a lone unit, by mpmath, over the steps of the run."""
    network = build_network(1, 1, cell=name)
    reach = gradient_reach(network, cells=[name], inits=[init], forget_biases=[0], seq_len=20,
                           batch_size=1)  # fmt: skip
    (curve,) = reach.curves
    weights = draw_weights(network, 0, Start(init), 20).recurrent[0, 0]
    x = draw_inputs(network, 20, 1, random_inputs(0)).x.ravel()
    graph = network.layers[0].graph
    with mpmath.workdps(80):
        exact = {n: np.array(w, object) * mpmath.mpf(1) for n, w in weights.items()}

        def run(before, x_t):
            named = {n: np.array([[v]], object) for n, v in zip(graph.states, before, strict=True)}
            tape = step(
                graph, exact, {"x": np.array([[mpmath.mpf(x_t)]], object), **named}, Precise
            )
            return [tape[graph.equations[n]][0, 0] for n in graph.states]

        states = [[mpmath.mpf(0)] * len(graph.states)]
        for x_t in x:
            states.append(run(states[-1], x_t))
        gradient = mpmath.matrix([[1] + [0] * (len(graph.states) - 1)])
        lengths = [mpmath.norm(gradient)]
        for before, x_t in zip(states[-2:0:-1], x[:0:-1], strict=True):
            jacobian = mpmath.matrix(len(before), len(before))
            for column in range(len(before)):
                shift = mpmath.mpf(10) ** -40 * max(1, abs(before[column]))
                up, down = (
                    run([v + sign * shift * (k == column) for k, v in enumerate(before)], x_t)
                    for sign in (1, -1)
                )
                for row in range(len(before)):
                    jacobian[row, column] = (up[row] - down[row]) / (2 * shift)
            gradient = gradient * jacobian
            lengths.append(mpmath.norm(gradient))
        for norm, length in zip(curve.norms, lengths, strict=True):
            assert abs(norm - length) <= 1e-9 * length + mpmath.mpf(10) ** -38


@pytest.mark.parametrize(
    ("hidden", "features", "layers", "seed"), [(2, 4, 2, 3), (8, 3, 1, 4), (8, 3, 3, 14)]
)
def test_where_values_cancel_nothing_is_called_wrong(hidden, features, layers, seed):
    """h and n of a GRU may differ in their last digits alone, and z decides by that."""
    pytest.importorskip("torch")
    network = build_network(features, hidden, layers, cell="gru")
    reach = gradient_reach(network, cells=["gru"], inits=["x1000"], seq_len=30, batch_size=2,
                           seed=seed)  # fmt: skip
    assert not verify(reach).having("failed")
