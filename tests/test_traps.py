"""Seventeen ways in which weights that fit give other answers, one test or a few for each."""

import numpy as np
import pytest
from frameworks import assert_close, oracle, some_inputs, stored

from lstmcalc import build_network, count_parameters
from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.differences import differences
from lstmcalc.conventions.known import CONVENTIONS, adopt
from lstmcalc.conventions.packing import tensors
from lstmcalc.conversion import convert
from lstmcalc.draw import draw_weights
from lstmcalc.errors import ConfigurationError, UnsupportedError
from lstmcalc.forward import Inputs, Weights, forward
from lstmcalc.oracles.peer import IN_DOUBLE, IN_SINGLE

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 -- after the check that torch is there


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def under(name, cell, *sizes, **options):
    """A network with a framework's biases, its weights, and the tensors that hold them."""
    network = adopt(build_network(*sizes or (3, 5), cell=cell, **options), CONVENTIONS[name])
    weights = draw_weights(network, 3)
    return network, weights, stored(network, weights, name)


def order_of(name, cell):
    """The gates in the order in which they lie in the first matrix, one row or column each."""
    network = adopt(build_network(1, 1, cell=cell), CONVENTIONS[name])
    gates = network.layers[0].graph.gates
    params = {
        p.name: np.full([1] * len(p.shape), 10 + gates.index(p.gate) if p.role == "W_x" else 0.0)
        for p in network.layers[0].graph.params
    }
    held = pack(Weights({(0, 0): params}), tensors(network, CONVENTIONS[name]))
    found = [int(abs(number)) - 10 for array in held.values() for number in array.ravel()]
    return "".join(gates[index] for index in found if index >= 0)


def run_in_torch(module, held, x):
    """What a module of torch puts out for x with these tensors."""
    module.double().load_state_dict({n: torch.from_numpy(a) for n, a in held.items()})
    with torch.no_grad():
        return module(torch.from_numpy(x))[0].numpy()


def random_x(steps=4, batch=2, features=3):
    return np.random.default_rng(5).normal(size=(steps, batch, features))


# ------------------------------------------------------------------- 1, 2: the order of the gates

LSTM_ORDERS = {
    "ifgo": ("torch keras flax nnx nnx_optimized mlx equinox paddle mxnet cudnn onednn matlab "
             "tflite tf_block sonnet chainer_nstep"),
    "iofg": "onnx",
    "igfo": "tf1 haiku",
    "ifog": "coreml coreml_nn dynet",
    "figo": "openvino textbook",
    "gfoi": "dl4j",
    "gifo": "chainer",
}  # fmt: skip
GRU_ORDERS = {
    "gru": {"rzn": "torch paddle mxnet cudnn matlab flax nnx equinox mlx chainer_nstep",
            "zrn": "keras onnx openvino onednn",
            "rnz": "coreml"},
    "gru_reset_before": {"rzn": "tf1 chainer",
                         "zrn": "keras onnx openvino onednn haiku dynet coreml_nn textbook"},
}  # fmt: skip


def test_lstm_gates_stand_in_seven_orders():
    expected = {name: order for order, names in LSTM_ORDERS.items() for name in names.split()}
    assert {
        n: order_of(n, "lstm") for n, c in CONVENTIONS.items() if "lstm" in c.layouts
    } == expected


