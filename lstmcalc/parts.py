"""Which part of which tensor is what: `output[:, -1]` and its like, and what they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstmcalc.conventions.axes import parse
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.network import Network
from lstmcalc.readings.values import Array
from lstmcalc.run import Run, interface_of, last_states

Index = tuple[int | slice, ...]
ALL = slice(None)


@dataclass(frozen=True)
class Part:
    """Part of a tensor that a framework returns.

    >>> print(Part("output", (slice(None), -1, slice(None, 128))))
    output[:, -1, :128]
    """

    tensor: str
    index: Index

    def __str__(self) -> str:
        index = ", ".join(map(_index_text, self.index))
        return f"{self.tensor}[{index}]" if index else self.tensor

    def of(self, returned: Mapping[str, Array]) -> Array:
        """Its numbers."""
        return returned[self.tensor][self.index]


@dataclass(frozen=True)
class Claim:
    """That one part is, or is not, another, or that it `is` zero; and why."""

    left: Part
    equal: bool
    right: Part | None
    why: str

    @property
    def that(self) -> str:
        """The right side in words."""
        return "0" if self.right is None else str(self.right)


class Parts:
    """Names the parts of what a network returns in one run in a framework."""

    def __init__(self, network: Network, run: Run, convention: Convention) -> None:
        self.top = network.layers[-1]
        self.interface = interface_of(convention, run.batch_first)
        self._unbatched = run.unbatched
        self._states = last_states(network, run, convention)

    def output(self, t: int, direction: int | None = None, sample: int | None = None) -> Part:
        """The output at a step, of one direction or all, of one sequence or all."""
        features = self.top.features
        both = self.top.bidirectional
        halves = (slice(None, features), slice(features, None))
        index: list[int | slice] = []
        for axis in self._axes(self.interface.output):
            if axis == "t":
                index.append(t)
            elif axis == "b":
                index.append(ALL if sample is None else sample)
            elif axis == "d":
                index.append(ALL if direction is None and both else direction or 0)
            elif "d" in axis and both and direction is not None:
                index.append(halves[direction])
            else:
                index.append(ALL)
        return Part(self.interface.names[2], _trimmed(index))

    def last(self, state: str, direction: int = 0, sample: int | None = None) -> Part:
        """A last state of the last layer, of one direction, of one sequence or all."""
        *_, tensor = (
            each for each in self._states
            if each.state == state and each.direction in (None, direction)
        )  # fmt: skip
        index: list[int | slice] = []
        for axis in self._axes(self.interface.state):
            if "l" in axis:
                index.append(direction - self.top.directions)
            elif axis == "d":
                index.append(direction)
            elif axis == "b":
                index.append(ALL if sample is None else sample)
            else:
                index.append(ALL)
        return Part(tensor.named.name, _trimmed(index))

    def _axes(self, axes: str) -> tuple[str, ...]:
        return parse(axes.replace("b", "") if self._unbatched else axes)


def _trimmed(index: list[int | slice]) -> Index:
    """The index without what it takes whole at its end."""
    while index and index[-1] == ALL:
        index = index[:-1]
    return tuple(index)


def claims(
    network: Network, run: Run, lengths: tuple[int, ...], convention: Convention = TORCH
) -> Iterator[Claim]:
    """What `output[:, -1]` and its like are, and what they are not."""
    parts = Parts(network, run, convention)
    top = network.layers[-1]
    if lengths:
        yield from _packed_claims(parts, lengths)
        return
    if not top.bidirectional:
        last = parts.output(-1)
        yield Claim(last, True, parts.last("h"), "h of the last layer at the last step")
        if "c" in top.graph.states and top.proj_size is None:
            c = parts.last("c")
            yield Claim(last, False, c, f"the output has h; c is in {c.tensor} alone")
        if network.uniform and len(network.layers) > 1 and parts.interface.joins_layers:
            first = Part(parts.last("h").tensor, (0,))
            yield Claim(last, False, first, f"{first} is the first layer's")
        return
    forward, reverse = parts.last("h", 0), parts.last("h", 1)
    yield Claim(parts.output(-1, 0), True, forward, "forward, having read all of x")
    yield Claim(parts.output(0, 1), True, reverse, "reverse, having read all of x")
    if run.seq_len > 1:
        yield Claim(parts.output(-1, 1), False, reverse, "reverse there has run one step")


def _packed_claims(parts: Parts, lengths: tuple[int, ...]) -> Iterator[Claim]:
    """Of each sequence: where its last states are, and where padding is."""
    for sample, length in enumerate(lengths):
        end = parts.output(length - 1, 0, sample)
        yield Claim(end, True, parts.last("h", 0, sample), f"the last of its {length} steps")
        if parts.top.bidirectional:
            start = parts.output(0, 1, sample)
            why = "reverse, from its own last step"
            yield Claim(start, True, parts.last("h", 1, sample), why)
        if length < max(lengths):
            last = parts.output(-1, None, sample)
            yield Claim(last, True, None, f"padding after step {length}, not a state")


def _index_text(index: int | slice) -> str:
    if isinstance(index, int):
        return str(index)
    start, stop = ("" if end is None else str(end) for end in (index.start, index.stop))
    return f"{start}:{stop}"
