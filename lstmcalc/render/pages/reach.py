"""The page of a reach: how fast each gradient fades or grows, and what that means."""

from __future__ import annotations

from math import isfinite
from string import ascii_uppercase
from typing import Any

from lstmcalc.reach import LOST, Curve, Reach
from lstmcalc.render.braille import log_plot
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page, Records
from lstmcalc.render.pages.network import plural
from lstmcalc.render.table import Cell, Real, Table
from lstmcalc.verdict import Verdict

WIDTH, HEIGHT = 68, 16
LEVEL = 1.01
"""A gradient that stays within this factor of where it began stays as it is."""
LOWEST = 1e-24
"""The plot ends here: far below what any number format can add to 1."""


def page(
    reach: Reach, verdict: Verdict | None = None, width: int = WIDTH, height: int = HEIGHT
) -> Page:
    """All there is to show of a reach, its plot of so many characters."""
    first = reach.curves[0].network
    hidden = ", ".join(str(layer.hidden_size) for layer in first.layers)
    ways = ", two directions" if first.layers[0].bidirectional else ""
    drawn = "weights, x and the loss from" if reach.weights is None else "x and the loss from"
    own = "" if reach.weights is None else f"weights {reach.weights.source}, "
    return Page(
        f"How far the gradient reaches: {reach.seq_len} steps, hidden {hidden}, input "
        f"{first.input_size}{ways}",
        f"float64, batch {reach.batch_size}, {own}{drawn} seed {reach.seed}; the loss reads the "
        "last step alone",
        lesson(reach),
        (_plot(reach, width, height), *_words(reach)),
        lambda: _data(reach),
        verdict=verdict,
        records=lambda: _records(reach),
    )


def lesson(reach: Reach) -> str:
    """What the curves say together, in one line."""
    known = {curve.label: curve for curve in reach.curves}
    plain, gru = known.get("LSTM"), known.get("GRU")
    best = max(reach.curves, key=lambda curve: curve.factor)
    lstms = [curve for curve in reach.curves if curve.network.layers[0].cell.name == "lstm"]
    biased = max(
        (curve for curve in lstms if curve.start is not None and curve.start.forget_bias),
        key=lambda curve: curve.factor,
        default=None,
    )
    told = []
    if plain is not None and gru is not None:
        told.append(f"as drawn, the LSTM's gradient {pace(plain)}, the GRU's {pace(gru)}")
    if plain is not None and biased is not None and biased.start is not None:
        bias = biased.start.forget_bias
        whose = "the LSTM's" if told else "it"
        told = told or [f"as drawn, the LSTM's gradient {pace(plain)}"]
        told.append(f"with a forget bias of {bias:g} {whose} {pace(biased)}")
    if not told:
        told = [f"{best.label}: the gradient {pace(best)}"]
        if best.steady:
            told = [f"{best.label}: a step back multiplies the gradient by {best.factor:.3g}"]
    return "; ".join(told)


def _plot(reach: Reach, width: int, height: int) -> Table:
    """The curves, and what each comes to."""
    body: list[tuple[Cell, ...]] = []
    for letter, curve in zip(_letters(reach), reach.curves, strict=True):
        body.append(
            (
                f"{letter}  {curve.label}",
                Real(curve.factor) if curve.steady else None,
                pace(curve),
                Real(curve.left),
                curve.outcome,
            )
        )
    return Table(
        "Norm of ∂L/∂(h, c), relative to the last step's, by steps back",
        ("curve", "per step", "pace", f"left after {reach.seq_len - 1}", "so it"),
        tuple(body),
        _note(reach),
        spare=(3, 1, 4),
        drawing=log_plot(
            [curve.norms for curve in reach.curves],
            _letters(reach),
            width,
            height,
            LOWEST,
            "steps back",
            ("0", str(reach.seq_len - 1)),
        ),
    )


def _note(reach: Reach) -> str:
    notes = [
        f"A line fitted from step {reach.curves[0].fitted_from} back on, where there are points.",
        "Another seed gives other numbers, the more so the slower a gradient fades.",
    ]
    if not all(curve.steady for curve in reach.curves):
        notes.append("What does not follow it has no pace.")
    if any(curve.outcome == "vanishes" for curve in reach.curves):
        notes.append(
            f"Vanishes: less than {LOST:.1e} is left, which added to 1 in float32 changes nothing."
        )
    if any(0 < norm < LOWEST for curve in reach.curves for norm in curve.norms):
        notes.append(f"The plot ends at {LOWEST:.0e}.")
    return " ".join(notes)


def pace(curve: Curve) -> str:
    """In how many steps the gradient halves or doubles, where it does so all the way back."""
    if curve.factor == 0:
        return "is gone at once"
    if not isfinite(curve.factor):
        return "leaves float64 at once"
    if curve.half_life is not None:
        return f"halves in {curve.half_life:.3g} steps"
    if curve.doubling is not None:
        return f"doubles in {curve.doubling:.3g} steps"
    if max(curve.norms) < LEVEL and min(curve.norms) > 1 / LEVEL:
        return "neither grows nor falls"
    way, back = ("falls", "rises") if curve.left < 1 else ("rises", "falls")
    turns = (curve.left < 1) != (curve.factor < 1)
    return f"{way}, then {back}" if turns else f"{way} unevenly"


def _letters(reach: Reach) -> str:
    return (ascii_uppercase * (len(reach.curves) // len(ascii_uppercase) + 1))[: len(reach.curves)]


def _words(reach: Reach) -> tuple[Table, ...]:
    rows = tuple((curve.label, meaning(curve)) for curve in reach.curves)
    words = plural(reach.seq_len, "word")
    return (Table(f"What it means for a sentence of {words}", ("network", "meaning"), rows),)


def meaning(curve: Curve) -> str:
    """What becomes of the gradient on its way to the first word, in words."""
    match curve.outcome:
        case "vanishes":
            return f"vanishes: what is {plural(curve.lost_after or 0, 'word')} back is not learned"
        case "fades":
            return f"fades: {curve.left:.1e} of it reaches the first word"
        case "carries":
            return f"carries: {curve.left:.2g} of it reaches the first word"
        case "explodes":
            if not isfinite(curve.left):
                return "explodes: it leaves float64 on its way to the first word; clip it"
            return f"explodes: {curve.left:.1e} times as large at the first word; clip it"


def _data(reach: Reach) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.gradients",
        "seq_len": reach.seq_len,
        "batch_size": reach.batch_size,
        "seed": reach.seed,
        "curves": [
            {
                "label": curve.label,
                "network": network_data(curve.network),
                "init": None if curve.start is None else curve.start.init,
                "forget_bias": None if curve.start is None else curve.start.forget_bias,
                "factor": curve.factor,
                "half_life": curve.half_life,
                "doubling": curve.doubling,
                "outcome": curve.outcome,
                "norms": curve.norms,
            }
            for curve in reach.curves
        ],
    }


def _records(reach: Reach) -> Records:
    yield ("curve", "steps_back", "norm")
    for curve in reach.curves:
        for lag, norm in enumerate(curve.norms):
            yield (curve.label, lag, repr(norm))
