"""How quickly the app answers, measured from outside: through a terminal, as a user meets it.

    python tests/benchmarks/app.py            all figures, and exit status 1 where a bound is passed
    python tests/benchmarks/app.py --keys 40  more keys

Linux and macOS. The bounds are those of a machine with two cores; a figure is a time on this one.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

ROWS, COLUMNS = 30, 100
WORDS = ("128", "28", "--classes", "10")
TOTAL = re.compile(rb"([\d,]+) parameters")
UP, DOWN, LEFT, RIGHT = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C"
BOUNDS = {
    "first frame": 700,
    "key to new total, median": 60,
    "key to new total, worst": 120,
    "interface gap while torch loads": 30,
    "memory of the app without torch": 70,
}
PATIENCE = 20.0


class Terminal:
    """A process in a terminal of its own, what it has painted, and when."""

    def __init__(self, command: list[str]) -> None:
        self.began = time.perf_counter()
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execvp(command[0], command)  # noqa: S606 - in the terminal that was made for it
        ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def press(self, key: bytes) -> float:
        """Send a key; when it was sent."""
        os.write(self._end, key)
        return time.perf_counter()

    def read(self, seconds: float) -> bytes:
        """What is painted until nothing has come for so long, at most one piece."""
        ready, _, _ = select.select([self._end], [], [], seconds)
        try:
            return os.read(self._end, 1 << 16) if ready else b""
        except OSError:  # the process has ended
            return b""

    def until(self, wanted: re.Pattern[bytes], other_than: bytes = b"") -> tuple[float, bytes]:
        """When something is painted that matches, and what; it is not what was there before."""
        painted, ends = b"", time.perf_counter() + PATIENCE
        while time.perf_counter() < ends:
            painted += self.read(0.05)
            now = time.perf_counter()
            for found in wanted.finditer(painted):
                if found[1] != other_than:
                    return now, found[1]
        raise TimeoutError(f"{wanted.pattern!r} was not painted within {PATIENCE:g} s")

    def drain(self, seconds: float) -> None:
        """Read on until nothing is painted for so long."""
        while self.read(seconds):
            pass

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def close(self) -> None:
        """Leave the app, and wait for its end."""
        self.press(b"\x11")
        for _ in range(100):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
            self.read(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


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
    app.close()
    for name, bound in BOUNDS.items():
        if name in figures:
            unit = "MB" if name.startswith("memory") else "ms"
            mark = "✓" if figures[name] <= bound else "✗"
            print(f"{mark} {name:<34} {figures[name]:7.1f} {unit}  (bound {bound})")
    return any(figures.get(name, 0) > bound for name, bound in BOUNDS.items())


if __name__ == "__main__":
    sys.exit(main())
