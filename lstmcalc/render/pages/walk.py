"""The page of a walk: what each step read, what its gates said, and what it handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import prod
from typing import Any

import numpy as np

from lstmcalc import algebra as ops
from lstmcalc.algebra import PRE
from lstmcalc.cells import GATE_WORDS
from lstmcalc.network import Network, Place
from lstmcalc.readings.values import Array
from lstmcalc.render.documents import network_data
from lstmcalc.render.equations import equation_sections
from lstmcalc.render.page import Page, Records
from lstmcalc.render.pages.network import network_words, plural
from lstmcalc.render.strip import LEVELS, rows, strip
from lstmcalc.render.table import Cell, Drawing, Real, Table
from lstmcalc.verdict import Verdict
from lstmcalc.walk import Step, Walk, largest, scale

SMALL = 8
"""Networks of at most so many units and features are shown number by number."""
STRIP = 24
WIDE_STRIP = 64
MOST_MOVED = 3
MOST_STEPS = 6
"""Longer walks show every step in the overview, and one of them in full."""
MOST_CLASSES = 12


def page(
    walk: Walk, verdict: Verdict | None = None, at: int | None = None, formula: bool = False
) -> Page:
    """All there is to show of a walk; `at` chooses one step, `formula` adds the equations."""
    title, detail = network_words(walk.network)
    steps = plural(walk.seq_len, "step")
    return Page(
        f"{title}: {steps}",
        f"{detail}; {walk.source}",
        _result(walk),
        tuple(_tables(walk, at)),
        lambda: _data(walk),
        partial(equation_sections, walk.network) if formula else None,
        verdict,
        records=lambda: _records(walk),
    )


def _result(walk: Walk) -> str:
    """That one set of weights served every step, from what each step really read."""
    sets = [{step.fingerprint for step in steps} for steps in walk.steps.values()]
    count = sum(
        prod(a.shape)
        for params in walk.recording.weights.recurrent.values()
        for a in params.values()
    )
    times = f"run {plural(walk.seq_len, 'time')}"
    if len(sets) == 1:
        many = plural(len(sets[0]), "set")
        return f"one cell, {times} with {many} of weights: {count:,} numbers"
    own = "one set" if all(len(found) == 1 for found in sets) else "several sets"
    cells = f"{len(sets)} cells (one for each layer and direction)"
    return f"{cells}, each {times} with {own} of weights: {count:,} numbers in all"


def _tables(walk: Walk, at: int | None) -> Iterator[Table]:
    small = all(
        layer.hidden_size <= SMALL and size <= SMALL
        for layer, size in zip(walk.network.layers, walk.network.input_sizes, strict=True)
    )
    for place, steps in walk.steps.items():
        yield _overview(walk, place, steps)
        if small:
            yield from _matrices(walk, place)
    shown = [at] if at is not None else range(1, walk.seq_len + 1)
    if at is None and walk.seq_len > MOST_STEPS:
        shown = [walk.seq_len]
    for t in shown:
        for steps in walk.steps.values():
            step = steps[t - 1]
            yield _numbers(walk, step) if small else _summary(walk, step, whole=at is not None)
    if walk.logits is not None and walk.probabilities is not None:
        yield _head(walk.logits, walk.probabilities)


def _where(walk: Walk, place: Place) -> str:
    words = place_words(walk.network, place)
    return f", {words}" if words else ""


def place_words(network: Network, place: Place) -> str:
    """The layer and direction, where there are several."""
    parts = [f"layer {place[0]}"] if len(network.layers) > 1 else []
    if network.layers[place[0]].bidirectional:
        parts.append("reverse" if place[1] else "forward")
    return " ".join(parts)


def _overview(walk: Walk, place: Place, steps: tuple[Step, ...]) -> Table:
    """Each state over time, and the fingerprint of the weights that every step read."""
    states = walk.network.layers[place[0]].graph.states
    reach = {name: max(largest(step.values[name]) for step in steps) for name in states}
    rows_: list[tuple[Cell, ...]] = [
        (
            step.t,
            *(strip(step.values[n], -reach[n], reach[n], STRIP) for n in reversed(states)),
            _moved(step, 1),
            step.fingerprint,
        )
        for step in steps
    ]
    titles = {"c": "c(t), long-term", "h": "h(t), working"}
    ends = ", ".join(f"{name} within ±{reach[name]:.2g}" for name in reversed(states))
    return Table(
        f"Over time{_where(walk, place)}",
        ("t", *(titles.get(n, f"{n}(t)") for n in reversed(states)), "h moved most", "weights"),
        tuple(rows_),
        f"{ends}: ▁ lowest, █ highest. The same weights (by their checksum) at every step.",
        spare=(len(states) + 1,),
    )


def _matrices(walk: Walk, place: Place) -> Iterator[Table]:
    """The one set of weights, number by number."""
    layer = walk.network.layers[place[0]]
    weights = walk.recording.weights.recurrent[place]
    for param in layer.graph.params:
        if len(param.shape) > 1:
            matrix = weights[param.name]
            heads = tuple(f"{param.role[-1]}[{i}]" for i in range(matrix.shape[1]))
            biases = [
                p for p in layer.graph.params if p.gate == param.gate and len(p.shape) == 1
                and p.role[1:] in ("", param.role[1:])
            ]  # fmt: skip
            body = tuple(
                (unit, *map(Real, matrix[unit]), *(Real(weights[b.name][unit]) for b in biases))
                for unit in range(len(matrix))
            )
            names = (param.name, *heads, *(bias.name for bias in biases))
            yield Table(f"{param.name}{_where(walk, place)}", names, body)


def _names(step: Step) -> Iterator[tuple[str, str]]:
    """Each vector's key, and what to call it."""
    for name in step.values:
        if name == "x" or name.endswith(step.before):
            yield name, "x(t)" if name == "x" else _before(name)
        elif name.startswith(PRE):
            yield name, f"{name}(t)"
        else:
            word = GATE_WORDS.get(name, "")
            yield name, f"{name}(t) {word}" if word and name != "h" else f"{name}(t)"


