"""What the tests ask of the real cell of a framework, and the networks they ask it for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lstmcalc import Network
from lstmcalc.network import Layer, Place

Array = np.ndarray
States = Mapping[Place, Mapping[str, Array]]
"""The first states, by layer and direction and by our names."""
Ran = tuple[Array, dict[Place, tuple[Array, ...]]]
"""The output [T, B, D·R], and the last states in the order the framework hands them over."""


class Real:
    """The real thing for a network: its tensors go by the names that the framework gives them."""

    def __init__(self, network: Network, own: str) -> None:
        """Build it; `own` is the framework's class or operator."""
        raise NotImplementedError

    def held(self) -> dict[str, Array]:
        """Every parameter it holds now."""
        raise NotImplementedError

    def load(self, stored: Mapping[str, Array]) -> None:
        """Put tensors of the same names in their place."""
        raise NotImplementedError

    def run(self, x: Array, first: States) -> Ran:
        """Run x [T, B, I]; most do it for one layer in one direction."""
        raise NotImplementedError

    def count(self) -> int:
        """How many parameters it trains."""
        return sum(array.size for array in self.held().values())


def places(network: Network) -> Iterator[tuple[Layer, int]]:
    """Each direction of each layer, with what it reads."""
    for layer, size in zip(network.layers, network.input_sizes, strict=True):
        for _ in range(layer.directions):
            yield layer, size


def stacked(first: States, name: str) -> Array:
    """One state of every layer and direction, [L·D, B, ·]."""
    return np.stack([states[name] for _, states in sorted(first.items())])
