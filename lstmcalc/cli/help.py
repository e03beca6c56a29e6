"""What `--help` prints: each option with its choices and default from where they are defined."""

from __future__ import annotations

from importlib import import_module
from inspect import signature

from lstmcalc.cli.commands import Command
from lstmcalc.cli.parse import OTHER_DEFAULTS, parser
from lstmcalc.cli.words import Option
from lstmcalc.network import build_network


def help_text(command: Command) -> str:
    """What `--help` prints, with each option's choices and default from where they are defined."""
    found = parser(command)
    told = {option.name.replace("-", "_"): _help(command, option) for option in command.options}
    for action in found._actions:  # argparse has no public list of them
        action.help = told.get(action.dest, action.help)
    return found.format_help()


def _help(command: Command, option: Option) -> str:
    """What it does, with its choices and its default from where they are defined."""
    listed = option.choices and option.takes != "nothing"
    said = f"{option.help}: {', '.join(option.choices)}" if listed else option.help
    default: object = OTHER_DEFAULTS.get(option.name)
    if option.argument:
        module, name = command.function.split(":")
        made_by = build_network
        if option.group != "network":
            made_by = getattr(import_module(module), name)
        default = signature(made_by).parameters[option.argument].default
    if isinstance(default, tuple):
        default = ",".join(f"{part:g}" if isinstance(part, float) else part for part in default)
    return said if default in (None, False, "") else f"{said} (default {default})"
