"""A total in, and the configurations that have it out, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lstmcalc.arguments import check_arguments, silent
from lstmcalc.build import build_network
from lstmcalc.cells import Cell
from lstmcalc.errors import ConfigurationError, LstmcalcError
from lstmcalc.explanation.apart import added, apart, arithmetic
from lstmcalc.explanation.given import Given
from lstmcalc.explanation.kinds import Way
from lstmcalc.explanation.near import Near, next_to, one_change
from lstmcalc.explanation.search import Found, search
from lstmcalc.explanation.space import Space
from lstmcalc.explanation.total import Total, read_total
from lstmcalc.network import Network
from lstmcalc.result import Result
from lstmcalc.sizes import check_size
from lstmcalc.totals import count_parameters
from lstmcalc.tracing import Bias

MOST = 5
"""Explanations that are told where nothing else is said."""
RARE = 0.02
"""Share of numbers at random that fit something, below which one that does is no chance."""
NARROWS = ("hidden_size", "cell", "input_size", "num_layers", "vocab_size", "num_classes",
           "bidirectional", "bias")  # fmt: skip
"""What narrows a search where it is given, what narrows it most first."""


@dataclass(frozen=True)
class Match:
    """A network that has the total; for two totals one network, counted in two ways.

    `choices` are the arguments of `build_network`, and `ways` the cells and conventions of biases
    that hold the same numbers, one for each total. Fewer `points` are likelier.
    """

    choices: tuple[Mapping[str, Any], ...]
    ways: tuple[tuple[Way, ...], ...]
    points: int

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The network, counted in one way or in two."""
        return tuple(build_network(**choices) for choices in self.choices)

    @property
    def parameters(self) -> tuple[int, ...]:
        """What they hold."""
        return tuple(map(count_parameters, self.networks))

    @property
    def arithmetic(self) -> str:
        """The first network's parameters as a sum."""
        return arithmetic(self.networks[0])

    @property
    def between(self) -> tuple[str, str]:
        """What the last network has that the first has not: in words, and as a sum."""
        less, more = sorted((self.networks[0], self.networks[-1]), key=count_parameters)
        return apart(self.choices[-1], self.choices[0]), added(less, more)


@dataclass(frozen=True, repr=False)
class Explanation(Result):
    """Which networks have a total, or two, and what was searched for them.

    `found` counts all that fit and `searched` all that were tried, where a size that is solved for
    counts once. `by_chance` is how many of them a number at random fits, of about this size, and
    `share` the likelihood of the first among all that fit, by their points. `nearest` is told where
    nothing likely fits; `separate` explains each of two totals by itself where no network has both.
    """

    totals: tuple[Total, ...]
    matches: tuple[Match, ...]
    nearest: tuple[Near, ...]
    found: int
    searched: int
    space: Space
    separate: tuple[Explanation, ...] = ()
    by_chance: float = 0.0
    share: float = 0.0

    @property
    def decided(self) -> bool:
        """Whether the first is the network: it alone fits, where hardly any number at random does.

        Where usual sizes alone are searched, the network may be another one: nothing is decided.
        """
        alone = self.found == 1 and not self.nearest
        return alone and self.by_chance <= RARE and self.space.complete

    @property
    def narrows(self) -> tuple[str, ...]:
        """What would tell more if it were given, what tells most first."""
        given = self.space.given
        listed = ("num_layers",) if isinstance(given.hidden_size, tuple) else ()
        return tuple(name for name in NARROWS if name not in (*given.names, *listed))

    @property
    def first(self) -> tuple[Network, ...]:
        """The likeliest network that has the total, as given or changed; none where nothing has."""
        changed = self.nearest[0].instead if self.nearest else None
        if changed is not None:
            return (build_network(**changed),)
        return self.matches[0].networks if self.matches else ()

    def __repr__(self) -> str:
        said = " and ".join(total.text for total in self.totals)
        return f"<Explanation of {said}: {self.found:,} of {self.searched:,} configurations>"


@check_arguments()
def explain(
    total: int | str,
    other: int | str | None = None,
    *,
    hidden_size: int | Sequence[int] | None = None,
    input_size: int | None = None,
    num_layers: int | None = None,
    cell: str | Cell | None = None,
    bias: Bias | bool | None = None,
    bidirectional: bool | None = None,
    proj_size: int | None = None,
    vocab_size: int | None = None,
    tie_weights: bool | None = None,
    num_classes: int | None = None,
    most: int = MOST,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """The networks that have a total of parameters, the likeliest first.

    Args:
        total: the number of parameters, as an integer or as text; `20M` and `0.82B` are rounded,
            and stand for every number that rounds to them.
        other: a second total for the same network, counted in another way: with other biases, or
            without its embedding or its head.
        hidden_size: what is known of the network, here and below, as `build_network` calls it.
            None is searched for; a vocabulary or number of classes of 0 says that there is none.
        input_size: features of x at each step, or the embedding's vector length.
        num_layers: layers of that hidden size.
        cell: the cell.
        bias: the convention of biases.
        bidirectional: whether layers read from both ends.
        proj_size: the projection; without it none is searched for.
        vocab_size: the embedding's words.
        tie_weights: whether the head shares the embedding's matrix.
        num_classes: outputs of the head.
        most: how many are told.
        progress: called with a few words before each part of the work.

    Raises:
        LstmcalcError: a total, or what is known, that no network can have.

    >>> found = explain(80896, hidden_size=128, input_size=28).matches[0]
    >>> found.networks[0].layers[0].bias, found.arithmetic
    ('double', '4·128·(28+128) + 8·128 = 79,872 + 1,024 = 80,896')
    """
    totals = tuple(read_total(each) for each in (total, other) if each is not None)
    if len(set(totals)) < len(totals):
        raise ConfigurationError(f"{total} and {other}", "they are one total", "give it once")
    most = check_size("number of explanations", most)
    given = Given(hidden_size, input_size, num_layers, cell, bias, bidirectional, proj_size,
                  vocab_size, tie_weights, num_classes)  # fmt: skip
    return _explain(totals, given, most, progress or silent)


def _explain(
    totals: tuple[Total, ...], given: Given, most: int, progress: Callable[[str], None]
) -> Explanation:
    space = Space(given, solves=all(total.exact for total in totals))
    result = search(space, totals, most, progress)
    if not (result.found or space.solves):
        space = Space(given, solves=True)
        result = search(space, totals, most, progress)
    if result.refusal is not None and not result.built:
        raise result.refusal
    matches = tuple(_match(found, totals) for found in result.best)
    near: tuple[Near, ...] = ()
    separate: tuple[Explanation, ...] = ()
    if len(totals) == 1:
        likeliest = matches[0].points if matches else None
        near = one_change(totals[0], space, most, likeliest)
        if not matches:
            progress("searching what is nearest")
            near += next_to(totals[0], space, most)
    elif not matches:
        separate = tuple(_explain((total,), given, most, progress) for total in totals)
    return Explanation(totals, matches, near, result.found, result.searched, space, separate,
                       result.by_chance, result.share)  # fmt: skip


def _match(found: Found, totals: tuple[Total, ...]) -> Match:
    """What was found, counted once more in Python's integers.

    Raises:
        LstmcalcError: the count is another, which would be a fault of the search.
    """
    match = Match(found.choices, tuple(kind.ways for kind in found.kinds), found.points)
    for total, count in zip(totals, match.parameters, strict=True):
        if total.off(count):
            raise LstmcalcError(
                f"a network of {count:,} parameters", f"the search took it for one of {total.text}"
            )
    return match
