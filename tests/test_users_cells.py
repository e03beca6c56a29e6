"""Cells of a user's own: nothing is counted as nothing, and no name stands for another cell."""

import pickle

import numpy as np
import pytest

from lstmcalc import (
    CELLS,
    LSTM,
    Cell,
    build_network,
    calculate,
    cell,
    count_parameters,
    gradient_reach,
    reconcile,
    verify,
)
from lstmcalc import algebra as ops
from lstmcalc.algebra import relu, sigmoid, tanh
from lstmcalc.errors import EquationError, UnsupportedError
from lstmcalc.polynomials import _layer
from lstmcalc.readings.shapes import count


def network(equations, **options):
    return build_network(10, 20, cell=Cell(equations, "a cell", "made up"), **options)


def refusal(equations):
    with pytest.raises(EquationError) as caught:
        count_parameters(network(equations))
    return str(caught.value)


@pytest.mark.parametrize("factor", ["gate", None, "text", True, 1j, float("nan"), np.ones(20)])
def test_what_is_no_vector_and_no_number_raises(factor):
    def odd(gate, x, h):
        other = gate.u if isinstance(factor, str) and factor == "gate" else factor
        return {"h": tanh(gate.h(x) + other * h)}

    assert "cell odd: no operation here" in refusal(odd) or "in an equation" in refusal(odd)


def test_numbers_of_any_kind_are_constants():
    def scaled(gate, x, h):
        return {"h": np.float32(0.5) * tanh(gate.h(x, h)) + 2 * h - np.int64(1)}

    assert count_parameters(network(scaled, bias="none")) == 20 * (10 + 20)


def test_a_gate_that_is_made_and_not_returned_raises():
    def idle(gate, x, h):
        gate.q(x, h)
        return {"h": tanh(gate.h(x, h))}

    assert "no equation that it returns reads W_xq, W_hq" in refusal(idle)


@pytest.mark.parametrize(
    "operation",
    [
        ops.Saved,
        ops.Sum,
        lambda a: ops.Slope(ops.Saved(tanh(a))),
        lambda a: ops.OuterSum(a, a),
        lambda a: ops.Param("b", "h", ("H",)) * a,
        lambda a: ops.Input("y", "H") * a,
    ],
)
def test_operations_that_are_not_a_cells_raise(operation):
    def backwards(gate, x, h):
        return {"h": operation(gate.h(x, h)) + h}

    assert "cell backwards, " in refusal(backwards)


def test_parameters_of_unknown_lengths_raise():
    def long(gate, x, h):
        return {"h": tanh(gate.h(x, h)), "k": tanh(gate.param("s", "k", "K"))}

    assert "s_k of shape ('K',): lengths are I, H, P" in refusal(long)


@pytest.mark.parametrize("error", [AttributeError, KeyError, NameError, ZeroDivisionError])
def test_errors_inside_a_cells_function_are_told_in_one_line(error):
    def broken(gate, x, h):
        raise error("inside")

    assert f"cell broken: its function raised {error.__name__}" in refusal(broken)


def test_a_role_that_no_formula_has_a_term_for_raises():
    def scaled(gate, x, h):
        return {"h": gate.param("s", "h", "H") * tanh(gate.h(x, h))}

    layer = network(scaled).layers[0]
    assert count(layer.graph.params, layer.sizes(10)) == 20 * (10 + 20) + 2 * 20 + 20
    with pytest.raises(EquationError, match="parameter s_h: no formula has a term for s"):
        _layer("layer 0", layer, 10, (("W_x", "W_h"),), 1)


def test_a_cell_without_parameters():
    def memory(gate, x, h):
        return {"h": 0.5 * tanh(h)}

    assert count_parameters(network(memory)) == 0
    report = calculate(network(memory))
    assert report.parameters == 0
    assert "0 parameters" in report._repr_html_()
    assert verify(network(memory)).outcome == "not verified"


@cell("minimal gated unit", "Zhou et al. 2016, arXiv:1603.09420")
def mgu(gate, x, h):
    f = sigmoid(gate.f(x, h))
    n = tanh(gate.n(x, f * h))
    h = (1 - f) * h + f * n
    return {"f": f, "n": n, "h": h}


def test_a_cell_that_no_framework_has():
    with pytest.raises(UnsupportedError, match="cell mgu: no framework"):
        reconcile(build_network(10, 20, cell=mgu))


def test_a_cell_called_like_a_built_in_one_is_never_taken_for_it():
    def gru(gate, x, h):
        return {"h": relu(gate.h(x)) - h}

    theirs = network(gru)
    assert theirs.layers[0].cell.name == "gru with other equations"
    assert count_parameters(theirs) == 10 * 20 + 20
    with pytest.raises(UnsupportedError, match="gru with other equations"):
        reconcile(theirs)
    assert verify(theirs).outcome == "not verified"


def test_a_cell_called_like_one_and_equal_to_another():
    def gru(gate, x, h):
        return {"h": tanh(gate.h(x, h))}

    assert Cell(gru, "mine", "") == CELLS["rnn"] != CELLS["gru"]
    assert network(gru) == build_network(10, 20, cell="rnn")
    assert {row.total for row in reconcile(network(gru)).rows} == {640, 620}


def test_cells_compare_by_their_equations():
    def again(gate, x, h, c):
        i = sigmoid(gate.i(x, h))
        f = sigmoid(gate.f(x, h))
        g = tanh(gate.g(x, h))
        o = sigmoid(gate.o(x, h))
        c = f * c + i * g
        h = gate.project(o * tanh(c))
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}

    copy = Cell(again, "a copy", "")
    assert copy == CELLS["lstm"]
    assert hash(copy) == hash(CELLS["lstm"])
    assert build_network(10, 20, cell=copy) == LSTM(10, 20)
    assert len(set(CELLS.values())) == len(CELLS)


def test_a_stack_whose_second_layer_has_no_biases():
    layers = (LSTM(3, 4).layers[0], LSTM(4, 4, bias=False).layers[0])
    stack = type(LSTM(3, 4))(3, layers)
    reach = gradient_reach(stack, cells=["lstm"], seq_len=5)
    assert [curve.label for curve in reach.curves][1:] == [
        "LSTM, forget bias 1", "LSTM, forget bias 2"
    ]  # fmt: skip


def test_a_users_cell_goes_through_pickle():
    assert pickle.loads(pickle.dumps(mgu)) is mgu  # noqa: S301 -- our own bytes
    network = build_network(10, 20, cell=mgu)
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301
