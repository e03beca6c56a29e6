"""A module of torch, run on any device and measured."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc.algebra import Node, sigmoid, tanh
from lstmcalc.backward import Arriving
from lstmcalc.cells import CELLS, Equations, cell
from lstmcalc.conventions.packing import Tensor as Stored
from lstmcalc.forward import Inputs, Outputs, Weights
from lstmcalc.network import HeadOn, Network, Place
from lstmcalc.oracles.model import Leaf, Led, Measurement, Rows, StepGradients, StepValues
from lstmcalc.oracles.torch.build import check_device, float_type
from lstmcalc.oracles.torch.differentiate import count_backward, differentiate
from lstmcalc.oracles.torch.modules import take_apart
from lstmcalc.oracles.torch.run import Shapes, in_numpy, numpy, run
from lstmcalc.oracles.torch.steps import (
    Stepped,
    equation_cells,
    own_cells,
    reach_back,
    run_steps,
)
from lstmcalc.oracles.torch.work import WorkCounter
from lstmcalc.tracing import Gates


@cell("GRU", "torch's kernels: the last equation with z factored out")
def gru_factored(gate: Gates, x: Node, h: Node) -> Equations:
    """The GRU's function with one product less for each unit."""
    r = sigmoid(gate.r(x, h))
    z = sigmoid(gate.z(x, h))
    n = tanh(gate.n(x) + r * gate.n(h))
    h = n + z * (h - n)
    return {"r": r, "z": z, "n": n, "h": h}


