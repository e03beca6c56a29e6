"""The entry point: which command, and what a failure looks like."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from lstmcalc.cli.status import FINE, INTERRUPTED, NOT_WRITTEN, USAGE
from lstmcalc.errors import LstmcalcError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    try:
        _prepare()
        from lstmcalc.cli.calculate import run  # an interrupt while it loads is one too

        return run(sys.argv[1:] if argv is None else list(argv))
    except LstmcalcError as error:
        print(f"lstmcalc: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("lstmcalc: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _silence()  # the reader went away, as `| head` does
        return FINE
    except OSError as error:
        print(f"lstmcalc: the output could not be written: {error.strerror}", file=sys.stderr)
        _silence()
        return NOT_WRITTEN


def _prepare() -> None:
    """Make the streams usable: closed ones lead nowhere, and old code pages replace what they lack.

    A console without σ must not end in an error.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _silence() -> None:
    """Lead the output nowhere: Python writes out what is left at its end, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
