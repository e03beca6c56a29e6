"""A walk as the app shows it: every vector over time, which crosses from one process to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lstmcalc.errors import SizeError
from lstmcalc.network import Place
from lstmcalc.readings.values import Array
from lstmcalc.render.pages.walk import place_words
from lstmcalc.walk import History, Walk, histories

MOST_BYTES = 64 * 10**6


class Film(NamedTuple):
    """What each layer and direction did over time, where x and the weights are from, and the head.

    `probabilities` are [T, C] where the head reads every step, [1, C] where it reads the last;
    `guessed` is what each of the C is, a word of the vocabulary or a class.
    """

    tracks: Mapping[Place, tuple[History, ...]]
    names: Mapping[Place, str]
    seq_len: int
    source: str
    probabilities: Array | None
    guessed: str


def film(walk: Walk) -> Film:
    """What there is to show of a walk.

    Raises:
        SizeError: it is more than the app can hold.
    """
    tracks = {place: histories(walk, place) for place in walk.steps}
    size = sum(track.values.nbytes for own in tracks.values() for track in own)
    if size > MOST_BYTES:
        raise SizeError(
            f"{walk.seq_len:,} steps to draw",
            f"their values take {size / 1e6:,.0f} MB, and a film holds {MOST_BYTES / 1e6:,.0f} MB",
            "take fewer steps, or the command line",
        )
    return Film(
        tracks,
        {place: place_words(walk.network, place) for place in walk.steps},
        walk.seq_len,
        walk.source,
        walk.probabilities,
        "word" if walk.network.vocab_size == walk.network.num_classes else "class",
    )
