"""The weights of a file that a command is given, and which of its tensors are meant."""

from __future__ import annotations

from lstmcalc.commands.flags import in_flags
from lstmcalc.commands.known import Command
from lstmcalc.commands.request import Request
from lstmcalc.errors import ConfigurationError
from lstmcalc.files import read_weights
from lstmcalc.forward import Weights


def given_weights(request: Request, command: Command) -> Weights | None:
    """The weights, where a file of them is given.

    Raises:
        ConfigurationError: a tensor is named and there is no file.
    """
    if "weights" in request.rest:
        with in_flags(command):
            return read_weights(request.rest["weights"], request.network, **request.tensors)
    for option in command.options:
        if option.argument in request.tensors:
            why = "no file of weights is given"
            raise ConfigurationError(f"--{option.name}", why, "add --weights FILE")
    return None
