"""Verification: a report, or a module of the user's, against the real framework."""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, cast

from lstmcalc.errors import ConfigurationError, LstmcalcError, UnsupportedError
from lstmcalc.network import Network, check_network
from lstmcalc.report import Report, calculate
from lstmcalc.verdict import Check, Verdict, first_line

if TYPE_CHECKING:
    from torch import nn

    from lstmcalc.flow import Flow
    from lstmcalc.oracles.model import Call
    from lstmcalc.reach import Reach
    from lstmcalc.walk import Walk

__all__ = ["assert_matches", "load", "verify"]

NOT_INSTALLED = "torch is not installed; install it with: pip install 'lstmcalc[torch]'"


CHECKERS: Mapping[str, str] = {
    "lstmcalc.walk.Walk": "lstmcalc.verification.walk:verify_steps",
    "lstmcalc.reach.Reach": "lstmcalc.verification.reach:verify_reach",
    "lstmcalc.flow.Flow": "lstmcalc.verification.flow:verify_flow",
}
"""What compares each kind of subject, by the name of its class: most runs need none of them."""


def verify(
    target: Report | Network | Walk | Reach | Flow | nn.Module,
    network: Network | None = None,
    *,
    device: str | None = None,
    seed: int = 0,
    call: Call = lambda module, x: module(x),
    progress: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Compare what we computed with a real torch model, or a torch module with a network.

    Args:
        target: a `Report`, `Network`, `Walk`, `Reach` or `Flow`, of which the torch model is built,
            with the same weights and the same x; or a module, whose own forward pass is compared
            with our equations: each recurrent part, in the order they are registered, and then the
            module as a whole. It is done on a copy, to whose weights noise is added, so that zeros
            and symmetries in them hide no fault.
        network: what the module should be; a torch.nn.RNN, GRU or LSTM says it by itself.
        device: `cpu`, `cuda`, `mps`, or `meta` for names, shapes and totals alone. Left out, it is
            the CPU, or meta for more than 2 GiB of weights.
        seed: of the weights and the random inputs.
        call: how the module is called, `call(module, x)`, where x holds tokens if there is an
            embedding; it returns the logits, or the output where there is no head.
        progress: called with a few words before each part of the work.

    Returns:
        The verdict. Without torch, or where torch has no such cell, it is `not verified`, with the
        reason; it never raises for that.

    Raises:
        ConfigurationError: the target is no report, network or module.

    >>> from lstmcalc.network import LSTM
    >>> verify(LSTM(28, 128, num_classes=10)).outcome
    'verified'
    """
    checker = CHECKERS.get(f"{type(target).__module__}.{type(target).__name__}")
    if network is not None and (checker or isinstance(target, Report | Network)):
        why = "a report or network is compared with torch itself"
        raise ConfigurationError("two networks to verify", why, "give one")
    if network is not None:
        check_network(network)
    where = None if device is None else str(device)
    if where is not None and checker:
        why = "values of single steps are compared on the CPU"
        raise ConfigurationError(f"device {where!r}", why, "leave it out")
    progress("loading torch")
    missing = load()
    if missing:
        return Verdict(reason=missing)
    from lstmcalc.verification.session import verify_module, verify_report

    try:
        if checker:
            return _check(checker, target, progress)
        if isinstance(target, Report | Network):
            report = target if isinstance(target, Report) else calculate(target)
            return verify_report(report, where, seed, progress)
        return verify_module(_checked(target), network, where, seed, progress, call)
    except UnsupportedError as error:
        return Verdict(reason=str(error))
    except (RuntimeError, MemoryError) as error:  # torch's own: sizes past its limits, no memory
        return Verdict(reason=f"torch gave up: {first_line(error)}")


def load() -> str:
    """Load torch ahead of its use; what it returns says why that failed, or nothing."""
    if importlib.util.find_spec("torch") is None:
        return NOT_INSTALLED
    try:
        with _uncollected():
            import_module("lstmcalc.verification.session")
    except (ImportError, OSError) as error:
        return f"torch is installed and cannot be loaded: {first_line(error)}"
    return ""


def _check(checker: str, target: object, progress: Callable[[str], None]) -> Verdict:
    """What the function `module:name` says of the target."""
    module, name = checker.split(":")
    try:
        found: Verdict = getattr(import_module(module), name)(target, progress)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, LstmcalcError):
            raise
        said = f"its parts do not fit each other: {type(error).__name__}: {first_line(error)}"
        return Verdict((Check("comparison", "failed", said, ("parts",)),), "torch", "cpu")
    return found


def _checked(target: object) -> nn.Module:
    """The target, if it is a torch module.

    Raises:
        ConfigurationError: it is something else.
    """
    if not hasattr(target, "named_parameters") or isinstance(target, type):
        why = "it is no report, network or torch module"
        raise ConfigurationError(f"{target!r:.60} to verify", why)
    return cast("nn.Module", target)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without garbage collection: it takes a seventh of torch's import, and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def assert_matches(
    module: nn.Module,
    network: Network,
    *,
    values: bool = True,
    device: str | None = None,
    call: Call = lambda module, x: module(x),
) -> None:
    """Assert, in a test suite, that a torch module is the network it is meant to be.

    Args:
        module: any module whose recurrent weights have torch's names (`weight_ih_l0` …).
        network: what it should be.
        values: also demand that the module was called as a whole and gives our equations' output;
            without it names, shapes and totals are enough.
        device: where to run it.
        call: how the module is called; see `verify`.

    Raises:
        ConfigurationError: the arguments are no module and network.
        AssertionError: a check failed, or was left out although it is demanded; it says which.

    >>> from torch import nn
    >>> from lstmcalc.network import LSTM
    >>> assert_matches(nn.LSTM(28, 128, num_layers=2), LSTM(28, 128, num_layers=2))
    """
    verdict = verify(module, check_network(network), device=device, call=call)
    faults = [f"{check.name}: {check.detail}" for check in verdict.having("failed")]
    if not verdict.checks:
        faults.append(verdict.summary)
    if values:
        demanded = [c for c in verdict.having("skipped") if c.name == "forward"]
        faults += [f"forward not checked: {check.detail}" for check in demanded if not faults]
    if faults:
        raise AssertionError(
            "\n".join([f"{type(module).__name__} differs from the network", *faults])
        )
