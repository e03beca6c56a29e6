"""A command of the command line that is pasted into the app."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lstmcalc.commands.words import HIDDEN, INPUT
from lstmcalc.errors import LstmcalcError
from lstmcalc.tui.form import options

PROGRAM = "lstmcalc"
ReadWords = Callable[[Sequence[str]], Mapping[str, Any]]
"""From the words after the program's name to what they say for each option."""


class Pasted(NamedTuple):
    """What a command says for the options of the form, and what is to be told about it."""

    said: Mapping[str, Any]
    told: str


def pasted_command(text: str, read_words: ReadWords) -> Pasted | None:
    """What a pasted command says; None where the text is no command of ours."""
    line = next(iter(text.replace("\\\n", " ").strip().splitlines()), "").removeprefix("$ ")
    if line.split()[:1] != [PROGRAM]:
        return None
    try:
        said = read_words(shlex.split(line)[1:])
    except (LstmcalcError, ValueError) as error:  # of a quotation without an end
        return Pasted({}, f"{error}; nothing is changed")
    rows = [option.name for option in options()]
    fitting = {name: said[name] for name in rows if name in said}
    if not {HIDDEN, INPUT} <= fitting.keys():
        return Pasted({}, "the command has no network with both its sizes; nothing is changed")
    others = [name for name in said if name not in fitting]
    told = f"without {', '.join(others)}, which the form has not" if others else ""
    return Pasted(fitting, told)
