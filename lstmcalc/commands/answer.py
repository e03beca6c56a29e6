"""What a command answers: a subject, and the page that shows it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from lstmcalc.commands.known import Command
from lstmcalc.commands.request import Request
from lstmcalc.render.page import Page
from lstmcalc.verdict import Verdict

Progress = Callable[[str], None]
NOT_ASKED = Verdict(reason="the proof was left out (--no-verify)")


class Answer(NamedTuple):
    """What was computed, such as a report, and its page with the verdict that is known."""

    subject: Any
    page: Callable[[Verdict | None], Page]


def answer(command: Command, request: Request, progress: Progress) -> Answer:
    """Compute what the command is asked for."""
    found: Answer = import_module(command.module).answer(request, progress)
    return found


def prove(request: Request, subject: Any, progress: Progress) -> Verdict:
    """Compare the subject with the framework, unless the proof was left out."""
    if not request.verify:
        return NOT_ASKED
    from lstmcalc.verification import verify

    device = request.rest.get("device")
    return verify(subject, against=request.against, device=device, progress=progress)


def write(request: Request, page: Page) -> str:
    """The page as text in the request's format, which is no table."""
    text: str = import_module(f"lstmcalc.render.{request.format}").render(page)
    return text
