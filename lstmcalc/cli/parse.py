"""From the words of the command line to a network, a run and what to do with them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from lstmcalc.cells import CELLS
from lstmcalc.cli.words import (
    AMBIGUOUS,
    BIAS_WORDS,
    CELL_WORDS,
    DEVICES,
    DTYPE_WORDS,
    FLAGS,
    HIDDEN,
    INPUT,
    OPTIONS,
)  # fmt: skip
from lstmcalc.errors import ConfigurationError, SizeError, UnknownNameError
from lstmcalc.network import Network, build_network
from lstmcalc.sizes import parse_size

HELP_WIDTH = 92
USAGE = "lstmcalc HIDDEN INPUT [options]"
INTRO = """\
Parameters, shapes, work and memory of an RNN, GRU or LSTM, proved by a real torch model.

  HIDDEN   units of the cell (hidden_size, num_units); 1150,1150,400 gives each layer its own
  INPUT    features of x at each step (input_size); with --vocab the embedding's vector length

Sizes may be written 128, 1k, 1.5M. Other frameworks' words work too: units=128, --num-steps 50."""
EXAMPLES = """\
examples:
  lstmcalc 128 28 --classes 10                    the textbook's 156 x 512, biases and head
  lstmcalc 1150,1150,400 400 --vocab 33k          layers of their own sizes, and an embedding
  lstmcalc 256 80 --layers 2 --bidirectional      a stack that reads from both ends
  lstmcalc 128 28 --cell gru --formula            equations, and totals as polynomials
  lstmcalc 128 28 --format json --no-verify       for scripts

exit status: 0 all is well, 1 a check failed, 2 the words make no network"""
TITLES = {"network": "the network", "run": "one run of it", "proof": "the proof",
          "output": "the output"}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    network: Network
    run: Mapping[str, Any]
    format: str
    formula: bool
    verify: bool
    device: str


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        match = re.match(r"argument (\S+?)(?:/\S+)*: (.*)", message)
        what, why = match.groups() if match else ("the command", message)
        raise ConfigurationError(what, why, "see lstmcalc --help")


def parser() -> argparse.ArgumentParser:
    """The argument parser: every option under its own name, other names left out of the help."""
    found = _Parser(
        "lstmcalc",
        usage=USAGE,
        description=INTRO,
        epilog=EXAMPLES,
        add_help=False,
        allow_abbrev=False,
        # with a width of its own, argparse need not import shutil to ask the terminal
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=HELP_WIDTH),
    )
    found.add_argument("sizes", nargs="*", help=argparse.SUPPRESS)
    for name in (HIDDEN, INPUT):
        found.add_argument(f"--{name}", help=argparse.SUPPRESS)
    groups = {group: found.add_argument_group(title) for group, title in TITLES.items()}
    for option in OPTIONS:
        dest = option.name.replace("-", "_")
        settings: dict[str, Any] = {"dest": dest, "default": None}
        if option.takes == "nothing":
            settings |= {"action": "store_const", "const": True}
        else:
            settings |= {"metavar": option.metavar}
        groups[option.group].add_argument(f"--{option.name}", help=option.help, **settings)
    output = groups["output"]
    output.add_argument("-h", "--help", action="store_true", help="this help")
    output.add_argument("-v", "--version", action="store_true", help="the version")
    return found