def test_lstm_gates_in_another_order_give_other_outputs():
    network, weights, held = under("torch", "lstm")
    x = random_x()
    right = run_in_torch(nn.LSTM(3, 5), held, x)
    onnx = stored(network, weights, "onnx")
    assert onnx["layer0/W"][0].shape == held["weight_ih_l0"].shape
    read_wrongly = {**held, "weight_ih_l0": onnx["layer0/W"][0].copy()}
    assert abs(run_in_torch(nn.LSTM(3, 5), read_wrongly, x) - right).max() > 1e-2
    inputs = some_inputs(network, reach=0)
    ours = forward(network, weights, Inputs(x, inputs.states), np).output
    np.testing.assert_allclose(right, ours, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", GRU_ORDERS)
def test_gru_gates_stand_in_three_orders(cell):
    expected = {name: order for order, names in GRU_ORDERS[cell].items() for name in names.split()}
    assert {n: order_of(n, cell) for n, c in CONVENTIONS.items() if cell in c.layouts} == expected


# ------------------------------------------------------------------------ 3: z the other way round


@pytest.mark.parametrize("name", ["haiku", "dynet", "chainer", "textbook"])
def test_some_write_1_minus_z_for_z(name):
    network, weights, held = under(name, "gru_reset_before")
    note, *_ = differences(CONVENTIONS[name].layout("gru_reset_before"))
    assert note.startswith("z is stored with the other sign")
    layout = tensors(network, CONVENTIONS[name])
    assert {part.param[-1] for t in layout for part in t.parts if part.sign == -1} == {"z"}
    plain = [t._replace(parts=tuple(p._replace(sign=1) for p in t.parts)) for t in layout]
    as_they_lie = unpack(held, tuple(plain)).recurrent[0, 0]
    x, h = random_x(1)[0], random_x(1, features=5)[0]
    theirs, naive = (by_hand(as_they_lie, x, h, flipped) for flipped in (True, False))
    ours = forward(network, weights, Inputs(x[None], {(0, 0): {"h": h}}), np).output[0]
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-14)
    assert abs(naive - ours).max() > 1e-2


def by_hand(W, x, h, flipped):
    """A GRU with the reset before the product, (1 - z) h + z n if flipped, else z h + (1 - z) n."""

    def gate(letter, state):
        biases = sum(
            b for name, b in W.items() if name in (f"b_x{letter}", f"b_h{letter}", f"b_{letter}")
        )
        return x @ W[f"W_x{letter}"].T + state @ W[f"W_h{letter}"].T + biases

    r, z = sigmoid(gate("r", h)), sigmoid(gate("z", h))
    n = np.tanh(gate("n", r * h))
    return (1 - z) * h + z * n if flipped else z * h + (1 - z) * n


def test_no_other_framework_flips_a_gate():
    flipped = {
        (n, c) for n, conv in CONVENTIONS.items() for c, la in conv.layouts.items() if la.negated
    }
    names = ("haiku", "dynet", "chainer", "textbook")
    assert flipped == {(name, "gru_reset_before") for name in names}


# ------------------------------------------------- 4: reset before the product and reset after it


def test_reset_before_and_after_are_two_functions():
    keras = oracle("keras")
    network, weights, held = under("keras", "gru_reset_before", bias="none")
    inputs = some_inputs(network)
    after = adopt(build_network(3, 5, cell="gru", bias="none"), CONVENTIONS["keras"])
    one, other = (keras.run(net, held, inputs).outputs.output for net in (network, after))
    assert abs(one - other).max() > 1e-3
    np.testing.assert_allclose(one, forward(network, weights, inputs, np).output, atol=1e-6)
    np.testing.assert_allclose(other, forward(after, weights, inputs, np).output, atol=1e-6)


@pytest.mark.parametrize(
    ("source", "cell", "target", "has"),
    [
        ("torch", "gru", "tf1", "gru_reset_before"),
        ("torch", "gru", "haiku", "gru_reset_before"),
        ("tf1", "gru_reset_before", "torch", "gru"),
        ("dynet", "gru_reset_before", "flax", "gru"),
    ],
)
def test_a_gru_is_not_carried_over_to_the_other_one(source, cell, target, has):
    _, _, held = under(source, cell)
    with pytest.raises(UnsupportedError, match=rf"{has}, which computes something else"):
        convert(held, source, target)


def test_the_defaults_of_onnx_and_keras_differ():
    onnx = oracle("onnx")
    from onnx import helper

    node = helper.make_node("GRU", ["x", "W", "R"], ["Y"], hidden_size=5)
    assert not [a for a in node.attribute if a.name == "linear_before_reset"]  # 0, by the standard
    network, weights, held = under("onnx", "gru_reset_before")
    inputs = some_inputs(network)
    assert_close(
        forward(network, weights, inputs, np), onnx.run(network, held, inputs).outputs, 1e-5
    )
    oracle("keras")
    import keras

    assert keras.layers.GRU(5).reset_after


# --------------------------------------------------------------- 5: the bias inside of the reset


