"""An explanation's likeliest network against the real framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lstmcalc.errors import UnsupportedError
from lstmcalc.explanation import Explanation
from lstmcalc.report import calculate
from lstmcalc.totals import count_parameters
from lstmcalc.verdict import Verdict, judge
from lstmcalc.verification.session import verify_report


@dataclass(frozen=True, repr=False)
class FirstVerdict(Verdict):
    """A verdict on the first explanation alone: the others are counted and not built."""

    @property
    def summary(self) -> str:
        """The outcome in one line, and of what."""
        return f"explanation 1: {super().summary}"


def verify_explanation(found: Explanation, progress: Callable[[str], None]) -> Verdict:
    """Build the likeliest network and compare all of its report; of two ways to count, the last."""
    if not found.first:
        return Verdict(reason="nothing that fits was found")
    faults = {
        total.text: f"{count:,} parameters are not {total.text}"
        for total, count in zip(found.totals, map(count_parameters, found.first), strict=True)
        if total.off(count)
    }
    asked = " and ".join(total.text for total in found.totals)
    check = judge("asked", faults, f"{asked}: its parameters as counted, and compared below")
    try:
        verdict = verify_report(calculate(found.first[-1]), None, 0, progress)
    except UnsupportedError as error:
        return FirstVerdict(reason=str(error))
    told = FirstVerdict(**vars(verdict))
    return replace(told, checks=(check, *verdict.checks))
