"""One verification: build or take the module, run what can be run, and gather the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.memory import available_bytes, weight_bytes
from lstmcalc.oracles.known import ORACLES
from lstmcalc.oracles.torch import TorchModel, build
from lstmcalc.report import Report
from lstmcalc.run import shapes_of
from lstmcalc.verdict import Check, Verdict, first_line
from lstmcalc.verification import backward, runs
from lstmcalc.verification import tensors as held
from lstmcalc.verification.buffer import check_buffer
from lstmcalc.verification.trial import Trial, layout_of, stored

Progress = Callable[[str], None]
NO_NUMBERS = "the meta device has shapes and no numbers"
MOST_BYTES = 2 * 1024**3
"""Larger weights are run only where a device is asked for."""

RUN_CHECKS = {
    "gates": runs.check_gates,
    "products": runs.check_products,
    "element-wise": runs.check_elementwise,
    "shapes": runs.check_shapes,
    "values": runs.check_values,
}
"""The checks that need the model to run."""
BACKWARD_CHECKS = {
    "backward": backward.check_backward,
    "gradients": backward.check_gradients,
}
"""Those of its backward pass."""


def verify_report(report: Report, device: str | None, seed: int, progress: Progress) -> Verdict:
    """Build the network of a report in torch, on `device` or, where it does not fit, on meta."""
    start = perf_counter()
    reason = _too_large(report, device)
    device = "meta" if reason else device or "cpu"
    progress(f"building {report.parameters:,} parameters in torch")
    layout = layout_of(report)
    module = build(stored(report.network), device, report.run.batch_first, seed)
    trial = _trial(report, TorchModel(module, layout, device), layout, seed)
    edited = held.check_report(report)
    found = [edited] if edited.status == "failed" else []
    found += _hold(trial, _with_biases(trial))
    if edited.status == "passed" and report.buffer:
        found.append(_made("buffer", lambda: check_buffer(report)))
    if report.convention != TORCH.name:
        said = f"torch has no tensors by the convention {report.convention}"
        how = f"; prove them with --against {report.convention}" * (report.convention in ORACLES)
        found.append(Check("convention", "skipped", said + how))
    checks = {**RUN_CHECKS, **BACKWARD_CHECKS}
    return _verdict(trial, [*found, *_run(trial, found, reason, progress, checks)], start, reason)


def by_torch(report: Report) -> Report:
    """The report with its tensors and shapes by torch's convention."""
    network = report.network
    return replace(
        report,
        convention=TORCH.name,
        tensors=tensors(network, TORCH),
        shapes=shapes_of(network, report.run),
    )


def _trial(report: Report, model: TorchModel, layout: tuple[Tensor, ...], seed: int) -> Trial:
    rng = np.random.default_rng(seed)
    return Trial(report, layout, model.shapes, built=True, model=model, rng=rng)


def _is_meta(device: str) -> bool:
    return device.partition(":")[0] == "meta"


def _too_large(report: Report, device: str | None) -> str:
    """Why the forward pass is left out; nothing where it is run."""
    if device is not None and _is_meta(device):
        return NO_NUMBERS
    needed, free = weight_bytes(report.parameters, "float64"), available_bytes()
    size = f"its weights take {needed / 1e9:,.1f} GB in float64"
    if needed > free // 2:
        return f"{size}, more than half of the {free / 1e9:,.1f} GB that are free"
    if device is None and needed > MOST_BYTES:
        return f"{size}; give --device cpu to run it all the same"
    return ""


def _hold(trial: Trial, with_biases: Trial) -> list[Check]:
    """The checks of what the model holds."""
    stored_tensors = _made("tensors", lambda: held.check_tensors(trial))
    if stored_tensors.status != "passed":
        return [stored_tensors, _made("totals", lambda: held.check_whole(trial))]
    return [
        stored_tensors,
        _made("slices", lambda: held.check_slices(trial)),
        _made("totals", lambda: held.check_totals(with_biases)),
    ]


def _run(
    trial: Trial,
    before: list[Check],
    reason: str,
    progress: Progress,
    checks: Mapping[str, Callable[[Trial], Check]],
) -> list[Check]:
    """The checks of what the model does, where its tensors are those of the network."""
    if any(check.name == "tensors" and check.status != "passed" for check in before):
        reason = reason or "the tensors are not those of the network"
    found = []
    for name, check in checks.items():
        if reason:
            found.append(Check(name, "skipped", f"the forward pass was left out: {reason}"))
        else:
            progress(f"comparing {name}")
            found.append(_made(name, partial(check, trial)))
    return found


def _made(name: str, check: Callable[[], Check]) -> Check:
    """The check; one that cannot be made says why, and costs no other."""
    try:
        return check()
    except Exception as error:
        said = f"could not be made: {type(error).__name__}: {first_line(error)}"
        return Check(name, "skipped", said)


def _verdict(trial: Trial, found: list[Check], start: float, reason: str) -> Verdict:
    model = trial.model
    return Verdict(tuple(found), model.framework, model.device, perf_counter() - start, reason)


def _with_biases(trial: Trial) -> Trial:
    """The trial, or for a network without biases its twin with two, which has all the totals."""
    double = trial.report.network.with_bias("double")
    if stored(trial.report.network) == double:
        return trial
    layout = tensors(double, TORCH)
    return _trial(trial.report, TorchModel(build(double, "meta"), layout, "meta"), layout, 0)
