"""What rounding alone does to a network: how far outputs move with the last digit of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.network import Network
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check
from lstmcalc.verification.trial import greatest_difference

DRAWS = 3
ROUNDINGS = 50.0
"""Two programs that add in another order may differ by so many times what one change does."""
CHAOTIC = 1e-3
"""Beyond it nothing can be compared: a network that explodes doubles a difference at every step."""

EPS: Mapping[str, float] = {
    "float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7,
}  # fmt: skip
"""One unit in the last place of 1."""


TOLERANCES: Mapping[str, float] = {
    "float64": 1e-12, "float32": 1e-5, "float16": 1e-2, "bfloat16": 5e-2,
}  # fmt: skip
"""Of outputs in a type of number, where rounding moves them by less."""


def allowance(
    network: Network, weights: Weights, inputs: Inputs, apart: float, dtype: str = "float64"
) -> float:
    """How far a right answer may be off; what rounding does is measured only where it matters.

    Args:
        network: the network.
        weights: its weights, in float64.
        inputs: of the run.
        apart: how far the answer is off.
        dtype: the type of number that is computed in.
    """
    base = TOLERANCES[dtype]
    return base if apart <= base else max(base, bound(network, weights, inputs, dtype))


def is_chaotic(allowed: float, dtype: str = "float64") -> bool:
    """Whether rounding alone moves the outputs too far for any comparison."""
    return allowed > max(CHAOTIC, TOLERANCES[dtype])


def compare(
    name: str, said: str, apart: float, allowed: float, dtype: str = "float64", culprit: str = ""
) -> Check:
    """A check of outputs; left out where rounding alone moves them too far."""
    if is_chaotic(allowed, dtype):
        why = f"a change of every weight in its last digit moves the outputs by {allowed:.1e}"
        return Check(name, "skipped", why)
    if apart <= allowed:
        return Check(name, "passed", f"{said}, within {apart:.1e} (≤ {allowed:.0e})")
    return Check(name, "failed", f"outputs differ by {apart:.1e}", (culprit or name,))


def bound(network: Network, weights: Weights, inputs: Inputs, dtype: str = "float64") -> float:
    """How far outputs may be apart where both are right, measured on this very run.

    Every weight and every x is changed by up to one unit in its last place, a few times; what that
    moves the outputs by is what rounding can do.

    Args:
        network: the network.
        weights: its weights, in float64.
        inputs: of the run.
        dtype: the type of number that is computed in.
    """
    ours = forward(network, weights, inputs, np)
    moved = [
        greatest_difference(ours, _nudged(network, weights, inputs, EPS[dtype], seed))
        for seed in range(DRAWS)
    ]
    return ROUNDINGS * max(*moved, EPS[dtype])


def nudged(weights: Weights, eps: float, seed: int) -> Weights:
    """The weights, each changed by up to one unit in the last place."""
    rng = np.random.default_rng(seed)

    def nudge(array: Array) -> Array:
        return array * (1 + eps * rng.uniform(-1, 1, array.shape))

    embedding = None if weights.embedding is None else nudge(weights.embedding)
    tied = weights.head_weight is weights.embedding
    return replace(
        weights,
        recurrent={
            place: {name: nudge(array) for name, array in params.items()}
            for place, params in weights.recurrent.items()
        },
        embedding=embedding,
        head_weight=embedding if tied else nudge(weights.head_weight),
        head_bias=None if weights.head_bias is None else nudge(weights.head_bias),
    )


def _nudged(network: Network, weights: Weights, inputs: Inputs, eps: float, seed: int) -> Outputs:
    x = inputs.x
    if weights.embedding is None:
        x = x * (1 + eps * np.random.default_rng(seed).uniform(-1, 1, x.shape))
    return forward(network, nudged(weights, eps, seed), replace(inputs, x=x), np)
