"""`--plot FILE`: a picture beside the text, written whole or not at all."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lstmcalc.commands.request import Request
from lstmcalc.errors import ConfigurationError, FileError
from lstmcalc.save import check_place

ENDINGS = (".png", ".svg", ".pdf")


def picture_path(request: Request) -> Path | None:
    """Where the picture is to go, or nothing; asked before any long work.

    Raises:
        LstmcalcError: it cannot be drawn or written there.
    """
    if "plot" not in request.rest:
        return None
    path = Path(request.rest["plot"])
    if path.suffix.lower() not in ENDINGS:
        raise FileError(f"--plot {path}", f"its ending must be one of {', '.join(ENDINGS)}")
    check_place(path, replace="force" in request.rest, remedy="add --force to replace it")
    if find_spec("matplotlib") is None:
        remedy = "install it with: pip install 'lstmcalc[plot]'"
        raise ConfigurationError("--plot", "matplotlib is not installed", remedy)
    return path


def save_picture(path: Path | None, subject: Any) -> None:
    """Draw the subject, where a picture is asked for."""
    if path is not None:
        from lstmcalc.render import plot

        plot.save(plot.draw(subject), path)
        print(f"lstmcalc: the picture is in {path}", file=sys.stderr)
