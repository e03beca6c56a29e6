"""One verification of a module: what it holds, then what it does, as a whole and by every mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from lstmcalc.conventions.packing import Tensor
from lstmcalc.errors import ConfigurationError, listed, plain
from lstmcalc.files.weights import read_weights
from lstmcalc.forward import Weights
from lstmcalc.network import Network
from lstmcalc.oracles.model import Call
from lstmcalc.oracles.torch import TorchModel, network_of
from lstmcalc.oracles.torch.build import check_device
from lstmcalc.oracles.torch.calling import one_thread
from lstmcalc.oracles.torch.copies import prepare, recurrent_parts, type_of
from lstmcalc.oracles.torch.slots import Binding, bindings
from lstmcalc.oracles.torch.state import parameters_of
from lstmcalc.oracles.torch.subject import Subject
from lstmcalc.report import Report, calculate
from lstmcalc.verdict import Check, Verdict
from lstmcalc.verification import tensors as held
from lstmcalc.verification.modules import modes
from lstmcalc.verification.modules.comparison import Comparison, Limits, Match
from lstmcalc.verification.modules.forward import check_forward, how_to_call
from lstmcalc.verification.modules.gates import check_gates, check_products
from lstmcalc.verification.modules.learning import check_gradients
from lstmcalc.verification.modules.names import read_names
from lstmcalc.verification.modules.plans import Search, find_plan
from lstmcalc.verification.modules.weights import check_weights
from lstmcalc.verification.trial import Stored

if TYPE_CHECKING:
    from torch import nn

Progress = Callable[[str], None]
SMALL = 1_000_000
"""Multiply-accumulates of a step that one thread does as fast as several."""


UNLIMITED = Limits()


@dataclass(frozen=True)
class Options:
    """What the caller says of a module and of the calls; see `lstmcalc.verify`."""

    device: str | None = None
    seed: int = 0
    call: Call | None = None
    part: str | None = None
    names: object = None
    weights: object = None
    limits: Limits = UNLIMITED
    values: bool = True


class Found(NamedTuple):
    """Checks, and notes on what was not run."""

    checks: list[Check]
    notes: list[str]


def verify_module(
    module: nn.Module, network: Network | None, options: Options, progress: Progress
) -> Verdict:
    """Compare a copy of the user's module with `network`, or with what it says it is.

    Raises:
        UnsupportedError: no network is given, and the module holds no recurrent one of torch.
        ConfigurationError: there is no such part, or names that do not fit.
    """
    start = perf_counter()
    if options.part is not None:
        module = _part(module, options.part)
    parts = dict(recurrent_parts(module)) if network is None else {}
    if parts and "" not in parts:
        return _verify_parts(module, parts, options, progress)
    network = network_of(module) if network is None else network
    report = calculate(network)
    if options.weights is not None:
        found = _check_outputs(module, report, options)
        return _verdict(found, options, start)
    small = report.step_work.macs < SMALL
    with one_thread() if small else nullcontext():
        found = _check_module(module, report, options, progress)
    return _verdict(found, options, start)


def _verdict(found: Found, options: Options, start: float) -> Verdict:
    device = options.device or "cpu"
    compared = any(check.status != "skipped" for check in found.checks)
    reason = "" if compared else "; ".join(check.detail for check in found.checks)
    seconds = perf_counter() - start
    notes = tuple(dict.fromkeys(found.notes))
    return Verdict(tuple(found.checks), TorchModel.framework, device, seconds, reason, notes=notes)


def _part(module: nn.Module, name: str) -> nn.Module:
    try:
        return module.get_submodule(name)
    except AttributeError:
        names = [name for name, _ in module.named_modules() if name]
        why = f"the module has no such part; it has {listed(names)}"
        raise ConfigurationError(f"part {name!r}", why) from None


def _verify_parts(
    module: nn.Module, parts: Mapping[str, nn.Module], options: Options, progress: Progress
) -> Verdict:
    """Every recurrent module of torch inside of a model, by its name; the rest is listed."""
    start = perf_counter()
    checks: list[Check] = []
    notes: list[str] = []
    for name, part in parts.items():
        verdict = verify_module(part, None, replace(options, part=None, call=None), progress)
        checks += [replace(check, name=f"{name}: {check.name}") for check in verdict.checks]
        notes += [f"{name}: {note}" for note in verdict.notes]
    counted = {id(p) for part in parts.values() for p in part.parameters()}
    rest = {name: p.numel() for name, p in module.named_parameters() if id(p) not in counted}
    if rest:
        owners = dict.fromkeys(name.rpartition(".")[0] or name for name in rest)
        notes.append(f"not looked at: {sum(rest.values()):,} parameters of {listed(owners)}")
    notes.append("not looked at: how the model uses its parts")
    return _verdict(Found(checks, notes), options, start)


def _check_module(module: nn.Module, report: Report, options: Options, progress: Progress) -> Found:
    meta = any(p.is_meta for p in module.parameters())
    device = options.device or ("meta" if meta else "cpu")
    check_device(device)
    progress("looking at its tensors")
    layout, names = _layout(module, report, {} if options.names is None else options.names)
    own = bindings(module, layout, names)
    checks = _hold(Stored(report, layout, own[0].shapes, built=False), own[0], layout)
    if not options.values:
        return Found(checks, [])
    if device.partition(":")[0] == "meta" or meta:
        return Found([*checks, _left_out("the meta device has shapes and no numbers")], [])
    if checks[0].status != "passed":
        return Found([*checks, _left_out("the tensors are not those of the network")], [])
    parameters = parameters_of(own[0])
    weights = check_weights(parameters)
    checks.append(weights.check)
    notes = list(weights.notes)
    if not all(held.is_float for held in parameters):
        return Found([*checks, _left_out("its weights are whole numbers")], notes)
    dtype = type_of(module)
    copied = prepare(module, device)
    readings = bindings(copied, layout, names)
    subject = Subject(copied, report.network, layout, readings[0], device, options.call)
    progress("finding out how it is called")
    search = find_plan(subject, readings, report, options.limits, dtype, options.seed)
    if search.comparison is None:
        return Found([*checks, _uncallable(search)], notes)
    ran = _run(search.comparison, progress)
    checks += ran.checks
    notes += ran.notes
    match = ran.match
    if match is not None and weights.check.status == "passed":
        progress("running it in its own type of number")
        kept = _own(module, search.comparison, layout, names)
        result = modes.check_own(kept, match)
        checks += [result.check] if result.check else []
        notes += [result.note] if result.note else []
    return Found(checks, notes)


def _own(
    module: nn.Module, comparison: Comparison, layout: tuple[Tensor, ...], names: Mapping[str, str]
) -> Comparison:
    """The same comparison on a copy that has the user's weights in their own type."""
    own = type_of(module)
    copied = prepare(module, comparison.subject.device, own)
    chosen = [slot.name for slot in comparison.subject.slots.values()]
    for binding in bindings(copied, layout, names):
        if [slot.name for slot in binding.slots.values()] == chosen:
            subject = replace(comparison.subject, module=copied, binding=binding)
            plan = comparison.plan._replace(dtype=own)
            return replace(comparison, subject=subject, plan=plan)
    raise AssertionError("a copy has other tensors than what it is a copy of")


