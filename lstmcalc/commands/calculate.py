"""The main command: a network's report."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.request import Request
from lstmcalc.render.pages.report import page
from lstmcalc.report import calculate


def answer(request: Request, _: Progress) -> Answer:
    """The report, with formulas and the backward pass where they are asked for."""
    report = calculate(request.network, **request.run)
    formula, backward = "formula" in request.rest, "backward" in request.rest
    return Answer(report, lambda verdict: page(report, verdict, formula, backward))