def _before(name: str) -> str:
    """A state before, with a minus sign and not a hyphen."""
    return name.replace("-", "−")


def _title(walk: Walk, step: Step) -> str:
    return f"Step {step.t} of {walk.seq_len}{_where(walk, step.place)}"


def _joined(walk: Walk, step: Step) -> str:
    """Which gates read the joined vector: those whose matrix is applied to h itself, and to x."""
    graph = walk.network.layers[step.place[0]].graph
    h, x = len(step.values[f"h{step.before}"]), len(step.values["x"])
    alone = {
        node.args[0].gate
        for node in graph.nodes
        if isinstance(node, ops.MatVec)
        and isinstance(node.args[0], ops.Param)
        and node.args[1] is graph.inputs["h"]
    }
    joined = [gate for gate in graph.gates if gate in graph.concatenated and gate in alone]
    apart = [gate for gate in graph.gates if gate not in joined]
    before = _before(f"h{step.before}")
    if not joined:
        return f"no gate reads {before} and x(t) joined"
    note = f"[{before}, x(t)]: {h} + {x} = {h + x} numbers, read by every gate"
    return f"{note} but {', '.join(apart)}" if apart else note


def _applied(step: Step) -> str:
    """What a pre-activation is, by the first there is."""
    first = next((name for name in step.values if name.startswith(PRE)), "")
    own = first.removeprefix(PRE)
    return f"{first} is what {own}'s function is applied to." if first else ""


def _legend(step: Step) -> str:
    units = max(map(len, step.values.values()))
    shared = f"A bar is the mean of up to {-(-units // STRIP)} units. " if units > STRIP else ""
    return f"{_applied(step)} {shared}Sigmoids from 0 to 1, all else around 0."