def test_b_hn_cannot_be_merged_into_b_xn():
    _, _, held = under("torch", "gru")
    x = random_x()
    right = run_in_torch(nn.GRU(3, 5), held, x)
    merged = merge(held, slice(None, 10))  # of r and z
    np.testing.assert_allclose(run_in_torch(nn.GRU(3, 5), merged, x), right, rtol=0, atol=1e-12)
    merged = merge(held, slice(10, None))  # of n
    assert abs(run_in_torch(nn.GRU(3, 5), merged, x) - right).max() > 1e-2


def merge(held, rows):
    found = {name: array.copy() for name, array in held.items()}
    found["bias_ih_l0"][rows] += held["bias_hh_l0"][rows]
    found["bias_hh_l0"][rows] = 0
    return found


@pytest.mark.parametrize("target", ["nnx", "coreml"])
def test_a_gru_with_b_hn_is_not_carried_to_where_it_has_no_place(target):
    _, _, held = under("torch", "gru")
    with pytest.raises(ConfigurationError, match=r"b_hn: .* has no place for it, and it is not 0"):
        convert(held, "torch", target)
    held["bias_hh_l0"][10:] = 0
    assert "b_hn is 0 and left out" in convert(held, "torch", target).notes


def test_a_gru_without_b_hn_runs_in_nnx_as_in_torch():
    nnx = oracle("nnx")
    network, _, held = under("torch", "gru")
    held["bias_hh_l0"][10:] = 0
    found = convert(held, "torch", "nnx")
    inputs = some_inputs(network, reach=0)
    theirs = nnx.run(found.network, found.tensors, inputs).outputs.output
    np.testing.assert_allclose(theirs, run_in_torch(nn.GRU(3, 5), held, inputs.x), atol=1e-12)


def test_where_b_hn_has_a_place():
    six = {"torch", "keras", "cudnn", "onnx", "paddle", "mxnet", "matlab", "chainer_nstep"}
    four = {"flax", "equinox", "mlx", "openvino", "onednn"}
    three = {"nnx", "coreml"}
    for names, biases in ((six, 6), (four, 4), (three, 3)):
        for name in names:
            network, _, _ = under(name, "gru", 3, 5)
            assert count_parameters(network) - 3 * 5 * (3 + 5) == biases * 5, name
    assert six | four | three == {n for n, c in CONVENTIONS.items() if "gru" in c.layouts}


# --------------------------------------------------------- 6: a forget bias added at run time


ADDS_1 = ("tf1", "haiku", "dynet")


@pytest.mark.parametrize("name", ADDS_1)
def test_a_forget_bias_that_is_added_is_not_stored(name):
    network, weights, held = under(name, "lstm")
    layout = tensors(network, CONVENTIONS[name])
    (bias,) = [t for t in layout if len(t.parts) == 4 and t.parts[0].param.startswith("b")]
    (at,) = [part.spans for part in bias.parts if part.param == "b_f"]
    as_stored = held[bias.name][tuple(slice(*span) for span in at)]
    np.testing.assert_allclose(as_stored, weights.recurrent[0, 0]["b_f"] - 1, atol=1e-15)
    others = [part for part in bias.parts if part.param != "b_f"]
    for part in others:
        rows = held[bias.name][tuple(slice(*span) for span in part.spans)]
        assert np.array_equal(rows, weights.recurrent[0, 0][part.param])
    assert "adds 1 to the forget gate" in differences(CONVENTIONS[name].layout("lstm"))[0]


@pytest.mark.parametrize("name", ADDS_1)
def test_a_forget_bias_is_carried_over_there_and_back(name):
    _, _, held = under("torch", "lstm")
    x = random_x()
    there = convert(held, "torch", name)
    assert any(f"{CONVENTIONS[name].title}: it adds 1" in note for note in there.notes)
    back = convert(there, name, "torch", bidirectional=False)
    right, again = (run_in_torch(nn.LSTM(3, 5), tensors, x) for tensors in (held, back.tensors))
    np.testing.assert_allclose(again, right, rtol=0, atol=1e-12)


def test_no_other_framework_adds_a_forget_bias():
    adding = {n for n, c in CONVENTIONS.items() for la in c.layouts.values() if la.forget_bias}
    assert adding == set(ADDS_1)


