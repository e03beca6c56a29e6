"""A table of what the verifier says of every module: `python -m modules.tally [--only WORD]`."""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from time import perf_counter

import torch

from lstmcalc import assert_matches, verify
from modules.case import Case
from modules.faults import FAULTS
from modules.unusual import UNUSUAL


def outcome(case: Case) -> tuple[str, str]:
    """What `verify` says, with the first detail that is not in order."""
    try:
        verdict = verify(case.make(), case.network(), **case.options)
    except Exception as error:
        return "CRASH", f"{type(error).__name__}: {error}".partition("\n")[0]
    details = [f"{c.name}: {c.detail}" for s in ("failed", "skipped") for c in verdict.having(s)]
    return verdict.outcome, "; ".join(details) or verdict.reason


def asserted(case: Case) -> str:
    """Whether `assert_matches` passes, raises what it should, or something else."""
    try:
        assert_matches(case.make(), case.network(), **case.options)
    except AssertionError:
        return "raised"
    except Exception as error:
        return f"CRASH {type(error).__name__}"
    return "passed"


def tally(title: str, cases: tuple[Case, ...], wanted: tuple[str, str], width: int) -> None:
    """Print a line for each case, `!` before those that are not as wanted, and the counts."""
    found: Counter[str] = Counter()
    wrong = unnamed = 0
    for case in cases:
        start = perf_counter()
        (said, detail), matched = outcome(case), asserted(case)
        seconds = perf_counter() - start
        as_wanted = (said, matched) == wanted
        named = case.culprit in detail.lower() if said == "failed" else True
        found[f"{said}, assert_matches {matched}"] += 1
        wrong += not as_wanted
        unnamed += not named
        mark = "!" if not as_wanted else " " if named else "?"
        missing = "" if named else f"[{case.culprit}?] "
        line = f"{mark} {case.name:<58.58} {said:<15} {matched:<8} {seconds:6.2f}s {missing}"
        print(f"{line}{detail:.{width}}", flush=True)
    print(f"\n{title}: {len(cases) - wrong} of {len(cases)} as wanted; culprit unnamed {unnamed}")
    for name, count in found.most_common():
        print(f"  {count:4} {name}")
    print()


def main() -> None:
    """Run both banks, or those cases whose name has a word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name has this word")
    parser.add_argument("--bank", choices=("faults", "unusual"), help="one bank alone")
    parser.add_argument("--width", type=int, default=100, help="of a detail")
    given = parser.parse_args()
    warnings.simplefilter("error")
    torch.set_num_threads(1)

    def chosen(cases: tuple[Case, ...]) -> tuple[Case, ...]:
        return tuple(case for case in cases if given.only.lower() in case.name.lower())

    if given.bank != "unusual":
        tally("faults", chosen(FAULTS), ("failed", "raised"), given.width)
    if given.bank != "faults":
        tally("unusual", chosen(UNUSUAL), ("verified", "passed"), given.width)


if __name__ == "__main__":
    main()
