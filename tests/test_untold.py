"""What tensors cannot tell: the order of modules, the options of a framework, which is the head."""

import os
import re
import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
from frameworks import oracle

from lstmcalc import GRU, LSTM, build_network, convert, read_weights, verify
from lstmcalc.cli import main
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.differences import untold
from lstmcalc.conventions.known import CONVENTIONS, adopt
from lstmcalc.conventions.layout import Choice
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.errors import ConfigurationError, FileError
from lstmcalc.files.tensors import write_tensors


def held_by(name, *sizes, **options):
    """The tensors of a network as a framework stores them."""
    network = adopt(build_network(*sizes, **options), CONVENTIONS[name])
    return pack(draw_weights(network), tensors(network, CONVENTIONS[name]))


def renamed(held, *names):
    """The one layer of `held` under several names, as several layers of its size."""
    return {
        f"{name}/{part.partition('/')[2]}": array + k
        for k, name in enumerate(names)
        for part, array in held.items()
    }


KERAS = held_by("keras", 5, 5)
STACKS = {"torch", "cudnn", "tf1", "paddle", "mxnet", "chainer_nstep", "dl4j"}
"""Where one module has all layers, by the documentation of each."""

# ------------------------------------------------------------------------ modules that are joined


def cell_of(name):
    layouts = CONVENTIONS[name].layouts
    return "lstm" if "lstm" in layouts else next(iter(layouts))


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_layers_that_are_modules_of_their_own_are_told(name, bidirectional):
    options = {"cell": cell_of(name), "bidirectional": bidirectional}
    if bidirectional and CONVENTIONS[name].layout(cell_of(name)).one_way:
        pytest.skip("it has no names for two directions")
    found = convert(held_by(name, 5, 5, 2, **options), name, "torch", bidirectional=bidirectional)
    told = [note for note in found.notes if "joined to one stack in this order" in note]
    assert bool(found.joined) == (len(told) == 1) == (name not in STACKS)
    for module in found.joined:
        assert module in told[0]
        assert any(own.startswith(module) for own in found.names.values())
    assert len(set(found.joined)) in ((0,) if name in STACKS else (2, 4))
    one = convert(held_by(name, 5, 5, cell=cell_of(name)), name, "torch", bidirectional=False)
    assert one.joined == ()


@pytest.mark.parametrize("name", ["flax", "haiku", "equinox", "mlx", "chainer", "sonnet"])
def test_directions_that_no_name_tells_apart_are_told(name):
    held = held_by(name, 3, 5, cell=cell_of(name), bidirectional=True)
    found = convert(held, name, "torch", bidirectional=True)
    (told,) = [note for note in found.notes if "two directions, the first of them forward" in note]
    assert told.endswith("which is which cannot be seen in tensors")
    assert len(found.joined) == 2


@pytest.mark.parametrize("name", ["keras", "nnx", "onnx", "torch", "dl4j"])
def test_directions_that_a_module_has_are_not_joined(name):
    held = held_by(name, 3, 5, bidirectional=True)
    assert convert(held, name, "torch").joined == ()


def test_an_encoder_and_a_decoder_of_one_size_are_never_verified_as_a_stack():
    oracle("torch")
    found = convert(renamed(KERAS, "lstm", "lstm_1"), "keras", "torch")
    assert found.joined == ("lstm", "lstm_1")
    verdict = verify(found, against="torch")
    assert verdict.outcome == "partly verified"
    assert "not checked: order of modules" in verdict.summary
    (check,) = verdict.having("skipped")
    assert "lstm, lstm_1 are joined" in check.detail
    assert not verdict
    assert verify(convert(KERAS, "keras", "torch"), against="torch").outcome == "verified"


def test_one_module_of_several_layers_is_verified():
    oracle("torch")
    found = convert(held_by("torch", 5, 5, 2), "torch", "tf_block")
    assert found.joined == ()
    found = convert(held_by("torch", 5, 5, 2, bidirectional=True), "torch", "keras")
    assert verify(found, against="torch").outcome == "verified"


def test_separate_modules_of_torch_are_told():
    held = held_by("torch", 5, [5, 6])
    assert "rnn.0.weight_ih_l0" in held
    assert convert(held, "torch", "keras").joined == ("rnn.0", "rnn.1")


@pytest.mark.parametrize(
    ("names", "joined"),
    [
        (("a/multi_rnn_cell/cell_0", "a/multi_rnn_cell/cell_1"), 0),
        (("a/multi_rnn_cell/cell_3", "a/multi_rnn_cell/cell_4"), 0),
        (("fw/cell_0", "bw/cell_0"), 0),
        (("rnn", "rnn_1"), 2),
    ],
)
def test_the_cells_of_one_multi_rnn_cell_are_no_separate_modules(names, joined):
    held = held_by("tf1", 5, 5)
    named = {f"{name}/lstm_cell/{part.rpartition('/')[2]}": array for name in names
             for part, array in held.items()}  # fmt: skip
    found = convert(named, "tf1", "torch", bidirectional="fw" in names[0])
    assert len(found.joined) == joined


