"""Keras, ONNX Runtime and Flax compute what the equations say; XLA counts the same work."""

import copy
import random
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec

import hand_packed
import numpy as np
import pytest

from lstmcalc.algebra import sigmoid, tanh
from lstmcalc.build import build_network
from lstmcalc.cells import CELLS, cell
from lstmcalc.draw import draw_inputs, draw_weights
from lstmcalc.errors import UnsupportedError
from lstmcalc.forward import forward
from lstmcalc.network import Layer
from lstmcalc.oracles.peer import LayoutError
from lstmcalc.readings.costs import work
from lstmcalc.tracing import BIASES

MODULES = {"keras": "keras", "onnx": "onnxruntime", "flax": "flax", "nnx": "nnx"}
NEEDS = {"keras": "keras", "onnx": "onnxruntime", "flax": "flax", "nnx": "flax"}

# The biases that each framework keeps, from its documentation.
KEPT = {
    "keras": {
        "rnn": ("single", "none"),
        "rnn_relu": ("single", "none"),
        "gru": ("double", "none"),
        "gru_reset_before": ("single", "none"),
        "lstm": ("single", "none"),
    },
    "onnx": dict.fromkeys(CELLS, ("double", "none")),
    "flax": dict.fromkeys(("rnn", "rnn_relu", "gru", "lstm"), ("single",)),
    "nnx": {"rnn": ("single",), "rnn_relu": ("single",), "gru": ("input",), "lstm": ("single",)},
}
LAYERS = [
    pytest.param(convention, name, bias, id=f"{convention}-{name}-{bias}")
    for convention, cells in KEPT.items()
    for name, biases in cells.items()
    for bias in biases
]
PLAIN = [(c, name, cells[name][0]) for c, cells in KEPT.items() for name in ("rnn", "gru", "lstm")]


def oracle(convention):
    if find_spec(NEEDS[convention]) is None:
        pytest.skip(f"{NEEDS[convention]} is not installed")
    return import_module(f"lstmcalc.oracles.{MODULES[convention]}")


class Case:
    """A network in a framework: its weights, its inputs, and what the equations say of them."""

    def __init__(self, convention, name, bias, hidden=(5, 3), size=4, layers=None, **options):
        self.oracle = oracle(convention)
        assert convention == self.oracle.CONVENTION
        network = build_network(size, list(hidden), cell=name, bias=bias, **options)
        if layers is not None:
            network = replace(network, layers=layers)
        self.weights = draw_weights(network, seed=1)
        self.inputs = draw_inputs(network, 6, 3, np.random.default_rng(0), reach=0.9)
        self.expected = forward(network, self.weights, self.inputs, np)
        self.network = network
        self.stored = getattr(hand_packed, convention)(self.network, self.weights)

    def run(self, stored=None, inputs=None):
        return self.oracle.run(self.network, stored or self.stored, inputs or self.inputs)

    def apart(self, ran):
        """How far the run is from the equations, by output."""
        ours, theirs = self.expected, ran.outputs
        assert theirs.states.keys() == ours.states.keys()
        pairs = {"output": (ours.output, theirs.output)}
        for place, states in ours.states.items():
            assert theirs.states[place].keys() == states.keys()
            pairs |= {f"{place} {s}": (states[s], theirs.states[place][s]) for s in states}
        assert (ours.logits is None) == (theirs.logits is None)
        if ours.logits is not None:
            pairs["logits"] = (ours.logits, theirs.logits)
        for one, other in pairs.values():
            assert isinstance(other, np.ndarray)
            assert one.shape == other.shape
        return {name: float(np.abs(one - other).max()) for name, (one, other) in pairs.items()}

    def agrees(self, ran):
        return max(self.apart(ran).values()) <= ran.tolerance


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("hidden", [(5,), (5, 3)], ids=["1 layer", "2 layers"])
@pytest.mark.parametrize(("convention", "name", "bias"), LAYERS)
def test_a_framework_computes_what_the_equations_say(convention, name, bias, hidden, bidirectional):
    case = Case(convention, name, bias, hidden, bidirectional=bidirectional)
    ran = case.run()
    assert case.agrees(ran), case.apart(ran)
    assert ran.shapes == {tensor: array.shape for tensor, array in case.stored.items()}
    assert ran.parameters == sum(array.size for array in case.stored.values())


