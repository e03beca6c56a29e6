"""The forward pass one step at a time: every vector of every step, by its name in the equations."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lstmcalc import algebra as ops
from lstmcalc.algebra import PRE, Node
from lstmcalc.arguments import check_arguments
from lstmcalc.draw import check_weights, draw_inputs, draw_weights, first_states, random_inputs
from lstmcalc.errors import ConfigurationError, SizeError
from lstmcalc.forward import Inputs, Recording, Weights, record
from lstmcalc.given import as_network, weights_of
from lstmcalc.memory import available_bytes
from lstmcalc.network import Layer, Network, Place
from lstmcalc.printable import printable
from lstmcalc.readings.values import Array, Tape
from lstmcalc.result import Result
from lstmcalc.sizes import check_size
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import first_line

if TYPE_CHECKING:
    from torch import nn

BEFORE = ("(t-1)", "(t+1)")
"""The step that handed on the state: the one before, or for the reverse direction the one after."""
COPIES = 3
"""Of the weights: ours, and two while torch's are made of them."""
VECTORS_KEPT = 24
"""About how many vectors of the hidden size one step keeps, for the memory it needs."""


@dataclass(frozen=True)
class Step:
    """One step of one layer and direction: every vector by its name, for the only sample.

    `t` counts from 1 in the order of time. `values` are `x`, the states before (`h(t-1)`), each
    pre-activation (`a_i`) before its gate, and each equation. `fingerprint` is that of the weights
    the step read.
    """

    t: int
    place: Place
    values: Mapping[str, Array]
    fingerprint: str

    @property
    def before(self) -> str:
        """What a state before is marked with: `h(t-1)`, or `h(t+1)` in the reverse direction."""
        return BEFORE[self.place[1]]

    @property
    def concatenated(self) -> Array:
        """The vector [h(t−1), x(t)] of the textbook."""
        return np.concatenate([self.values[f"h{self.before}"], self.values["x"]])

    def moved(self, state: str = "h") -> Array:
        """How far each unit of a state moved in this step."""
        found: Array = self.values[state] - self.values[f"{state}{self.before}"]
        return found


@dataclass(frozen=True, repr=False, eq=False)
class Walk(Result):
    """A forward pass, step by step; `x_source` says in words where x is from."""

    network: Network
    recording: Recording
    x_source: str = "as given"

    @property
    def source(self) -> str:
        """Where weights and x come from."""
        return f"weights {self.recording.weights.source}; x {self.x_source}"

    @cached_property
    def steps(self) -> Mapping[Place, tuple[Step, ...]]:
        """Every step of every layer and direction, in the order of time."""
        layers = self.network.layers
        return {
            place: tuple(_steps(layers[place[0]], place, tapes))
            for place, tapes in self.recording.tapes.items()
        }

    @property
    def logits(self) -> Array | None:
        """[T, C] where the head reads every step, [1, C] where it reads the last."""
        logits = self.recording.outputs.logits
        return None if logits is None else logits.reshape(-1, logits.shape[-1])

    @property
    def probabilities(self) -> Array | None:
        """The softmax of the logits."""
        return None if self.logits is None else softmax(self.logits)

    @property
    def seq_len(self) -> int:
        """T, the number of steps."""
        return len(self.recording.inputs.x)

    def __repr__(self) -> str:
        cell = printable(self.network.layers[0].cell.name)
        return f"<Walk: {cell}, {self.seq_len} steps>"


@check_arguments()
def step_through(
    network: Network | nn.Module,
    *,
    seq_len: int = 5,
    seed: int = 0,
    weights: Weights | None = None,
    x: Array | None = None,
) -> Walk:
    """Run a network on one sequence, and keep every vector of every step.

    Args:
        network: with whole-number sizes, or a module of torch, which says it.
        seq_len: T, the number of steps; x decides it where x is given.
        seed: of the weights and of x, where they are not given.
        weights: see `lstmcalc.files.read_weights`; left out, a module has its own, without dropout,
            and those of a network are drawn as torch draws them.
        x: [T, I] numbers, or [T] token numbers where there is an embedding.

    Raises:
        LstmcalcError: sizes that do not fit, or more than the memory holds.

    >>> from lstmcalc import LSTM
    >>> walk = step_through(LSTM(28, 128), seq_len=5)
    >>> walk.steps[0, 0][2].concatenated.shape
    (156,)
    >>> len({step.fingerprint for step in walk.steps[0, 0]})
    1
    """
    subject, network = network, as_network(network)
    own = None if x is None else _checked(network, x)
    seq_len = check_size("number of steps", seq_len) if own is None else len(own)
    check_memory(network, seq_len)
    rng = random_inputs(seed)
    if weights is None:
        weights = weights_of(subject, network) or draw_weights(network, seed)
    check_weights(network, weights)
    if own is not None:
        inputs = Inputs(own[:, None], first_states(network, 1, rng))
        return Walk(network, record(network, weights, inputs, np))
    inputs = draw_inputs(network, seq_len, 1, rng)
    return Walk(network, record(network, weights, inputs, np), f"random from seed {seed}")


