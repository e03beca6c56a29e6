"""What a module should give, by torch's own layers alone; it knows nothing of the verifier.

`find_fault` says what is wrong with a module, or nothing. It proves the two banks: every planted
fault is really one, and every unusual module is right.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import combinations
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstmcalc import Network
from modules.case import Case
from modules.layers import Reference
from modules.parts import Stack
from modules.weights import SUFFIX, WrongError, gather

Calls = tuple[tuple[int, int], ...]
CALLS: Calls = ((12, 3), (12, 3), (3, 12), (70, 2), (1, 4), (6, 1))
"""Steps and sequences; the same twice, for what a module remembers."""


def find_fault(case: Case) -> str:
    """What is wrong with a module, in a few words."""
    module, network = case.make(), case.network()
    with _float64(), torch.random.fork_rng():
        torch.manual_seed(7)
        try:
            _compare(module, network, case.options)
        except (WrongError, RuntimeError, ValueError) as fault:
            return f"{type(fault).__name__}: {fault}".partition("\n")[0]
    return ""


def _compare(module: nn.Module, network: Network, options: Mapping[str, Any]) -> None:
    if not all(p.dtype.is_floating_point for p in module.parameters()):
        raise WrongError("weights of whole numbers")
    if "part" in options:
        module = module.get_submodule(options["part"])
    _check_memory(module, gather(module, network, options), network)
    if isinstance(module, torch.jit.ScriptModule):  # its constants stay of their type
        torch.set_default_dtype(torch.float32)
        options = {"tolerance": 1e-4, **options}
    module = module.to(torch.get_default_dtype())  # which parts any memory that is shared
    _check_values(module, network, options, CALLS)
    with torch.no_grad():  # what a relu lets pass, and what large biases hide
        for parameter in module.parameters():
            parameter.neg_()
    if "weights" not in options:
        _check_values(module, network, options, CALLS[:1])


def _check_values(
    module: nn.Module, network: Network, options: Mapping[str, Any], calls: Calls
) -> None:
    reference = Reference(network, gather(module, network, options))
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    failures = []
    for turned in _layouts(module, options):
        try:
            _check_runs(module, reference, options, turned, calls)
            break
        except WrongError as fault:
            failures.append(fault)
    else:
        raise failures[0]
    for name, parameter in module.named_parameters():
        if not torch.equal(parameter, before[name]):
            raise WrongError(f"{name} was changed by a call")


def _layouts(module: nn.Module, options: Mapping[str, Any]) -> tuple[bool, ...]:
    """Whether x has its sequences first; both where that cannot be known."""
    own = [m for m in module.modules() if hasattr(m, "batch_first")]
    first = bool(own and own[0].batch_first)
    return (first,) if "call" in options else (first, not first)


def _check_runs(
    module: nn.Module, reference: Reference, options: Any, turned: bool, calls: Calls
) -> None:
    for training in (False, True):
        module.train(training)
        with _without_dropout(module, training):
            large = sum(p.numel() for p in module.parameters()) > 50_000
            for sizes in calls[-1:] if large else calls:
                told = options.get("seq_len"), options.get("batch_size")
                fixed = tuple(own or size for own, size in zip(told, sizes, strict=True))
                _check_run(module, reference, options, turned, fixed)
    if "call" not in options and _takes_lengths(module):
        _check_lengths(module.eval(), reference, turned)


def _takes_lengths(module: nn.Module) -> bool:
    if isinstance(module, torch.jit.ScriptModule):
        return False
    return "lengths" in inspect.signature(module.forward).parameters


def _check_run(
    module: nn.Module, reference: Reference, options: Any, turned: bool, sizes: tuple[int, int]
) -> None:
    tolerance = options.get("tolerance", 1e-9)
    call = options.get("call", _step_by_step if isinstance(module, nn.RNNCellBase) else _plain)
    x, given = reference.draw(*sizes), reference.given
    laid = x.transpose(0, 1) if turned else x
    found = list(_tensors(call(module, laid.contiguous())))
    expected = reference(x)
    if "logits" in expected:
        expected = {"logits": expected["logits"]}
    for got in found[:1]:
        fits = [
            (want, got.to(want.dtype))
            for want in _seen(expected, turned)
            if want.shape == got.shape
            and torch.allclose(want, got.to(want.dtype), tolerance, tolerance)
        ]
        if not fits:
            mode = "training" if module.training else "eval"
            raise WrongError(f"another output of {tuple(got.shape)} at {sizes} in {mode}")
        if tolerance == 1e-9:
            _check_gradients(*fits[0], reference, [x] if given else [])
    ends = {"h_n": expected.get("h_n"), "c_n": expected.get("c_n")}
    for got, (name, want) in zip(found[1:], ends.items(), strict=False):
        if isinstance(module, Stack) and not torch.allclose(got, want, tolerance, tolerance):
            raise WrongError(f"another {name}")


def _check_gradients(want: Tensor, got: Tensor, reference: Reference, more: list) -> None:
    loss = torch.randn_like(want)
    owners: dict[str, set[bool]] = {}
    for name, leaf in reference.theirs.items():
        owner = "rnn" if SUFFIX.search(name) else name.split(".")[0]
        owners.setdefault(owner, set()).add(leaf.requires_grad)
    if any(len(found) > 1 for found in owners.values()):
        raise WrongError("some weights are frozen while others of the same part learn")
    theirs = {name: leaf for name, leaf in reference.theirs.items() if leaf.requires_grad}
    ours = {name: reference.weights[name] for name in theirs}
    if not theirs and not more:
        return
    if not got.requires_grad:
        raise WrongError("nothing is learnt")
    pairs = [
        torch.autograd.grad((y * loss).sum(), [*wanted.values(), *more], allow_unused=True)
        for y, wanted in ((want, ours), (got, theirs))
    ]
    for name, *both in zip([*theirs, "x"], *pairs, strict=False):
        one, two = torch.broadcast_tensors(*(torch.zeros(1) if g is None else g for g in both))
        learns = torch.ones(()) if name != "embedding.weight" else two.any(-1, keepdim=True)
        if not learns.any():
            raise WrongError("the embedding learns nothing")
        scale = max(1.0, float(one.abs().max()))
        if not torch.allclose(one * learns, two, 1e-7, 1e-9 * scale):  # padding learns nothing
            raise WrongError(f"another gradient of {name}")


def _check_lengths(module: nn.Module, reference: Reference, turned: bool) -> None:
    x = reference.draw(9, 4)
    lengths = torch.tensor([4, 9, 2, 7])
    got = next(_tensors(module((x.transpose(0, 1) if turned else x).contiguous(), lengths)))
    alone = [reference(x[:n, k : k + 1])["logits"] for k, n in enumerate(lengths.tolist())]
    if not torch.allclose(got, torch.cat(alone)):
        raise WrongError("another output for sequences of different lengths")


def _check_memory(module: nn.Module, weights: Mapping[str, Tensor], network: Network) -> None:
    spans: dict[str, tuple[int, int]] = {}
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise WrongError(f"{name} has what is no number")
        if tensor.is_leaf and any(tensor is p for p in module.parameters()):
            start = tensor.data_ptr()
            reach = sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
            if tensor.numel() > 1 and 0 in tensor.stride():
                raise WrongError(f"{name} is one number")
            spans[name] = start, start + (reach + 1) * tensor.element_size()
    for (one, (a, b)), (two, (c, d)) in combinations(spans.items(), 2):
        tied = network.tie_weights and {one, two} == {"head.weight", "embedding.weight"}
        if a < d and c < b and not tied:
            raise WrongError(f"{one} and {two} lie in the same memory")


def _plain(module: nn.Module, x: Tensor) -> Any:
    return module(x)


def _step_by_step(module: nn.RNNCellBase, x: Tensor) -> Tensor:
    state, outputs = None, []
    for x_t in x:
        state = module(x_t, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def _tensors(found: Any) -> Iterator[Tensor]:
    """The tensors of whatever a module returned, in its order."""
    if isinstance(found, Tensor):
        yield found
    elif is_dataclass(found):
        yield from _tensors([getattr(found, field.name) for field in fields(found)])
    elif isinstance(found, Mapping):
        yield from _tensors(list(found.values()))
    elif isinstance(found, tuple | list):
        for item in found:
            yield from _tensors(item)


def _seen(expected: Mapping[str, Tensor], turned: bool) -> Iterator[Tensor]:
    """The ways in which a module may put what it gives."""
    for name, tensor in expected.items():
        if name == "c_n":
            continue
        by_steps = name == "output" or (tensor.dim() == 3 and name == "logits")
        laid = tensor.transpose(0, 1) if turned and by_steps else tensor
        yield laid
        if 1 in laid.shape:
            yield laid.squeeze(-1)
            yield laid.squeeze(1)


@contextmanager
def _float64() -> Iterator[None]:
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(usual)


@contextmanager
def _without_dropout(module: nn.Module, training: bool) -> Iterator[None]:
    """In training, what dropout gives on average."""
    if not training:
        yield
        return
    for part in module.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd):
            part.p = 0.0
        elif isinstance(part, nn.RNNBase):
            part.dropout = 0.0
    with patch.object(functional, "dropout", lambda x, *_, **__: x):
        yield
