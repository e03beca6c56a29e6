"""A network and a run in, a frozen `Report` out: what every face shows and every check checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

from lstmcalc import totals
from lstmcalc.arguments import check_arguments
from lstmcalc.cells import GATE_WORDS, Cell
from lstmcalc.conventions.buffer import Stretch, lay_out
from lstmcalc.conventions.known import adopt, find_convention, name_of
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.errors import ConfigurationError, listed
from lstmcalc.given import as_network
from lstmcalc.memory import BYTES, weight_bytes
from lstmcalc.network import Layer, Network
from lstmcalc.printable import printable
from lstmcalc.readings.costs import Work
from lstmcalc.readings.shapes import Shape, count, shape, textbook
from lstmcalc.result import Result
from lstmcalc.run import NamedShape, Run, order_of, run_in, shapes_of
from lstmcalc.tracing import BIAS_ROLES, BIASES, Bias

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ByBias:
    """A count of parameters under each convention of biases."""

    none: int
    input: int
    single: int
    double: int


@dataclass(frozen=True)
class Gate:
    """One gate's matrices in one direction of one layer; shapes are [out, in]."""

    letter: str
    word: str
    input_shape: Shape | None
    hidden_shape: Shape | None
    bias_shapes: tuple[Shape, ...]
    peephole_shape: Shape | None
    textbook_shape: Shape | None
    by_bias: ByBias


@dataclass(frozen=True)
class LayerReport:
    """One recurrent layer: what it reads and puts out, and what each of its directions holds."""

    index: int
    cell: str
    input_size: int
    hidden_size: int
    proj_size: int | None
    directions: int
    output_size: int
    gates: tuple[Gate, ...]
    all_gates: Gate
    projection_shape: Shape | None
    direction_by_bias: ByBias
    by_bias: ByBias
    parameters: int
    step_work: Work


@dataclass(frozen=True)
class BiasTotal:
    """The parameters under one convention of biases, and what sets it apart from the one before."""

    bias: Bias
    recurrent: int
    network: int
    difference: int
    names: str


@dataclass(frozen=True, repr=False)
class Report(Result):
    """Everything that `lstmcalc` says about a network and a run; the attributes are its tables."""

    network: Network
    run: Run
    convention: str
    layers: tuple[LayerReport, ...]
    embedding_parameters: int
    recurrent_parameters: int
    head_parameters: int
    totals: tuple[BiasTotal, ...]
    tensors: tuple[Tensor, ...]
    shapes: tuple[NamedShape, ...]
    step_work: Work
    head_work: Work
    run_work: Work

    @property
    def parameters(self) -> int:
        """All parameters, under the network's own convention of biases."""
        return self.embedding_parameters + self.recurrent_parameters + self.head_parameters

    @cached_property
    def weight_bytes(self) -> dict[str, int]:
        """What the parameters take up, for each type of number."""
        return {dtype: weight_bytes(self.parameters, dtype) for dtype in BYTES}

    @cached_property
    def buffer(self) -> tuple[Stretch, ...]:
        """Where each parameter lies, where the convention has all of them in one buffer."""
        return lay_out(self.network, self.tensors, find_convention(self.convention))

    @cached_property
    def backward_work(self) -> Work:
        """The work of the run's backward pass, to every weight."""
        return totals.backward_work(self.network, self.run.seq_len, self.run.batch_size)

    def __repr__(self) -> str:
        sizes = listed(str(layer.hidden_size) for layer in self.layers)
        cell = printable(self.layers[0].cell)
        return (
            f"<Report: {cell} {self.network.input_size} → {sizes}, {self.parameters:,} parameters>"
        )


@check_arguments()
def calculate(
    network: Network | nn.Module,
    *,
    seq_len: int = 10,
    batch_size: int = 1,
    batch_first: bool | None = None,
    unbatched: bool = False,
    dtype: str | None = None,
    convention: str = TORCH.name,
) -> Report:
    """Everything there is to say about `network` in one run of it.

    Args:
        network: with whole-number sizes (for arrays and symbols see `count_parameters`), or a
            module of torch, which says it.
        seq_len: T, the number of steps. It changes the work, never the parameters.
        batch_size: B, how many sequences run side by side.
        batch_first: whether x and the output are (B, T, …) instead of (T, B, …); left out, as the
            network or the module was built, or the framework begins.
        unbatched: whether x is a single sequence without a batch dimension.
        dtype: the type of the weights, for their size in bytes; left out, as the network or the
            module was built.
        convention: the framework whose tensors and shapes to lay out, by its name in
            `CONVENTIONS`; the network takes on the biases that it keeps. Where it is not described
            what its layers take and return, the shapes are torch's.

    Raises:
        LstmcalcError: the run is not possible, a size of the network is no whole number, or the
            framework has no such network.

    >>> from lstmcalc import LSTM
    >>> report = calculate(LSTM(28, 128, num_classes=10))
    >>> report.parameters, report.layers[0].gates[0].textbook_shape
    (82186, (156, 128))
    """
    network = as_network(network)
    if not all(isinstance(size, int) for size in network.sizes):
        raise ConfigurationError(
            "a report of arrays or symbols",
            "it needs whole numbers",
            "use count_parameters or count_macs for these",
        )
    dtype = network.dtype if dtype is None else dtype
    origin = find_convention(convention)
    if batch_first is None:
        batch_first = order_of(network, origin)
    run = run_in(origin, seq_len, batch_size, batch_first, unbatched, dtype)
    if origin is not TORCH:
        network = adopt(network, origin)
    return Report(
        network,
        run,
        name_of(origin),
        _layers(network),
        totals.embedding_parameters(network),
        totals.recurrent_parameters(network),
        totals.head_parameters(network),
        _bias_totals(network),
        tensors(network, origin),
        shapes_of(network, run, origin),
        totals.step_work(network),
        totals.head_work(network),
        totals.run_work(network, run.seq_len, run.batch_size),
    )


