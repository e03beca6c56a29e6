"""cuDNN's one buffer, against the packing that torch uses on a CUDA device."""

from __future__ import annotations

from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.oracles.torch.buffer import has_cuda, offsets
from lstmcalc.report import Report
from lstmcalc.verdict import Check, judge


def check_buffer(report: Report) -> Check:
    """Every tensor's place in the buffer; left out where there is no CUDA device."""
    if not has_cuda():
        why = "where cuDNN puts each tensor is its own to tell: there is no CUDA device here"
        return Check("buffer", "skipped", why)
    # both conventions store the same tensors in the same order
    names = [tensor.name for tensor in report.tensors if tensor.place is not None]
    theirs = [tensor.name for tensor in tensors(report.network, TORCH) if tensor.place is not None]
    real = offsets(report.network)
    first = {each.tensor: each.start for each in reversed(report.buffer)}
    last = {each.tensor: each.stop for each in report.buffer}
    faults = {}
    for name, torchs in zip(names, theirs, strict=True):
        if (first[name], last[name]) != real[torchs]:
            faults[name] = f"{name} is from {real[torchs][0]:,} to {real[torchs][1]:,}"
    passed = f"{len(names)} of {len(names)} tensors lie where cuDNN has them"
    return judge("buffer", faults, passed)
