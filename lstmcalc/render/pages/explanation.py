"""The page of an explanation: the networks that have a total, and what was searched for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from lstmcalc.conventions.biases import bias_words
from lstmcalc.explanation import Explanation, Match, Near
from lstmcalc.explanation.apart import arithmetic
from lstmcalc.explanation.told import given_words, searched_words
from lstmcalc.network import build_network
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page
from lstmcalc.render.pages.network import plural
from lstmcalc.render.table import Cell, Table
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Verdict

Said = Callable[[Mapping[str, Any]], str]
"""The command that shows the network of these choices."""

Numbered = list[tuple[int, Near]]

PARTS = {"embedding": ("vocab_size",), "head": ("num_classes", "tie_weights")}
"""What a count may leave out, and the choices of which one says that it is there."""
WIDTH = 64
"""Of a line of what was searched."""


def page(found: Explanation, verdict: Verdict | None = None, command: Said | None = None) -> Page:
    """All there is to show of an explanation; with `command` also what shows each network."""
    tables = [*_tables(found, command)]
    for each in found.separate:
        tables += _tables(each, command)
    return Page(
        _title(found),
        f"given: {given_words(found.space.given) or 'nothing beside'}",
        _result(found),
        (*tables, _searched(found)),
        lambda: _data(found, command),
        verdict=verdict,
    )


def _asked(found: Explanation) -> str:
    return " and ".join(total.text for total in found.totals)


def _title(found: Explanation) -> str:
    """The totals, and what a rounded one stands for."""
    if len(found.totals) > 1:
        return f"Networks of {_asked(found)} parameters, counted in two ways"
    (total,) = found.totals
    rounded = "" if total.exact else f", any of {total.low:,} to {total.high:,}"
    return f"Networks of {total.text} parameters{rounded}"


def _result(found: Explanation) -> str:
    """The likeliest explanation in one line, or that there is none."""
    asked = _asked(found)
    none = f"no network that was searched has {asked}"
    if found.nearest:
        near = found.nearest[0]
        none = f"nothing likely has {asked}" if found.matches else none
        told = f": {near.apart}" if near.apart else ""
        count, off = _count(near)
        return f"{none}: {network_words(near.choices)} has {count:,}, {off}{told}"
    if not found.matches:
        return none
    first = found.matches[0]
    words = network_words(_whole(first))
    ways = [*_ways(first)]
    of = f"likeliest of {found.found:,} is" if found.found > 1 else "it is"
    if len(ways) == 1:
        return f"{asked}: {of} {words}, {ways[0]}"
    both = (f"{total.text} with {way}" for total, way in zip(found.totals, ways, strict=True))
    return f"{of} {words}: {'; '.join(both)}"


def _whole(match: Match) -> Mapping[str, Any]:
    """The network of a match with all of its parts."""

    return max(reversed(match.choices), key=lambda choices: len(_parts(choices)))


def _parts(choices: Mapping[str, Any]) -> list[str]:
    """The embedding and the head, where there are such."""
    return [part for part, names in PARTS.items() if any(choices[name] for name in names)]


def network_words(choices: Mapping[str, Any]) -> str:
    """A network in few words, as in `BiLSTM 128 → 64 ×2, 20,000 words, 1 class`."""
    hidden = choices["hidden_size"]
    sizes = ", ".join(f"{size:,}" for size in (hidden if isinstance(hidden, list) else [hidden]))
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


def _ways(match: Match) -> Iterator[str]:
    """The convention behind each total, and the part that it leaves out."""
    whole = _whole(match)
    several = len({choices["cell"].name for choices in match.choices}) > 1
    for choices in match.choices:
        cell = [choices["cell"].title] if several else []
        left_out = [part for part in _parts(whole) if part not in _parts(choices)]
        without = [f"without the {' and the '.join(left_out)}"] if left_out else []
        yield ", ".join([*cell, _biases(choices), *without])


def _biases(choices: Mapping[str, Any]) -> str:
    return bias_words(choices["cell"].name, choices["bias"])


def _tables(found: Explanation, command: Said | None) -> Iterator[Table]:
    """One change to what is given, where that is likelier; then what fits, or is nearest."""
    sums: list[tuple[Cell, ...]] = []
    commands: list[tuple[Cell, ...]] = []
    numbered = [*enumerate(found.nearest, 1)]
    changed = [(number, near) for number, near in numbered if near.instead is not None]
    if changed:
        yield _changed(found, changed)
    if len(changed) < len(numbered):
        yield _nearest(numbered[len(changed) :])
    for number, near in numbered:
        sums.append((str(number), arithmetic(build_network(**near.fitting))))
        commands.append((str(number), command(near.fitting) if command else None))
    start = len(found.nearest) + 1
    if found.matches:
        yield _matches(found, start)
    for number, match in enumerate(found.matches, start):
        sums.append((str(number), match.arithmetic))
        if len(match.networks) > 1:
            between = match.between[1]
            between = f"{between} between them" if between else arithmetic(match.networks[-1])
            sums.append((str(number), between))
        for choices in match.choices:
            commands.append((str(number), command(choices) if command else None))
    if sums:
        yield Table("Arithmetic", ("", "parameters"), tuple(sums))
    if sums and command is not None:
        yield Table("What shows each", ("", "command"), tuple(commands))


def _matches(found: Explanation, start: int) -> Table:
    """The networks that fit, the likeliest first."""
    title = f"What has {_asked(found)}, the likeliest first"
    if len(found.totals) > 1:
        return _pairs(found, title)
    columns = ("", "network", "biases", "other readings")
    rows: list[tuple[Cell, ...]] = [
        (str(number), network_words(match.choices[0]), *_ways(match), _also(match))
        for number, match in enumerate(found.matches, start)
    ]
    width = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    body = tuple(row[:width] for row in rows)
    return Table(title, columns[:width], body, _found(found), (0,), tuple(range(3, width)))


def _also(match: Match) -> str:
    """Other cells and conventions that hold as many numbers of each shape."""
    own = match.choices[0]["cell"]
    return ", ".join(
        f"{'' if cell is own else f'{cell.title}, '}{bias_words(cell.name, bias)}"
        for cell, bias in match.ways[0][1:]
    )


def _pairs(found: Explanation, title: str) -> Table:
    """The networks that have both totals: each, and then a row for each way to count it."""
    rows: list[tuple[Cell, ...]] = []
    for number, match in enumerate(found.matches, 1):
        rows.append((str(number), "", network_words(_whole(match))))
        rows += zip((str(number),) * 2, match.parameters, _ways(match), strict=True)
    columns = ("", "parameters", "network, and how it is counted")
    return Table(title, columns, tuple(rows), _found(found), tuple(range(0, len(rows), 3)))


def _found(found: Explanation) -> str:
    more = found.found - len(found.matches)
    return f"and {more:,} more that are less likely" if more else ""


def _changed(found: Explanation, numbered: Numbered) -> Table:
    """Networks as they are given, and the one change that gives them the total."""
    rows = tuple(
        (str(number), network_words(near.choices), *_count(near), near.apart, near.difference)
        for number, near in numbered
    )
    columns = ("", "as given", "parameters", "difference", "because it has", "that is")
    title = f"What is one change away from {_asked(found)}"
    return Table(title, columns, rows, strong=(0,), spare=(5,))


def _nearest(numbered: Numbered) -> Table:
    """Networks next to the total."""
    rows = tuple(
        (str(number), network_words(near.choices), _biases(near.choices), *_count(near))
        for number, near in numbered
    )
    return Table("Near it", ("", "network", "biases", "parameters", "difference"), rows)


def _count(near: Near) -> tuple[int, str]:
    return count_parameters(near.network), f"{abs(near.off):,} {'more' if near.off > 0 else 'less'}"


def _searched(found: Explanation) -> Table:
    """The space, and how large it is."""
    rows: list[tuple[Cell, ...]] = []
    for name, words in searched_words(found.space).items():
        rows += [(name if not i else "", line) for i, line in enumerate(wrap(words, WIDTH))]
    solved = ", one size of each solved for" if found.space.solves else ""
    note = f"{plural(found.searched, 'configuration')}{solved}; {found.found:,} fit"
    return Table("What was searched", ("choice", "tried"), tuple(rows), note)


def _data(found: Explanation, command: Said | None) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.explain",
        "totals": [asdict(total) for total in found.totals],
        "explanations": [
            {
                "networks": [network_data(network) for network in match.networks],
                "parameters": match.parameters,
                "biases": list(_ways(match)),
                "also": [[cell.name, bias] for cell, bias in match.ways[0][1:]],
                "points": match.points,
                "arithmetic": match.arithmetic,
                "difference": match.between if len(match.networks) > 1 else None,
                "commands": [command(choices) for choices in match.choices] if command else [],
            }
            for match in found.matches
        ],
        "nearest": [
            {
                "network": network_data(near.network),
                "parameters": count_parameters(near.network),
                "difference": near.off,
                "because": near.apart,
                "arithmetic": near.difference,
                "command": command and command(near.fitting),
            }
            for near in found.nearest
        ],
        "searched": {
            "choices": searched_words(found.space),
            "configurations": found.searched,
            "solved": found.space.solves,
            "found": found.found,
        },
        "separate": [_data(each, command) for each in found.separate],
    }
