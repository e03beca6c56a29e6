"""How long the answer and the proof take, as ratios of whole processes in one run.

    python tests/benchmarks/speed.py [--runs 15]

Each command is run in turn with what it is measured against, A B A B …; the ratio is that of the
medians. Prints every figure with its bound, and exits with 1 where one is missed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from time import perf_counter

import numpy as np

from lstmcalc import LSTM, count_parameters

RICH = ["-c", "import rich.console, rich.table"]
TORCH = ["-c", "import torch"]
ANSWER = ["-m", "lstmcalc", "128", "28", "--classes", "10", "--no-verify"]
PROOF = ["-m", "lstmcalc", "128", "28", "--classes", "10"]
EXPLAIN = ["-m", "lstmcalc", "explain", "80896", "--no-verify"]
COMPARISONS = (
    ("the answer, against importing rich", ANSWER, RICH, 1.5),
    ("the answer as JSON, against importing rich", [*ANSWER, "--format", "json"], RICH, 1.5),
    ("the answer with its proof, against importing torch", PROOF, TORCH, 1.2),
)


def seconds(arguments: list[str]) -> float:
    """Of a whole process, from its start to its end."""
    start = perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - start


def compare(ours: list[str], theirs: list[str], runs: int) -> tuple[float, float]:
    """The medians of both, run in turn after one run each to warm up."""
    seconds(ours), seconds(theirs)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    a, b = zip(*pairs, strict=True)
    return statistics.median(a), statistics.median(b)


def sweep() -> float:
    """Seconds to count a million LSTM configurations."""
    rng = np.random.default_rng(0)
    features, hidden = rng.integers(1, 4_096, (2, 1_000_000))
    start = perf_counter()
    counts = count_parameters(LSTM(features, hidden))
    assert counts.shape == (1_000_000,)
    return perf_counter() - start


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    missed = 0
    for name, ours, theirs, bound in COMPARISONS:
        a, b = compare(ours, theirs, runs)
        missed += a / b > bound
        print(f"{name}: {a:.3f} s / {b:.3f} s = {a / b:.2f} (bound {bound})")
    took = statistics.median(sweep() for _ in range(5))
    missed += took > 1
    print(f"a million LSTM configurations counted: {took:.3f} s (bound 1 s)")
    took = statistics.median(seconds(EXPLAIN) for _ in range(5))
    missed += took > 2
    print(f"a total alone explained: {took:.3f} s (bound 2 s)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
