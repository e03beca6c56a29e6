"""The child process: it loads torch once, and then carries out one job after the other.

It speaks over its standard input and output, and ends when its input does: also in the middle of a
job, so that it never outlives the app.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Any

from lstmcalc.commands.answer import Answer, Progress, answer, prove, write
from lstmcalc.commands.known import MAIN
from lstmcalc.commands.request import read_request
from lstmcalc.errors import LstmcalcError
from lstmcalc.tui.film import film
from lstmcalc.tui.jobs import HEADER, Answered, Doing, Job, Message, Proved, Refused, Written, send
from lstmcalc.verdict import Verdict, first_line
from lstmcalc.verification import load
from lstmcalc.walk import Walk

MOST_KEPT = 4
"""Answers with their verdicts, for what is asked for again."""


def main() -> None:
    """Serve the app until its end of the pipe is closed."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    jobs: SimpleQueue[Job] = SimpleQueue()
    Thread(target=_listen, args=(jobs,), daemon=True).start()
    load()  # while nobody waits yet
    desk = Desk(lambda text: send(replies, Doing(text)))
    while True:
        for message in desk.carry_out(jobs.get()):
            send(replies, message)


def _listen(jobs: SimpleQueue[Job]) -> None:
    """Pass jobs on; where there are no more, or what comes is none, the process ends at once."""
    stream = sys.stdin.buffer
    try:
        while header := stream.read(HEADER.size):
            (length,) = HEADER.unpack(header)
            jobs.put(pickle.loads(stream.read(length)))  # noqa: S301 - from who began us
    finally:
        os._exit(0)


class Desk:
    """Carries out jobs, calling `progress` with a few words before each part of the work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._answers: dict[Job, Answer] = {}
        self._verdicts: dict[Job, Verdict] = {}

    def carry_out(self, job: Job) -> Iterator[Message]:
        """The messages of a job, the last of which ends it; nothing that goes wrong is raised."""
        try:
            plain = job._replace(format="")
            if job.format:
                request = read_request({**dict(job.said), "format": job.format}, job.command)
                yield Written(write(request, self._answer(plain).page(self._prove(plain))))
            else:
                subject = self._answer(plain).subject
                if job.command is not MAIN:  # the app has its report at once, by itself
                    yield Answered(film(subject) if isinstance(subject, Walk) else subject)
                yield Proved(self._prove(plain))
        except LstmcalcError as error:
            yield Refused(str(error))
        except MemoryError:
            yield Refused("there is not enough memory for it")
        except Exception as error:
            yield Refused(f"{type(error).__name__}: {first_line(error)}")

    def _answer(self, job: Job) -> Answer:
        if job not in self._answers:
            _forget(self._answers)
            request = read_request(dict(job.said), job.command)
            self._answers[job] = answer(job.command, request, self._progress)
        return self._answers[job]

    def _prove(self, job: Job) -> Verdict:
        if job not in self._verdicts:
            _forget(self._verdicts)
            request = read_request(dict(job.said), job.command)
            self._verdicts[job] = prove(request, self._answer(job).subject, self._progress)
        return self._verdicts[job]


def _forget(kept: dict[Job, Any]) -> None:
    """Drop the oldest where there are too many."""
    if len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]


if __name__ == "__main__":
    main()
