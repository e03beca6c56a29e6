"""Cells against closed forms and published totals, and a new cell in one function."""

import numpy as np
import pytest

from lstmcalc import CELLS, build_network, calculate, cell, count_parameters, verify
from lstmcalc.algebra import sigmoid, tanh
from lstmcalc.forward import Inputs, Weights, forward
from lstmcalc.polynomials import formulas
from lstmcalc.readings.costs import work
from lstmcalc.readings.formulas import equations
from lstmcalc.readings.values import step
from lstmcalc.tracing import BIASES

# I = 28, H = 128 with no biases, on x alone, one and two; run in torch, Keras, Flax, TF1 and ONNX.
TOTALS = {
    "rnn": (19_968, 20_096, 20_096, 20_224),
    "rnn_relu": (19_968, 20_096, 20_096, 20_224),
    "gru": (59_904, 60_288, 60_416, 60_672),
    "gru_reset_before": (59_904, 60_288, 60_288, 60_672),
    "lstm": (79_872, 80_384, 80_384, 80_896),
    "lstm_peephole": (80_256, 80_768, 80_768, 81_280),
    "lstm_coupled": (59_904, 60_288, 60_288, 60_672),
}


@pytest.mark.parametrize("name", CELLS)
def test_totals_under_every_convention_of_biases(name):
    counted = [count_parameters(build_network(28, 128, cell=name, bias=bias)) for bias in BIASES]
    assert tuple(counted) == TOTALS[name]


@pytest.mark.parametrize(
    ("options", "total"),
    [
        ({"proj_size": 64}, 56_320),
        ({"proj_size": 64, "bias": False}, 55_296),
        ({"proj_size": 64, "bias": "single"}, 55_808),  # TF1, num_proj
        ({"proj_size": 64, "bias": "single", "cell": "lstm_peephole"}, 56_192),  # TF1
        ({"num_layers": 2}, 212_992),
        ({"bidirectional": True}, 161_792),
        ({"num_layers": 2, "bidirectional": True, "num_classes": 10}, 559_626),
        ({"num_layers": 2, "bidirectional": True, "num_classes": 10, "bias": "single"}, 557_578),
        ({"num_layers": 2, "bidirectional": True, "num_classes": 10, "cell": "gru"}, 420_362),
        ({"num_layers": 2, "bidirectional": True, "num_classes": 10, "cell": "rnn"}, 141_834),
        ({"num_layers": 2, "bidirectional": True, "proj_size": 64}, 327_680),
    ],
)
def test_totals_measured_in_real_frameworks(options, total):
    assert count_parameters(build_network(28, 128, **options)) == total