@pytest.mark.parametrize("head_on", ["last", "every"])
@pytest.mark.parametrize(("convention", "name", "bias"), PLAIN)
def test_with_an_embedding_before_and_a_head_after(convention, name, bias, head_on):
    options = {"vocab_size": 9, "num_classes": 7, "head_on": head_on, "bidirectional": True}
    case = Case(convention, name, bias, **options)
    ran = case.run()
    assert case.agrees(ran), case.apart(ran)
    assert ran.shapes == {tensor: array.shape for tensor, array in case.stored.items()}


@pytest.mark.parametrize("head_on", ["last", "every"])
def test_onnx_shares_the_matrix_of_a_tied_head(head_on):
    case = Case("onnx", "lstm", "double", (4,), vocab_size=9, tie_weights=True, head_on=head_on)
    ran = case.run()
    assert case.agrees(ran), case.apart(ran)
    assert "head/weight" not in ran.shapes


@pytest.mark.parametrize("convention", MODULES)
def test_layers_of_different_kinds_and_directions(convention):
    bias = KEPT[convention]["lstm"][0]
    layers = (
        Layer("lstm", 5, bias=bias),
        Layer("rnn", 3, bias=bias, bidirectional=True),
        Layer("lstm", 2, bias=bias, bidirectional=True),
    )
    case = Case(convention, "lstm", bias, layers=layers)
    ran = case.run()
    assert case.agrees(ran), case.apart(ran)
    assert ran.shapes == {tensor: array.shape for tensor, array in case.stored.items()}


# One direction and then both, as far as names go; measured in Keras 3.15, Flax 0.12.
NAMES = {
    ("keras", "lstm"): "lstm/lstm_cell/kernel lstm/lstm_cell/recurrent_kernel lstm/lstm_cell/bias",
    ("keras", "gru"): "gru/gru_cell/kernel gru/gru_cell/recurrent_kernel gru/gru_cell/bias",
    ("keras", "rnn"): "simple_rnn/simple_rnn_cell/kernel simple_rnn/simple_rnn_cell/"
    "recurrent_kernel simple_rnn/simple_rnn_cell/bias",
    ("flax", "gru"): "params/GRUCell_0/hn/bias params/GRUCell_0/hn/kernel "
    "params/GRUCell_0/hr/kernel params/GRUCell_0/hz/kernel params/GRUCell_0/in/bias "
    "params/GRUCell_0/in/kernel params/GRUCell_0/ir/bias params/GRUCell_0/ir/kernel "
    "params/GRUCell_0/iz/bias params/GRUCell_0/iz/kernel",
    ("flax", "rnn"): "params/SimpleCell_0/h/kernel params/SimpleCell_0/i/bias "
    "params/SimpleCell_0/i/kernel",
    ("nnx", "gru"): "layers.0.cell.dense_h.kernel layers.0.cell.dense_i.bias "
    "layers.0.cell.dense_i.kernel",
    ("nnx", "rnn"): "layers.0.cell.dense_h.kernel layers.0.cell.dense_i.bias "
    "layers.0.cell.dense_i.kernel",
}


@pytest.mark.parametrize(("convention", "name"), NAMES)
def test_tensors_have_the_framework_s_own_names(convention, name):
    ran = Case(convention, name, KEPT[convention][name][0], (5,)).run()
    assert sorted(ran.shapes) == sorted(NAMES[convention, name].split())


def test_keras_numbers_layers_as_a_fresh_session_does():
    keras = oracle("keras").keras
    keras.layers.LSTM(2)  # a session that is not fresh
    case = Case("keras", "lstm", "single", bidirectional=True, vocab_size=9, num_classes=7)
    assert {name.rpartition("/")[0] for name in case.run().shapes} == {
        "embedding",
        "bidirectional/forward_lstm/lstm_cell",
        "bidirectional/backward_lstm/lstm_cell",
        "bidirectional_1/forward_lstm_1/lstm_cell",
        "bidirectional_1/backward_lstm_1/lstm_cell",
        "dense",
    }


# I = 28, H = 128: one layer, and two both ways with 10 classes.
TOTALS = {
    ("keras", "lstm"): (80_384, 557_578),
    ("keras", "gru"): (60_672, 420_362),
    ("keras", "rnn"): (20_096, 141_322),
    ("onnx", "lstm"): (80_896, 559_626),
    ("onnx", "gru"): (60_672, 420_362),
    ("onnx", "rnn"): (20_224, 141_834),
    ("flax", "lstm"): (80_384, 557_578),
    ("flax", "gru"): (60_416, 419_338),
    ("flax", "rnn"): (20_096, 141_322),
    ("nnx", "lstm"): (80_384, 557_578),
    ("nnx", "gru"): (60_288, 418_826),
    ("nnx", "rnn"): (20_096, 141_322),
}


