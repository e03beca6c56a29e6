"""Shapes as they flow: from x through every layer to the output, and what each part of it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmcalc.arguments import check_arguments
from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.known import CONVENTIONS, adopt, find_convention, name_of
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import check_layer
from lstmcalc.errors import ConfigurationError, UnsupportedError, listed
from lstmcalc.given import as_network
from lstmcalc.given_shapes import batch_of, check_h0, read_shape, read_sizes, read_x
from lstmcalc.network import Network
from lstmcalc.parts import Claim, claims
from lstmcalc.result import Result
from lstmcalc.run import Run, interface_of, is_as_torch, order_of, run_in
from lstmcalc.sizes import check_flag
from lstmcalc.waypoints import Flowing, waypoints

if TYPE_CHECKING:
    from torch import nn

STEPS, SEQUENCES = 10, 3
"""Of a run where nothing else is said."""
MOST_LISTED = 10_000
"""Steps whose sequences are counted one by one."""


@dataclass(frozen=True)
class StateRow:
    """Which layer and direction (0 forward, 1 reverse) a row of the last states is of."""

    row: int
    layer: int
    direction: int


@dataclass(frozen=True, repr=False)
class Flow(Result):
    """The tensors of one run, what holds between them, and what to beware of.

    `convention` is the framework whose layout it is. `lengths` are those of packed sequences, empty
    where none are packed, and `batch_sizes` how many of them are left at each step, empty too where
    there are more than 10,000 steps. `rows` tell what is in each row of the last states, where a
    framework stacks them. `h0` is the shape that was asked about, empty where none was.
    """

    network: Network
    run: Run
    lengths: tuple[int, ...]
    tensors: tuple[Flowing, ...]
    claims: tuple[Claim, ...]
    warnings: tuple[str, ...]
    convention: str = TORCH.name
    batch_sizes: tuple[int, ...] = ()
    rows: tuple[StateRow, ...] = ()
    h0: tuple[int, ...] = ()

    @property
    def origin(self) -> Convention:
        """The framework whose layout it is."""
        return find_convention(self.convention)

    def __repr__(self) -> str:
        ends = [tensor for tensor in self.tensors if tensor.layer is None]
        shapes = listed(f"{tensor.name} {tensor.shape}" for tensor in ends)
        return f"<Flow: {shapes}>"


@check_arguments()
def trace_shapes(
    network: Network | nn.Module,
    *,
    seq_len: int | None = None,
    batch_size: int | None = None,
    batch_first: bool | None = None,
    unbatched: bool = False,
    lengths: Sequence[int] = (),
    x: Sequence[int] = (),
    h0: Sequence[int] = (),
    convention: str = TORCH.name,
) -> Flow:
    """Every shape from x to the output, in a framework's layout and order.

    Args:
        network: with whole-number sizes, or a module of torch, which says it.
        seq_len: T, the number of steps; 10 when left out.
        batch_size: B, how many sequences run side by side; 3 when left out.
        batch_first: whether x and the output are (B, T, …) instead of (T, B, …); left out, as the
            network or the module was built, or the framework begins.
        unbatched: whether x is a single sequence without a batch dimension.
        lengths: of sequences that are packed: B and T follow from them.
        x: the shape of an x (or of tokens) at hand: B, T and whether it is batched follow from it.
        h0: the shape of a first h at hand, to be compared with what is expected.
        convention: the framework, by its name in `CONVENTIONS`.

    Raises:
        LstmcalcError: the run is not possible, the framework would not take that x or h_0, or what
            its layers take and return is not described.

    >>> from lstmcalc import LSTM
    >>> flow = trace_shapes(LSTM(28, 128, bidirectional=True), batch_first=True)
    >>> print(flow.claims[0].left, flow.claims[0].right)
    output[:, -1, :128] h_n[-2]
    >>> print(trace_shapes(LSTM(28, 128), convention="keras").claims[0].right)
    state_h
    """
    network = as_network(network)
    check_flag("unbatched", unbatched)
    origin = _described(convention)
    if batch_first is None:
        batch_first = order_of(network, origin)
    network = _of_framework(network, origin)
    ordered = interface_of(origin, batch_first)
    given, sizes = read_shape("x", x), read_sizes("length", lengths)
    first = [words for words, shape in (("x", given), ("lengths", sizes)) if shape]
    others = {"seq_len": seq_len, "batch_size": batch_size, "unbatched": unbatched or None}
    excess = [*first, *(name for name, value in others.items() if first and value is not None)]
    if len(excess) > 1:
        why = f"the steps and the batch follow from {first[0]}"
        raise ConfigurationError(" and ".join(excess), why, "leave the others out")
    if given:
        seq_len, batch_size, unbatched = read_x(network, given, ordered.batch_first, origin)
    if sizes:
        seq_len, batch_size = max(sizes), len(sizes)
        if not is_as_torch(origin):
            why = f"packed sequences are torch's, and {origin.title} has none"
            raise ConfigurationError("lengths", why, "leave them out, or the convention")
    start = read_shape("h0", h0)
    if start and batch_size is None and not unbatched:
        batch_size = batch_of(network, start, origin)
    seq_len = STEPS if seq_len is None else seq_len
    if batch_size is None:
        batch_size = 1 if unbatched else SEQUENCES
    run = run_in(origin, seq_len, batch_size, batch_first, unbatched)
    if start:
        check_h0(network, run, start, origin)
    return Flow(
        network,
        run,
        sizes,
        tuple(waypoints(network, run, sizes, origin)),
        tuple(claims(network, run, sizes, origin)),
        tuple(_warnings(network, run, given, sizes, origin)),
        name_of(origin),
        _batch_sizes(sizes),
        tuple(_rows(network, ordered)),
        start,
    )


def _batch_sizes(lengths: tuple[int, ...]) -> tuple[int, ...]:
    """How many sequences are left at each step, where the steps are few enough to be listed."""
    steps = max(lengths, default=0)
    if steps > MOST_LISTED:
        return ()
    return tuple(sum(length > step for length in lengths) for step in range(steps))


def _described(name: str) -> Convention:
    """The convention of that name, where it tells what a framework's layers take and return."""
    convention = find_convention(name)
    if convention.interface is None:
        able = ", ".join(name for name, each in CONVENTIONS.items() if each.interface is not None)
        why = "what its layers take and return is not described here"
        raise UnsupportedError(f"shapes in {convention.title}", why, f"it is for {able}")
    return convention