def test_modules_that_fit_no_stack_are_named_with_what_to_do():
    held = renamed(held_by("keras", 3, 5), "lstm", "lstm_1")
    with pytest.raises(ConfigurationError, match=r"modules lstm, lstm_1: .*such as prefix=lstm/"):
        convert(held, "keras", "torch")
    assert convert(held, "keras", "torch", prefix="lstm_1/").joined == ()


# ------------------------------------------------------------------------------- the order of names


@pytest.mark.parametrize("names", [("m/lstm_9", "m/lstm_10"), ("lstm", "lstm_1"), ("x_2", "x_11")])
def test_names_in_no_order_are_taken_by_their_numbers(names):
    held = renamed(KERAS, *names)
    expected = convert(held, "keras", "torch")
    assert expected.joined == names
    kernels, others = list(held)[::3], [name for name in held if name not in list(held)[::3]]
    mixed = [*reversed(kernels), *others[1::2], *others[::2]]
    for order in (sorted(held), mixed):
        found = convert({name: held[name] for name in order}, "keras", "torch")
        assert found.notes == expected.notes
        assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_a_file_without_an_order_is_read_the_same_each_time(tmp_path):
    held = renamed(KERAS, *(f"model/lstm_{n}" for n in (8, 9, 10, 11)))
    write_tensors(tmp_path / "w.safetensors", held, replace=False)
    script = (
        "import sys; from pathlib import Path\n"
        "from lstmcalc import convert\n"
        "from lstmcalc.files.tensors import read_tensors\n"
        "held = read_tensors(Path(sys.argv[1]))\n"
        "print(list(held), *convert(held, 'keras', 'torch').notes)\n"
        "try: convert(held, 'torch', 'keras')\n"
        "except ValueError as error: print(error)\n"
    )
    said = set()
    for seed in range(3):  # the reader's own order is another one each time, whatever the seed
        call = [sys.executable, "-W", "error", "-c", script, tmp_path / "w.safetensors"]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run(call, capture_output=True, text=True, env=environment, check=True)
        said.add(done.stdout)
    assert len(said) == 1
    assert str(sorted(held)) in said.pop()


# ---------------------------------------------------------------------------- a framework's options


def test_options_of_keras_are_told():
    notes = convert(KERAS, "keras", "torch").notes
    (told,) = [note for note in notes if note.startswith("Keras: its options")]
    assert "recurrent_activation=sigmoid (hard_sigmoid by default before Keras 2.3)" in told
    assert "go_backwards=False" in told
    assert "merge_mode" not in told
    both = convert(held_by("keras", 5, 5, bidirectional=True), "keras", "torch").notes
    assert "merge_mode=concat" in " ".join(both)


def test_options_of_onnx_are_told():
    told = " ".join(convert(held_by("onnx", 3, 5), "onnx", "torch").notes)
    assert "activations=[Sigmoid, Tanh, Tanh], clip=none, direction=forward" in told
    assert "direction" not in untold(CONVENTIONS["onnx"], "lstm", 2)


def test_torch_has_no_such_option():
    assert untold(CONVENTIONS["torch"], "lstm", 2) == ""


CHOICES = [
    (name, cell, choice)
    for name, convention in CONVENTIONS.items()
    for cell, layout in convention.layouts.items()
    for choice in (*layout.choices, *convention.choices)
]


@pytest.mark.parametrize(("name", "cell", "choice"), CHOICES)
def test_an_option_is_told_once_and_in_short(name, cell, choice):
    assert isinstance(choice, Choice)
    told = [untold(CONVENTIONS[name], cell, directions) for directions in (1, 2)]
    said = re.escape(f"{choice.option}={choice.value}")
    assert any(len(re.findall(rf"(?<!\w){said}", line)) == 1 for line in told)
    assert all(len(line) < 250 and "\n" not in line for line in told)


def options_of(name):
    """The arguments of the framework's class for its LSTM, with their defaults."""
    import inspect

    if name == "keras":
        keras = oracle("keras").keras
        layers = keras.layers.LSTM, keras.layers.Bidirectional
    elif name == "flax":
        oracle("flax")
        from flax import linen

        layers = linen.LSTMCell, linen.RNN, linen.Bidirectional
    else:
        oracle("nnx")
        from flax import nnx

        layers = nnx.LSTMCell, nnx.RNN, nnx.Bidirectional
    return {
        own: getattr(parameter.default, "__name__", parameter.default)
        for layer in layers
        for own, parameter in inspect.signature(layer.__init__).parameters.items()
    }


