"""A count of parameters written out: the sum in letters, with the numbers put in, and the total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import NamedTuple

from lstmcalc.algebra import Param
from lstmcalc.readings.shapes import count

MATRIX = 2
"""Dimensions of a matrix."""


class Sum(NamedTuple):
    """One sum three times, and what it comes to."""

    letters: str
    numbers: str
    products: str
    total: int

    @property
    def text(self) -> str:
        """All in one line; what would be said twice is said once."""
        said = dict.fromkeys((self.letters, self.numbers, self.products, f"{self.total:,}"))
        return " = ".join(said)


def parameter_sum(params: Iterable[Param], sizes: Mapping[str, int], times: int = 1) -> Sum:
    """The parameters of a gate, or of several, in each of `times` directions or layers.

    Args:
        params: of a traced cell.
        sizes: the number behind each letter, as `Layer.sizes` gives them.
        times: how many times all of them are there.

    >>> from lstmcalc.cells import lstm
    >>> sizes = {"I": 28, "H": 128}
    >>> parameter_sum(lstm.graph("double").params, sizes).text
    '4·H·(I+H) + 8·H = 4·128·(28+128) + 8·128 = 79,872 + 1,024 = 80,896'
    """
    own = tuple(params)
    terms = list(_terms(Counter(param.shape for param in own)))
    products = [factor * sizes[lead] * (sum(sizes[o] for o in others) if others else 1)
                for factor, lead, others in terms]  # fmt: skip
    total = times * count(own, sizes)

    def written(say: Callable[[str], str]) -> str:
        parts = [_write(factor, say(lead), [say(o) for o in others])
                 for factor, lead, others in terms]  # fmt: skip
        return _repeated(" + ".join(parts), len(parts), times)

    told = _repeated(" + ".join(f"{product:,}" for product in products), len(products), times)
    return Sum(written(str), written(lambda letter: str(sizes[letter])), told, total)


def product_sum(*products: tuple[str, ...], sizes: Mapping[str, int]) -> Sum:
    """The sum of some products of letters, such as a head's `C·R + C`."""
    numbers = [[sizes[letter] for letter in product] for product in products]
    return Sum(
        " + ".join("·".join(product) for product in products),
        " + ".join("·".join(map(str, product)) for product in numbers),
        " + ".join(f"{prod(product):,}" for product in numbers),
        sum(map(prod, numbers)),
    )


def _terms(shapes: Mapping[tuple[str, ...], int]) -> Iterable[tuple[int, str, tuple[str, ...]]]:
    """Matrices of one height, as many of each, are one term: `4·H·(I+H)`."""
    joined: dict[tuple[int, str, bool], tuple[str, ...]] = {}
    for shape, times in shapes.items():
        key = (times, shape[0], len(shape) == MATRIX)
        joined[key] = (*joined.get(key, ()), *shape[1:])
    for (times, lead, _), others in joined.items():
        yield times, lead, others


def _write(factor: int, lead: str, others: list[str]) -> str:
    across = f"({'+'.join(others)})" if len(others) > 1 else "".join(others)
    return "·".join([str(factor)] * (factor > 1) + [lead] + [across] * bool(others))


def _repeated(text: str, terms: int, times: int) -> str:
    if times == 1:
        return text
    return f"{times}·({text})" if terms > 1 else f"{times}·{text}"
