"""Carries: the states as Flax, in both its APIs, hands them from step to step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.values import Array


def carries(network: Network, states: Mapping[Place, Mapping[str, Array]]) -> list[Any]:
    """Each layer's carry: `(c, h)` of an LSTM, else h; a pair of them for two directions."""
    found: list[Any] = []
    for index, layer in enumerate(network.layers):
        own = [_carry(states[index, direction]) for direction in range(layer.directions)]
        found.append(tuple(own) if layer.bidirectional else own[0])
    return found


def states_of(network: Network, ends: Sequence[Any]) -> dict[Place, dict[str, Array]]:
    """The same the other way round."""
    found = {}
    for index, (layer, end) in enumerate(zip(network.layers, ends, strict=True)):
        for direction, carry in enumerate(end if layer.bidirectional else [end]):
            found[index, direction] = _states(layer, carry)
    return found


def _carry(states: Mapping[str, Array]) -> Any:
    return (states["c"], states["h"]) if "c" in states else states["h"]


def _states(layer: Layer, carry: Any) -> dict[str, Array]:
    return {"c": carry[0], "h": carry[1]} if "c" in layer.graph.states else {"h": carry}
