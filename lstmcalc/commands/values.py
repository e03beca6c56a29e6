"""What is said for an option, as what it means: sizes, numbers, choices, cells, lists of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, nan
from typing import Any

from lstmcalc.cell_names import PROJECTED, SYNONYMS, one_way, unknown_cell
from lstmcalc.cells import CELLS
from lstmcalc.commands.words import FRAMEWORKS, VALUE_WORDS, Option
from lstmcalc.conventions.words import framework_name
from lstmcalc.errors import ConfigurationError, SizeError, UnknownNameError
from lstmcalc.sizes import parse_size

LONGEST_SEED = 18


def read_value(option: Option, said: Any) -> Any:
    """What was said for an option, as what it means."""
    if option.takes in ("nothing", "file"):
        return said
    if option.takes in LISTS:
        parts = [part.strip() for part in str(said).strip("()[] ").split(",")]
        found = tuple(LISTS[option.takes](option, part) for part in parts if part)
        if not found:
            raise SizeError(f"--{option.name} {said!r}", "the list is empty", "give one at least")
        return found
    return SINGLE[option.takes](option, str(said).strip())


def _size(option: Option, said: str) -> int | None:
    if option.zero and said.strip().lower() in ("0", "none"):
        return None
    return parse_size(f"--{option.name}", said)


def _choice(option: Option, said: str) -> str:
    """One of the option's choices, by any of its words; a device may have a number."""
    if option.name in FRAMEWORKS:
        return framework_name(f"--{option.name}", said, option.choices)
    word = said.lower()
    found = VALUE_WORDS.get(option.name, {}).get(word, word)
    kind = found.partition(":")[0] if option.name == "device" else found
    if kind not in option.choices:
        raise UnknownNameError(f"--{option.name}", said, option.choices)
    return found


def _seed(option: Option, said: str) -> int:
    if not said.isdecimal() or len(said) > LONGEST_SEED:
        raise SizeError(f"--{option.name} {said!r}", "it takes a whole number from 0 on")
    return int(said)


def _number(option: Option, said: str) -> float:
    try:
        found = float(said)
    except ValueError:
        found = nan
    if not isfinite(found):
        raise SizeError(f"--{option.name} {said!r}", "it takes a number such as 1 or 0.5")
    return found


def _word(option: Option, said: str) -> str:
    """One of the choices where there are any; else the word as it is said."""
    return _choice(option, said) if option.choices else said.lower()


def _cell(option: Option, said: str) -> str:
    """A cell by any of its names."""
    word, name, both = read_cell(said)
    if both:
        remedy = "add --bidirectional"
        raise ConfigurationError(f"--{option.name} {said}", "a direction is the network's", remedy)
    if not name:
        raise unknown_cell(said, option.choices, f"--{option.name}")
    return word if word == PROJECTED else name  # whether there is a projection is seen later


SINGLE: Mapping[str, Callable[[Option, str], Any]] = {
    "size": _size, "word": _choice, "seed": _seed,
}  # fmt: skip
LISTS: Mapping[str, Callable[[Option, str], Any]] = {
    "sizes": _size, "words": _word, "cells": _cell, "numbers": _number,
}  # fmt: skip
"""How what an option takes is read, alone or in a list with commas."""


def read_cell(said: str) -> tuple[str, str, bool]:
    """A cell's word without its `bi`, the cell it means or nothing, and whether it had a `bi`."""
    word, both = one_way(said)
    name = SYNONYMS.get(word, word)
    return word, name if name in CELLS else "", both
