"""A reconciliation against a framework: every row of it, in the real one."""

from __future__ import annotations

from collections.abc import Callable
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
    compared = _check_rows(found)
    if compared.status == "failed":  # they are not rows of this network: nothing to run
        return Verdict((compared,), name, "cpu")
    if name == "jax":  # the work of the equations is the same in every row
        verdict = verify_against(calculate(found.network), name, None, seed, progress)
        return replace(verdict, checks=(compared, *verdict.checks))
    rows = [row for row in found.rows if row.convention.name == name]
    if not rows:
        return Verdict(reason=f"the reconciliation has no row of {name}")
    verdicts = []
    for row in rows:
        report = calculate(row.network, convention=name)
        verdict = verify_against(report, name, None, seed, progress)
        own = f"{verdict.framework} ({row.layout.own})"
        verdicts.append(replace(verdict, checks=(compared, *verdict.checks), framework=own))
    return replace(verdicts[0], others=tuple(verdicts[1:]))


def _check_rows(found: Reconciliation) -> Check:
    """Every row, and who has none, against what follows from the network."""
    named = {row.convention.name: row.convention for row in found.rows}
    every = {**named, **CONVENTIONS}
    again = reconcile(found.network, every.values())
    right = {(row.convention.name, row.cell): row for row in again.rows}
    faults: dict[str, str] = {}
    for row in found.rows:
        faults |= _faults(row, right.pop((row.convention.name, row.cell), None))
    for name, cell in right:
        if name in named:
            faults[f"{name} {cell}"] = f"the row of {name} is missing"
    titles = {row.convention.title for row in again.rows}
    for title, why in found.without:
        if title in titles or (title, why) not in again.without:
            faults[title] = f"{title} is not without it: {why}"
    said = f"{len(found.rows)} rows follow from the network; this framework's are run"
    return judge("rows", faults, said)


def _faults(row: Row, right: Row | None) -> dict[str, str]:
    """What a row says otherwise than it follows from the network."""
    title = row.convention.title
    if right is None:
        return {f"cell of {title}": f"{row.cell} is not what its network has"}
    faults = {}
    if row.total != right.total:
        faults[f"total of {title}"] = f"total is {right.total:,}, not {row.total:,}"
    if row.difference != right.difference:
        faults[f"difference of {title}"] = (
            f"difference is {right.difference:,}, not {row.difference:,}"
        )
    if row.terms != right.terms or sum(term.count for term in row.terms) != row.difference:
        faults[f"terms of {title}"] = "the terms do not add up to the difference"
    for part in ("tensors", "network", "layout", "same", "convention"):
        if getattr(row, part) != getattr(right, part):
            faults[f"{part} of {title}"] = f"{part}: not what the network has there"
    return faults
