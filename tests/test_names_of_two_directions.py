"""Names of layers of two directions: those that the framework's own source gives, or none."""

from collections import Counter

import pytest

from lstmcalc import build_network, convert, reconcile
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.biases import bias_words
from lstmcalc.conventions.known import CONVENTIONS, adopt
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.errors import UnsupportedError


class Collection:
    """DyNet's ParameterCollection, as dynet/model.cc names what is in it."""

    def __init__(self, name="/", root=None):
        self.name, self.root = name, root or self
        self.numbers, self.inner = Counter(), Counter()
        self.held = {}

    def add_subcollection(self, name):
        number = self.inner[name]
        self.inner[name] += 1
        return Collection(f"{self.name}{name}{f'_{number}' if number else ''}/", self.root)

    def add_parameters(self, *shape):
        self.root.held[f"{self.name}_{self.numbers['']}"] = shape
        self.numbers[""] += 1


def vanilla_lstm(layers, inputs, hidden, model):
    """VanillaLSTMBuilder of dynet/lstm.cc."""
    own = model.add_subcollection("vanilla-lstm-builder")
    for _ in range(layers):
        own.add_parameters(4 * hidden, inputs)
        own.add_parameters(4 * hidden, hidden)
        own.add_parameters(4 * hidden)
        inputs = hidden


def gru(layers, inputs, hidden, model):
    """GRUBuilder of dynet/gru.cc."""
    own = model.add_subcollection("gru-builder")
    for _ in range(layers):
        for _ in range(3):
            own.add_parameters(hidden, inputs)
            own.add_parameters(hidden, hidden)
            own.add_parameters(hidden)
        inputs = hidden


def simple_rnn(layers, inputs, hidden, model):
    """SimpleRNNBuilder of dynet/rnn.cc."""
    own = model.add_subcollection("simple-rnn-builder")
    for _ in range(layers):
        own.add_parameters(hidden, inputs)
        own.add_parameters(hidden, hidden)
        own.add_parameters(hidden)
        inputs = hidden


def birnn(layers, inputs, hidden, model, builder):
    """BiRNNBuilder of python/_dynet.pyx, whose hidden_dim is that of both directions."""
    own = model.add_subcollection("birnn")
    for _ in range(layers):
        for _ in range(2):
            builder(1, inputs, hidden // 2, own)
        inputs = hidden


BUILDERS = {"lstm": vanilla_lstm, "gru_reset_before": gru, "rnn": simple_rnn}


def named(cell, **options):
    network = adopt(build_network(3, 5, cell=cell, **options), CONVENTIONS["dynet"])
    return {tensor.name: tensor.shape for tensor in tensors(network, CONVENTIONS["dynet"])}


@pytest.mark.parametrize("cell", BUILDERS)
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_dynets_names_are_its_own(cell, depth):
    model = Collection()
    birnn(depth, 3, 10, model, BUILDERS[cell])
    assert named(cell, num_layers=depth, bidirectional=True) == model.held
    model = Collection()
    for layer in range(depth):  # a builder for each, as layers may be of any sizes
        BUILDERS[cell](1, 5 if layer else 3, 5, model)
    assert named(cell, num_layers=depth) == model.held


@pytest.mark.parametrize("cell", BUILDERS)
def test_a_builder_of_several_layers_numbers_on_as_the_note_says(cell):
    model = Collection()
    BUILDERS[cell](2, 3, 5, model)
    each = len(model.held) // 2
    assert f"_{each} is the second's _0" in CONVENTIONS["dynet"].layout(cell).note


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("cell", BUILDERS)
def test_dynets_names_are_read_again(cell, both):
    network = build_network(3, 5, 2, cell=cell, bidirectional=both)
    network = adopt(network, CONVENTIONS["dynet"])
    held = pack(draw_weights(network), tensors(network, CONVENTIONS["dynet"]))
    found = convert(held, "dynet", "haiku" if cell == "gru_reset_before" else "tf1", cell)
    assert found.source_network == network


# Core ML's mb.gru and mb.rnn run forward or in reverse (coremltools, iOS15/recurrent.py), and
# MATLAB has a bilstmLayer, but no layer of two directions for its GRU.
ONE_WAY = [
    ("coreml", "gru"), ("coreml", "rnn"), ("coreml", "rnn_relu"), ("matlab", "gru"),
    ("coreml_nn", "lstm"), ("coreml_nn", "lstm_peephole"), ("coreml_nn", "gru_reset_before"),
    ("coreml_nn", "rnn"), ("coreml_nn", "rnn_relu"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cell"), ONE_WAY)
def test_no_name_is_made_up_for_two_directions(name, cell):
    convention = CONVENTIONS[name]
    network = adopt(build_network(3, 5, cell=cell), convention)
    assert tensors(network, convention)
    both = adopt(build_network(3, 5, cell=cell, bidirectional=True), convention)
    with pytest.raises(UnsupportedError, match="of two directions described here"):
        tensors(both, convention)
    found = reconcile(build_network(3, 5, cell=cell, bidirectional=True))
    assert name not in [row.convention.name for row in found.rows if row.cell == cell]


def test_what_has_no_two_directions_is_not_named_beside_them():
    assert bias_words("gru", "input") == "bias on x (Flax nnx, Core ML)"
    assert bias_words("gru", "input", bidirectional=True) == "bias on x (Flax nnx)"