@pytest.mark.parametrize("name", ["keras", "flax", "nnx"])
def test_options_are_those_of_the_real_class_and_taken_for_its_default(name):
    there = options_of(name)
    layout = CONVENTIONS[name].layout("lstm")
    for choice in (*layout.choices, *CONVENTIONS[name].choices):
        assert choice.value in str(there[choice.option])


def test_options_of_onnx_are_those_of_its_operators():
    onnx = pytest.importorskip("onnx")
    for cell, operator in (("lstm", "LSTM"), ("gru", "GRU"), ("rnn", "RNN")):
        there = onnx.defs.get_schema(operator, 22, "").attributes
        for choice in (*CONVENTIONS["onnx"].layout(cell).choices, *CONVENTIONS["onnx"].choices):
            assert choice.option in there


# ------------------------------------------------------------------------------ several candidates


def linear(name, outputs, inputs=5):
    rng = np.random.default_rng(outputs)
    return {f"{name}.weight": rng.normal(size=(outputs, inputs)),
            f"{name}.bias": rng.normal(size=outputs)}  # fmt: skip


def embedding(name, words, length=5):
    return {f"{name}.weight": np.random.default_rng(words).normal(size=(words, length))}


CORE = {f"net.{name}": array for name, array in held_by("torch", 5, 5).items()}
HEADS = {**linear("fc1", 3), **linear("head", 2)}
WORDS = {**embedding("words", 9), **embedding("places", 20)}


@pytest.mark.parametrize("order", list(permutations(["CORE", "HEADS", "WORDS"])))
def test_several_candidates_leave_the_recurrent_part_readable(order):
    parts = {"CORE": CORE, "HEADS": HEADS, "WORDS": WORDS}
    held = {name: array for part in order for name, array in parts[part].items()}
    found = convert(held, "torch", "keras")
    network = found.source_network
    assert (network.num_classes, network.vocab_size) == (None, None)
    assert (
        "fc1.weight, head.weight could each be the head, and none is taken: "
        "choose one with head_tensor=fc1.weight"
    ) in found.notes
    assert any("choose one with embedding_tensor=words.weight" in note for note in found.notes)
    assert not any("left out" in note for note in found.notes)


@pytest.mark.parametrize("chosen", ["fc1", "head"])
def test_a_head_that_is_chosen_is_taken_with_its_bias(chosen):
    held = {**HEADS, **CORE, **WORDS}
    found = convert(held, "torch", "keras", head_tensor=f"{chosen}.weight", embedding_tensor="none")
    assert np.array_equal(found["dense/kernel"], held[f"{chosen}.weight"].T)
    assert np.array_equal(found["dense/bias"], held[f"{chosen}.bias"])
    assert "embedding/embeddings" not in found
    assert f"{chosen}.weight is taken for the head" in found.notes
    assert not any("could each" in note for note in found.notes)


def test_a_chosen_tensor_need_not_have_the_prefix():
    found = convert({**HEADS, **CORE}, "torch", "keras", prefix="net.", head_tensor="fc1.weight")
    assert found["dense/kernel"].shape == (5, 3)
    assert "dense/kernel" not in convert({**HEADS, **CORE}, "torch", "keras", prefix="net.")


def test_a_lone_candidate_is_taken_and_told_beside_other_tensors():
    held = {**held_by("keras", 3, 5, num_classes=8), "dense_1/kernel": np.ones((8, 2)),
            "dense_1/bias": np.ones(2)}  # fmt: skip
    found = convert(held, "keras", "torch")
    assert "dense/kernel is taken for the head" in found.notes
    assert "head.weight" not in convert(held, "keras", "torch", head_tensor="none")


def test_a_chosen_head_decides_between_directions():
    held = held_by("flax", 5, 5, 2)
    heads = {"params/a/kernel": np.ones((5, 3)), "params/a/bias": np.ones(3),
             "params/b/kernel": np.ones((10, 3)), "params/b/bias": np.ones(3)}  # fmt: skip
    for name, both in (("params/a/kernel", False), ("params/b/kernel", True)):
        found = convert({**held, **heads}, "flax", "torch", head_tensor=name)
        assert found.network.layers[0].bidirectional == both
        assert found.network.num_classes == 3


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({"head_tensor": "fc9.weight"}, "head_tensor=fc9.weight: there is no such tensor"),
        ({"head_tensor": "fc1.bias"}, "it does not fit; what could be the head is fc1.weight, he"),
        ({"head_tensor": "net.weight_ih_l0"}, "head_tensor=net.weight_ih_l0: it does not fit"),
        ({"embedding_tensor": "fc1.weight"}, "embedding is words.weight, places.weight"),
        ({"head_tensor": 3}, "head_tensor=3: there is no such tensor"),
    ],
)
def test_a_chosen_tensor_that_cannot_be_it(chosen, why):
    with pytest.raises(ConfigurationError, match=why):
        convert({**HEADS, **CORE, **WORDS}, "torch", "keras", **chosen)


