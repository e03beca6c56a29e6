"""How far back the gradient reaches: its norm at every step, from our own backward equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from lstmcalc.arguments import check_arguments, silent
from lstmcalc.backward import Arriving, backward
from lstmcalc.cells import Cell, find_cell
from lstmcalc.draw import Start, biases_of, check_weights, draw_inputs, draw_weights, random_inputs
from lstmcalc.errors import ConfigurationError, SizeError, listed
from lstmcalc.forward import Recording, Weights, record
from lstmcalc.given import as_network, weights_of
from lstmcalc.network import Network, Place
from lstmcalc.printable import printable
from lstmcalc.readings.values import Array
from lstmcalc.result import Result
from lstmcalc.sizes import check_list, check_size
from lstmcalc.walk import check_memory

if TYPE_CHECKING:
    from torch import nn

Outcome: TypeAlias = Literal["vanishes", "fades", "carries", "explodes"]

CELLS = ("rnn", "gru", "lstm")
FORGET_BIASES = (0.0, 1.0, 2.0)
FIT_FROM = 3
"""The first steps back are left out of the fitted line: they are still close to the loss."""
FEWEST = 2
"""Points that make a line, and steps that make a way back."""
LOST = float(np.finfo(np.float32).eps)
"""A part smaller than this, added to a float32 sum beside 1, changes nothing."""
LOWEST = 1e-290
"""Below it float64 itself loses digits."""
LEAST_OF_LINE = 0.5
"""Share of the fitted line's way that the norm goes at least, where it follows the line."""
STEADY = 10.0
"""A gradient that stays within this factor of where it began neither fades nor explodes."""


@dataclass(frozen=True)
class Curve:
    """One network's gradient: its norm at every step back, relative to that at the last step.

    `norms[k]` is ‖∂L/∂(h, c)‖ at step T − k over all layers, units and samples, in float64, where
    the loss reads the output of step T; `norms[0]` is 1. `start` is None for weights of a file.
    """

    label: str
    network: Network
    start: Start | None
    norms: tuple[float, ...]

    @property
    def fitted_from(self) -> int:
        """The first step back that the line is fitted to."""
        return FIT_FROM if len(self.norms) >= 2 * FIT_FROM else 0

    @cached_property
    def factor(self) -> float:
        """What a step back multiplies the norm by: a line fitted to its logarithm.

        0 where the gradient is gone at once, infinite where it leaves float64 at once.
        """
        norms = np.array(self.norms)
        lags = np.arange(len(norms))
        there = (norms > LOWEST) & np.isfinite(norms)
        if there[self.fitted_from :].sum() >= FEWEST:
            there[: self.fitted_from] = False
        if there.sum() < FEWEST:
            return 0.0 if np.isfinite(norms).all() else float("inf")
        slope = np.polyfit(lags[there], np.log(norms[there]), 1)[0]
        return float(np.exp(slope))

    @property
    def steady(self) -> bool:
        """Whether the fitted line tells what is left: as far up or down as the norm itself goes.

        The way of the norm, in powers of e, is between half and twice that of the line.
        """
        norms = np.array(self.norms)
        last = int(np.flatnonzero((norms > LOWEST) & np.isfinite(norms))[-1])
        if last == 0 or (self.left < 1) != (self.factor < 1):
            return False
        way, line = np.log(norms[last]), last * np.log(self.factor)
        return bool(line * way > 0 and LEAST_OF_LINE <= way / line <= 1 / LEAST_OF_LINE)

    @property
    def half_life(self) -> float | None:
        """In how many steps the norm halves; None where it does not fall steadily."""
        if self.factor == 0:
            return 0.0
        return float(np.log(0.5) / np.log(self.factor)) if self.factor < 1 and self.steady else None

    @property
    def doubling(self) -> float | None:
        """In how many steps the norm doubles; None where it does not grow steadily."""
        return float(np.log(2) / np.log(self.factor)) if self.factor > 1 and self.steady else None

    @property
    def left(self) -> float:
        """What is left at the first step."""
        return self.norms[-1]

    @property
    def lost_after(self) -> int | None:
        """How many steps back it is smaller than float32 can add to 1; None where it never is."""
        return next((lag for lag, norm in enumerate(self.norms) if norm < LOST), None)

    @property
    def outcome(self) -> Outcome:
        """What becomes of the gradient on its way to the first step."""
        if self.left < LOST:
            return "vanishes"
        if self.left < 1 / STEADY:
            return "fades"
        return "carries" if self.left <= STEADY else "explodes"


@dataclass(frozen=True, repr=False, eq=False)
class Reach(Result):
    """Curves of several cells or initialisations, drawn from one seed."""

    curves: tuple[Curve, ...]
    seq_len: int
    batch_size: int
    seed: int
    weights: Weights | None = None

    def __repr__(self) -> str:
        told = listed(f"{printable(curve.label)} ×{curve.factor:.2f}" for curve in self.curves)
        return f"<Reach over {self.seq_len} steps: {told}>"


