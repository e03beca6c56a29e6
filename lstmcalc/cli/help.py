"""What `--help` prints: each option with its choices and default from where they are defined."""

from __future__ import annotations

from lstmcalc.cli.parse import parser
from lstmcalc.commands.known import Command
from lstmcalc.commands.wording import default as default_of
from lstmcalc.commands.words import Option


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
    default = default_of(command, option)
    if isinstance(default, tuple):
        default = ",".join(f"{part:g}" if isinstance(part, float) else part for part in default)
    return said if default in (None, False, "") else f"{said} (default {default})"
