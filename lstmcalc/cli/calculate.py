"""The main command: the answer at once, then the proof."""

from __future__ import annotations

from lstmcalc.cli.parse import Request
from lstmcalc.cli.show import show
from lstmcalc.render.pages.report import page
from lstmcalc.report import calculate


def run(request: Request) -> int:
    """Print the report and the verdict."""
    report = calculate(request.network, **request.run)
    formula, backward = "formula" in request.rest, "backward" in request.rest
    return show(request, report, lambda verdict: page(report, verdict, formula, backward))