@pytest.mark.parametrize(("convention", "name"), TOTALS)
def test_totals_are_the_framework_s_own(convention, name):
    bias = KEPT[convention][name][0]
    one = Case(convention, name, bias, (128,), 28)
    deep = Case(convention, name, bias, (128, 128), 28, bidirectional=True, num_classes=10)
    assert (one.run().parameters, deep.run().parameters) == TOTALS[convention, name]


# What a wrong table of a convention would do, in the words of the equations' own parameters.
def exchanged(w, name):
    """Two gates in each other's place; an RNN has one gate: its units in another order."""
    if name == "rnn":
        return {**w, "W_xh": w["W_xh"][::-1]}
    one, other = {"lstm": "ig", "gru": "rz"}[name]
    swap = {one: other, other: one}
    return {k: w[k[:-1] + swap.get(k[-1], k[-1])] for k in w}


def transposed(w, name):
    """The matrices of h turned."""
    return {k: v.T if k.startswith("W_h") else v for k, v in w.items()}


def one_bias_dropped(w, name):
    """A bias that is not loaded."""
    dropped = next(k for k in w if k.startswith("b_"))
    return {**w, dropped: 0 * w[dropped]}


@pytest.mark.parametrize("place", [(0, 0), (1, 1)], ids=["first layer", "last layer, reverse"])
@pytest.mark.parametrize("fault", [exchanged, transposed, one_bias_dropped])
@pytest.mark.parametrize(("convention", "name", "bias"), PLAIN)
def test_a_fault_in_the_packing_shows(convention, name, bias, fault, place):
    case = Case(convention, name, bias, bidirectional=True)
    recurrent = {**case.weights.recurrent, place: fault(case.weights.recurrent[place], name)}
    pack = getattr(hand_packed, convention)
    ran = case.run(pack(case.network, replace(case.weights, recurrent=recurrent)))
    assert max(case.apart(ran).values()) > 100 * ran.tolerance


@pytest.mark.parametrize("convention", MODULES)
def test_other_first_states_show(convention):
    case = Case(convention, "lstm", KEPT[convention]["lstm"][0], (5,), bidirectional=True)
    for place, states in case.inputs.states.items():
        for state in states:
            moved = {**states, state: states[state] + 0.1}
            inputs = replace(case.inputs, states={**case.inputs.states, place: moved})
            assert not case.agrees(case.run(inputs=inputs)), (place, state)


@pytest.mark.parametrize("convention", MODULES)
def test_tensors_that_are_not_the_model_s_are_named(convention):
    case = Case(convention, "lstm", KEPT[convention]["lstm"][0], (5,), num_classes=7)
    for name, array in case.stored.items():
        without = {other: case.stored[other] for other in case.stored if other != name}
        with pytest.raises(LayoutError, match=f"^tensor {name}: .* not given"):
            case.run(without)
        with pytest.raises(LayoutError, match=f"^tensor {name} of shape"):
            case.run({**case.stored, name: array[:-1]})
    with pytest.raises(ValueError, match=r"^tensor stray: .* no tensor of that name"):
        case.run({**case.stored, "stray": np.zeros(3)})


REFUSED = [
    ("keras", "lstm_peephole", "single", {}, "lstm_peephole in "),
    ("keras", "lstm_coupled", "single", {}, "lstm_coupled in "),
    ("flax", "gru_reset_before", "single", {}, "gru_reset_before in "),
    ("nnx", "lstm_peephole", "single", {}, "lstm_peephole in "),
    ("keras", "lstm", "single", {"proj_size": 2}, "lstm in .*no projection"),
    ("onnx", "lstm", "double", {"proj_size": 2}, "lstm in .*no projection"),
    ("flax", "lstm", "single", {"proj_size": 2}, "lstm in .*no projection"),
    ("nnx", "lstm", "single", {"proj_size": 2}, "lstm in .*no projection"),
    ("keras", "lstm", "double", {}, "lstm in Keras: .*no place for b_xi"),
    ("onnx", "lstm", "single", {}, "bias=single of lstm in ONNX"),
    ("flax", "lstm", "none", {}, "lstm in Flax: .*no cell without biases"),
    ("nnx", "gru", "double", {}, "gru in Flax nnx: .*b_hn"),
    ("keras", "lstm", "single", {"vocab_size": 9, "tie_weights": True}, "tied weights"),
    ("flax", "lstm", "single", {"vocab_size": 9, "tie_weights": True}, "tied weights"),
    ("nnx", "lstm", "single", {"vocab_size": 9, "tie_weights": True}, "tied weights"),
]


