"""Weights carried from framework to framework: the same outputs in the real one, or a reason."""

import numpy as np
import pytest
from frameworks import assert_close, oracle, some_inputs, stored

from lstmcalc import build_network
from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.known import CONVENTIONS, adopt
from lstmcalc.conventions.packing import tensors
from lstmcalc.conversion import convert
from lstmcalc.draw import draw_weights
from lstmcalc.errors import ConfigurationError, UnknownNameError, UnsupportedError
from lstmcalc.forward import Outputs, forward

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 -- after the check that torch is there

from lstmcalc.oracles.torch.build import build  # noqa: E402 -- likewise

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

# ------------------------------------------------------------ from torch through the real ones


class Encoder(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.lstm = KINDS[kind](4, 5, 2, bidirectional=True)


class Tagger(nn.Module):
    """As people write them: an embedding, layers deep in the model, a head, all with own names."""

    def __init__(self, kind="lstm"):
        super().__init__()
        torch.manual_seed(0)
        self.words = nn.Embedding(11, 4)
        self.encoder = Encoder(kind)
        self.fc = nn.Linear(10, 3)
        self.double()


def parts_of(model):
    """The embedding, the recurrent part and the head of a tagger, or of what we build."""
    if isinstance(model, Tagger):
        return model.words, model.encoder.lstm, model.fc
    return model["embedding"], model["rnn"], model["head"]


def run_in_torch(model, inputs):
    """Everything that comes out of it, from the first states given."""
    embedding, rnn, head = parts_of(model)
    firsts = {
        state: torch.from_numpy(np.stack([inputs.states[place][state] for place in inputs.states]))
        for state in next(iter(inputs.states.values()))
    }
    given = (firsts["h"], firsts["c"]) if "c" in firsts else firsts["h"]
    with torch.no_grad():
        output, last = rnn(embedding(torch.from_numpy(inputs.x)), given)
        logits = head(output[-1]).numpy()
    lasts = dict(zip("hc", last if "c" in firsts else [last], strict=False))
    states = {
        place: {state: array[index].numpy() for state, array in lasts.items()}
        for index, place in enumerate(inputs.states)
    }
    return Outputs(output.numpy(), states, logits)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_goes_round_the_real_frameworks(kind):
    model = Tagger(kind)
    inputs = None
    held, source = model.state_dict(), "torch"
    for target in ("keras", "onnx", "flax", "torch"):
        found = convert(held, source, target, cell=kind)
        inputs = inputs or some_inputs(found.network)
        theirs = run_in_torch(model, inputs)
        if target != "torch":
            ran = oracle(target).run(found.network, found.tensors, inputs)
            assert_close(theirs, ran.outputs, ran.tolerance)
        held, source = found.tensors, target
    again = build(found.network)
    again.load_state_dict({name: torch.from_numpy(array) for name, array in held.items()})
    assert_close(theirs, run_in_torch(again, inputs))


def test_a_model_goes_to_nnx_and_back():
    nnx = oracle("nnx")
    model = Tagger("lstm")
    there = convert(model.state_dict(), "torch", "nnx")
    inputs = some_inputs(there.network)
    theirs = run_in_torch(model, inputs)
    assert_close(theirs, nnx.run(there.network, there.tensors, inputs).outputs)
    back = convert(there, "nnx", "torch")
    again = build(back.network)
    again.load_state_dict({name: torch.from_numpy(array) for name, array in back.items()})
    assert_close(theirs, run_in_torch(again, inputs))


def exchanged(name, cell, one, other):
    """A convention with two gates in each other's place: the fault that no shape tells."""
    right = CONVENTIONS[name]
    order = "".join({one: other, other: one}.get(g, g) for g in right.layout(cell).order)
    return right._replace(layouts={**right.layouts, cell: right.layout(cell)._replace(order=order)})


@pytest.mark.parametrize(
    ("target", "cell", "gates"),
    [
        ("keras", "lstm", "if"),
        ("keras", "gru", "zr"),
        ("onnx", "lstm", "go"),
        ("onnx", "gru", "zr"),
    ],
)
def test_two_gates_exchanged_are_seen_by_the_real_framework_alone(target, cell, gates):
    model = Tagger(cell)
    wrong = exchanged(target, cell, *gates)
    found = convert(model.state_dict(), "torch", wrong)
    inputs = some_inputs(found.network)
    theirs = run_in_torch(model, inputs)
    ran = oracle(target).run(found.network, found.tensors, inputs)
    assert abs(ran.outputs.output - theirs.output).max() > 100 * ran.tolerance
    # it reads what it wrote: no round trip through it can tell
    back = convert(found, wrong, "torch", cell=cell)
    again = build(back.network)
    again.load_state_dict({name: torch.from_numpy(array) for name, array in back.items()})
    assert_close(theirs, run_in_torch(again, inputs))


def test_names_of_the_users_own_are_found():
    found = convert(Tagger().state_dict(), "torch", "keras")
    network = found.source_network
    assert (network.vocab_size, network.input_size, network.num_classes) == (11, 4, 3)
    assert [(la.hidden_size, la.bidirectional) for la in network.layers] == [(5, True)] * 2
    assert "embedding/embeddings" in found
    assert "bidirectional_1/backward_lstm_1/lstm_cell/kernel" in found
    assert found["dense/kernel"].shape == (10, 3)


# ------------------------------------------------------------------------------- all of the pairs

STRUCTURES = {
    "one layer": {"hidden": 4, "depth": 1},
    "whole": {"hidden": 4, "depth": 2, "bidirectional": True, "vocab_size": 6, "num_classes": 2},
}
PAIRS = [(source, cell) for source, c in CONVENTIONS.items() for cell in c.layouts]


def reason_against(cell, network, source, target):
    """Why the tensors of a cell can have no place in a framework, as its data has it."""
    twins = {"gru": "gru_reset_before", "gru_reset_before": "gru"}
    has = CONVENTIONS[target].layouts
    if cell not in has:
        twin = twins.get(cell)
        return "which computes something else" if twin in has else "has no such cell"
    if network.layers[0].bidirectional and has[cell].one_way:
        return "of two directions described here"
    if cell == "gru" and target in ("nnx", "coreml") and source not in ("nnx", "coreml"):
        return "b_hn: .*it is not 0"
    return None


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(("source", "cell"), PAIRS)
def test_any_two_frameworks_compute_the_same_or_say_why_not(source, cell, structure):
    options = dict(STRUCTURES[structure])
    sizes = 3, options.pop("hidden"), options.pop("depth")
    network = adopt(build_network(*sizes, cell=cell, **options), CONVENTIONS[source])
    if options.get("bidirectional") and CONVENTIONS[source].layout(cell).one_way:
        with pytest.raises(UnsupportedError, match="of two directions described here"):
            tensors(network, CONVENTIONS[source])
        return
    weights = draw_weights(network, 2)
    held = stored(network, weights, source)
    inputs = some_inputs(network, steps=2)
    ours = forward(network, weights, inputs, np)
    both = options.get("bidirectional", False)
    # every target has its turn; the whole network goes to one in three
    names = list(CONVENTIONS)
    start = PAIRS.index((source, cell))
    targets = names if structure == "one layer" else names[start % 3 :: 3]
    done = 0
    for target in targets:
        if why := reason_against(cell, network, source, target):
            with pytest.raises((UnsupportedError, ConfigurationError), match=why):
                convert(held, source, target, cell, both)
            continue
        found = convert(held, source, target, cell, both)
        layout = tensors(found.network, CONVENTIONS[target])
        assert {t.name: t.shape for t in layout} == {n: a.shape for n, a in found.items()}
        theirs = forward(found.network, unpack(found.tensors, layout), inputs, np)
        assert_close(ours, theirs)
        done += 1
    assert done or structure == "whole"


# ------------------------------------------------------------------------------ what is refused


def held_by(name, *sizes, **options):
    network = adopt(build_network(*sizes, **options), CONVENTIONS[name])
    return stored(network, draw_weights(network), name)


def under(prefix, held):
    return {f"{prefix}.{name}": array for name, array in held.items()}


def without(held, *names):
    return {name: array for name, array in held.items() if name not in names}


TORCH = held_by("torch", 3, 5, 2)
PEEPHOLE = held_by("tf1", 3, 5, cell="lstm_peephole")

REFUSED = {
    "a GRU of the other kind": (held_by("torch", 3, 5, cell="gru"), "torch", "tf1",
                                r"gru for TF1: TF1 has gru_reset_before, which computes some"),
    "a cell that is not there": (held_by("torch", 3, 5, cell="gru"), "torch", "sonnet",
                                 "cell gru: Sonnet has no such cell; it has lstm"),
    "a peephole for torch": (PEEPHOLE, "tf1", "torch", "torch has no such cell"),
    "a bias without a place": (held_by("torch", 3, 5, cell="gru"), "torch", "nnx",
                               "b_hn: Flax nnx has no place for it, and it is not 0"),
    "a projection": (held_by("torch", 3, 5, proj_size=2), "torch", "keras",
                     "lstm in Keras: it has no projection"),
    "whole numbers": ({n: a.astype(int) for n, a in TORCH.items()}, "torch", "keras",
                      r"weight_ih_l0: it holds int64, and weights are floating-point"),
    "two networks": ({**under("encoder", TORCH), **under("decoder", TORCH)}, "torch", "keras",
                     r"several networks, .*give all tensors of one recurrent part"),
    "two networks of two cells": ({**held_by("keras", 3, 5), **held_by("keras", 5, 5, cell="gru")},
                                  "keras", "torch", "several networks"),
    "a bias missing": (without(TORCH, "bias_hh_l1"), "torch", "keras",
                       "or of part of one: beside weight_ih_l0 there is weight_hh_l1"),
    "a bias missing in layer 0": (without(TORCH, "bias_ih_l0"), "torch", "keras",
                                  "left over .*bias_hh_l0"),
    "a matrix missing": (without(TORCH, "weight_hh_l1"), "torch", "keras",
                         "left over .*weight_ih_l1"),
    "a matrix missing in layer 0": (without(TORCH, "weight_hh_l0"), "torch", "keras",
                                    "there are none; the file has weight_ih_l0"),
    "a direction cut short": (without(held_by("torch", 3, 5, bidirectional=True),
                                      "weight_hh_l0_reverse"), "torch", "keras",
                              "left over .*weight_ih_l0_reverse"),
    "a peephole missing": (without(PEEPHOLE, "cell_0/lstm_cell/w_i_diag"), "tf1", "onnx",
                           "left over .*w_f_diag"),
    "a shape": ({**TORCH, "weight_hh_l0": TORCH["weight_hh_l0"].T}, "torch", "keras",
                r"there are none; the file has weight_ih_l0 \(20, 3\)"),
    "another framework's names": (TORCH, "keras", "torch",
                                  "recurrent network by Keras's names: there are none"),
    "nothing": ({}, "torch", "keras", "the file has none"),
    "an unknown source": (TORCH, "torhc", "keras", "convention 'torhc': .*did you mean 'torch'"),
    "an unknown target": (TORCH, "torch", "kears", "convention 'kears': .*did you mean 'keras'"),
    "a GRU of ONNX": (held_by("onnx", 3, 5, cell="gru"), "onnx", "torch",
                      "gru and gru_reset_before, .* compute something else; say which one"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_carried_over_is_refused(what):
    held, source, target, why = REFUSED[what]
    with pytest.raises((ConfigurationError, UnsupportedError, UnknownNameError), match=why):
        convert(held, source, target)


def test_an_unknown_cell_is_refused():
    with pytest.raises(UnknownNameError, match="cell 'gur': not known; did you mean 'gru'"):
        convert(TORCH, "torch", "keras", cell="gur")


@pytest.mark.parametrize("cell", ["gru", "gru_reset_before"])
def test_a_gru_of_onnx_is_carried_over_where_the_cell_is_said(cell):
    held = held_by("onnx", 3, 5, cell=cell)
    found = convert(held, "onnx", "keras", cell=cell)
    assert found.network.layers[0].cell.name == cell
    assert found["gru/gru_cell/bias"].shape == ((2, 15) if cell == "gru" else (15,))


# ------------------------------------------------------------------------------------ the notes


def notes_of(held, source, target, cell=None):
    return convert(held, source, target, cell).notes


def test_nothing_is_said_where_nothing_happens():
    assert notes_of(TORCH, "torch", "onnx") == ()
    assert notes_of(held_by("equinox", 3, 5), "equinox", "torch") == (
        "the one bias of a gate becomes its first; the second is 0",
    )


def test_biases_that_are_added_up_are_told():
    told = "the two biases of a gate are added up; which part was which is lost"
    assert notes_of(TORCH, "torch", "keras") == (told,)


def test_a_second_bias_of_0_is_told():
    told = "the one bias of a gate becomes its first; the second is 0"
    assert told in notes_of(held_by("keras", 3, 5), "keras", "torch")


@pytest.mark.parametrize(("source", "target"), [("torch", "tf1"), ("tf1", "torch")])
def test_a_forget_bias_is_told_both_ways(source, target):
    told = "TF1: it adds 1 to the forget gate when it runs: b_f is stored without"
    assert told in notes_of(held_by(source, 3, 5), source, target)


@pytest.mark.parametrize(("source", "target"), [("tf1", "haiku"), ("haiku", "tf1")])
def test_a_turned_sign_is_told_both_ways(source, target):
    told = "Haiku: z is stored with the other sign: it writes 1 - z for z"
    assert told in notes_of(held_by(source, 3, 5, cell="gru_reset_before"), source, target)


def test_another_order_of_states_is_told():
    assert "Flax hands over its last states as (c, h)" in notes_of(TORCH, "torch", "flax")
    held = held_by("flax", 3, 5)
    assert "torch hands over its last states as (h, c)" in notes_of(held, "flax", "torch")
    assert not [note for note in notes_of(held, "flax", "tf1") if "hands over" in note]


def test_a_cell_that_was_guessed_is_told():
    held = held_by("torch", 3, 5, cell="rnn_relu")
    assert "taken for rnn; rnn_relu would store the same" in notes_of(held, "torch", "keras")
    assert not [n for n in notes_of(held, "torch", "keras", "rnn_relu") if "taken" in n]


def test_tensors_that_are_left_out_are_named():
    more = {f"extra{n}.scale": np.ones(2) for n in range(8)}
    (told,) = notes_of({**TORCH, **more}, "torch", "onnx")
    names = ", ".join(f"extra{n}.scale" for n in range(6))
    assert told == f"left out, no part of the network: {names} and 2 more"


def test_numbers_beside_the_network_may_be_whole():
    counter = {"norm.num_batches_tracked": np.array(3)}
    assert notes_of({**TORCH, **counter}, "torch", "onnx") == (
        "left out, no part of the network: norm.num_batches_tracked",
    )


def test_a_tied_head_is_told():
    held = held_by("torch", 5, 5, vocab_size=7, tie_weights=True)
    assert "head.weight" not in held
    told = "the head's matrix is the embedding's, and is stored again"
    assert notes_of(held, "torch", "onnx") == (told,)
    assert convert(held, "torch", "keras")["dense/kernel"].shape == (5, 7)


# ------------------------------------------------------------------------- the types of numbers


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_the_type_of_numbers_is_kept(kind):
    held = {name: array.astype(kind) for name, array in TORCH.items()}
    found = convert(held, "torch", "keras")
    assert {array.dtype for array in found.values()} == {np.dtype(kind)}
    back = convert(convert(held, "torch", "onnx"), "onnx", "torch")
    assert all(np.array_equal(back[name], array) for name, array in held.items())


def test_of_several_types_the_widest_is_kept():
    mixed = {n: a.astype("float16" if "bias" in n else "float32") for n, a in TORCH.items()}
    found = convert(mixed, "torch", "keras")
    assert {array.dtype for array in found.values()} == {np.dtype("float32")}


def test_tensors_of_torch_are_taken():
    module = nn.LSTM(3, 5)
    expected = {name: p.detach().numpy() for name, p in module.named_parameters()}
    for held in (module.state_dict(), dict(module.named_parameters())):
        found = convert(held, "torch", "onnx")
        assert all(isinstance(array, np.ndarray) for array in found.values())
        assert found["layer0/W"].dtype == np.float32
        i, o = expected["weight_ih_l0"][:5], expected["weight_ih_l0"][15:]
        assert np.array_equal(found["layer0/W"][0, :10], np.vstack([i, o]))


def test_bfloat16_becomes_float32():
    module = nn.LSTM(3, 5).to(torch.bfloat16)
    found = convert(module.state_dict(), "torch", "keras")
    assert {array.dtype for array in found.values()} == {np.dtype("float32")}
    expected = module.weight_ih_l0.detach().float().numpy().T
    assert np.array_equal(found["lstm/lstm_cell/kernel"], expected)


def test_the_source_is_left_as_it_was():
    before = {name: array.copy() for name, array in TORCH.items()}
    found = convert(TORCH, "torch", "onnx")
    for array in found.values():
        array[...] = 0
    assert all(np.array_equal(TORCH[name], array) for name, array in before.items())


def test_a_conversion_is_a_mapping_of_its_tensors():
    found = convert(TORCH, "torch", "keras")
    assert len(found) == len(list(found)) == 6
    assert dict(found).keys() == found.tensors.keys()
    assert (found.source.name, found.target.name) == ("torch", "keras")
    assert found.source_network.layers[0].bias == "double"
    assert found.network.layers[0].bias == "single"
