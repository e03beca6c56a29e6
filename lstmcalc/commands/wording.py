"""What an option means when nothing is said, and what is said as words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from shlex import join
from typing import Any

from lstmcalc.build import build_network
from lstmcalc.commands.known import Command
from lstmcalc.commands.request import OTHER_DEFAULTS
from lstmcalc.commands.words import Option
from lstmcalc.network import Network

LEFT_TO_NETWORK = ("batch_first", "dtype")
"""Of a run, and as the network has them where nothing is said."""


def default(command: Command, option: Option) -> Any:
    """What an option means when it is left out, from where the argument is defined."""
    if not option.argument:
        return OTHER_DEFAULTS.get(option.name)
    made_by: Any = build_network
    if option.group != "network" or not command.builds:
        module, name = command.function.split(":")
        made_by = getattr(import_module(module), name)
    parameters = signature(made_by).parameters
    if option.group == "file" and option.argument not in parameters:
        return None  # it is for what reads the file
    value = parameters[option.argument].default
    if value is None and option.argument in LEFT_TO_NETWORK:
        return getattr(Network, option.argument)
    return value


def words_of(command: Command, said: Mapping[str, Any]) -> list[str]:
    """The words after `lstmcalc`; options that the command does not take are left out."""
    takes = {option.name: option.takes for option in command.options}
    placed = [word.name for word in command.takes]
    words = [command.name] if command.name else []
    for name, value in command.fitting(said).items():
        words += [] if name in placed else [f"--{name}"]
        words += [str(value)] if takes.get(name) != "nothing" else []
    return words


def command_line(command: Command, said: Mapping[str, Any]) -> str:
    """What to type in a shell.

    >>> from lstmcalc.commands.known import MAIN, STEP
    >>> said = {"hidden-size": "128", "input-size": "28", "classes": "10", "batch": "4"}
    >>> command_line(MAIN, said)
    'lstmcalc 128 28 --classes 10 --batch 4'
    >>> command_line(STEP, said)
    'lstmcalc step 128 28 --classes 10'
    """
    return join(["lstmcalc", *words_of(command, said)])