@check_arguments()
def gradient_reach(
    network: Network | nn.Module,
    *,
    cells: Sequence[str | Cell] = CELLS,
    forget_biases: Sequence[float] = FORGET_BIASES,
    inits: Sequence[str] = ("default",),
    seq_len: int = 200,
    batch_size: int = 16,
    seed: int = 0,
    weights: Weights | None = None,
    progress: Callable[[str], None] | None = None,
) -> Reach:
    """The gradient's norm at every step back, for each cell and each way to begin.

    Args:
        network: its sizes and structure; each of `cells` takes the place of its cell. A module of
            torch is taken as it is, with its own weights.
        cells: names of cells, or cells of your own.
        forget_biases: sums of the forget gate's biases, for cells that have the gate; 0 leaves them
            as they are drawn.
        inits: names of `lstmcalc.draw.INITS`, or `x3` for W_h three times as large.
        seq_len: T, the number of steps.
        batch_size: B, sequences the norm is taken over.
        seed: of weights, x and the loss.
        weights: of a trained model: then the network is taken as it is.
        progress: called with a few words before each curve.

    Raises:
        LstmcalcError: no such cell or initialisation, or sizes beyond memory.

    >>> from lstmcalc import LSTM
    >>> reach = gradient_reach(LSTM(8, 16), cells=["lstm"], seq_len=50)
    >>> [curve.label for curve in reach.curves]
    ['LSTM', 'LSTM, forget bias 1', 'LSTM, forget bias 2']
    """
    subject, network = network, as_network(network)
    weights = weights_of(subject, network) if weights is None else weights
    cells = check_list("cells", [cells] if isinstance(cells, str) else cells)
    inits = check_list("inits", [inits] if isinstance(inits, str) else inits)
    biases = check_list("forget_biases", forget_biases)
    forget_biases = [Start(forget_bias=bias).forget_bias or 0.0 for bias in biases]
    seq_len, batch_size = check_size("steps", seq_len), check_size("batch size", batch_size)
    if seq_len < FEWEST:
        raise SizeError(f"{seq_len} steps", f"a gradient reaches back through at least {FEWEST}")
    check_memory(network, seq_len, batch_size)
    for words, given in (("cells", cells), ("forget_biases", forget_biases), ("inits", inits)):
        if not len(given):
            raise SizeError(words, "the list is empty", "give one at least")
    projected = any(layer.proj_size is not None for layer in network.layers)
    if weights is not None:
        check_weights(network, weights)
        kinds: list[tuple[str, Network, Start | None]] = [
            (network.layers[0].cell.title, network, None)
        ]
    else:
        kinds = [
            (_label(kind, start), kind, start)
            for cell in dict.fromkeys(find_cell(name, projected) for name in cells)
            for kind in [_with_cell(network, cell)]
            for start in _starts(kind, inits, forget_biases)
        ]
    curves = []
    for number, (label, kind, start) in enumerate(kinds, start=1):
        (progress or silent)(f"{label} ({number} of {len(kinds)})")
        drawn = Reach((), seq_len, batch_size, seed, weights)
        _, steps = reach_back(kind, start, drawn)
        curves.append(Curve(label, kind, start, norms(steps)))
    return Reach(tuple(curves), seq_len, batch_size, seed, weights)


def reach_back(
    network: Network, start: Start | None, reach: Reach
) -> tuple[tuple[Recording, Array], Mapping[Place, Sequence[Mapping[str, Array]]]]:
    """The run and the loss's gradient of its output, and what reaches every state at every step."""
    rng = random_inputs(reach.seed)
    weights = reach.weights
    if weights is None:
        weights = draw_weights(network, reach.seed, start, reach.seq_len)
    inputs = draw_inputs(network, reach.seq_len, reach.batch_size, rng)
    with np.errstate(over="ignore", invalid="ignore"):  # an exploding gradient may leave float64
        recording = record(network, weights, inputs, np)
        _check_finite(recording.outputs.output)
        loss = np.zeros_like(recording.outputs.output)
        loss[-1] = rng.standard_normal(loss[-1].shape)
        found = backward(recording, Arriving(output=loss), weights=False)
    return (recording, loss), found.steps


def _check_finite(output: Array) -> None:
    """Raise where the states themselves leave float64: then there is no gradient to follow.

    Raises:
        ConfigurationError: they do.
    """
    finite = np.isfinite(output).all((1, 2))
    if not finite.all():
        why = f"its states leave the range of float64 at step {int(finite.argmin()) + 1}"
        raise ConfigurationError("a network", why, "take fewer steps or smaller weights")


def norms(steps: Mapping[Place, Sequence[Mapping[str, Array]]]) -> tuple[float, ...]:
    """The norm over all states at every step, the last step first, relative to it."""
    every = [
        np.concatenate([state.ravel() for step in moment for state in step.values()])
        for moment in zip(*steps.values(), strict=True)
    ]
    lengths = [_length(vector) for vector in reversed(every)]
    return tuple(length / lengths[0] for length in lengths)


def _length(vector: Array) -> float:
    """The Euclidean norm, scaled so that the squares neither vanish nor overflow."""
    largest = float(np.abs(vector).max())
    if largest == 0 or not np.isfinite(largest):
        return 0.0 if largest == 0 else float("inf")
    return largest * float(np.linalg.norm(vector / largest))


def _with_cell(network: Network, cell: Cell) -> Network:
    return replace(network, layers=network.map_layers(lambda layer: replace(layer, cell=cell)))


def _label(network: Network, start: Start) -> str:
    title = network.layers[0].cell.title
    return title if start == Start() else f"{title}, {start.words}"


def _starts(network: Network, inits: Sequence[str], forget_biases: Sequence[float]) -> list[Start]:
    """Each way to begin; a cell whose forget gate has a bias begins with each of those too."""
    found = []
    for init in dict.fromkeys(Start(each).init for each in inits):
        if init == "chrono" and not _has_bias(network, "f"):
            continue  # it is about the forget gate
        biases = forget_biases if _has_bias(network, "f") and init != "chrono" else (0.0,)
        found += [Start(init, bias or None) for bias in dict.fromkeys(biases)]
    if not found:
        raise ConfigurationError(
            f"{', '.join(inits)} for the {network.layers[0].cell.title}",
            "it has no forget gate with a bias",
            "add another initialisation, or leave the cell out",
        )
    return found


def _has_bias(network: Network, gate: str) -> bool:
    return any(biases_of(layer, gate) for layer in network.layers)
