"""The entry point: which command, and what a failure looks like."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TextIO

from lstmcalc.cli.status import FINE, INTERRUPTED, NOT_WRITTEN, USAGE
from lstmcalc.cli.stderr import write_line
from lstmcalc.errors import LstmcalcError, NotWrittenError
from lstmcalc.transliteration import HANDLER


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        _prepare()
        from lstmcalc.cli.dispatch import run  # an interrupt while it loads is one too

        return run(sys.argv[1:] if argv is None else list(argv))
    except NotWrittenError as error:
        _say(str(error))
        return NOT_WRITTEN
    except LstmcalcError as error:
        _say(str(error))
        return USAGE
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _silence(sys.stdout)  # the reader went away, as `| head` does
        return FINE
    except OSError as error:
        _say(f"the output could not be written: {error.strerror or error}")
        _silence(sys.stdout)
        return NOT_WRITTEN


def _prepare() -> None:
    """Make the streams usable: what an old code page lacks, such as σ, is written in ASCII.

    Raises:
        OSError: there is no standard output.
    """
    if sys.stdout is None:
        raise OSError("the standard output is closed")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)


def _say(message: str) -> None:
    """One line for the standard error, where there is one to write to."""
    try:
        write_line(message)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO | None) -> None:
    """Lead a stream nowhere: Python writes out what is left at its end, and would complain."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
