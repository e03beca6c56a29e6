"""Every convention, packed by hand from 66 layouts that were measured in the frameworks or read.

layouts.json has them, each with its source. A tensor `holds` contents, each for its gates: `Wx` and
`Wh` the matrices on x and h, `bx` and `bh` the biases, `bx+bh` their sum, `P` the peepholes, `Wr`
the projection; `Wx|Wh` are side by side. Blocks stand one below the other, [out, in], or are
`in_out`, each beside the other; `interleaved` ones alternate from unit to unit. In shapes, I, H, P
and R are sizes and D the directions, where one tensor has them all.
"""

import json
import re
from dataclasses import replace
from itertools import chain, combinations
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from strategies import networks

from lstmcalc import CELLS, build_network, count_parameters
from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.known import CONVENTIONS, adopt, find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.conventions.recognise import recognise
from lstmcalc.draw import draw_weights
from lstmcalc.errors import ConfigurationError, UnsupportedError
from lstmcalc.forward import Weights

LAYOUTS = json.loads(Path(__file__).with_name("layouts.json").read_text(encoding="utf-8"))
GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": "h"}


def variants(layout):
    """The layout without and with each of its optional tensors."""
    optional = sorted({t["with"] for t in layout["tensors"] if "with" in t})
    return chain.from_iterable(combinations(optional, n) for n in range(len(optional) + 1))


CASES = [
    pytest.param(layout, chosen, id=" ".join([layout["convention"], layout["class"], *chosen]))
    for layout in LAYOUTS
    for chosen in variants(layout)
]


def structure(layout, chosen, *sizes, proj=2, **options):
    """The network of a layout with its optional parts, under its own biases."""
    cell = "lstm_peephole" if "peephole" in chosen else layout["cell"]
    proj_size = proj if "projection" in chosen else None
    network = build_network(*sizes, cell=cell, proj_size=proj_size, **options)
    return adopt(network, find_convention(layout["convention"]))


def neutral(kind, I, H, P, rng):  # noqa: E741
    """Random arrays for each gate, as no framework has them: all matrices, and two biases."""
    found = {"Wr": rng.normal(size=(P, H))} if P else {}
    for gate in GATES[kind]:
        found |= {
            f"Wx:{gate}": rng.normal(size=(H, I)), f"Wh:{gate}": rng.normal(size=(H, P or H)),
            f"bx:{gate}": rng.normal(size=H), f"bh:{gate}": rng.normal(size=H),
            f"P:{gate}": rng.normal(size=H),
        }  # fmt: skip
    return found


def block(content, gate, arrays, layout):
    """The rows of one gate."""
    if content == "Wr":
        return arrays["Wr"]
    if "|" in content:
        return np.hstack([block(one, gate, arrays, layout) for one in content.split("|")])
    found = sum(arrays[f"{one}:{gate}"] for one in content.split("+"))
    if gate == layout.get("negated"):
        found = -found
    if gate == "f" and "bx" in content:
        found = found - layout.get("forget_bias", 0)
    return found


def packed(tensor, arrays, layout):
    """The tensor of one direction; the directions of a joint one have yet to be put together."""
    blocks = []
    for run in tensor["holds"].split():
        content, _, gates = run.partition(":")
        blocks += [block(content, gate, arrays, layout) for gate in gates or " "]
    if tensor.get("interleaved"):
        return np.stack(blocks, 1).reshape(-1, *blocks[0].shape[1:])
    joined = np.concatenate(blocks)
    return joined.T if tensor.get("orient") == "in_out" else joined


def length(axis, sizes):
    """The number that an axis such as `I+H` or `4*H` stands for."""
    terms = [term.split("*") for term in axis.split("+")]
    return sum(prod(sizes[f] if f.isalpha() else int(f) for f in term) for term in terms)


