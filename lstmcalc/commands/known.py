"""The commands: what each is for, which options it takes, and the module that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmcalc.commands.words import FILE, HIDDEN, INPUT, OPTIONS, OTHER, TOTAL, Option

_OUTPUT = ("no-verify", "format")
_TENSORS = ("head-tensor", "embedding-tensor")
_PICTURE = ("plot", "force", *_OUTPUT)
_NOT_COUNTED = "head"
"""The steps that the head is applied to change no parameter."""
_NETWORK = tuple(option.name for option in OPTIONS if option.group == "network")


class Taken(NamedTuple):
    """A word that a command takes by its place: what it is called, and what the help says of it."""

    name: str
    metavar: str
    help: str
    needed: bool = True


SIZES = (
    Taken(HIDDEN, "HIDDEN",
          "units of the cell (hidden_size, num_units); 1150,1150,400 gives each layer its own"),
    Taken(INPUT, "INPUT",
          "features of x at each step (input_size); with --vocab the embedding's vector length"),
)  # fmt: skip


class Command(NamedTuple):
    """A command of the command line; the main one has no name.

    `module` has `answer(request, progress)`; `function` is `module:name` of what the options of
    group `run` are the arguments of, where their defaults are defined.
    """

    name: str
    summary: str
    examples: str
    own: tuple[str, ...]
    module: str
    function: str
    takes: tuple[Taken, ...] = SIZES
    network: tuple[str, ...] = _NETWORK

    @property
    def options(self) -> tuple[Option, ...]:
        """The options it takes, in the order of the help."""
        names = {*self.network, *self.own} - (set() if self.builds else {_NOT_COUNTED})
        return tuple(option for option in OPTIONS if option.name in names)

    def fitting(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Of what is said for options by their names, what this command takes, sizes first."""
        words = (*(word.name for word in self.takes), HIDDEN, INPUT)
        names = dict.fromkeys((*words, *(option.name for option in self.options)))
        return {name: said[name] for name in names if name in said}

    @property
    def sized(self) -> bool:
        """Whether it takes the sizes of a network."""
        return self.network is _NETWORK

    @property
    def usage(self) -> str:
        """The words it takes by their places, those that may be left out in brackets."""
        needed = [word.metavar for word in self.takes if word.needed]
        others = " ".join(word.metavar for word in self.takes if not word.needed)
        return " ".join([*needed, *([f"[{others}]"] if others else [])])

    @property
    def builds(self) -> bool:
        """Whether it is about one network, whose sizes it takes."""
        return HIDDEN in (word.name for word in self.takes)

    @property
    def call(self) -> str:
        """How it begins: `lstmcalc step`."""
        return f"lstmcalc {self.name}".rstrip()


MAIN = Command(
    "",
    "Parameters, shapes, work and memory of an RNN, GRU or LSTM, proved by a real torch model.",
    """\
  lstmcalc 128 28 --classes 10                    the textbook's 156 x 512, biases and head
  lstmcalc 1150,1150,400 400 --vocab 33k          layers of their own sizes, and an embedding
  lstmcalc 256 80 --layers 2 --bidirectional      a stack that reads from both ends
  lstmcalc 128 28 --cell gru --formula            equations, and totals as polynomials
  lstmcalc 128 28 --convention keras              Keras's names, shapes, biases, and its proof
  lstmcalc 128 28 --format json --no-verify       for scripts""",
    ("seq-len", "batch", "batch-first", "time-major", "unbatched", "dtype", "convention",
     "against", "device", "formula", "backward", *_OUTPUT),
    "lstmcalc.commands.calculate",
    "lstmcalc.report:calculate",
)  # fmt: skip

STEP = Command(
    "step",
    "The forward pass one step at a time, every value of it compared with torch.",
    """\
  lstmcalc step 128 28 --classes 10               five steps of random numbers
  lstmcalc step 128 28 --seq-len 50 --at 3        step 3 alone, every unit
  lstmcalc step 3 2 --seq-len 3                   small enough to show every number
  lstmcalc step 128 28 --weights model.safetensors --input x.csv
  lstmcalc step 128 28 --format csv               every value, for a spreadsheet""",
    ("seq-len", "at", "seed", "weights", "input", *_TENSORS, "formula", *_PICTURE),
    "lstmcalc.commands.step",
    "lstmcalc.walk:step_through",
)

