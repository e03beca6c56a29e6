"""Each gate by itself: what setting its weights to 0 does to the module, and to the equations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcalc.forward import Inputs, Weights
from lstmcalc.readings.values import Array
from lstmcalc.totals import run_work
from lstmcalc.verdict import Check, judge
from lstmcalc.verification.modules.comparison import Comparison, closest, expected_of
from lstmcalc.verification.trial import without_gate

FEW = 3
"""Steps and sequences."""


def few(comparison: Comparison) -> tuple[Weights, Inputs, Mapping[str, Array]]:
    """A call of a few steps with random weights, and what it returned."""
    weights = comparison.subject.fill(0)
    inputs = comparison.draw(FEW, FEW)
    return weights, inputs, comparison.subject.run(inputs.x, comparison.plan).arrays


def gap(
    comparison: Comparison, weights: Weights, inputs: Inputs, returned: Mapping[str, Array]
) -> float:
    """How far what was returned is from the nearest that a right module may give."""
    nearest = closest(expected_of(comparison, weights, inputs), returned)
    return np.inf if nearest is None else nearest[1]


def gate_gaps(comparison: Comparison, weights: Weights, inputs: Inputs) -> dict[str, float]:
    """For each gate, how far the module and the equations are apart without its weights."""
    found = {}
    for letter in dict.fromkeys(row.gate for row in comparison.rows if row.gate):
        without = without_gate(weights, comparison.rows, letter)
        comparison.subject.load(without)
        theirs = comparison.subject.run(inputs.x, comparison.plan).arrays
        found[letter] = gap(comparison, without, inputs, theirs)
    comparison.subject.load(weights)
    return found


def check_gates(comparison: Comparison) -> Check:
    """Each gate's slice: setting it to 0 in the module does what it does to ours."""
    weights, inputs, _ = few(comparison)
    gaps = gate_gaps(comparison, weights, inputs)
    allowed = comparison.allowed(weights, inputs, max(gaps.values(), default=0.0))
    faults = {
        f"gate {letter}": f"gate {letter} set to 0 differs by {far:.1e}"
        for letter, far in gaps.items()
        if not far <= allowed
    }
    greatest = max(gaps.values(), default=0.0)
    passed = f"{', '.join(gaps)}: set to 0 one by one, same effect within {greatest:.1e}"
    return judge("gates", faults, passed)


def check_products(comparison: Comparison) -> tuple[Check | None, str]:
    """The multiply-accumulates of a call, where they are those of the equations; or a note."""
    comparison.subject.fill(0)
    inputs = comparison.draw(FEW, FEW)
    counter = comparison.subject.count(inputs.x, comparison.plan)
    if counter.uncounted:
        names = ", ".join(counter.uncounted)
        return None, f"not compared: work, as {names} ran, and its work is not known"
    steps, batch = inputs.x.shape[:2]
    claimed, real = run_work(comparison.network, steps, batch).macs, counter.work.macs
    if claimed != real:
        why = f"it takes {real:,} MACs at {steps} × {batch}, and the equations {claimed:,}"
        return None, f"not compared: work, as {why}"
    ran = f"{2 * real:,} FLOPs at {steps} × {batch} (steps × batch), from torch's operators"
    return Check("products", "passed", ran), ""