def test_keras_only_starts_with_a_forget_bias():
    oracle("keras")
    import keras

    layer = keras.layers.LSTM(2, kernel_initializer="zeros", return_state=True)
    c = np.ones((1, 2), np.float32)
    layer.build((1, 1, 3))
    assert np.array_equal(layer.cell.bias.value.detach().numpy(), [0, 0, 1, 1, 0, 0, 0, 0])
    layer.cell.bias.assign(np.zeros(8))
    _, _, c = layer(np.zeros((1, 1, 3), np.float32), initial_state=[0 * c, c])
    np.testing.assert_allclose(c.detach().numpy(), 0.5, atol=1e-6)  # sigmoid(0), not sigmoid(1)


def test_a_lstm_without_biases_gets_minus_1_where_1_is_added():
    _, _, held = under("torch", "lstm", bias="none")
    found = convert(held, "torch", "tf1")
    bias = next(array for name, array in found.items() if name.endswith("/bias"))
    gates = dict(zip("igfo", bias.reshape(4, -1), strict=True))
    assert (gates.pop("f") == -1).all()
    assert not any(gate.any() for gate in gates.values())


# -------------------------------------------------------------------------- 7: merged biases


def test_merged_biases_come_back_as_one():
    _, _, held = under("torch", "lstm")
    x = random_x()
    there = convert(held, "torch", "keras")
    assert "added up; which part was which is lost" in there.notes[0]
    back = convert(there, "keras", "torch")
    assert "the one bias of a gate becomes its first; the second is 0" in back.notes
    right, again = (run_in_torch(nn.LSTM(3, 5), tensors, x) for tensors in (held, back.tensors))
    np.testing.assert_allclose(again, right, rtol=0, atol=1e-12)
    assert not np.allclose(back["bias_ih_l0"], held["bias_ih_l0"])
    assert not back["bias_hh_l0"].any()
    both = held["bias_ih_l0"] + held["bias_hh_l0"]
    np.testing.assert_allclose(back["bias_ih_l0"], both, rtol=0, atol=1e-15)


# ---------------------------------------------------------------------------------- 8: ONNX


def test_onnx_keeps_the_biases_of_w_and_then_those_of_r():
    _, weights, held = under("onnx", "lstm")
    W = weights.recurrent[0, 0]
    halves = [np.hstack([W[f"b_{source}{gate}"] for gate in "iofg"]) for source in "xh"]
    assert np.array_equal(held["layer0/B"][0], np.hstack(halves))


def test_onnx_peepholes_stand_in_an_order_of_their_own():
    onnx = oracle("onnx")
    network, weights, held = under("onnx", "lstm_peephole")
    W = weights.recurrent[0, 0]
    assert np.array_equal(held["layer0/P"][0], np.hstack([W["w_ci"], W["w_co"], W["w_cf"]]))
    inputs = some_inputs(network)
    ours = forward(network, weights, inputs, np)
    assert_close(ours, onnx.run(network, held, inputs).outputs, IN_SINGLE)
    as_gates = {**held, "layer0/P": np.hstack([W["w_ci"], W["w_cf"], W["w_co"]])[None]}
    wrong = onnx.run(network, as_gates, inputs).outputs.output
    assert abs(wrong - ours.output).max() > 1e-2


def lstm_operator(kind, **attributes):
    """Make and run an LSTM operator of one type of number."""
    import onnxruntime
    from onnx import TensorProto, helper

    shapes = {"x": (3, 1, 2), "W": (1, 8, 2), "R": (1, 8, 2)}
    proto = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}[kind]
    node = helper.make_node("LSTM", list(shapes), ["Y"], hidden_size=2, **attributes)
    given = [helper.make_tensor_value_info(n, proto, shape) for n, shape in shapes.items()]
    out = [helper.make_tensor_value_info("Y", proto, None)]
    graph = helper.make_graph([node], "lstm", given, out)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, ["CPUExecutionProvider"]
    )
    return session.run(None, {n: np.ones(shape, kind) for n, shape in shapes.items()})[0]


def test_onnx_runtime_computes_in_float32_and_time_first_alone():
    onnx = oracle("onnx")
    assert lstm_operator("float32").shape == (3, 1, 1, 2)
    with pytest.raises(Exception, match="does not support double"):
        lstm_operator("float64")
    with pytest.raises(Exception, match="layout == 1"):
        lstm_operator("float32", layout=1)
    network, _, held = under("onnx", "lstm")
    assert onnx.run(network, held, some_inputs(network)).tolerance == IN_SINGLE


