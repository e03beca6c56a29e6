"""A message of Python in the words of a command: `cell=gru` as `--cell gru`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from lstmcalc.commands.known import Command
from lstmcalc.commands.words import OPPOSITES
from lstmcalc.errors import LstmcalcError


def flagged(message: str, command: Command) -> str:
    """The message with each `argument=value` of the command as its flag.

    >>> from lstmcalc.commands.known import CONVERT
    >>> flagged("choose one with head_tensor=fc.weight", CONVERT)
    'choose one with --head-tensor fc.weight'
    >>> flagged("say bidirectional=True or bidirectional=False", CONVERT)
    'say --bidirectional or --one-way'
    >>> from lstmcalc.commands.known import SHAPES
    >>> flagged("x and batch_size: the batch follows from x", SHAPES)
    '--x and --batch: the batch follows from x'
    """
    options = {option.argument: option for option in command.options if option.argument}

    def flag(match: re.Match[str]) -> str:
        option = options[match[1]]
        if option.takes == "nothing":
            return f"--{option.name if match[2] == 'True' else OPPOSITES[option.name]}"
        return f"--{option.name} {match[2]}"

    names = "|".join(map(re.escape, options))
    message = re.sub(rf"(?<![\w.])({names})=([^\s;,:]+)", flag, message)
    what, colon, why = message.partition(":")
    arguments = what.split(" and ")
    if len(arguments) > 1 and all(name in options for name in arguments):
        what = " and ".join(f"--{options[name].name}" for name in arguments)
    return f"{what}{colon}{why}"


@contextmanager
def in_flags(command: Command) -> Iterator[None]:
    """Whatever goes wrong meanwhile is said in the flags of the command.

    Raises:
        LstmcalcError: the same one, in other words.
    """
    try:
        yield
    except LstmcalcError as error:
        error.args = (flagged(str(error), command),)
        raise
