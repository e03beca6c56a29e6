"""A trial: the stored form of a network, the inputs to run it on, and how much of it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

import numpy as np

from lstmcalc.algebra import Graph
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.conventions.torch import TORCH
from lstmcalc.conventions.unpacking import unpack
from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.network import Layer, Network, Place
from lstmcalc.oracles.model import Measurement, Model, Rows
from lstmcalc.readings.costs import Work
from lstmcalc.readings.values import Array
from lstmcalc.report import Report
from lstmcalc.run import Run
from lstmcalc.tracing import BIASES, Bias

MOST_MACS = 300_000_000
"""Runs beyond it are cut to a few steps: work is affine in the steps and as large as the batch."""


def stored(network: Network) -> Network:
    """The network as torch stores it: it has two biases or none, never one."""
    if all(layer.bias != "single" for layer in network.layers):
        return network
    return network.with_bias("double")


def layout_of(report: Report) -> tuple[Tensor, ...]:
    """The tensors to expect in torch: those the report shows, with the second bias torch keeps."""
    network = stored(report.network)
    return report.tensors if network is report.network else tensors(network, TORCH)


def stored_names(layer: Layer, bias: Bias) -> dict[str, str]:
    """A layer's parameters under a convention of biases, by their names where there are two.

    A gate's one bias `b_i` is the first of the two, `b_xi`.
    """
    params = graph_of(layer, bias).params
    return {f"b_x{p.gate}" if p.role == "b" else p.name: p.name for p in params}


def graph_of(layer: Layer, bias: Bias) -> Graph:
    """The layer's cell, traced under a convention of biases."""
    return replace(layer, bias=bias).graph


@dataclass(frozen=True)
class Row:
    """The rows of a real tensor that are one parameter of the equations.

    `own` is the parameter's name in the report's equations, empty where they do not have it;
    `biases` are the conventions under which it exists.
    """

    rows: Rows
    place: Place
    gate: str
    role: str
    own: str
    biases: tuple[Bias, ...]
    count: int

    @property
    def tensor(self) -> str:
        """The name of the tensor."""
        return self.rows[0]


@dataclass(frozen=True)
class Trial:
    """One run of a model whose tensors are those of the report, and our equations beside it.

    `rested` leaves the first states at zero, for modules that cannot be given any.
    """

    report: Report
    model: Model
    layout: tuple[Tensor, ...]
    rng: np.random.Generator
    rested: bool = False

    @cached_property
    def run(self) -> Run:
        """The report's run, cut to a few steps where all of it would take long."""
        run = self.report.run
        if self.report.run_work.macs <= MOST_MACS:
            return run
        steps, batch = min(run.seq_len, 3), min(run.batch_size, 2)
        return replace(run, seq_len=steps, batch_size=batch)

    @cached_property
    def inputs(self) -> Inputs:
        """Random x (or tokens) and first states for the run."""
        return self.draw(self.run.seq_len, self.run.batch_size)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The recurrent parameters that the model holds, with their real sizes."""
        return tuple(
            row
            for tensor in self.layout
            if tensor.place is not None
            for row in self._rows(tensor, tensor.place)
        )

    def _rows(self, tensor: Tensor, place: Place) -> Iterator[Row]:
        layer = self.report.network.layers[place[0]]
        under = {bias: stored_names(layer, bias) for bias in BIASES}
        params = {p.name: p for bias in BIASES for p in graph_of(layer, bias).params}
        width = prod(self.model.shapes[tensor.name][1:])
        for part in tensor.slices:
            param = params[part.param]
            yield Row(
                (tensor.name, part.start, part.stop),
                place,
                param.gate,
                param.role,
                under[layer.bias].get(part.param, ""),
                tuple(bias for bias, names in under.items() if part.param in names),
                (part.stop - part.start) * width,
            )

    @cached_property
    def rest(self) -> int:
        """What the embedding and the head really hold."""
        others = (tensor.name for tensor in self.layout if tensor.place is None)
        return sum(prod(self.model.shapes[name]) for name in others)

    @cached_property
    def weights(self) -> Weights:
        """The model's own arrays, cut into the parameters of the report's equations."""
        arrays = {tensor.name: self.model.array(tensor.name) for tensor in self.layout}
        found = unpack(arrays, self.layout)
        recurrent = {
            place: {own: params[name] for name, own in self._own_names(place).items()}
            for place, params in found.recurrent.items()
        }
        return replace(found, recurrent=recurrent)

    def _own_names(self, place: Place) -> dict[str, str]:
        layer = self.report.network.layers[place[0]]
        return stored_names(layer, layer.bias)

    @cached_property
    def second_biases(self) -> tuple[Rows, ...]:
        """Rows that torch keeps and a network of one bias does not have: kept at 0."""
        return tuple(row.rows for row in self.rows if not row.own)

    @cached_property
    def measured(self) -> Measurement:
        """What the model did and gave."""
        return self.measure(self.inputs)

    def measure(self, inputs: Inputs, zeroed: tuple[Rows, ...] = ()) -> Measurement:
        """A run of the model on `inputs`, with further rows set to 0."""
        head_on = self.report.network.head_on
        return self.model.run(inputs, head_on, self.run.unbatched, (*self.second_biases, *zeroed))

    def compute(self, weights: Weights, inputs: Inputs) -> Outputs:
        """What our equations give."""
        return forward(self.report.network, weights, inputs, np)

    def without_gate(self, letter: str) -> Weights:
        """The weights with every parameter of one gate set to 0."""
        zeroed = {(row.place, row.own) for row in self.rows if row.gate == letter}
        recurrent = {
            place: {
                name: np.zeros_like(value) if (place, name) in zeroed else value
                for name, value in params.items()
            }
            for place, params in self.weights.recurrent.items()
        }
        return replace(self.weights, recurrent=recurrent)

    def claimed_work(self, seq_len: int) -> Work:
        """What the report says of a run of that length."""
        report = self.report
        if seq_len == report.run.seq_len and self.run == report.run:
            return report.run_work
        head_steps = seq_len if report.network.head_on == "every" else 1
        work = report.step_work * seq_len + report.head_work * head_steps
        return work * self.run.batch_size

    def draw(self, seq_len: int, batch_size: int) -> Inputs:
        """Random inputs for a run of any length."""
        network = self.report.network
        x: Array = self.rng.standard_normal((seq_len, batch_size, network.input_size))
        if network.vocab_size is not None:
            x = self.rng.integers(0, network.vocab_size, (seq_len, batch_size))
        reach = 0.0 if self.rested else 1.0
        states = {
            (index, direction): {
                state: self.rng.uniform(-reach, reach, (batch_size, layer.state_size(state)))
                for state in layer.graph.states
            }
            for index, layer in enumerate(network.layers)
            for direction in range(layer.directions)
        }
        return Inputs(x, states)


def greatest_difference(ours: Outputs, theirs: Outputs) -> float:
    """Over every array that both have: output, last states, logits; nan where one has a nan."""
    pairs = [(ours.output, theirs.output)]
    if theirs.logits is not None and ours.logits is not None:
        pairs.append((ours.logits, theirs.logits))
    pairs += [
        (ours.states[place][name], state)
        for place, found in theirs.states.items()
        for name, state in found.items()
    ]
    return float(np.max([np.max(np.abs(a - b)) for a, b in pairs]))