def parse(arguments: argparse.Namespace) -> Request:
    """Make the network of parsed arguments.

    Raises:
        LstmcalcError: the words make no network; the message says what to change.
    """
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    hidden, input_size = _sizes(given)
    cell, bidirectional = _cell(given)
    numbers = {
        option.name: parse_size(f"--{option.name}", given[option.name.replace("-", "_")])
        for option in OPTIONS
        if option.takes == "size" and option.name.replace("-", "_") in given
    }
    choices = {
        option.name: _choice(option.name, str(given[option.name]), option.choices)
        for option in OPTIONS
        if option.choices and option.name in given
    }
    options = {
        "num_layers": numbers.get("layers"),
        "cell": cell,
        "bias": choices.get("bias"),
        "bidirectional": bidirectional,
        "proj_size": numbers.get("proj"),
        "vocab_size": numbers.get("vocab"),
        "tie_weights": given.get("tie_weights"),
        "num_classes": numbers.get("classes"),
        "head_on": choices.get("head"),
    }
    if "head" in choices and not {"classes", "tie_weights"} & given.keys():
        raise ConfigurationError("--head", "there is no head", "give the number of --classes")
    run = {
        "seq_len": numbers.get("seq-len"),
        "batch_size": numbers.get("batch"),
        "batch_first": given.get("batch_first"),
        "unbatched": given.get("unbatched"),
        "dtype": choices.get("dtype"),
    }
    device = str(given.get("device", "cpu"))
    if device.partition(":")[0] not in DEVICES:
        raise UnknownNameError("device", device, DEVICES)
    return Request(
        build_network(input_size, hidden, **_given(options)),
        _given(run),
        choices.get("format", "table"),
        "formula" in given,
        "no_verify" not in given,
        device,
    )


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left out, so that the defaults stay where they are defined."""
    return {name: value for name, value in options.items() if value is not None}


def _sizes(given: Mapping[str, Any]) -> tuple[list[int], int]:
    words = list(given.get("sizes", []))
    hidden = given.get("hidden_size") or (words.pop(0) if words else None)
    features = given.get("input_size") or (words.pop(0) if words else None)
    if hidden is None or features is None:
        what = "hidden size and input size" if hidden is None else "input size"
        raise ConfigurationError(what, "missing", "as in: lstmcalc 128 28 (hidden, then input)")
    if words:
        raise ConfigurationError(
            f"{words[0]!r}", "one word too many after the hidden and the input size",
            "other sizes have flags, see lstmcalc --help",
        )  # fmt: skip
    parts = str(hidden).split(",")
    if any(re.match(r"0\d", part) for part in parts[1:]):
        joined = "".join(parts)
        raise SizeError(
            f"hidden size {hidden}", "commas separate the sizes of layers", f"write {joined}"
        )
    return [parse_size("hidden size", part) for part in parts], parse_size("input size", features)


def _cell(given: Mapping[str, Any]) -> tuple[str | None, bool | None]:
    """The cell's name, and whether its name or a flag asks for two directions."""
    bidirectional = given.get("bidirectional")
    said = str(given["cell"]) if "cell" in given else None
    word = None if said is None else said.lower().replace("-", "_")
    if word is not None and word.startswith("bi") and word not in CELLS:
        word, bidirectional = word[2:].lstrip("_"), True
    name = None if word is None else CELL_WORDS.get(word, word)
    if name is not None and name not in CELLS:
        raise UnknownNameError("cell", str(said), [*CELLS, *CELL_WORDS])
    if "reset_before" in given or "reset_after" in given:
        if (
            name not in ("gru", "gru_reset_before")
            or len({"reset_before", "reset_after"} & given.keys()) > 1
        ):
            raise ConfigurationError(
                "--reset-before" if "reset_before" in given else "--reset-after",
                "only a GRU has a reset gate, before or after the product",
                "use it once, with --cell gru",
            )
        name = "gru_reset_before" if "reset_before" in given else "gru"
    return name, bidirectional


def _choice(name: str, said: str, choices: Sequence[str]) -> str:
    words = {"bias": BIAS_WORDS, "dtype": DTYPE_WORDS}.get(name, {})
    word = said.lower()
    found = words.get(word, word)
    if found not in choices:
        raise UnknownNameError(f"--{name}", said, choices)
    return found


def words(argv: Sequence[str]) -> list[str]:
    """The command's words with `units=128` read as `--units 128`, and `--num_units` as its twin.

    Raises:
        LstmcalcError: a flag is not known, or means different things to different people.
    """
    found: list[str] = []
    for word in argv:
        if word == "--":
            continue
        name, equals, value = word.partition("=")
        if not word.startswith("-") and not (equals and name.replace("_", "").isalpha()):
            found.append(word)
            continue
        if re.fullmatch(r"-[\d.].*|-[hv]", word):
            found.append(word if word in ("-h", "-v") else f" {word}")
            continue
        said = name.lstrip("-").replace("_", "-").lower()
        if said in AMBIGUOUS:
            raise ConfigurationError(
                f"{name!r}",
                "it may mean units of one cell, or steps of the sequence",
                "say --hidden-size or --seq-len",
            )
        if said not in FLAGS:
            flags = [f"--{word}" for word in FLAGS]
            raise UnknownNameError("option", f"--{said}", flags, "see lstmcalc --help")
        found += [f"--{FLAGS[said]}", value] if equals else [f"--{FLAGS[said]}"]
    return found
