"""Shapes as they flow, and what each part of the output is, against the real framework."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import astuple
from importlib import import_module
from time import perf_counter
from typing import TypeAlias

import numpy as np

from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_inputs, draw_weights
from lstmcalc.errors import UnsupportedError
from lstmcalc.flow import Flow
from lstmcalc.forward import forward
from lstmcalc.memory import weight_bytes
from lstmcalc.network import Network
from lstmcalc.oracles.known import ORACLES
from lstmcalc.oracles.peer import LayoutError, Ran
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.parts import Claim
from lstmcalc.readings.values import Array
from lstmcalc.report import calculate
from lstmcalc.run import Run, first_states, last_states
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.trial import Stored, stored
from lstmcalc.waypoints import GATES, JOINED, PUTS_OUT, READS

FEW_STEPS = 3
"""Of the run that tells which row of the last states is whose."""
TRIES = 5
"""Random networks that are run, until everything that is said to differ has been seen to."""
MOST_STEPS = 1_000
MOST_BYTES = 256 * 1024**2
"""Larger runs would take long, and are not compared."""


Shape: TypeAlias = tuple[int, ...]
Handed: TypeAlias = Mapping[str, Array]
"""What a framework took and returned in one run, by name and in its order."""


def verify_flow(flow: Flow, progress: Callable[[str], None], name: str) -> Verdict:
    """Run a framework on such an x: its shapes are these, and what is said of their parts holds.

    Raises:
        UnsupportedError: it is not the framework of that layout.
    """
    start = perf_counter()
    network, run, origin = flow.network, flow.run, flow.origin
    if origin.name not in ORACLES:
        ran = f"; its shapes are those that version {origin.ran} returned" if origin.ran else ""
        return Verdict(reason=f"{origin.title} cannot be run here to prove its layout{ran}")
    if name != origin.name:
        why = f"the shapes are in {origin.title}'s layout"
        raise UnsupportedError(f"{name} as a proof of shapes", why)
    needed = _bytes(network, run)
    if needed > MOST_BYTES:
        return Verdict(reason=f"the run would take {needed / 1e9:,.1f} GB; try smaller sizes")
    if run.seq_len > MOST_STEPS:
        return Verdict(reason=f"{run.seq_len:,} steps take long; try at most {MOST_STEPS:,}")
    progress(f"running {name}")
    runner = _Torch(flow) if name == TORCH.name else _Peer(flow, name)
    tries: list[Handed] = []
    for seed in range(TRIES):
        try:
            tries.append(runner.run(seed))
        except LayoutError as error:
            checks = [Check("tensors", "failed", str(error), (name,))]
            return Verdict(tuple(checks), runner.framework, "cpu", perf_counter() - start)
        if all(_holds(claim, tries[-1]) for claim in flow.claims):
            break
    checks = [
        _shapes(flow, tries[0], runner.inside(tries[0]), runner.title),
        _parts(flow, tries, runner.title),
    ]
    if isinstance(runner, _Torch) and flow.rows:
        checks.append(runner.check_rows())
    return Verdict(tuple(checks), runner.framework, "cpu", perf_counter() - start)


class _Torch:
    """Runs torch's modules."""

    title = "torch"
    framework = TorchModel.framework

    def __init__(self, flow: Flow) -> None:
        self._flow, self._network = flow, stored(flow.network)
        self._layout = tensors(self._network, TORCH)
        self._ran: TorchModel

    def run(self, seed: int) -> Handed:
        """Run the network with the weights of a seed."""
        flow, network, run = self._flow, self._network, self._flow.run
        self._ran = self._model(run.batch_first, seed)
        inputs = draw_inputs(network, run.seq_len, run.batch_size, np.random.default_rng(seed))
        return self._ran.returned(inputs, network.head_on, run.unbatched, flow.lengths)

    def inside(self, handed: Handed) -> Mapping[tuple[int, str], Shape]:
        """The shapes in each layer, run as a module of its own."""
        return self._ran.layer_shapes(self._network, handed["x"], self._flow.lengths)

    def check_rows(self) -> Check:
        """Each row of the last states, against our equations' state of its layer and direction."""
        network, flow = self._network, self._flow
        model = self._model(batch_first=False, seed=0)
        arrays = {tensor.name: model.array(tensor.name) for tensor in self._layout}
        inputs = draw_inputs(network, FEW_STEPS, 2, np.random.default_rng(0))
        ours = forward(network, unpack(arrays, self._layout), inputs, np).states
        theirs = model.returned(inputs, network.head_on, unbatched=False, lengths=())
        faults = {}
        for row, layer, direction in map(astuple, flow.rows):
            for state, value in ours[layer, direction].items():
                apart = float(np.max(np.abs(theirs[f"{state}_n"][row] - value)))
                if apart > model.tolerance:
                    place = f"layer {layer}, direction {direction}"
                    faults[f"{state}_n[{row}]"] = f"{state}_n[{row}] is not that of {place}"
        passed = f"all {len(flow.rows)} of h_n are the states of their layers and directions"
        return judge("rows", faults, passed)

    def _model(self, batch_first: bool, seed: int) -> TorchModel:
        return TorchModel(build(self._network, "cpu", batch_first, seed), self._layout, "cpu")


