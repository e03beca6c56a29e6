"""A command's answer printed: a table at once, then its proof, or one document with both in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any

from lstmcalc.cli.status import CHECK_FAILED, FINE
from lstmcalc.cli.stderr import write_line
from lstmcalc.commands.answer import Progress, answer, prove, write
from lstmcalc.commands.known import Command
from lstmcalc.commands.request import Request
from lstmcalc.printable import printable
from lstmcalc.transliteration import HANDLER

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


def show(command: Command, request: Request) -> int:
    """Print the answer and the verdict; the exit status says whether a check failed."""
    save_picture = _picture(request)
    with progress() as say:
        found = answer(command, request, say)
    save_picture(found.subject)
    if request.format != "table":
        with progress() as say:
            verdict = prove(request, found.subject, say)
        page = found.page(verdict)
        _print(write(request, page))
        if request.format == "csv" and page.records is not None:
            for one in verdict.every:  # such rows have no room for it
                write_line(one.summary)
    else:
        from lstmcalc.render import terminal

        out = console()
        terminal.print_page(found.page(None), out)
        sys.stdout.flush()  # the answer is on the screen before torch is loaded
        with progress() as say:
            verdict = prove(request, found.subject, say)
        for one in verdict.every:
            terminal.print_verdict(one, out)
    sys.stdout.flush()
    return CHECK_FAILED if any(one.outcome == "failed" for one in verdict.every) else FINE


def _print(document: str) -> None:
    """Print a document, in UTF-8 wherever it goes but on a terminal.

    That is JSON's and SVG's encoding, and what readers of the other formats expect; a code page
    would take the signs that it lacks out of the names.
    """
    if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors=HANDLER)
    sys.stdout.write(document)


def _picture(request: Request) -> Callable[[Any], None]:
    """What saves a picture of the subject, where one is asked for; checked before any long work."""
    if "plot" not in request.rest:
        return lambda _: None
    from lstmcalc.cli.picture import saver  # imports pathlib

    return saver(request)


def console() -> Console:
    """The terminal; a reader that goes away is not an error."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1, which means a failed check here

    return Terminal(highlight=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """A line that says what is being done, where somebody watches the standard error."""
    shown: list[Status] = []

    def show_progress(doing: str) -> None:
        if not sys.stderr.isatty():
            return
        from rich.text import Text

        if not shown:
            shown.append(_status())
        shown[0].update(Text(printable(f"{doing} …")))

    try:
        yield show_progress
    finally:
        for status in shown:
            status.stop()


def _status() -> Status:
    from rich.console import Console

    status = Console(stderr=True).status("working")
    status.start()
    return status