def _layout(
    module: nn.Module, report: Report, names: object
) -> tuple[tuple[Tensor, ...], Mapping[str, str]]:
    if not isinstance(names, Mapping):
        remedy = "give a dict of the module's own names and what they hold"
        raise ConfigurationError(f"{plain(names)} as names", "it is none", remedy)
    if not names:
        return report.tensors, {}
    shapes = {name: tuple(p.shape) for name, p in module.named_parameters()}
    named = read_names(names, report.network, report.tensors, shapes)
    return named.layout, named.names


def _hold(stored: Stored, binding: Binding, layout: Sequence[Tensor]) -> list[Check]:
    """The checks of what the module holds; names of its own are no fault, but nothing is known."""
    recurrent = [t.name for t in layout if any(part.place is not None for part in t.parts)]
    if not any(name in binding.slots for name in recurrent):
        total = held.check_whole(stored)
        rest = listed(f"{name} {tuple(s.tensor.shape)}" for name, s in binding.rest.items())
        said = (
            f"its tensors have names of their own ({rest}): say what each holds, as in "
            "names={'gates.weight': 'W_xi|W_hi W_xf|W_hf …'}, or give weights= to compare outputs"
        )
        return [Check("tensors", "skipped", said), total]
    tensors = held.check_tensors(stored)
    if tensors.status != "passed":
        return [tensors, held.check_whole(stored)]
    return [tensors, held.check_slices(stored), held.check_totals(stored)]


def _left_out(reason: str) -> Check:
    return Check("forward", "skipped", f"the forward pass was left out: {reason}")


def _uncallable(search: Search) -> Check:
    """Why the module could not be called; a fault where only a square of x can be."""
    if search.square:
        said = (
            f"it takes only as many steps as sequences: else {search.error}; what it makes for x, "
            "such as first states, is sized by the wrong dimension"
        )
        return Check("forward", "failed", said, ("first states",))
    said = f"calling the module with x raised {search.error}; {how_to_call()}"
    return Check("forward", "skipped", said)


class Ran(NamedTuple):
    """What was found by calling a module: checks, notes, and what it gives."""

    checks: list[Check]
    notes: list[str]
    match: Match | None


def _run(comparison: Comparison, progress: Progress) -> Ran:
    progress("calling it")
    forward = check_forward(comparison)
    if forward.match is None:
        return Ran([forward.check], list(forward.notes), None)
    checks, notes = [forward.check], list(forward.notes)
    if comparison.subject.is_direct:
        checks.append(check_gates(comparison))
    products, note = check_products(comparison)
    checks += [products] if products is not None else []
    notes += [note] if note else []
    progress("differentiating it")
    checks.append(check_gradients(comparison, forward.match))
    for mode in (modes.check_training, modes.check_lengths, modes.check_states):
        result = mode(comparison, forward.match)
        checks += [result.check] if result.check is not None else []
        notes += [result.note] if result.note else []
    return Ran(checks, notes, forward.match)


@dataclass(frozen=True)
class Sealed(Subject):
    """A module whose tensors are not looked at; `given` are the weights it computes with."""

    given: Weights | None = None

    def fill(self, seed: int, scale: float = 1.0) -> Weights:
        """The weights that it has."""
        if self.given is None:
            raise AssertionError("a sealed module without weights")
        return self.given

    @property
    def is_direct(self) -> bool:
        """Nothing of it can be set."""
        return False


def _check_outputs(module: nn.Module, report: Report, options: Options) -> Found:
    """Its outputs alone, with the weights that the caller says it has."""
    given = options.weights
    stored = given.state_dict() if hasattr(given, "state_dict") else given
    weights = read_weights(stored, report.network)
    device = options.device or "cpu"
    empty = Binding({}, {}, ())
    subject = Sealed(
        prepare(module, device), report.network, (), empty, device, options.call, weights
    )
    search = find_plan(subject, [empty], report, options.limits, type_of(module), options.seed)
    if search.comparison is None:
        return Found([_uncallable(search)], [])
    forward = check_forward(search.comparison)
    notes = [*forward.notes, "not compared: its tensors and gradients, but outputs alone"]
    return Found([forward.check], notes)