@pytest.mark.parametrize("odd", [np.ones((3, 5), int), np.full((3, 5), np.nan)])
def test_a_head_that_holds_no_numbers_can_be_left_out(odd):
    held = {**CORE, **linear("fc", 3), "fc.weight": odd}
    with pytest.raises(ConfigurationError, match="leave it out with head_tensor=none"):
        convert(held, "torch", "keras")
    assert convert(held, "torch", "keras", head_tensor="none")


def test_an_empty_matrix_is_no_candidate():
    held = {**CORE, **linear("fc", 3), **linear("none", 0), **embedding("no_words", 0)}
    found = convert(held, "torch", "keras")
    assert (found.network.num_classes, found.network.vocab_size) == (3, None)


# --------------------------------------------------------- the head that a network is known to have

SAME = {**linear("fc1", 3), **linear("fc2", 3)}
KNOWN = LSTM(5, 5, num_classes=3)


def test_weights_of_several_heads_are_asked_for():
    with pytest.raises(FileError, match=r"fc1.weight and fc2.weight could each be head.weight"):
        read_weights({**CORE, **SAME}, KNOWN)
    for name in ("fc1", "fc2"):
        found = read_weights({**CORE, **SAME}, KNOWN, head_tensor=f"{name}.weight")
        assert np.array_equal(found.head_weight, SAME[f"{name}.weight"])
        assert np.array_equal(found.head_bias, SAME[f"{name}.bias"])


def test_the_bias_of_a_head_is_the_one_beside_it():
    norm = {"norm.weight": np.ones(3), "norm.bias": np.zeros(3)}
    found = read_weights({**norm, **CORE, **linear("fc", 3)}, KNOWN)
    assert np.array_equal(found.head_bias, linear("fc", 3)["fc.bias"])


def test_a_tied_model_has_its_matrix_twice():
    held = {**CORE, **embedding("encoder", 9), "decoder.bias": np.arange(9.0)}
    held["decoder.weight"] = held["encoder.weight"]
    found = read_weights(held, LSTM(5, 5, vocab_size=9, tie_weights=True))
    assert found.source == "given by name (embedding encoder.weight; not used: decoder.weight)"
    assert np.array_equal(found.head_bias, np.arange(9.0))


@pytest.mark.parametrize(
    ("network", "chosen", "why"),
    [
        (KNOWN, {"head_tensor": "fc3.weight"}, "that could be fc1.weight, fc2.weight"),
        (KNOWN, {"head_tensor": "none"}, r"head_tensor=none: the network has head.weight \(3, 5\)"),
        (LSTM(5, 5), {"head_tensor": "fc1.weight"}, "the network has no head of its own"),
        (LSTM(5, 5, vocab_size=9), {}, r"no tensor is embedding.weight \(9, 5\)"),
        (GRU(5, 5), {}, "the network's is"),
    ],
)
def test_what_cannot_be_read(network, chosen, why):
    with pytest.raises(FileError, match=why):
        read_weights({**CORE, **SAME}, network, **chosen)


def test_a_command_says_its_flags(tmp_path, capsys):
    def run(words):
        code = main(words)
        return code, *capsys.readouterr()

    np.savez(tmp_path / "w.npz", **CORE, **SAME, **WORDS)
    file = str(tmp_path / "w.npz")
    to_keras = ["convert", file, "--from", "torch", "--to", "keras", "--no-verify"]
    code, out, _ = run(to_keras)
    assert code == 0
    assert "choose one with --head-tensor fc1.weight" in " ".join(out.split())
    code, out, _ = run([*to_keras, "--head-tensor", "fc2.weight"])
    assert "dense/kernel" in out
    code, _, error = run([*to_keras, "--head-tensor", "fc3.weight"])
    assert (code, error[:40]) == (2, "lstmcalc: --head-tensor fc3.weight: ther")
    step = ["step", "5", "5", "--classes", "3", "--no-verify"]
    code, _, error = run([*step, "--weights", file])
    assert error.endswith("choose one, such as --head-tensor fc1.weight\n")
    assert run([*step, "--weights", file, "--head-tensor", "fc1.weight"])[0] == 0
    assert "add --weights FILE" in run([*step, "--head-tensor", "fc1.weight"])[2]
    reach = ["gradients", "5", "5", "--classes", "3", "--weights", file, "--no-verify"]
    assert run(reach)[0] == 2
    assert run([*reach, "--head-tensor", "fc1.weight", "--seq-len", "5"])[0] == 0
