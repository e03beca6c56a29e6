"""The formats and engines that networks are exported to, one entry each, and the textbook."""

from __future__ import annotations

from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.layout import Choice, Convention, Layout, Packed

_DIRECTION = Choice("direction", "forward", directions=1)
_CLIP = Choice("clip", "none")


def _activations(functions: str) -> tuple[Choice, ...]:
    return (Choice("activations", f"[{functions}]"),)


_ONNX = (
    Packed("W", "W_x", "d (g h) i"),
    Packed("R", "W_h", "d (g h) i"),
    Packed("B", "b_x b_h", "d (b g h)"),
)
ONNX = Convention(
    name="onnx",
    title="ONNX",
    layouts={
        "lstm": Layout("LSTM", "iofg", _ONNX, states="h c",
                       choices=_activations("Sigmoid, Tanh, Tanh")),
        "lstm_peephole": Layout(
            "LSTM with the input P", "iofg",
            (*_ONNX, Packed("P", "w_ci w_co w_cf", "d (g h)")), states="h c",
            choices=_activations("Sigmoid, Tanh, Tanh"),
        ),
        "lstm_coupled": Layout(
            "LSTM(input_forget=1)", "io-g", _ONNX, states="h c",
            note="it keeps four gates, and does not read the forget gate's rows",
            choices=_activations("Sigmoid, Tanh, Tanh"),
        ),
        "gru": Layout("GRU(linear_before_reset=1)", "zrn", _ONNX,
                      choices=_activations("Sigmoid, Tanh")),
        "gru_reset_before": Layout("GRU", "zrn", _ONNX, note="the default",
                                   choices=_activations("Sigmoid, Tanh")),
        "rnn": Layout("RNN", "h", _ONNX, choices=_activations("Tanh")),
        "rnn_relu": Layout('RNN(activations=["Relu"])', "h", _ONNX, choices=_activations("Relu")),
    },
    source="onnx.ai/onnx/operators, LSTM, GRU and RNN of opset 22",
    full_name="layer{layer}/{tensor}",
    ends=(
        Packed("embedding/weight", "E", "h i"),
        Packed("head/weight", "W_y", "h i"),
        Packed("head/bias", "b_y", "h"),
    ),
    ran="1.32.0",
    choices=(_CLIP, _DIRECTION, Choice("layout", "0")),
    interface=Interface(
        "t b i", "t d b i", "d b i", ("X", "initial_{state}", "Y", "Y_{state}"),
        note="with layout=0; between two layers, a Transpose and a Reshape of Y to (T, B, D·H)",
    ),
)  # fmt: skip

_OPENVINO = (
    Packed("W", "W_x", "d (g h) i"),
    Packed("R", "W_h", "d (g h) i"),
    Packed("B", "b", "d (g h)"),
)
OPENVINO = Convention(
    name="openvino",
    title="OpenVINO",
    always_biased=True,
    layouts={
        "lstm": Layout("LSTMSequence", "figo", states="h c",
                       choices=_activations("sigmoid, tanh, tanh")),
        "gru": Layout(
            "GRUSequence(linear_before_reset=true)", "zrn",
            (*_OPENVINO[:2], Packed("B", "b_z b_r b_xn b_hn", "d (g h)")),
            choices=_activations("sigmoid, tanh"),
        ),
        "gru_reset_before": Layout("GRUSequence", "zrn", choices=_activations("sigmoid, tanh")),
        "rnn": Layout("RNNSequence", "h", choices=_activations("tanh")),
    },
    source="docs.openvino.ai, LSTMSequence, GRUSequence and RNNSequence",
    full_name="layer{layer}/{tensor}",
    tensors=_OPENVINO,
    ran="2026.4.1",
    choices=(_CLIP, _DIRECTION),
    interface=Interface(
        "b t i", "b d t i", "b d i", ("X", "initial_{word}_state", "Y", "{upper}o"),
        note="between two layers, a Transpose and a Reshape of Y to (B, T, D·H)",
    ),
)  # fmt: skip

