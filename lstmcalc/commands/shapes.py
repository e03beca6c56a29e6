"""`lstmcalc shapes`: every shape from x to the output."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.flags import in_flags
from lstmcalc.commands.known import SHAPES
from lstmcalc.commands.request import Request
from lstmcalc.flow import trace_shapes
from lstmcalc.render.pages.flow import page


def answer(request: Request, _: Progress) -> Answer:
    """The flow."""
    with in_flags(SHAPES):
        flow = trace_shapes(request.network, **request.run)
    return Answer(flow, lambda verdict: page(flow, verdict))
