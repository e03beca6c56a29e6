"""What people type: every option once, with its other names, and other words for its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from lstmcalc.cells import CELLS
from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.memory import BYTES
from lstmcalc.network import HEADS
from lstmcalc.oracles.known import ORACLES
from lstmcalc.tracing import BIASES

FORMATS = ("table", "json", "csv", "markdown", "latex", "svg")
DEVICES = ("cpu", "cuda", "mps", "meta")


class Option(NamedTuple):
    """An option: its flag, its other names, what it takes and what it says in the help.

    `argument` is what `build_network` (group `network`) or the command's own function (groups `run`
    and `file`) calls it; there its default is defined. `takes` in the plural is a list with commas.
    `zero` says that 0 means none, as torch writes it.
    """

    name: str
    group: Literal["network", "search", "file", "run", "proof", "output"]
    help: str
    takes: Literal[
        "size", "sizes", "seed", "word", "words", "cells", "numbers", "file", "nothing"
    ] = "size"
    words: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    metavar: str = "N"
    argument: str = ""
    zero: bool = False


OPTIONS = (
    Option("cell", "network", "the cell; bilstm, cifg and others' words work too", "word",
           ("type", "model", "rnn-type"), tuple(CELLS), "CELL", "cell"),
    Option("layers", "network", "layers of that hidden size, stacked", "size",
           ("num-layers", "n-layers", "nlayers", "depth"), argument="num_layers"),
    Option("bidirectional", "network", "read the sequence from both ends", "nothing",
           ("bi", "birnn"), argument="bidirectional"),
    Option("proj", "network", "project h down to N (LSTMs)", "size",
           ("proj-size", "num-proj", "projection", "projection-size"), argument="proj_size",
           zero=True),
    Option("bias", "network", "two biases as torch, one as Keras and Flax, on x alone as nnx's "
           "GRU, or none", "word",
           ("biases", "use-bias"), BIASES, "KIND", "bias"),
    Option("classes", "network", "a linear head of N outputs", "size",
           ("num-classes", "n-classes", "nclasses", "outputs", "output-size", "output-dim",
            "num-labels", "labels", "out-features"),
           argument="num_classes", zero=True),
    Option("head", "network", "what the head reads: the last or every step, or the last "
           "states", "word", ("head-on",), HEADS,
           "STEP", "head_on"),
    Option("vocab", "network", "an embedding of N words, with vectors of the input size", "size",
           ("vocab-size", "vocabulary", "num-embeddings", "ntoken", "ntokens"),
           argument="vocab_size", zero=True),
    Option("tie-weights", "network", "the head reuses the embedding's matrix", "nothing",
           ("tie", "tied", "tied-weights"), argument="tie_weights"),
    Option("reset-before", "network", "GRU: reset before the product (Keras reset_after=False)",
           "nothing"),
    Option("reset-after", "network", "GRU: reset after the product, as torch and cuDNN", "nothing",
           ("linear-before-reset", "cudnn-compatible")),
    Option("one-way", "search", "read the sequence from its beginning alone", "nothing",
           ("unidirectional", "no-bidirectional")),
    Option("untied", "search", "a head of its own matrix", "nothing", ("no-tie-weights",)),
    Option("top", "search", "explanations that are told", "size", ("most",), argument="most"),
    Option("seq-len", "run", "steps of the sequence: more work, same parameters", "size",
           ("steps", "num-steps", "n-steps", "timesteps", "time-steps", "time", "bptt", "window",
            "length", "sequence-length"), argument="seq_len"),
    Option("batch", "run", "sequences side by side", "size", ("batch-size", "bs"),
           argument="batch_size"),
    Option("batch-first", "run", "x as (batch, steps, features)", "nothing", ("batch-major",),
           argument="batch_first"),
    Option("time-major", "run", "x as (steps, batch, features), as torch begins", "nothing",
           ("no-batch-first",)),
    Option("unbatched", "run", "x as a single sequence (steps, features)", "nothing",
           argument="unbatched"),
    Option("dtype", "run", "type of the weights, for their bytes", "word", ("precision",),
           tuple(BYTES), "TYPE", "dtype"),
    Option("at", "output", "show step N alone, and every unit of it", "size", ("step",)),
    Option("seed", "run", "of all that is drawn", "seed", ("random-seed",), argument="seed"),
    Option("weights", "run", "a .npz or .safetensors file with torch's names", "file",
           ("checkpoint", "state-dict"), (), "FILE"),
    Option("input", "run", "a .npy or .csv file: a line for each step", "file",
           ("data", "sequence"), (), "FILE"),
    Option("convention", "run", "as that framework has it: its tensors, biases and shapes", "word",
           ("framework", "layout"), tuple(CONVENTIONS), "NAME", "convention"),
    Option("from", "file", "the framework whose tensors the file has", "word", ("source",),
           tuple(CONVENTIONS), "NAME"),
    Option("to", "file", "the framework to lay them out for", "word", ("target",),
           tuple(CONVENTIONS), "NAME"),
    Option("cells", "run", "the cells to compare", "cells", ("models", "types"), tuple(CELLS),
           "LIST", "cells"),
    Option("forget-bias", "run", "sums of the forget gate's biases; 0 as drawn", "numbers",
           ("forget-biases", "unit-forget-bias"), (), "LIST", "forget_biases"),
    Option("init", "run", "how the weights begin: default, orthogonal, xavier, identity, chrono, "
           "or x3 for W_h three times as large", "words", ("inits", "initialization"), (), "LIST",
           "inits"),
    Option("lengths", "run", "lengths of packed sequences, such as 7,5,2", "sizes", ("packed",),
           (), "LIST", "lengths"),
    Option("x", "run", "the shape of your x, such as 32,28: how it is read", "sizes",
           ("x-shape", "input-shape"), (), "SHAPE", "x"),
    Option("h0", "run", "the shape of your first h, such as 1,32,128: whether it fits", "sizes",
           ("h-0", "hx", "hidden-shape", "initial-state"), (), "SHAPE", "h0"),
    Option("device", "proof", "where torch runs the proof, by default the CPU, or meta for what is "
           "large", "word", (), DEVICES, "DEVICE"),
    Option("against", "proof", "the frameworks to prove it by; left out, torch and those it is "
           "about", "words",
           ("verify-against", "oracle", "oracles"), tuple(ORACLES), "LIST"),
    Option("no-verify", "proof", "give the answer without the proof", "nothing",
           ("no-verification", "no-proof")),
    Option("formula", "output", "also the cell drawn, its equations, and formulas with the numbers "
           "put in", "nothing", ("formulas", "equations")),
    Option("backward", "output", "also the backward pass: its work, with --formula its equations",
           "nothing", ("backprop", "bptt-equations")),
    Option("plot", "output", "also a picture for a slide: .png, .svg or .pdf (needs matplotlib)",
           "file", ("picture", "figure"), (), "FILE"),
    Option("prefix", "file", "take the tensors whose names begin so, such as encoder.", "file",
           ("part",), (), "NAME", "prefix"),
    Option("head-tensor", "file", "the head's matrix, where several could be it; none leaves it "
           "out", "file", ("head-weight",), (), "NAME", "head_tensor"),
    Option("embedding-tensor", "file", "the embedding's matrix, likewise", "file",
           ("embedding-weight",), (), "NAME", "embedding_tensor"),
    Option("output", "file", "where to write the tensors: .npz or .safetensors", "file",
           ("o", "out"), (), "FILE"),
    Option("force", "output", "replace a file that is there", "nothing", ("overwrite",)),
    Option("serve", "output", "show the app in a browser, on 127.0.0.1 (needs textual-serve)",
           "nothing", ("browser", "web")),
    Option("port", "output", "where --serve listens", "size"),
    Option("format", "output", "how the answer is written", "word", ("output-format",), FORMATS,
           "FORMAT"),
)  # fmt: skip

HIDDEN, INPUT, TOTAL, OTHER = "hidden-size", "input-size", "total", "other-total"
FILE = "file"
SIZE_WORDS: Mapping[str, str] = {
    **dict.fromkeys((HIDDEN, "hidden", "units", "num-units", "n-units", "n-hidden", "num-hidden",
                     "hidden-dim", "hidden-units", "rnn-size", "nhid"), HIDDEN),
    **dict.fromkeys((INPUT, "input", "input-dim", "features", "num-features", "n-features",
                     "n-inputs", "embedding-dim", "embedding-size", "wordvec-size", "emb-size",
                     "ninp"), INPUT),
    "help": "help",
    "version": "version",
}  # fmt: skip
"""What every word means for the two sizes, both without their dashes."""


def flags(options: Sequence[Option]) -> dict[str, str]:
    """The option that every word means, where these options are known."""
    own = {word: option.name for option in options for word in (option.name, *option.words)}
    return {**SIZE_WORDS, **own}


_TWO_MEANINGS = ("units of one cell to some, steps of the sequence to others",
                 "say --hidden-size or --seq-len")  # fmt: skip
HINTS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("cells", "num-cells", "neurons", "num-neurons"), _TWO_MEANINGS),
    **dict.fromkeys(("dropout", "recurrent-dropout"), ("it has no parameters", "leave it out")),
    "go-backwards": ("the order of the steps changes no count", "leave it out"),
    **dict.fromkeys(
        ("return-state", "h-n", "c-n"), ("the last states are always there", "see lstmcalc shapes")
    ),
    "layer-norm": ("no cell here is normalised", "leave it out"),
    "input-forget": ("it is part of the cell", "say --cell lstm_coupled"),
    "activations": ("they are part of the cell", "say --cell rnn or --cell rnn_relu"),
    "attention": ("there is no attention here", "leave it out"),
    "return-sequences": ("the head decides which steps count", "say --head every or --head last"),
    "nonlinearity": ("it is part of the cell", "say --cell rnn or --cell rnn_relu"),
    "activation": ("it is part of the cell", "say --cell rnn or --cell rnn_relu"),
}
"""Words that are no option: why, and what to say instead."""

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
OPPOSITES: Mapping[str, str] = {
    "reset-after": "reset-before", "reset-before": "reset-after", "bidirectional": "one-way",
    "tie-weights": "untied", "batch-first": "time-major", "time-major": "batch-first",
}  # fmt: skip
"""What a flag that is denied means instead of nothing, where it is known: reset_after=False."""

FRAMEWORKS = ("convention", "from", "to", "against")
"""Options whose values are frameworks, which have other words of their own."""
VALUE_WORDS: Mapping[str, Mapping[str, str]] = {
    "bias": {
        **dict.fromkeys(("one", "1"), "single"),
        **dict.fromkeys(("two", "2"), "double"),
        **dict.fromkeys(set(NO), "none"),
        **dict.fromkeys(set(YES) - {"1"}, "double"),
    },
    "device": {"gpu": "cuda"},
    "dtype": {
        "fp64": "float64", "f64": "float64", "double": "float64", "fp32": "float32",
        "f32": "float32", "float": "float32", "fp16": "float16", "f16": "float16",
        "half": "float16", "bf16": "bfloat16",
    },
}  # fmt: skip
"""Other words for the values of an option."""
