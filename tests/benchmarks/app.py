"""How quickly the app answers, measured from outside: through a terminal, as a user meets it.

    python tests/benchmarks/app.py            all figures, and exit status 1 where a bound is passed
    python tests/benchmarks/app.py --keys 40  more keys

Linux and macOS. The bounds are those of a machine with two cores; a figure is a time on this one.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time

from terminal import Terminal

WORDS = ("128", "28", "--classes", "10")
TOTAL = re.compile(rb"([\d,]+) parameters")
UP, DOWN, LEFT, RIGHT = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C"
TABS = {b"s": "Shapes", b"c": "Cell", b"o": "Cost", b"f": "Forward", b"g": "Gradient",
        b"w": "Frameworks", b"v": "Verify"}  # fmt: skip
BURST = 200
BOUNDS = {
    "first frame": 700,
    "key to new total, median": 60,
    "key to new total, worst": 120,
    **{f"200 keys more than one, {tab}": 200 for tab in TABS.values()},
    "interface gap while torch loads": 30,
    "memory of the app without torch": 70,
}


def command(words: tuple[str, ...] = WORDS) -> list[str]:
    return [sys.executable, "-m", "lstmcalc", "tui", *words]


def first_frame(runs: int) -> float:
    """Milliseconds from the start of the process to the first total, the median of some runs."""
    found = []
    for _ in range(runs):
        app = Terminal(command())
        when, _ = app.until(TOTAL)
        found.append((when - app.began) * 1e3)
        app.close()
    return statistics.median(found)


def gap(app: Terminal, seconds: float) -> float:
    """The longest that a key without consequences waited while torch loads, in milliseconds."""
    worst, ends = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for key in (LEFT, RIGHT):
            app.drain(0.01)
            sent = app.press(key)
            if app.read(0.5):
                worst = max(worst, (time.perf_counter() - sent) * 1e3)
    return worst


def keys(app: Terminal, count: int) -> list[float]:
    """Milliseconds from a key that changes the network to its new total."""
    found, total = [], b""
    for index in range(count):
        app.drain(0.4)
        sent = app.press(UP if index % 2 == 0 else DOWN)
        when, total = app.until(TOTAL, total)
        found.append((when - sent) * 1e3)
    return found


def burst(app: Terminal, runs: int) -> float:
    """How much longer many keys at once take than one, to the last total, in milliseconds."""

    def took(count: int) -> float:
        app.drain(0.4)
        total = sizes[-1] + count
        sent = app.press(UP * count)
        when, _ = app.until(re.compile(rf"(28→{total}→10)".encode()))
        sizes.append(total)
        return (when - sent) * 1e3

    sizes = [128]
    app.press(b"\x1b[27u\x15128")
    app.drain(0.4)
    found = [took(BURST) - took(1) for _ in range(runs)]
    return statistics.median(found)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--runs", type=int, default=5, help="starts of the app")
    options.add_argument("--keys", type=int, default=30, help="keys that change the network")
    asked = options.parse_args()
    figures = {"first frame": first_frame(asked.runs)}
    app = Terminal(command())
    app.until(TOTAL)
    app.drain(0.1)  # the frame is finished, and the child not yet started
    figures["interface gap while torch loads"] = gap(app, 3.0)
    times = keys(app, asked.keys)
    figures["key to new total, median"] = statistics.median(times)
    figures["key to new total, worst"] = max(times)
    if sys.platform == "linux":
        figures["memory of the app without torch"] = app.memory()
    for key, tab in TABS.items():
        app.press(key)
        app.drain(1.0)
        figures[f"200 keys more than one, {tab}"] = burst(app, 3)
    app.close()
    for name, bound in BOUNDS.items():
        if name in figures:
            unit = "MB" if name.startswith("memory") else "ms"
            mark = "✓" if figures[name] <= bound else "✗"
            print(f"{mark} {name:<34} {figures[name]:7.1f} {unit}  (bound {bound})")
    return any(figures.get(name, 0) > bound for name, bound in BOUNDS.items())


if __name__ == "__main__":
    sys.exit(main())
