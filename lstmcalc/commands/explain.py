"""`lstmcalc explain`: which networks have a total of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.known import MAIN
from lstmcalc.commands.request import Request
from lstmcalc.commands.wording import command_line, default
from lstmcalc.commands.words import HIDDEN, INPUT, OTHER, TOTAL
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.explanation import explain
from lstmcalc.render.pages.explanation import page

MOST_PRINTED = 1_000
DENIED = {"one-way": "bidirectional", "untied": "tie_weights"}


def answer(request: Request, progress: Progress) -> Answer:
    """The explanation."""
    known: dict[str, Any] = {
        name: 0 if value is None else value for name, value in request.known.items()
    }
    for flag, name in DENIED.items():
        if flag in request.rest:
            if name in known:
                why = "one of them denies what the other says"
                raise ConfigurationError(f"--{flag} and --{name}".replace("_", "-"), why)
            known[name] = False
    most = request.run.get("most", 0)
    if most > MOST_PRINTED:
        raise SizeError(f"--top {most}", f"at most {MOST_PRINTED:,} are printed")
    words = request.words
    found = explain(words[TOTAL], words.get(OTHER), **known, **request.run, progress=progress)
    return Answer(found, lambda verdict: page(found, verdict, show_command, show_option))


def show_option(name: str) -> str:
    """The option that gives the argument of that name.

    >>> show_option("hidden_size"), show_option("num_classes")
    ('--hidden-size', '--classes')
    """
    words = {"hidden_size": HIDDEN, "input_size": INPUT}
    named = {option.argument: option.name for option in MAIN.options if option.group == "network"}
    return f"--{words.get(name) or named[name]}"


def show_command(choices: Mapping[str, Any]) -> str:
    """The command that shows the network of these choices.

    >>> from lstmcalc.cells import lstm
    >>> show_command({"hidden_size": 128, "input_size": 28, "cell": lstm, "num_classes": 10})
    'lstmcalc 128 28 --classes 10'
    """
    hidden = choices["hidden_size"]
    sizes = ",".join(map(str, hidden)) if isinstance(hidden, list) else str(hidden)
    said: dict[str, Any] = {HIDDEN: sizes, INPUT: str(choices["input_size"])}
    for option in MAIN.options:
        value = choices.get(option.argument) if option.group == "network" else None
        if option.argument == "cell" and value is not None:
            value = value.name
        if option.argument == "num_classes" and choices.get("tie_weights"):
            continue  # as many as words, which a tied head says by itself
        if value and value != default(MAIN, option):
            said[option.name] = value if value is True else str(value)
    return command_line(MAIN, said)
