"""`--plot FILE`: a picture beside the text, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lstmcalc.cli.stderr import write_line
from lstmcalc.commands.request import Request
from lstmcalc.errors import ConfigurationError, FileError
from lstmcalc.save import check_place

ENDINGS = (".png", ".svg", ".pdf")


def saver(request: Request) -> Callable[[Any], None]:
    """What draws a subject and saves the picture.

    Raises:
        LstmcalcError: it cannot be drawn or written there.
    """
    path = Path(request.rest["plot"])
    if path.suffix.lower() not in ENDINGS:
        raise FileError(f"--plot {path}", f"its ending must be one of {', '.join(ENDINGS)}")
    replace = "force" in request.rest
    check_place(path, replace, "add --force to replace it")
    if find_spec("matplotlib") is None:
        remedy = "install it with: pip install 'lstmcalc[plot]'"
        raise ConfigurationError("--plot", "matplotlib is not installed", remedy)

    def save(subject: Any) -> None:
        from lstmcalc.render import plot

        plot.save(plot.draw(subject), path, replace)
        write_line(f"the picture is in {path}")

    return save
