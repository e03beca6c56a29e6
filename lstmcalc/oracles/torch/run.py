"""One forward pass through a module's parts: embedding, recurrent modules in their order, head."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import HeadOn, Place
from lstmcalc.oracles.torch.modules import Pieces, Recurrent

Shapes = dict[str, tuple[int, ...]]


def run(pieces: Pieces, inputs: Inputs, head_on: HeadOn, unbatched: bool) -> tuple[Outputs, Shapes]:
    """Run the parts on `inputs`; the arrays come back in NumPy, the shapes as torch gave them."""
    shapes: Shapes = {}
    states: dict[Place, dict[str, Tensor]] = {}
    weight = next(pieces.recurrent[0].module.parameters())
    x = torch.from_numpy(inputs.x).to(weight.device)
    first = pieces.recurrent[0].module
    if pieces.embedding is None:
        x = x.to(weight.dtype)
    else:
        tokens = _present(x, first, unbatched)
        shapes["tokens"] = tuple(tokens.shape)
        x = _restore(pieces.embedding(tokens), first, unbatched)
    below = 0
    for index, piece in enumerate(pieces.recurrent):
        module = piece.module
        presented = _present(x, module, unbatched)
        shapes.setdefault("x", tuple(presented.shape))
        output, ends = _call(piece, presented, _starts(piece, inputs, below, weight, unbatched))
        shapes["output"] = tuple(output.shape)
        for name, end in ends.items():
            prefix = f"rnn.{index} " if len(pieces.recurrent) > 1 else ""
            shapes[f"{prefix}{name}_n"] = tuple(end.shape)
            for row, state in enumerate(end):
                place = (below + row // piece.directions, row % piece.directions)
                states.setdefault(place, {})[name] = state[None] if unbatched else state
        x = _restore(output, module, unbatched)
        below += piece.depth
    logits = None
    if pieces.head is not None:
        last = pieces.recurrent[-1].module
        raw = pieces.head(
            _present(x, last, unbatched) if head_on == "every" else _last(x, unbatched)
        )
        shapes["logits"] = tuple(raw.shape)
        logits = _restore(raw, last, unbatched) if head_on == "every" else raw
        logits = _numpy(logits[None] if unbatched and head_on == "last" else logits)
    arrays = {
        place: {name: _numpy(state) for name, state in found.items()}
        for place, found in states.items()
    }
    return Outputs(_numpy(x), arrays, logits), shapes


def _call(
    piece: Recurrent, x: Tensor, starts: dict[str, Tensor]
) -> tuple[Tensor, Mapping[str, Tensor]]:
    """Call a recurrent module; one that is not torch's own starts from zero states."""
    module = piece.module
    if isinstance(module, nn.RNNCellBase):
        return _unroll(module, x, starts)
    if not isinstance(module, nn.RNNBase):
        output = module(x)
        return (output[0] if isinstance(output, tuple) else output), {}
    if isinstance(module, nn.LSTM):
        output, (h, c) = module(x, (starts["h"], starts["c"]))
        return output, {"h": h, "c": c}
    output, h = module(x, starts["h"])
    return output, {"h": h}


def _unroll(
    module: nn.RNNCellBase, x: Tensor, starts: dict[str, Tensor]
) -> tuple[Tensor, Mapping[str, Tensor]]:
    names = ["h", "c"] if isinstance(module, nn.LSTMCell) else ["h"]
    states = [starts[name][0] for name in names]
    outputs = []
    for step in x:
        found = module(step, tuple(states) if len(states) > 1 else states[0])
        states = list(found) if isinstance(found, tuple) else [found]
        outputs.append(states[0])
    ends = {name: state[None] for name, state in zip(names, states, strict=True)}
    return torch.stack(outputs), ends


def _starts(
    piece: Recurrent, inputs: Inputs, below: int, like: Tensor, unbatched: bool
) -> dict[str, Tensor]:
    """The first states of a module's layers and directions, stacked as torch wants them."""
    places = [(below + la, d) for la in range(piece.depth) for d in range(piece.directions)]
    found = {}
    for name in inputs.states[places[0]]:
        stacked = torch.stack([torch.from_numpy(inputs.states[place][name]) for place in places])
        found[name] = (stacked[:, 0] if unbatched else stacked).to(like.device, like.dtype)
    return found


def _present(x: Tensor, module: nn.Module, unbatched: bool) -> Tensor:
    """[T, B, …] as the module reads it."""
    if unbatched:
        return x[:, 0]
    return x.transpose(0, 1) if getattr(module, "batch_first", False) else x


def _restore(x: Tensor, module: nn.Module, unbatched: bool) -> Tensor:
    """Back to [T, B, …]."""
    if unbatched:
        return x[:, None]
    return x.transpose(0, 1) if getattr(module, "batch_first", False) else x


def _last(x: Tensor, unbatched: bool) -> Tensor:
    return x[-1, 0] if unbatched else x[-1]


def _numpy(tensor: Tensor) -> object:
    return tensor.detach().cpu().numpy()
