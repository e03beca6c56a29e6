"""`lstmcalc convert`: a file of weights, as another framework stores them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lstmcalc.commands.answer import Answer, Progress
from lstmcalc.commands.flags import flagged, in_flags
from lstmcalc.commands.known import CONVERT
from lstmcalc.commands.request import Request
from lstmcalc.commands.words import FILE
from lstmcalc.conversion import convert
from lstmcalc.errors import ConfigurationError, FileError
from lstmcalc.files.bounds import check_bytes
from lstmcalc.files.tensors import check_output, read_tensors, write_tensors
from lstmcalc.render.pages.conversion import page

MEMORY = 6
"""How many times its tensors a conversion takes, in double precision on the way."""


def answer(request: Request, progress: Progress) -> Answer:
    """The conversion, written where that is asked for."""
    for word in ("from", "to"):
        if word not in request.rest:
            remedy = "name a framework: --from torch --to keras"
            raise ConfigurationError(f"--{word}", "missing", remedy)
    place = request.rest.get("output", "")
    force = "force" in request.rest
    if place:
        check_output(Path(place), force)
    progress("reading")
    source = Path(request.words[FILE])
    held = read_tensors(source)
    if place and Path(place).exists() and source.samefile(place):
        raise FileError(place, "it is the file to convert", "choose another name")
    known = dict(request.known)
    if "one-way" in request.rest:
        if "bidirectional" in known:
            raise ConfigurationError("--one-way and --bidirectional", "one denies the other")
        known["bidirectional"] = False
    check_bytes(source, MEMORY * sum(array.nbytes for array in held.values()))
    with in_flags(CONVERT):
        found = convert(held, request.rest["from"], request.rest["to"], **known, **request.tensors)
    found = replace(found, notes=tuple(flagged(note, CONVERT) for note in found.notes))
    if place:
        progress("writing")
        write_tensors(Path(place), found.tensors, force)
    return Answer(found, lambda verdict: page(found, verdict, place))
