"""From what is said for each option to a network, a run and what to do with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmcalc.build import build_network
from lstmcalc.commands.known import Command
from lstmcalc.commands.values import read_value
from lstmcalc.commands.words import FORMATS, HIDDEN, INPUT
from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.conventions.packing import lacking
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.network import Network
from lstmcalc.oracles.known import ORACLES, TORCH
from lstmcalc.sizes import parse_size

THOUSANDS = re.compile(r"\d(?:,\d{3})+|\d\d,\d{3}")
"""Layers, or one number with its thousands apart: 1,150,400 or 16,384.

512,256 is a list: nobody has half a million units.
"""
OTHER_DEFAULTS = {"format": FORMATS[0]}


class Request(NamedTuple):
    """What was asked for: a network, the arguments of the command's function, and the rest.

    `known` are the arguments of `build_network` that were said, and `words` what was said by its
    place, as it was said, where the command is not about one network. `tensors` are the arguments
    that say which tensors of a file are meant. `takes_against` says whether the command can be
    proved by frameworks of one's choice.
    """

    built: Network | None
    run: Mapping[str, Any]
    rest: Mapping[str, Any]
    cell_given: bool
    known: Mapping[str, Any]
    words: Mapping[str, str]
    tensors: Mapping[str, Any] = {}
    takes_against: bool = False

    @property
    def network(self) -> Network:
        """The network, where the command is about one."""
        if self.built is None:
            raise ConfigurationError("the network", "this command is not about one")
        return self.built

    @property
    def format(self) -> str:
        """How the answer is written."""
        return str(self.rest.get("format", OTHER_DEFAULTS["format"]))

    @property
    def against(self) -> tuple[str, ...] | None:
        """The frameworks to prove the answer by: those it is about, and torch where none is.

        None leaves it to the answer, where no others can be asked about it.
        """
        if not self.takes_against:
            return None
        about = [self.rest[word] for word in ("from", "to") if word in self.rest]
        if not about:
            about = [TORCH, *_others(self.built), self.run.get("convention")]
        usual = dict.fromkeys(name for name in about if name in ORACLES)
        return tuple(self.rest.get("against", usual or (TORCH,)))

    @property
    def verify(self) -> bool:
        """Whether the answer is to be proved."""
        return "no-verify" not in self.rest


def _others(network: Network | None) -> list[str]:
    """The first framework that can prove a cell that torch does not have, with its biases."""
    layers = network.layers if network is not None else ()
    if {layer.cell.name for layer in layers} <= CONVENTIONS[TORCH].layouts.keys():
        return []
    able = [
        name
        for name in ORACLES
        if name in CONVENTIONS and not any(lacking(layer, CONVENTIONS[name]) for layer in layers)
    ]
    return [name for name in able if name != TORCH][:1]


def read_request(said: Mapping[str, Any], command: Command) -> Request:
    """Make the network of what is said for each option, and sort the rest.

    Raises:
        LstmcalcError: the words make no network; the message says what to change.
    """
    known, words = _words(said, command)
    values = {
        option.name: read_value(option, said[option.name])
        for option in command.options
        if option.name in said
    }
    if "head" in values and not values.keys() & {"classes", "tie-weights"}:
        raise ConfigurationError("--head", "there is no head", "give the number of --classes")
    options: dict[str, dict[str, Any]] = {"network": {}, "run": {}, "search": {}, "file": {}}
    for option in command.options:
        if option.name in values and option.argument:
            options[option.group][option.argument] = values.pop(option.name)
    if "time-major" in values:
        if "batch_first" in options["run"]:
            why = "one denies the other"
            raise ConfigurationError("--batch-first and --time-major", why, "leave one of them out")
        options["run"]["batch_first"] = False
        del values["time-major"]
    known |= options["network"]
    network = build_network(**known) if command.builds else None
    run = {**options["run"], **options["search"]}
    takes_against = any(option.name == "against" for option in command.options)
    given = "cell" in said
    return Request(network, run, values, given, known, words, options["file"], takes_against)


def _words(said: Mapping[str, Any], command: Command) -> tuple[dict[str, Any], dict[str, str]]:
    """The two sizes, where they are said, and the other words that the command takes.

    Raises:
        LstmcalcError: one is missing that is needed, or a size is none.
    """
    if command.builds and (HIDDEN not in said or INPUT not in said):
        what = "input size" if HIDDEN in said else "hidden size and input size"
        example = f"as in: {command.call} 128 28 (hidden, then input)"
        raise ConfigurationError(what, "missing", example)
    names = [word.name for word in command.takes if word.name not in (HIDDEN, INPUT)]
    for word in command.takes:
        if word.needed and word.name not in said:
            example = command.examples.split("\n")[0].split("  ")[1]
            raise ConfigurationError(f"the {word.name}", "missing", f"as in: {example}")
    sizes: dict[str, Any] = {}
    if HIDDEN in said:
        sizes["hidden_size"] = read_hidden(str(said[HIDDEN]))
    if INPUT in said:
        sizes["input_size"] = parse_size("input size", said[INPUT])
    return sizes, {name: str(said[name]) for name in names if name in said}


def read_hidden(said: str) -> list[int]:
    """The hidden size of every layer, one after the other with commas between.

    Raises:
        SizeError: one is no size, or the commas may mean thousands.
    """
    parts = said.removesuffix(",").split(",")
    joined = "".join(parts)
    if any(re.match(r"0\d", part) for part in parts[1:]):
        why = "commas separate the sizes of layers"
        raise SizeError(f"hidden size {said}", why, f"write {joined}")
    if THOUSANDS.fullmatch(said):
        why = f"it may be {joined} units, or {len(parts)} layers of {' and '.join(parts)}"
        raise SizeError(f"hidden size {said}", why, f"write {joined}, or {said}, for the layers")
    return [parse_size("hidden size", part) for part in parts]
