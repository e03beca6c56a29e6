"""The page of an explanation: the networks that have a total, and what was searched for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lstmcalc.build import build_network
from lstmcalc.explanation import Explanation, Match, Near
from lstmcalc.explanation.apart import arithmetic
from lstmcalc.explanation.told import given_words, searched_words
from lstmcalc.render.documents import network_data
from lstmcalc.render.page import Page
from lstmcalc.render.pages.explained import (
    Named,
    asked_words,
    cell_biases,
    chance_words,
    count_ways,
    count_words,
    layer_biases,
    network_words,
    result,
    title,
    whole_network,
)
from lstmcalc.render.pages.network import plural
from lstmcalc.render.table import Cell, Table
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Verdict

Said = Callable[[Mapping[str, Any]], str]
"""The command that shows the network of these choices."""

Numbered = list[tuple[int, Near]]


def page(
    found: Explanation,
    verdict: Verdict | None = None,
    command: Said | None = None,
    option: Named = str,
) -> Page:
    """All there is to show of an explanation; with `command` also what shows each network."""
    tables = [*_tables(found, command)]
    for each in found.separate:
        tables += _tables(each, command)
    return Page(
        title(found),
        f"given: {given_words(found.space.given) or 'nothing beside'}",
        result(found, option),
        (*tables, _searched(found)),
        lambda: _data(found, command),
        verdict=verdict,
    )


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
    title = f"What has {asked_words(found)}, the likeliest first"
    if len(found.totals) > 1:
        return _pairs(found, title)
    columns = ("", "network", "biases", "other readings")
    rows: list[tuple[Cell, ...]] = [
        (str(number), network_words(match.choices[0]), *count_ways(match), _also(match))
        for number, match in enumerate(found.matches, start)
    ]
    width = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    body = tuple(row[:width] for row in rows)
    return Table(title, columns[:width], body, _found(found), (0,), tuple(range(3, width)))


def _also(match: Match) -> str:
    """Other cells and conventions that hold as many numbers of each shape."""
    choices = match.choices[0]
    own = choices["cell"]
    return ", ".join(
        f"{'' if cell is own else f'{cell.title}, '}{layer_biases(choices, cell.name, bias)}"
        for cell, bias in match.ways[0][1:]
    )


def _pairs(found: Explanation, title: str) -> Table:
    """The networks that have both totals: each, and then a row for each way to count it."""
    rows: list[tuple[Cell, ...]] = []
    for number, match in enumerate(found.matches, 1):
        rows.append((str(number), "", network_words(whole_network(match))))
        rows += zip((str(number),) * 2, match.parameters, count_ways(match), strict=True)
    columns = ("", "parameters", "network, and how it is counted")
    return Table(title, columns, tuple(rows), _found(found), tuple(range(0, len(rows), 3)))


def _found(found: Explanation) -> str:
    more = found.found - len(found.matches)
    return f"and {more:,} more that are less likely" if more else ""


def _changed(found: Explanation, numbered: Numbered) -> Table:
    """Networks as they are given, and the one change that gives them the total."""
    rows = tuple(
        (str(number), network_words(near.choices), *count_words(near), near.apart, near.difference)
        for number, near in numbered
    )
    columns = ("", "as given", "parameters", "difference", "because it has", "that is")
    title = f"What is one change away from {asked_words(found)}"
    return Table(title, columns, rows, strong=(0,), spare=(5,))


def _nearest(numbered: Numbered) -> Table:
    """Networks next to the total."""
    rows = tuple(
        (str(number), network_words(near.choices), cell_biases(near.choices), *count_words(near))
        for number, near in numbered
    )
    return Table("Near it", ("", "network", "biases", "parameters", "difference"), rows)


def _searched(found: Explanation) -> Table:
    """The space, and how large it is."""
    rows = tuple(searched_words(found.space).items())
    solved = ", one size of each solved for" if found.space.solves else ""
    note = f"{plural(found.searched, 'configuration')}{solved}; {found.found:,} fit"
    note += f"; {chance_words(found)}" if found.by_chance else ""
    return Table("What was searched", ("choice", "tried"), rows, note)


def _data(found: Explanation, command: Said | None) -> dict[str, Any]:
    return {
        "schema": "lstmcalc.explain",
        "totals": [asdict(total) for total in found.totals],
        "explanations": [
            {
                "networks": [network_data(network) for network in match.networks],
                "parameters": match.parameters,
                "biases": list(count_ways(match)),
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
            "by_chance": float(f"{found.by_chance:.3g}"),
        },
        "decided": found.decided,
        "share": round(found.share, 3),
        "narrows": found.narrows,
        "separate": [_data(each, command) for each in found.separate],
    }