def _layers(network: Network) -> tuple[LayerReport, ...]:
    alike = [(_layer(layer, input_size), times) for layer, input_size, times in network.groups]
    every = [layer for layer, times in alike for _ in range(times)]
    return tuple(replace(layer, index=index) for index, layer in enumerate(every))


def _layer(layer: Layer, input_size: int) -> LayerReport:
    sizes = layer.sizes(input_size)
    params = layer.graph.params
    projection = tuple(shape(p, sizes) for p in params if p.role == "W_r")
    gates = tuple(_gate(layer, letter, sizes) for letter in layer.graph.gates)
    return LayerReport(
        index=0,
        cell=layer.cell.name,
        input_size=input_size,
        hidden_size=layer.hidden_size,
        proj_size=layer.proj_size,
        directions=layer.directions,
        output_size=layer.output_size,
        gates=gates,
        all_gates=_stack(gates),
        projection_shape=_only(projection),
        direction_by_bias=_by_bias(layer, sizes),
        by_bias=_by_bias(layer, sizes, layer.directions),
        parameters=totals.layer_parameters(layer, input_size),
        step_work=totals.layer_work(layer, input_size),
    )


def _gate(layer: Layer, letter: str, sizes: dict[str, int]) -> Gate:
    own = [p for p in layer.graph.params if p.gate == letter]

    def shapes(*roles: str) -> tuple[Shape, ...]:
        return tuple(shape(p, sizes) for p in own if p.role in roles)

    return Gate(
        letter=letter,
        word=GATE_WORDS.get(letter, letter),
        input_shape=_only(shapes("W_x")),
        hidden_shape=_only(shapes("W_h")),
        bias_shapes=shapes(*BIAS_ROLES),
        peephole_shape=_only(shapes("w_c")),
        textbook_shape=textbook(layer.graph, letter, sizes),
        by_bias=_by_bias(layer, sizes, gate=letter),
    )


def _stack(gates: tuple[Gate, ...]) -> Gate:
    """The gates on top of each other, as frameworks pack them."""

    def pile(shapes: Iterable[Shape | None]) -> Shape | None:
        there = [shape for shape in shapes if shape]
        return (sum(shape[0] for shape in there), *there[0][1:]) if there else None

    textbooks = [shape for gate in gates if (shape := gate.textbook_shape) is not None]
    whole = None
    if textbooks and len(textbooks) == len(gates):
        whole = textbooks[0][0], sum(shape[1] for shape in textbooks)
    counts = {bias: sum(getattr(gate.by_bias, bias) for gate in gates) for bias in BIASES}
    return Gate(
        letter="all",
        word="all gates",
        input_shape=pile(gate.input_shape for gate in gates),
        hidden_shape=pile(gate.hidden_shape for gate in gates),
        bias_shapes=tuple(
            pile(shapes) or () for shapes in zip_longest(*(gate.bias_shapes for gate in gates))
        ),
        peephole_shape=pile(gate.peephole_shape for gate in gates),
        textbook_shape=whole,
        by_bias=ByBias(**counts),
    )


def _only(shapes: tuple[Shape, ...]) -> Shape | None:
    """The shape, where there is one: a gate has at most one matrix of a role."""
    return shapes[0] if shapes else None


def _by_bias(
    layer: Layer, sizes: dict[str, int], directions: int = 1, gate: str | None = None
) -> ByBias:
    """What some directions of a layer, or of one gate of it, hold under each convention."""
    counts = {}
    for bias in BIASES:
        params = layer.graph_under(bias).params
        own = [p for p in params if gate is None or p.gate == gate]
        counts[bias] = directions * count(own, sizes)
    return ByBias(**counts)


def _bias_totals(network: Network) -> tuple[BiasTotal, ...]:
    """Every convention that makes a difference, from the fewest biases to the most."""
    rest = totals.embedding_parameters(network) + totals.head_parameters(network)
    cells = tuple(dict.fromkeys(layer.cell for layer in network.layers))
    found: list[BiasTotal] = []
    names: dict[Bias, str] = {"none": "", "double": _second(cells)}
    for bias in BIASES:
        if bias == "input" and all(cell.has_one_bias for cell in cells):
            continue
        recurrent = totals.recurrent_parameters(network.with_bias(bias))
        difference = recurrent - found[-1].recurrent if found else 0
        before = found[-1].bias if found else bias
        own = names.get(bias, _added(cells, bias, before))
        found.append(BiasTotal(bias, recurrent, recurrent + rest, difference, own))
    return tuple(found)


def _added(cells: tuple[Cell, ...], bias: Bias, before: Bias) -> str:
    """The biases that a convention has and the one before it has not."""
    had = {p.name for cell in cells for p in cell.graph(before).params}
    params = [p.name for cell in cells for p in cell.graph(bias).params]
    return ", ".join(dict.fromkeys(name for name in params if name not in had))


def _second(cells: tuple[Cell, ...]) -> str:
    """What the convention of two biases adds: torch's second vector, or some gates' part of it."""
    second = next(packed.name for packed in TORCH.tensors if packed.holds == "b_h")
    alone = {p.gate for cell in cells for p in cell.graph("single").params if p.role == "b_h"}
    gates = dict.fromkeys(gate for cell in cells for gate in cell.graph("double").gates)
    added = [gate for gate in gates if gate not in alone]
    return second if not alone else f"{second} of {', '.join(added)}"
