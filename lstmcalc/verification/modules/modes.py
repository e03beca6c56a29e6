"""A module as it is used: in its own type of number, in training mode, with lengths and states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from lstmcalc.draw import draw_inputs
from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.oracles.torch.run import numpy
from lstmcalc.oracles.torch.subject import Answer, arguments_of
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, first_line, judge
from lstmcalc.verification.modules.answers import STEPS, Kind
from lstmcalc.verification.modules.comparison import (
    TOLERANCES,
    Comparison,
    Match,
    arrays,
    ends_apart,
    expected_of,
)
from lstmcalc.verification.modules.learning import check_gradients
from lstmcalc.verification.trial import difference

MOST_MACS = 5_000_000
"""Of a step: heavier networks are run over fewer."""


HEADROOM = 1e6
"""What is added up on the way to an output may be so many times larger."""
LONGEST = 45
"""Steps of the longest of several lengths."""


class Ran(NamedTuple):
    """A check, where one could be made, and what was not run."""

    check: Check | None
    note: str = ""


def check_own(comparison: Comparison, match: Match, own: torch.dtype) -> Ran:
    """With its own weights, in its own type of number and under what it sets itself.

    A module that rounds to a type below its own, and not under autocast, computes something else.
    """
    comparison = replace(comparison, plan=comparison.plan._replace(dtype=own))
    subject = comparison.subject
    snapshot = {name: p.detach().clone() for name, p in subject.parameters.items()}
    weights = subject.weights()
    steps, batch = (70, 4) if comparison.report.step_work.macs < MOST_MACS else (5, 2)
    inputs = comparison.draw(steps, batch)
    if comparison.network.vocab_size is None:  # what float32 holds, so that x is the same to both
        rounded = torch.from_numpy(inputs.x).to(own).double().numpy()
        inputs = replace(inputs, x=rounded)
    name = str(own).removeprefix("torch.")
    try:
        answer = subject.run(inputs.x, comparison.plan)
    except Exception as error:
        return Ran(None, f"not run: in {name}, which raised {_said(error)}")
    changed = [n for n, p in subject.parameters.items() if not torch.equal(p, snapshot[n])]
    if changed:
        said = f"a call changes {', '.join(changed)}"
        return Ran(Check("own weights", "failed", said, tuple(changed)))
    return _with_own(comparison, match, answer, weights, inputs)


def _with_own(
    comparison: Comparison, match: Match, answer: Answer, weights: Weights, inputs: Inputs
) -> Ran:
    """What it gives with its own weights, against the equations with the same."""
    name = comparison.dtype
    kind = _kind(expected_of(comparison, weights, inputs), match)
    tensor = answer.tensors.get(match[0])
    if kind is None or tensor is None or tuple(tensor.shape) != kind.array.shape:
        said = f"in {name} it gives no {match[1]} of that shape"
        return Ran(Check("own weights", "failed", said, (name,)))
    if not np.abs(kind.array).max() < torch.finfo(comparison.plan.dtype).max / HEADROOM:
        return Ran(
            None, f"not compared: with its own weights its outputs leave the range of {name}"
        )
    lowest = _lowest(answer, name)
    returned = arrays(answer)
    ends = ends_apart(comparison, comparison.compute(weights, inputs), returned)
    apart = max(difference(returned[match[0]], kind.array), *ends.values(), 0.0)
    allowed = comparison.allowed(weights, inputs, apart, lowest)
    said = f"with its own weights in {name}"
    if lowest != name:
        said += f", under autocast to {lowest}"
    if comparison.is_chaotic(allowed) and lowest in ("float64", "float32") and not apart <= allowed:
        return Ran(None, f"not compared: {said}, where rounding moves outputs by {allowed:.1e}")
    if apart <= allowed:
        return Ran(Check("own weights", "passed", f"{said}, within {apart:.1e} (≤ {allowed:.0e})"))
    return Ran(Check("own weights", "failed", f"{said} it differs by {apart:.1e}", (name,)))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _lowest(answer: Answer, own: str) -> str:
    """The coarsest type that the module computes in, where autocast chose it; else its own."""
    names = {str(dtype).removeprefix("torch.") for dtype in answer.types} & TOLERANCES.keys()
    if answer.autocast and names:
        return max(names, key=lambda name: TOLERANCES[name])
    return own


def _kind(expected: Sequence[Kind], match: Match) -> Kind | None:
    return next((kind for kind in expected if kind.name == match[1]), None)


def check_training(comparison: Comparison, match: Match) -> Ran:
    """In training mode, with every dropout set to 0: some modules take another path there."""
    module = comparison.subject.module
    if not any(True for _ in module.modules()) or isinstance(module, nn.RNNCellBase):
        return Ran(None)
    kept = {part: vars(part).get("p", vars(part).get("dropout")) for part in _dropouts(module)}
    for part in kept:
        _set_dropout(part, 0.0)
    module.train()
    try:
        return _trained(comparison, match)
    except Exception as error:
        return Ran(None, f"not run: training mode, which raised {_said(error)}")
    finally:
        module.eval()
        for part, value in kept.items():
            _set_dropout(part, value)


def _trained(comparison: Comparison, match: Match) -> Ran:
    """Outputs and gradients of a module in training mode."""
    weights = comparison.subject.fill(7)
    inputs = comparison.draw(6, 4)
    answers = [comparison.subject.run(inputs.x, comparison.plan) for _ in range(2)]
    one, other = (arrays(answer).get(match[0]) for answer in answers)
    if one is None or other is None:
        said = f"in training mode it gives no {match[1]}"
        return Ran(Check("training", "failed", said, ("training mode",)))
    if one.shape != other.shape or difference(one, other) > TOLERANCES[comparison.dtype]:
        return Ran(None, "not compared: training mode, which draws random numbers")
    kind = _kind(expected_of(comparison, weights, inputs), match)
    apart = np.inf if kind is None else difference(one, kind.array)
    allowed = comparison.allowed(weights, inputs, apart)
    faults = {} if apart <= allowed else {"training mode": _apart("in training mode", apart, one)}
    learned = check_gradients(comparison, match)
    if not faults and learned.status == "failed":
        faults = dict.fromkeys(learned.culprits, learned.detail)
    passed = f"the same outputs and gradients in training mode, within {apart:.1e}"
    return Ran(judge("training", faults, passed))


def _apart(where: str, apart: float, array: Array) -> str:
    if np.isfinite(apart):
        return f"{where} it differs by {apart:.1e}"
    return f"{where} it gives what has the shape {array.shape}"


def _dropouts(module: nn.Module) -> list[nn.Module]:
    kinds = (nn.modules.dropout._DropoutNd, nn.RNNBase)
    return [part for part in module.modules() if isinstance(part, kinds)]


def _set_dropout(part: nn.Module, value: Any) -> None:
    vars(part)["p" if "p" in vars(part) else "dropout"] = value


def check_lengths(comparison: Comparison, match: Match) -> Ran:
    """Sequences of several lengths, each against the same sequence alone."""
    if not comparison.subject.takes_lengths():
        return Ran(None)
    if comparison.network.head_on == "last" and comparison.network.layers[-1].bidirectional:
        return Ran(None, "not run: lengths, as with two directions the last step is two")
    weights = comparison.subject.fill(8)
    inputs = comparison.draw(LONGEST, 4)
    steps, batch = inputs.x.shape[:2]
    lengths = [max(1, steps - steps * k // batch) for k in range(batch)]
    try:
        answer = comparison.subject.run(inputs.x, comparison.plan, lengths)
    except Exception as error:
        return Ran(None, f"not run: lengths, which raised {_said(error)}")
    returned = arrays(answer).get(match[0])
    greatest = 0.0
    for k, length in enumerate(lengths):
        alone = _one(inputs, k, length)
        kind = _kind(expected_of(comparison, weights, alone), match)
        if kind is None or returned is None:
            return Ran(None, f"not compared: lengths, with which it gives no {match[1]}")
        theirs = _row(match, returned, k, length)
        ours = _row(match, kind.array, 0, length)
        apart = difference(theirs, ours)
        greatest = max(greatest, apart)
        if not apart <= comparison.allowed(weights, inputs, apart):
            said = f"a sequence of {length} steps among longer ones {_differs(apart)}"
            return Ran(Check("lengths", "failed", said, ("lengths",)))
    passed = f"sequences of {', '.join(map(str, lengths))} steps as each alone: {greatest:.1e}"
    return Ran(Check("lengths", "passed", passed))


def _differs(apart: float) -> str:
    return f"differs by {apart:.1e}" if np.isfinite(apart) else "has another shape"


def _one(inputs: Inputs, k: int, length: int) -> Inputs:
    states = {
        place: {name: state[k : k + 1] for name, state in named.items()}
        for place, named in inputs.states.items()
    }
    return Inputs(inputs.x[:length, k : k + 1], states)


def _row(match: Match, array: Array, k: int, length: int) -> Array:
    """One sequence of what is given, up to its length."""
    if "(B, T" in match[1]:
        return array[k, :length]
    if "(T, B" in match[1]:
        return array[:length, k]
    return array[:, k] if array.ndim == STEPS else array[k]


def check_states(comparison: Comparison, match: Match) -> Ran:
    """First states that are not 0, given to a recurrent module of torch or one derived from it."""
    module = comparison.subject.module
    takes = len(arguments_of(module)) > 1
    if comparison.subject.call or not (isinstance(module, nn.RNNBase) and takes):
        return Ran(None)
    network = comparison.network
    weights = comparison.subject.fill(9)
    steps, batch = comparison.sizes(5, 3)
    inputs = draw_inputs(network, steps, batch, comparison.rng, 1.0)
    x = torch.from_numpy(inputs.x).to(comparison.plan.dtype)
    names = network.layers[0].graph.states
    places = sorted(inputs.states)
    first = [
        torch.stack([torch.from_numpy(inputs.states[place][name]) for place in places]).to(x)
        for name in names
    ]
    given = x.transpose(0, 1) if comparison.plan.batch_first else x
    try:
        with torch.no_grad():
            found = module(given, tuple(first) if len(first) > 1 else first[0])
    except Exception as error:
        return Ran(None, f"not run: first states, which raised {_said(error)}")
    ours = forward(network, weights, inputs, np)
    return Ran(_judge_states(comparison, found, ours, weights, inputs))


def _judge_states(
    comparison: Comparison, found: object, ours: Outputs, weights: Weights, inputs: Inputs
) -> Check:
    places = sorted(ours.states)
    names = comparison.network.layers[0].graph.states
    stacked = {
        f"{name}_n": np.stack([ours.states[place][name] for place in places]) for name in names
    }
    output = ours.output.swapaxes(0, 1) if comparison.plan.batch_first else ours.output
    real = _torchlike(found, names)
    expected = {"output": output, **stacked}
    compared = {name: array for name, array in real.items() if name in expected}
    if not compared:
        return Check("states", "passed", "first states are taken; what it gives is compared above")
    apart = {name: difference(array, expected[name]) for name, array in compared.items()}
    allowed = comparison.allowed(weights, inputs, max(apart.values()))
    faults = {
        name: f"{name} {_differs(far)} from random first states"
        for name, far in apart.items()
        if not far <= allowed
    }
    swapped = [name for name in faults for other, array in stacked.items() if other != name
               and difference(compared[name], array) <= allowed]  # fmt: skip
    if swapped:
        faults = {name: f"{name} is another state: they are exchanged" for name in swapped}
    passed = f"{', '.join(compared)} from random first states, within {max(apart.values()):.1e}"
    return judge("states", faults, passed)


def _torchlike(found: object, names: Sequence[str]) -> Mapping[str, Array]:
    """`output, (h_n, c_n)` or `output, h_n` by their names; nothing where it is put another way."""
    pair = 2
    if isinstance(found, tuple) and len(found) == pair and isinstance(found[0], torch.Tensor):
        ends = found[1] if isinstance(found[1], tuple) else (found[1],)
        if len(ends) == len(names) and all(isinstance(end, torch.Tensor) for end in ends):
            states = {f"{n}_n": numpy(end.double()) for n, end in zip(names, ends, strict=True)}
            return {"output": numpy(found[0].double()), **states}
    return {}
