"""The weights that a module uses, by torch's names: read without the verifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc import Network

ORDERS = {"lstm": "ifgo", "gru": "rzn", "rnn": "h"}
HEAD = {"w": "weight", "b": "bias"}
SUFFIX = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)(?:_l(\d+)(_reverse)?)?$")


class WrongError(Exception):
    """A module is not its network."""


def gather(module: nn.Module, network: Network, options: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of a module, by torch's names, as it uses them now."""
    if "weights" in options:
        given = options["weights"]
        given = dict(given.named_parameters()) if isinstance(given, nn.Module) else given
        dtype = torch.get_default_dtype()
        return {name: tensor.detach().to(dtype) for name, tensor in given.items()}
    if "names" in options:
        return dict(_unpack(module, network, options["names"]))
    found = _by_parts(module)
    if network.tie_weights:
        own = found.setdefault("head.weight", found["embedding.weight"])
        if own is not found["embedding.weight"]:
            raise WrongError("a tie is missing")
    _check_count(found, network)
    return found


def _by_parts(module: nn.Module) -> dict[str, Tensor]:
    """The weights of a module that has torch's names, or torch's parts."""
    found: dict[str, Tensor] = {}
    below = 0
    for owner in _in_order(module):
        local = _local(owner)
        places = {name: SUFFIX.search(name) for name in local}
        if any(places.values()):
            reverse = owner is getattr(module, "backwards", None)
            below -= reverse
            found |= _recurrent(local, below, reverse)
            below += 1 + max(int(m[2] or 0) for m in places.values() if m)
            continue
        part = "embedding" if isinstance(owner, nn.Embedding) else "head"
        for name, tensor in local.items():
            own = f"{part}.{HEAD.get(name, name)}"
            if own in found:
                raise WrongError(f"{own} twice")
            found[own] = tensor
    return found


def _recurrent(local: Mapping[str, Tensor], below: int, reverse: bool) -> dict[str, Tensor]:
    """A recurrent part's tensors, by torch's names within the whole network."""
    found = {}
    for name, tensor in local.items():
        match = SUFFIX.search(name)
        if match is None:
            raise WrongError(f"{name} is of no network")
        end = "_reverse" if match[3] or reverse else ""
        found[f"{match[1]}_l{below + int(match[2] or 0)}{end}"] = tensor
    return found


def _check_count(found: Mapping[str, Tensor], network: Network) -> None:
    if len({id(tensor) for tensor in found.values()}) != len(found) - network.tie_weights:
        raise WrongError("one tensor in two places")
    own = set()
    for index, layer in enumerate(network.layers):
        names = {"none": "weight_ih weight_hh", "single": "weight_ih weight_hh bias_ih"}.get(
            layer.bias, "weight_ih weight_hh bias_ih bias_hh"
        )
        names += " weight_hr" * (layer.proj_size is not None)
        ends = ("", "_reverse")[: layer.directions]
        own |= {f"{name}_l{index}{end}" for name in names.split() for end in ends}
    own |= {"embedding.weight"} if network.vocab_size is not None else set()
    own |= {"head.weight", "head.bias"} if network.num_classes is not None else set()
    if own != set(found):
        raise WrongError(f"not the network's tensors: {sorted(own ^ set(found))}")
    sizes = {"head.weight": network.num_classes, "embedding.weight": network.vocab_size}
    for name, size in sizes.items():
        if name in found and len(found[name]) != size:
            raise WrongError(f"{name} of {tuple(found[name].shape)}")


def _in_order(module: nn.Module) -> list[nn.Module]:
    """The parts in the order they are used in, as far as their names tell."""
    if hasattr(module, "bottom"):
        return [module.bottom, module.middle, module.top]
    return [part for name, part in module.named_modules() if "parametrizations" not in name]


def _local(owner: nn.Module) -> dict[str, Tensor]:
    """A part's own tensors, after what computes some of them from others."""
    for hook in owner._forward_pre_hooks.values():
        if type(hook).__module__.startswith("torch.nn.utils"):
            hook(owner, ())
    names = [name for name, _ in owner.named_parameters(recurse=False)]
    names += list(getattr(owner, "parametrizations", ()))
    plain = [re.sub(r"_(orig|g|v)$", "", name) for name in names]
    return {name: getattr(owner, name) for name in dict.fromkeys(plain)}


def _unpack(
    module: nn.Module, network: Network, names: Mapping[str, str]
) -> Iterator[tuple[str, Tensor]]:
    """The weights of a module whose names are told, stacked as torch stacks them."""
    letters: dict[str, Tensor] = {}
    width, hidden = network.input_size, network.layers[0].hidden_size
    for own, held in names.items():
        tensor = module.get_parameter(own)
        if SUFFIX.search(held):
            yield held, tensor
            continue
        rows = held.split()
        for row, part in zip(rows, tensor.chunk(len(rows)), strict=True):
            sides = row.split("|")
            sizes = [width if side.startswith("W_x") else hidden for side in sides]
            cut = part.split(sizes, 1) if len(sides) > 1 else [part]
            letters |= dict(zip(sides, cut, strict=True))
    order = ORDERS[network.layers[0].cell.name]
    kinds = (("weight_ih", "W_x"), ("weight_hh", "W_h"), ("bias_ih", "b_x"), ("bias_hh", "b_h"))
    for name, letter in (*kinds, ("bias_ih", "b_")):
        if f"{letter}{order[0]}" in letters:
            yield f"{name}_l0", torch.cat([letters[f"{letter}{gate}"] for gate in order])
