"""`lstmcalc reconcile`: the same network in every framework."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.request import Request
from lstmcalc.reconciliation import reconcile
from lstmcalc.render.pages.reconciliation import page


def answer(request: Request, _: Progress) -> Answer:
    """The reconciliation."""
    found = reconcile(request.network)
    return Answer(found, lambda verdict: page(found, verdict))
