"""The libraries in which networks are trained, one entry each; an entry is all there is to add.

Gates are `i f g o` (LSTM), `r z n` (GRU with h = (1 - z) n + z h) and `h` (RNN).
"""

from __future__ import annotations

from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.layout import Choice, Convention, Layout, Packed

_STACKED = (
    Packed("weight_ih", "W_x", "(g h) i"),
    Packed("weight_hh", "W_h", "(g h) i"),
    Packed("bias_ih", "b_x", "(g h)"),
    Packed("bias_hh", "b_h", "(g h)"),
)
_INPUT_TO = (
    Packed("kernel", "W_x", "i (g h)"),
    Packed("recurrent_kernel", "W_h", "i (g h)"),
    Packed("bias", "b", "(g h)"),
)
_ON_BOTH = (
    Packed("kernel", "W_x|W_h", "i (g h)"),
    Packed("bias", "b", "(g h)"),
)

TORCH_INTERFACE = Interface(
    "t b i", "t b (d i)", "(l d) b i", ("x", "{state}_0", "output", "{state}_n"),
    prefix="rnn.{layer} ", turned_by="batch_first=True", unbatched=True,
)  # fmt: skip
TORCH = Convention(
    name="torch",
    title="torch",
    layouts={
        "lstm": Layout("torch.nn.LSTM", "ifgo", states="h c"),
        "gru": Layout("torch.nn.GRU", "rzn"),
        "rnn": Layout("torch.nn.RNN", "h", options={"nonlinearity": "tanh"}),
        "rnn_relu": Layout("torch.nn.RNN", "h", options={"nonlinearity": "relu"}),
    },
    source="documentation of torch.nn.LSTM, GRU and RNN, under Variables",
    full_name="{tensor}_l{layer}{direction}",
    directions=("", "", "_reverse"),
    prefixes=("rnn.", "rnn.{layer}."),
    tensors=(*_STACKED, Packed("weight_hr", "W_r", "h i"), Packed("weight_ch", "w_c", "(g h)")),
    pattern=Layout("", states="h c"),  # torch has no peepholes; named after its pattern
    ran="2.13.0",
    stacks=True,
    interface=TORCH_INTERFACE,
)

_KERAS_GATES = (
    Choice("recurrent_activation", "sigmoid", "hard_sigmoid by default before Keras 2.3"),
    Choice("activation", "tanh"),
)
KERAS = Convention(
    name="keras",
    title="Keras",
    layouts={
        "lstm": Layout("keras.layers.LSTM", "ifgo", stem="lstm", states="h c",
                       note="unit_forget_bias sets the forget gate's bias to 1 at the start",
                       choices=_KERAS_GATES),
        "gru": Layout(
            "keras.layers.GRU", "zrn", stem="gru",
            tensors=(*_INPUT_TO[:2], Packed("bias", "b_x b_h", "b (g h)")),
            note="reset_after=True, the default since Keras 2.3 with TensorFlow 2",
            choices=_KERAS_GATES,
        ),
        "gru_reset_before": Layout("keras.layers.GRU(reset_after=False)", "zrn", stem="gru",
                                   note="the default of Keras 1 and 2, and of TensorFlow 1",
                                   choices=_KERAS_GATES),
        "rnn": Layout("keras.layers.SimpleRNN", "h", stem="simple_rnn",
                      choices=(Choice("activation", "tanh"),)),
        "rnn_relu": Layout("keras.layers.SimpleRNN(activation='relu')", "h", stem="simple_rnn",
                           choices=(Choice("activation", "relu"),)),
    },
    source="keras.io/api/layers/recurrent_layers; Keras 2 and 3 alike",
    full_name="{direction}{stem}{next}/{stem}_cell/{tensor}",
    directions=("", "bidirectional{next}/forward_", "bidirectional{next}/backward_"),
    tensors=_INPUT_TO,
    ends=(
        Packed("embedding/embeddings", "E", "h i"),
        Packed("dense/kernel", "W_y", "i h"),
        Packed("dense/bias", "b_y", "h"),
    ),
    ran="3.15.1",
    choices=(
        Choice("go_backwards", "False", directions=1),
        Choice("merge_mode", "concat", directions=2),
    ),
    interface=Interface(
        "b t i", "b t (d i)", "b i",
        ("x", "initial_{way}_{state}", "output", "{way}_{state}"),
        ways=("state", "forward", "backward"),
        note="with return_sequences=True and return_state=True; without them, as Keras begins, a "
        "layer returns its last h alone, of two directions side by side",
    ),
)  # fmt: skip

