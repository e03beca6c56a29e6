"""From what is said for each option to a network, a run and what to do with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmcalc.commands.known import Command
from lstmcalc.commands.values import read_value
from lstmcalc.commands.words import FORMATS, HIDDEN, INPUT
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.network import Network, build_network
from lstmcalc.oracles.known import ORACLES, TORCH
from lstmcalc.sizes import parse_size

OTHER_DEFAULTS = {"format": FORMATS[0]}


class Request(NamedTuple):
    """What was asked for: a network, the arguments of the command's function, and the rest."""

    network: Network
    run: Mapping[str, Any]
    rest: Mapping[str, Any]
    cell_given: bool
    bias_given: bool

    @property
    def format(self) -> str:
        """How the answer is written."""
        return str(self.rest.get("format", OTHER_DEFAULTS["format"]))

    @property
    def against(self) -> tuple[str, ...]:
        """The frameworks to prove the answer by: torch, and the one whose convention it is in."""
        own = self.run.get("convention")
        usual = dict.fromkeys((TORCH, own) if own in ORACLES else (TORCH,))
        return tuple(self.rest.get("against", usual))

    @property
    def verify(self) -> bool:
        """Whether the answer is to be proved."""
        return "no-verify" not in self.rest


def read_request(said: Mapping[str, Any], command: Command) -> Request:
    """Make the network of what is said for each option, and sort the rest.

    Raises:
        LstmcalcError: the words make no network; the message says what to change.
    """
    hidden, input_size = _sizes(said, command)
    values = {
        option.name: read_value(option, said[option.name])
        for option in command.options
        if option.name in said
    }
    if "head" in values and not values.keys() & {"classes", "tie-weights"}:
        raise ConfigurationError("--head", "there is no head", "give the number of --classes")
    options: dict[str, dict[str, Any]] = {"network": {}, "run": {}}
    for option in command.options:
        if option.name in values and option.argument:
            options[option.group][option.argument] = values.pop(option.name)
    network = build_network(input_size, hidden, **options["network"])
    return Request(network, options["run"], values, "cell" in said, "bias" in said)


def _sizes(said: Mapping[str, Any], command: Command) -> tuple[list[int], int]:
    hidden, features = said.get(HIDDEN), said.get(INPUT)
    if hidden is None or features is None:
        what = "hidden size and input size" if hidden is None else "input size"
        example = f"as in: {command.call} 128 28 (hidden, then input)"
        raise ConfigurationError(what, "missing", example)
    return read_hidden(str(hidden)), parse_size("input size", features)


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
    if re.fullmatch(r"\d,\d{3}", said):
        why = f"it may be {joined} units, or two layers of {' and '.join(parts)}"
        raise SizeError(f"hidden size {said}", why, f"write {joined}, or {said}, for the layers")
    return [parse_size("hidden size", part) for part in parts]