def softmax(logits: Array) -> Array:
    """Probabilities from logits, along the last axis."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    found: Array = raised / raised.sum(-1, keepdims=True)
    return found


def check_memory(network: Network, seq_len: int, batch_size: int = 1) -> None:
    """Raise where weights and every vector of every step would not fit into half the free memory.

    Raises:
        SizeError: they do not fit, or a size is no whole number.
    """
    if not all(isinstance(size, int) for size in network.sizes):
        raise ConfigurationError("values of arrays or symbols", "they need whole numbers")
    units = sum(layer.directions * layer.hidden_size for layer in network.layers)
    inputs = sum(size * layer.directions for layer, size in _with_inputs(network))
    kept = seq_len * batch_size * (VECTORS_KEPT * units + 2 * inputs)
    needed, free = 8 * (COPIES * count_parameters(network) + kept), available_bytes()
    if needed > free // 2:
        raise SizeError(
            f"{seq_len:,} steps of {batch_size:,} sequence{'s' * (batch_size != 1)}",
            f"every value of every step would take {needed / 1e9:,.1f} GB, more than half of the "
            f"{free / 1e9:,.1f} GB that are free",
            "take fewer steps or a smaller network",
        )


def _with_inputs(network: Network) -> Iterator[tuple[Layer, int]]:
    return zip(network.layers, network.input_sizes, strict=True)


def _checked(network: Network, x: Array) -> Array:
    """x in the type it is read in, after making sure that it fits.

    Raises:
        SizeError: it does not.
    """
    try:
        x = np.asarray(x)
    except ValueError:
        raise SizeError("x", "its rows are not of one length") from None
    except Exception as error:  # an array of a framework, or an object, may raise anything
        raise SizeError("x", f"it cannot be read: {first_line(error)}") from None
    if x.dtype.kind not in "fiub":
        raise SizeError(f"x of {x.dtype}", "it holds no numbers")
    said = f"x of shape {x.shape}"
    if network.vocab_size is not None:
        if x.ndim != 1 or not len(x):
            raise SizeError(said, "tokens of one sequence are a list of T numbers")
        if not np.isfinite(x).all() or not np.array_equal(x, np.round(x)):
            raise SizeError("x", "tokens are whole numbers", "x is looked up in the embedding")
        if x.min() < 0 or x.max() >= network.vocab_size:
            worst = x.max() if x.min() >= 0 else x.min()
            why = f"the embedding has words 0 to {network.vocab_size - 1:,}"
            raise SizeError(f"token {worst:g}", why)
        tokens: Array = x.astype(np.int64)
        return tokens
    if x.shape != (len(x) if x.ndim else 0, network.input_size) or not len(x):
        why = f"one sequence is (T, {network.input_size}): a row of features for each step"
        raise SizeError(said, why)
    with np.errstate(over="ignore", invalid="ignore"):
        numbers: Array = x.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise SizeError(said, "it holds nan or infinity", "every number must be finite")
    return numbers


def _steps(layer: Layer, place: Place, tapes: Sequence[Tape]) -> Iterator[Step]:
    graph = layer.graph
    vectors: list[tuple[str, Node]] = [
        (name if name == "x" else f"{name}{BEFORE[place[1]]}", node)
        for name, node in graph.inputs.items()
    ]
    for name, node in graph.equations.items():
        match node:
            case ops.Sigmoid(args=(arg,)) | ops.Tanh(args=(arg,)) | ops.Relu(args=(arg,)):
                vectors.append((f"{PRE}{name}", arg))
        vectors.append((name, node))
    known: dict[tuple[int, ...], str] = {}
    for t, tape in enumerate(tapes, start=1):
        values = {name: tape[node][0] for name, node in vectors}
        read = [tape[param] for param in graph.params]  # what this very step multiplied with
        same = tuple(map(id, read))
        if same not in known:
            known[same] = fingerprint(read)
        yield Step(t, place, values, known[same])


class History(NamedTuple):
    """One vector over time: its values [T, units], and from where to where they are drawn."""

    name: str
    low: float
    high: float
    values: Array


def histories(walk: Walk, place: Place) -> tuple[History, ...]:
    """x, each gate and each new state of one layer and direction, in the order of the equations."""
    steps = walk.steps[place]
    found = []
    for name in ("x", *walk.network.layers[place[0]].graph.equations):
        lows, highs = zip(*(scale(walk, step, name) for step in steps), strict=True)
        values = np.stack([step.values[name] for step in steps])
        found.append(History(name, min(lows), max(highs), values))
    return tuple(found)


def scale(walk: Walk, step: Step, name: str) -> tuple[float, float]:
    """From where to where a vector is drawn: a sigmoid from 0 to 1, all else around 0."""
    node = walk.network.layers[step.place[0]].graph.equations.get(name)
    if isinstance(node, ops.Sigmoid):
        return 0.0, 1.0
    reach = largest(step.values[name])
    return -reach, reach


def largest(values: Array) -> float:
    """The largest size of a number among these, or 1 where all are 0."""
    return float(np.abs(values).max()) or 1.0


def fingerprint(arrays: list[Array]) -> str:
    """Eight digits that change when any number of the arrays does."""
    found = 0
    for array in arrays:
        found = zlib.crc32(np.ascontiguousarray(array).tobytes(), found)
    return f"{found:08x}"
