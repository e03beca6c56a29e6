"""A network against a framework beside torch: its tensors, its total, its output, XLA's count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from time import perf_counter
from types import ModuleType

import numpy as np

from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.known import adopt, find_convention
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.draw import draw_inputs, draw_weights
from lstmcalc.forward import forward
from lstmcalc.memory import available_bytes, weight_bytes
from lstmcalc.network import Network
from lstmcalc.oracles.peer import LayoutError, Ran
from lstmcalc.report import Report
from lstmcalc.run import Run, first_states, run_in, shapes_of
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification.tensors import check_report
from lstmcalc.verification.trial import greatest_difference

MOST_STEPS, MOST_SEQUENCES = 12, 3
"""Of the run: what a few steps show, more would show again."""


def verify_peer(
    report: Report,
    name: str,
    module: ModuleType,
    seed: int,
    progress: Callable[[str], None],
    others: Sequence[str] = (),
) -> Verdict:
    """Pack random weights into the framework, run it, and compare.

    The network has the biases that the framework keeps; it says so where the report's differ.
    `others` are frameworks that are asked too: one of them may be that of the report's tensors.

    Raises:
        UnsupportedError: the framework has no such network.
    """
    start = perf_counter()
    progress(f"running {name}")
    convention = find_convention(name)
    network = adopt(report.network, convention)
    layout = tensors(network, convention)
    needed, free = weight_bytes(sum(t.parameters for t in layout), "float64"), available_bytes()
    if needed > free // 8:  # some frameworks hold them several times over
        size = f"its weights take {needed / 1e9:,.1f} GB in float64"
        return Verdict(reason=f"{size}, more than an eighth of the {free / 1e9:,.1f} GB free")
    weights = draw_weights(network, seed)
    steps = min(report.run.seq_len, MOST_STEPS)
    batch = min(max(report.run.batch_size, 2), MOST_SEQUENCES)
    inputs = draw_inputs(network, steps, batch, np.random.default_rng(seed), 1.0)
    # in the report's own order of x, where it is about this framework
    run = run_in(convention, steps, batch, _batch_first(report, name), unbatched=False)
    given = pack(weights, layout)
    try:
        ran: Ran = module.run(network, given, inputs, run.batch_first)
    except LayoutError as error:
        checks = (Check("tensors", "failed", str(error), (convention.name,)),)
        return Verdict(checks, module.FRAMEWORK, "cpu", perf_counter() - start)
    ours = forward(network, weights, inputs, np)
    apart = greatest_difference(ours, ran.outputs)
    states = {state for found in ran.outputs.states.values() for state in found}
    compared = ["output", *sorted(f"{state}_n" for state in states)]
    compared += ["logits"] if ran.outputs.logits is not None else []
    within = f"greatest difference {apart:.1e} (≤ {ran.tolerance:.0e}) over {', '.join(compared)}"
    wrong = {} if apart <= ran.tolerance else {"output": f"outputs differ by {apart:.1e}"}
    edited = check_report(report)
    found = [edited] if edited.status == "failed" else []
    found += [
        _tensors(report, layout, ran, name),
        _totals(report, network, layout, ran),
        *_shapes(report, network, run, ran, name),
        judge("values", wrong, f"{within}, {steps} steps of {batch} sequences"),
    ]
    if report.convention != name and not found[0].culprits and not _asked(report, others):
        said = f"the report's tensors are by {report.convention}, which does not prove them"
        found.append(Check("convention", "skipped", said))
    return Verdict(tuple(found), ran.framework, "cpu", perf_counter() - start)


def _batch_first(report: Report, name: str) -> bool | None:
    return report.run.batch_first if report.convention == name else None


def _shapes(report: Report, network: Network, run: Run, ran: Ran, name: str) -> Iterator[Check]:
    """What goes in and comes out, where the report has it in the framework's own layout."""
    if report.convention != name or not ran.handed:
        return
    origin = find_convention(name)
    first = {each.named.name for each in first_states(network, run, origin)}
    claimed = {item.name: item.shape for item in shapes_of(network, run, origin)}
    real = {key: array.shape for key, array in ran.handed.items() if key not in first}
    faults = dict(_faults(claimed, real))
    if not faults and [*claimed] != [*real]:
        faults["order"] = f"{ran.framework} has {', '.join(real)} in this order"
    cut = f" in {run.seq_len} steps of {run.batch_size} sequences"
    yield judge("shapes", faults, f"{', '.join(claimed)}: as {ran.framework} has them{cut}")


