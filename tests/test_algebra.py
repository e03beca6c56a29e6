"""Tracing: what equations may say, and that nothing unknown ever counts as nothing."""

import numpy as np
import pytest

from lstmcalc import algebra, build_network, cell, tracing
from lstmcalc.cells import CELLS
from lstmcalc.errors import EquationError
from lstmcalc.readings import costs, formulas, values


class Exp(algebra.Node):
    """An operation that no reading knows."""

    __slots__ = ()

    def __init__(self, arg):
        super().__init__(arg, dim=arg.dim)


def graph_of(equations, bias="none"):
    return tracing.trace(equations, bias, projected=False)


def unknown(gate, x, h):
    return {"h": Exp(gate.h(x, h))}


@pytest.mark.parametrize(
    "reading",
    [
        lambda graph: costs.work(graph, {"I": 1, "H": 1}),
        formulas.equations,
        lambda graph: values.step(
            graph,
            {"W_xh": np.ones((1, 1)), "W_hh": np.ones((1, 1))},
            {"x": np.ones((1, 1)), "h": np.ones((1, 1))},
            np,
        ),
    ],
)
def test_an_unknown_operation_raises_in_every_reading(reading):
    with pytest.raises(EquationError, match=r"operation Exp: .* has no rule for it"):
        reading(graph_of(unknown))


def test_a_shared_node_is_counted_once():
    def shared(gate, x, h):
        a = algebra.tanh(gate.a(x, h))
        return {"h": a * a + a}

    found = costs.work(graph_of(shared), {"I": 2, "H": 3})
    assert (found.tanhs, found.muls, found.macs) == (3, 3, 15)


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        (lambda gate, x, h: {"h": gate.a(x) + x}, "lengths must agree"),
        (lambda gate, x, h: {"h": gate.a(x) + gate.a(x)}, "W_xa twice"),
        (lambda gate, x, h: {"a": gate.a(x, h)}, "do not return h"),
        (lambda gate, x, h: {"h": x}, "h changes its length"),
        (lambda gate, x, h: {"h": gate.a()}, "reads no vector"),
        (lambda gate, x, h: gate.a(x, h), "must return its equations by name"),
        (lambda gate, x, h: None, "must return its equations by name"),
        (lambda gate, x, h: {"h": np.exp(gate.a(x, h))}, "no operation here"),
        (lambda gate, x, h: {"h": gate.a(x, h) / 2}, "no operation here"),
        (lambda gate, x, h: {"h": gate.a(x, h) or h}, "not true or false"),
        (lambda gate, x, c: {"c": gate.a(x, c)}, "takes the gates, then x, h"),
    ],
)
def test_equations_that_make_no_cell(equations, message):
    with pytest.raises(EquationError, match=message):
        graph_of(equations)


def test_names_follow_the_textbook():
    names = [p.name for p in CELLS["gru"].graph("single").params]
    assert names == ["W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xn", "b_xn", "W_hn", "b_hn"]


def test_a_cell_of_ones_own_can_be_stacked_and_read_from_both_ends():
    @cell("plain", "here")
    def plain(gate, x, h):
        return {"h": gate.h(x, h) - 1}

    network = build_network(3, [4, 5], cell=plain, bidirectional=True, bias=False)
    assert network.input_sizes == (3, 8)
