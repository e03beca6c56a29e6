"""A reconciliation against a framework: every row of it, in the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lstmcalc.conventions.packing import tensors
from lstmcalc.reconciliation import Reconciliation, Row
from lstmcalc.report import calculate
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification import verify_against


def verify_rows(
    found: Reconciliation, progress: Callable[[str], None], name: str, seed: int = 0
) -> Verdict:
    """The verdict of the framework's row, and of further rows in its `others`."""
    rows = [row for row in found.rows if row.convention.name == name]
    if not rows:
        return Verdict(reason=f"the reconciliation has no row of {name}")
    verdicts = []
    for row in rows:
        report = calculate(row.network, convention=name)
        verdict = verify_against(report, name, None, seed, progress)
        checks = (_check_row(row), *verdict.checks)
        own = f"{verdict.framework} ({row.layout.own})"
        verdicts.append(replace(verdict, checks=checks, framework=own))
    return replace(verdicts[0], others=tuple(verdicts[1:]))


def _check_row(row: Row) -> Check:
    """What the row says, against its network's tensors, which the framework then holds."""
    layout = tensors(row.network, row.convention)
    total = sum(tensor.parameters for tensor in layout)
    faults = {}
    if row.total != total:
        faults["total"] = f"total is {total:,}, not {row.total:,}"
    if row.tensors != layout:
        faults["tensors"] = "its tensors are not those of its network"
    if sum(term.count for term in row.terms) != row.difference:
        faults["terms"] = "the terms do not add up to the difference"
    return judge("row", faults, f"{row.total:,}: what its tensors hold")
