"""Showing a subject: the page at once and then its proof, or one document with the proof in it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lstmcalc.cli.parse import Request
from lstmcalc.cli.status import CHECK_FAILED, FINE
from lstmcalc.verdict import Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from lstmcalc.render.page import Page

NOT_ASKED = Verdict(reason="the proof was left out (--no-verify)")
Progress = Callable[[str], None]


def show(request: Request, subject: Any, page: Callable[[Verdict | None], Page]) -> int:
    """Print the subject's page and verdict; the exit status says whether a check failed."""
    verdict = NOT_ASKED
    if request.format != "table":
        if request.verify:
            verdict = _prove(request, subject)
        module = import_module(f"lstmcalc.render.{request.format}")
        written = page(verdict)
        sys.stdout.write(module.render(written))
        if request.format == "csv" and written.records is not None:
            print(f"lstmcalc: {verdict.summary}", file=sys.stderr)  # such rows have no room for it
    else:
        from lstmcalc.render import terminal

        out = console()
        terminal.print_page(page(None), out)
        sys.stdout.flush()  # the answer is on the screen before torch is loaded
        if request.verify:
            verdict = _prove(request, subject)
        terminal.print_verdict(verdict, out)
    sys.stdout.flush()
    return CHECK_FAILED if verdict.outcome == "failed" else FINE


def _prove(request: Request, subject: Any) -> Verdict:
    from lstmcalc.verification import verify

    with progress() as say:
        return verify(subject, device=request.rest.get("device"), progress=say)


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
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("working") as status:
        yield lambda doing: status.update(f"{doing} …")