CUDNN = Convention(
    name="cudnn",
    title="cuDNN",
    layouts={
        "lstm": Layout(
            "CUDNN_LSTM",
            "ifgo",
            states="h c",
            note="MIOpen's order is i f o g",
            choices=(Choice("clipMode", "CUDNN_RNN_CLIP_NONE"),),
        ),
        "gru": Layout("CUDNN_GRU", "rzn"),
        "rnn": Layout("CUDNN_RNN_TANH", "h"),
        "rnn_relu": Layout("CUDNN_RNN_RELU", "h"),
    },
    source="cudnnSetRNNDescriptor_v8 with CUDNN_RNN_DOUBLE_BIAS, its default",
    full_name="l{layer}{direction}.{tensor}",
    directions=("", "", "r"),
    tensors=(
        Packed("W_ih", "W_x", "(g h) i"),
        Packed("W_hh", "W_h", "(g h) i"),
        Packed("b_ih", "b_x", "(g h)"),
        Packed("b_hh", "b_h", "(g h)"),
        Packed("W_hr", "W_r", "h i"),
    ),
    stacks=True,
    buffer=True,
)

_TF1_CHOICES = (
    Choice("forget_bias", "1"), Choice("activation", "tanh"), Choice("cell_clip", "None"),
)  # fmt: skip
TF1 = Convention(
    name="tf1",
    title="TF1",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "tf.nn.rnn_cell.LSTMCell", "igfo", stem="lstm_cell", states="c h", forget_bias=1.0,
            tensors=(*_ON_BOTH, Packed("projection/kernel", "W_r", "i h")),
            note="BasicLSTMCell and BlockLSTM are the same, but that BlockLSTM cuts c to ±3",
            choices=_TF1_CHOICES,
        ),
        "lstm_peephole": Layout(
            "tf.nn.rnn_cell.LSTMCell(use_peepholes=True)", "igfo", stem="lstm_cell", states="c h",
            forget_bias=1.0,
            tensors=(
                *_ON_BOTH,
                Packed("w_f_diag", "w_cf", "h"),
                Packed("w_i_diag", "w_ci", "h"),
                Packed("w_o_diag", "w_co", "h"),
                Packed("projection/kernel", "W_r", "i h"),
            ),
            choices=_TF1_CHOICES,
        ),
        "gru_reset_before": Layout(
            "tf.nn.rnn_cell.GRUCell", "rz", stem="gru_cell",
            tensors=(
                Packed("gates/kernel", "W_x|W_h", "i (g h)"),
                Packed("gates/bias", "b", "(g h)"),
                Packed("candidate/kernel", "W_xn|W_hn", "i h"),
                Packed("candidate/bias", "b_n", "h"),
            ),
            note="gates/bias begins at 1",
            choices=(Choice("activation", "tanh"),),
        ),
        "rnn": Layout("tf.nn.rnn_cell.BasicRNNCell", "h", _ON_BOTH, "basic_rnn_cell",
                      choices=(Choice("activation", "tanh"),)),
        "rnn_relu": Layout("tf.nn.rnn_cell.BasicRNNCell(activation=tf.nn.relu)", "h", _ON_BOTH,
                           "basic_rnn_cell", choices=(Choice("activation", "relu"),)),
    },
    source="tensorflow/python/keras/layers/legacy_rnn/rnn_cell_impl.py",
    full_name="{direction}cell_{layer}/{stem}/{tensor}",
    directions=("", "fw/", "bw/"),
    ran="2.21.0",
    stacks=True,
)  # fmt: skip

