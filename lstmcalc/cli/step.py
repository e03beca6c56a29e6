"""`lstmcalc step`: the forward pass, step by step."""

from __future__ import annotations

from typing import Any

from lstmcalc.cli.parse import Request
from lstmcalc.cli.picture import picture_path, save_picture
from lstmcalc.cli.show import Progress, progress, show
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.files import read_sequence, read_weights
from lstmcalc.render.pages.walk import page
from lstmcalc.verdict import Verdict
from lstmcalc.walk import step_through


def run(request: Request) -> int:
    """Print the walk and the verdict."""
    at, picture = request.rest.get("at"), picture_path(request)
    with progress() as say:
        say("stepping")
        walk = step_through(request.network, **_arguments(request))
    if at is not None and at > walk.seq_len:
        raise SizeError(f"--at {at}", f"there are {walk.seq_len} steps, counted from 1")
    save_picture(picture, "walk", walk)

    def prove(say: Progress) -> Verdict:
        from lstmcalc.verification import verify

        return verify(walk, progress=say)

    return show(request, lambda verdict: page(walk, verdict, at), prove)


def _arguments(request: Request) -> dict[str, Any]:
    """The words as arguments, with files in place of what would be drawn."""
    found, rest = dict(request.run), request.rest
    if "weights" in rest:
        found["weights"] = read_weights(rest["weights"], request.network)
    if "input" in rest:
        x = found["x"] = read_sequence(rest["input"], request.network)
        steps = found.pop("seq_len", None)
        if steps is not None and steps > len(x):
            raise ConfigurationError(
                f"--seq-len {steps}", f"{rest['input']} has {len(x)} steps", "leave it out"
            )
        found["x"] = x[:steps]
    return found