def by_hand(layout, chosen, directions, sizes):
    """The shape and the numbers of every tensor of a layer: name, which directions, array."""
    for tensor in layout["tensors"]:
        if tensor.get("with") in (None, *chosen):
            found = [packed(tensor, arrays, layout) for arrays in directions]
            lengths = [length(axis, sizes) for axis in tensor["shape"].split(", ")]
            if "D" in tensor["shape"]:
                yield tensor["name"], 0, np.stack(found).reshape(lengths)
            else:
                for direction, array in enumerate(found):
                    yield tensor["name"], direction, array.reshape(lengths)


def as_equations(arrays, graph):
    """The same weights under the names of the equations: those biases that the graph has."""
    found = {}
    for param in graph.params:
        gate = param.gate
        found[param.name] = {
            "W_x": lambda gate: arrays[f"Wx:{gate}"],
            "W_h": lambda gate: arrays[f"Wh:{gate}"],
            "W_r": lambda _: arrays["Wr"],
            "w_c": lambda gate: arrays[f"P:{gate}"],
            "b": lambda gate: arrays[f"bx:{gate}"] + arrays[f"bh:{gate}"],
            "b_x": lambda gate: arrays[f"bx:{gate}"],
            "b_h": lambda gate: arrays[f"bh:{gate}"],
        }[param.role](gate)
    return found


def last_part(tensor, names):
    """The longest of the names that a tensor's own ends with, less its layer and direction."""
    own = re.sub(r"_l\d(_reverse)?$|_back$", "", tensor.name)
    return max((name for name in names if own.endswith(name)), key=len, default=own)


def has_two_ways(layout):
    return not CONVENTIONS[layout["convention"]].layout(layout["cell"]).one_way


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize(("layout", "chosen"), CASES)
def test_tensors_are_those_packed_by_hand(layout, chosen, bidirectional):
    if bidirectional and not has_two_ways(layout):
        pytest.skip("it has no names for two directions")
    network = structure(layout, chosen, 3, 5, 2, bidirectional=bidirectional)
    stored_layout = tensors(network, CONVENTIONS[layout["convention"]])
    kind = layout["cell"].partition("_")[0]
    rng = np.random.default_rng(0)
    recurrent, expected = {}, []
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        P = layer.proj_size or 0
        both = [neutral(kind, size, 5, P, rng) for _ in range(layer.directions)]
        for direction, arrays in enumerate(both):
            recurrent[index, direction] = as_equations(arrays, layer.graph)
        sizes = {"I": size, "H": 5, "P": P, "R": P or 5, "D": layer.directions}
        found = by_hand(layout, chosen, both, sizes)
        expected += [((index, direction), name, array) for name, direction, array in found]
    stored = pack(Weights(recurrent), stored_layout)
    assert len(stored) == len(stored_layout) == len(expected)
    names = {name for _, name, _ in expected}
    for place, name, array in expected:
        (own,) = [t for t in stored_layout if t.place == place and last_part(t, names) == name]
        assert own.shape == array.shape, own.name
        np.testing.assert_allclose(stored[own.name], array, rtol=0, atol=1e-15, err_msg=own.name)


@pytest.mark.parametrize(("layout", "chosen"), CASES)
def test_weights_come_back_as_they_were_packed(layout, chosen):
    both = has_two_ways(layout)
    network = structure(layout, chosen, 3, 5, 2, bidirectional=both, vocab_size=7, num_classes=4)
    stored_layout = tensors(network, CONVENTIONS[layout["convention"]])
    weights = draw_weights(network, 1)
    assert_same_weights(unpack(pack(weights, stored_layout), stored_layout), weights)


def assert_same_weights(found, weights):
    assert found.recurrent.keys() == weights.recurrent.keys()
    for place, params in weights.recurrent.items():
        assert found.recurrent[place].keys() == params.keys()
        for name, array in params.items():
            np.testing.assert_allclose(found.recurrent[place][name], array, rtol=0, atol=1e-15)
    for part in ("embedding", "head_weight", "head_bias"):
        ours, own = getattr(weights, part), getattr(found, part)
        assert (ours is None) == (own is None)
        assert ours is None or np.array_equal(ours, own)


def stored_numbers(layout, chosen, **options):
    network = structure(layout, chosen, 28, 128, proj=64, **options)
    return sum(tensor.parameters for tensor in tensors(network, CONVENTIONS[layout["convention"]]))


