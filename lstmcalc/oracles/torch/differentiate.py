"""Gradients by torch's autograd: the oracle of the derived backward equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lstmcalc.backward import Arriving
from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import HeadOn
from lstmcalc.oracles.model import Leaf
from lstmcalc.oracles.torch.modules import Pieces
from lstmcalc.oracles.torch.run import numpy, run, to_tensor
from lstmcalc.oracles.torch.work import WorkCounter


def differentiate(
    pieces: Pieces, inputs: Inputs, arriving: Arriving, head_on: HeadOn, unbatched: bool
) -> dict[Leaf, Any]:
    """The gradients of every tensor, of x and of the first states, as NumPy arrays."""
    first = pieces.recurrent[0].module
    leaves: dict[Leaf, Tensor] = {}
    leaves.update(pieces.parameters.items())
    x = inputs.x
    if pieces.embedding is None:
        x = leaves["x"] = to_tensor(x, first).requires_grad_()
    states: dict[Any, dict[str, Tensor]] = {}
    for place, found in inputs.states.items():
        for name, state in found.items():
            leaf = to_tensor(state, first).requires_grad_()
            states.setdefault(place, {})[name] = leaves[place, name] = leaf
    outputs, _ = run(pieces, Inputs(x, states), head_on, unbatched)
    gradients = torch.autograd.grad(
        _loss(outputs, arriving), list(leaves.values()), allow_unused=True
    )
    return {
        leaf: numpy(torch.zeros_like(tensor) if gradient is None else gradient)
        for (leaf, tensor), gradient in zip(leaves.items(), gradients, strict=True)
    }


def count_backward(
    pieces: Pieces, inputs: Inputs, arriving: Arriving, head_on: HeadOn
) -> tuple[int, Mapping[str, int]]:
    """The multiply-accumulates of a backward pass to the weights alone, and what is uncounted."""
    outputs, _ = run(pieces, inputs, head_on, False)
    loss = _loss(replace(outputs, states={}), replace(arriving, states={}))
    with WorkCounter() as counter:
        torch.autograd.grad(loss, list(pieces.parameters.values()), allow_unused=True)
    return counter.work.macs, counter.unknown_products


def _loss(outputs: Outputs, arriving: Arriving) -> Tensor:
    """The sum of every output times its gradient, so that these are the loss's own gradients."""

    def times(output: Any, gradient: Any) -> Any:
        return (output * torch.from_numpy(gradient).to(output)).sum()

    parts = []
    if arriving.logits is not None:
        parts.append(times(outputs.logits, arriving.logits))
    if arriving.output is not None:
        parts.append(times(outputs.output, arriving.output))
    for place, ends in (arriving.states or {}).items():
        parts += [times(outputs.states[place][name], end) for name, end in ends.items()]
    return torch.stack(parts).sum()