@pytest.mark.parametrize(("convention", "name", "bias", "options", "what"), REFUSED)
def test_what_a_framework_does_not_have_is_refused(convention, name, bias, options, what):
    network = build_network(4, 4, cell=name, bias=bias, **options)
    inputs = draw_inputs(network, 2, 1, np.random.default_rng(0))
    with pytest.raises(UnsupportedError, match=f"^{what}"):
        oracle(convention).run(network, {}, inputs)


def test_onnx_reads_nothing_of_the_forget_gate_of_a_coupled_lstm():
    case = Case("onnx", "lstm_coupled", "double", (5,))
    other = copy.deepcopy(case.stored)
    for name in "WR":  # the gates stand in the order i, o, f, c
        other[f"layer0/{name}"][:, 10:15] += 1
    assert case.agrees(case.run(other))
    other["layer0/W"][:, :5] += 1
    assert not case.agrees(case.run(other))


@pytest.mark.parametrize("letter", "WRBP")
def test_onnx_runtime_itself_refuses_other_shapes(monkeypatch, letter):
    """The shapes that the oracle demands are not its own opinion."""
    case = Case("onnx", "lstm_peephole", "double", (5,))
    name = f"layer0/{letter}"
    wrong = {**case.stored, name: case.stored[name][:, :-1]}
    shapes = {tensor: array.shape for tensor, array in wrong.items()}
    monkeypatch.setattr(case.oracle, "tensors", lambda network: shapes)
    with pytest.raises(Exception, match=rf"Input {letter} must have shape"):
        case.run(wrong)


@pytest.mark.parametrize("convention", ["flax", "nnx"])
def test_jax_stays_as_it_was(convention):
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    ran = Case(convention, "lstm", "single").run()
    assert ran.outputs.output.dtype == np.float64
    assert jax.config.jax_enable_x64 == before == (jax.numpy.ones(1).dtype == np.float64)


def test_keras_stays_as_it_was():
    keras = oracle("keras").keras
    case = Case("keras", "gru", "double", vocab_size=9, num_classes=7, bidirectional=True)
    case.oracle._in_double.cache_clear()
    keras.utils.set_random_seed(3)
    drawn = keras.random.uniform((4,)).tolist()
    keras.utils.set_random_seed(3)
    before = random.getstate()  # a layer without a seed takes one from here
    case.run()
    assert random.getstate() == before
    assert keras.random.uniform((4,)).tolist() == drawn


GRAPHS = [
    pytest.param(name, bias, projected, id=f"{name}-{bias}{'-projected' * projected}")
    for name in CELLS
    for bias in BIASES
    for projected in ([False, True] if name.startswith("lstm") else [False])
]


@pytest.mark.parametrize(("name", "bias", "projected"), GRAPHS)
def test_xla_counts_the_same_work(name, bias, projected):
    pytest.importorskip("jax")
    from lstmcalc.oracles import xla

    graph = CELLS[name].graph(bias, projected)
    for sizes in ({"I": 7, "H": 5, "P": 3}, {"I": 28, "H": 128, "P": 64}, {"I": 1, "H": 2, "P": 1}):
        for batch in (1, 3):
            found = xla.count(graph, sizes, batch)
            claimed = work(graph, sizes) * batch
            assert found == xla.expected(graph, sizes, claimed, batch), (sizes, batch)


@cell("LSTM with one operation more", "made up for this test")
def more(gate, x, h, c):
    i = sigmoid(gate.i(x, h))
    f = sigmoid(gate.f(x, h))
    g = tanh(gate.g(x, h))
    o = sigmoid(gate.o(x, h))
    c = f * c + i * g + i
    h = o * tanh(c)
    return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": h}


def test_xla_tells_one_operation_more():
    pytest.importorskip("jax")
    from lstmcalc.oracles import xla

    sizes = {"I": 7, "H": 5}
    found = xla.count(more.graph("double"), sizes)
    graph = CELLS["lstm"].graph("double")
    claimed = xla.expected(graph, sizes, work(graph, sizes))
    assert found.flops == claimed.flops + 5
    assert found.transcendentals == claimed.transcendentals
