"""The derived backward equations, against automatic differentiation of two kinds.

torch differentiates our forward equations (every cell, one of the reader's own too), and its own
modules (in tests/test_torch_agreement.py).
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

from lstmcalc import CELLS, LSTM, build_network, calculate, cell
from lstmcalc.adjoint import adjoint
from lstmcalc.algebra import Node, relu, sigmoid, tanh
from lstmcalc.backward import Arriving, backward
from lstmcalc.errors import EquationError
from lstmcalc.forward import Inputs, Weights, forward, record
from lstmcalc.polynomials import formulas
from lstmcalc.readings.costs import work
from lstmcalc.readings.formulas import equations
from lstmcalc.readings.shapes import shape
from lstmcalc.totals import backward_work, embedding_shapes, head_shapes

TOLERANCE = 1e-10


@cell("minimal gated unit", "Zhou et al. 2016, arXiv:1603.09420")
def mgu(gate, x, h):
    f = sigmoid(gate.f(x, h))
    n = tanh(gate.n(x, f * h))
    h = (1 - f) * h + f * n
    return {"f": f, "n": n, "h": h}


@cell("odd", "every operation, a value read twice, a state that nothing reads")
def odd(gate, x, h, s):
    a = relu(gate.a(x, h))
    b = 2 - gate.b(x) * a
    k = -(a * a) * 0.25
    s = tanh(gate.s(x) - b)
    h = sigmoid(k + b) - a * b * 0.1
    return {"a": a, "b": b, "s": s, "h": h}


def drawn(network, seed, steps=4, batch=3):
    """Weights and inputs of a network, and the loss's gradients of everything it puts out."""
    rng = np.random.default_rng(seed)
    recurrent, states, ends = {}, {}, {}
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        for direction in range(layer.directions):
            place = (index, direction)
            sizes = layer.sizes(size)
            recurrent[place] = {
                p.name: rng.normal(size=shape(p, sizes)) for p in layer.graph.params
            }
            sizes = {name: (batch, layer.state_size(name)) for name in layer.graph.states}
            states[place] = {name: rng.normal(size=size) for name, size in sizes.items()}
            ends[place] = {name: rng.normal(size=size) for name, size in sizes.items()}
    embedding = head = bias = None
    x = rng.normal(size=(steps, batch, network.input_size))
    if network.vocab_size is not None:
        embedding = rng.normal(size=embedding_shapes(network)["weight"])
        x = rng.integers(0, network.vocab_size, (steps, batch))
    logits = None
    if network.num_classes is not None:
        shapes = head_shapes(network)
        bias = rng.normal(size=shapes["bias"])
        head = embedding if network.tie_weights else rng.normal(size=shapes["weight"])
        every = [steps] if network.head_on == "every" else []
        logits = rng.normal(size=(*every, batch, network.num_classes))
    output = rng.normal(size=(steps, batch, network.output_size))
    arriving = Arriving(logits, output, ends)
    return Weights(recurrent, embedding, head, bias), Inputs(x, states), arriving


def by_torch(network, weights, inputs, arriving):
    """The gradients that torch's autograd finds in our forward equations."""
    torch = pytest.importorskip("torch")
    leaves = {}

    def leaf(key, array):
        if array is None:
            return None
        if id(array) not in leaves:
            leaves[id(array)] = (key, torch.tensor(array, requires_grad=True))
        return leaves[id(array)][1]

    def turn(kind, nested):
        return {
            place: {name: leaf((kind, place, name), a) for name, a in found.items()}
            for place, found in nested.items()
        }

    theirs = Weights(
        turn("weights", weights.recurrent),
        leaf("embedding", weights.embedding),
        leaf("head", weights.head_weight),
        leaf("bias", weights.head_bias),
    )
    x = torch.tensor(inputs.x) if weights.embedding is not None else leaf("x", inputs.x)
    outputs = forward(network, theirs, Inputs(x, turn("states", inputs.states)), torch)
    loss = (outputs.output * torch.tensor(arriving.output)).sum()
    for place, found in arriving.states.items():
        for name, end in found.items():
            loss = loss + (outputs.states[place][name] * torch.tensor(end)).sum()
    if arriving.logits is not None:
        loss = loss + (outputs.logits * torch.tensor(arriving.logits)).sum()
    loss.backward()
    return {
        key: np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        for key, tensor in leaves.values()
    }


def ours(network, weights, inputs, arriving):
    """The same from the derived equations, under the same names."""
    found = backward(record(network, weights, inputs, np), arriving)
    named = {"x": found.x, "embedding": found.weights.embedding,
             "head": found.weights.head_weight, "bias": found.weights.head_bias}  # fmt: skip
    for kind, nested in (("weights", found.weights.recurrent), ("states", found.states)):
        for place, arrays in nested.items():
            named |= {(kind, place, name): array for name, array in arrays.items()}
    return named


