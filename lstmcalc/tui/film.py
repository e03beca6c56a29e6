"""A walk as the app shows it: every vector over time, which crosses from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lstmcalc.network import Place
from lstmcalc.readings.values import Array
from lstmcalc.render.pages.walk import place_words
from lstmcalc.walk import History, Walk, histories


class Film(NamedTuple):
    """What each layer and direction did over time, where x and the weights are from, and the head.

    `probabilities` are [T, C] where the head reads every step, [1, C] where it reads the last.
    """

    tracks: Mapping[Place, tuple[History, ...]]
    names: Mapping[Place, str]
    seq_len: int
    source: str
    probabilities: Array | None


def film(walk: Walk) -> Film:
    """What there is to show of a walk."""
    return Film(
        {place: histories(walk, place) for place in walk.steps},
        {place: place_words(walk.network, place) for place in walk.steps},
        walk.seq_len,
        walk.source,
        walk.probabilities,
    )
