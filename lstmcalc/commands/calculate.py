"""The main command: a network's report."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.request import Request
from lstmcalc.conventions.known import adopt, find_convention
from lstmcalc.errors import ConfigurationError
from lstmcalc.network import Network
from lstmcalc.render.pages.report import page
from lstmcalc.report import calculate


def answer(request: Request, _: Progress) -> Answer:
    """The report, with formulas and the backward pass where they are asked for."""
    report = calculate(_adopted(request), **request.run)
    formula, backward = "formula" in request.rest, "backward" in request.rest
    return Answer(report, lambda verdict: page(report, verdict, formula, backward))


def _adopted(request: Request) -> Network:
    """The network, with the biases of the framework whose convention is asked for.

    Raises:
        ConfigurationError: it keeps others than those that are asked for.
    """
    if "convention" not in request.run:
        return request.network
    convention = find_convention(request.run["convention"])
    adopted = adopt(request.network, convention)
    if "bias" in request.known and adopted != request.network:
        kept, asked = adopted.layers[0].bias, request.network.layers[0].bias
        why = f"{convention.title} keeps {kept} for this cell"
        raise ConfigurationError(f"--bias {asked}", why, "leave it out")
    return adopted
