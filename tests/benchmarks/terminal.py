"""A terminal of one's own, in which a program runs as a user meets it. Linux and macOS."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import termios
import time
from fcntl import ioctl
from pathlib import Path

ROWS, COLUMNS = 30, 100
PATIENCE = 20.0
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z~]|[()][A-Z0-9]|[=>])")
"""What commands the terminal, and is no text."""


class Terminal:
    """A process in a terminal of its own, what it has painted, and when."""

    def __init__(self, command: list[str]) -> None:
        self.began = time.perf_counter()
        self._seen = b""
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

    def see(self, wanted: str) -> None:
        """Wait until the last path of a network in the summary (28→128→10) is this one."""
        ends, path = time.perf_counter() + PATIENCE, re.compile(r"\d+(?:→\d+)+")
        while time.perf_counter() < ends:
            self._seen += self.read(0.05)
            found = path.findall(ESCAPES.sub("", self._seen.decode("utf-8", "replace")))
            if found[-1:] == [wanted] and not self.read(0.3):
                return
        raise TimeoutError(f"{wanted} was not to be seen, but {found[-3:]}")

    def drain(self, seconds: float) -> None:
        """Read on until nothing is painted for so long."""
        while self.read(seconds):
            pass

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def close(self, key: bytes = b"\x11") -> int:
        """Leave the app, and wait for its end; its exit status."""
        self.press(key)
        ends = time.perf_counter() + PATIENCE
        while time.perf_counter() < ends:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
            time.sleep(0.01)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise TimeoutError("the app did not end")
