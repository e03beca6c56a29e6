"""A reconciliation against a framework: every row of it, in the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.reconciliation import Reconciliation, Row, reconcile
from lstmcalc.report import calculate
from lstmcalc.verdict import Check, Verdict, judge
from lstmcalc.verification import verify_against


def verify_rows(
    found: Reconciliation, progress: Callable[[str], None], name: str, seed: int = 0
) -> Verdict:
    """The verdict of the framework's row, and of further rows in its `others`."""
    if name == "jax":  # the work of the equations is the same in every row
        report = calculate(found.rows[0].network)
        return verify_against(report, name, None, seed, progress)
    rows = [row for row in found.rows if row.convention.name == name]
    if not rows:
        return Verdict(reason=f"the reconciliation has no row of {name}")
    again = _again(found)
    verdicts = []
    for row in rows:
        check = _check_row(row, again.get((name, row.cell)))
        if check.status == "failed":  # it is no row of this network: nothing to run
            verdicts.append(Verdict((check,), row.layout.own, "cpu"))
            continue
        report = calculate(row.network, convention=name)
        verdict = verify_against(report, name, None, seed, progress)
        own = f"{verdict.framework} ({row.layout.own})"
        verdicts.append(replace(verdict, checks=(check, *verdict.checks), framework=own))
    return replace(verdicts[0], others=tuple(verdicts[1:]))


def _again(found: Reconciliation) -> Mapping[tuple[str, str], Row]:
    """The rows as they are for its network, by framework and cell."""
    named = {row.convention.name: row.convention for row in found.rows}
    rows = reconcile(found.network, [CONVENTIONS.get(n, own) for n, own in named.items()]).rows
    return {(row.convention.name, row.cell): row for row in rows}


def _check_row(row: Row, right: Row | None) -> Check:
    """What the row says, against that of its network, whose tensors the framework then holds."""
    if right is None:
        return judge("row", {"cell": f"{row.cell} is not what its network has"}, "")
    faults = {}
    if row.total != right.total:
        faults["total"] = f"total is {right.total:,}, not {row.total:,}"
    if row.difference != right.difference:
        faults["difference"] = f"difference is {right.difference:,}, not {row.difference:,}"
    if row.terms != right.terms or sum(term.count for term in row.terms) != row.difference:
        faults["terms"] = "the terms do not add up to the difference"
    for part in ("tensors", "network", "layout", "same"):
        if getattr(row, part) != getattr(right, part):
            faults[part] = f"{part}: not what the network has there"
    return judge("row", faults, f"{row.total:,}: what its tensors hold")
