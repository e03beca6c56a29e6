"""What sets two networks apart, in words and as a sum; and the sum of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lstmcalc.algebra import Param
from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.network import Network
from lstmcalc.sums import Sum, parameter_sum, product_sum

WORDS: Mapping[str, Callable[[Any], str]] = {
    "cell": lambda cell: str(cell.title),
    "bias": lambda bias: BIAS_NAMES[bias],
    "hidden_size": lambda size: f"hidden {_number(size)}",
    "input_size": lambda size: f"input {_number(size)}",
    "num_layers": lambda depth: f"{depth:,} layer{'s' * (depth > 1)}",
    "bidirectional": lambda both: "two directions" if both else "one direction",
    "proj_size": lambda size: f"h projected to {size:,}" if size else "no projection",
    "vocab_size": lambda size: f"{size:,} words" if size else "no embedding",
    "tie_weights": lambda tied: "a tied head" if tied else "a head of its own matrix",
    "num_classes": lambda size: f"{size:,} class{'es' * (size > 1)}" if size else "no head",
}
"""Each argument of `build_network` in words."""


def apart(these: Mapping[str, Any], those: Mapping[str, Any]) -> str:
    """What these choices have that those have not, as in `one bias, not two biases`.

    >>> apart({"bias": "single", "input_size": 28}, {"bias": "double", "input_size": 29})
    'one bias, not two biases; input 28, not 29'
    """
    told = []
    for name, say in WORDS.items():
        if name in these and these[name] != those[name]:
            here, there = say(these[name]), say(those[name])
            word, _, rest = there.partition(" ")
            told.append(f"{here}, not {rest if here.startswith(f'{word} ') else there}")
    return "; ".join(told)


def parts(network: Network) -> Iterator[Sum]:
    """The parameters of each part as a sum: the embedding, layers that are alike, the head."""
    yield from _embedding(network)
    for layer, size, times in network.groups:
        params, sizes = layer.graph.params, layer.sizes(size)
        yield parameter_sum(params, sizes, times * layer.directions)
    yield from _head(network)


def arithmetic(network: Network) -> str:
    """All parameters as one sum of numbers.

    >>> from lstmcalc import LSTM
    >>> arithmetic(LSTM(28, 128, num_classes=10))
    '4·128·(28+128) + 8·128 + 10·128 + 10 = 80,896 + 1,290 = 82,186'
    """
    return _written(list(parts(network)))


def added(less: Network, more: Network) -> str:
    """What one network has more than another, as a sum; nothing where it is no mere addition.

    >>> from lstmcalc import LSTM
    >>> added(LSTM(28, 128, bias="single"), LSTM(28, 128))
    '4·128 = 512'
    """
    groups = list(zip(less.groups, more.groups, strict=False))
    if len(less.groups) != len(more.groups) or less.tie_weights != more.tie_weights:
        return ""
    found: list[Sum] = []
    if less.vocab_size is None:
        found += _embedding(more)
    for (one, size, times), (other, other_size, other_times) in groups:
        sizes = other.sizes(size)
        alike = (size, times, one.directions) == (other_size, other_times, other.directions)
        extra = _extra(one.graph.params, other.graph.params)
        if not alike or one.sizes(size) != sizes or extra is None:
            return ""
        found += [parameter_sum(extra, sizes, times * other.directions)] if extra else []
    if less.num_classes is None:
        found += _head(more)
    return _written(found) if found else ""


def _extra(less: tuple[Param, ...], more: tuple[Param, ...]) -> list[Param] | None:
    """Parameters of the shapes that `more` has more of; None where it has fewer of some."""
    here, there = (Counter(param.shape for param in params) for params in (less, more))
    if here - there:
        return None
    named = {param.shape: param for param in more}
    return [named[shape] for shape, times in (there - here).items() for _ in range(times)]


def _embedding(network: Network) -> Iterator[Sum]:
    if network.vocab_size is not None:
        yield product_sum(("V", "I"), sizes={"V": network.vocab_size, "I": network.input_size})


def _head(network: Network) -> Iterator[Sum]:
    if network.num_classes is not None:
        sizes = {"C": network.num_classes, "R": network.output_size}
        products = (("C",),) if network.tie_weights else (("C", "R"), ("C",))
        yield product_sum(*products, sizes=sizes)


def _written(sums: list[Sum]) -> str:
    total = sum(each.total for each in sums)
    numbers = " + ".join(each.numbers for each in sums)
    between = sums[0].products if len(sums) == 1 else " + ".join(f"{s.total:,}" for s in sums)
    return " = ".join(dict.fromkeys((numbers, between, f"{total:,}")))


def _number(size: Any) -> str:
    return ", ".join(f"{each:,}" for each in (size if isinstance(size, list | tuple) else [size]))