def test_onnx_has_no_projection_and_a_product_stands_in_for_it():
    onnx = oracle("onnx")
    projected, _, held = under("torch", "lstm", 3, 5, proj_size=2)
    with pytest.raises(UnsupportedError, match="no projection"):
        tensors(projected, CONVENTIONS["onnx"])
    plain = build_network(3, 5)
    unprojected = {**held, "weight_hh_l0": held["weight_hh_l0"] @ held["weight_hr_l0"]}
    del unprojected["weight_hr_l0"]
    found = convert(unprojected, "torch", "onnx")
    inputs = some_inputs(plain, reach=0)
    h = onnx.run(found.network, found.tensors, inputs).outputs.output
    theirs = run_in_torch(nn.LSTM(3, 5, proj_size=2), held, inputs.x)
    np.testing.assert_allclose(h @ held["weight_hr_l0"].T, theirs, rtol=0, atol=IN_SINGLE)


def test_onnx_keeps_four_gates_of_a_coupled_lstm_and_reads_three():
    onnx = oracle("onnx")
    network, weights, held = under("onnx", "lstm_coupled")
    assert held["layer0/W"].shape == (1, 20, 3)
    forget = slice(10, 15)  # i, o, f, g
    assert not held["layer0/W"][0, forget].any()
    filled = {name: array.copy() for name, array in held.items()}
    filled["layer0/W"][0, forget] = filled["layer0/R"][0, forget] = 9.0
    inputs = some_inputs(network)
    ours = forward(network, weights, inputs, np)
    for tensors_ in (held, filled):
        assert_close(ours, onnx.run(network, tensors_, inputs).outputs, IN_SINGLE)


# -------------------------------------------------------------------------- 9: hard sigmoids


def test_a_hard_sigmoid_is_no_sigmoid_and_there_are_two():
    oracle("keras")
    import keras

    a = np.linspace(-4, 4, 17)
    of_keras_3 = keras.activations.hard_sigmoid(keras.ops.convert_to_tensor(a)).detach().numpy()
    np.testing.assert_allclose(of_keras_3, np.clip(a / 6 + 0.5, 0, 1), atol=1e-6)
    of_keras_2 = np.clip(0.2 * a + 0.5, 0, 1)
    assert abs(of_keras_3 - of_keras_2).max() > 0.05
    assert abs(of_keras_3 - sigmoid(a)).max() > 0.05
    assert abs(of_keras_2 - sigmoid(a)).max() > 0.05


def test_the_hard_sigmoid_of_onnx_is_that_of_keras_2():
    oracle("onnx")
    from onnx import defs

    default = {
        name: a.default_value.f for name, a in defs.get_schema("HardSigmoid").attributes.items()
    }
    assert default == pytest.approx({"alpha": 0.2, "beta": 0.5})


def test_a_model_with_hard_sigmoids_does_not_agree():
    oracle("keras")
    import keras

    network, weights, held = under("keras", "lstm")
    inputs = some_inputs(network, reach=0)
    ours = forward(network, weights, inputs, np).output
    for gates, most in (("sigmoid", 1e-6), ("hard_sigmoid", None)):
        layer = keras.layers.LSTM(5, recurrent_activation=gates, return_sequences=True)
        layer.build((2, 4, 3))
        layer.set_weights(list(held.values()))
        theirs = layer(inputs.x.swapaxes(0, 1).astype("float32")).detach().numpy().swapaxes(0, 1)
        apart = abs(theirs - ours).max()
        assert apart < most if most else apart > 1e-3, gates


# ------------------------------------------------- 10: float64 that becomes float32 on the way


def test_keras_is_compared_as_closely_as_it_computes():
    keras_oracle = oracle("keras")
    import keras

    one = keras.ops.convert_to_tensor(np.ones((1, 1)))
    product = keras.ops.matmul(one, one)
    single = "32" in str(product.dtype)
    for cell in ("rnn", "gru_reset_before", "gru", "lstm"):
        network, weights, held = under("keras", cell, 3, 5)
        inputs = some_inputs(network)
        ran = keras_oracle.run(network, held, inputs)
        assert ran.tolerance in (IN_DOUBLE, IN_SINGLE)
        assert_close(forward(network, weights, inputs, np), ran.outputs, ran.tolerance)
        if cell in ("rnn", "gru_reset_before"):  # these call it in every version
            assert ran.tolerance == (IN_SINGLE if single else IN_DOUBLE)