def _asked(report: Report, others: Sequence[str]) -> bool:
    """Whether the framework of the report's tensors is asked too, and has such cells."""
    layouts = find_convention(report.convention).layouts
    return report.convention in others and all(layer.cell in layouts for layer in report.layers)


def _tensors(report: Report, layout: tuple[Tensor, ...], ran: Ran, name: str) -> Check:
    """Every name and shape, as the framework holds them, and as the report has them if it does."""
    expected = {tensor.name: tensor.shape for tensor in layout}
    faults = dict(_faults(expected, ran.shapes))
    if report.convention == name and report.tensors != layout:
        faults["report"] = "the report's tensors are not those of its network"
    passed = f"{len(expected)} of {len(expected)} names and shapes equal {ran.framework}'s own"
    return judge("tensors", faults, passed)


def _faults(
    expected: Mapping[str, tuple[int, ...]], real: Mapping[str, tuple[int, ...]]
) -> Iterator[tuple[str, str]]:
    for name in {**expected, **real}:
        if expected.get(name) != real.get(name):
            yield name, f"{name} is {real.get(name)}, not {expected.get(name)}"


def _totals(report: Report, network: Network, layout: tuple[Tensor, ...], ran: Ran) -> Check:
    """The framework's own total, against ours under its convention of biases."""
    counted = count_parameters(network)
    stored = sum(tensor.parameters for tensor in layout)
    measured = sum(prod(shape) for shape in ran.shapes.values())
    faults = {}
    if not stored == measured == ran.parameters:
        faults["total"] = f"total is {ran.parameters:,}, not {stored:,}"
    claims = {total.bias: total.network for total in report.totals}
    bias, *others = {layer.bias for layer in network.layers}
    if not others and claims.get(bias, counted) != counted:  # of several it has no total
        faults["report"] = f"the report says {claims[bias]:,} with bias={bias}, not {counted:,}"
    said = f"{ran.parameters:,} in all"
    if network != report.network:
        said += f", under the biases it keeps (bias={bias}); the report's are {report.parameters:,}"
    if stored != counted:
        said += f"; {stored - counted:,} of them are stored and not read"
    return judge("totals", faults, said)


def verify_work(report: Report, module: ModuleType, progress: Callable[[str], None]) -> Verdict:
    """The work of one step of each layer, against what XLA counts in its equations."""
    start = perf_counter()
    edited = check_report(report)
    if len(report.layers) != len(report.network.layers):
        return Verdict((edited,), module.FRAMEWORK, "cpu")
    faults: dict[str, str] = {}
    told = []
    index = 0
    for layer, size, times in report.network.groups:
        progress(f"counting layer {index} in XLA")
        graph, sizes, step = layer.graph, layer.sizes(size), report.layers[index].step_work
        found = [layer.directions * n for n in module.count(graph, sizes)]
        claimed = list(module.expected(graph, sizes, step, layer.directions))
        if found != claimed:
            said = " and ".join(f"{n:,}" for n in found)
            faults[f"layer {index}"] = f"layer {index} takes {said}, not {claimed}"
        told.append(" and ".join(f"{n:,}" for n in found))
        index += times
    said = "operations and tanhs or exps of one step of a layer; a sigmoid is 6 and an exp"
    check = judge("work", faults, f"{'; '.join(told)}: {said}")
    checks = (edited, check) if edited.status == "failed" else (check,)
    return Verdict(checks, module.FRAMEWORK, "cpu", perf_counter() - start)