def assert_equal_gradients(network, seed):
    case = drawn(network, seed)
    found = ours(network, *case)
    expected = by_torch(network, *case)
    assert expected
    for name, gradient in expected.items():
        apart = np.abs(found[name] - gradient).max() / max(1.0, np.abs(gradient).max())
        assert apart <= TOLERANCE, (name, apart)


@pytest.mark.parametrize("kind", [*CELLS.values(), mgu, odd], ids=lambda c: c.name)
@pytest.mark.parametrize("bias", ["none", "single", "double"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_every_cell(kind, bias, bidirectional):
    network = build_network(3, [4, 5], cell=kind, bias=bias, bidirectional=bidirectional)
    assert_equal_gradients(network, seed=1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks(cells=tuple(CELLS)))
def test_every_network(network):
    assert_equal_gradients(network, seed=2)


@pytest.mark.parametrize("name", CELLS)
def test_the_products_are_twice_those_of_the_forward_pass(name):
    sizes = {"I": 28, "H": 128, "P": 7}
    graph = CELLS[name].graph("double", projected=name.startswith("lstm"))
    assert work(adjoint(graph), sizes).macs == 2 * work(graph, sizes).macs


def test_what_is_not_asked_for_costs_nothing():
    graph = CELLS["lstm"].graph("double")
    sizes = {"I": 28, "H": 128}
    without_x = work(adjoint(graph, ("h", "c")), sizes).macs
    assert work(adjoint(graph), sizes).macs - without_x == 4 * 28 * 128
    assert work(adjoint(graph, ("h", "c"), weights=False), sizes).macs == 4 * 128 * 128


@settings(max_examples=100, deadline=None)
@given(networks(cells=("rnn", "gru", "lstm")), st.integers(1, 9), st.integers(1, 4))
def test_the_closed_formula_of_the_products(network, T, B):
    """2·B·G·w·T for x's gradient, except where nothing below asks; dh for all steps but one."""
    macs = 0
    for index, (layer, w) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        H, P, R = layer.hidden_size, layer.proj_size or 0, layer.features
        G = len(layer.graph.gates) * H
        asks_x = index > 0 or network.vocab_size is not None
        one = G * w * T * (2 if asks_x else 1) + G * R * (T + T - 1) + 2 * H * P * T
        macs += B * layer.directions * one
    if network.num_classes is not None:
        steps = T if network.head_on == "every" else 1
        macs += 2 * B * steps * network.num_classes * network.output_size
    assert backward_work(network, T, B).macs == macs


def test_formulas_of_the_backward_pass_have_its_value():
    report = calculate(LSTM(28, 128, 3, bidirectional=True, num_classes=10), seq_len=7)
    found = formulas(report, backward=True)["multiply-accumulates of the backward pass"]
    assert found[-1].value == report.backward_work.macs
    assert found[0].write() == "2·4·H·(I+2·H) = 2·4·128·(28+2·128) = 290,816"


def test_the_equations_of_the_books():
    lstm = equations(adjoint(CELLS["lstm"].graph("none")))
    assert lstm["δc"] == "δc(t) = ∂c(t) + ∂h(t) ⊙ o(t) ⊙ (1 − tanh(c(t))²)"
    assert lstm["δa_f"] == "δa_f(t) = δf(t) ⊙ f(t) ⊙ (1 − f(t))"
    assert lstm["∂c"] == "∂c(t−1) = δc(t) ⊙ f(t)"
    assert lstm["∂W_hf"] == "∂W_hf = Σ_t δa_f(t)·h(t−1)ᵀ"
    latex = equations(adjoint(CELLS["gru"].graph("double")), "latex")
    assert latex["∂b_hn"] == r"\partial b_{hn} = \sum_t \delta a_{hn,t}"
    assert latex["δz"] == (r"\delta z_t = \partial h_t \odot h_{t-1} - \partial h_t \odot n_t")


def test_what_training_must_keep():
    kept = {type(node).__name__ for node in adjoint(CELLS["lstm"].graph("none")).saved}
    assert kept == {"Input", "Sigmoid", "Tanh"}


def test_an_operation_without_a_rule_raises():
    class Exp(Node):
        __slots__ = ()

        def __init__(self, arg):
            super().__init__(arg, dim=arg.dim)

    @cell("unknown", "here")
    def unknown(gate, x, h):
        return {"h": Exp(gate.h(x, h))}

    with pytest.raises(EquationError, match=r"operation Exp: the backward pass has no rule"):
        adjoint(unknown.graph("none"))
