"""Which part of which tensor is what: `output[:, -1]` and its like, and what they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lstmcalc.network import Network
from lstmcalc.readings.values import Array
from lstmcalc.run import Run

Index = tuple[int | slice, ...]
ALL = slice(None)


@dataclass(frozen=True)
class Part:
    """Part of a tensor that torch returns.

    >>> print(Part("output", (slice(None), -1, slice(None, 128))))
    output[:, -1, :128]
    """

    tensor: str
    index: Index

    def __str__(self) -> str:
        return f"{self.tensor}[{', '.join(map(_index_text, self.index))}]"

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


def claims(network: Network, run: Run, lengths: tuple[int, ...]) -> Iterator[Claim]:
    """What `output[:, -1]` and its like are, and what they are not."""
    top = network.layers[-1]
    own = top.features
    prefix = "" if network.uniform else f"rnn.{len(network.layers) - 1} "
    h_n, c_n = f"{prefix}h_n", f"{prefix}c_n"

    def output(t: int, features: slice | None = None, sample: int | None = None) -> Part:
        index: Index = (t,)
        if not run.unbatched:
            one = ALL if sample is None else sample
            index = (one, t) if run.batch_first else (t, one)
        return Part("output", (*index, *([] if features is None else [features])))

    forward, reverse = slice(None, own), slice(own, None)
    if lengths:
        yield from _packed_claims(output, h_n, lengths, own if top.bidirectional else None)
        return
    if not top.bidirectional:
        yield Claim(output(-1), True, Part(h_n, (-1,)), "h of the last layer at the last step")
    else:
        yield Claim(output(-1, forward), True, Part(h_n, (-2,)), "forward, having read all of x")
        yield Claim(output(0, reverse), True, Part(h_n, (-1,)), "reverse, having read all of x")
        if run.seq_len > 1:
            why = "reverse there has run one step"
            yield Claim(output(-1, reverse), False, Part(h_n, (-1,)), why)
    if "c" in top.graph.states and top.proj_size is None and not top.bidirectional:
        yield Claim(output(-1), False, Part(c_n, (-1,)), "the output has h; c is in c_n alone")
    if network.uniform and len(network.layers) > 1 and not top.bidirectional:
        yield Claim(output(-1), False, Part(h_n, (0,)), "h_n[0] is the first layer's")


def _packed_claims(
    output: Callable[..., Part], h_n: str, lengths: tuple[int, ...], own: int | None
) -> Iterator[Claim]:
    """Of each sequence: where its last states are, and where padding is; `own` with two ways."""
    forward = None if own is None else slice(None, own)
    row = -1 if own is None else -2
    for sample, length in enumerate(lengths):
        end = output(length - 1, forward, sample)
        why = f"the last of its {length} steps"
        yield Claim(end, True, Part(h_n, (row, sample)), why)
        if own is not None:
            start = output(0, slice(own, None), sample)
            yield Claim(start, True, Part(h_n, (-1, sample)), "reverse, from its own last step")
        if length < max(lengths):
            last = output(-1, None, sample)
            yield Claim(last, True, None, f"padding after step {length}, not a state")


def _index_text(index: int | slice) -> str:
    if isinstance(index, int):
        return str(index)
    start, stop = ("" if end is None else str(end) for end in (index.start, index.stop))
    return f"{start}:{stop}"
