"""The numbers of one step of a forward pass, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmcalc.readings.values import Array
    from lstmcalc.tui.film import Film

PLACES = ((0.1, 2), (0.01, 3), (0.001, 4))
"""Decimals from which size on, so that there are two digits; smaller numbers are powers of ten."""
MOST_PLAIN = 100
"""Larger numbers are shown as powers of ten."""


def guess(film: Film, t: int) -> str:
    """The likeliest word or class, where there is a head."""
    if film.probabilities is None:
        return ""
    row = film.probabilities[min(t, len(film.probabilities)) - 1]
    best = int(row.argmax())
    of = f"at t = {t}" if len(film.probabilities) > 1 else "at the end"
    return f"{film.guessed} {best} {of}: {100 * float(row[best]):.3g} %"


def of_step(values: Array) -> tuple[float, float, float]:
    """The mean, the least and the greatest of one step's."""
    return float(values.mean()), float(values.min()), float(values.max())


def number(value: float) -> str:
    """A number with two digits, a very small or large one with one: none but zero looks like it.

    >>> [number(each) for each in (0.0, -0.0046, 0.314, -12.5, 2e-7, 12345.0)]
    ['0', '-0.0046', '0.31', '-12.50', '2e-07', '1e+04']
    """
    size = abs(value)
    places = next((places for least, places in PLACES if size >= least), None)
    if size and (places is None or size >= MOST_PLAIN):
        return f"{value:.0e}"
    return f"{value:.{places}f}" if size else "0"
