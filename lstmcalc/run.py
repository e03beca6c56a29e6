"""One forward run of a network, and the shape of everything that goes in and comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from lstmcalc.conventions.interface import Axes, Interface
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.libraries import TORCH, TORCH_INTERFACE
from lstmcalc.errors import ConfigurationError
from lstmcalc.memory import check_dtype
from lstmcalc.network import Layer, Network
from lstmcalc.sizes import check_flag, check_size


@dataclass(frozen=True)
class Run:
    """One forward run of a network: it decides the work and the shapes, never the parameters.

    Raises:
        LstmcalcError: a size or dtype that is none, or an unbatched run of several sequences.
    """

    seq_len: int = 10
    batch_size: int = 1
    batch_first: bool = False
    unbatched: bool = False
    dtype: str = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "seq_len", check_size("number of steps", self.seq_len))
        object.__setattr__(self, "batch_size", check_size("batch size", self.batch_size))
        check_flag("batch_first", self.batch_first)
        check_flag("unbatched", self.unbatched)
        object.__setattr__(self, "dtype", check_dtype(self.dtype))
        if self.unbatched and self.batch_size > 1:
            raise ConfigurationError(
                f"an unbatched run with a batch of {self.batch_size}",
                "an unbatched x is a single sequence",
                "leave one of them out",
            )


WORDS = {"h": "hidden", "c": "cell"}
"""What the states are called where a letter will not do."""


@dataclass(frozen=True)
class NamedShape:
    """A tensor that goes in or comes out: its shape in letters and in numbers."""

    name: str
    letters: tuple[str, ...]
    shape: tuple[int, ...]


class StateShape(NamedTuple):
    """A tensor of first or last states: of one layer and direction, or, where None, of all."""

    named: NamedShape
    state: str
    layer: int | None
    direction: int | None


def interface_of(convention: Convention, batch_first: bool | None = None) -> Interface:
    """How a framework's layers are called; as torch's where that is not described.

    Args:
        convention: the framework's.
        batch_first: whether x has its sequences first; None for what the framework begins with.

    Raises:
        ConfigurationError: it has no other order than its own.

    >>> interface_of(TORCH, True).output
    'b t (d i)'
    """
    interface = convention.interface or TORCH_INTERFACE
    if batch_first is None or batch_first == interface.batch_first:
        return interface
    if not interface.turned_by:
        order, other = ("sequences", "steps") if interface.batch_first else ("steps", "sequences")
        raise ConfigurationError(
            f"{convention.title} with the {other} first",
            f"its layers take x with the {order} first, and have no other order here",
            f"leave batch_first={batch_first} out",
        )
    return interface.turned(batch_first)


def described(convention: Convention) -> Convention:
    """The convention, or torch's where it does not tell what its layers take and return."""
    return TORCH if convention.interface is None else convention


def run_in(
    convention: Convention,
    seq_len: int,
    batch_size: int,
    batch_first: bool | None,
    unbatched: bool,
    dtype: str = "float32",
) -> Run:
    """A run in a framework; `batch_first` None is the order that it begins with.

    Raises:
        LstmcalcError: there is no such run, or the framework has none of that kind.
    """
    if batch_first is not None:
        check_flag("batch_first", batch_first)
    interface = interface_of(convention, batch_first)
    if unbatched is True and not interface.unbatched:
        why = f"{convention.title}'s layers take x with a batch here"
        raise ConfigurationError("an unbatched run", why, "give a batch of 1")
    return Run(seq_len, batch_size, interface.batch_first, unbatched, dtype)


def is_as_torch(convention: Convention) -> bool:
    """Whether the shapes of a run are torch's: its own, or where no others are described."""
    return described(convention) is TORCH


def order_of(network: Network, convention: Convention) -> bool | None:
    """Whether x has its sequences first, as the network was built for torch; None elsewhere."""
    return network.batch_first if is_as_torch(convention) else None


