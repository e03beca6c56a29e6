"""What torch's modules take and return, in torch's own order of dimensions, packed or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmcalc.forward import Inputs
from lstmcalc.oracles.torch.modules import Pieces
from lstmcalc.oracles.torch.run import numpy, to_tensor, turn


def returned(
    pieces: Pieces, inputs: Inputs, unbatched: bool, lengths: Sequence[int]
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
    for index, module in enumerate(modules):
        prefix = f"rnn.{index} " if len(modules) > 1 else ""
        given, ends = module(given)
        named = (
            {"h_n": ends}
            if isinstance(ends, Tensor)
            else dict(zip(("h_n", "c_n"), ends, strict=True))
        )
        found |= {f"{prefix}{name}": end for name, end in named.items()}
    if isinstance(given, PackedSequence):
        given, _ = pad_packed_sequence(given, batch_first=batch_first)
    found["output"] = given
    return {name: numpy(tensor) for name, tensor in found.items()}
