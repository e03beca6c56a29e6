"""A trial: a report, a real model of it, and the inputs to run both on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from lstmcalc.algebra import Param
from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.known import adopt
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.draw import draw_inputs
from lstmcalc.forward import Inputs, Outputs, Weights, forward
from lstmcalc.network import Layer, Network, Place
from lstmcalc.oracles.model import Measurement, Model, Rows
from lstmcalc.readings.costs import Work
from lstmcalc.readings.values import Array
from lstmcalc.report import Report
from lstmcalc.run import Run
from lstmcalc.totals import repeat_work
from lstmcalc.tracing import BIASES, Bias

MOST_MACS = 300_000_000
MOST_STEPS = 1_000
"""Of all layers together. Longer runs are cut: work is affine in the steps, and in proportion to
the batch."""


def stored(network: Network) -> Network:
    """The network as torch stores it: it has two biases or none, never one."""
    if all(layer.bias in ("none", "double") for layer in network.layers):
        return network
    return adopt(network, TORCH)


def layout_of(report: Report) -> tuple[Tensor, ...]:
    """The tensors to expect in torch: those the report shows, with the second bias torch keeps."""
    network = stored(report.network)
    own = network is report.network and report.convention == TORCH.name
    return report.tensors if own else tensors(network, TORCH)


def stored_name(param: Param) -> str:
    """The name of a parameter where there are two biases: a gate's one `b_i` is then `b_xi`."""
    return f"b_x{param.gate}" if param.role == "b" else param.name


@lru_cache(maxsize=1024)
def params_of(layer: Layer, bias: Bias) -> dict[str, Param]:
    """A layer's parameters under a convention of biases, by their stored names."""
    return {stored_name(param): param for param in layer.graph_under(bias).params}


@dataclass(frozen=True)
class Row:
    """The rows of a real tensor that are one parameter of the equations.

    `param` is what the layout calls the parameter, `name` what it is where there are two biases,
    `own` what the report's equations call it, empty where they do not have it; `biases` are the
    conventions under which it exists.
    """

    rows: Rows
    param: str
    name: str
    place: Place
    gate: str
    role: str
    own: str
    biases: tuple[Bias, ...]
    shape: tuple[int, ...]

    @property
    def tensor(self) -> str:
        """The name of the tensor."""
        return self.rows[0]

    @property
    def count(self) -> int:
        """How many numbers the rows hold."""
        return prod(self.shape)


@dataclass(frozen=True)
class Stored:
    """What a real model holds for a report, tensor by tensor.

    `shapes` has every tensor's real shape by the layout's name for it; `built` tells our own torch
    model from a module of the user's.
    """

    report: Report
    layout: tuple[Tensor, ...]
    shapes: Mapping[str, tuple[int, ...]]
    built: bool

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The recurrent parameters that the model holds, with their real sizes."""
        return tuple(row for tensor in self.layout for row in self._rows(tensor))

    def _rows(self, tensor: Tensor) -> Iterator[Row]:
        for part in tensor.parts:
            if part.place is None:
                continue
            layer = self.report.network.layers[part.place[0]]
            own = params_of(layer, layer.bias)
            under = {bias: params_of(layer, bias) for bias in BIASES}
            names = {p.name: stored_name(p) for ps in under.values() for p in ps.values()}
            every = {name: param for ps in under.values() for name, param in ps.items()}
            name = names[part.param]
            sizes = [
                len(range(*slice(*span).indices(size)))
                for span, size in zip(part.spans, self.shapes[tensor.name], strict=True)
            ]
            yield Row(
                (tensor.name, *part.rows),
                part.param,
                name,
                part.place,
                every[name].gate,
                every[name].role,
                own[name].name if name in own else "",
                tuple(bias for bias, params in under.items() if name in params),
                tuple(reversed(sizes) if part.transposed else sizes),
            )

    @cached_property
    def rest(self) -> int:
        """What the embedding and the head really hold."""
        others = (t.name for t in self.layout if all(part.place is None for part in t.parts))
        return sum(prod(self.shapes[name]) for name in others)

    @cached_property
    def second_biases(self) -> tuple[Rows, ...]:
        """Rows that torch keeps and a network of one bias does not have: kept at 0."""
        return tuple(row.rows for row in self.rows if not row.own)


@dataclass(frozen=True)
class Trial(Stored):
    """One run of our own torch model of a report, and our equations beside it."""

    model: Model
    rng: np.random.Generator

    @cached_property
    def run(self) -> Run:
        """The report's run, cut to a few steps where all of it would take long."""
        run, layers = self.report.run, self.report.network.layers
        steps = run.seq_len * sum(layer.directions for layer in layers)
        if self.report.run_work.macs <= MOST_MACS and steps <= MOST_STEPS:
            return run
        return replace(run, seq_len=min(run.seq_len, 3), batch_size=min(run.batch_size, 2))

    @cached_property
    def inputs(self) -> Inputs:
        """Random x (or tokens) and first states for the run."""
        return self.draw(self.run.seq_len, self.run.batch_size)

    @cached_property
    def weights(self) -> Weights:
        """The model's own arrays, cut into the parameters of the report's equations."""
        arrays = {tensor.name: self.model.array(tensor.name) for tensor in self.layout}
        found = unpack(arrays, self.layout)
        recurrent: dict[Place, dict[str, Array]] = {place: {} for place in found.recurrent}
        for row in self.rows:
            if row.own:
                recurrent[row.place][row.own] = found.recurrent[row.place][row.param]
        return replace(found, recurrent=recurrent)

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

    def claimed_work(self, seq_len: int) -> Work:
        """What the report says of a run of that length."""
        report, run = self.report, self.run
        if seq_len == report.run.seq_len and run == report.run:
            return report.run_work
        return repeat_work(
            report.network, report.step_work, report.head_work, seq_len, run.batch_size
        )

    def draw_few(self) -> Inputs:
        """Inputs of two steps, and of two sequences where there can be several."""
        return self.draw(2, 1 if self.run.unbatched else 2)

    def draw(self, seq_len: int, batch_size: int) -> Inputs:
        """Random inputs for a run of any length."""
        return draw_inputs(self.report.network, seq_len, batch_size, self.rng, 1.0)


def without_gate(weights: Weights, rows: Iterable[Row], letter: str) -> Weights:
    """The weights with every parameter of one gate set to 0."""
    zeroed = {(row.place, row.own) for row in rows if row.gate == letter}
    recurrent = {
        place: {
            name: np.zeros_like(value) if (place, name) in zeroed else value
            for name, value in params.items()
        }
        for place, params in weights.recurrent.items()
    }
    return replace(weights, recurrent=recurrent)


def greatest_difference(ours: Outputs, theirs: Outputs) -> float:
    """Over every array that both have: output, last states, logits; see `difference`."""
    pairs = [(ours.output, theirs.output)]
    if theirs.logits is not None and ours.logits is not None:
        pairs.append((ours.logits, theirs.logits))
    pairs += [
        (ours.states[place][name], state)
        for place, found in theirs.states.items()
        for name, state in found.items()
    ]
    return float(np.max([difference(a, b) for a, b in pairs]))


def difference(a: Array, b: Array) -> float:
    """The greatest difference, relative to the largest value where that is above 1.

    Infinite where the shapes differ, nan where a value is one.
    """
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    return float(np.max(np.abs(a - b)) / max(1.0, float(np.max(np.abs(b)))))