@pytest.mark.parametrize(("layout", "chosen"), CASES)
def test_totals_are_those_of_the_framework(layout, chosen):
    plain, whole = layout["totals"]
    if not chosen:
        assert stored_numbers(layout, chosen) == plain
        both = {"num_layers": 2, "bidirectional": True, "num_classes": 10}
        if has_two_ways(layout):
            assert stored_numbers(layout, chosen, **both) == whole
        return
    measured = layout.get("totals_with", {}).get(" ".join(chosen))
    P = 64 if "projection" in chosen else 0
    matrices = 4 * 128 * (28 + (P or 128)) + P * 128
    by_formula = matrices + layout["biases"] * 128 + 3 * 128 * ("peephole" in chosen)
    assert stored_numbers(layout, chosen) == by_formula
    assert measured in (None, by_formula)


@pytest.mark.parametrize(("layout", "chosen"), CASES)
def test_biases_are_as_many_as_the_framework_keeps(layout, chosen):
    network = structure(layout, chosen, 3, 5)
    counted = count_parameters(network) - count_parameters(network.with_bias("none"))
    assert counted == layout["biases"] * 5


def test_a_layout_says_what_has_no_place():
    without = {(la["convention"], la["cell"]) for la in LAYOUTS if "no_place_for" in la}
    held = {
        (name, cell)
        for name, convention in CONVENTIONS.items()
        for cell in convention.layouts
        if adopt(build_network(3, 5, cell=cell), convention).layers[0].bias == "input"
    }
    assert without == held == {("nnx", "gru"), ("coreml", "gru")}


def test_every_convention_was_measured_or_read():
    assert {layout["convention"] for layout in LAYOUTS} == set(CONVENTIONS)
    assert len(LAYOUTS) == 66


def test_conventions_go_by_their_names():
    assert all(name == convention.name for name, convention in CONVENTIONS.items())


def test_the_names_that_people_have_in_their_files():
    network = build_network(28, 128, 2, bidirectional=True, bias="single")
    expected = {
        "torch": "weight_ih_l1_reverse",
        "keras": "bidirectional_1/backward_lstm_1/lstm_cell/kernel",
        "onnx": "layer1/W",
        "flax": "params/LSTMCell_3/ii/kernel",
        "nnx": "layers.1.backward_rnn.cell.ii.kernel",
        "tf1": "bw/cell_1/lstm_cell/kernel",
        "mxnet": "r1_i2h_weight",
        "paddle": "1.cell_bw.weight_ih",
        "dl4j": "1_bW",
        "coreml": "layer1.weight_ih_back",
    }
    for name, own in expected.items():
        layout = tensors(adopt(network, CONVENTIONS[name]), CONVENTIONS[name])
        assert own in [tensor.name for tensor in layout], name


PAIRS = [(name, cell) for name, c in CONVENTIONS.items() for cell in c.layouts]
IN_EVERY = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def laid_out(network, name):
    """The network under a convention and its tensors; what it has no place for is left out."""
    convention = CONVENTIONS[name]
    try:
        own = adopt(network, convention)
        return own, tensors(own, convention)
    except UnsupportedError:
        assume(False)


@pytest.mark.parametrize(("name", "cell"), PAIRS)
@IN_EVERY
@given(data=st.data())
def test_parts_fill_their_tensors_once_and_come_back(name, cell, data):
    network, layout = laid_out(data.draw(networks((cell,))), name)
    names = [tensor.name for tensor in layout]
    assert len(set(names)) == len(names)
    unread = 0
    for tensor in layout:
        times = np.zeros(tensor.shape, int)
        for part in tensor.parts:
            there = times[tuple(slice(*span) for span in part.spans)]
            assert there.size == prod(part.shape)
            there += 1
        assert times.max() == 1, f"parts of {tensor.name} overlap"
        unread += np.count_nonzero(times == 0)
    total = sum(tensor.parameters for tensor in layout)
    assert total - unread == count_parameters(network)
    assert (unread > 0) == (cell == "lstm_coupled")
    weights = draw_weights(network)
    assert_same_weights(unpack(pack(weights, layout), layout), weights)