# Published with their full configuration; the source stands beside each.
PUBLISHED = [
    # apache/mxnet#5861: the PTB model
    (4_653_200, (200, [200, 200]), {"vocab_size": 10_000, "num_classes": 10_000}),
    # TensorFlow's tutorial of text generation; Keras GRU reset_after
    (4_022_850, (256, 1024), {"cell": "gru", "vocab_size": 66, "num_classes": 66}),
    # keras.io: bidirectional LSTM on IMDB, and its twin in torch
    (2_757_761, (128, [64, 64]), {"bias": "single", "bidirectional": True, "vocab_size": 20_000,
                                  "num_classes": 1}),
    (2_758_785, (128, [64, 64]), {"bidirectional": True, "vocab_size": 20_000, "num_classes": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("total", "sizes", "options"), PUBLISHED)
def test_published_totals(total, sizes, options):
    assert count_parameters(build_network(*sizes, **options)) == total


# Per hidden unit, step and sample: bias additions, additions, multiplications, sigmoids, tanhs.
# The GRU is counted as written, (1 - z) n + z h; checked with XLA's cost analysis.
ELEMENTWISE = {
    "rnn": (2, 1, 0, 0, 1),
    "gru": (6, 5, 3, 2, 1),
    "gru_reset_before": (6, 5, 3, 2, 1),
    "lstm": (8, 5, 3, 3, 2),
    "lstm_peephole": (8, 8, 6, 3, 2),
    "lstm_coupled": (6, 5, 3, 2, 2),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_work_of_a_step(name):
    H = 7
    found = work(CELLS[name].graph("double"), {"I": 3, "H": H})
    columns = (found.bias_adds, found.adds, found.muls, found.sigmoids, found.tanhs)
    assert columns == tuple(H * count for count in ELEMENTWISE[name])


@pytest.mark.parametrize(
    ("name", "gates", "proj"),
    [("rnn", 1, None), ("gru", 3, None), ("lstm", 4, None), ("lstm", 4, 5)],
)
def test_products_of_a_run_follow_the_closed_form(name, gates, proj):
    I, H, L, D, T, B, C = 3, 7, 3, 2, 11, 4, 6  # noqa: E741
    R = proj or H
    network = build_network(
        I, H, L, cell=name, bidirectional=True, proj_size=proj, num_classes=C, head_on="every"
    )
    report = calculate(network, seq_len=T, batch_size=B)
    widths = [I] + [D * R] * (L - 1)
    macs = sum(D * B * T * (gates * H * (w + R) + H * (proj or 0)) for w in widths)
    assert report.run_work.flops == 2 * macs + 2 * B * T * C * D * R


@cell("minimal gated unit", "Zhou et al. 2016, arXiv:1603.09420")
def mgu(gate, x, h):
    f = sigmoid(gate.f(x, h))
    n = tanh(gate.n(x, f * h))
    h = (1 - f) * h + f * n
    return {"f": f, "n": n, "h": h}


def test_a_new_cell_is_one_function():
    network = build_network(28, 128, cell=mgu, bias="single")
    report = calculate(network, seq_len=5)
    assert report.parameters == 40_192  # Zhou et al.'s formula, and Chainer's StatefulMGU
    gates = report.layers[0].gates
    assert [(g.letter, g.textbook_shape) for g in gates] == [("f", (156, 128)), ("n", (156, 128))]
    assert report.step_work.macs == 2 * 128 * 156
    assert report.step_work.transcendental == 2 * 128
    assert list(equations(mgu.graph("none")).values()) == [
        "f(t) = σ(W_xf·x(t) + W_hf·h(t−1))",
        "n(t) = tanh(W_xn·x(t) + W_hn·(f(t) ⊙ h(t−1)))",
        "h(t) = (1 − f(t)) ⊙ h(t−1) + f(t) ⊙ n(t)",
    ]
    assert formulas(report)["parameters"][0].write().startswith("2·H·(I+H) = 2·128·(28+128)")


def test_a_new_cell_has_its_forward_pass():
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(1, 1, 3)), rng.normal(size=(1, 4))
    names = ("W_xf", "W_hf", "b_f", "W_xn", "W_hn", "b_n")
    shapes = ((4, 3), (4, 4), (4,)) * 2
    W = {name: rng.normal(size=shape) for name, shape in zip(names, shapes, strict=True)}
    network = build_network(3, 4, cell=mgu, bias="single")
    found = forward(network, Weights({(0, 0): W}), Inputs(x, {(0, 0): {"h": h}}), np)
    f = 1 / (1 + np.exp(-(x[0] @ W["W_xf"].T + h @ W["W_hf"].T + W["b_f"])))
    n = np.tanh(x[0] @ W["W_xn"].T + (f * h) @ W["W_hn"].T + W["b_n"])
    np.testing.assert_allclose(found.output[0], (1 - f) * h + f * n, atol=1e-15)


def by_hand(name, W, x, h, c):
    """One step of the cells that torch lacks, written out from their papers."""

    def gate(letter, h=h):
        return W[f"W_x{letter}"] @ x + W[f"b_x{letter}"] + W[f"W_h{letter}"] @ h + W[f"b_h{letter}"]

    def s(v):
        return 1 / (1 + np.exp(-v))

    if name == "gru_reset_before":
        r, z = s(gate("r")), s(gate("z"))
        return (1 - z) * np.tanh(gate("n", r * h)) + z * h, None
    if name == "lstm_coupled":
        i = s(gate("i"))
        c = (1 - i) * c + i * np.tanh(gate("g"))
        return s(gate("o")) * np.tanh(c), c
    i, f = s(gate("i") + W["w_ci"] * c), s(gate("f") + W["w_cf"] * c)
    c = f * c + i * np.tanh(gate("g"))
    return s(gate("o") + W["w_co"] * c) * np.tanh(c), c


@pytest.mark.parametrize("name", ["gru_reset_before", "lstm_coupled", "lstm_peephole"])
def test_cells_that_torch_lacks_follow_their_papers(name):
    rng = np.random.default_rng(1)
    graph, sizes = CELLS[name].graph("double"), {"I": 3, "H": 4}
    W = {p.name: rng.normal(size=[sizes[d] for d in p.shape]) for p in graph.params}
    x, h, c = rng.normal(size=3), rng.normal(size=4), rng.normal(size=4)
    inputs = {"x": x[None], "h": h[None], "c": c[None]}
    found = step(graph, W, {state: inputs[state] for state in graph.inputs}, np)
    expected = by_hand(name, W, x, h, c)
    np.testing.assert_allclose(found[graph.equations["h"]][0], expected[0], atol=1e-15)
    if "c" in found:
        np.testing.assert_allclose(found[graph.equations["c"]][0], expected[1], atol=1e-15)


@cell("IndRNN without recurrent matrices, and a gate of h alone", "here")
def odd(gate, x, h):
    a = tanh(gate.a(x))
    b = sigmoid(gate.b(h))
    return {"a": a, "same": a, "b": b, "h": a * b}


def test_gates_that_read_only_x_or_only_h():
    report = calculate(build_network(3, 4, cell=odd, bidirectional=True, num_classes=2))
    a, b = report.layers[0].gates
    assert (a.input_shape, a.hidden_shape, a.textbook_shape) == ((4, 3), None, None)
    assert (b.input_shape, b.hidden_shape, b.textbook_shape) == (None, (4, 4), None)
    assert report.recurrent_parameters == 2 * (4 * 3 + 4 + 4 * 4 + 4)
    assert equations(odd.graph("none"))["same"] == "same(t) = a(t)"
    assert "–" in report._repr_html_()
    assert verify(report).outcome == "not verified"


@pytest.mark.parametrize("name", CELLS)
def test_numpy_and_torch_evaluate_the_same_equations(name):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    graph = CELLS[name].graph("double")
    sizes = {"I": 3, "H": 4}
    weights = {p.name: rng.normal(size=[sizes[d] for d in p.shape]) for p in graph.params}
    inputs = {name: rng.normal(size=(2, sizes[node.dim])) for name, node in graph.inputs.items()}
    in_torch = [
        {name: torch.from_numpy(array) for name, array in arrays.items()}
        for arrays in (weights, inputs)
    ]
    theirs, ours = step(graph, *in_torch, torch), step(graph, weights, inputs, np)
    for equation in graph.equations.values():
        np.testing.assert_allclose(ours[equation], theirs[equation].numpy(), atol=1e-14)


def test_a_sigmoid_far_from_zero_stays_finite():
    graph = CELLS["lstm"].graph("none")
    weights = {p.name: np.full((1, 1), 1e4) for p in graph.params}
    with np.errstate(all="raise"):
        values = step(graph, weights, dict.fromkeys(graph.inputs, np.ones((1, 1))), np)
    assert values[graph.equations["i"]] == 1.0
