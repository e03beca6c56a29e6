"""From a network to torch.nn modules, and from a torch.nn module to the network it is."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lstmcalc.build import build_network
from lstmcalc.conventions.layout import Layout
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.errors import UnsupportedError
from lstmcalc.network import Layer, Network


def build(
    network: Network, device: str = "cpu", batch_first: bool = False, seed: int = 0
) -> nn.Module:
    """The network as torch modules: a lone one, or a ModuleDict of embedding, rnn and head.

    Weights are torch's own initialisation from `seed`, in the widest type of the device; the
    caller's random state stays as it is.

    Raises:
        UnsupportedError: torch.nn has no such cell, or torch cannot use the device.
    """
    where = check_device(device)
    # Drawn on the CPU for every device: the same numbers, and the device's state is left alone.
    options: dict[str, Any] = {
        "device": where if where.type == "meta" else torch.device("cpu"),
        "dtype": float_type(device),
    }
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return _module(network, options, batch_first)


def build_layer(layer: Layer, input_size: int, batch_first: bool = False) -> nn.Module:
    """One layer as a torch module on the CPU in float64, its weights not yet anything."""
    return _rnn(layer, input_size, 1, {"dtype": torch.float64, "batch_first": batch_first})


def _module(network: Network, options: dict[str, Any], batch_first: bool) -> nn.Module:
    parts: dict[str, nn.Module] = {}
    if network.vocab_size is not None:
        parts["embedding"] = _embedding(network.vocab_size, network.input_size, options)
    parts["rnn"] = _recurrent(network, {**options, "batch_first": batch_first})
    if network.num_classes is not None:
        head = parts["head"] = nn.Linear(network.output_size, network.num_classes, **options)
        if network.tie_weights:
            head.weight = next(parts["embedding"].parameters())
    lone = network.uniform and len(parts) == 1
    return parts["rnn"] if lone else nn.ModuleDict(parts)


def _embedding(words: int, length: int, options: dict[str, Any]) -> nn.Embedding:
    """Drawn here, because torch's own drawing on meta imports its compiler, for seconds."""
    weight = nn.Parameter(torch.empty(words, length, **options))
    if not weight.is_meta:
        nn.init.normal_(weight)
    return nn.Embedding(words, length, _weight=weight)


def _recurrent(network: Network, options: dict[str, Any]) -> nn.Module:
    if network.uniform:
        return _rnn(network.layers[0], network.input_size, len(network.layers), options)
    pairs = zip(network.layers, network.input_sizes, strict=True)
    return nn.ModuleList(_rnn(layer, size, 1, options) for layer, size in pairs)


def _rnn(layer: Layer, input_size: int, depth: int, options: dict[str, Any]) -> nn.Module:
    if layer.cell.name not in TORCH.layouts:
        raise UnsupportedError(f"cell {layer.cell.name}", "torch.nn has no such module")
    layout = TORCH.layouts[layer.cell.name]
    module: nn.Module = getattr(nn, _class(layout))(
        input_size,
        layer.hidden_size,
        depth,
        bias=layer.bias != "none",
        bidirectional=layer.bidirectional,
        **({} if layer.proj_size is None else {"proj_size": layer.proj_size}),
        **layout.options,
        **options,
    )
    return module


def _class(layout: Layout) -> str:
    """The name of a class in torch.nn."""
    return layout.own.rpartition(".")[2]


def network_of(module: nn.Module) -> Network:
    """The network that a recurrent module of torch.nn is.

    Raises:
        UnsupportedError: it is none of RNN, GRU and LSTM.
    """
    modes = {
        "_".join([_class(layout), *layout.options.values()]).upper(): name
        for name, layout in TORCH.layouts.items()
    }
    mode = getattr(module, "mode", "")
    if isinstance(module, nn.RNNCellBase):
        mode = type(module).__name__.removesuffix("Cell")
        mode = f"{mode}_{module.nonlinearity}" if isinstance(module, nn.RNNCell) else mode
    if not isinstance(module, nn.RNNBase | nn.RNNCellBase) or mode.upper() not in modes:
        raise UnsupportedError(
            f"module {type(module).__name__}",
            "only torch.nn.RNN, GRU and LSTM say by themselves which network they are",
            "give the network to compare it with",
        )
    return build_network(
        module.input_size,
        module.hidden_size,
        getattr(module, "num_layers", 1),
        cell=modes[mode.upper()],
        bias=module.bias,
        bidirectional=getattr(module, "bidirectional", False),
        proj_size=getattr(module, "proj_size", 0),
    )


def check_device(device: str) -> torch.device:
    """The device, after making sure that torch can put something on it.

    Raises:
        UnsupportedError: it cannot, or there is no such device.
    """
    try:
        found = torch.device(device)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")[:120]
        raise UnsupportedError(f"device {device!r}", why, "cpu and meta are always there") from None
    return found


def float_type(device: str) -> torch.dtype:
    """float64 wherever the device has it."""
    return torch.float32 if device.startswith("mps") else torch.float64
