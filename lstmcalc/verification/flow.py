"""Shapes as they flow, and what each part of the output is, against the real framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

import numpy as np

from lstmcalc.conventions.packing import tensors
from lstmcalc.conventions.torch import TORCH
from lstmcalc.draw import draw_inputs
from lstmcalc.flow import Flow
from lstmcalc.memory import weight_bytes
from lstmcalc.network import Network
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.parts import Claim
from lstmcalc.readings.values import Array
from lstmcalc.run import Run
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.trial import stored

MOST_BYTES = 1024**3
"""Larger runs would take long, and are not compared."""


def verify_flow(flow: Flow, progress: Callable[[str], None]) -> Verdict:
    """Run torch on such an x: its shapes are these, and what is said of their parts holds."""
    start = perf_counter()
    network, run = stored(flow.network), flow.run
    needed = _bytes(network, run)
    if needed > MOST_BYTES:
        return Verdict(reason=f"the run would take {needed / 1e9:,.1f} GB; try smaller sizes")
    progress("running torch")
    layout = tensors(network, TORCH)
    model = TorchModel(build(network, "cpu", run.batch_first), layout, "cpu")
    inputs = draw_inputs(network, run.seq_len, run.batch_size, np.random.default_rng(0))
    found = model.returned(inputs, run.unbatched, flow.lengths)
    checks = [_shapes(flow, found), _claims(flow, found)]
    return Verdict(tuple(checks), model.framework, model.device, perf_counter() - start)


def _bytes(network: Network, run: Run) -> int:
    """What weights, x and every layer's output take up in float64."""
    widths = sum(network.input_sizes) + network.output_size
    numbers = count_parameters(network) + run.seq_len * run.batch_size * widths
    return int(weight_bytes(numbers, "float64"))


def _shapes(flow: Flow, found: Mapping[str, Array]) -> Check:
    claimed = {tensor.name: tensor.shape for tensor in flow.tensors}
    faults = {
        name: f"{name} is {array.shape}, not {claimed.get(name)}"
        for name, array in found.items()
        if array.shape != claimed.get(name)
    }
    return judge("shapes", faults, f"{', '.join(found)}: as torch has them")


def _claims(flow: Flow, found: Mapping[str, Array]) -> Check:
    faults = {str(c.left): f"{_text(c)} does not hold" for c in flow.claims if not _holds(c, found)}
    return judge("parts", faults, f"{'; '.join(map(_text, flow.claims))}: so in torch's tensors")


def _text(claim: Claim) -> str:
    right = "0" if claim.right is None else str(claim.right)
    return f"{claim.left} {'=' if claim.equal else '≠'} {right}"


def _holds(claim: Claim, found: Mapping[str, Array]) -> bool:
    left = claim.left.of(found)
    right = np.zeros_like(left) if claim.right is None else claim.right.of(found)
    return bool(left.shape == right.shape and np.array_equal(left, right)) == claim.equal
