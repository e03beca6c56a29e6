"""How a module wants to be called, and which of its tensors is which: tried until one fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstmcalc.oracles.torch.slots import Binding
from lstmcalc.oracles.torch.subject import Plan, Subject
from lstmcalc.report import Report
from lstmcalc.verdict import first_line
from lstmcalc.verification.modules.comparison import (
    Comparison,
    Limits,
    closest,
    expected_of,
)
from lstmcalc.verification.rounding import TOLERANCES
from lstmcalc.verification.trial import Stored

STEPS, SEQUENCES = 5, 3
_STEPS = re.compile(r"seq|step|time|len|window", re.IGNORECASE)
_BATCH = re.compile(r"batch_?size|^bs$", re.IGNORECASE)
MOST_SIZES, MOST_STEPS = 6, 1_000


class Search(NamedTuple):
    """The comparison to make, whether it fits at once, and why calls could not be made.

    `square` says that only calls of as many steps as sequences could be made.
    """

    comparison: Comparison | None
    fits: bool
    error: str
    square: bool = False


def find_plan(
    subject: Subject,
    bindings: Sequence[Binding],
    report: Report,
    limits: Limits,
    own: str,
    seed: int,
) -> Search:
    """The first reading and way to call the module that gives what the network gives.

    Where none does, the first that can be called at all; there the difference is explained.

    Args:
        subject: the module, under any reading.
        bindings: its readings.
        report: of the network.
        limits: what the caller fixes.
        own: the module's own type of number, for one that cannot run in float64.
        seed: of weights and inputs.
    """
    fallback: Comparison | None = None
    error = ""
    for steps, batch in _sizes(subject, limits):
        # its own type is for a module that cannot run in a wider one, not a second chance
        for dtype in dict.fromkeys((subject.widest, own)):
            called = False
            for binding in bindings:
                for batch_first in replace(subject, binding=binding).layouts():
                    plan = Plan(batch_first, dtype, steps, batch)
                    comparison = _comparison(subject, binding, plan, report, limits, seed)
                    try:
                        comparison, fits = _fits(comparison, own, seed)
                    except Exception as raised:  # the module's own, whatever it is
                        error = error or f"{type(raised).__name__}: {first_line(raised)}"
                        continue
                    if fits:
                        return Search(comparison, True, "")
                    called, fallback = True, fallback or comparison
            if called:
                break
        if fallback is not None and (steps, batch) == (None, None):
            break  # it takes any sizes: with guessed ones a fault may not show
    if fallback is not None:
        fallback.subject.convert(fallback.plan.dtype)
    square = fallback is None and _takes_a_square(subject, bindings, report, limits, seed)
    return Search(fallback, False, error, square)


def _comparison(
    subject: Subject, binding: Binding, plan: Plan, report: Report, limits: Limits, seed: int
) -> Comparison:
    bound = replace(subject, binding=binding)
    bound.convert(plan.dtype)
    rows = Stored(report, subject.layout, binding.shapes, built=False).rows
    rng = np.random.default_rng(seed)
    return Comparison(bound, plan, report, rows, rng, limits.tolerance)


def _takes_a_square(
    subject: Subject, bindings: Sequence[Binding], report: Report, limits: Limits, seed: int
) -> bool:
    """Whether a module that takes no other call takes as many steps as sequences."""
    if limits.seq_len or limits.batch_size or not bindings:
        return False
    plan = Plan(False, subject.widest, SEQUENCES, SEQUENCES)
    comparison = _comparison(subject, bindings[0], plan, report, limits, seed)
    try:
        _fits(comparison, subject.widest, seed)
    except Exception:  # it does not even then
        return False
    return True


def _fits(comparison: Comparison, own: str, seed: int) -> tuple[Comparison, bool]:
    """Whether a first call gives what the network gives.

    A module of float32 that casts to float32 on its way, which there changes nothing, is compared
    as one of float32.
    """
    weights = comparison.subject.fill(seed)
    inputs = comparison.draw(STEPS, SEQUENCES)
    answer = comparison.subject.run(inputs.x, comparison.plan)
    coarser = {name for name in answer.types if TOLERANCES.get(name, 1) > TOLERANCES["float64"]}
    if own == "float32" and coarser == {"float32"}:
        comparison = replace(comparison, precision="float32")
    nearest = closest(expected_of(comparison, weights, inputs), answer.arrays)
    if nearest is None:
        return comparison, False
    allowed = comparison.allowed(weights, inputs, nearest[1])
    return comparison, nearest[1] <= allowed and not comparison.is_chaotic(allowed)


def _sizes(subject: Subject, limits: Limits) -> list[tuple[int | None, int | None]]:
    """Any, then those that the module may have fixed: its own numbers, or as many steps as inputs.

    A picture's rows are read as steps: 28 of 28.
    """
    if limits.seq_len or limits.batch_size:
        return [(limits.seq_len, limits.batch_size)]
    numbers = {n: v for n, v in subject.numbers().items() if 1 <= v <= MOST_STEPS}
    steps = [value for name, value in numbers.items() if _STEPS.search(name)]
    batches = [value for name, value in numbers.items() if _BATCH.search(name)]
    sizes: list[tuple[int | None, int | None]] = [(None, None)]
    sizes += [(step, None) for step in (*steps, subject.network.input_size)]
    sizes += [(None, batch) for batch in (*batches, 1)]
    sizes += [(step, batch) for step in steps for batch in batches]
    return list(dict.fromkeys(sizes))[:MOST_SIZES]


def layout_words(comparison: Comparison) -> str:
    """How x was given, in words."""
    plan = comparison.plan
    x = "tokens" if comparison.network.vocab_size else "x"
    last = "" if comparison.network.vocab_size else ", I"
    order = f"(B, T{last})" if plan.batch_first else f"(T, B{last})"
    fixed = [
        f"{number} {words}"
        for number, words in ((plan.seq_len, "steps"), (plan.batch_size, "sequences"))
        if number is not None
    ]
    alone = f", with {' and '.join(fixed)} alone" if fixed else ""
    return f"{x} as {order}{alone}"