def _of_framework(network: Network, origin: Convention) -> Network:
    """The network with the biases that the framework keeps.

    Raises:
        UnsupportedError: it has no such layer.
    """
    if origin is TORCH:
        return network
    adopted = adopt(network, origin)
    for layer, _, _ in adopted.groups:
        check_layer(layer, origin)
    return adopted


def _rows(network: Network, interface: Interface) -> Iterator[StateRow]:
    """What is in each row of the last states, where there are several."""
    directions = network.layers[0].directions
    if interface.joins_layers and network.uniform:
        layers = len(network.layers)
        if layers * directions > 1:
            for row in range(layers * directions):
                yield StateRow(row, *divmod(row, directions))


def _warnings(
    network: Network,
    run: Run,
    x: tuple[int, ...],
    lengths: tuple[int, ...],
    origin: Convention,
) -> Iterator[str]:
    features = () if network.vocab_size is not None else (network.input_size,)
    interface = interface_of(origin, run.batch_first)
    name = interface.names[0] if features else "tokens"
    if run.unbatched and x:
        yield (
            f"{name} of shape {x} is read as one unbatched sequence of "
            f"{run.seq_len} steps; if these are {run.seq_len} sequences, add the dimension of "
            f"steps: {name}[:, None]" + ("" if run.batch_first else ", and batch_first=True")
        )
    elif x:
        first, second = x[:2]
        read = ("the batch", "the steps") if run.batch_first else ("the steps", "the batch")
        remedy = "exchange them"
        if interface.turned_by:
            default = interface_of(origin).batch_first == run.batch_first
            option, _, value = interface.turned_by.partition("=")
            remedy = f"{option}={value if default else 'False'}"
        yield (
            f"{first} is read as {read[0]} and {second} as {read[1]}; if it is the other way "
            f"round, {remedy}"
        )
    elif not run.unbatched and interface.unbatched:
        flat = (run.batch_size, *features)
        yield (
            f"{name} of shape {flat}, without steps, would be read as one unbatched "
            f"sequence of {run.batch_size} steps: no error, another result"
        )
    if len(set(lengths)) > 1 and network.num_classes is not None and network.head_on == "last":
        yield "a head on output's last step would read padding of the shorter ones: give it h_n"
    if list(lengths) != sorted(lengths, reverse=True):
        yield "these lengths do not fall: pack with enforce_sorted=False, or torch raises"
    if lengths and run.batch_first:
        yield (
            "pad_packed_sequence and pack_padded_sequence do not know the module's batch_first: "
            "give it to both, or the output has its steps first"
        )
    if run.batch_first and not run.unbatched and not interface.state.startswith("b"):
        both = f"{interface.names[0]} and {interface.names[2]}"
        yield f"{both} alone have their batch first: the states have it second"
