"""A conversion against the frameworks it is between: the same outputs before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from time import perf_counter

import numpy as np

from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.notes import joining
from lstmcalc.conventions.packing import tensors
from lstmcalc.conversion import Conversion, rebiased
from lstmcalc.draw import draw_inputs
from lstmcalc.errors import clean, listed
from lstmcalc.forward import Inputs, Outputs, forward
from lstmcalc.network import Network
from lstmcalc.oracles.known import ORACLES
from lstmcalc.oracles.peer import IN_SINGLE, LayoutError
from lstmcalc.readings.values import Array
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.rounding import TOLERANCES, allowance, compare
from lstmcalc.verification.trial import greatest_difference

STEPS, SEQUENCES = 6, 2


def verify_conversion(
    found: Conversion, progress: Callable[[str], None], name: str, seed: int = 0
) -> Verdict:
    """What a framework gives with the tensors it is to hold, against the source's equations.

    The side that no oracle can run is told as not checked, and so is what was left out.
    """
    verdict = _verified(found, progress, name, seed)
    return replace(verdict, notes=_covered(found)) if verdict.checks else verdict


def _verified(found: Conversion, progress: Callable[[str], None], name: str, seed: int) -> Verdict:
    start = perf_counter()
    sides = {
        found.source.name: (found.source_network, found.given),
        found.target.name: (found.network, found.tensors),
    }
    if name not in sides:
        way = f"{found.source.title} → {found.target.title}"
        return Verdict(reason=f"{name} is no side of this conversion, {way}")
    weights = _check_weights(found)
    if weights.status == "failed":
        return Verdict((weights,), "the equations", "cpu", perf_counter() - start)
    dtype = next(iter(found.given.values())).dtype.name
    inputs = draw_inputs(found.source_network, STEPS, SEQUENCES, np.random.default_rng(seed), 1.0)
    expected = _evaluated(found.source_network, found.source, found.given, inputs)
    converted = _evaluated(found.network, found.target, found.tensors, inputs)
    own = unpack(_wide(found.given), tensors(found.source_network, found.source))
    apart = greatest_difference(expected, converted)
    allowed = allowance(found.source_network, own, inputs, apart, dtype)
    checks = [weights, compare("equations", "they give the same with both", apart, allowed, dtype)]
    progress(f"running {name}")
    network, stored = sides[name]
    try:
        ran = import_module(ORACLES[name].module).run(network, _wide(stored), inputs)
    except LayoutError as error:
        checks.append(Check("outputs", "failed", str(error), (name,)))
        return Verdict(tuple(checks), name, "cpu", perf_counter() - start)
    apart = greatest_difference(expected, ran.outputs)
    coarser = dtype if ran.tolerance < IN_SINGLE else _coarser(dtype, "float32")
    allowed = allowance(found.source_network, own, inputs, apart, coarser)
    said = "with these tensors it gives the same"
    checks.append(compare("outputs", said, apart, allowed, coarser, name))
    for side in (found.source, found.target):
        if side.name not in ORACLES:
            told = f"{side.title} itself is not run here; its tensors are by its convention"
            checks.append(Check(side.name, "skipped", told))
    if found.joined:
        told = clean(joining(found.joined, len(found.network.layers)))
        checks.append(Check("order of modules", "skipped", told))
    if found.left_out:
        checks.append(_left_out(found))
    return Verdict(tuple(checks), ran.framework, "cpu", perf_counter() - start)


def _left_out(found: Conversion) -> Check:
    """That nothing is known of the tensors that were not converted."""
    told = f"no part of the network, so neither converted nor checked: {listed(found.left_out)}"
    return Check("what is left out", "skipped", clean(told))


def _covered(found: Conversion) -> tuple[str, ...]:
    """What of the source the verdict is about, where it is not all."""
    without = []
    if found.left_out:
        without.append(f"left out, not converted: {listed(found.left_out)}")
    if found.elsewhere:
        without.append(f"without the prefix, not converted: {listed(found.elsewhere)}")
    if not without:
        return ()
    every = len(found.given) + len(found.left_out) + len(found.elsewhere)
    return tuple(map(clean, (f"it covers {len(found.given)} of {every} tensors", *without)))


def _coarser(one: str, other: str) -> str:
    return max(one, other, key=lambda name: TOLERANCES[name])


def _check_weights(found: Conversion) -> Check:
    """Every parameter of the target against the source's, under the target's biases."""
    layout = tensors(found.network, found.target)
    origin = tensors(found.source_network, found.source)
    expected = {tensor.name: tensor.shape for tensor in layout}
    faults = {
        name: f"{name} is none of its tensors" for name in found.tensors if name not in expected
    }
    if found.given.keys() != {tensor.name for tensor in origin}:
        faults["given"] = f"what was given is not {found.source.title}'s"
    for name, shape in expected.items():
        if name not in found.tensors or found.tensors[name].shape != shape:
            faults[name] = f"{name} {shape} is missing"
    if faults:
        return judge("weights", faults, "")
    theirs, given = unpack(_wide(found.tensors), layout), unpack(_wide(found.given), origin)
    added = {part.param: part.offset for t in (*layout, *origin) for part in t.parts if part.offset}
    pairs = {
        "the embedding": (given.embedding, theirs.embedding, 0.0),
        "the head's matrix": (given.head_weight, theirs.head_weight, 0.0),
        "the head's bias": (given.head_bias, theirs.head_bias, 0.0),
    }
    for place, params in given.recurrent.items():
        old, new = found.source_network.layers[place[0]], found.network.layers[place[0]]
        own, _ = rebiased(params, old, new, found.target)
        for name, array in own.items():
            part = f"{name} of layer {place[0]}, direction {place[1]}"
            pairs[part] = (array, theirs.recurrent[place][name], added.get(name, 0.0))
    kind = np.finfo(np.result_type(*found.tensors.values()))
    for part, (ours, array, offset) in pairs.items():
        near = 4 * float(kind.eps) * offset + float(kind.smallest_subnormal)
        if ours is None or array is None:
            same = ours is array
        else:
            same = np.allclose(array, ours, rtol=4 * float(kind.eps), atol=near)
        if not same:
            faults[part] = f"{part} is not what the source has"
    count = sum(ours is not None for ours, *_ in pairs.values())
    return judge("weights", faults, f"{count} parameters are the source's, to rounding")


def _evaluated(
    network: Network, convention: Convention, stored: Mapping[str, Array], inputs: Inputs
) -> Outputs:
    weights = unpack(_wide(stored), tensors(network, convention))
    return forward(network, weights, inputs, np)


def _wide(stored: Mapping[str, Array]) -> dict[str, Array]:
    return {name: array.astype(np.float64) for name, array in stored.items()}
