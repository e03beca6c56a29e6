"""Verification: a report, or a module of the user's, against the real framework."""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from lstmcalc.arguments import check_arguments, silent
from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.conventions.words import framework_name
from lstmcalc.draw import check_seed
from lstmcalc.errors import (
    ConfigurationError,
    LstmcalcError,
    UnsupportedError,
    plain,
)
from lstmcalc.given import as_network
from lstmcalc.network import Network
from lstmcalc.oracles.known import ORACLES, TORCH
from lstmcalc.printable import printable
from lstmcalc.report import Report, calculate
from lstmcalc.sizes import check_list, check_size
from lstmcalc.verdict import Check, Verdict, first_line

if TYPE_CHECKING:
    from torch import nn

    from lstmcalc.conversion import Conversion
    from lstmcalc.explanation import Explanation
    from lstmcalc.flow import Flow
    from lstmcalc.oracles.model import Call
    from lstmcalc.reach import Reach
    from lstmcalc.reconciliation import Reconciliation
    from lstmcalc.walk import Walk

__all__ = ["assert_matches", "load", "verify"]

EXPLAINED = "lstmcalc.explanation.explained.Explanation"
CHECKERS: Mapping[str, str] = {
    "lstmcalc.walk.Walk": "lstmcalc.verification.walk:verify_steps",
    "lstmcalc.reach.Reach": "lstmcalc.verification.reach:verify_reach",
    EXPLAINED: "lstmcalc.verification.explanation:verify_explanation",
}
"""What compares each kind of subject, by the name of its class: most runs need none of them."""
FLOW = "lstmcalc.flow.Flow"
BY_NAME: Mapping[str, str] = {
    FLOW: "lstmcalc.verification.flow:verify_flow",
    "lstmcalc.reconciliation.Reconciliation": "lstmcalc.verification.reconciliation:verify_rows",
    "lstmcalc.conversion.Conversion": "lstmcalc.verification.conversion:verify_conversion",
}
"""Likewise, for what any framework can be asked about, by its name."""


