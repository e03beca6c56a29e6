"""What a module may give for x, and what a gradient of that is a gradient of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from lstmcalc.backward import Arriving
from lstmcalc.forward import Outputs
from lstmcalc.network import HEAD_WORDS, Network, Place
from lstmcalc.readings.values import Array

OUTPUT, ROWS = "output", "as rows"
STEPS = 3
"""Dimensions of what is there for every step: steps, sequences, features."""


class Kind(NamedTuple):
    """One thing that a module may give: what it is, its numbers, and the way back of a gradient."""

    name: str
    array: Array
    pull: Callable[[Array], Arriving]

    @property
    def is_output(self) -> bool:
        """Whether it is the output of every step, and no part of it."""
        return self.name.startswith(OUTPUT)


def kinds(network: Network, outputs: Outputs) -> list[Kind]:
    """All that a right module may give: logits where there is a head, else output or last states.

    In either layout of steps and sequences; logits also as their log-softmax, flattened to rows, or
    without their one class.
    """
    if outputs.logits is not None:
        name = f"logits of {HEAD_WORDS[network.head_on]}"
        plain = Kind(name, outputs.logits, lambda gradient: Arriving(logits=gradient))
        both = [plain, _log_softmax(plain)] if outputs.logits.shape[-1] > 1 else [plain]
        return [kind for each in both for kind in _shaped(each)]
    output = Kind(OUTPUT, outputs.output, lambda gradient: Arriving(output=gradient))
    return [*_laid_out(output), *_last_states(network, outputs)]


def _shaped(kind: Kind) -> Iterator[Kind]:
    """In each layout, as rows, and without a dimension of one class."""
    for each in _laid_out(kind):
        yield each
        if each.array.ndim == STEPS:
            rows = each.array.reshape(-1, each.array.shape[-1])
            shape = each.array.shape
            yield _turned(each, ROWS, rows, partial(_reshaped, shape))
        if each.array.shape[-1] == 1:
            yield _turned(each, "squeezed", each.array[..., 0], lambda g: g[..., None])


def _reshaped(shape: tuple[int, ...], gradient: Array) -> Array:
    return gradient.reshape(shape)


def _laid_out(kind: Kind) -> Iterator[Kind]:
    """The same with steps first, and with sequences first."""
    if kind.array.ndim < STEPS:
        yield kind
        return
    yield kind._replace(name=f"{kind.name} (T, B, …)")
    swapped = _turned(kind, "", kind.array.swapaxes(0, 1), lambda g: g.swapaxes(0, 1))
    yield swapped._replace(name=f"{kind.name} (B, T, …)")


def _turned(kind: Kind, words: str, array: Array, back: Callable[[Array], Array]) -> Kind:
    return Kind(f"{kind.name} {words}".strip(), array, lambda gradient: kind.pull(back(gradient)))


def _log_softmax(kind: Kind) -> Kind:
    shifted = kind.array - kind.array.max(-1, keepdims=True)
    array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))

    def back(gradient: Array) -> Array:
        found: Array = gradient - np.exp(array) * gradient.sum(-1, keepdims=True)
        return found

    return _turned(kind._replace(name=f"log-softmax of the {kind.name}"), "", array, back)


def _last_states(network: Network, outputs: Outputs) -> Iterator[Kind]:
    """h_n as torch stacks it, and the last layer's in three shapes."""
    top = len(network.layers) - 1
    every = {place: states["h"] for place, states in sorted(outputs.states.items())}
    last = {place: state for place, state in every.items() if place[0] == top}
    if network.uniform and len(every) > len(last):
        yield _stacked("the last states of all layers", every, outputs)
    yield _stacked("the last states", last, outputs)
    width = network.layers[top].features

    def back(gradient: Array) -> Arriving:
        parts = {place: gradient[:, k * width : (k + 1) * width] for k, place in enumerate(last)}
        return Arriving(states=_states(outputs, parts))

    yield Kind("the last states side by side", np.concatenate(list(last.values()), -1), back)


def _stacked(name: str, states: Mapping[Place, Array], outputs: Outputs) -> Kind:
    def back(gradient: Array) -> Arriving:
        return Arriving(states=_states(outputs, dict(zip(states, gradient, strict=True))))

    return Kind(name, np.stack(list(states.values())), back)


def _states(outputs: Outputs, gradients: Mapping[Place, Array]) -> dict[Place, dict[str, Array]]:
    """Gradients of some last h, and none of all others."""
    return {
        place: {"h": gradients[place]} if place in gradients else {} for place in outputs.states
    }
