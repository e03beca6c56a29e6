"""The libraries on JAX, one entry each."""

from __future__ import annotations

from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.layout import Choice, Convention, Layout, Packed

_GATES = (Choice("gate_fn", "sigmoid"), Choice("activation_fn", "tanh"))
_NOTE = "{nn}.RNN(cell, return_carry=True), or {nn}.Bidirectional of two; an LSTM's carry is (c, h)"
_RNN = Interface(
    "b t i", "b t (d i)", "b i",
    ("x", "{way}initial_carry {state}", "output", "{way}carry {state}"),
    ways=("", "forward ", "backward "), states_first=True, turned_by="time_major=True",
)  # fmt: skip
_DIRECTIONS = (
    Choice("reverse", "False", directions=1),
    Choice("merge_fn", "concatenate", directions=2),
)


def _simple(function: str) -> tuple[Choice, ...]:
    return (Choice("activation_fn", function), Choice("residual", "False"))


FLAX = Convention(
    name="flax",
    title="Flax",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "flax.linen.LSTMCell", "ifgo", stem="LSTMCell", states="c h",
            tensors=(
                Packed("i{gate}/kernel", "W_x", "i h"),
                Packed("h{gate}/kernel", "W_h", "i h"),
                Packed("h{gate}/bias", "b", "h"),
            ),
            choices=_GATES,
        ),
        "gru": Layout(
            "flax.linen.GRUCell", "rzn", stem="GRUCell",
            tensors=(
                Packed("i{gate}/kernel", "W_x", "i h"),
                Packed("h{gate}/kernel", "W_h", "i h"),
                Packed("ir/bias", "b_r", "h"),
                Packed("iz/bias", "b_z", "h"),
                Packed("in/bias", "b_xn", "h"),
                Packed("hn/bias", "b_hn", "h"),
            ),
            choices=_GATES,
        ),
        **{
            cell: Layout(
                own, "h", stem="SimpleCell",
                tensors=(
                    Packed("i/kernel", "W_x", "i h"),
                    Packed("i/bias", "b", "h"),
                    Packed("h/kernel", "W_h", "i h"),
                ),
                choices=_simple(function),
            )
            for cell, own, function in (
                ("rnn", "flax.linen.SimpleCell", "tanh"),
                ("rnn_relu", "flax.linen.SimpleCell(activation_fn=relu)", "relu"),
            )
        },
    },
    source="flax.readthedocs.io, flax.linen, under Recurrent",
    full_name="params/{stem}_{index}/{tensor}",
    ends=(
        Packed("params/Embed_0/embedding", "E", "h i"),
        Packed("params/Dense_0/kernel", "W_y", "i h"),
        Packed("params/Dense_0/bias", "b_y", "h"),
    ),
    ran="0.12.8",
    choices=_DIRECTIONS,
    interface=_RNN._replace(note=_NOTE.format(nn="nn")),
)  # fmt: skip

_NNX_ENDS = (
    Packed("embedding.embedding", "E", "h i"),
    Packed("head.kernel", "W_y", "i h"),
    Packed("head.bias", "b_y", "h"),
)
_NNX_DENSE = (
    Packed("dense_i.kernel", "W_x", "i (g h)"),
    Packed("dense_h.kernel", "W_h", "i (g h)"),
)

NNX = Convention(
    name="nnx",
    title="Flax nnx",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "flax.nnx.LSTMCell", "ifgo", states="c h",
            tensors=tuple(
                packed
                for gate, word in (("i", "i"), ("f", "f_"), ("g", "g"), ("o", "o"))
                for packed in (
                    Packed(f"i{word}.kernel", f"W_x{gate}", "i h"),
                    Packed(f"h{gate}.kernel", f"W_h{gate}", "i h"),
                    Packed(f"h{gate}.bias", f"b_{gate}", "h"),
                )
            ),
            choices=_GATES,
        ),
        "gru": Layout(
            "flax.nnx.GRUCell", "rzn",
            tensors=(*_NNX_DENSE, Packed("dense_i.bias", "b_r b_z b_xn", "(g h)")),
            note="its documentation shows a bias b_hn, and it has none",
            choices=_GATES,
        ),
        **{
            cell: Layout(own, "h", (*_NNX_DENSE, Packed("dense_i.bias", "b", "(g h)")),
                         choices=_simple(function))
            for cell, own, function in (
                ("rnn", "flax.nnx.SimpleCell", "tanh"),
                ("rnn_relu", "flax.nnx.SimpleCell(activation_fn=relu)", "relu"),
            )
        },
    },
    source="flax.readthedocs.io, flax.nnx.nn.recurrent",
    full_name="layers.{layer}.{direction}cell.{tensor}",
    directions=("", "forward_rnn.", "backward_rnn."),
    ends=_NNX_ENDS,
    ran="0.12.8",
    choices=_DIRECTIONS,
    interface=_RNN._replace(note=_NOTE.format(nn="nnx")),
)  # fmt: skip

NNX_OPTIMIZED = NNX._replace(
    name="nnx_optimized",
    interface=None,
    title="nnx Optimized",
    layouts={
        "lstm": Layout("flax.nnx.OptimizedLSTMCell", "ifgo", states="c h",
                       tensors=(*_NNX_DENSE, Packed("dense_h.bias", "b", "(g h)")),
                       choices=_GATES),
    },
)  # fmt: skip

_STACKED = (
    Packed("weight_ih", "W_x", "(g h) i"),
    Packed("weight_hh", "W_h", "(g h) i"),
)
EQUINOX = Convention(
    name="equinox",
    title="Equinox",
    layouts={
        "lstm": Layout("equinox.nn.LSTMCell", "ifgo", states="h c",
                       tensors=(*_STACKED, Packed("bias", "b", "(g h)"))),
        "gru": Layout(
            "equinox.nn.GRUCell", "rzn",
            tensors=(
                *_STACKED,
                Packed("bias", "b_r b_z b_xn", "(g h)"),
                Packed("bias_n", "b_hn", "h"),
            ),
        ),
    },
    source="docs.kidger.site/equinox/api/nn/rnn",
    full_name="cells[{index}].{tensor}",
    ran="0.13.8",
)  # fmt: skip

HAIKU = Convention(
    name="haiku",
    title="Haiku",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "hk.LSTM", "igfo", stem="lstm", states="h c", forget_bias=1.0,
            tensors=(
                Packed("linear/w", "W_x|W_h", "i (g h)"),
                Packed("linear/b", "b", "(g h)"),
            ),
        ),
        "gru_reset_before": Layout(
            "hk.GRU", "zrn", stem="gru", negated="z",
            tensors=(
                Packed("w_i", "W_x", "i (g h)"),
                Packed("w_h", "W_h", "i (g h)"),
                Packed("b", "b", "(g h)"),
            ),
        ),
        "rnn_relu": Layout(
            "hk.VanillaRNN", "h", stem="vanilla_rnn",
            tensors=(
                Packed("linear/w", "W_x", "i h"),
                Packed("linear/b", "b_x", "h"),
                Packed("linear_1/w", "W_h", "i h"),
                Packed("linear_1/b", "b_h", "h"),
            ),
            note="a rectifier, not tanh",
        ),
    },
    source="dm-haiku.readthedocs.io, under Recurrent",
    full_name="{stem}{nth}/{tensor}",
    ran="0.0.17",
)  # fmt: skip

JAX = (FLAX, NNX, NNX_OPTIMIZED, EQUINOX, HAIKU)
