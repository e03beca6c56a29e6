"""Carries: the states as Flax, in both its APIs, hands them from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from lstmcalc.forward import Outputs
from lstmcalc.head import head_rows
from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.values import Array

Passed: TypeAlias = tuple[list[Array], list[Any], Array | None]
"""The first x and the output of each layer, each layer's last carry, and the logits."""


def carries(network: Network, states: Mapping[Place, Mapping[str, Array]]) -> list[Any]:
    """Each layer's carry: `(c, h)` of an LSTM, else h; a pair of them for two directions."""
    every: list[Any] = []
    for index, layer in enumerate(network.layers):
        pair = [_carry(states[index, direction]) for direction in range(layer.directions)]
        every.append(tuple(pair) if layer.bidirectional else pair[0])
    return every


def read_by_head(network: Network, x: Array, time_major: bool, xp: Any) -> Array:
    """What the head reads of the last layer's output, in the order of x."""
    if network.head_on == "every":
        return x
    steps = x if time_major else x.swapaxes(0, 1)
    return head_rows(steps, network.head_on, network.layers[-1].features, xp.concatenate)


def hand_over(
    network: Network, given: Array, passed: Passed, first: Sequence[Any], time_major: bool
) -> tuple[Outputs, dict[str, Array], list[tuple[Array, Array]]]:
    """A run's outputs, steps first; what went in and came out by name; and each layer's x."""
    xs, ends, logits = passed
    handed = {} if network.vocab_size is None else {"tokens": given}
    handed |= {"x": xs[0], **dict(_named(network, first, "initial_carry"))}
    handed |= {**dict(_named(network, ends, "carry")), "output": xs[-1]}
    handed |= {} if logits is None else {"logits": logits}
    turn = not time_major
    output = xs[-1].swapaxes(0, 1) if turn else xs[-1]
    if logits is not None and network.head_on == "every" and turn:
        logits = logits.swapaxes(0, 1)
    layers = [*pairwise(xs)]
    return Outputs(output, _states_of(network, ends), logits), handed, layers


def _named(network: Network, ends: Sequence[Any], word: str) -> Iterator[tuple[str, Array]]:
    """Every array of the carries, in their order, by its layer, direction and state."""
    for index, (layer, end) in enumerate(zip(network.layers, ends, strict=True)):
        prefix = f"layer {index} " if len(network.layers) > 1 else ""
        pair = zip(("forward ", "backward "), end, strict=True)
        for way, carry in pair if layer.bidirectional else [("", end)]:
            for state, array in _states(layer, carry).items():
                yield f"{prefix}{way}{word} {state}", array


def _states_of(network: Network, ends: Sequence[Any]) -> dict[Place, dict[str, Array]]:
    """The states of carries, by layer and direction."""
    states = {}
    for index, (layer, end) in enumerate(zip(network.layers, ends, strict=True)):
        for direction, carry in enumerate(end if layer.bidirectional else [end]):
            states[index, direction] = _states(layer, carry)
    return states


def _carry(states: Mapping[str, Array]) -> Any:
    return (states["c"], states["h"]) if "c" in states else states["h"]


def _states(layer: Layer, carry: Any) -> dict[str, Array]:
    return {"c": carry[0], "h": carry[1]} if "c" in layer.graph.states else {"h": carry}