# ----------------------------------------------------------------------------- 11: Paddle


def test_paddle_keeps_zeros_for_biases_that_are_off_and_says_so():
    assert "without biases it keeps frozen zeros" in CONVENTIONS["paddle"].source
    network = adopt(build_network(28, 128, bias=False), CONVENTIONS["paddle"])
    ours = sum(t.parameters for t in tensors(network, CONVENTIONS["paddle"]))
    assert ours == 79_872  # Paddle itself, with the frozen ones: 80,896


def test_paddle_turns_the_projection_round():
    network, weights, _ = under("torch", "lstm", 3, 5, proj_size=2)
    ours, theirs = (stored(network, weights, name) for name in ("torch", "paddle"))
    assert ours["weight_hr_l0"].shape == (2, 5)
    (projection,) = [array for name, array in theirs.items() if "weight_ho" in name]
    assert np.array_equal(projection, ours["weight_hr_l0"].T)


# ------------------------------------------------------- 12: the last output of two directions


def test_the_last_output_of_keras_bidirectional_is_no_step_of_torch():
    oracle("keras")
    import keras

    _, _, held = under("keras", "lstm", bidirectional=True)
    both = {}
    for every in (True, False):
        around = keras.layers.Bidirectional(keras.layers.LSTM(5, return_sequences=every))
        around.build((2, 4, 3))
        around.set_weights(list(held.values()))
        both[every] = around(random_x(2, 4).astype("float32")).detach().numpy()
    last, states = both[True][:, -1], both[False]
    np.testing.assert_allclose(states[:, :5], last[:, :5], atol=1e-6)
    assert abs(states[:, 5:] - last[:, 5:]).max() > 1e-2  # that direction ends at step 0
    np.testing.assert_allclose(states[:, 5:], both[True][:, 0, 5:], atol=1e-6)


def test_a_head_reads_the_last_step_in_every_framework():
    keras = oracle("keras")
    network, weights, held = under("keras", "lstm", bidirectional=True, num_classes=3)
    inputs = some_inputs(network)
    ours = forward(network, weights, inputs, np)
    by_step = ours.output[-1] @ weights.head_weight.T + weights.head_bias
    np.testing.assert_allclose(ours.logits, by_step, rtol=0, atol=1e-12)
    assert_close(ours, keras.run(network, held, inputs).outputs, 1e-5)


def test_go_backwards_puts_the_steps_out_in_the_order_it_read_them():
    oracle("keras")
    import keras

    _, _, held = under("keras", "lstm")
    x = random_x(2, 4).astype("float32")
    found = []
    for given, backwards in ((x, True), (x[:, ::-1].copy(), False)):
        layer = keras.layers.LSTM(5, return_sequences=True, go_backwards=backwards)
        layer.build((2, 4, 3))
        layer.set_weights(list(held.values()))
        found.append(layer(given).detach().numpy())
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


# ------------------------------------------------------------------- 13: the order of the states


def test_the_order_of_the_states_is_the_frameworks_own():
    oracle("keras")
    oracle("onnx")
    oracle("flax")
    import jax
    import keras
    from flax import linen, nnx
    from onnx import defs

    x = random_x(1, 2, 3).astype("float32")
    found = {}
    output, states = nn.LSTM(3, 5)(torch.from_numpy(x))
    found["torch"] = order_by(output[-1].detach(), [state[0].detach() for state in states])
    output, *states = keras.layers.LSTM(5, return_state=True)(x.swapaxes(0, 1))
    found["keras"] = order_by(output.detach(), [state.detach() for state in states])
    names = [output.name for output in defs.get_schema("LSTM").outputs]
    found["onnx"] = " ".join(name.removeprefix("Y_") for name in names[1:])
    cell = linen.LSTMCell(5)
    first = cell.initialize_carry(jax.random.key(0), (2, 3))
    weights = cell.init(jax.random.key(0), first, x[0])
    states, output = cell.apply(weights, first, x[0])
    found["flax"] = order_by(output, states)
    cell = nnx.LSTMCell(3, 5, rngs=nnx.Rngs(0))
    states, output = cell(cell.initialize_carry((2, 3), nnx.Rngs(0)), x[0])
    found["nnx"] = order_by(output, states)
    assert found == {n: CONVENTIONS[n].layout("lstm").states for n in found}


