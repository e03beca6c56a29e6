"""The main command: the answer at once, then the proof."""

from __future__ import annotations

from lstmcalc.cli.parse import Request
from lstmcalc.cli.show import Progress, show
from lstmcalc.render.pages.report import page
from lstmcalc.report import calculate
from lstmcalc.verdict import Verdict


def run(request: Request) -> int:
    """Print the report and the verdict."""
    report = calculate(request.network, **request.run)
    formula, backward = "formula" in request.rest, "backward" in request.rest

    def prove(say: Progress) -> Verdict:
        from lstmcalc.verification import verify

        return verify(report, device=request.rest.get("device"), progress=say)

    return show(request, lambda verdict: page(report, verdict, formula, backward), prove)
