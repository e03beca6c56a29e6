"""Libraries that few start with today and whose weights are still about, one entry each."""

from __future__ import annotations

from lstmcalc.conventions.layout import Choice, Convention, Layout, Packed

CHAINER = Convention(
    name="chainer",
    title="Chainer",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "chainer.links.StatelessLSTM", "gifo", states="c h",
            tensors=(
                Packed("upward/W", "W_x", "(h g) i"),
                Packed("lateral/W", "W_h", "(h g) i"),
                Packed("upward/b", "b", "(h g)"),
            ),
            note="the gates alternate from unit to unit",
        ),
        "gru_reset_before": Layout(
            "chainer.links.StatelessGRU", "rzn", negated="z",
            tensors=tuple(
                packed
                for gate, word in (("r", "_r"), ("z", "_z"), ("n", ""))
                for packed in (
                    Packed(f"W{word}/W", f"W_x{gate}", "h i"),
                    Packed(f"W{word}/b", f"b_x{gate}", "h"),
                    Packed(f"U{word}/W", f"W_h{gate}", "h i"),
                    Packed(f"U{word}/b", f"b_h{gate}", "h"),
                )
            ),
            note="the stateful links.GRU leaves every U out at its first step",
        ),
    },
    source="docs.chainer.org, chainer.links",
    full_name="{index}/{tensor}",
)  # fmt: skip


def _numbered(gates: str) -> tuple[Packed, ...]:
    """w0, w1 … and b0, b1 …: what reads x, gate after gate, then what reads h."""
    pairs = [(source, gate) for source in "xh" for gate in gates]
    weights = [Packed(f"w{n}", f"W_{s}{g}", "h i") for n, (s, g) in enumerate(pairs)]
    biases = [Packed(f"b{n}", f"b_{s}{g}", "h") for n, (s, g) in enumerate(pairs)]
    return (*weights, *biases)


CHAINER_NSTEP = Convention(
    name="chainer_nstep",
    title="Chainer NStep",
    always_biased=True,
    layouts={
        "lstm": Layout("chainer.links.NStepLSTM", "ifgo", _numbered("ifgo"), states="h c"),
        "gru": Layout("chainer.links.NStepGRU", "rzn", _numbered("rzn")),
        "rnn": Layout("chainer.links.NStepRNNTanh", "h", _numbered("h")),
        "rnn_relu": Layout("chainer.links.NStepRNNReLU", "h", _numbered("h")),
    },
    source="docs.chainer.org, chainer.links.NStepLSTM",
    full_name="{index}/{tensor}",
    stacks=True,
)

_DYNET_RNN = (
    Packed("_0", "W_x", "(g h) i"), Packed("_1", "W_h", "(g h) i"), Packed("_2", "b", "(g h)"),
)  # fmt: skip
DYNET = Convention(
    name="dynet",
    title="DyNet",
    always_biased=True,
    layouts={
        "lstm": Layout("dynet.VanillaLSTMBuilder", "ifog", _DYNET_RNN, "vanilla-lstm-builder",
                       states="c h", forget_bias=1.0, choices=(Choice("forget_bias", "1"),),
                       note="a builder of several layers numbers on: _3 is the second's _0"),
        "gru_reset_before": Layout(
            "dynet.GRUBuilder", "zrn", stem="gru-builder", negated="z",
            tensors=tuple(
                Packed(f"_{3 * n + k}", f"{role}{gate}", axes)
                for n, gate in enumerate("zrn")
                for k, (role, axes) in enumerate((("W_x", "h i"), ("W_h", "h i"), ("b_", "h")))
            ),
            note="a builder of several layers numbers on: _9 is the second's _0",
        ),
        "rnn": Layout("dynet.SimpleRNNBuilder", "h", _DYNET_RNN, "simple-rnn-builder",
                      note="a builder of several layers numbers on: _3 is the second's _0"),
    },
    # the names are add_subcollection's of dynet/model.cc: a builder more of one kind is numbered,
    # and BiRNNBuilder of python/_dynet.pyx makes two in each layer, in a collection of its own
    source="github.com/clab/dynet, dynet/*.cc; BiRNNBuilder is given 2·H as its hidden_dim",
    full_name="/{direction}{stem}{nth}/{tensor}",
    directions=("", "birnn/", "birnn/"),
)  # fmt: skip

DL4J = Convention(
    name="dl4j",
    title="DL4J",
    always_biased=True,
    layouts={
        "lstm": Layout(
            "org.deeplearning4j.nn.conf.layers.LSTM", "gfoi",
            tensors=(
                Packed("W", "W_x", "i (g h)"),
                Packed("RW", "W_h", "i (g h)"),
                Packed("b", "b", "(g h)"),
            ),
            choices=(Choice("gateActivationFunction", "SIGMOID"), Choice("activation", "TANH")),
        ),
    },
    source="KerasLSTM.java, which converts from IFCO to CFOI",
    full_name="{layer}_{direction}{tensor}",
    directions=("", "f", "b"),
    choices=(Choice("mode", "CONCAT", directions=2),),
    stacks=True,
)  # fmt: skip


def _matlab(rows: str, *bias: str) -> tuple[Packed, ...]:
    return (
        Packed("InputWeights", "W_x", f"({rows}) i"),
        Packed("RecurrentWeights", "W_h", f"({rows}) i"),
        Packed("Bias", *bias),
    )


MATLAB = Convention(
    name="matlab",
    title="MATLAB",
    always_biased=True,
    layouts={
        "lstm": Layout("lstmLayer", "ifgo", _matlab("d g h", "b", "(d g h) 1"), states="h c",
                       note="bilstmLayer stacks its directions"),
        "gru": Layout(
            'gruLayer(ResetGateMode="recurrent-bias-after-multiplication")', "rzn",
            _matlab("g h", "b_x b_h", "(b g h) 1"),
            note="by default, after-multiplication, it has no b_hn: 3·H biases", one_way=True,
        ),
    },
    source="mathworks.com/help/deeplearning/ref/nnet.cnn.layer.lstmlayer.html",
    full_name="{direction}{layer}.{tensor}",
    directions=("layer", "layer", "layer"),
    choices=(
        Choice("GateActivationFunction", "sigmoid"), Choice("StateActivationFunction", "tanh"),
    ),
)  # fmt: skip

OLDER = (CHAINER, CHAINER_NSTEP, DYNET, DL4J, MATLAB)
