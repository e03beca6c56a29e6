"""One verification: build or take the module, run what can be run, and gather the checks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from lstmcalc.conventions.packing import tensors
from lstmcalc.conventions.torch import TORCH
from lstmcalc.memory import available_bytes, weight_bytes
from lstmcalc.network import Network
from lstmcalc.oracles.torch import TorchModel, build, network_of
from lstmcalc.report import Report, calculate
from lstmcalc.verification import checks
from lstmcalc.verification.trial import Trial, layout_of, stored
from lstmcalc.verification.verdict import Check, Verdict

if TYPE_CHECKING:
    from torch import nn

Progress = Callable[[str], None]
RUN_CHECKS = {
    "gates": checks.check_gates,
    "products": checks.check_products,
    "element-wise": checks.check_elementwise,
    "shapes": checks.check_shapes,
    "values": checks.check_values,
}
"""The checks that need the model to run."""


def verify_report(report: Report, device: str, seed: int, progress: Progress) -> Verdict:
    """Build the network of a report in torch, on `device` or, where it does not fit, on meta."""
    start = perf_counter()
    reason = "the meta device has shapes and no numbers" if device == "meta" else ""
    needed = weight_bytes(report.parameters, "float64")
    if device != "meta" and needed > available_bytes() // 2:
        reason = (
            f"its weights take {needed / 1e9:,.1f} GB in float64, more than half of the "
            f"{available_bytes() / 1e9:,.1f} GB that are free"
        )
        device = "meta"
    progress(f"building {report.parameters:,} parameters in torch")
    layout = layout_of(report)
    module = build(stored(report.network), device, report.run.batch_first, seed)
    model = TorchModel(module, layout, device)
    trial = Trial(report, model, layout, np.random.default_rng(seed))
    return _judge(trial, True, reason, start, progress)


def verify_module(
    module: nn.Module, network: Network | None, device: str, seed: int, progress: Progress
) -> Verdict:
    """Compare a copy of the user's module with `network`, or with what it says it is."""
    start = perf_counter()
    network = network_of(module) if network is None else network
    layout = layout_of(calculate(network))
    model = TorchModel(copy.deepcopy(module), layout, device)
    report = calculate(network, batch_first=model.batch_first)
    reason = "the meta device has shapes and no numbers" if device == "meta" else ""
    trial = Trial(report, model, layout, np.random.default_rng(seed), rested=not model.takes_states)
    return _judge(trial, False, reason, start, progress)


def _judge(trial: Trial, built: bool, reason: str, start: float, progress: Progress) -> Verdict:
    found = [checks.check_tensors(trial.report, trial.model, trial.layout, built)]
    if found[0].status == "passed":
        found.append(checks.check_totals(_with_biases(trial) if built else trial))
        unrun = reason
    else:
        unrun = "the tensors are not those of the network"
        found.append(checks.check_whole(trial))
    for name, check in RUN_CHECKS.items():
        if unrun:
            found.append(Check(name, "skipped", f"the forward pass was left out: {unrun}"))
        else:
            progress(f"comparing {name}")
            found.append(check(trial))
    return Verdict(
        tuple(found), trial.model.framework, trial.model.device, perf_counter() - start, reason
    )


def _with_biases(trial: Trial) -> Trial:
    """The trial, or for a network without biases its twin with two, which has all the totals."""
    double = trial.report.network.with_bias("double")
    if stored(trial.report.network) == double:
        return trial
    layout = tensors(double, TORCH)
    return replace(trial, model=TorchModel(build(double, "meta"), layout, "meta"), layout=layout)
