"""A conversion's proof sees every number; files have names of their own; what is no weights."""

from dataclasses import replace

import numpy as np
import pytest
from frameworks import oracle, some_inputs

from lstmcalc import build_network, convert, verify
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.known import CONVENTIONS, adopt
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.errors import ConfigurationError, UnsupportedError


def held_by(name, *sizes, **options):
    """The tensors of a network as a framework stores them."""
    network = adopt(build_network(*sizes, **options), CONVENTIONS[name])
    return pack(draw_weights(network), tensors(network, CONVENTIONS[name]))


TORCH = held_by("torch", 3, 5)

# ---------------------------------------------------------------- what a conversion's proof sees


def carried(to="keras", kind="float64", **options):
    network = build_network(3, 5, 2, vocab_size=50, num_classes=4, **options)
    held = pack(draw_weights(network), tensors(network, CONVENTIONS["torch"]))
    return convert({name: array.astype(kind) for name, array in held.items()}, "torch", to)


def changed(found, name, change):
    return replace(found, tensors={**found.tensors, name: change(found.tensors[name])})


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["lstm/lstm_cell/kernel", "embedding/embeddings", "dense/kernel"])
def test_every_number_of_a_conversion_is_looked_at(name, kind):
    oracle("torch")
    found = carried(kind=kind)
    assert verify(found, against="torch").outcome == "verified"

    def last_row(array):
        wrong = array.copy()
        wrong[-1, -1] *= 1.1
        return wrong

    verdict = verify(changed(found, name, last_row), against="torch")
    assert [check.name for check in verdict.having("failed")] == ["weights"]


def test_a_tensor_more_or_less_is_seen():
    oracle("torch")
    found = carried()
    more = replace(found, tensors={**found.tensors, "other": np.zeros(3)})
    assert verify(more, against="torch").outcome == "failed"
    assert verify(replace(found, tensors={}), against="torch").outcome == "failed"


def test_a_side_that_is_not_run_is_told():
    oracle("torch")
    verdict = verify(carried("tf1"), against="torch")
    assert verdict.outcome == "partly verified"
    assert "TF1 itself is not run here" in verdict.having("skipped")[0].detail
    assert "onnx is no side" in verify(carried(), against="onnx").reason


# ------------------------------------------------------------------- names as people have them


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("both", [False, True])
def test_a_session_of_keras_counts_its_layers_on(kind, both):
    keras = oracle("keras").keras

    def layer(units, **options):
        made = getattr(keras.layers, kind)(units, **options)
        return keras.layers.Bidirectional(made) if both else made

    for _ in range(2):  # the second model's layers have other numbers
        model = keras.Sequential([keras.Input((4, 3)), layer(5, return_sequences=True), layer(6),
                                  keras.layers.Dense(2)])  # fmt: skip
    held = {variable.path: np.asarray(variable.value.detach()) for variable in model.weights}
    found = convert(held, "keras", "torch")
    sizes = [layer.hidden_size for layer in found.network.layers]
    assert (sizes, found.network.num_classes) == ([5, 6], 2)
    assert found.network.layers[0].bidirectional == both
    x = np.random.default_rng(0).standard_normal((2, 4, 3))
    wide = {name: array.astype(float) for name, array in found.items()}
    inputs = replace(some_inputs(found.network, reach=0.0), x=x.swapaxes(0, 1))
    ran = oracle("torch").run(found.network, wide, inputs)
    theirs = model(x).detach().numpy()
    ends = [ran.outputs.states[1, d]["h"] for d in range(1 + both)]  # Keras reads the last states
    ours = np.concatenate(ends, -1) @ found["head.weight"].T + found["head.bias"]
    assert np.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("head", ["params/RNN_0/cell", "params/OptimizedLSTMCell_0", "LSTMCell_3"])
def test_cells_of_flax_are_known_by_their_tensors(head):
    held = held_by("flax", 3, 5)
    renamed = {f"{head}/{name.split('/', 2)[2]}": array for name, array in held.items()}
    assert_same(convert(renamed, "flax", "torch"), convert(held, "flax", "torch"))


def test_a_named_layer_and_one_without_a_name():
    held = held_by("keras", 3, 5)
    named = {name.replace("lstm/", "encoder/", 1): array for name, array in held.items()}
    assert_same(convert(named, "keras", "torch"), convert(held, "keras", "torch"))
    onnx = held_by("onnx", 3, 5)
    bare = {name.partition("/")[2]: array for name, array in onnx.items()}
    assert_same(convert(bare, "onnx", "torch"), convert(onnx, "onnx", "torch"))


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_two_layers_of_other_names_are_not_one_stack():
    held = held_by("keras", 5, 5)
    both = {f"{name}/{part.partition('/')[2]}": array
            for name in ("encoder", "decoder") for part, array in held.items()}  # fmt: skip
    with pytest.raises(ConfigurationError, match="take one, such as prefix=decoder/"):
        convert(both, "keras", "torch")
    one = convert(both, "keras", "torch", prefix="encoder/")
    assert_same(one, convert(held, "keras", "torch"))


# --------------------------------------------------------------------------- what is no weights


def test_a_cell_that_the_source_does_not_have_is_refused():
    with pytest.raises(UnsupportedError, match="torch has no such cell"):
        convert(held_by("torch", 3, 5, cell="gru"), "torch", "keras", cell="gru_reset_before")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value):
    held = dict(TORCH)
    name = next(iter(held))
    held[name] = np.full_like(held[name], value)
    with pytest.raises(ConfigurationError, match=f"{name}: it holds values that are not finite"):
        convert(held, "torch", "keras")


