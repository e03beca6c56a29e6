"""The main command: the answer at once, then the proof."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from lstmcalc.cli.parse import Request, help_text, parse, parser, words
from lstmcalc.cli.status import CHECK_FAILED, FINE
from lstmcalc.report import Report, calculate
from lstmcalc.verdict import Verdict

NOT_ASKED = Verdict(reason="the proof was left out (--no-verify)")


def run(argv: Sequence[str]) -> int:
    """Print the report and the verdict; the exit status says whether a check failed."""
    arguments = parser().parse_args(words(argv))
    if arguments.help:
        print(help_text(), end="", flush=True)
        return FINE
    if arguments.version:
        from lstmcalc import __version__

        print(f"lstmcalc {__version__}", flush=True)
        return FINE
    request = parse(arguments)
    report = calculate(request.network, **request.run)
    show = _table if request.format == "table" else _document
    verdict = show(request, report)
    sys.stdout.flush()
    return CHECK_FAILED if verdict.outcome == "failed" else FINE


def _table(request: Request, report: Report) -> Verdict:
    """For people: the report is on the screen before torch is loaded."""
    from rich.console import Console

    from lstmcalc.render import terminal

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1, which means a failed check here

    console = Terminal(highlight=False)
    terminal.print_report(report, console)
    if request.formula:
        terminal.print_formulas(report, console)
    sys.stdout.flush()
    verdict = _prove(request, report)
    terminal.print_verdict(verdict, console)
    return verdict


def _document(request: Request, report: Report) -> Verdict:
    """For files and programs: one document, the verdict in it."""
    verdict = _prove(request, report)
    module = import_module(f"lstmcalc.render.{request.format}")
    sys.stdout.write(module.render(report, verdict, request.formula))
    return verdict


def _prove(request: Request, report: Report) -> Verdict:
    if not request.verify:
        return NOT_ASKED
    from lstmcalc.verification import verify

    with _progress() as progress:
        return verify(report, device=request.device, progress=progress)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, where somebody watches the standard error."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("proving") as status:
        yield lambda doing: status.update(f"proving: {doing} …")
