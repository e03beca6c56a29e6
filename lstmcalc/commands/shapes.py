"""`lstmcalc shapes`: every shape from x to the output."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.request import Request
from lstmcalc.errors import ConfigurationError
from lstmcalc.flow import trace_shapes
from lstmcalc.render.pages.flow import page


def answer(request: Request, _: Progress) -> Answer:
    """The flow."""
    run = dict(request.run)
    if "time-major" in request.rest:
        if "batch_first" in run:
            raise ConfigurationError("--batch-first and --time-major", "one denies the other")
        run["batch_first"] = False
    flow = trace_shapes(request.network, **run)
    return Answer(flow, lambda verdict: page(flow, verdict))
