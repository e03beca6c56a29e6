"""Why a module gives something else: the usual mistakes, tried one by one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.network import Network
from lstmcalc.readings.values import Array
from lstmcalc.verification.diagnose import diagnose
from lstmcalc.verification.modules.answers import ROWS, Kind, kinds
from lstmcalc.verification.modules.comparison import Comparison, closest, kinds_of
from lstmcalc.verification.modules.gates import FEW, few, gap, gate_gaps
from lstmcalc.verification.modules.mutants import mutants
from lstmcalc.verification.modules.wiring import mistakes
from lstmcalc.verification.trial import without_gate

MOST_MACS = 2_000_000
"""Of a step of a network whose weights are exchanged in turn: it is run hundreds of times."""


def explain(
    comparison: Comparison, weights: Weights, inputs: Inputs, returned: Mapping[str, Array]
) -> str:
    """What the module does instead, in words; nothing where no mistake explains it."""
    if any(not np.isfinite(array).all() for array in returned.values()):
        return "it gives nan or infinity"
    with np.errstate(over="ignore", invalid="ignore"):  # some mistakes leave float64
        return _explained(comparison, weights, inputs, returned)


def _explained(
    comparison: Comparison, weights: Weights, inputs: Inputs, returned: Mapping[str, Array]
) -> str:
    allowed = comparison.allowed(weights, inputs, np.inf)
    right = closest(kinds(comparison.network, comparison.compute(weights, inputs)), returned)
    if right is not None and right[1] <= allowed and right[0][1].endswith(ROWS):
        return "its rows are in the order of the other layout: steps and sequences are exchanged"
    for mistake in mistakes(comparison.network, weights, inputs):
        nearest = closest(_kinds(comparison.network, mistake.outputs), returned)
        if nearest is not None and nearest[1] <= allowed:
            return f"it gives what {mistake.words}"
    if not comparison.subject.is_direct:
        return ""
    mutant = _mutated(comparison, weights, inputs, returned)
    return mutant or _exchanged(comparison) or _gates(comparison)


def _kinds(network: Network, outputs: Outputs) -> list[Kind]:
    """In every layout; the log-softmax of a mistake is none of its own."""
    return [kind for kind in kinds(network, outputs) if not kind.name.startswith("log-softmax")]


def _mutated(
    comparison: Comparison, weights: Weights, inputs: Inputs, returned: Mapping[str, Array]
) -> str:
    """A mistake in the cell's equations: a gate with another function."""
    macs = comparison.report.step_work.macs * inputs.x.shape[0] * inputs.x.shape[1]
    if macs > MOST_MACS * FEW * FEW:
        weights, inputs, returned = few(comparison)
    allowed = comparison.allowed(weights, inputs, np.inf)
    for words, network in mutants(comparison.network):
        outputs = forward(network, weights, inputs, np)
        nearest = closest(kinds_of(comparison, outputs), returned)
        if nearest is not None and nearest[1] <= allowed:
            return words
    return ""


def _exchanged(comparison: Comparison) -> str:
    """Weights used in another place: the single mistake that explains what the module gives."""
    if comparison.report.step_work.macs > MOST_MACS:
        return ""
    weights, inputs, returned = few(comparison)
    if gap(comparison, weights, inputs, returned) <= comparison.allowed(weights, inputs, 0.0):
        return ""  # few steps do not show it
    mistake = diagnose(
        comparison.rows,
        weights,
        lambda changed: gap(comparison, changed, inputs, returned),
        comparison.allowed(weights, inputs, 0.0),
    )
    return "" if mistake is None else mistake[1]


def _gates(comparison: Comparison) -> str:
    """The gate at fault: without its weights the module and the equations agree."""
    weights, inputs, returned = few(comparison)
    tolerance = comparison.allowed(weights, inputs, 0.0)
    if gap(comparison, weights, inputs, returned) <= tolerance:
        return ""  # few steps do not show it
    gaps = gate_gaps(comparison, weights, inputs)
    culprits = [
        letter
        for letter, far in gaps.items()
        # without a candidate there is no state at all: that both have
        if far <= tolerance and _is_alive(comparison, weights, inputs, letter)
    ]
    if not culprits or len(culprits) == len(gaps):
        return ""
    gates = " or ".join(f"gate {letter}" for letter in culprits)
    return f"{gates} differs: with its weights at 0 the difference is gone"


def _is_alive(comparison: Comparison, weights: Weights, inputs: Inputs, letter: str) -> bool:
    """Whether the network still puts anything out without a gate."""
    without = without_gate(weights, comparison.rows, letter)
    return bool(np.abs(comparison.compute(without, inputs).output).max() > 0)
