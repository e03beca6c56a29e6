"""An explanation in words: each network in few, and what the total tells in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lstmcalc.conventions.biases import bias_words
from lstmcalc.explanation import Explanation, Match, Near
from lstmcalc.explanation.rank import CLEAR
from lstmcalc.render.pages.network import plural
from lstmcalc.totals import count_parameters
from lstmcalc.tracing import Bias

Named = Callable[[str], str]
"""What people write to give the argument of that name: an option, or the name itself."""

PARTS = {"embedding": ("vocab_size",), "head": ("num_classes", "tie_weights")}
"""What a count may leave out, and the choices of which one says that it is there."""
MOST_NARROW = 2
"""Choices that are told to narrow the search."""


def asked_words(found: Explanation) -> str:
    """The total, or both."""
    return " and ".join(total.text for total in found.totals)


def title(found: Explanation) -> str:
    """The totals, and what a rounded one stands for."""
    if len(found.totals) > 1:
        return f"Networks of {asked_words(found)} parameters, counted in two ways"
    (total,) = found.totals
    rounded = "" if total.exact else f", any of {total.low:,} to {total.high:,}"
    return f"Networks of {total.text} parameters{rounded}"


def result(found: Explanation, option: Named) -> str:
    """What the total tells in one line: one network, many, or none."""
    asked = asked_words(found)
    if found.nearest:
        near = found.nearest[0]
        none = "nothing likely" if found.matches else "no network that was searched"
        told = f": {near.apart}" if near.apart else ""
        count, off = count_words(near)
        return f"{none} has {asked}: {network_words(near.choices)} has {count:,}, {off}{told}"
    if not found.matches:
        return f"no network that was searched has {asked}"
    first = _first(found)
    if found.decided:
        return f"{asked}: it is {first}"
    if round(found.by_chance) < 1:
        others = found.found > 1
        one = f"the likeliest of {found.found:,} that fit" if others else "which alone fits"
        return f"{asked}: it could be {first}, {one}; {chance_words(found)}"
    several = len(found.totals) > 1
    fit = f"{found.found:,} of {found.searched:,} configurations fit, and {chance_words(found)}"
    more = [*map(option, found.narrows[:MOST_NARROW]), *(["a second total"] * (not several))]
    *most, last = more or ["nothing"]
    narrow = f"{', '.join(most)}{' or ' * bool(most)}{last} would narrow it"
    plainest = f"; the plainest of them is {first}" if found.share >= CLEAR else ""
    return f"{asked} {'do' if several else 'does'} not tell which: {fit}; {narrow}{plainest}"


def _first(found: Explanation) -> str:
    """The likeliest network, and how each total counts it."""
    first = found.matches[0]
    words, ways = network_words(whole_network(first)), [*count_ways(first)]
    if len(ways) == 1:
        return f"{words}, {ways[0]}"
    both = (f"{total.text} with {way}" for total, way in zip(found.totals, ways, strict=True))
    return f"{words} ({'; '.join(both)})"


def chance_words(found: Explanation) -> str:
    """How many a number at random fits, in two digits; or how few numbers fit one."""
    several = len(found.totals) > 1
    if round(found.by_chance) >= 1:
        numbers = "two numbers of these sizes fit" if several else "a number of this size fits"
        return f"{numbers} about {_rounded(found.by_chance)} by chance"
    numbers = "pairs of such numbers" if several else "numbers of this size"
    return f"about 1 in {_rounded(1 / found.by_chance)} {numbers} fits by chance"


def _rounded(number: float) -> str:
    """The number in two digits."""
    return f"{float(f'{number:.2g}'):,.0f}"


def whole_network(match: Match) -> Mapping[str, Any]:
    """The network of a match with all of its parts."""
    return max(reversed(match.choices), key=lambda choices: len(_parts(choices)))


def _parts(choices: Mapping[str, Any]) -> list[str]:
    """The embedding and the head, where there are such."""
    return [part for part, names in PARTS.items() if any(choices[name] for name in names)]


def network_words(choices: Mapping[str, Any]) -> str:
    """A network in few words, as in `BiLSTM 128 → 64 ×2, 20,000 words, 1 class`."""
    hidden = choices["hidden_size"]
    sizes = " → ".join(f"{size:,}" for size in (hidden if isinstance(hidden, list) else [hidden]))
    both = "Bi" if choices["bidirectional"] else ""
    both += "-" if both and choices["cell"].title[0].islower() else ""
    depth = f" ×{choices['num_layers']}" if choices["num_layers"] > 1 else ""
    parts = [f"{both}{choices['cell'].title} {choices['input_size']:,} → {sizes}{depth}"]
    if choices["proj_size"]:
        parts.append(f"h to {choices['proj_size']:,}")
    if choices["vocab_size"]:
        out = " in and out" * (choices["num_classes"] == choices["vocab_size"])
        parts.append(f"{plural(choices['vocab_size'], 'word')}{out}")
    if choices["tie_weights"]:
        parts.append("tied head")
    elif choices["num_classes"] not in (None, choices["vocab_size"]):
        parts.append(plural(choices["num_classes"], "class", "es"))
    return ", ".join(parts)


def count_ways(match: Match) -> Iterator[str]:
    """The convention behind each total, and the part that it leaves out."""
    whole = whole_network(match)
    several = len({choices["cell"].name for choices in match.choices}) > 1
    for choices in match.choices:
        cell = [choices["cell"].title] if several else []
        left_out = [part for part in _parts(whole) if part not in _parts(choices)]
        without = [f"without the {' and the '.join(left_out)}"] if left_out else []
        yield ", ".join([*cell, cell_biases(choices), *without])


def cell_biases(choices: Mapping[str, Any]) -> str:
    """The convention of biases, and who counts so."""
    return layer_biases(choices, choices["cell"].name, choices["bias"])


def layer_biases(choices: Mapping[str, Any], cell: str, bias: Bias) -> str:
    """The same for another cell and its biases in the place of the network's."""
    return bias_words(cell, bias, bool(choices["proj_size"]), choices["bidirectional"])


def count_words(near: Near) -> tuple[int, str]:
    """The parameters of a network near the total, and how far off they are."""
    return count_parameters(near.network), f"{abs(near.off):,} {'more' if near.off > 0 else 'less'}"
