"""The pages of a verdict and of one check of it."""

from __future__ import annotations

from dataclasses import asdict, replace

from lstmcalc.render.page import Page, verdict_data, verdict_table
from lstmcalc.verdict import Check, Verdict


def page(verdict: Verdict) -> Page:
    """All there is to show of a verdict, and of those against further frameworks."""
    tables = [
        replace(verdict_table(one), title=f"Checks against {one.framework}", note="")
        for one in verdict.every
        if one.checks
    ]
    against = ", ".join(dict.fromkeys(one.framework for one in verdict.every if one.framework))
    return Page(
        "Verification",
        f"against {against}" if against else "against nothing",
        "; ".join(one.summary for one in verdict.every),
        tuple(tables),
        lambda: verdict_data(verdict),
    )


def check_page(check: Check) -> Page:
    """One check of a verdict."""
    culprits = f"at fault: {', '.join(check.culprits)}" if check.culprits else check.status
    return Page(f"Check of {check.name}", check.detail, culprits, (), lambda: asdict(check))
