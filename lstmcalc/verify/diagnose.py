"""Where outputs differ: which single mistake in the weights would explain what torch gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np

from lstmcalc.forward import Outputs
from lstmcalc.network import Place
from lstmcalc.verify.trial import Held, Trial, greatest_difference

Params = dict[str, Any]


def diagnose(trial: Trial) -> tuple[str, str]:
    """The culprit's name and an explanation: gates swapped, a matrix transposed, a bias unused.

    Each mistake is made in our weights, in all layers and then in each, until our output is
    torch's. Where none explains it, the first layer whose state differs is named.
    """
    inputs = trial.draw(2, 1)
    theirs = trial.measure(inputs).outputs
    places = list(trial.weights.recurrent)
    for where in [places, *([place] for place in places)]:
        for culprit, mistake in _mistakes(trial, where):
            recurrent = {**trial.weights.recurrent, **mistake}
            ours = trial.compute(replace(trial.weights, recurrent=recurrent), inputs)
            if greatest_difference(ours, theirs) <= trial.model.tolerance:
                return culprit, f"torch computes with {culprit}"
    return _first_difference(trial, trial.compute(trial.weights, inputs), theirs)


def _mistakes(
    trial: Trial, places: list[Place]
) -> Iterator[tuple[str, Mapping[Place, Params]]]:
    held = [h for h in trial.held if h.place in places and h.own]
    gates = list(dict.fromkeys(h.gate for h in held if h.gate))
    weights = trial.weights.recurrent
    for order in sorted(permutations(gates), key=lambda order: _moved(gates, order)):
        moved = [gate for gate, other in zip(gates, order, strict=True) if gate != other]
        if moved:
            swap = dict(zip(gates, order, strict=True))
            tensors = _tensors(h for h in held if h.gate in moved)
            yield (
                f"the gates {' and '.join(moved)} of {tensors} exchanged",
                {place: _exchanged(held, place, weights[place], swap) for place in places},
            )
    for role in dict.fromkeys(h.role for h in held):
        alike = [h for h in held if h.role == role]
        for part in [alike, *([h for h in alike if h.gate == gate] for gate in gates)]:
            names = _tensors(part) + (f" (gate {part[0].gate})" if len(part) < len(alike) else "")
            if role.startswith("W"):
                if all(_square(weights, h) for h in part):
                    yield f"{names} transposed", _changed(weights, places, part, np.transpose)
            else:
                yield f"{names} left out", _changed(weights, places, part, np.zeros_like)


def _moved(gates: list[str], order: tuple[str, ...]) -> int:
    return sum(a != b for a, b in zip(gates, order, strict=True))


def _tensors(held: Any) -> str:
    return ", ".join(dict.fromkeys(h.tensor for h in held))


def _exchanged(
    held: list[Held], place: Place, params: Mapping[str, Any], swap: Mapping[str, str]
) -> Params:
    """Every gate takes the parameters of the one it is exchanged with."""
    here = [h for h in held if h.place == place]
    by_gate = {(h.role, h.gate): params[h.own] for h in here if h.own}
    found = dict(params)
    for h in here:
        if h.own and h.gate:
            found[h.own] = by_gate.get((h.role, swap[h.gate]), params[h.own])
    return found


def _square(weights: Mapping[Place, Mapping[str, Any]], held: Held) -> bool:
    assert held.place is not None
    assert held.own is not None
    rows, columns = weights[held.place][held.own].shape
    return bool(rows == columns)


def _changed(
    weights: Mapping[Place, Mapping[str, Any]], places: list[Place], part: list[Held], change: Any
) -> dict[Place, Params]:
    found = {place: dict(weights[place]) for place in places}
    for h in part:
        assert h.place is not None
        assert h.own is not None
        found[h.place][h.own] = change(found[h.place][h.own])
    return found


def _first_difference(trial: Trial, ours: Outputs, theirs: Outputs) -> tuple[str, str]:
    for place in sorted(theirs.states):
        for name, state in theirs.states[place].items():
            difference = float(np.max(np.abs(ours.states[place][name] - state)))
            if not difference <= trial.model.tolerance:
                direction = " reverse" if place[1] else ""
                culprit = f"layer {place[0]}{direction}"
                return culprit, f"{name} of {culprit} is the first to differ, by {difference:.1e}"
    return "output", "the last states agree, or the module does not give them"
