"""`lstmcalc shapes`: every shape from x to the output."""

from __future__ import annotations

from lstmcalc.cli.parse import Request
from lstmcalc.cli.show import Progress, show
from lstmcalc.flow import trace_shapes
from lstmcalc.render.pages.flow import page
from lstmcalc.verdict import Verdict


def run(request: Request) -> int:
    """Print the flow and the verdict."""
    flow = trace_shapes(request.network, **request.run)

    def prove(say: Progress) -> Verdict:
        from lstmcalc.verification import verify

        return verify(flow, progress=say)

    return show(request, lambda verdict: page(flow, verdict), prove)