_ONEDNN = (
    Packed("weights_layer", "W_x", "1 d i g h"),
    Packed("weights_iter", "W_h", "1 d i g h"),
    Packed("bias", "b", "1 d g h"),
    Packed("weights_peephole", "w_ci w_cf w_co", "1 d g h"),
    Packed("weights_projection", "W_r", "1 d i h"),
)
ONEDNN = Convention(
    name="onednn",
    title="oneDNN",
    layouts={
        "lstm": Layout("lstm_forward", "ifgo", states="h c"),
        "lstm_peephole": Layout("lstm_forward with weights_peephole", "ifgo", states="h c"),
        "gru": Layout(
            "lbr_gru_forward", "zrn",
            (*_ONEDNN[:2], Packed("bias", "b_z b_r b_xn b_hn", "1 d g h")),
        ),
        "gru_reset_before": Layout("gru_forward", "zrn"),
        "rnn": Layout("vanilla_rnn_forward(eltwise_tanh)", "h"),
        "rnn_relu": Layout("vanilla_rnn_forward(eltwise_relu)", "h"),
    },
    source="uxlfoundation.github.io/oneDNN, RNN primitive; in its layouts ldigo and ldgo",
    full_name="layer{layer}.{tensor}",
    tensors=_ONEDNN,
    choices=(
        Choice("direction", "unidirectional_left2right", directions=1),
        Choice("direction", "bidirectional_concat", directions=2),
    ),
)  # fmt: skip


def _slots(first: int, held: str, axes: str) -> tuple[Packed, ...]:
    """The numbered inputs of a TFLite operator, from `first` on."""
    return tuple(Packed(str(first + n), name, axes) for n, name in enumerate(held.split()))


_TFLITE = (
    *_slots(1, "W_xi W_xf W_xg W_xo W_hi W_hf W_hg W_ho", "h i"),
    *_slots(9, "w_ci w_cf w_co b_i b_f b_g b_o", "h"),
    Packed("16", "W_r", "h i"),
)
TFLITE = Convention(
    name="tflite",
    title="TFLite",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "ifgo",
            _TFLITE,
            note="two directions: as two of it; BIDIRECTIONAL_… numbers on",
        ),
        "lstm_peephole": Layout("UNIDIRECTIONAL_SEQUENCE_LSTM with 9-11", "ifgo", _TFLITE),
    },
    source="tensorflow/lite/kernels/lstm_shared.h; tensors go by the number of the input",
    full_name="{direction}{layer}/{tensor}",
    directions=("lstm", "fw", "bw"),
    choices=(
        Choice("fused_activation_function", "TANH"),
        Choice("cell_clip", "0"),
        Choice("proj_clip", "0"),
    ),
)

_COREML = (Packed("weight_ih", "W_x", "(g h) i"), Packed("weight_hh", "W_h", "(g h) i"))
_COREML_GATES = (Choice("recurrent_activation", "sigmoid"), Choice("activation", "tanh"))
_COREML_LSTM = (*_COREML_GATES, Choice("cell_activation", "tanh"), _CLIP)
_COREML_ONE = (*_COREML, Packed("bias", "b", "(g h)"))
COREML = Convention(
    name="coreml",
    title="Core ML",
    layouts={
        "lstm": Layout("mb.lstm", "ifog", _COREML_ONE, states="h c", choices=_COREML_LSTM),
        "lstm_peephole": Layout(
            "mb.lstm with peephole", "ifog",
            (*_COREML_ONE, Packed("peephole", "w_ci w_cf w_co", "(g h)")), states="h c",
            choices=_COREML_LSTM,
        ),
        "gru": Layout("mb.gru", "rnz", (*_COREML, Packed("bias", "b_r b_xn b_z", "(g h)")),
                      note="b_hn has no place: its one bias of n is outside of the reset",
                      choices=_COREML_GATES, one_way=True),
        "rnn": Layout("mb.rnn", "h", _COREML_ONE, choices=(Choice("activation", "tanh"),),
                      one_way=True),
        "rnn_relu": Layout('mb.rnn(activation="relu")', "h", _COREML_ONE,
                           choices=(Choice("activation", "relu"),), one_way=True),
    },
    source="coremltools, mil/ops/defs/iOS15/recurrent.py",
    full_name="layer{layer}.{tensor}{direction}",
    directions=("", "", "_back"),
    choices=(_DIRECTION,),
)  # fmt: skip