def could_be_either(network):
    """Whether one layer of two directions would be stored as these two layers are, or they as it.

    So it is where x is as long as h, and cells are numbered through.
    """
    first = network.layers[0]
    sizes = {(layer.hidden_size, layer.features) for layer in network.layers}
    cells = len(network.layers) * first.directions
    return cells == 2 and len(sizes) == 1 and network.input_size == first.features


@pytest.mark.parametrize(("name", "cell"), PAIRS)
@IN_EVERY
@given(data=st.data())
def test_a_network_is_recognised_by_its_shapes(name, cell, data):
    network, layout = laid_out(data.draw(networks((cell,))), name)
    shapes = {tensor.name: tensor.shape for tensor in layout}
    try:
        found = recognise(shapes, CONVENTIONS[name], cell)
    except ConfigurationError as error:
        assert "say bidirectional=True or bidirectional=False" in str(error)  # noqa: PT017
        assert could_be_either(network)
        found = recognise(shapes, CONVENTIONS[name], cell, network.layers[0].bidirectional)
    # what a head reads is in no tensor
    assert replace(found.network, head_on=network.head_on) == network
    assert {t.name: t.shape for t in found.tensors} == shapes
    assert not found.rest
    assert found.names == {own: own for own in shapes}


def shapes_of(network, name):
    convention = CONVENTIONS[name]
    return {t.name: t.shape for t in tensors(adopt(network, convention), convention)}


@pytest.mark.parametrize("name", ["flax", "equinox", "mlx", "haiku", "chainer_nstep"])
def test_two_layers_are_not_taken_for_two_directions(name):
    two, both = build_network(5, 5, 2), build_network(5, 5, bidirectional=True)
    assert shapes_of(two, name) == shapes_of(both, name)
    with pytest.raises(
        ConfigurationError,
        match="1 in two directions and 2 in one; say bidirectional=True or bidirectional=False",
    ):
        recognise(shapes_of(two, name), CONVENTIONS[name])
    for network in (two, both):
        own = network.layers[0].bidirectional
        found = recognise(shapes_of(network, name), CONVENTIONS[name], bidirectional=own)
        assert len(found.network.layers) == len(network.layers)


def test_a_head_tells_two_layers_from_two_directions():
    for options in ({"num_layers": 2}, {"bidirectional": True}):
        network = build_network(5, 5, num_classes=3, bias="single", **options)
        assert recognise(shapes_of(network, "flax"), CONVENTIONS["flax"]).network == network


def test_layers_of_few_tensors_are_all_found():
    network = build_network(3, 5, 3, cell="rnn", bias="none")  # Keras has two tensors
    assert recognise(shapes_of(network, "keras"), CONVENTIONS["keras"], "rnn").network == network


@pytest.mark.parametrize(("name", "cell"), PAIRS)
def test_a_cell_is_recognised_by_its_tensors(name, cell):
    network = build_network(4, 5, 2, cell=cell, num_classes=3)
    shapes = shapes_of(network, name)
    others = {other for other in CONVENTIONS[name].layouts if other != cell}
    alike = {other for other in others if shapes == shapes_of(with_cell(network, other), name)}
    if {"gru", "gru_reset_before"} <= {cell, *alike}:
        with pytest.raises(ConfigurationError, match=r"gru.* compute something else; say which"):
            recognise(shapes, CONVENTIONS[name])
        return
    found = recognise(shapes, CONVENTIONS[name])
    usual = {"rnn_relu": "rnn", "lstm_coupled": "lstm"}.get(cell)
    assert found.network.layers[0].cell.name == (usual if usual in alike else cell)
    assert set(found.also) == alike - {usual} | ({cell} if usual in alike else set())


def with_cell(network, cell):
    return replace(network, layers=network.map_layers(lambda la: replace(la, cell=CELLS[cell])))


def test_every_cell_has_a_convention():
    assert {cell for _, cell in PAIRS} == set(CELLS)