@check_arguments()
def verify(
    target: Report
    | Network
    | Walk
    | Reach
    | Flow
    | Reconciliation
    | Conversion
    | Explanation
    | nn.Module,
    network: Network | nn.Module | None = None,
    *,
    against: Sequence[str] | None = None,
    device: str | None = None,
    seed: int = 0,
    call: Call | None = None,
    part: str | None = None,
    names: Mapping[str, str] | None = None,
    weights: object = None,
    seq_len: int | None = None,
    batch_size: int | None = None,
    tolerance: float | None = None,
    values: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Verdict:
    """Compare what we computed with a real torch model, or a torch module with a network.

    Args:
        target: a `Report`, `Network`, `Walk`, `Reach`, `Flow` or `Reconciliation`, of which the
            torch model is built, with the same weights and the same x; an `Explanation`, of which
            the first network is built; or a module, which is called as a whole and compared with
            our equations: outputs and gradients, on a copy whose weights are drawn anew, so that
            zeros and symmetries hide no fault, and then with its own weights in its own type.
        network: what the module should be, or another module that says it; a torch.nn.RNN, GRU or
            LSTM says it by itself, and of a model that has such parts each is proved by its name.
        against: the frameworks, by their names in `ORACLES`, such as `("torch", "keras")`; the
            first gives the verdict, the others stand in its `others`. Beside torch they take a
            report, a network, a flow, a reconciliation or a conversion. Left out, it is torch, or
            for a flow the framework whose layout it has.
        device: `cpu`, `cuda`, `mps`, or `meta` for names, shapes and totals alone. Left out, it is
            the CPU, or meta for more than 2 GiB of weights.
        seed: of the weights and the random inputs.
        call: how the module is called, `call(module, x)`, where x holds tokens if there is an
            embedding; it returns the logits, or the output where there is no head. Left out, x is
            given alone, with lengths and first states of zeros where the forward pass wants them.
        part: the name of the part of a module to compare, such as `encoder.lstm`.
        names: for a module whose tensors have names of their own, what each holds: a tensor of
            torch's (`weight_ih_l0`), or parameters of the equations, one under the other with
            spaces between, and side by side with `|`, as in `{"gates.weight": "W_xi|W_hi
            W_xf|W_hf W_xg|W_hg W_xo|W_ho"}`.
        weights: what a module computes with, by torch's names, or another module: then outputs
            alone are compared.
        seq_len: the steps of every call, where a module takes no others.
        batch_size: likewise, the sequences.
        tolerance: how far outputs may be apart, relative to the largest where that is above 1;
            left out, it follows from what rounding does to the network.
        values: whether a module is run; else names, shapes and totals alone are compared.
        progress: called with a few words before each part of the work.

    Returns:
        The verdict. Without torch, or where torch has no such cell, it is `not verified`, with the
        reason; it never raises for that.

    Raises:
        ConfigurationError: the target is no report, network or module.

    >>> from lstmcalc import LSTM
    >>> verify(LSTM(28, 128, num_classes=10)).outcome
    'verified'
    """
    kind = f"{type(target).__module__}.{type(target).__name__}"
    checker = CHECKERS.get(kind) or BY_NAME.get(kind)
    if network is not None and (checker or isinstance(target, Report | Network)):
        why = "a report or network is compared with torch itself"
        raise ConfigurationError("two networks to verify", why, "give one")
    if network is not None:
        network = as_network(network)
    check_seed(seed)
    where = None if device is None else str(device)
    if where is not None and checker:
        why = "values of single steps are compared on the CPU"
        raise ConfigurationError(f"device {where!r}", why, "leave it out")
    frameworks = check_against(_usual(target, kind) if against is None else against)

    say = progress or silent

    def prove(name: str) -> Verdict:
        if isinstance(target, Report | Network):
            own = name if name in CONVENTIONS else TORCH
            report = target if isinstance(target, Report) else calculate(target, convention=own)
            return verify_against(report, name, where, seed, say, frameworks)
        if checker and kind in BY_NAME:
            return _check(checker, target, say, name)
        if name != TORCH:
            why = f"{name} can be asked about a network, a flow, a reconciliation or a conversion"
            raise ConfigurationError(f"against {name}", why, f"say against {TORCH}")
        if checker:
            return _check(checker, target, say)
        from lstmcalc.verification.modules.comparison import Limits, check_tolerance
        from lstmcalc.verification.modules.session import Options, verify_module

        limits = Limits(
            None if seq_len is None else check_size("number of steps", seq_len),
            None if batch_size is None else check_size("batch size", batch_size),
            check_tolerance(tolerance),
        )
        options = Options(where, seed, call, part, names, weights, limits, values)
        return verify_module(_checked(target), network, options, say)

    found = [_prove(name, prove, say) for name in frameworks]
    first, *others = [verdict for several in found for verdict in several.every]
    return replace(first, others=tuple(others)) if others else first


def _usual(target: object, kind: str) -> tuple[str, ...]:
    """Whom to ask where nobody is named."""
    convention = getattr(target, "convention", TORCH) if kind == FLOW else TORCH
    return (convention,) if convention in ORACLES else (TORCH,)


def _prove(name: str, prove: Callable[[str], Verdict], progress: Callable[[str], None]) -> Verdict:
    """What `prove` finds with a framework, or why that cannot be asked."""
    progress(f"loading {name}")
    missing = load(name)
    try:
        return Verdict(reason=missing) if missing else prove(name)
    except UnsupportedError as error:
        return Verdict(reason=str(error))
    except (RuntimeError, MemoryError) as error:  # its own: sizes past its limits, no memory
        return Verdict(reason=f"{name} gave up: {first_line(error)}")


def check_against(names: Sequence[str]) -> tuple[str, ...]:
    """The names of oracles, each once.

    Raises:
        UnknownNameError: one is none.
        ConfigurationError: there is none.
    """
    text = names.replace(" ", "").split(",") if isinstance(names, str) else names
    several = check_list("frameworks to prove by", text)
    kind = "framework to prove by"
    found = tuple(dict.fromkeys(framework_name(kind, name, ORACLES) for name in several))
    if not found:
        raise ConfigurationError("no framework", "there is nothing to compare with", "name one")
    return found


def verify_against(
    report: Report,
    name: str,
    device: str | None,
    seed: int,
    progress: Callable[[str], None],
    names: Sequence[str] = (),
) -> Verdict:
    """A report against one framework, which is there; `names` are all that are asked."""
    if name == TORCH:
        from lstmcalc.verification.session import by_torch, verify_report

        # the other framework is asked about its own tensors
        others = set(names) - {TORCH}
        own = by_torch(report) if report.convention in others else report
        return verify_report(own, device, seed, progress)
    from lstmcalc.verification import peers

    if name == "jax":
        return peers.verify_work(report, import_module(ORACLES[name].module), progress)
    module = import_module(ORACLES[name].module)
    return peers.verify_peer(report, name, module, seed, progress, names)


def load(name: str = TORCH) -> str:
    """Load a framework ahead of its use; what it returns says why that failed, or nothing."""
    oracle = ORACLES[name]
    absent = [package for package in oracle.packages if importlib.util.find_spec(package) is None]
    if absent:
        how = f"install it with: pip install 'lstmcalc[{oracle.extra}]'"
        return f"{absent[0]} is not installed; {how}"
    try:
        with _uncollected():
            import_module("lstmcalc.verification.session" if name == TORCH else oracle.module)
    except (ImportError, OSError) as error:
        return f"{name} is installed and cannot be loaded: {first_line(error)}"
    return ""


def _check(checker: str, target: object, progress: Callable[[str], None], *name: str) -> Verdict:
    """What the function `module:name` says of the target."""
    module, function = checker.split(":")
    try:
        found: Verdict = getattr(import_module(module), function)(target, progress, *name)
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
        raise ConfigurationError(f"{plain(target)} to verify", why)
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


@check_arguments()
def assert_matches(
    module: nn.Module,
    network: Network | nn.Module,
    *,
    values: bool = True,
    device: str | None = None,
    call: Call | None = None,
    part: str | None = None,
    names: Mapping[str, str] | None = None,
    weights: object = None,
    seq_len: int | None = None,
    batch_size: int | None = None,
    tolerance: float | None = None,
) -> None:
    """Assert, in a test suite, that a torch module is the network it is meant to be.

    Args:
        module: any module whose recurrent weights have torch's names (`weight_ih_l0` …), or others
            that `names` tells.
        network: what it should be; another module says it too.
        values: also demand that the module was called as a whole and gives our equations' output
            and gradients; without it names, shapes and totals are enough.
        device: where to run it.
        call: how the module is called; see `verify`, also for what follows.
        part: the part of it to compare.
        names: what its tensors hold.
        weights: what it computes with, where its outputs alone are to be compared.
        seq_len: the steps of every call.
        batch_size: the sequences of every call.
        tolerance: how far outputs may be apart.

    Raises:
        ConfigurationError: the arguments are no module and network.
        AssertionError: a check failed, or was left out although it is demanded; it says which.

    >>> from torch import nn
    >>> from lstmcalc import LSTM
    >>> assert_matches(nn.LSTM(28, 128, num_layers=2), LSTM(28, 128, num_layers=2))
    """
    verdict = verify(
        module, as_network(network), device=device, call=call, part=part, names=names,
        weights=weights, seq_len=seq_len, batch_size=batch_size, tolerance=tolerance,
        values=values,
    )  # fmt: skip
    name = f"{type(module).__name__}{f', part {part}' if part else ''}"
    faults = [f"{check.name}: {check.detail}" for check in verdict.having("failed")]
    if faults:
        raise _failure([f"{name} differs from the network", *faults])
    left_out = [c for c in verdict.having("skipped") if values or c.name != "forward"]
    if not verdict.checks or left_out:
        reasons = [f"{c.name} not checked: {c.detail}" for c in left_out] or [verdict.summary]
        raise _failure([f"{name} was not compared with the network", *reasons])


def _failure(lines: list[str]) -> AssertionError:
    """A line for each fault, whatever names it holds."""
    return AssertionError("\n".join(map(printable, lines)))
