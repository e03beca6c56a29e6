"""A served app ends with its page and, but on Windows, with its server, whatever became of them."""

from __future__ import annotations

import os
import sys
from threading import Thread
from time import monotonic, sleep

SERVER = "LSTMCALC_SERVER"
"""Where the server's process number is told."""
LOOK = 1.0
"""Seconds between two looks."""
LONGEST_STILL = 10.0
"""Seconds without a beat after which the app is taken to be lost."""


class Watch:
    """Ends the process when its server has ended, or when the app no longer beats.

    A page that is closed while the app is still starting leaves it neither started nor ended.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._last = monotonic()

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        Thread(target=self._look, daemon=True).start()

    def beat(self) -> None:
        """The app is alive."""
        self._last = monotonic()

    def _look(self) -> None:
        looked = monotonic()
        while self._served() and monotonic() - self._last < LONGEST_STILL:
            sleep(LOOK)
            if monotonic() - looked > LONGEST_STILL / 2:
                self.beat()  # the whole process was stopped, and goes on
            looked = monotonic()
        os._exit(0)

    def _served(self) -> bool:
        """Whether the server is still the one who started this; Windows does not tell."""
        return sys.platform == "win32" or os.getppid() == self._server
