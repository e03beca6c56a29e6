"""A walk and a reach of gradients, step by step, against the real framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from lstmcalc import algebra as ops
from lstmcalc.algebra import Node
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.packing import tensors
from lstmcalc.conventions.torch import TORCH
from lstmcalc.forward import Recording
from lstmcalc.network import Network, Place
from lstmcalc.oracles.model import StepValues
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.readings.values import Array, Tape
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.trial import difference, greatest_difference, stored
from lstmcalc.walk import Walk

ACTIVATIONS: Mapping[type[Node], str] = {
    ops.Sigmoid: "sigmoid", ops.Tanh: "tanh", ops.Relu: "relu",
}  # fmt: skip
"""What an operation of the algebra is called in the framework."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class StepsVerdict(Verdict):
    """A verdict, and the greatest difference at each step; t counts from 1."""

    differences: tuple[float, ...] = ()


def load(recording: Recording) -> TorchModel:
    """The network of a recording as a torch model on the CPU, with the recording's weights."""
    network = stored(recording.network)
    layout = tensors(network, TORCH)
    model = TorchModel(build(network, "cpu"), layout, "cpu")
    model.load(pack(recording.weights, layout))
    return model


def verify_steps(walk: Walk, progress: Progress) -> StepsVerdict:
    """Every state and gate of every step, and what the whole module gives, against torch."""
    start = perf_counter()
    progress("loading the weights into torch")
    model, recording = load(walk.recording), walk.recording
    progress("stepping through torch")
    theirs = model.step(stored(walk.network), recording.inputs)
    states = _apart(walk, theirs, _states)
    gates = _apart(walk, theirs, _gates)
    checks = [_judge("states", "h and the other states after every step", states, model.tolerance)]
    seen = all(step.activations for steps in theirs.values() for step in steps)
    if seen:
        said = "every sigmoid, tanh and ReLU of every step, in torch's order"
        checks.append(_judge("gates", said, gates, model.tolerance))
    else:
        checks.append(Check("gates", "skipped", "torch ran a step as one operator"))
    measured = model.run(recording.inputs, walk.network.head_on, unbatched=False).outputs
    apart = greatest_difference(recording.outputs, measured)
    said = "the whole module's output, last states and logits"
    checks.append(_judge("output", said, {0: apart}, model.tolerance))
    if walk.logits is not None and walk.probabilities is not None:
        apart = difference(walk.probabilities, model.softmax(walk.logits))
        checks.append(_judge("softmax", "the probabilities", {0: apart}, model.tolerance))
    differences = tuple(max(states[t], gates[t] if seen else 0.0) for t in sorted(states))
    return StepsVerdict(
        tuple(checks), model.framework, model.device, perf_counter() - start, "", differences
    )


def _judge(name: str, said: str, apart: Mapping[int, float], tolerance: float) -> Check:
    """A check of differences by step; step 0 stands for all of them."""
    faults = {
        f"step {t}" if t else name: f"{f'step {t}' if t else name} differs by {far:.1e}"
        for t, far in apart.items()
        if not far <= tolerance
    }
    greatest = float(np.max(list(apart.values())))
    return judge(name, faults, f"{said}: greatest difference {greatest:.1e} (≤ {tolerance:.0e})")


Pairs = Iterator[tuple[Array, Array]]


def _apart(
    walk: Walk,
    theirs: Mapping[Place, list[StepValues]],
    pair: Callable[[Network, Place, Tape, StepValues], Pairs],
) -> dict[int, float]:
    """At each step, the greatest difference of all pairs of arrays in all layers."""
    found: dict[int, float] = {}
    for place, tapes in walk.recording.tapes.items():
        for t, (tape, step) in enumerate(zip(tapes, theirs[place], strict=True), start=1):
            far = [difference(a, b) for a, b in pair(walk.network, place, tape, step)]
            found[t] = float(np.max([found.get(t, 0.0), *far]))
    return found


def _states(network: Network, place: Place, tape: Tape, step: StepValues) -> Pairs:
    graph = network.layers[place[0]].graph
    for name, state in step.states.items():
        yield tape[graph.equations[name]], state


def _gates(network: Network, place: Place, tape: Tape, step: StepValues) -> Pairs:
    """Ours and torch's activations of one kind, the first with the first, and none left over."""
    graph = network.layers[place[0]].graph
    for kind, name in ACTIVATIONS.items():
        ours = [tape[node] for node in graph.nodes if isinstance(node, kind)]
        theirs = [found.reshape(-1, found.shape[-1]) for found in step.activations.get(name, [])]
        if len(ours) != len(theirs) and step.activations:
            yield np.zeros(len(ours)), np.zeros(len(theirs))  # of different shapes: infinitely far
        yield from zip(ours, theirs, strict=False)