def _numbers(walk: Walk, step: Step) -> Table:
    """Every number of a small step."""
    width = max(len(values) for values in step.values.values())
    body: list[tuple[Cell, ...]] = []
    for name, words in _names(step):
        values = [Real(value) for value in step.values[name]]
        body.append((words, *values, *[""] * (width - len(values))))
    columns = ("vector", *(f"[{unit}]" for unit in range(width)))
    return Table(
        _title(walk, step), columns, tuple(body), f"{_joined(walk, step)}. {_applied(step)}"
    )


def _summary(walk: Walk, step: Step, whole: bool) -> Table:
    """Each vector of a large step as a strip, with its mean and its ends."""
    body: list[tuple[Cell, ...]] = []
    lines: list[str] = []
    named = list(_names(step))
    label = max(len(words) for _, words in named)
    for name, words in named:
        values = step.values[name]
        low, high = scale(walk, step, name)
        numbers = (Real(values.mean()), Real(values.min()), Real(values.max()))
        body.append((words, len(values), strip(values, low, high, STRIP), *numbers))
        for index, line in enumerate(rows(values, low, high, WIDE_STRIP)):
            lines.append(f"{words if index == 0 else '':<{label}}  {line}")
    return Table(
        _title(walk, step),
        ("vector", "units", f"low {LEVELS} high", "mean", "min", "max"),
        tuple(body),
        f"{_joined(walk, step)}. Moved most, h: {_moved(step)}. {_legend(step)}",
        spare=(1,),
        drawing=Drawing(tuple(lines)) if whole else Drawing(()),
    )


def _moved(step: Step, most: int = MOST_MOVED) -> str:
    """The units of h that moved most, with how far."""
    moved = step.moved()
    order = np.argsort(-np.abs(moved))[:most]
    return ", ".join(f"[{unit}] {moved[unit]:+.2f}" for unit in order)


def _head(logits: Array, probabilities: Array) -> Table:
    """The head's logits and their softmax: of the last step, or each step's likeliest."""
    if len(logits) > 1:
        best = [int(row.argmax()) for row in probabilities]
        body: list[tuple[Cell, ...]] = [
            (t, best[t - 1], Real(logits[t - 1, best[t - 1]]), float(probabilities[t - 1].max()))
            for t in range(1, len(logits) + 1)
        ]
        return Table(
            "Head, likeliest class at each step", ("t", "class", "logit", "softmax"), tuple(body)
        )
    order = sorted(range(logits.shape[1]), key=lambda c: -probabilities[0, c])[:MOST_CLASSES]
    body = [(c, Real(logits[0, c]), float(probabilities[0, c])) for c in sorted(order)]
    rest = logits.shape[1] - len(order)
    note = f"and {rest:,} less likely; " if rest else ""
    note += "softmax turns logits into probabilities that add up to 1"
    return Table("Head on the last step", ("class", "logit", "softmax"), tuple(body), note)


def _data(walk: Walk) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.step",
        "network": network_data(walk.network),
        "source": walk.source,
        "weights": [
            {"layer": place[0], "direction": place[1], "arrays": _lists(params)}
            for place, params in walk.recording.weights.recurrent.items()
        ],
        "steps": [
            {
                "t": step.t,
                "layer": step.place[0],
                "direction": step.place[1],
                "weights": step.fingerprint,
                "values": _lists(step.values),
            }
            for steps in walk.steps.values()
            for step in steps
        ],
        "logits": None if walk.logits is None else walk.logits.tolist(),
        "softmax": None if walk.probabilities is None else walk.probabilities.tolist(),
    }


def _lists(arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {name: array.tolist() for name, array in arrays.items()}


def _records(walk: Walk) -> Records:
    yield ("t", "layer", "direction", "vector", "unit", "value")
    for steps in walk.steps.values():
        for step in steps:
            for name, values in step.values.items():
                for unit, value in enumerate(values.tolist()):
                    yield (step.t, *step.place, name, unit, repr(value))
    for name, found in (("logit", walk.logits), ("softmax", walk.probabilities)):
        if found is not None:
            first = walk.seq_len - len(found) + 1
            for t, row in enumerate(found.tolist(), start=first):
                for unit, value in enumerate(row):
                    yield (t, "", "", name, unit, repr(value))