def test_a_sum_that_does_not_fit_is_refused():
    large = {name: np.full(array.shape, 6e4, "float16") if name.startswith("bias") else
             array.astype("float16") for name, array in TORCH.items()}  # fmt: skip
    with pytest.raises(ConfigurationError, match="sum of two biases does not fit float16"):
        convert(large, "torch", "keras")
    assert convert(large, "torch", "onnx")


@pytest.mark.parametrize("weights", [None, [1], {1: np.zeros(3)}, "model.npz"])
def test_what_holds_no_tensors_by_name_is_refused(weights):
    with pytest.raises(ConfigurationError, match="give tensors by name"):
        convert(weights, "torch", "keras")


def test_a_module_is_taken_as_it_is():
    nn = pytest.importorskip("torch").nn
    module = nn.GRU(3, 5)
    assert_same(convert(module, "torch", "keras"), convert(module.state_dict(), "torch", "keras"))


@pytest.mark.parametrize("name", ["flax", "nnx"])
def test_biases_that_a_framework_always_has_are_0(name):
    found = convert(held_by("torch", 3, 5, bias="none"), "torch", name)
    oracle(name)
    assert verify(found, against=name).outcome == "verified"
    assert f"the biases, which {CONVENTIONS[name].title} always has, are 0" in found.notes


def test_a_bias_of_1_that_is_added_is_taken_off():
    found = convert(held_by("torch", 3, 5, bias="none"), "torch", "haiku")
    bias = found["lstm/linear/b"].reshape(4, 5)  # i, g, f, o
    assert np.array_equal(bias[2], -np.ones(5))
    assert not bias[[0, 1, 3]].any()


def stack_of(*names, without=()):
    """Layers of Keras by their names, one on the other, some of them without biases."""
    held = held_by("keras", 5, 5)
    return {
        f"{name}/{part.partition('/')[2]}": array
        for name in names
        for part, array in held.items()
        if not (name in without and part.endswith("bias"))
    }


def test_modules_that_are_numbered_are_one_stack_and_it_says_so():
    found = convert(stack_of("model/lstm_9", "model/lstm_10"), "keras", "torch")
    assert len(found.network.layers) == 2
    assert found.joined == ("model/lstm_9", "model/lstm_10")


@pytest.mark.parametrize("without", ["a_1", "a_2"])
def test_a_bias_in_one_layer_alone_is_not_left_out(without):
    with pytest.raises(ConfigurationError, match=r"part of a network|there are none"):
        convert(stack_of("a_1", "a_2", without=(without,)), "keras", "torch")


def test_another_order_in_the_file_is_refused():
    with pytest.raises(ConfigurationError, match="the file has another order"):
        convert(stack_of("model/lstm_2", "model/lstm_1"), "keras", "torch")


def test_a_number_of_any_length():
    named = f"a{'9' * 5_000}"
    assert len(convert(stack_of(named), "keras", "torch").network.layers) == 1


def test_a_word_of_the_model_is_no_direction():
    found = convert(stack_of("reverse_model/lstm"), "keras", "torch")
    assert not found.network.layers[0].bidirectional


# --------------------------------------------------------------------- what the verdict is about

BESIDE = {
    "a LayerNorm": {"norm.weight": (5,), "norm.bias": (5,)},
    "a second head": {"aux.weight": (9, 5), "aux.bias": (9,)},
    "one number": {"temperature": ()},
    "a counter": {"norm.num_batches_tracked": ()},
    "much else": {f"block{n}.scale": (2, 2) for n in range(30)},
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("target", ["keras", "onnx", "tf1"])
def test_what_is_left_out_is_not_verified(target, beside):
    oracle("torch")
    held = held_by("torch", 3, 5, num_classes=4)
    whole = verify(convert(held, "torch", target), against="torch")
    more = {name: np.ones(shape) for name, shape in beside.items()}
    found = convert({**held, **more}, "torch", target)
    verdict = verify(found, against="torch")
    assert set(more) & {*found.left_out}
    assert verdict.outcome == "partly verified"
    assert not verdict
    covered = len(held) + len(more) - len(found.left_out)
    assert f"it covers {covered} of {len(held) + len(more)} tensors" in verdict.summary
    assert f"left out, not converted: {found.left_out[0]}" in verdict.summary
    skipped = {check.name for check in verdict.having("skipped")}
    assert skipped == {"what is left out", *(check.name for check in whole.having("skipped"))}


def test_where_nothing_is_left_out_it_is_verified():
    oracle("torch")
    verdict = verify(carried("onnx"), against="torch")
    assert (verdict.outcome, verdict.notes) == ("verified", ())


def test_a_prefix_is_said_to_be_all_that_is_covered():
    oracle("torch")
    held = {f"{part}.{name}": array for part in ("a", "b") for name, array in TORCH.items()}
    verdict = verify(convert(held, "torch", "onnx", prefix="a."), against="torch")
    assert verdict.outcome == "verified"  # all that was asked for
    assert "it covers 4 of 8 tensors; without the prefix, not converted: b." in verdict.summary


def test_a_failure_says_what_it_covers_too():
    oracle("torch")
    found = convert({**TORCH, "norm.weight": np.ones(5)}, "torch", "onnx")
    spoilt = {**found.tensors, "layer0/W": found.tensors["layer0/W"] + 1}
    for wrong in (spoilt, {}):
        verdict = verify(replace(found, tensors=wrong), against="torch")
        assert verdict.outcome == "failed"
        assert "left out, not converted: norm.weight" in verdict.summary
