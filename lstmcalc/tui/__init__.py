"""The app: `lstmcalc tui`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lstmcalc.commands.known import TUI
from lstmcalc.commands.values import read_value
from lstmcalc.commands.wording import words_of
from lstmcalc.commands.words import HIDDEN, INPUT
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.tui.presets import PRESETS

if TYPE_CHECKING:
    from lstmcalc.tui.pasted import ReadWords

PORT = 8000
HIGHEST_PORT = 65535
START = PRESETS[0].said
"""The network of an app that is opened on none."""


def run(said: Mapping[str, Any], read_words: ReadWords | None = None) -> None:
    """Open the app on what is said for each option, and wait until it is left.

    `read_words` reads the words of a command that is pasted.

    Raises:
        LstmcalcError: it makes no network, or there is nowhere to show it.
    """
    from lstmcalc.tui.views.view import read

    begun = {name: value for name, value in said.items() if name not in ("serve", "port")}
    if not begun:
        begun = dict(START)
    elif not begun.keys() & {HIDDEN, INPUT}:
        begun = {HIDDEN: START[HIDDEN], INPUT: START[INPUT], **begun}
    read(begun)  # a mistake is told before the screen is taken
    if "serve" in said:
        _serve(begun, said.get("port"))
        return
    if "port" in said:
        raise ConfigurationError("--port", "nothing is served", "add --serve")
    from lstmcalc.tui.app import LstmcalcApp

    LstmcalcApp(begun, read_words=read_words).run()


def _serve(begun: Mapping[str, Any], port: Any) -> None:
    found = PORT
    if port is not None:
        option = next(option for option in TUI.options if option.name == "port")
        found = read_value(option, port)
        if found > HIGHEST_PORT:
            raise SizeError(f"--port {found}", f"ports go up to {HIGHEST_PORT}")
    if find_spec("textual_serve") is None:
        remedy = "install it with: pip install 'lstmcalc[serve]'"
        raise ConfigurationError("--serve", "textual-serve is not installed", remedy)
    from lstmcalc.tui.serve import serve

    serve(words_of(TUI, begun), found)
