"""A walk and a reach of gradients, step by step, against the real framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from lstmcalc.algebra import PRE
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.forward import Outputs, Recording, forward
from lstmcalc.network import Place
from lstmcalc.oracles.model import ACTIVATIONS, StepValues
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.rounding import allowance, compare
from lstmcalc.verification.trial import difference, greatest_difference, stored
from lstmcalc.walk import Walk, fingerprint

Progress = Callable[[str], None]


@dataclass(frozen=True, repr=False)
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
    theirs = model.step(stored(walk.network), recording.inputs, recording.states)
    states = _apart(walk, theirs, _states)
    gates = _apart(walk, theirs, partial(_gates, model))
    read = _check_read(walk, theirs, model.tolerance)
    checks = [
        read,
        _judge("states", "h and the other states after every step", states, model.tolerance),
    ]
    seen = all(step.activations for steps in theirs.values() for step in steps)
    if seen:
        said = "every sigmoid, tanh and ReLU of every step, in torch's order"
        checks.append(_judge("gates", said, gates, model.tolerance))
    else:
        checks.append(Check("gates", "skipped", "torch ran a step as one operator"))
    progress("running torch as a whole")
    measured = model.run(recording.inputs, walk.network.head_on, unbatched=False).outputs
    checks.append(_check_whole(walk, measured))
    if walk.probabilities is not None:
        theirs_of_logits = model.softmax(walk.logits)
        apart = difference(walk.probabilities, theirs_of_logits)
        checks.append(_judge("softmax", "the probabilities", {0: apart}, model.tolerance))
    differences = tuple(max(states[t], gates[t] if seen else 0.0) for t in sorted(states))
    return StepsVerdict(
        tuple(checks),
        model.framework,
        model.device,
        perf_counter() - start,
        differences=differences,
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


def _check_whole(walk: Walk, measured: Outputs) -> Check:
    """What the whole module gives; not judged where rounding alone would move it too far.

    A network that explodes is chaotic: what is added to x is doubled again and again.
    """
    recording = walk.recording
    apart = greatest_difference(recording.outputs, measured)
    again = forward(walk.network, recording.weights, recording.inputs, np)
    if greatest_difference(recording.outputs, again):  # they were edited
        return compare("output", "", apart, 0.0)
    allowed = allowance(walk.network, recording.weights, recording.inputs, apart)
    more = " and last states" if walk.logits is None else ", last states and logits"
    return compare("output", f"the whole module's output{more}", apart, allowed)


Pairs = Iterator[tuple[Array, Array]]
Pair = Callable[[Walk, Place, int, StepValues], Pairs]


def _apart(walk: Walk, theirs: Mapping[Place, list[StepValues]], pair: Pair) -> dict[int, float]:
    """At each step, the greatest difference of all pairs of arrays in all layers."""
    found: dict[int, float] = {}
    for place, steps in theirs.items():
        for t, step in enumerate(steps, start=1):
            far = [difference(a, b) for a, b in pair(walk, place, t, step)]
            found[t] = float(np.max([found.get(t, 0.0), *far]))
    return found


def _states(walk: Walk, place: Place, t: int, step: StepValues) -> Pairs:
    """The states that are shown after the step, and those that the next one is shown to read."""
    shown = walk.steps[place]
    for name, state in step.states.items():
        yield shown[t - 1].values[name][None], state
        later = t - 2 if place[1] else t
        if 0 <= later < len(shown):
            yield shown[later].values[f"{name}{shown[later].before}"][None], state


def _check_read(walk: Walk, theirs: Mapping[Place, list[StepValues]], tolerance: float) -> Check:
    """What each step is shown to read: x, or the layer below; first states; the weights."""
    recording = walk.recording
    x, table = recording.inputs.x, recording.weights.embedding
    below = list(x if table is None else table[x])
    far: dict[int, float] = {}
    for index, layer in enumerate(walk.network.layers):
        places = [(index, direction) for direction in range(layer.directions)]
        for place in places:
            first = walk.steps[place][-1 if place[1] else 0]
            starts = recording.inputs.states[place]
            own = recording.weights.recurrent[place]
            held = fingerprint([own[param.name] for param in layer.graph.params])
            for t, (step, read) in enumerate(zip(walk.steps[place], below, strict=True), start=1):
                pairs = [(step.values["x"][None], read)]
                if step is first:
                    pairs += [
                        (step.values[f"{n}{step.before}"][None], s) for n, s in starts.items()
                    ]
                sound = (step.t, step.place, step.fingerprint) == (t, place, held)
                apart = [difference(a, b) for a, b in pairs] + [0.0 if sound else float("inf")]
                far[t] = float(np.max([far.get(t, 0.0), *apart]))
        below = [
            np.concatenate([theirs[place][t].states["h"] for place in places], -1)
            for t in range(walk.seq_len)
        ]
    return _judge("read", "x, the layer below, first states and weights", far, tolerance)


def _gates(model: TorchModel, walk: Walk, place: Place, t: int, step: StepValues) -> Pairs:
    """Ours and torch's activations of one kind, the first with the first, and none left over.

    And what torch's own function makes of the pre-activations that are shown.
    """
    graph = walk.network.layers[place[0]].graph
    tape, shown = walk.recording.tapes[place][t - 1], walk.steps[place][t - 1].values
    for kind, name in ACTIVATIONS.items():
        ours = [node for node in graph.nodes if isinstance(node, kind)]
        theirs = [found.reshape(-1, found.shape[-1]) for found in step.activations.get(name, [])]
        if len(ours) != len(theirs) and step.activations:
            yield np.zeros(len(ours)), np.zeros(len(theirs))  # of different shapes: infinitely far
        for node, found in zip(ours, theirs, strict=False):
            yield tape[node], found
    for equation, node in graph.equations.items():
        if f"{PRE}{equation}" in shown:
            again = model.activate(ACTIVATIONS[type(node)], shown[f"{PRE}{equation}"])
            yield shown[equation], again
