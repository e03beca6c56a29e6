"""From the words of the command line to a network, a run and what to do with them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn

from lstmcalc.cells import CELLS
from lstmcalc.cli.commands import COMMANDS, MAIN, TUTORIAL, TUTORIAL_SUMMARY, Command
from lstmcalc.cli.values import read_cell, read_value
from lstmcalc.cli.words import (
    CELL_WORDS,
    FORMATS,
    HIDDEN,
    HINTS,
    INPUT,
    NO,
    OPPOSITES,
    OPTIONS,
    YES,
    flags,
)
from lstmcalc.errors import ConfigurationError, SizeError, UnknownNameError
from lstmcalc.network import Network, build_network
from lstmcalc.sizes import parse_size

HELP_WIDTH = 92
INTRO = """\
{summary}

  HIDDEN   units of the cell (hidden_size, num_units); 1150,1150,400 gives each layer its own
  INPUT    features of x at each step (input_size); with --vocab the embedding's vector length

Sizes may be written 128, 1k, 1.5M. Other frameworks' words work too: units=128, --num-steps 50."""
STATUS = """\
exit status: 0 all is well, 1 a check failed, 2 the words make no network, 3 the output could not
be written"""
TITLES = {"network": "the network", "run": "one run of it", "proof": "the proof",
          "output": "the output"}  # fmt: skip
OTHER_DEFAULTS = {"format": FORMATS[0]}
SWITCHES = {option.name for option in OPTIONS if option.takes == "nothing"} | {"help", "version"}
RESETS = {"reset_before": "gru_reset_before", "reset_after": "gru"}


class Request(NamedTuple):
    """What was asked for: a network, the arguments of the command's function, and the rest."""

    network: Network
    run: Mapping[str, Any]
    rest: Mapping[str, Any]
    cell_given: bool

    @property
    def format(self) -> str:
        """How the answer is written."""
        return str(self.rest.get("format", OTHER_DEFAULTS["format"]))

    @property
    def verify(self) -> bool:
        """Whether the answer is to be proved."""
        return "no-verify" not in self.rest


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        match = re.match(r"argument (\S+?)(?:/\S+)*: (.*)", message)
        what, why = match.groups() if match else ("the command", message)
        raise ConfigurationError(what, why, "see lstmcalc --help")


def parser(command: Command) -> argparse.ArgumentParser:
    """The argument parser; it knows each option by its own name, which `words` has put in place."""
    found = _Parser(
        command.call,
        usage=f"{command.call} HIDDEN INPUT [options]",
        description=INTRO.format(summary=command.summary),
        epilog=_epilog(command),
        add_help=False,
        allow_abbrev=False,
        # with a width of its own, argparse need not import shutil to ask the terminal
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=HELP_WIDTH),
    )
    found.add_argument("sizes", nargs="*", help=argparse.SUPPRESS)
    for name in (HIDDEN, INPUT):
        found.add_argument(f"--{name}", help=argparse.SUPPRESS)
    groups = {
        group: found.add_argument_group(title)
        for group, title in TITLES.items()
        if group == "output" or any(option.group == group for option in command.options)
    }
    for option in command.options:
        takes: dict[str, Any] = {"action": "store_const", "const": True}
        if option.takes != "nothing":
            takes = {"metavar": option.metavar}
        groups[option.group].add_argument(f"--{option.name}", help=option.help, **takes)
    output = groups["output"]
    output.add_argument("-h", "--help", action="store_true", help="this help")
    output.add_argument("-v", "--version", action="store_true", help="the version")
    return found


def _epilog(command: Command) -> str:
    others = ""
    if command is MAIN:
        told = [(c.name, c.summary) for c in COMMANDS.values()] + [(TUTORIAL, TUTORIAL_SUMMARY)]
        lines = [f"  lstmcalc {name:<10} {summary}" for name, summary in told]
        others = "\n".join(["commands beside this one (each has --help):", *lines, "", ""])
    return f"{others}examples:\n{command.examples}\n\n{STATUS}"


def parse(arguments: argparse.Namespace, command: Command) -> Request:
    """Make the network of parsed arguments.

    Raises:
        LstmcalcError: the words make no network; the message says what to change.
    """
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    if given["sizes"] and "cell" not in given and read_cell(given["sizes"][0])[1]:
        given["cell"] = given["sizes"].pop(0)  # as in: lstmcalc gru 128 28
    hidden, input_size = _sizes(given, command)
    values = {
        option.name: read_value(option, given[name])
        for option in command.options
        if (name := option.name.replace("-", "_")) in given and option.name != "cell"
    }
    if "head" in values and not values.keys() & {"classes", "tie-weights"}:
        raise ConfigurationError("--head", "there is no head", "give the number of --classes")
    values |= _cell(given)
    options: dict[str, dict[str, Any]] = {group: {} for group in TITLES}
    for option in command.options:
        if option.name in values and option.argument:
            options[option.group][option.argument] = values.pop(option.name)
    network = build_network(input_size, hidden, **options["network"])
    return Request(network, options["run"], values, "cell" in given)


