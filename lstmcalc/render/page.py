"""A page: all there is to show of one subject; each format then writes it in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lstmcalc.render.table import Table
from lstmcalc.verdict import Verdict

if TYPE_CHECKING:
    from lstmcalc.readings.formulas import Style
    from lstmcalc.render.equations import Sections


Records: TypeAlias = Iterator[tuple[str | int, ...]]
"""Rows of plain values, the column heads first."""


class Page(NamedTuple):
    """Words, tables, formulas where they are asked for, and the verdict.

    `title`, `detail` and `result` are a line each; `data` gives the same as plain dictionaries,
    lists, numbers and strings. `records` are every value in rows, where tables only sum them up.
    """

    title: str
    detail: str
    result: str
    tables: tuple[Table, ...]
    data: Callable[[], dict[str, Any]]
    formulas: Callable[[Style], Sections] | None = None
    verdict: Verdict | None = None
    records: Callable[[], Records] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict against each framework."""
        return () if self.verdict is None else self.verdict.every


def verdict_table(verdict: Verdict) -> Table:
    """The checks of a verdict, the outcome in the note."""
    rows = tuple((check.name, check.status, check.detail) for check in verdict.checks)
    return Table("Verification", ("check", "result", "what was compared"), rows, verdict.summary)


def verdict_data(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data."""
    from dataclasses import asdict

    return {"outcome": verdict.outcome, "summary": verdict.summary, **asdict(verdict)}
