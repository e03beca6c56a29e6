"""The main command: a network's report."""

from __future__ import annotations

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.flags import in_flags
from lstmcalc.commands.known import MAIN
from lstmcalc.commands.request import Request
from lstmcalc.conventions.known import adopt, find_convention
from lstmcalc.errors import ConfigurationError
from lstmcalc.render.pages.report import page
from lstmcalc.report import calculate


def answer(request: Request, _: Progress) -> Answer:
    """The report, with formulas and the backward pass where they are asked for."""
    _check_bias(request)
    with in_flags(MAIN):
        report = calculate(request.network, **request.run)
    formula, backward = "formula" in request.rest, "backward" in request.rest
    return Answer(report, lambda verdict: page(report, verdict, formula, backward))


def _check_bias(request: Request) -> None:
    """Raise where the framework whose convention is asked for keeps other biases than are said.

    Raises:
        ConfigurationError: it does.
    """
    if "convention" in request.run and "bias" in request.known:
        convention = find_convention(request.run["convention"])
        asked, kept = (
            network.layers[0].bias
            for network in (request.network, adopt(request.network, convention))
        )
        if asked != kept:
            why = f"{convention.title} keeps {kept} for this cell"
            raise ConfigurationError(f"--bias {asked}", why, "leave it out")
