"""`lstmcalc shapes`: every shape from x to the output."""

from __future__ import annotations

from lstmcalc.cli.parse import Request
from lstmcalc.cli.show import show
from lstmcalc.flow import trace_shapes
from lstmcalc.render.pages.flow import page


def run(request: Request) -> int:
    """Print the flow and the verdict."""
    flow = trace_shapes(request.network, **request.run)
    return show(request, flow, lambda verdict: page(flow, verdict))
