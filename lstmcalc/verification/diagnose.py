"""Where outputs differ: which single mistake in the weights would explain what torch gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, permutations

import numpy as np

from lstmcalc.forward import Outputs, Weights
from lstmcalc.network import Place
from lstmcalc.readings.values import Array
from lstmcalc.tracing import BIAS_ROLES
from lstmcalc.verification.trial import Row, difference

Params = dict[str, Array]
MOST_MISTAKES = 500


def diagnose(
    rows: Sequence[Row], weights: Weights, gap: Callable[[Weights], float], tolerance: float
) -> tuple[str, str] | None:
    """The culprit's name and an explanation: gates swapped, a matrix transposed, a bias unused.

    Each mistake is made in our weights, in all layers and then in each, until our output is the
    model's, or `MOST_MISTAKES` were tried; None where none explains it.

    Args:
        rows: the parameters that the model holds.
        weights: the model's own.
        gap: how far our outputs with some weights are from the model's.
        tolerance: at most so far where they are equal.
    """
    places = list(weights.recurrent)
    every = chain.from_iterable(
        _mistakes(rows, weights, where) for where in [places, *([place] for place in places)]
    )
    for culprit, mistake in islice(every, MOST_MISTAKES):
        if gap(replace(weights, recurrent={**weights.recurrent, **mistake})) <= tolerance:
            return culprit, f"it computes with {culprit}"
    return None


def _mistakes(
    every: Sequence[Row], held: Weights, places: list[Place]
) -> Iterator[tuple[str, dict[Place, Params]]]:
    """Each culprit by name, with the weights of these places after the mistake."""
    rows = [row for row in every if row.place in places and row.own]
    weights = {place: dict(held.recurrent[place]) for place in places}
    gates = list(dict.fromkeys(row.gate for row in rows if row.gate))
    for order in sorted(permutations(gates), key=lambda order: _moved(gates, order)):
        swap = dict(zip(gates, order, strict=True))
        moved = [gate for gate in gates if swap[gate] != gate]
        if moved:
            tensors = _tensors(row for row in rows if row.gate in moved)
            yield (
                f"the gates {' and '.join(moved)} of {tensors} exchanged",
                _swapped(rows, weights, swap),
            )
    for role in dict.fromkeys(row.role for row in rows):
        alike = [row for row in rows if row.role == role]
        for part in [alike, *([row for row in alike if row.gate == gate] for gate in gates)]:
            where = _tensors(part) + (f" (gate {part[0].gate})" if alike != part != [] else "")
            if not role.startswith("W"):
                yield f"{where} left out", _changed(part, weights, np.zeros_like)
                yield f"{where} added twice", _changed(part, weights, lambda bias: 2 * bias)
                continue
            if all(_is_square(weights[row.place][row.own]) for row in part):
                yield f"{where} transposed", _changed(part, weights, np.transpose)
            yield f"{where} left out", _changed(part, weights, np.zeros_like)
    yield from _biases(rows, weights)
    for gate in gates:
        bias = [row for row in rows if row.gate == gate and row.role in BIAS_ROLES][:1]
        if bias:
            yield f"1 added to the bias of gate {gate}", _changed(bias, weights, lambda b: b + 1)


def _biases(
    rows: list[Row], weights: dict[Place, Params]
) -> Iterator[tuple[str, dict[Place, Params]]]:
    """The two biases of a gate taken for each other, or one of them for both."""
    pairs = [
        (one, other)
        for one in rows
        for other in rows
        if (one.role, other.role) == ("b_x", "b_h")
        and (one.place, one.gate) == (other.place, other.gate)
    ]
    if not pairs:
        return
    first, second = (_tensors(pair[k] for pair in pairs) for k in (0, 1))
    for words, order in (
        (f"the biases {first} and {second} exchanged", (1, 0)),
        (f"the bias {first} for {second} too", (0, 0)),
        (f"the bias {second} for {first} too", (1, 1)),
    ):
        changed = {place: dict(params) for place, params in weights.items()}
        for pair in pairs:
            for row, k in zip(pair, order, strict=True):
                changed[row.place][row.own] = weights[row.place][pair[k].own]
        yield words, changed


def _moved(gates: list[str], order: tuple[str, ...]) -> int:
    return sum(a != b for a, b in zip(gates, order, strict=True))


def _tensors(rows: Iterable[Row]) -> str:
    return ", ".join(dict.fromkeys(row.tensor for row in rows))


def _swapped(
    rows: list[Row], weights: dict[Place, Params], swap: Mapping[str, str]
) -> dict[Place, Params]:
    """Every gate with the parameters of the one it is exchanged with."""
    known = {(row.place, row.role, row.gate): weights[row.place][row.own] for row in rows}
    found = {place: dict(params) for place, params in weights.items()}
    for row in rows:
        other = (row.place, row.role, swap.get(row.gate, row.gate))
        found[row.place][row.own] = known.get(other, weights[row.place][row.own])
    return found


def _changed(
    rows: list[Row], weights: dict[Place, Params], change: Callable[[Array], Array]
) -> dict[Place, Params]:
    found = {place: dict(params) for place, params in weights.items()}
    for row in rows:
        found[row.place][row.own] = change(found[row.place][row.own])
    return found


def _is_square(matrix: Array) -> bool:
    rows, columns = matrix.shape
    return bool(rows == columns)


def first_difference(ours: Outputs, theirs: Outputs, tolerance: float) -> tuple[str, str]:
    """The first layer whose last state differs, and what to say of it."""
    for place in sorted(theirs.states):
        for name, state in theirs.states[place].items():
            apart = difference(ours.states[place][name], state)
            if not apart <= tolerance:
                direction = " reverse" if place[1] else ""
                culprit = f"layer {place[0]}{direction}"
                return culprit, f"{name} of {culprit} is the first to differ, by {apart:.1e}"
    return "output", "the last states agree, or the module does not give them"