GRADIENTS = Command(
    "gradients",
    "How far back the gradient reaches: its norm at every step, against torch's autograd.",
    """\
  lstmcalc gradients 128 28                       RNN, GRU and LSTM over 200 steps
  lstmcalc gradients 128 28 --cells lstm --forget-bias 0,1,2,3
  lstmcalc gradients 128 28 --cells rnn --init default,orthogonal,x3
  lstmcalc gradients 128 28 --weights model.safetensors
  lstmcalc gradients 128 28 --plot reach.svg      a picture for a slide""",
    ("seq-len", "batch", "seed", "weights", *_TENSORS, "cells", "forget-bias", "init", *_PICTURE),
    "lstmcalc.commands.gradients",
    "lstmcalc.reach:gradient_reach",
)

SHAPES = Command(
    "shapes",
    "Every shape from x to the output, in a framework's layout, and what output[:, -1] is.",
    """\
  lstmcalc shapes 128 28 --batch-first --bidirectional
  lstmcalc shapes 128 28 --x 32,28                how torch reads an x of that shape
  lstmcalc shapes 128 28 --layers 2 --h0 3,2,128  whether an h_0 of that shape fits
  lstmcalc shapes 128 28 --lengths 7,5,2          packed sequences
  lstmcalc shapes 128 28 --convention keras       as Keras's layers take and return them
  lstmcalc shapes 128 28 --unbatched""",
    (
        "seq-len",
        "batch",
        "batch-first",
        "time-major",
        "unbatched",
        "lengths",
        "x",
        "h0",
        "convention",
        *_OUTPUT,
    ),
    "lstmcalc.commands.shapes",
    "lstmcalc.flow:trace_shapes",
)

RECONCILE = Command(
    "reconcile",
    "Why another framework says something else: tensors, biases and totals of each.",
    """\
  lstmcalc reconcile 128 28                       80,896 in torch, 80,384 in Keras: one bias
  lstmcalc reconcile 128 28 --cell gru            its four totals, two places of the reset gate
  lstmcalc reconcile 64 128 --layers 2 --bidirectional --vocab 20k --classes 1
  lstmcalc reconcile 128 28 --against keras,onnx,flax""",
    ("against", *_OUTPUT),
    "lstmcalc.commands.reconcile",
    "lstmcalc.reconciliation:reconcile",
)

TUI = MAIN._replace(
    name="tui",
    summary="An app: every field live, the same answers drawn, and proved while you type.",
    examples="""\
  lstmcalc tui                                    on the tutorial's network
  lstmcalc tui 128 28 --classes 10                on yours
  lstmcalc tui --serve                            in a browser, on this machine alone""",
    own=("seq-len", "batch", "batch-first", "unbatched", "dtype", "serve", "port"),
    module="lstmcalc.tui",
    takes=tuple(word._replace(needed=False) for word in SIZES),
)
"""Its module has `run(said)`: it answers no request, but goes on until it is left."""

EXPLAIN = Command(
    "explain",
    "Which networks have a total of parameters, under which convention, the likeliest first.",
    """\
  lstmcalc explain 80896                          a total alone
  lstmcalc explain 80896 --hidden 128 --input 28  what is given is fixed, the rest is searched
  lstmcalc explain 2757761 2758785                one network, as two frameworks count it
  lstmcalc explain 20M --cell lstmp --proj 512    a rounded total
  lstmcalc explain 80896 --classes 0 --vocab 0    no head and no embedding""",
    ("one-way", "untied", "top", *_OUTPUT),
    "lstmcalc.commands.explain",
    "lstmcalc.explanation:explain",
    (
        Taken(TOTAL, "TOTAL", "parameters: 80896, 80,896, or 20M and 0.82B for rounded ones"),
        Taken(OTHER, "OTHER", "what another framework says of the same network", needed=False),
    ),
)

CONVERT = Command(
    "convert",
    "A file of weights as another framework stores them, run in both where they are there.",
    """\
  lstmcalc convert model.safetensors --from torch --to keras -o out.npz
  lstmcalc convert out.npz --from keras --to onnx        nothing is written without -o
  lstmcalc convert gru.npz --from onnx --to torch --cell gru""",
    ("from", "to", "prefix", *_TENSORS, "one-way", "output", "force", "against", *_OUTPUT),
    "lstmcalc.commands.convert",
    "lstmcalc.conversion:convert",
    (Taken(FILE, "FILE", "a .npz or .safetensors file"),),
    ("cell", "bidirectional"),
)

COMMANDS: Mapping[str, Command] = {
    c.name: c for c in (STEP, GRADIENTS, SHAPES, RECONCILE, EXPLAIN, CONVERT, TUI)
}
TUTORIAL = "tutorial"
TUTORIAL_SUMMARY = "A guided walk: what an LSTM is, each claim with the command that proves it."
