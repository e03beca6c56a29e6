"""Verification: a report, or a module of the user's, against the real framework."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING

from lstmcalc.errors import UnsupportedError
from lstmcalc.network import Network
from lstmcalc.report import Report, calculate
from lstmcalc.verification.verdict import Check, Verdict

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Check", "Verdict", "assert_matches", "verify"]

NOT_INSTALLED = "torch is not installed; install it with: pip install 'lstmcalc[torch]'"


def verify(
    target: Report | Network | nn.Module,
    network: Network | None = None,
    *,
    device: str = "cpu",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Compare a report with a real torch model, or a torch module with a network.

    Args:
        target: a `Report` or `Network`, of which the torch model is built; or a module, which is
            copied, and whose own weights and forward pass are compared with our equations.
        network: what the module should be; a torch.nn.RNN, GRU or LSTM says it by itself.
        device: `cpu`, `cuda`, `mps`, or `meta` for names, shapes and totals alone.
        seed: of the random inputs.
        progress: called with a few words before each part of the work.

    Returns:
        The verdict. Without torch, or where torch has no such cell, it is `not verified`, with the
        reason; it never raises for that.

    >>> from lstmcalc.network import LSTM
    >>> verify(LSTM(28, 128, num_classes=10)).outcome
    'verified'
    """
    if importlib.util.find_spec("torch") is None:
        return Verdict(reason=NOT_INSTALLED)
    progress("loading torch")
    from lstmcalc.verification.session import verify_module, verify_report

    try:
        if isinstance(target, Network):
            target = calculate(target)
        if isinstance(target, Report):
            return verify_report(target, device, seed, progress)
        return verify_module(target, network, device, seed, progress)
    except UnsupportedError as error:
        return Verdict(reason=str(error))
    except (RuntimeError, MemoryError) as error:  # torch's own: sizes past its limits, no memory
        return Verdict(reason=f"torch gave up: {str(error).splitlines()[0]}")


def assert_matches(
    module: nn.Module, network: Network, *, values: bool = True, device: str = "cpu"
) -> None:
    """Assert, in a test suite, that a torch module is the network it is meant to be.

    Args:
        module: any module whose recurrent weights have torch's names (`weight_ih_l0` …).
        network: what it should be.
        values: also demand that the forward pass was run and gives our equations' output; without
            it names, shapes and totals are enough.
        device: where to run it.

    Raises:
        AssertionError: a check failed, or was left out although it is demanded; it says which.

    >>> from torch import nn
    >>> from lstmcalc.network import LSTM
    >>> assert_matches(nn.LSTM(28, 128, num_layers=2), LSTM(28, 128, num_layers=2))
    """
    verdict = verify(module, network, device=device)
    faults = [f"{check.name}: {check.detail}" for check in verdict.having("failed")]
    if not verdict.checks:
        faults.append(verdict.summary)
    if values:
        left_out = (check for check in verdict.having("skipped") if check.name == "values")
        faults += [f"values not checked: {check.detail}" for check in left_out if not faults]
    if faults:
        raise AssertionError(
            "\n".join([f"{type(module).__name__} differs from the network", *faults])
        )
