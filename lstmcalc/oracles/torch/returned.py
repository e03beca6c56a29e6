"""What torch's modules take and return, in torch's own order of dimensions, packed or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmcalc.forward import Inputs
from lstmcalc.head import head_rows
from lstmcalc.network import HeadOn, Network
from lstmcalc.oracles.torch.build import build_layer
from lstmcalc.oracles.torch.modules import Pieces
from lstmcalc.oracles.torch.run import numpy, to_tensor, turn
from lstmcalc.waypoints import GATES, JOINED, PADDED, PUTS_OUT, READS


def returned(
    pieces: Pieces, inputs: Inputs, head_on: HeadOn, unbatched: bool, lengths: Sequence[int]
) -> Mapping[str, Any]:
    """Every tensor of a run from zero states that goes in or comes out, by its name."""
    modules = [piece.module for piece in pieces.recurrent]
    first = modules[0]
    found: dict[str, Tensor] = {}
    x: Tensor = turn(to_tensor(inputs.x, first), first, unbatched)
    if pieces.embedding is not None:
        found["tokens"] = x
        x = pieces.embedding(x)
    found["x"] = x
    batch_first = bool(first.batch_first)
    given: Tensor | PackedSequence = x
    if lengths:
        given = pack_padded_sequence(
            x, list(lengths), batch_first=batch_first, enforce_sorted=False
        )
        found["packed x"], found["batch_sizes"] = given.data, given.batch_sizes
    ends: dict[str, Tensor] = {}
    for index, module in enumerate(modules):
        prefix = f"rnn.{index} " if len(modules) > 1 else ""
        starts = _zeros(module, given, unbatched)
        found |= {f"{prefix}{name}_0": start for name, start in starts.items()}
        given, last = module(given, starts["h"] if len(starts) == 1 else tuple(starts.values()))
        ends |= {f"{prefix}{name}_n": end for name, end in _named(last).items()}
    steps_first: dict[str, Tensor] = {}
    if isinstance(given, PackedSequence):
        if batch_first:
            steps_first[PADDED], _ = pad_packed_sequence(given)
        given, _ = pad_packed_sequence(given, batch_first=batch_first)
    found |= {"output": given, **steps_first, **ends}
    if pieces.head is not None:
        steps = given.movedim(1, 0) if batch_first and not unbatched else given
        features = given.shape[-1] // pieces.recurrent[-1].directions
        rows = given if head_on == "every" else head_rows(steps, head_on, features, torch.cat)
        found["logits"] = pieces.head(rows)
    return {name: numpy(tensor) for name, tensor in found.items()}


def _zeros(module: Any, given: Tensor | PackedSequence, unbatched: bool) -> dict[str, Tensor]:
    """First states of zeros, of the shapes that the module itself expects."""
    data, sizes = given.data, None
    if isinstance(given, PackedSequence):
        sizes = given.batch_sizes
    elif unbatched:
        data = data[None] if module.batch_first else data[:, None]
    shapes = {"h": module.get_expected_hidden_size(data, sizes)}
    if isinstance(module, torch.nn.LSTM):
        shapes["c"] = module.get_expected_cell_size(data, sizes)
    zeros = {name: data.new_zeros(shape) for name, shape in shapes.items()}
    return {name: zero[:, 0] for name, zero in zeros.items()} if unbatched else zeros


def layer_shapes(
    network: Network, x: Any, batch_first: bool, lengths: Sequence[int]
) -> dict[tuple[int, str], tuple[int, ...]]:
    """The shapes inside of each layer, run as a module of its own on what the one below gave.

    By layer, and by the names of `lstmcalc.waypoints.LAYER_PARTS` or of a state.
    """
    found: dict[tuple[int, str], tuple[int, ...]] = {}
    given: Any = torch.from_numpy(x)
    if lengths:
        given = pack_padded_sequence(given, list(lengths), batch_first, enforce_sorted=False)
    for index, layer in enumerate(network.layers):
        module = build_layer(layer, network.input_sizes[index], batch_first)
        found[index, READS] = _shape(given)
        given, ends = module(given)
        batch = _named(ends)["h"].shape[1:-1]
        weights = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
        rows, width = weights["weight_ih_l0"]
        found[index, JOINED] = (*batch, width + weights["weight_hh_l0"][1])
        found[index, GATES] = (*batch, rows)
        for name, end in _named(ends).items():
            found[index, name] = tuple(end[-1].shape)
        found[index, PUTS_OUT] = _shape(given)
    return found


def _named(ends: Tensor | tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """The last states by name: torch gives h alone, or h and c."""
    return {"h": ends} if isinstance(ends, Tensor) else dict(zip("hc", ends, strict=True))


def _shape(given: Tensor | PackedSequence) -> tuple[int, ...]:
    return tuple((given.data if isinstance(given, PackedSequence) else given).shape)
