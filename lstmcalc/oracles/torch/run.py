"""One forward pass through a module's parts: embedding, recurrent modules in their order, head."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lstmcalc.forward import Inputs, Outputs
from lstmcalc.head import head_rows
from lstmcalc.network import HeadOn, Place
from lstmcalc.oracles.torch.modules import Pieces, Recurrent
from lstmcalc.readings.values import Array

Shapes = dict[str, tuple[int, ...]]


def run(pieces: Pieces, inputs: Inputs, head_on: HeadOn, unbatched: bool) -> tuple[Outputs, Shapes]:
    """Run the parts on `inputs`; the outputs are tensors, the shapes as torch gave them."""
    shapes: Shapes = {}
    states: dict[Place, dict[str, Tensor]] = {}
    first, last = pieces.recurrent[0].module, pieces.recurrent[-1].module
    x = to_tensor(inputs.x, first)
    if pieces.embedding is not None:
        tokens = turn(x, first, unbatched)
        shapes["tokens"] = tuple(tokens.shape)
        x = turn_back(pieces.embedding(tokens), first, unbatched)
    below = 0
    for index, piece in enumerate(pieces.recurrent):
        prefix = f"rnn.{index} " if len(pieces.recurrent) > 1 else ""
        read = turn(x, piece.module, unbatched)
        shapes.setdefault("x", tuple(read.shape))
        output, ends = _call(piece, read, _starts(piece, inputs, below, unbatched))
        shapes["output"] = tuple(output.shape)
        for name, end in ends.items():
            shapes[f"{prefix}{name}_n"] = tuple(end.shape)
            for row, state in enumerate(end):
                place = (below + row // piece.directions, row % piece.directions)
                states.setdefault(place, {})[name] = state[None] if unbatched else state
        x = turn_back(output, piece.module, unbatched)
        below += piece.depth
    if pieces.head is None:
        return Outputs(x, states), shapes
    every = head_on == "every"
    features = x.shape[-1] // pieces.recurrent[-1].directions
    rows = turn(x, last, unbatched) if every else head_rows(x, head_on, features, torch.cat)
    logits = pieces.head(rows[0] if unbatched and not every else rows)
    shapes["logits"] = tuple(logits.shape)
    if every:
        logits = turn_back(logits, last, unbatched)
    elif unbatched:
        logits = logits[None]
    return Outputs(x, states, logits), shapes


def in_numpy(outputs: Outputs) -> Outputs:
    """The same outputs as NumPy arrays."""
    states = {
        place: {name: numpy(state) for name, state in found.items()}
        for place, found in outputs.states.items()
    }
    logits = None if outputs.logits is None else numpy(outputs.logits)
    return Outputs(numpy(outputs.output), states, logits)


def to_tensor(array: Array, module: nn.Module) -> Tensor:
    """The array, or tensor, on the module's device; numbers in its type, tokens as they are."""
    weight = next(module.parameters())
    tensor = array if isinstance(array, Tensor) else torch.from_numpy(array)
    return tensor.to(weight.device, weight.dtype if tensor.is_floating_point() else None)


def _call(
    piece: Recurrent, x: Tensor, starts: dict[str, Tensor]
) -> tuple[Tensor, Mapping[str, Tensor]]:
    """What a recurrent module puts out, and its last states by name."""
    output, ends = piece.module(x, starts["h"] if len(starts) == 1 else tuple(starts.values()))
    ends = (ends,) if isinstance(ends, Tensor) else ends
    return output, dict(zip(starts, ends, strict=True))


def _starts(piece: Recurrent, inputs: Inputs, below: int, unbatched: bool) -> dict[str, Tensor]:
    """The first states of a module's layers and directions, stacked as torch wants them."""
    places = [(below + la, d) for la in range(piece.depth) for d in range(piece.directions)]
    found = {}
    for name in inputs.states[places[0]]:
        stacked = torch.stack([to_tensor(inputs.states[p][name], piece.module) for p in places])
        found[name] = stacked[:, 0] if unbatched else stacked
    return found


def turn(x: Tensor, module: nn.Module, unbatched: bool) -> Tensor:
    """[T, B, …] as the module reads it."""
    if unbatched:
        return x[:, 0]
    return x.transpose(0, 1) if getattr(module, "batch_first", False) else x


def turn_back(x: Tensor, module: nn.Module, unbatched: bool) -> Tensor:
    """What the module put out, as [T, B, …]."""
    return x[:, None] if unbatched else turn(x, module, unbatched)


def numpy(tensor: Tensor) -> Array:
    """The tensor's numbers in NumPy."""
    return tensor.detach().cpu().numpy()