class TorchModel:
    """A torch model that was built for a network, whose parameters go by the names of `layout`.

    Args:
        module: as `build` makes it; it is moved to the device.
        layout: the tensors to expect, for their names.
        device: where to run it, in float64, or in float32 on mps.
    """

    framework = f"torch {torch.__version__}"

    def __init__(self, module: nn.Module, layout: tuple[Stored, ...], device: str) -> None:
        self.device = device
        self.tolerance = 1e-12 if float_type(device) == torch.float64 else 1e-5
        self._layout = layout
        self._module = module.to(check_device(device), float_type(device)).eval()
        self._pieces = take_apart(self._module)
        self.shapes: Mapping[str, tuple[int, ...]] = {
            name: tuple(parameter.shape) for name, parameter in self._pieces.parameters.items()
        }

    @property
    def batch_first(self) -> bool:
        """Whether the first recurrent part reads x as (batch, steps, features)."""
        first = self._pieces.recurrent[:1]
        return any(bool(getattr(piece.module, "batch_first", False)) for piece in first)

    def array(self, name: str) -> Any:
        """A parameter as a NumPy array; on the CPU it shares torch's memory."""
        return numpy(self._pieces.parameters[name])

    def as_evaluated(self, network: Network) -> Network:
        """The network with the GRU in the form of torch's kernels."""
        forms = {CELLS["gru"]: gru_factored}
        return replace(
            network,
            layers=network.map_layers(lambda la: replace(la, cell=forms.get(la.cell, la.cell))),
        )

    def run(
        self, inputs: Inputs, head_on: HeadOn, unbatched: bool, zeroed: Sequence[Rows] = ()
    ) -> Measurement:
        """One forward pass on the device; its work is counted on the CPU, operator by operator.

        cuDNN runs a whole layer as one operator, of which nothing could be counted, and so does
        oneDNN, but not in float64.
        """
        counter = WorkCounter()
        with torch.no_grad(), self._without(zeroed):
            if self.device == "cpu":
                with counter:
                    outputs, shapes = self._run(self._module, inputs, head_on, unbatched)
            else:
                outputs, shapes = self._run(self._module, inputs, head_on, unbatched)
                on_cpu = copy.deepcopy(self._module).to("cpu", torch.float64)
                with counter:
                    self._run(on_cpu, inputs, head_on, unbatched)
        return Measurement(in_numpy(outputs), shapes, counter.work, dict(counter.uncounted))

    def differentiate(
        self,
        inputs: Inputs,
        arriving: Arriving,
        head_on: HeadOn,
        unbatched: bool,
        zeroed: Sequence[Rows] = (),
    ) -> dict[Leaf, Any]:
        """The gradients that autograd finds, on the device; see `Model`."""
        self._module.train()  # cuDNN has no backward pass of a module in eval mode
        try:
            with self._without(zeroed):
                return differentiate(self._pieces, inputs, arriving, head_on, unbatched)
        finally:
            self._module.eval()

    def count_backward(
        self, inputs: Inputs, arriving: Arriving, head_on: HeadOn
    ) -> tuple[int, Mapping[str, int]]:
        """The multiply-accumulates of the backward pass, counted on the CPU; see `Model`."""
        pieces = self._pieces
        if self.device != "cpu":
            on_cpu = copy.deepcopy(self._module).to("cpu", torch.float64)
            pieces = take_apart(on_cpu)
        return count_backward(pieces, inputs, arriving, head_on)

    def load(self, stored: Mapping[str, Any]) -> None:
        """Give every parameter the values of the array that goes by its name."""
        with torch.no_grad():
            for name, array in stored.items():
                self._pieces.parameters[name].copy_(torch.from_numpy(array))

    def step(self, network: Network, inputs: Inputs, led: Led) -> dict[Place, list[StepValues]]:
        """Every state and activation of every step; see `Model`."""
        with torch.no_grad(), self._one_thread():
            stepped = self._stepped(network, inputs, led)
        return {
            place: [
                StepValues(
                    {name: numpy(state[0]) for name, state in states.items()},
                    {name: [numpy(a) for a in found] for name, found in ran.items()},
                )
                for states, ran in zip(steps, stepped.activations[place], strict=True)
            ]
            for place, steps in stepped.own.items()
        }

    def reach_back(
        self,
        network: Network,
        inputs: Inputs,
        gradient: Any,
        led: Led,
        weights: Weights | None = None,
    ) -> dict[Place, list[StepGradients]]:
        """The gradients of every state at every step by autograd; see `Model`."""
        x = torch.from_numpy(inputs.x)
        x = self._embedded(x).detach().requires_grad_()  # so that the states have gradients
        with self._one_thread():
            stepped = self._stepped(network, replace(inputs, x=x), led, weights)
            found = reach_back(stepped, gradient)
        return {
            place: [
                StepGradients(
                    {name: numpy(state[0]) for name, state in own.items()},
                    {name: numpy(gradient[0]) for name, gradient in step.items()},
                )
                for own, step in zip(stepped.own[place], steps, strict=True)
            ]
            for place, steps in found.items()
        }

    def returned(
        self, inputs: Inputs, head_on: HeadOn, unbatched: bool, lengths: Sequence[int]
    ) -> Mapping[str, Any]:
        """Every tensor that goes in and comes out, exactly as torch has it; see `Model`."""
        from lstmcalc.oracles.torch.returned import returned

        with torch.no_grad():
            return returned(self._pieces, inputs, head_on, unbatched, lengths)

    def layer_shapes(
        self, network: Network, x: Any, lengths: Sequence[int]
    ) -> Mapping[tuple[int, str], tuple[int, ...]]:
        """The shapes inside of each layer; see `Model`."""
        from lstmcalc.oracles.torch.returned import layer_shapes

        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            return layer_shapes(network, x, self.batch_first, lengths)

    def activate(self, name: str, array: Any) -> Any:
        """torch's own sigmoid, tanh or relu."""
        return numpy(getattr(torch, name)(torch.from_numpy(array)))

    def softmax(self, logits: Any) -> Any:
        """torch's softmax along the last axis."""
        return numpy(torch.softmax(torch.from_numpy(logits), -1))

    def _embedded(self, x: Tensor) -> Tensor:
        embedding = self._pieces.embedding
        return x if embedding is None or x.is_floating_point() else embedding(x)

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """Steps of a few sequences are too small to share: threads would wait for each other.

        Modules of single layers are made there: the caller's random state stays as it is.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.random.fork_rng(devices=[]):
                yield
        finally:
            torch.set_num_threads(threads)

    def _stepped(
        self, network: Network, inputs: Inputs, led: Led, weights: Weights | None = None
    ) -> Stepped:
        x = inputs.x if isinstance(inputs.x, Tensor) else torch.from_numpy(inputs.x)
        if weights is None:
            cells = own_cells(network, self._pieces.parameters, self._layout)
        else:
            cells = equation_cells(network, weights)
        return run_steps(network, cells, inputs, self._embedded(x), led)

    def _run(
        self, module: nn.Module, inputs: Inputs, head_on: HeadOn, unbatched: bool
    ) -> tuple[Outputs, Shapes]:
        pieces = self._pieces if module is self._module else take_apart(module)
        return run(pieces, inputs, head_on, unbatched)

    @contextmanager
    def _without(self, zeroed: Sequence[Rows]) -> Iterator[None]:
        kept = []
        for name, start, stop in zeroed:
            rows = self._pieces.parameters[name].detach()[start:stop]
            kept.append((rows, rows.clone()))
            rows.zero_()
        try:
            yield
        finally:
            for rows, values in kept:
                rows.copy_(values)
