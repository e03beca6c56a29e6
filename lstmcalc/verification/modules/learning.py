"""What a module learns: the gradients of every weight and of x through the whole of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from lstmcalc.backward import Arriving, Gradients, backward
from lstmcalc.conventions.arrays import pack
from lstmcalc.forward import Inputs, Weights, record
from lstmcalc.oracles.torch.slots import Slot
from lstmcalc.readings.values import Array
from lstmcalc.verdict import MOST_SHOWN, Check, first_line, judge
from lstmcalc.verification.modules.comparison import (
    TOLERANCES,
    Comparison,
    Match,
    expected_of,
)
from lstmcalc.verification.rounding import DRAWS, EPS, ROUNDINGS, nudged

MOST_MACS = 600_000_000
"""Of a call that is differentiated: larger ones are of fewer steps."""
LEAST = 1e-3
"""Gradients are compared relative to their tensor's largest, or to this where that is smaller."""
SHARPER = 0.1
"""Gradients are compared so many times more sharply than outputs, relative to their own size."""


def check_gradients(comparison: Comparison, match: Match) -> Check:
    """Every gradient that autograd finds through the module, against our backward equations."""
    macs = comparison.report.step_work.macs
    steps, batch = (45, 3) if macs * 45 * 3 <= MOST_MACS else (6, 2)
    subject = comparison.subject
    weights = subject.fill(6)
    inputs = comparison.draw(steps, batch)
    leaves = subject.parameters
    for leaf in leaves.values():
        leaf.requires_grad_()
        leaf.grad = None
    try:
        answer = subject.run(inputs.x, comparison.plan, learn=True)
    except Exception as error:
        said = f"a call that records gradients raised {type(error).__name__}: {first_line(error)}"
        return Check("gradients", "skipped", said)
    tensor = answer.tensors.get(match[0])
    kind = {kind.name: kind for kind in expected_of(comparison, weights, inputs)}[match[1]]
    if tensor is None or tuple(tensor.shape) != kind.array.shape:
        return Check("gradients", "skipped", f"with gradients recorded it gives no {match[1]}")
    if not tensor.requires_grad:
        said = "no gradient reaches any weight: it runs under no_grad, or what it gives is detached"
        return Check("gradients", "failed", said, ("no_grad", *leaves))
    arriving = comparison.rng.standard_normal(kind.array.shape)
    loss = (tensor * torch.from_numpy(arriving).to(tensor)).sum()
    try:
        with warnings.catch_warnings(action="ignore"):
            loss.backward()  # type: ignore[no-untyped-call]
    except Exception as error:
        said = f"its backward pass raised {type(error).__name__}: {first_line(error)}"
        return Check("gradients", "failed", said, ("backward",))
    theirs = {name: _numpy(leaf.grad, leaf.shape) for name, leaf in leaves.items()}
    if answer.x is not None:
        x = _numpy(answer.x.grad, answer.x.shape)
        theirs["x"] = x.swapaxes(0, 1) if comparison.plan.batch_first else x
    ours = _ours(comparison, weights, inputs, kind.pull(arriving))
    apart = {name: _difference(ours[name], theirs[name]) for name in theirs}
    allowed = _allowed(comparison, weights, inputs, kind.pull(arriving), ours, apart)
    faults = {name: far for name, far in apart.items() if not far <= allowed}
    for leaf in leaves.values():
        leaf.grad = None
    if faults:
        return _failed(comparison, faults, ours, theirs)
    words = "every weight" if answer.x is None else "every weight and of x"
    passed = f"of {words} equal autograd's through the whole module, within "
    return judge("gradients", {}, f"{passed}{max(apart.values()):.1e}, {len(inputs.x)} steps")


