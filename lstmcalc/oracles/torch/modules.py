"""The parts of a torch model that was built for a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Recurrent:
    """A recurrent module of torch, and the number of layers and directions it holds."""

    module: nn.RNNBase
    depth: int
    directions: int


@dataclass(frozen=True)
class Pieces:
    """A model taken apart, and every parameter by torch's name for it."""

    embedding: nn.Embedding | None
    recurrent: tuple[Recurrent, ...]
    head: nn.Linear | None
    parameters: dict[str, Tensor]


def take_apart(model: nn.Module) -> Pieces:
    """The parts of a model as `build` makes it: a recurrent module, or a ModuleDict of parts."""
    parts: dict[str, Any] = {"rnn": model}
    if isinstance(model, nn.ModuleDict):
        parts = dict(model.items())
    rnn = parts["rnn"]
    modules: list[Any] = list(rnn) if isinstance(rnn, nn.ModuleList) else [rnn]
    recurrent = tuple(
        Recurrent(module, module.num_layers, 1 + module.bidirectional) for module in modules
    )
    parameters: dict[str, Tensor] = dict(model.named_parameters())
    return Pieces(parts.get("embedding"), recurrent, parts.get("head"), parameters)
