"""From the words of the command line to what they say for each option."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

from lstmcalc.cell_names import check_projection, unknown_cell
from lstmcalc.cells import CELLS
from lstmcalc.cli.first_word import check_file, check_first_word
from lstmcalc.commands.known import COMMANDS, MAIN, SIZES, TUTORIAL, TUTORIAL_SUMMARY, Command
from lstmcalc.commands.values import read_cell
from lstmcalc.commands.words import (
    HINTS,
    INPUT,
    NO,
    OPPOSITES,
    OPTIONS,
    YES,
    flags,
)
from lstmcalc.errors import ConfigurationError, UnknownNameError

HELP_WIDTH = 92
INTRO = """\
{summary}

{takes}

Sizes may be written 128, 1k, 1.5M. Other frameworks' words work too: units=128, --num-steps 50."""
STATUS = """\
exit status: 0 all is well, 1 a check failed, 2 the words make no network, 3 the output could not
be written"""
TITLES = {"network": "the network", "search": "to narrow it down", "file": "the files",
          "run": "one run of it", "proof": "the proof", "output": "the output"}  # fmt: skip
SWITCHES = {option.name for option in OPTIONS if option.takes == "nothing"} | {"help", "version"}
RESETS = {"reset-before": "gru_reset_before", "reset-after": "gru"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        match = re.match(r"argument (\S+?)(?:/\S+)*: (.*)", message)
        what, why = match.groups() if match else ("the command", message)
        raise ConfigurationError(what, why, "see lstmcalc --help")


def parser(command: Command) -> argparse.ArgumentParser:
    """The argument parser; it knows each option by its own name, which `words` has put in place."""
    found = _Parser(
        command.call,
        usage=f"{command.call} {command.usage} [options]",
        description=INTRO.format(
            summary=command.summary,
            takes="\n".join(f"  {word.metavar:<8} {word.help}" for word in command.takes),
        ),
        epilog=_epilog(command),
        add_help=False,
        allow_abbrev=False,
        # with a width of its own, argparse need not import shutil to ask the terminal
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=HELP_WIDTH),
    )
    found.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    groups = {
        group: found.add_argument_group(title)
        for group, title in TITLES.items()
        if group == "output" or any(option.group == group for option in command.options)
    }
    for word in SIZES if command.sized else ():
        told = argparse.SUPPRESS if command.builds else word.help
        groups["network"].add_argument(f"--{word.name}", help=told, metavar="N")
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


def given(arguments: argparse.Namespace, command: Command) -> dict[str, Any]:
    """What is said for each option, under its own name; True for one that takes nothing.

    Raises:
        LstmcalcError: a word too many, or a cell that is none.
    """
    said = {
        name.replace("_", "-"): value
        for name, value in vars(arguments).items()
        if value not in (None, False)
    }
    placed = said.pop("words", [])
    if placed and "cell" not in said and read_cell(placed[0])[1]:
        said["cell"] = placed.pop(0)  # as in: lstmcalc gru 128 28
    elif placed and command is MAIN:
        check_first_word(placed[0])
    for word in placed if command.sized and command.builds else ():
        check_file(word)
    for word in command.takes:
        if word.name not in said and placed:
            said[word.name] = placed.pop(0)
    if placed:
        given = " and ".join(word.metavar for word in command.takes)
        why = f"one word too many, {given} are given"
        raise ConfigurationError(
            f"{placed[0]!r}", why, f"all else has flags, see {command.call} --help"
        )
    projects = "proj" in (option.name for option in command.options)
    return _with_cell(said, projects)


def read_words(argv: Sequence[str]) -> dict[str, Any]:
    """What the words after `lstmcalc` say for each option, whichever command they are of.

    Raises:
        LstmcalcError: they make no command.
    """
    command = COMMANDS.get(argv[0].lower() if argv else "", MAIN)
    said = words(argv if command is MAIN else argv[1:], command)
    return given(parser(command).parse_args(said), command)


def _with_cell(said: dict[str, Any], projects: bool) -> dict[str, Any]:
    """The same with the cell under its own name: its word may ask for two directions, or a reset.

    `projects` says that the command takes a projection, which the word may ask for too.

    Raises:
        LstmcalcError: there is no such cell, or it is asked for what is not there.
    """
    spelled = str(said.pop("cell", ""))
    word, name, both = read_cell(spelled)
    if spelled and not name:
        raise unknown_cell(spelled, CELLS)
    if projects:
        given = str(said.get("proj", "0")).strip().lower() not in ("0", "none")
        remedy = f"add --proj N, or say --cell {'bi' * both}lstm"
        check_projection(spelled, given, remedy)
    resets = {cell for flag, cell in RESETS.items() if said.pop(flag, False)}
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
    directions = {"bidirectional": True} if both else {}
    return {**said, **directions, **({"cell": name} if name else {})}


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
        elif is_flag(word):
            found += _flag(name, value if equals else None, known, command)
            takes = word.startswith("--") and len(word) > len("--") and not equals
            awaited = takes and found[-1][2:] not in SWITCHES
        else:
            found.append(word)
    return found


def is_flag(word: str) -> bool:
    """Whether a word is an option, also as Python writes it: `units=128`."""
    name, equals, _ = word.partition("=")
    return word.startswith("-") or (bool(equals) and name.replace("_", "").isalpha())


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
        return [f"--{OPPOSITES[flag]}"] if OPPOSITES.get(flag) in known.values() else []
    if value.lower() not in YES:
        raise ConfigurationError(f"--{flag} {value!r}", "it is given or left out", "write no value")
    return [f"--{flag}"]
