"""One user's module beside its network: how it is called, with which weights and inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from lstmcalc.draw import draw_inputs
from lstmcalc.errors import SizeError, plain
from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.network import Network
from lstmcalc.oracles.torch.subject import Plan, Subject
from lstmcalc.readings.values import Array
from lstmcalc.report import Report
from lstmcalc.verification.modules.answers import ROWS, Kind, kinds
from lstmcalc.verification.rounding import allowance, is_chaotic
from lstmcalc.verification.trial import Row, difference

Match = tuple[str, str]
"""A path in what a module returned, and the name of the kind that it is."""


class Limits(NamedTuple):
    """What the caller fixes: the steps and sequences of every call, and the tolerance."""

    seq_len: int | None = None
    batch_size: int | None = None
    tolerance: float | None = None


def check_tolerance(value: object) -> float | None:
    """The value, if it is a tolerance, or None.

    Raises:
        SizeError: it is no positive number.
    """
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < float(value) < np.inf:  # type: ignore[arg-type]
        raise SizeError(f"tolerance {plain(value)}", "it is a positive number, such as 1e-6")
    return float(value)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Comparison:
    """A module, the plan by which it is called, and what it is compared with.

    `precision` is a type of number that it casts to, coarser than that of x.

    `rows` are the parameters of the network among its tensors.
    """

    subject: Subject
    plan: Plan
    report: Report
    rows: tuple[Row, ...]
    rng: np.random.Generator
    tolerance: float | None = None
    precision: str = ""

    @property
    def network(self) -> Network:
        """The network."""
        return self.report.network

    @property
    def dtype(self) -> str:
        """The type of number that the module computes in: that of x, or one it casts to."""
        return self.precision or self.plan.dtype

    def sizes(self, steps: int, batch: int) -> tuple[int, int]:
        """Steps and sequences, or those that the module or the caller fixes."""
        return self.plan.seq_len or steps, self.plan.batch_size or batch

    def draw(self, steps: int, batch: int, scale: float = 1.0) -> Inputs:
        """Random inputs, and first states of zeros; half of the sequences stay as they begin.

        A state that is added up grows only where x stays the same.
        """
        inputs = draw_inputs(self.network, *self.sizes(steps, batch), self.rng)
        x = inputs.x if self.network.vocab_size else inputs.x * scale
        if scale != 1.0:
            x[:, ::2] = x[:1, ::2]
        return replace(inputs, x=x)

    def compute(self, weights: Weights, inputs: Inputs) -> Outputs:
        """What our equations give."""
        return forward(self.network, weights, inputs, np)

    def allowed(self, weights: Weights, inputs: Inputs, apart: float, dtype: str = "") -> float:
        """How far a right answer may be off: what rounding does is measured where it matters."""
        if self.tolerance is not None:
            return self.tolerance
        return allowance(self.network, weights, inputs, apart, dtype or self.dtype)

    def is_chaotic(self, allowed: float) -> bool:
        """Whether rounding alone moves the outputs too far for any comparison."""
        return self.tolerance is None and is_chaotic(allowed, self.dtype)


def matches(
    expected: Sequence[Kind], returned: Mapping[str, Array]
) -> Iterator[tuple[Match, float]]:
    """Every tensor that has the shape of a kind, and how far it is from it.

    Beside what has the shape of the output, right last states are no answer.
    """
    outputs = {kind.array.shape for kind in expected if kind.is_output}
    others = {kind.array.shape for kind in expected if not kind.is_output}
    if any(array.shape in outputs - others for array in returned.values()):
        expected = [kind for kind in expected if kind.is_output]
    seen: set[tuple[int, ...]] = set()
    for path, array in returned.items():
        if path.startswith("[") and array.shape in seen and path[1:2].isdigit():
            continue  # of several results in a row the first of a shape is the answer
        seen.add(array.shape)
        for kind in expected:
            if kind.array.shape == array.shape:
                yield (path, kind.name), difference(array, kind.array)


def closest(expected: Sequence[Kind], returned: Mapping[str, Array]) -> tuple[Match, float] | None:
    """The tensor that is nearest to a kind; None where none has the shape of one."""
    return min(
        matches(expected, returned),
        key=lambda match: np.inf if np.isnan(match[1]) else match[1],
        default=None,
    )


def ends_apart(
    comparison: Comparison, outputs: Outputs, returned: Mapping[str, Array]
) -> dict[str, float]:
    """How far last states are off that a module returns, stacked as torch does.

    Those that are called h_n or c_n are these, others come in torch's order; whatever has another
    shape is something else.
    """
    names = comparison.network.layers[0].graph.states
    if not comparison.network.uniform:
        return {}
    ours = {
        f"{name}_n": np.stack([outputs.states[place][name] for place in sorted(outputs.states)])
        for name in names
    }
    steps = outputs.output.shape[:2], outputs.output.shape[1::-1]
    shaped = [
        (path, array)
        for path, array in returned.items()
        if any(array.shape == own.shape for own in ours.values()) and array.shape[:2] not in steps
    ]
    apart: dict[str, float] = {}
    for index, (path, array) in enumerate(shaped):
        named = [name for name in ours if name in path or f"'{name[0]}'" in path]
        name = named[0] if named else list(ours)[min(index, len(ours) - 1)]
        if array.shape == ours[name].shape:
            apart[name] = max(apart.get(name, 0.0), difference(array, ours[name]))
    return apart


def expected_of(comparison: Comparison, weights: Weights, inputs: Inputs) -> list[Kind]:
    """All that a right module may give."""
    return kinds_of(comparison, comparison.compute(weights, inputs))


def kinds_of(comparison: Comparison, outputs: Outputs) -> list[Kind]:
    """The same, of outputs that are computed; rows of all steps lie in the order of x."""
    other = "(T, B" if comparison.plan.batch_first else "(B, T"
    every = kinds(comparison.network, outputs)
    return [kind for kind in every if not (kind.name.endswith(ROWS) and other in kind.name)]


def shapes_of(returned: Mapping[str, Any]) -> str:
    """What a module returned, in shapes."""
    return ", ".join(str(tuple(array.shape)) for array in returned.values()) or "no tensor"
