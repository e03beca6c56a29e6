"""A copy of a user's module to be called, also where `copy.deepcopy` gives up."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc.oracles.torch.build import check_device, float_type
from lstmcalc.oracles.torch.calling import name_of

Memo = dict[int, Any]
RECURRENT = (nn.RNNBase, nn.RNNCellBase)
"""What torch itself has of recurrent modules, and what is derived from them."""


def copy_module(module: nn.Module) -> nn.Module:
    """The module with tensors of its own.

    A lock, an open file or a tensor that was computed cannot be copied: then everything else is,
    attribute by attribute, and that alone is shared.
    """
    try:
        with torch.no_grad():  # else the parameters of a module of TorchScript are no leaves
            twin = copy.deepcopy(module)
    except Exception:  # whatever a class raises in its own __deepcopy__
        twin = _copied(module, {})
    pairs = zip(module.parameters(), twin.parameters(), strict=False)
    for parameter, other in pairs:
        for hook in (parameter._backward_hooks or {}).values():  # a copy has none
            if hook not in (other._backward_hooks or {}).values():
                other.register_hook(hook)
        after = getattr(parameter, "_post_accumulate_grad_hooks", None) or {}
        for hook in after.values():
            other.register_post_accumulate_grad_hook(hook)
    return twin


def _copied(module: nn.Module, memo: Memo) -> nn.Module:
    if id(module) in memo:
        twin: nn.Module = memo[id(module)]
        return twin
    twin = memo[id(module)] = module.__class__.__new__(module.__class__)
    for name, value in vars(module).items():
        vars(twin)[name] = _attribute(value, memo)
    if isinstance(twin, nn.RNNBase):
        twin._init_flat_weights()  # the list it runs with: it refers to the parameters
    return twin


def _attribute(value: Any, memo: Memo) -> Any:
    if isinstance(value, nn.Module):
        return _copied(value, memo)
    if isinstance(value, Tensor):
        if id(value) not in memo:
            twin = value.detach().clone()
            parameter = isinstance(value, nn.Parameter)
            memo[id(value)] = nn.Parameter(twin, value.requires_grad) if parameter else twin
        return memo[id(value)]
    if type(value) in _MAPPINGS:
        return type(value)((key, _attribute(item, memo)) for key, item in value.items())
    if type(value) in (list, tuple):
        return type(value)(_attribute(item, memo) for item in value)
    try:
        return copy.deepcopy(value, memo)
    except Exception:  # it is shared
        return value


_MAPPINGS = (dict, OrderedDict)
"""Those whose items are copied one by one: a module keeps its parameters and hooks in them."""


def prepare(module: nn.Module, device: str, dtype: str = "") -> nn.Module:
    """A copy of a module, on a device and ready to be called; in float64 where the device has it.

    `dtype` keeps the copy in another type of number.

    Raises:
        UnsupportedError: torch cannot use the device.
    """
    where = check_device(device)
    kind = getattr(torch, dtype) if dtype else float_type(device)
    return copy_module(module).to(where, kind).eval()


def type_of(module: nn.Module) -> str:
    """The type of number of a module's parameters."""
    kinds = (p.dtype for p in module.parameters() if p.is_floating_point())
    return name_of(next(kinds, torch.get_default_dtype()))


def recurrent_parts(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every recurrent module and cell of torch in a model, by its name."""
    for name, part in module.named_modules():
        if isinstance(part, RECURRENT):
            yield name, part
