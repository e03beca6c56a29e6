"""In words: what is given, and the space that was searched."""

from __future__ import annotations

from collections.abc import Sequence

from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.explanation.apart import WORDS
from lstmcalc.explanation.given import LEFT_OUT, Given
from lstmcalc.explanation.space import (
    CLASSES,
    EVERY,
    FEW_CLASSES,
    FEW_LENGTHS,
    INPUTS,
    LARGE_HIDDEN,
    LENGTHS,
    ROUND_HIDDEN,
    VOCABULARIES,
    Space,
)
from lstmcalc.explanation.stacks import unequal_words


def given_words(given: Given) -> str:
    """What is given, as in `hidden 128, input 28`."""
    told = [WORDS[name](getattr(given, name)) for name in given.names]
    return ", ".join(told)


def searched_words(space: Space) -> dict[str, str]:
    """What was searched for each choice; what is given is said so."""
    given = space.given
    ways = {False: "one direction", True: "two directions"}
    found = {
        "cell": ", ".join(cell.name for cell in space.cells),
        "biases": ", ".join(BIAS_NAMES[bias] for bias in space.biases),
        "layers": ", ".join(map(str, space.layers)),
        "unequal layers": _unequal(space),
        "directions": " or ".join(ways[both] for both in space.directions),
        "hidden size": _hidden(space),
        "input size": _inputs(space),
        "embedding": _embedding(space),
        "head": _head(space),
        "projection": "none",
        "not tried": _not_tried(space),
    }
    names = {
        "cell": "cell", "biases": "bias", "directions": "bidirectional",
        "hidden size": "hidden_size", "input size": "input_size", "embedding": "vocab_size",
        "head": "num_classes", "projection": "proj_size", "layers": "num_layers",
    }  # fmt: skip
    for row, name in names.items():
        value = getattr(given, name)
        if value is not None:
            none = name in LEFT_OUT and value == 0
            words = WORDS[name](value).removeprefix("hidden ").removeprefix("input ")
            found[row] = "none, as given" if none else f"{words}, as given"
    if isinstance(given.hidden_size, tuple):
        found["layers"] = f"{len(given.hidden_size) * (given.num_layers or 1)}, as given"
    if given.tie_weights:
        found["head"] = "tied to the embedding, as given"
    return found


def _unequal(space: Space) -> str:
    """Which stacks of unequal layers there are, and of what sizes."""
    if space.given.hidden_size is not None:
        return "none, as the sizes are given"
    if not space.any_unequal:
        return "none" if space.solves else "none, for a rounded total"
    return unequal_words(space.layers)


def _not_tried(space: Space) -> str:
    """What a network may have and the space has not."""
    given = space.given
    other = given.hidden_size is None and given.num_layers != 1
    more = given.num_layers is None and not isinstance(given.hidden_size, tuple)
    return "; ".join([
        *(["other unequal layers"] * other),
        *([f"more than {max(space.layers)} layers"] * more),
        "layers of several kinds; parts beside these",
    ])  # fmt: skip


def _hidden(space: Space) -> str:
    if not space.solves:
        return _usual(ROUND_HIDDEN)
    every = f"every one to {EVERY:,}, {len(LARGE_HIDDEN)} round ones to {LARGE_HIDDEN[-1]:,}"
    if space.given.input_size is not None or not any(space.embeddings):
        return every
    return f"{every}; with an embedding {len(ROUND_HIDDEN)} usual ones to {ROUND_HIDDEN[-1]:,}"


def _inputs(space: Space) -> str:
    plain = "any, solved for" if space.solves else _usual(INPUTS)
    if not any(space.embeddings):
        return plain
    vectors = f"{_usual(LENGTHS)}, or the hidden size"
    if space.any_unequal:
        vectors += f" (of unequal layers {len(FEW_LENGTHS)}, or the first)"
    if space.given.vocab_size:
        return "any, solved for" if space.solves else vectors
    return f"{plain}; with an embedding {vectors}"


def _embedding(space: Space) -> str:
    words = "any number of words, solved for" if space.solves else f"{_usual(VOCABULARIES)} words"
    return words if space.embeddings == (True,) else f"none, or {words}"


def _head(space: Space) -> str:
    given = space.given
    usual = _usual(CLASSES if space.solves else FEW_CLASSES)
    if space.any_unequal and any(space.embeddings):
        usual += f" ({len(FEW_CLASSES)} of unequal layers with an embedding)"
    free = given.vocab_size == 0 or given.vocab_size is not None
    if space.solves and given.input_size is not None and free:
        usual = "any number of classes, solved for"
    elif space.solves and given.input_size is not None:
        usual = f"classes: any, solved for, with an embedding {usual}"
    else:
        usual = f"classes: {usual}"
    told = ["none", usual]
    if not all(space.embeddings):
        told.append("as many as inputs")
    if any(space.embeddings):
        told.append("as many as words" + ", tied or not" * (given.tie_weights is None))
    return "; ".join(told)


def _usual(sizes: Sequence[int]) -> str:
    return f"{len(sizes)} usual ones to {max(sizes):,}"
