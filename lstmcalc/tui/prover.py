"""The app's side of the child process: it is started, asked, watched, and never left behind."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from lstmcalc.tui.jobs import HEADER, LAST, Job, Message, Refused, frame
from lstmcalc.verdict import first_line

CHILD = (sys.executable, "-m", "lstmcalc.tui.child")
LONGEST_SILENCE = 120.0
"""Seconds without a word in the middle of a job, after which the child is taken to hang."""
PATIENCE = 2.0
"""Seconds that a job may go on when nobody waits for it any more."""
FAREWELL = 1.0
"""Seconds that the end of a process, or of its output, is waited for."""
POLL = 0.1

Report = Callable[[Job | None, Message], None]
"""Called with each message about a job, and with None for what is about no job."""


class Prover:
    """One child process, and the jobs that it is still to do.

    Args:
        report: called with each message; a job that the child did not survive is `Refused`.
        command: the words that start the child.
        silence: seconds without a word after which the child is taken to hang.
    """

    def __init__(
        self, report: Report, command: Sequence[str] = CHILD, silence: float = LONGEST_SILENCE
    ) -> None:
        self._report = report
        self._command = command
        self._silence = silence
        self._wanted: list[Job] = []
        self._current: Job | None = None
        self._wanted_until = 0.0
        self._asked = asyncio.Event()
        self._child: Process | None = None
        self._spoke = False
        self._work: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the child, and have done what is asked for, until it is closed."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        """End the child, whatever it is doing."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self._end()

    def want(self, jobs: Sequence[Job]) -> None:
        """Do these jobs, in their order; what was asked for before is no longer wanted."""
        if self._current in self._wanted and self._current not in jobs:
            self._wanted_until = monotonic()
        self._wanted = list(jobs)
        self._asked.set()

    @property
    def busy(self) -> bool:
        """Whether there are jobs to be done."""
        return bool(self._wanted)

    @property
    def pid(self) -> int | None:
        """The child's process number, while there is a child."""
        return self._child.pid if self._child is not None else None

    async def _go_on(self) -> None:
        with suppress(OSError):  # told with the first job
            await self._start()
        while True:
            self._asked.clear()
            while self._wanted:
                self._current = job = self._wanted[0]
                async for message in self._messages(job):
                    self._report(job, message)
                if job in self._wanted:
                    self._wanted.remove(job)
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something is asked; a child that is lost meanwhile is told and replaced."""
        asked = asyncio.ensure_future(self._asked.wait())
        waiting: set[asyncio.Future[Any]] = {asked}
        if self._child is not None and self._spoke:  # one that never spoke would be lost again
            waiting.add(asyncio.ensure_future(self._child.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                self._report(None, Refused(await self._lost()))
                with suppress(OSError):  # told with the next job
                    await self._start()
        finally:
            for future in waiting:
                future.cancel()

    async def _start(self) -> Process:
        """The child that lives, a new one where there is none."""
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
            self._spoke = False
        return self._child

    async def _end(self) -> None:
        """End the child and all that it started, and close the pipes to it."""
        child, self._child = self._child, None
        if child is not None:
            _kill(child)
            with suppress(TimeoutError):  # what it started may hold the pipe in another session
                await asyncio.wait_for(child.communicate(), FAREWELL)

    async def _messages(self, job: Job) -> AsyncIterator[Message]:
        """What the child says about a job; whatever happens to it, the last message ends the job.

        Only a job that nobody waits for any more may stop without an end.
        """
        try:
            child = await self._start()
            if child.stdin is None or child.stdout is None:
                raise EOFError
            child.stdin.write(frame(job))
            await child.stdin.drain()
            while (message := await self._next(job, child.stdout)) is not None:
                self._spoke = True
                yield message
                if isinstance(message, LAST):
                    return
        except Exception as error:
            yield Refused(await self._lost(error))

    async def _next(self, job: Job, stream: asyncio.StreamReader) -> Message | None:
        """The next message about the job; None where it was cut off."""
        began = monotonic()
        reading = asyncio.ensure_future(_read(stream))
        try:
            while not (await asyncio.wait({reading}, timeout=POLL))[0]:
                now = monotonic()
                if job not in self._wanted and now - self._wanted_until > PATIENCE:
                    break
                if now - began > self._silence:
                    raise TimeoutError
        finally:  # the pipe must be free for whoever ends the child
            reading.cancel()
            await asyncio.wait({reading})
        if not reading.cancelled():
            return reading.result()
        await self._end()
        return None

    async def _lost(self, error: Exception | None = None) -> str:
        """End a child that is of no more use; what to say about it."""
        child, code = self._child, None
        if child is not None and not isinstance(error, TimeoutError):
            with suppress(TimeoutError):
                code = await asyncio.wait_for(child.wait(), FAREWELL)
        if child is None:
            why = f"did not start: {first_line(error) if error is not None else 'no reason given'}"
        elif isinstance(error, TimeoutError):
            why = f"gave no sign for {self._silence:g} s"
        elif code is None:
            why = "lives, but said nothing that can be understood"
        else:
            why = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        await self._end()
        return f"torch's process {why}; press r to prove again"


def _kill(child: Process) -> None:
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)  # it has a session of its own
        else:
            child.kill()


async def _read(stream: asyncio.StreamReader) -> Message:
    (length,) = HEADER.unpack(await stream.readexactly(HEADER.size))
    message: Message = pickle.loads(await stream.readexactly(length))  # noqa: S301 - our own child
    return message
