"""Lines for the standard error: what failed, what was written, what is being done."""

from __future__ import annotations

import sys

from lstmcalc.errors import clean


def write_line(message: str) -> None:
    """One line, whatever names it holds."""
    print(f"lstmcalc: {clean(message)}", file=sys.stderr, flush=True)