def _failed(
    comparison: Comparison,
    faults: Mapping[str, float],
    ours: Mapping[str, Array],
    theirs: Mapping[str, Array],
) -> Check:
    """Which gradients differ, and what that is a sign of."""
    silent = [name for name in faults if not theirs[name].any() and ours[name].any()]
    said = [f"no gradient reaches {', '.join(silent)} (detached, or under no_grad)"] * bool(silent)
    wrong = [name for name in faults if name not in silent]
    said += [f"the gradient of {name} differs by {faults[name]:.1e}" for name in wrong]
    recurrent = {
        name for row in comparison.rows for name in comparison.subject.slots[row.tensor].parameters
    }
    if wrong and len(wrong) == len(faults) and set(wrong) <= recurrent | {"x"}:
        said.append("its outputs are right: a state is detached on its way, or a gradient changed")
    more = len(said) - MOST_SHOWN
    shown = [*said[:MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return Check("gradients", "failed", "; ".join(shown), tuple(faults))


def _numpy(gradient: Any, shape: Any) -> Array:
    if gradient is None:
        return np.zeros(tuple(shape))
    dense = gradient.to_dense() if gradient.is_sparse else gradient
    return dense.detach().double().cpu().numpy()


def _ours(
    comparison: Comparison, weights: Weights, inputs: Inputs, arriving: Arriving
) -> dict[str, Array]:
    """Our gradients of what the module learns: of its parameters, and of x.

    Where a weight is computed of some parameters, autograd takes the gradient on to them. A hook
    on a parameter would change ours too, so that nothing else is asked of autograd.
    """
    run = record(comparison.network, weights, inputs, np)
    gradients = backward(run, arriving)
    subject = comparison.subject
    stored = pack(_complete(gradients, weights), subject.layout)
    row = subject.padding_row()
    if row is not None and "embedding.weight" in stored:
        stored["embedding.weight"][row] = 0
    ours = {s.name: stored[name] for name, s in subject.slots.items() if s.is_parameter}
    for name, slot in subject.slots.items():
        if not slot.is_parameter:
            ours |= _onward(slot, stored[name])
    if comparison.network.vocab_size is None:
        ours["x"] = gradients.x
    return ours


def _onward(slot: Slot, gradient: Array) -> dict[str, Array]:
    """The gradient of what a weight is computed of."""
    leaves = slot.parameters
    with torch.enable_grad():
        weight = slot.tensor
        arriving = torch.from_numpy(gradient).to(weight)
        back = torch.autograd.grad(weight, list(leaves.values()), arriving, allow_unused=True)
    pairs = zip(leaves.items(), back, strict=True)
    return {name: _numpy(found, leaf.shape) for (name, leaf), found in pairs}


def _complete(gradients: Gradients, weights: Weights) -> Weights:
    """The gradients, zeros for a head that what the module gives is not of."""
    found = gradients.weights
    if found.head_weight is None and weights.head_weight is not None:
        return Weights(found.recurrent, found.embedding, found.embedding, found.head_bias)
    return found


def _difference(ours: Array, theirs: Array) -> float:
    if ours.shape != theirs.shape:
        return float("inf")
    size = max(float(np.abs(ours).max(initial=0)), LEAST)
    return float(np.abs(ours - theirs).max(initial=0)) / size


def _allowed(
    comparison: Comparison,
    weights: Weights,
    inputs: Inputs,
    arriving: Arriving,
    ours: Mapping[str, Array],
    apart: Mapping[str, float],
) -> float:
    """How far a right gradient may be off, relative to its size; measured where it matters."""
    base = TOLERANCES[comparison.dtype] * (SHARPER if comparison.dtype == "float64" else 100)
    base = max(base, 1e-11)
    if max(apart.values()) <= base:
        return base
    moved = max(
        _difference(ours[name], gradient)
        for seed in range(DRAWS)
        for name, gradient in _moved(comparison, weights, inputs, arriving, seed)
    )
    return max(base, min(ROUNDINGS * moved, 1e-4 if comparison.dtype == "float64" else 1e-2))


def _moved(
    comparison: Comparison, weights: Weights, inputs: Inputs, arriving: Arriving, seed: int
) -> Iterator[tuple[str, Array]]:
    changed = nudged(weights, EPS[comparison.dtype], seed)
    yield from _ours(comparison, changed, inputs, arriving).items()
