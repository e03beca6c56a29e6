"""`lstmcalc tutorial`: the guided walk in the terminal, every command run as it is told."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from shlex import split

from lstmcalc.cli.show import console
from lstmcalc.cli.status import CHECK_FAILED, FINE
from lstmcalc.commands.known import TUTORIAL, TUTORIAL_SUMMARY
from lstmcalc.errors import ConfigurationError
from lstmcalc.tutorial import CHAPTERS, Chapter, Claim

WIDTH = 80
MARKS = ("✓ ", "◐ ", "✗ ", "○ ")
"""What the line with a verdict begins with."""


Command = Callable[[Sequence[str]], int]
"""Carries out the words of a command."""


def run(argv: Sequence[str], command: Command) -> int:
    """Walk through every chapter, or one; where somebody watches, wait after each."""
    if any(word in ("-h", "--help") for word in argv):
        print(_help(), end="", flush=True)
        return FINE
    chapters = [*enumerate(CHAPTERS, start=1)]
    if argv:
        chapters = [chapters[_chapter(argv) - 1]]
    watched = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    failed = 0
    for number, chapter in chapters:
        failed += _tell(number, chapter, command)
        if watched and number < chapters[-1][0] and not _go_on():
            break
    return CHECK_FAILED if failed else FINE


def _help() -> str:
    lines = [
        f"usage: lstmcalc {TUTORIAL} [CHAPTER]", "", TUTORIAL_SUMMARY, "", "chapters:",
        *(f"  {number}  {chapter.title}" for number, chapter in enumerate(CHAPTERS, start=1)),
    ]  # fmt: skip
    return "\n".join([*lines, ""])


def _chapter(argv: Sequence[str]) -> int:
    said = " ".join(argv)
    number = int(said) if said.isdecimal() and len(said) < len("1000") else 0
    if not 1 <= number <= len(CHAPTERS):
        remedy = f"say a number from 1 to {len(CHAPTERS)}, or none for all of them"
        raise ConfigurationError(f"chapter {said!r}", "there is no such chapter", remedy)
    return number


def _tell(number: int, chapter: Chapter, command: Command) -> int:
    """Tell one chapter; how many of its claims were not shown."""
    from rich.text import Text

    out = console()
    out.print(Text(f"\n{number}. {chapter.title}", "bold"))
    missing = 0
    for claim in chapter.claims:
        out.print(Text(f"\n{claim.text}"))
        out.print(Text(f"$ {claim.command}", "green"))
        sys.stdout.flush()  # the command may take a moment
        found, verdict = prove(claim, command)
        for text, there in found.items():
            missing += not there
            mark, style = ("│", "cyan") if there else ("✗ not shown:", "bold red")
            out.print(Text(f"  {mark} {text}", style))
        out.print(Text(f"  {verdict}", "dim"))
        sys.stdout.flush()
    return missing


def prove(claim: Claim, command: Command) -> tuple[dict[str, bool], str]:
    """Run a claim's command: whether it showed each thing it should, and its verdict."""
    output = io.StringIO()
    with redirect_stdout(output), _of_width(WIDTH):
        status = command(split(claim.command)[1:])
    lines = output.getvalue().splitlines()
    whole = " ".join(output.getvalue().split())
    verdict = next((line for line in lines if line.startswith(MARKS)), "")
    return {text: status == FINE and text in whole for text in claim.shows}, verdict


@contextmanager
def _of_width(columns: int) -> Iterator[None]:
    """Narrow terminals leave columns of tables out: what is looked for must not be in one."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(columns)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def _go_on(ask: Callable[[str], str] = input) -> bool:
    try:
        return not ask("\nEnter goes on, q stops: ").strip().lower().startswith("q")
    except EOFError:
        return False
