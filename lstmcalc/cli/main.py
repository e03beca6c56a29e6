"""The entry point: which command, and what a failure looks like."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from lstmcalc.cli.calculate import run
from lstmcalc.cli.status import FINE, INTERRUPTED, USAGE
from lstmcalc.errors import LstmcalcError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    _tolerate(sys.stdout)
    _tolerate(sys.stderr)
    try:
        return run(sys.argv[1:] if argv is None else list(argv))
    except LstmcalcError as error:
        print(f"lstmcalc: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("lstmcalc: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as `| head` does; Python would complain at exit
        return FINE


def _tolerate(stream: TextIO) -> None:
    """Replace what the stream's encoding lacks: a code page without σ must not end in an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
