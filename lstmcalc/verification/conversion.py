"""A conversion against the frameworks it is between: the same outputs before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from time import perf_counter

import numpy as np

from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.conversion import Conversion
from lstmcalc.draw import draw_inputs
from lstmcalc.forward import Inputs, Outputs, forward
from lstmcalc.network import Network
from lstmcalc.oracles.known import ORACLES
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.trial import greatest_difference

STEPS, SEQUENCES = 6, 2
ROUNDED: Mapping[str, float] = {"float16": 1e-2, "float32": 1e-5}
"""How far outputs may be apart where sums of biases are rounded to that type."""


def verify_conversion(
    found: Conversion, progress: Callable[[str], None], name: str, seed: int = 0
) -> Verdict:
    """What a framework gives with the tensors it is to hold, against the source's equations.

    The side that no oracle can run is told as not checked.
    """
    start = perf_counter()
    sides = {
        found.source.name: (found.source_network, found.given),
        found.target.name: (found.network, found.tensors),
    }
    if name not in sides:
        way = f"{found.source.title} → {found.target.title}"
        return Verdict(reason=f"{name} is no side of this conversion, {way}")
    dtype = next(iter(found.values())).dtype.name
    allowed = ROUNDED.get(dtype, 1e-12)
    inputs = draw_inputs(found.source_network, STEPS, SEQUENCES, np.random.default_rng(seed), 1.0)
    expected = _evaluated(found.source_network, found.source, found.given, inputs)
    converted = _evaluated(found.network, found.target, found.tensors, inputs)
    apart = greatest_difference(expected, converted)
    faults = {} if apart <= allowed else {"weights": f"outputs differ by {apart:.1e}"}
    said = f"the equations give the same with both, within {apart:.1e} (≤ {allowed:.0e})"
    checks = [judge("equations", faults, said)]
    progress(f"running {name}")
    network, stored = sides[name]
    ran = import_module(ORACLES[name].module).run(network, _wide(stored), inputs)
    apart = greatest_difference(expected, ran.outputs)
    allowed = max(allowed, ran.tolerance)
    faults = {} if apart <= allowed else {name: f"outputs differ by {apart:.1e}"}
    said = f"with these tensors it gives the same, within {apart:.1e} (≤ {allowed:.0e})"
    checks.append(judge("outputs", faults, said))
    for side in (found.source, found.target):
        if side.name not in ORACLES:
            told = f"{side.title} itself is not run here; its tensors are by its convention"
            checks.append(Check(side.name, "skipped", told))
    return Verdict(tuple(checks), ran.framework, "cpu", perf_counter() - start)


def _evaluated(
    network: Network, convention: Convention, stored: Mapping[str, Array], inputs: Inputs
) -> Outputs:
    weights = unpack(_wide(stored), tensors(network, convention))
    return forward(network, weights, inputs, np)


def _wide(stored: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.astype(np.float64) for name, array in stored.items()}
