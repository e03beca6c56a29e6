"""`lstmcalc step`: the forward pass, step by step."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.known import STEP
from lstmcalc.commands.request import Request
from lstmcalc.commands.weights import given_weights
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.files import read_sequence
from lstmcalc.render.pages.walk import page
from lstmcalc.walk import Walk, step_through


def answer(request: Request, progress: Progress) -> Answer:
    """The walk."""
    at = request.rest.get("at")
    progress("stepping")
    walk = _walk(request)
    if at is not None and at > walk.seq_len:
        raise SizeError(f"--at {at}", f"there are {walk.seq_len} steps, counted from 1")
    return Answer(walk, lambda verdict: page(walk, verdict, at, "formula" in request.rest))


def _walk(request: Request) -> Walk:
    """The walk, with files in place of what would be drawn."""
    arguments, rest = dict(request.run), request.rest
    arguments["weights"] = given_weights(request, STEP)
    if "input" not in rest:
        return step_through(request.network, **arguments)
    x = read_sequence(rest["input"], request.network)
    steps = arguments.pop("seq_len", len(x))
    if steps > len(x):
        why = f"{rest['input']} has {len(x)} steps"
        raise ConfigurationError(f"--seq-len {steps}", why, "leave it out")
    walk = step_through(request.network, x=x[:steps], **arguments)
    cut = f", the first {steps} of its {len(x)} steps" if steps < len(x) else ""
    return replace(walk, x_source=f"from {Path(rest['input']).name}{cut}")
