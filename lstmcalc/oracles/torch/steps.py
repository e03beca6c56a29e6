"""torch's own modules run one step at a time, so that every state between can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc.algebra import Graph
from lstmcalc.conventions.packing import Tensor as Stored
from lstmcalc.forward import Inputs, Weights
from lstmcalc.network import Network, Place
from lstmcalc.oracles.model import ACTIVATIONS, Led
from lstmcalc.oracles.torch.build import build_layer
from lstmcalc.oracles.torch.watch import Watch
from lstmcalc.readings.values import step


@dataclass(frozen=True)
class Stepped:
    """The states after every step, in the order of time, and every activation on the way.

    States are [1, B, ·], the very tensors that the next step and the layer above read. `output` is
    the last layer's. `own` has the states as torch computed them, before any was led elsewhere.
    `activations` has the results of torch's sigmoid, tanh and relu by the
    operator's name, in the order it ran them within the step.
    """

    output: Tensor
    states: Mapping[Place, Sequence[Mapping[str, Tensor]]]
    own: Mapping[Place, Sequence[Mapping[str, Tensor]]]
    activations: Mapping[Place, Sequence[Mapping[str, Sequence[Tensor]]]]


class _Recorder(Watch):
    """While active, keeps a copy of the result of every activation."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[Tensor]] = {}

    def seen(
        self, packet: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """Keep what an activation gave."""
        if name in ACTIVATIONS.values():
            self.found.setdefault(name, []).append(out.detach().clone())


Cells = Callable[[Place], nn.Module]
"""The module of one layer and direction; called with one step of x and the states before it."""


def run_steps(
    network: Network,
    cells: Cells,
    inputs: Inputs,
    x: Tensor,
    led: Led,
) -> Stepped:
    """Run each layer and direction as a module of its own, one call a step, on the CPU.

    Args:
        network: its layers and directions.
        cells: see `own_cells` and `equation_cells`.
        inputs: for the first states.
        x: what layer 0 reads, [T, B, I].
        led: the states that each step is to go on from, so that rounding does not add up over the
            steps.
    """
    states: dict[Place, Sequence[dict[str, Tensor]]] = {}
    own: dict[Place, Sequence[dict[str, Tensor]]] = {}
    activations: dict[Place, Sequence[dict[str, list[Tensor]]]] = {}
    for index, layer in enumerate(network.layers):
        outputs = []
        for direction in range(layer.directions):
            place, order = (index, direction), -1 if direction else 1
            rows, to = list(x)[::order], led[place][::order]
            handed, given, ran = _run(cells(place), rows, inputs.states[place], to)
            states[place], own[place] = handed[::order], given[::order]
            activations[place] = ran[::order]
            outputs.append(torch.cat([step["h"] for step in states[place]]))
        x = torch.cat(outputs, -1)
    return Stepped(x, states, own, activations)


def own_cells(
    network: Network, parameters: Mapping[str, Tensor], layout: tuple[Stored, ...]
) -> Cells:
    """torch's own modules, with the parameters of a real model.

    Args:
        network: as torch stores it, with two biases or none.
        parameters: by the layout's names.
        layout: the tensors of the network.
    """

    def make(place: Place) -> nn.Module:
        one_way = replace(network.layers[place[0]], bidirectional=False)
        module = build_layer(one_way, network.input_sizes[place[0]])
        _fill(module, place, parameters, layout)
        return module

    return make


def equation_cells(network: Network, weights: Weights) -> Cells:
    """The network's own equations as modules, so that autograd differentiates them."""
    return lambda place: _Equations(network.layers[place[0]].graph, weights.recurrent[place])


class _Equations(nn.Module):
    """A traced cell, which takes and gives what torch's modules do for one step."""

    def __init__(self, graph: Graph, weights: Mapping[str, Any]) -> None:
        super().__init__()
        self.graph = graph
        self.weights = {name: torch.from_numpy(array) for name, array in weights.items()}

    def forward(self, x: Tensor, states: Any) -> tuple[Tensor, Any]:
        before = states if isinstance(states, tuple) else (states,)
        named = {name: state[0] for name, state in zip(self.graph.states, before, strict=True)}
        tape = step(self.graph, self.weights, {"x": x[0], **named}, _PRECISE)
        ends = tuple(tape[self.graph.equations[name]][None] for name in self.graph.states)
        return ends[0], ends


def _tanh(a: Tensor) -> Tensor:
    """tanh whose derivative keeps its digits: torch's own is 1 - y², and y may be 1."""
    power = torch.exp(-2 * torch.abs(a))
    saturated = torch.where(a < 0, -1.0, 1.0) * (1 - power) / (1 + power)
    return torch.where(torch.abs(a) < 1, torch.tanh(a), saturated)


def _abs(a: Tensor) -> Tensor:
    """|a| with a slope at 0, where torch's has none: a sigmoid of it would have none either."""
    return torch.where(a < 0, -a, a)


_PRECISE = SimpleNamespace(
    abs=_abs, exp=torch.exp, ones_like=torch.ones_like, tanh=_tanh, where=torch.where
)


def _fill(
    module: nn.Module, place: Place, parameters: Mapping[str, Tensor], layout: tuple[Stored, ...]
) -> None:
    """Give a module of one layer and direction the parameters that the whole has there."""
    own = dict(module.named_parameters())
    with torch.no_grad():
        for tensor in layout:
            if tensor.place == place:
                own.pop(f"{tensor.packed}_l0").copy_(parameters[tensor.name])
    if own:
        raise AssertionError(f"no value for {', '.join(own)}")  # the layout is not the module's
    module.requires_grad_(requires_grad=False)


def _run(
    module: nn.Module,
    rows: list[Tensor],
    first: Mapping[str, Any],
    led: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Tensor]], list[dict[str, Tensor]], list[dict[str, list[Tensor]]]]:
    """The states handed on, torch's own, and the activations of each step, as they were read."""
    states = [torch.from_numpy(state)[None] for state in first.values()]
    handed, own, ran = [], [], []
    for row, goal in zip(rows, led, strict=True):
        with _Recorder() as recorder:
            _, ends = module(row[None], tuple(states) if len(states) > 1 else states[0])
        states = list(ends) if isinstance(ends, tuple) else [ends]
        own.append(dict(zip(first, states, strict=True)))
        to = [torch.from_numpy(goal[name])[None] for name in first]
        states = [a + (b - b.detach()) for a, b in zip(to, states, strict=True)]
        handed.append(dict(zip(first, states, strict=True)))
        ran.append(recorder.found)
    return handed, own, ran


def reach_back(stepped: Stepped, output_gradient: Any) -> dict[Place, list[dict[str, Tensor]]]:
    """What autograd sends back to every state at every step from a loss on the output."""
    places = {place: list(steps) for place, steps in stepped.states.items()}
    leaves = [state for steps in places.values() for step in steps for state in step.values()]
    loss = (stepped.output * torch.from_numpy(output_gradient)).sum()
    gradients = iter(torch.autograd.grad(loss, leaves, allow_unused=True))
    return {
        place: [
            {
                name: torch.zeros_like(state) if (got := next(gradients)) is None else got
                for name, state in step.items()
            }
            for step in steps
        ]
        for place, steps in places.items()
    }
