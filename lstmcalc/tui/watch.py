"""A served app ends with its page and with its server, whatever has become of either."""

from __future__ import annotations

import os
from threading import Thread
from time import monotonic, sleep

LOOK = 1.0
"""Seconds between two looks."""
LONGEST_STILL = 10.0
"""Seconds without a beat after which the app is taken to be lost."""


class Watch:
    """Ends the process when its server has ended, or when the app no longer beats.

    A page that is closed while the app is still starting leaves it neither started nor ended.
    """

    def __init__(self) -> None:
        self._server = os.getppid()
        self._last = monotonic()

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        Thread(target=self._look, daemon=True).start()

    def beat(self) -> None:
        """The app is alive."""
        self._last = monotonic()

    def _look(self) -> None:
        while os.getppid() == self._server and monotonic() - self._last < LONGEST_STILL:
            sleep(LOOK)
        os._exit(0)
