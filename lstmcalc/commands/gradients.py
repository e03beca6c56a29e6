"""`lstmcalc gradients`: how far back the gradient reaches."""

from __future__ import annotations

from typing import Any

from lstmcalc.cell_names import check_projection
from lstmcalc.cells import find_cell
from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.known import GRADIENTS
from lstmcalc.commands.request import Request
from lstmcalc.commands.weights import given_weights
from lstmcalc.errors import ConfigurationError
from lstmcalc.network import Network
from lstmcalc.reach import CELLS, gradient_reach
from lstmcalc.render.pages.reach import page

DRAWN = {"cells": "--cells", "forget_biases": "--forget-bias", "inits": "--init"}


def comparable(network: Network) -> list[str]:
    """The usual cells that can take the place of the network's: not all can project."""
    projects = [name for name in CELLS if find_cell(name).graph("double").projects]
    return projects if _projected(network) else list(CELLS)


def _projected(network: Network) -> bool:
    return any(layer.proj_size is not None for layer in network.layers)


def _forgets(name: str) -> bool:
    return "f" in find_cell(name, projected=True).graph("double").gates


def answer(request: Request, progress: Progress) -> Answer:
    """The reach."""
    reach = gradient_reach(request.network, progress=progress, **_arguments(request))
    return Answer(reach, lambda verdict: page(reach, verdict))


def _arguments(request: Request) -> dict[str, Any]:
    """What to draw, or the file's weights; and the cells, where the words say them."""
    arguments = dict(request.run)
    weights = given_weights(request, GRADIENTS)
    if weights is not None:
        given = [flag for name, flag in DRAWN.items() if name in arguments]
        if given:
            why = "a file's weights are taken as they are"
            raise ConfigurationError(f"{given[0]} with --weights", why, "leave one of them out")
        arguments["weights"] = weights
    elif request.cell_given and "cells" in arguments:
        raise ConfigurationError("a cell and --cells", "both say which cells", "leave one out")
    elif request.cell_given:
        arguments["cells"] = (request.network.layers[0].cell.name,)
    elif "cells" not in arguments:
        arguments["cells"] = comparable(request.network)
    names = arguments.get("cells", ())
    for name in names:
        check_projection(name, _projected(request.network), "add --proj N, or say lstm")
    if "forget_biases" in arguments and not any(map(_forgets, names)):
        raise ConfigurationError("--forget-bias", f"{', '.join(names)} has no forget gate")
    return arguments
