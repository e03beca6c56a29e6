"""What people type: every option once, with its other names, and other words for its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lstmcalc.memory import BYTES
from lstmcalc.network import HEADS
from lstmcalc.tracing import BIASES

FORMATS = ("table", "json", "csv", "markdown", "latex")
DEVICES = ("cpu", "cuda", "mps", "meta")


@dataclass(frozen=True)
class Option:
    """An option: its flag, its other names, what it takes and what it says in the help."""

    name: str
    group: Literal["network", "run", "proof", "output"]
    help: str
    takes: Literal["size", "word", "nothing"] = "size"
    words: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    metavar: str = "N"


OPTIONS = (
    Option("cell", "network", "lstm (default), gru, rnn, rnn_relu, gru_reset_before, "
           "lstm_peephole, lstm_coupled; bilstm and bigru are understood", "word",
           ("type", "model", "rnn-type"), metavar="CELL"),
    Option("layers", "network", "layers of that hidden size, stacked (default 1)", "size",
           ("num-layers", "n-layers", "nlayers", "depth", "stacked")),
    Option("bidirectional", "network", "read the sequence from both ends", "nothing",
           ("bi", "birnn")),
    Option("proj", "network", "project h down to N (LSTMs)", "size",
           ("proj-size", "num-proj", "projection", "projection-size")),
    Option("bias", "network", "double as torch (default), single as Keras and Flax, or none",
           "word", ("biases",), BIASES, "KIND"),
    Option("classes", "network", "a linear head of N outputs", "size",
           ("num-classes", "n-classes", "nclasses", "outputs", "output-size", "output-dim")),
    Option("head", "network", "apply the head on the last step (default) or on every step", "word",
           ("head-on",), HEADS, "STEP"),
    Option("vocab", "network", "an embedding of N words, with vectors of the input size", "size",
           ("vocab-size", "vocabulary", "num-embeddings", "ntoken", "ntokens")),
    Option("tie-weights", "network", "the head reuses the embedding's matrix", "nothing",
           ("tie", "tied", "tied-weights")),
    Option("reset-before", "network", "GRU: reset before the product (Keras reset_after=False)",
           "nothing"),
    Option("reset-after", "network", "GRU: reset after the product (default; torch, cuDNN)",
           "nothing", ("linear-before-reset", "cudnn-compatible")),
    Option("seq-len", "run", "steps of the sequence (default 10): more work, same parameters",
           "size", ("steps", "num-steps", "n-steps", "timesteps", "time-steps", "time", "bptt",
                    "window", "length", "sequence-length", "t")),
    Option("batch", "run", "sequences side by side (default 1)", "size",
           ("batch-size", "bs", "b")),
    Option("batch-first", "run", "x as (batch, steps, features)", "nothing"),
    Option("unbatched", "run", "x as a single sequence (steps, features)", "nothing"),
    Option("dtype", "run", "type of the weights, for their bytes (default float32)", "word",
           ("precision",), tuple(BYTES), "TYPE"),
    Option("device", "proof", "where torch runs the proof: cpu (default), cuda, mps or meta",
           "word", (), metavar="DEVICE"),
    Option("no-verify", "proof", "give the answer without the proof", "nothing",
           ("no-verification", "no-proof")),
    Option("formula", "output", "print the equations and formulas, with the numbers put in",
           "nothing", ("formulas", "equations")),
    Option("format", "output", "table (default), json, csv, markdown or latex", "word",
           ("output-format",), FORMATS, "FORMAT"),
)  # fmt: skip

HIDDEN, INPUT = "hidden-size", "input-size"
FLAGS: Mapping[str, str] = {
    **{word: option.name for option in OPTIONS for word in (option.name, *option.words)},
    **dict.fromkeys((HIDDEN, "hidden", "units", "num-units", "n-units", "n-hidden", "num-hidden",
                     "hidden-dim", "hidden-units", "rnn-size", "nhid"), HIDDEN),
    **dict.fromkeys((INPUT, "input", "input-dim", "features", "num-features", "n-features",
                     "n-inputs", "embedding-dim", "embedding-size", "wordvec-size", "emb-size",
                     "ninp"), INPUT),
    "help": "help",
    "version": "version",
}  # fmt: skip
"""The option that every word means, both without their dashes."""

AMBIGUOUS = ("cells", "num-cells", "neurons", "num-neurons")
"""Words that mean the units of one cell to some, and the steps of the sequence to others."""

CELL_WORDS: Mapping[str, str] = {
    "vanilla": "rnn", "elman": "rnn", "simplernn": "rnn", "simple_rnn": "rnn", "rnn_tanh": "rnn",
    "gru_reset_after": "gru", "cudnngru": "gru", "cudnnlstm": "lstm", "lstmp": "lstm",
    "peephole": "lstm_peephole", "peephole_lstm": "lstm_peephole", "cifg": "lstm_coupled",
    "coupled": "lstm_coupled", "coupled_lstm": "lstm_coupled",
}  # fmt: skip

BIAS_WORDS: Mapping[str, str] = {
    "0": "none", "no": "none", "false": "none", "off": "none", "1": "single", "one": "single",
    "2": "double", "two": "double", "true": "double", "yes": "double", "on": "double",
}  # fmt: skip

DTYPE_WORDS: Mapping[str, str] = {
    "fp64": "float64", "f64": "float64", "double": "float64", "fp32": "float32", "f32": "float32",
    "float": "float32", "fp16": "float16", "f16": "float16", "half": "float16", "bf16": "bfloat16",
}  # fmt: skip