def order_by(output, states):
    """Which of two states is the output."""
    equal = [np.array_equal(np.asarray(state), np.asarray(output)) for state in states]
    assert sorted(equal) == [False, True]
    return "h c" if equal[0] else "c h"


def test_who_hands_over_c_first():
    first = {n for n, c in CONVENTIONS.items() for la in c.layouts.values() if la.states == "c h"}
    assert first == {"flax", "nnx", "nnx_optimized", "tf1", "tf_block", "dynet", "chainer"}
    _, _, held = under("torch", "lstm")
    assert "Flax hands over its last states as (c, h)" in convert(held, "torch", "flax").notes
    assert not [n for n in convert(held, "torch", "keras").notes if "hands over" in n]


# ------------------------------------------------------------------ 14: the default activation


def test_a_plain_rnn_is_a_rectifier_in_haiku_and_gluon():
    assert "rnn" not in CONVENTIONS["haiku"].layouts
    assert CONVENTIONS["mxnet"].layout("rnn_relu").own == "mxnet.gluon.rnn.RNN"
    assert CONVENTIONS["mxnet"].layout("rnn").own == "mxnet.gluon.rnn.RNN(activation='tanh')"
    assert "a rectifier" in CONVENTIONS["haiku"].layout("rnn_relu").note
    _, _, held = under("torch", "rnn")
    with pytest.raises(UnsupportedError, match="rnn"):
        convert(held, "torch", "haiku")
    assert (
        convert(held, "torch", "haiku", cell="rnn_relu").network.layers[0].cell.name == "rnn_relu"
    )


def test_a_plain_rnn_is_tanh_in_torch_and_keras():
    assert nn.RNN(1, 1).nonlinearity == "tanh"
    oracle("keras")
    import keras

    assert keras.layers.SimpleRNN(1).activation is keras.activations.tanh


# -------------------------------------------------------------- 15: Chainer's stateful GRU


def test_chainers_stateful_gru_leaves_biases_out_at_first():
    layout = CONVENTIONS["chainer"].layout("gru_reset_before")
    assert layout.own == "chainer.links.StatelessGRU"
    assert "leaves every U out at its first step" in layout.note
    network, weights, _ = under("chainer", "gru_reset_before")
    W = weights.recurrent[0, 0]
    x, h = random_x(1)[0], np.zeros((2, 5))
    without = {n: array * (not n.startswith("b_h")) for n, array in W.items()}
    stateless, stateful = (by_hand(params, x, h, flipped=False) for params in (W, without))
    ours = forward(network, weights, Inputs(x[None], {(0, 0): {"h": h}}), np).output[0]
    np.testing.assert_allclose(stateless, ours, rtol=0, atol=1e-14)
    assert abs(stateful - ours).max() > 1e-2


# ------------------------------------------------------------------- 16: DyNet's two directions


def test_dynets_hidden_dim_is_that_of_both_directions():
    assert "BiRNNBuilder is given 2·H as its hidden_dim" in CONVENTIONS["dynet"].source
    network = build_network(28, 128, 2, bidirectional=True, num_classes=10)
    held = tensors(adopt(network, CONVENTIONS["dynet"]), CONVENTIONS["dynet"])
    assert sum(t.parameters for t in held) == 557_578  # BiRNNBuilder(2, 28, 256, …) and a head


# ------------------------------------------------------------------------- 17: interleaved gates


def test_a_block_split_of_chainers_gates_gives_others():
    _, weights, held = under("chainer", "lstm")
    W, wide = weights.recurrent[0, 0], held["upward/W" if "upward/W" in held else "0/upward/W"]
    assert wide.shape == (20, 3)  # as it is in blocks: no shape tells them apart
    for index, gate in enumerate("gifo"):
        assert np.array_equal(wide[index::4], W[f"W_x{gate}"])
        assert not np.array_equal(wide[5 * index : 5 * index + 5], W[f"W_x{gate}"])
    reshaped = wide.reshape(5, 4, 3)
    assert np.array_equal(reshaped[:, 1], W["W_xi"])
