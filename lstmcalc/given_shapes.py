"""The shapes of an x and an h_0 at hand: how a framework reads them, or why it refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lstmcalc.conventions.interface import Interface
from lstmcalc.conventions.layout import Convention
from lstmcalc.errors import SizeError
from lstmcalc.network import Network
from lstmcalc.run import Run, StateShape, first_states, interface_of, run_in
from lstmcalc.sizes import check_list, check_size

Shape = tuple[int, ...]
MOST_SHAPES = 4
"""Of layers that differ, in a message."""


class Extent(NamedTuple):
    """What the shape of an x says of a run: its steps, its sequences, and whether these have an
    axis at all."""

    seq_len: int
    batch_size: int
    unbatched: bool


def read_sizes(name: str, sizes: Sequence[int]) -> Shape:
    """Several sizes as whole numbers.

    Raises:
        SizeError: one is none.
    """
    numbers = tuple(check_size(name, size) for size in check_list(name, sizes))
    if not all(isinstance(number, int) for number in numbers):
        raise SizeError(f"an array as a {name}", "each is one whole number")
    return numbers


def read_shape(name: str, shape: Sequence[int]) -> Shape:
    """A shape as whole numbers; an array or a tensor of several axes has its own.

    Raises:
        SizeError: one is none.
    """
    axes = getattr(shape, "shape", ())
    return read_sizes(name, axes if isinstance(axes, tuple) and len(axes) > 1 else shape)


def read_x(network: Network, x: Shape, batch_first: bool, convention: Convention) -> Extent:
    """Steps and sequences, as the framework reads an x, or tokens, of that shape.

    Raises:
        SizeError: it would refuse it.

    >>> from lstmcalc.conventions.libraries import TORCH
    >>> from lstmcalc import LSTM
    >>> read_x(LSTM(28, 128), (32, 28), False, TORCH)
    Extent(seq_len=32, batch_size=1, unbatched=True)
    """
    features = 0 if network.vocab_size is not None else 1
    name = f"{'x' if features else 'tokens'} of shape {x}"
    single = interface_of(convention).unbatched
    wanted = range(features + 2 - single, features + 3)
    if len(x) not in wanted:
        why = f"{convention.title} takes {' or '.join(map(str, wanted))} dimensions"
        raise SizeError(name, why)
    if features and x[-1] != network.input_size:
        where = [i for i, size in enumerate(x) if size == network.input_size]
        remedy = f"dimension {where[0]} is {x[where[0]]}: move it to the end" if where else ""
        why = f"its last dimension must be the input size, {network.input_size}"
        raise SizeError(name, why, remedy)
    sizes = x[:-1] if features else x
    if len(sizes) == 1:
        return Extent(sizes[0], 1, unbatched=True)
    batch_size, seq_len = sizes if batch_first else reversed(sizes)
    return Extent(seq_len, batch_size, unbatched=False)


def batch_of(network: Network, h0: Shape, convention: Convention) -> int | None:
    """How many sequences a first h of that shape is for; None where it cannot tell.

    >>> from lstmcalc.conventions.libraries import TORCH
    >>> from lstmcalc import LSTM
    >>> batch_of(LSTM(28, 128), (1, 32, 128), TORCH), batch_of(LSTM(28, 128), (32, 1, 128), TORCH)
    (32, 32)
    """
    run = run_in(convention, 1, 1, None, unbatched=False)
    first = next(each for each in first_states(network, run, convention) if each.state == "h")
    letters, expected = first.named.letters, first.named.shape
    if len(h0) != len(expected):
        return None
    place = letters.index("B")
    stacked = [i for i, size in enumerate(expected) if i != place and i < len(expected) - 1]
    # a first h whose batch comes first, as that of x may, is taken for what it is meant to be
    if stacked and h0[stacked[0]] != expected[stacked[0]] == h0[place]:
        place = stacked[0]
    return h0[place]


def check_h0(network: Network, run: Run, h0: Shape, convention: Convention) -> None:
    r"""Raise unless the framework takes a first h of that shape.

    Raises:
        SizeError: it does not; the message says what it expects, and what to change.

    >>> from lstmcalc.conventions.libraries import TORCH
    >>> from lstmcalc import LSTM
    >>> check_h0(LSTM(28, 128), Run(10, 3), (2, 3, 128), TORCH)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    lstmcalc.errors.SizeError: h_0 of shape (2, 3, 128): torch expects (1, 3, 128), ...
    """
    every = [each for each in first_states(network, run, convention) if each.state == "h"]
    if any(each.named.shape == h0 for each in every):
        return
    first = every[0]
    shapes = list(dict.fromkeys(each.named.shape for each in every))
    why = f"{convention.title} expects {' or '.join(map(str, shapes[:MOST_SHAPES]))}"
    why += f" for {_whose(network, first)}" if len(every) > 1 else ""
    why += f", that is ({', '.join(first.named.letters)})"
    remedies = _remedies(network, run, h0, first, interface_of(convention))
    raise SizeError(f"h_0 of shape {h0}", why, "; ".join(remedies))


def fitting(network: Network, run: Run, h0: Shape, convention: Convention) -> tuple[str, ...]:
    """The names of the first h that have that shape, where others have another; else none."""
    every = [each for each in first_states(network, run, convention) if each.state == "h"]
    names = tuple(each.named.name for each in every if each.named.shape == h0)
    return names if len(names) < len(every) else ()


def _whose(network: Network, first: StateShape) -> str:
    """Which layers and directions share a tensor of first states."""
    if first.layer is None:
        return "all layers and directions"
    both = network.layers[first.layer].bidirectional and first.direction is None
    return "each layer, both directions in one" if both else "each layer and direction"


def _remedies(
    network: Network, run: Run, h0: Shape, first: StateShape, interface: Interface
) -> Iterator[str]:
    """What to change, so that a first h has the shape that is expected."""
    expected, letters = first.named.shape, first.named.letters
    if len(h0) > len(expected) and run.unbatched:
        yield "x is a single sequence: leave the axis of sequences out of h_0 too"
    elif len(h0) > len(expected) and first.layer is not None:
        yield f"there is one for {_whose(network, first)}"
    elif h0 == expected[1:] and letters[0] != "B":
        yield f"its first axis, {letters[0]}, is missing: h_0[None] has it"
    elif len(h0) == len(expected) - 1 and not run.unbatched:
        single = " (or the run is unbatched)" if interface.unbatched else ""
        yield f"an axis is missing: x has a batch, and so has h_0{single}"
    elif len(h0) != len(expected):
        yield f"give it {len(expected)} axes"
    if len(h0) != len(expected):
        return
    if not run.unbatched and h0 == (expected[1], expected[0], *expected[2:]) != expected:
        ordinal = ("first", "second")[letters.index("B")]
        option = interface.turned_by.partition("=")[0]
        whatever = f" whatever {option} says" if option else ""
        yield f"its sequences stand {ordinal}{whatever}: exchange its first two axes"
        return
    for place, (letter, given, wanted) in enumerate(zip(letters, h0, expected, strict=True)):
        if given != wanted:
            why = _axis(network, first, letter, wanted)
            yield f"axis {place} is {given} and not {wanted}: {why}"


def _axis(network: Network, first: StateShape, letter: str, wanted: int) -> str:
    """Why one axis of a first h is as long as it is expected to be."""
    if letter == "B":
        return (
            f"x has {_counted(wanted, 'sequence')}; where the last batch of an epoch is smaller, "
            "make h_0 from x, or drop that batch (drop_last=True)"
        )
    if letter == "P":
        return "h has the projection's size, and c_0 the units'"
    if letter == "H":
        return "the hidden size"
    layer = network.layers[first.layer or 0]
    ways = _counted(layer.directions, "direction")
    if first.layer is not None:
        return f"{ways} of one layer"
    return f"{_counted(len(network.layers), 'layer')} of {ways}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count > 1)}"
