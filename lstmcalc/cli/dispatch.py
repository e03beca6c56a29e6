"""From the words to the command they call."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from lstmcalc.cli.first_word import check_first_word
from lstmcalc.cli.parse import given, is_flag, parser, read_words, words
from lstmcalc.cli.show import show
from lstmcalc.cli.status import FINE
from lstmcalc.commands.known import COMMANDS, MAIN, TUI, TUTORIAL
from lstmcalc.commands.request import read_request
from lstmcalc.errors import ConfigurationError

SERVED = "TEXTUAL_DRIVER"
"""Set where a server shows the app in a browser."""


def run(argv: Sequence[str]) -> int:
    """Carry out the command that the first word names, or the main one; return its exit status."""
    if not argv and _watched():
        argv = [TUI.name]
    first = argv[0].lower() if argv else ""
    if first == TUTORIAL:
        from lstmcalc.cli.tutorial import run as walk

        return walk(argv[1:], run)
    command = COMMANDS.get(first, MAIN)
    if command is MAIN and first and not is_flag(first):
        check_first_word(argv[0])
    arguments = parser(command).parse_args(words(argv if command is MAIN else argv[1:], command))
    if arguments.help:
        command = COMMANDS.get(next(iter(arguments.words), ""), command)
        from lstmcalc.cli.help import help_text

        print(help_text(command), end="", flush=True)
        return FINE
    if arguments.version:
        from lstmcalc import __version__

        print(f"lstmcalc {__version__}", flush=True)
        return FINE
    said = given(arguments, command)
    if command is TUI:
        if not (_watched() or "serve" in said or SERVED in os.environ):
            remedy = "run it in one, or add --serve for a browser"
            raise ConfigurationError(TUI.call, "it needs a terminal to show the app in", remedy)
        import_module(TUI.module).run(said, read_words)
        return FINE
    return show(command, read_request(said, command))


def _watched() -> bool:
    """Whether somebody sits at both ends."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams)