def _sizes(given: Mapping[str, Any], command: Command) -> tuple[list[int], int]:
    words = list(given["sizes"])
    hidden, features = given.get("hidden_size"), given.get("input_size")
    if hidden is None and words:
        hidden = words.pop(0)
    if features is None and words:
        features = words.pop(0)
    if hidden is None or features is None:
        what = "hidden size and input size" if hidden is None else "input size"
        example = f"as in: {command.call} 128 28 (hidden, then input)"
        raise ConfigurationError(what, "missing", example)
    if words:
        why = "one word too many, the hidden and the input size are given"
        raise ConfigurationError(
            f"{words[0]!r}", why, f"other sizes have flags, see {command.call} --help"
        )
    said = str(hidden)
    parts = said.removesuffix(",").split(",")
    joined = "".join(parts)
    if any(re.match(r"0\d", part) for part in parts[1:]):
        why = "commas separate the sizes of layers"
        raise SizeError(f"hidden size {said}", why, f"write {joined}")
    if re.fullmatch(r"\d,\d{3}", said):
        why = f"it may be {joined} units, or two layers of {' and '.join(parts)}"
        raise SizeError(f"hidden size {said}", why, f"write {joined}, or {said}, for the layers")
    return [parse_size("hidden size", part) for part in parts], parse_size("input size", features)


def _cell(given: Mapping[str, Any]) -> dict[str, Any]:
    """The cell, and whether its name asks for two directions."""
    said = str(given.get("cell", ""))
    word, name, both = read_cell(said)
    if said and not name:
        raise UnknownNameError("cell", said, [*CELLS, *CELL_WORDS])
    found: dict[str, Any] = {"bidirectional": True} if both else {}
    resets = {cell for flag, cell in RESETS.items() if flag in given}
    if resets:
        if name not in RESETS.values():
            raise ConfigurationError(
                "--reset-before or --reset-after", "only a GRU has a reset gate", "add --cell gru"
            )
        if len(resets) > 1 or (word != "gru" and name not in resets):
            raise ConfigurationError(
                "the reset gate", "it is asked for before the product and after it", "choose one"
            )
        name = resets.pop()
    return {**found, "cell": name} if name else found


def words(argv: Sequence[str], command: Command) -> list[str]:
    """The command's words with each option under its own name: `units=128` as `--hidden-size 128`.

    Raises:
        LstmcalcError: a flag is not known, or is none here; the message says what to say instead.
    """
    known = flags(command.options)
    found: list[str] = []
    awaited = False  # whether the word before takes this one, whatever it looks like
    for word in argv:
        name, equals, value = word.partition("=")
        if awaited and not word.startswith("-"):
            found.append(word)
            awaited = False
        elif re.fullmatch(r"-[\d.].*", word):
            found.append(f" {word}")  # a negative size: argparse must not take it for a flag
        elif word in ("-h", "-v"):
            found.append(word)
        elif word.startswith("-") or (equals and name.replace("_", "").isalpha()):
            found += _flag(name, value if equals else None, known, command)
            takes = word.startswith("--") and len(word) > len("--") and not equals
            awaited = takes and found[-1][2:] not in SWITCHES
        else:
            found.append(word)
    return found


def _flag(name: str, value: str | None, known: Mapping[str, str], command: Command) -> list[str]:
    """A flag under its own name, and its value; a flag that is denied is left out."""
    said = name.lstrip("-").replace("_", "-").lower()
    if not said:
        return []
    if said in HINTS and said not in known:
        raise ConfigurationError(f"option {said!r}", *HINTS[said])
    if said not in known:
        takers = [c.call for c in (MAIN, *COMMANDS.values()) if said in flags(c.options)]
        if takers:
            why = f"{command.call} has no use for it"
            remedy = f"it is an option of {' and '.join(takers)}"
            raise ConfigurationError(f"option {said!r}", why, remedy)
        raise UnknownNameError("option", said, known, f"see {command.call} --help")
    flag = known[said]
    if said == "input" and value is not None and value.isdecimal():
        flag = INPUT  # a size, as in the other commands; a file's name has an ending
    if value is None:
        return [f"--{flag}"]
    if flag not in SWITCHES:
        return [f"--{flag}", value]
    if value.lower() in NO:
        return [f"--{OPPOSITES[flag]}"] if flag in OPPOSITES else []
    if value.lower() not in YES:
        raise ConfigurationError(f"--{flag} {value!r}", "it is given or left out", "write no value")
    return [f"--{flag}"]
