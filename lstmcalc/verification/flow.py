"""Shapes as they flow, and what each part of the output is, against the real framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np

from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_inputs
from lstmcalc.flow import JOINED, Flow
from lstmcalc.memory import weight_bytes
from lstmcalc.network import Network
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.parts import Claim
from lstmcalc.readings.values import Array
from lstmcalc.run import Run
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.trial import stored

TRIES = 5
"""Random networks that are run, until everything that is said to differ has been seen to."""
MOST_STEPS = 1_000
MOST_BYTES = 256 * 1024**2
"""Larger runs would take long, and are not compared."""


def verify_flow(flow: Flow, progress: Callable[[str], None]) -> Verdict:
    """Run torch on such an x: its shapes are these, and what is said of their parts holds."""
    start = perf_counter()
    network, run = stored(flow.network), flow.run
    needed = _bytes(network, run)
    if needed > MOST_BYTES:
        return Verdict(reason=f"the run would take {needed / 1e9:,.1f} GB; try smaller sizes")
    if run.seq_len > MOST_STEPS:
        return Verdict(reason=f"{run.seq_len:,} steps take long; try at most {MOST_STEPS:,}")
    progress("running torch")
    layout = tensors(network, TORCH)
    tries: list[Mapping[str, Array]] = []
    for seed in range(TRIES):
        model = TorchModel(build(network, "cpu", run.batch_first, seed), layout, "cpu")
        inputs = draw_inputs(network, run.seq_len, run.batch_size, np.random.default_rng(seed))
        tries.append(model.returned(inputs, network.head_on, run.unbatched, flow.lengths))
        if all(_holds(claim, tries[-1]) for claim in flow.claims):
            break
    inside = model.layer_shapes(network, tries[0]["x"], flow.lengths)
    checks = [_shapes(flow, tries[0], inside), _parts(flow, tries)]
    return Verdict(tuple(checks), model.framework, model.device, perf_counter() - start)


def _bytes(network: Network, run: Run) -> int:
    """What weights, x and every layer's output take up in float64."""
    widths = sum(network.input_sizes) + network.output_size
    numbers = count_parameters(network) + run.seq_len * run.batch_size * widths
    return int(weight_bytes(numbers, "float64"))


def _shapes(
    flow: Flow, found: Mapping[str, Array], inside: Mapping[tuple[int, str], tuple[int, ...]]
) -> Check:
    """Every shape that is shown, and none that torch has beside them."""
    claimed = {(tensor.layer, tensor.part): tensor.shape for tensor in flow.tensors}
    shown = {(tensor.layer, tensor.part): tensor.name.strip() for tensor in flow.tensors}
    real: dict[tuple[int | None, str], tuple[int, ...]] = dict(inside.items())
    real |= {(None, name): array.shape for name, array in found.items()}
    faults = {}
    for key in dict.fromkeys([*claimed, *real]):
        if key[1] == JOINED and key not in claimed:
            continue  # a cell whose gates read h and x apart has no joined vector
        if real.get(key) != claimed.get(key):
            name = shown.get(key, key[1])
            faults[name] = f"{name} is {real.get(key)}, not {claimed.get(key)}"
    last = flow.tensors[-1].name
    passed = f"all {len(claimed)}, from x through each layer to {last}, are torch's"
    return judge("shapes", faults, passed)


def _parts(flow: Flow, tries: list[Mapping[str, Array]]) -> Check:
    """What is said to be equal is so in every try; what is said to differ does in one."""
    faults = {}
    alike = []
    for claim in flow.claims:
        held = [_holds(claim, found) for found in tries]
        if claim.equal and not all(held):
            faults[str(claim.left)] = f"{_text(claim)} does not hold"
        elif not any(held):
            if claim.right is None or any(claim.left.of(found).any() for found in tries):
                faults[str(claim.left)] = f"{_text(claim)} does not hold"
            alike.append(_text(claim))
    if alike and not faults:
        said = f"{'; '.join(alike)}: not to be seen in random networks that put out 0"
        return Check("parts", "skipped", said)
    return judge("parts", faults, f"{'; '.join(map(_text, flow.claims))}: so in torch's tensors")


def _text(claim: Claim) -> str:
    return f"{claim.left} {'=' if claim.equal else '≠'} {claim.that}"


def _holds(claim: Claim, found: Mapping[str, Array]) -> bool:
    left = claim.left.of(found)
    right = np.zeros_like(left) if claim.right is None else claim.right.of(found)
    return bool(left.shape == right.shape and np.array_equal(left, right)) == claim.equal