class _Peer:
    """Runs another framework on random weights, which it is given by its own names."""

    def __init__(self, flow: Flow, name: str) -> None:
        self._flow, self._origin = flow, flow.origin
        self._module = import_module(ORACLES[name].module)
        self._ran: Ran
        self.title = self._origin.title
        self.framework = str(self._module.FRAMEWORK)

    def run(self, seed: int) -> Handed:
        """Run the network with the weights of a seed."""
        network, run = self._flow.network, self._flow.run
        layout = tensors(network, self._origin)
        inputs = draw_inputs(network, run.seq_len, run.batch_size, np.random.default_rng(seed))
        weights = pack(draw_weights(network, seed), layout)
        self._ran = self._module.run(network, weights, inputs, run.batch_first)
        return self._ran.handed

    def inside(self, handed: Handed) -> Mapping[tuple[int, str], Shape]:
        """The shapes in each layer: of arrays that it gave, and of the matrices that it has."""
        network, batch = self._flow.network, self._flow.run.batch_size
        report = calculate(network, convention=self._origin.name)
        width: dict[tuple[int, str], int] = {}
        height: Counter[int] = Counter()
        for row in Stored(report, report.tensors, self._ran.shapes, built=True).rows:
            index, direction = row.place
            if direction == 0 and row.role in ("W_x", "W_h"):
                # where both directions are one tensor, that axis comes before the matrix
                units, width[index, row.role] = row.shape[-2:]
                height[index] += units if row.role == "W_x" else 0
        inside: dict[tuple[int, str], Shape] = {}
        for index, (reads, output) in enumerate(self._ran.layers):
            inside[index, READS], inside[index, PUTS_OUT] = reads.shape, output.shape
            inside[index, JOINED] = batch, width[index, "W_x"] + width[index, "W_h"]
            inside[index, GATES] = batch, height[index]
        for end in last_states(network, self._flow.run, self._origin):
            if end.layer is not None and end.named.name in handed:
                inside[end.layer, end.state] = (batch, handed[end.named.name].shape[-1])
        return inside


def _bytes(network: Network, run: Run) -> int:
    """What weights, x and every layer's output take up in float64."""
    widths = sum(network.input_sizes) + network.output_size
    numbers = count_parameters(network) + run.seq_len * run.batch_size * widths
    return int(weight_bytes(numbers, "float64"))


def _shapes(
    flow: Flow, handed: Handed, inside: Mapping[tuple[int, str], Shape], title: str
) -> Check:
    """Every shape that is shown, in its order, and none that the framework has beside them."""
    claimed = {(tensor.layer, tensor.part): tensor.shape for tensor in flow.tensors}
    shown = {(tensor.layer, tensor.part): tensor.name.strip() for tensor in flow.tensors}
    real: dict[tuple[int | None, str], tuple[int, ...]] = dict(inside.items())
    real |= {(None, name): array.shape for name, array in handed.items()}
    faults = {}
    sizes = handed.get("batch_sizes", np.zeros(0, int))
    if tuple(sizes) != flow.batch_sizes:  # of longer ones than are listed nothing is run
        faults["batch_sizes"] = f"batch_sizes is {tuple(sizes)}, not {flow.batch_sizes}"
    begin = first_states(flow.network, flow.run, flow.origin)
    starts = [handed[each.named.name].shape for each in begin
              if each.state == "h" and each.named.name in handed]  # fmt: skip
    if flow.h0 and flow.h0 not in starts:
        faults["h_0"] = f"h_0 of shape {flow.h0} is not that of {title}, {starts[0]}"
    order = [name for layer, name in claimed if layer is None]
    if set(order) == set(handed) and order != [*handed]:
        faults["order"] = f"{title} has {', '.join(handed)} in this order"
    for key in dict.fromkeys([*claimed, *real]):
        if key[1] == JOINED and key not in claimed:
            continue  # a cell whose gates read h and x apart has no joined vector
        if real.get(key) != claimed.get(key):
            name = shown.get(key, key[1])
            faults[name] = f"{name} is {real.get(key)}, not {claimed.get(key)}"
    last = flow.tensors[-1].name
    passed = (
        f"all {len(claimed)}, from x through each layer to {last}, and their order are {title}'s"
    )
    return judge("shapes", faults, passed)


def _parts(flow: Flow, tries: list[Handed], title: str) -> Check:
    """What is said to be equal is so in every try; what is said to differ does in one."""
    faults = {}
    alike = []
    for claim in flow.claims:
        holds = [_holds(claim, handed) for handed in tries]
        if claim.equal and not all(holds):
            faults[str(claim.left)] = f"{_text(claim)} does not hold"
        elif not any(holds):
            if claim.right is None or any(claim.left.of(handed).any() for handed in tries):
                faults[str(claim.left)] = f"{_text(claim)} does not hold"
            alike.append(_text(claim))
    if alike and not faults:
        why = "not to be seen in random networks that put out 0"
        return Check("parts", "skipped", f"{'; '.join(alike)}: {why}")
    return judge("parts", faults, f"{'; '.join(map(_text, flow.claims))}: so in {title}'s tensors")


def _text(claim: Claim) -> str:
    return f"{claim.left} {'=' if claim.equal else '≠'} {claim.that}"


def _holds(claim: Claim, handed: Handed) -> bool:
    left = claim.left.of(handed)
    right = np.zeros_like(left) if claim.right is None else claim.right.of(handed)
    return bool(left.shape == right.shape and np.array_equal(left, right)) == claim.equal