def shapes_of(network: Network, run: Run, convention: Convention = TORCH) -> tuple[NamedShape, ...]:
    """What goes in and comes out of the network in one run, in a framework's layout and order.

    First states are left out; for these see `first_states`.

    >>> from lstmcalc.conventions.engines import ONNX
    >>> from lstmcalc import LSTM
    >>> [(item.name, item.shape) for item in shapes_of(LSTM(28, 128), Run(10, 3), ONNX)]
    [('X', (10, 3, 28)), ('Y', (10, 1, 3, 128)), ('Y_h', (1, 3, 128)), ('Y_c', (1, 3, 128))]
    """
    interface = interface_of(convention, run.batch_first)
    shapes = [named(interface.names[0], interface.x, run, {"i": network.input_size}, {"i": "I"})]
    if network.vocab_size is not None:
        shapes.insert(0, named("tokens", interface.x.replace("i", ""), run))
    output = layer_output(network.layers[-1], interface, run, interface.names[2])
    states = [each.named for each in last_states(network, run, convention)]
    shapes += [*states, output] if interface.states_first else [output, *states]
    if network.num_classes is not None:
        axes = interface.x if network.head_on == "every" else "b i"
        shapes.append(named("logits", axes, run, {"i": network.num_classes}, {"i": "C"}))
    return tuple(shapes)


def layer_output(
    layer: Layer,
    interface: Interface,
    run: Run,
    name: str,
    rows: Mapping[str, int] = MappingProxyType({}),
) -> NamedShape:
    """The output of every step of a layer, as the framework returns it; `rows` are more lengths."""
    lengths = {"d": layer.directions, "i": layer.features, **rows}
    return named(name, interface.output, run, lengths, {"i": layer.state_letter("h")})


def first_states(network: Network, run: Run, convention: Convention) -> tuple[StateShape, ...]:
    """The states that a run begins with, in the order in which they are given."""
    interface = interface_of(convention, run.batch_first)
    return tuple(_states(network, run, convention, interface, interface.names[1]))


def last_states(network: Network, run: Run, convention: Convention) -> tuple[StateShape, ...]:
    """The states that a run ends with, in the order in which they are returned."""
    interface = interface_of(convention, run.batch_first)
    return tuple(_states(network, run, convention, interface, interface.names[3]))


def _states(
    network: Network, run: Run, convention: Convention, interface: Interface, name: str
) -> Iterator[StateShape]:
    layers: Sequence[tuple[int | None, Layer]] = [*enumerate(network.layers)]
    depth = 1
    if interface.joins_layers and network.uniform:
        layers, depth = [(None, network.layers[0])], len(network.layers)
    for index, layer in layers:
        prefix = interface.prefix.format(layer=index) if len(layers) > 1 else ""
        joined = interface.joins_directions or layer.directions == 1
        for direction in [None] if joined else range(layer.directions):
            way = interface.way(layer.directions, direction or 0)
            for state in state_order(layer, convention):
                lengths = {"l": depth, "d": layer.directions, "i": layer.state_size(state)}
                words = {"upper": state.upper(), "word": WORDS.get(state, state), "way": way}
                full = prefix + name.format(state=state, **words)
                letters = {"i": layer.state_letter(state)}
                shape = named(full, interface.state, run, lengths, letters)
                yield StateShape(shape, state, index, direction)


def state_order(layer: Layer, convention: Convention) -> list[str]:
    """A layer's states in the order in which the framework takes and returns them.

    >>> from lstmcalc.conventions.jax import FLAX
    >>> from lstmcalc import LSTM
    >>> state_order(LSTM(28, 128).layers[0], FLAX)
    ['c', 'h']
    """
    order = described(convention).layout(layer.cell.name).states.split()
    states = layer.graph.states
    return [*(s for s in order if s in states), *(s for s in states if s not in order)]


def named(
    name: str,
    axes: str,
    run: Run,
    lengths: Mapping[str, int] = MappingProxyType({}),
    words: Mapping[str, str] = MappingProxyType({}),
) -> NamedShape:
    """A tensor of a run, by its axes; without its `b` where the run is unbatched."""
    axes = axes.replace("b", "") if run.unbatched else axes
    whole = Axes(axes, {"t": run.seq_len, "b": run.batch_size, **lengths}, words)
    return NamedShape(name, whole.letters, whole.shape)
