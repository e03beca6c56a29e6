"""The backward pass of a real model, against the derived equations and the report's count."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmcalc.backward import Arriving, backward
from lstmcalc.forward import Inputs, record
from lstmcalc.oracles.model import Leaf
from lstmcalc.readings.values import Array
from lstmcalc.totals import backward_work
from lstmcalc.verdict import Check, judge
from lstmcalc.verification.trial import Trial, difference

MOST_STEPS = 20
"""Longer runs are compared at two lengths: the count is affine in the steps."""
MOST_MACS = 30_000_000
"""Of a step: heavier ones are compared over two steps, with one sequence."""
TOLERANCE = 1e-10
"""Of gradients, which are sums: relative to the largest value where that is above 1."""


def check_gradients(trial: Trial) -> Check:
    """Every gradient by our backward equations, against torch's autograd."""
    inputs = trial.draw(*_size(trial))
    arriving = _draw_arriving(trial, inputs)
    network = trial.report.network
    theirs = trial.model.differentiate(
        inputs, arriving, network.head_on, trial.run.unbatched, trial.second_biases
    )
    faults: dict[str, str] = {}
    greatest = 0.0
    compared: set[Leaf] = set()
    for name, leaf, ours, rows in _ours(trial, inputs, arriving):
        apart = difference(ours, theirs[leaf][rows])
        greatest = max(greatest, apart)
        compared.add(leaf)
        if not apart <= max(TOLERANCE, trial.model.tolerance):
            faults[name] = f"the gradient of {name} differs by {apart:.1e}"
    whole = {row.tensor for row in trial.rows if not row.own}  # torch's second bias
    missing = [str(leaf) for leaf in theirs if leaf not in compared and leaf not in whole]
    for name in missing:
        faults[name] = f"the gradient of {name} is torch's alone"
    passed = (
        f"of all weights, x and the first states equal autograd's through "
        f"{len(inputs.x)} steps, within {greatest:.1e}"
    )
    return judge("gradients", faults, passed)


def check_backward(trial: Trial) -> Check:
    """The multiply-accumulates of the operators of torch's backward pass, against the report's."""
    run, network = trial.report.run, trial.report.network
    steps, batch = _size(trial)
    whole = (steps, batch) == (run.seq_len, run.batch_size)
    faults: dict[str, str] = {}
    ran = []
    for steps in [run.seq_len] if whole else [1, 2]:
        claimed = trial.report.backward_work if whole else backward_work(network, steps, batch)
        inputs = trial.draw(steps, batch)
        real, unknown = trial.model.count_backward(
            inputs, _draw_arriving(trial, inputs), network.head_on
        )
        if unknown:
            said = f"{', '.join(unknown)} ran, and its work is not known"
            return Check("backward", "skipped", said, tuple(unknown))
        ran.append(f"{2 * real:,} FLOPs at {steps} × {batch}")
        if claimed.macs != real:
            faults["backward"] = f"{real:,} MACs at {steps} steps, not {claimed.macs:,}"
    passed = f"{', '.join(ran)} (steps × batch), from the operators of torch's backward pass"
    return judge("backward", faults, passed)


def _size(trial: Trial) -> tuple[int, int]:
    """Steps and sequences to compare."""
    steps, batch = min(trial.run.seq_len, MOST_STEPS), trial.run.batch_size
    heavy = trial.report.step_work.macs * batch > MOST_MACS
    return (min(steps, 2), 1) if heavy else (steps, batch)


def _draw_arriving(trial: Trial, inputs: Inputs) -> Arriving:
    """A random loss, on all that the network puts out: logits, or output, and the last states."""
    network = trial.report.network
    steps, batch = inputs.x.shape[:2]
    rng = trial.rng
    ends = {
        place: {name: rng.standard_normal(state.shape) for name, state in found.items()}
        for place, found in inputs.states.items()
    }
    if network.num_classes is None:
        return Arriving(None, rng.standard_normal((steps, batch, network.output_size)), ends)
    every = [steps] if network.head_on == "every" else []
    return Arriving(rng.standard_normal((*every, batch, network.num_classes)), None, ends)


def _ours(
    trial: Trial, inputs: Inputs, arriving: Arriving
) -> Iterator[tuple[str, Leaf, Array, slice]]:
    """Every gradient by our equations: its name, torch's leaf, its value, its rows in the leaf."""
    everything = slice(None)
    found = backward(record(trial.report.network, trial.weights, inputs, np), arriving)
    for row in trial.rows:
        if row.own:
            gradient = found.weights.recurrent[row.place][row.own]
            yield f"{row.name} in {row.tensor}", row.tensor, gradient, slice(*row.rows[1:])
    ends = {
        "embedding.weight": found.weights.embedding,
        "head.weight": found.weights.head_weight,
        "head.bias": found.weights.head_bias,
        "x": None if trial.report.network.vocab_size else found.x,
    }
    for name, gradient in ends.items():
        if gradient is not None:
            yield name, name, gradient, everything
    for place, states in found.states.items():
        for name, gradient in states.items():
            yield f"the first {name} of layer {place[0]}", (place, name), gradient, everything