def _blobs(order: str, peepholes: str = "") -> tuple[Packed, ...]:
    """The lists W_x, W_h and b of `order`, and the peepholes."""
    return (
        *(Packed(f"W_{s}[{n}]", f"W_{s}{g}", "h i") for s in "xh" for n, g in enumerate(order)),
        *(Packed(f"b[{n}]", f"b_{g}", "h") for n, g in enumerate(order)),
        *(Packed(f"peep[{n}]", f"w_c{g}", "h") for n, g in enumerate(peepholes)),
    )


_SIMPLE = (Packed("W_x", "W_x", "h i"), Packed("W_h", "W_h", "h i"), Packed("b", "b", "h"))
_GRU_NN = (Choice("inner_activation", "SIGMOID"), Choice("activation", "TANH"))
_UNILSTM = (
    Choice("inner_activation", "SIGMOID"), Choice("cell_state_update_activation", "TANH"),
    Choice("output_activation", "TANH"),
)  # fmt: skip
COREML_NN = Convention(
    name="coreml_nn",
    title="Core ML NN",
    layouts={
        "lstm": Layout("add_unilstm", "ifog", _blobs("ifog"), states="h c",
                       choices=_UNILSTM, one_way=True),
        "lstm_peephole": Layout("add_unilstm(peep=…)", "ifog", _blobs("ifog", "ifo"), states="h c",
                                choices=_UNILSTM, one_way=True),
        "gru_reset_before": Layout("add_gru", "zrn", _blobs("zrn"),
                                   note="what the gates' functions get is cut to ±50",
                                   choices=_GRU_NN, one_way=True),
        "rnn": Layout("add_simple_rnn", "h", _SIMPLE, choices=(Choice("activation", "TANH"),),
                      one_way=True),
        "rnn_relu": Layout('add_simple_rnn(activation="RELU")', "h", _SIMPLE,
                           choices=(Choice("activation", "RELU"),), one_way=True),
    },
    source="coremltools, NeuralNetworkBuilder and NeuralNetwork.proto",
    full_name="layer{layer}.{tensor}",
    choices=(Choice("reverse_input", "False", directions=1),),
)  # fmt: skip

_BLOCK = (Packed("w", "W_x|W_h", "i (g h)"), Packed("b", "b", "(g h)"))
BLOCK_LSTM = Convention(
    name="tf_block",
    title="TF BlockLSTMV2",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "tf.raw_ops.BlockLSTMV2", "ifgo", _BLOCK, states="c h",
            note="BlockLSTM, the first one, is as TF1: i g f o, and a forget bias of 1",
        ),
        "lstm_peephole": Layout(
            "tf.raw_ops.BlockLSTMV2(use_peephole=True)", "ifgo", states="c h",
            tensors=(
                *_BLOCK,
                Packed("wci", "w_ci", "h"),
                Packed("wcf", "w_cf", "h"),
                Packed("wco", "w_co", "h"),
            ),
        ),
    },
    source="tensorflow.org/api_docs, tf.raw_ops.BlockLSTMV2",
    full_name="{direction}{layer}/{tensor}",
    directions=("layer", "fw", "bw"),
    ran="2.21.0",
    choices=(Choice("cell_clip", "0"),),
)  # fmt: skip


def _textbook(gates: str) -> tuple[Packed, ...]:
    """A matrix over [h, x] and a bias for each gate."""
    return tuple(
        packed
        for gate in gates
        for packed in (
            Packed(f"W_{gate}", f"W_h{gate}|W_x{gate}", "i h"),
            Packed(f"b_{gate}", f"b_{gate}", "h"),
        )
    )


TEXTBOOK = Convention(
    name="textbook",
    title="textbook",
    layouts={
        "lstm": Layout("[h, x] W + b", "figo", _textbook("figo"), states="h c"),
        "gru_reset_before": Layout("[h, x] W + b", "zrn", _textbook("zrn"), negated="z",
                                   note="most texts write h = (1 - z) h + z n"),
        "rnn": Layout("[h, x] W + b", "h", (Packed("W", "W_h|W_x", "i (g h)"),
                                            Packed("b", "b", "(g h)"))),
    },
    source="the concatenated [h, x] of most texts",
    full_name="layer{layer}.{direction}{tensor}",
    directions=("", "forward.", "backward."),
)  # fmt: skip

ENGINES = (
    ONNX, OPENVINO, ONEDNN, TFLITE, COREML, COREML_NN, BLOCK_LSTM, TEXTBOOK,
)  # fmt: skip
