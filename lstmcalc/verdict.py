"""What was compared with a real framework, and how it came out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from lstmcalc.printable import printable
from lstmcalc.result import Shown

Status: TypeAlias = Literal["passed", "failed", "skipped"]
Outcome: TypeAlias = Literal["verified", "partly verified", "failed", "not verified"]

MOST_SHOWN = 5
"""Faults told one by one; the rest are counted."""


@dataclass(frozen=True)
class Check(Shown):
    """One comparison: what was compared, and the evidence, the fault or the reason it was left out.

    `culprits` are the tensors, gates or counts at fault, by name.
    """

    name: str
    status: Status
    detail: str
    culprits: tuple[str, ...] = ()


def judge(name: str, faults: Mapping[str, str], passed: str) -> Check:
    """Passed with its evidence, or failed with every fault by name, the first few told."""
    if faults:
        shown = list(faults.values())
        more = len(shown) - MOST_SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        return Check(name, "failed", "; ".join(shown[:MOST_SHOWN]) + rest, tuple(faults))
    return Check(name, "passed", passed)


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """The checks of one network against one framework; true only where all were made and passed.

    `reason` says why nothing was checked, or why the forward pass was left out; `others` are the
    verdicts against further frameworks; `notes` say what was not run or not looked at, and how a
    module was called.
    """

    checks: tuple[Check, ...] = ()
    framework: str = ""
    device: str = ""
    seconds: float = 0.0
    reason: str = ""
    others: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Verdict: {'; '.join(verdict.summary for verdict in self.every)}>"

    def __bool__(self) -> bool:
        return all(verdict.outcome == "verified" for verdict in self.every)

    @property
    def every(self) -> tuple[Verdict, ...]:
        """This verdict, then those against other frameworks."""
        return (replace(self, others=()), *self.others) if self.others else (self,)

    def having(self, status: Status) -> tuple[Check, ...]:
        """The checks that came out so."""
        return tuple(check for check in self.checks if check.status == status)

    @property
    def outcome(self) -> Outcome:
        """`verified` only where every check was made and passed."""
        if self.having("failed"):
            return "failed"
        if not self.having("passed"):
            return "not verified"
        return "partly verified" if self.having("skipped") else "verified"

    @property
    def summary(self) -> str:
        """The outcome in one line.

        >>> Verdict(reason="torch is not installed").summary
        'not verified: torch is not installed'
        """
        return printable("; ".join([self._outcome, *self.notes]))

    @property
    def _outcome(self) -> str:
        against = f"{self.framework} on {self.device}"
        passed, failed = self.having("passed"), self.having("failed")
        match self.outcome:
            case "verified":
                return f"verified against {against}: {len(passed)} of {len(passed)} checks passed"
            case "partly verified":
                skipped = ", ".join(check.name for check in self.having("skipped"))
                return (
                    f"partly verified against {against}: {len(passed)} of {len(self.checks)} "
                    f"checks passed; not checked: {skipped}"
                )
            case "failed":
                names = ", ".join(f"{c.name} ({', '.join(c.culprits)})" for c in failed)
                return f"failed against {against}: {names}"
            case _:
                return f"not verified: {self.reason}"


def first_line(error: BaseException) -> str:
    """What an error says first, or its type where it says nothing."""
    said = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error))
    return said.strip().partition("\n")[0] or type(error).__name__
