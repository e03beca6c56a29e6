"""A user's module in place of a network: the network that it is, and its weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.errors import ConfigurationError, clean, listed
from lstmcalc.forward import Weights
from lstmcalc.network import Network
from lstmcalc.oracles.torch.build import network_of
from lstmcalc.oracles.torch.calling import name_of
from lstmcalc.oracles.torch.copies import recurrent_parts, type_of
from lstmcalc.oracles.torch.run import numpy
from lstmcalc.oracles.torch.slots import Binding, bindings
from lstmcalc.totals import count_parameters

INSTEAD = "give the network that is meant, such as LSTM(28, 128)"


def network_of_model(model: nn.Module) -> Network:
    """The network of a model that has one recurrent part, and beside it nothing but its ends.

    Raises:
        ConfigurationError: it has none or several, or something else that is learned.
    """
    what = f"{type(model).__name__} as a network"
    if any(map(is_lazy, model.parameters())):
        why = "some of its parameters have no size yet"
        raise ConfigurationError(what, why, "call it once, then give it")
    odd = [p.dtype for p in model.parameters() if not p.is_floating_point()]
    if odd:
        why = f"its parameters are {name_of(odd[0])}, and weights are floating-point numbers"
        raise ConfigurationError(what, why, INSTEAD)
    parts = dict(recurrent_parts(model))
    if not parts:
        why = "it has no recurrent part of torch.nn"
        raise ConfigurationError(what, why, "give an nn.RNN, nn.GRU or nn.LSTM, or build_network()")
    if len(parts) > 1:
        remedy = f"give one of them: model.get_submodule({next(iter(parts))!r})"
        raise ConfigurationError(what, f"it has several recurrent parts: {listed(parts)}", remedy)
    ((name, part),) = parts.items()
    recurrent = replace(
        network_of(part),
        batch_first=bool(getattr(part, "batch_first", False)),
        dtype=type_of(part),
    )
    network = replace(recurrent, **_ends(model, part, recurrent))
    unfit = _unfit(model, network)
    if unfit:
        remedy = f"give the part alone: model.get_submodule({name!r})" if name else INSTEAD
        beside = name or "its recurrent weights"
        why = f"beside {beside} it has {listed(unfit)}: neither its embedding nor its head"
        raise ConfigurationError(what, why, remedy)
    learned, counted = sum(p.numel() for p in model.parameters()), count_parameters(network)
    if learned != counted:
        why = f"it learns {learned:,} numbers for {counted:,}: some are shared, or weights computed"
        raise ConfigurationError(what, why, INSTEAD)
    return network


def _unfit(model: nn.Module, network: Network) -> list[str]:
    """What a model has that the network has not, or the other way round; nothing where they fit."""
    layout = tensors(network, TORCH)
    binding = _binding(model, network)
    shapes = binding.shapes
    others = [name.rpartition(".")[0] or name for name in binding.rest]
    others += [
        f"{binding.slots[tensor.name].name} {shapes[tensor.name]}"
        if tensor.name in shapes
        else f"a part without {tensor.name}"
        for tensor in layout
        if shapes.get(tensor.name) != tensor.shape
    ]
    return list(dict.fromkeys(others))


def _ends(model: nn.Module, part: nn.Module, network: Network) -> dict[str, Any]:
    """The sizes of the embedding and the head: a lone module of each class."""
    every = list(model.modules())
    tables = [module for module in every if isinstance(module, nn.Embedding)]
    heads = [module for module in every if isinstance(module, nn.Linear)]
    if len(heads) == 1 and heads[0].out_features == network.input_size:
        # what is registered before the part and fits there may make what it reads
        heads = heads if every.index(heads[0]) > every.index(part) else []
    sizes: dict[str, Any] = {}
    if len(tables) == 1:
        sizes["vocab_size"] = tables[0].num_embeddings
    if len(heads) == 1:
        sizes["num_classes"] = heads[0].out_features
        sizes["tie_weights"] = len(tables) == 1 and heads[0].weight is tables[0].weight
    return sizes


def weights_of_model(model: nn.Module, network: Network) -> Weights:
    """The weights that a model has as that network, in float64.

    Raises:
        ConfigurationError: they are on the meta device, or not finite.
    """
    name = type(model).__name__
    if any(parameter.is_meta for parameter in model.parameters()):
        remedy = "give the network, and weights are drawn"
        raise ConfigurationError(f"{name} on meta", "it has shapes and no numbers", remedy)
    with torch.no_grad():
        arrays = {
            stored: numpy(slot.tensor.double())
            for stored, slot in _binding(model, network).slots.items()
        }
    odd = [stored for stored, array in arrays.items() if not np.isfinite(array).all()]
    if odd:
        raise ConfigurationError(f"{name}, {listed(odd)}", "it holds values that are not finite")
    source = clean(f"of the module {name}")
    return replace(unpack(arrays, tensors(network, TORCH)), source=source)


def _binding(model: nn.Module, network: Network) -> Binding:
    """Where the model keeps the tensors of the network."""
    return bindings(model, tensors(network, TORCH), {})[0]