MLX = Convention(
    name="mlx",
    title="MLX",
    layouts={
        "lstm": Layout(
            "mlx.nn.LSTM", "ifgo", states="h c",
            tensors=(
                Packed("Wx", "W_x", "(g h) i"),
                Packed("Wh", "W_h", "(g h) i"),
                Packed("bias", "b", "(g h)"),
            ),
            note="it returns h and c of every step",
        ),
        "gru": Layout(
            "mlx.nn.GRU", "rzn",
            tensors=(
                Packed("Wx", "W_x", "(g h) i"),
                Packed("Wh", "W_h", "(g h) i"),
                Packed("b", "b_r b_z b_xn", "(g h)"),
                Packed("bhn", "b_hn", "h"),
            ),
        ),
        **{
            cell: Layout(
                own, "h",
                (
                    Packed("Wxh", "W_x", "(g h) i"),
                    Packed("Whh", "W_h", "(g h) i"),
                    Packed("bias", "b", "(g h)"),
                ),
            )
            for cell, own in (("rnn", "mlx.nn.RNN"), ("rnn_relu", "mlx.nn.RNN(nonlinearity=relu)"))
        },
    },
    source="ml-explore.github.io/mlx, mlx.nn.LSTM, GRU and RNN",
    full_name="layers.{index}.{tensor}",
    ran="0.32.4",
)  # fmt: skip

PADDLE = Convention(
    name="paddle",
    title="Paddle",
    layouts={
        "lstm": Layout("paddle.nn.LSTM", "ifgo", states="h c"),
        "gru": Layout("paddle.nn.GRU", "rzn"),
        "rnn": Layout("paddle.nn.SimpleRNN", "h"),
        "rnn_relu": Layout("paddle.nn.SimpleRNN(activation='relu')", "h"),
    },
    source="paddlepaddle.org.cn, paddle.nn.LSTM; without biases it keeps frozen zeros",
    full_name="{layer}.{direction}.{tensor}",  # the other names, as torch's, leave weight_ho out
    directions=("cell", "cell_fw", "cell_bw"),
    ran="3.3.1",
    stacks=True,
    tensors=(*_STACKED, Packed("weight_ho", "W_r", "i h")),
    ends=(
        Packed("embedding.weight", "E", "h i"),
        Packed("head.weight", "W_y", "i h"),
        Packed("head.bias", "b_y", "h"),
    ),
    interface=Interface(
        "b t i", "b t (d i)", "(l d) b i",
        ("inputs", "initial_states {state}", "outputs", "final_states {state}"),
        turned_by="time_major=True",
    ),
)  # fmt: skip

MXNET = Convention(
    name="mxnet",
    title="MXNet",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "mxnet.gluon.rnn.LSTM",
            "ifgo",
            states="h c",
            choices=(Choice("state_clip_min", "None"), Choice("state_clip_max", "None")),
        ),
        "gru": Layout("mxnet.gluon.rnn.GRU", "rzn"),
        "rnn": Layout("mxnet.gluon.rnn.RNN(activation='tanh')", "h"),
        "rnn_relu": Layout("mxnet.gluon.rnn.RNN", "h", note="a rectifier is its default"),
    },
    source="mxnet.apache.org, gluon.rnn",
    full_name="{direction}{layer}_{tensor}",
    directions=("l", "l", "r"),
    tensors=(
        Packed("i2h_weight", "W_x", "(g h) i"),
        Packed("h2h_weight", "W_h", "(g h) i"),
        Packed("i2h_bias", "b_x", "(g h)"),
        Packed("h2h_bias", "b_h", "(g h)"),
        Packed("h2r_weight", "W_r", "h i"),
    ),
    stacks=True,
)

SONNET = Convention(
    name="sonnet",
    title="Sonnet",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "snt.LSTM", "ifgo", states="h c",
            tensors=(
                Packed("w_i", "W_x", "i (g h)"),
                Packed("w_h", "W_h", "i (g h)"),
                Packed("b", "b", "(g h)"),
                Packed("projection", "W_r", "i h"),
            ),
            note="its forget bias of 1 is stored, not added when it runs",
        ),
    },
    source="github.com/google-deepmind/sonnet, sonnet/src/recurrent.py",
    full_name="lstm_{index}/{tensor}",
)  # fmt: skip

LIBRARIES = (TORCH, KERAS, CUDNN, TF1, MLX, PADDLE, MXNET, SONNET)
