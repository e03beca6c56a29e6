"""A network of torch's own layers, one for each of the network's, with weights that are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstmcalc import Network
from modules.weights import WrongError

KINDS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN, "rnn_relu": nn.RNN}


class Reference:
    """The network of torch's own layers, with the weights that a module has."""

    def __init__(self, network: Network, weights: Mapping[str, Tensor]) -> None:
        copies = {id(w): w.detach().clone().requires_grad_() for w in weights.values()}
        self.network = network
        self.weights = {name: copies[id(w)] for name, w in weights.items()}
        self.kind = network.layers[0].cell.name
        self.given = network.vocab_size is None
        self.theirs = {name: w for name, w in weights.items() if isinstance(w, nn.Parameter)}

    def draw(self, steps: int, batch: int) -> Tensor:
        """x, or tokens, by steps."""
        if self.given:
            return torch.randn(steps, batch, self.network.input_size).requires_grad_()
        return torch.randint(self.network.vocab_size, (steps, batch))

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """All that the network can be said to give, by steps."""
        if not self.given:
            x = functional.embedding(x, self.weights["embedding.weight"])
        ends = []
        for index, layer in enumerate(self.network.layers):
            x, end = self._layer(index, layer, x)
            ends.append(end)
        found = {"output": x, "h": ends[-1][0][-1]}
        if self.network.uniform:
            stacked = map(torch.cat, zip(*ends, strict=True))
            found |= {f"{letter}_n": state for letter, state in zip("hc", stacked, strict=False)}
        if self.network.num_classes is not None:
            read = {
                "every": lambda: x,
                "last": lambda: x[-1],
                "states": lambda: torch.cat([*ends[-1][0]], -1),
            }[self.network.head_on]()
            found["logits"] = functional.linear(
                read, self.weights["head.weight"], self.weights["head.bias"]
            )
        return found

    def _layer(self, index: int, layer: Any, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        options = {"nonlinearity": "relu"} if self.kind == "rnn_relu" else {}
        own = KINDS[self.kind](
            x.shape[-1],
            layer.hidden_size,
            bias=layer.bias != "none",
            bidirectional=layer.bidirectional,
            **({"proj_size": layer.proj_size} if layer.proj_size else {}),
            **options,
        )
        names = {n: n.replace("_l0", f"_l{index}") for n in own._flat_weights_names}
        missing = {n: torch.zeros_like(getattr(own, n)) for n in names if "bias_hh" in n}
        given = {own: self.weights[n] for own, n in names.items() if n in self.weights}
        if layer.bias == "single":
            given = {**missing, **given}
        for name, tensor in given.items():
            if tensor.shape != getattr(own, name).shape:
                raise WrongError(f"{name} of {tuple(tensor.shape)}")
        if set(given) != set(names):
            raise WrongError(f"no {set(names) - set(given)}")
        output, ends = torch.func.functional_call(own, given, (x,))
        return output, ends if isinstance(ends, tuple) else (ends,)
