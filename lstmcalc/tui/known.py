"""What the app knows of each job, as the child's messages have told it."""

from __future__ import annotations

from typing import Any, NamedTuple

from rich.text import Text

from lstmcalc.render.terminal import OUTCOMES
from lstmcalc.tui.jobs import Answered, Doing, Job, Message, Proved, Refused
from lstmcalc.verdict import Verdict

MOST_KEPT = 8


class Known(NamedTuple):
    """The subject and its verdict as far as they are known, and what is being done for them.

    `refused` says why there is no subject, or why no verdict.
    """

    subject: Any = None
    verdict: Verdict | None = None
    doing: str = "waiting"
    refused: str = ""

    def after(self, message: Message) -> Known:
        """What is known after one more message."""
        match message:
            case Doing(text):
                return self._replace(doing=text, verdict=None, refused="")
            case Answered(subject):
                return self._replace(subject=subject, verdict=None)
            case Proved(verdict):
                return self._replace(verdict=verdict)
            case Refused(why):
                return self._replace(verdict=Verdict(reason=why), refused=why)
            case _:
                return self

    @property
    def missing(self) -> bool:
        """Whether there is no subject, and will be none."""
        return self.subject is None and bool(self.refused)

    @property
    def line(self) -> Text:
        """What is being done, or the outcome."""
        if self.verdict is None:
            return Text().append(f"◌ {self.doing} …", "italic")
        if self.missing:
            mark, style = OUTCOMES["not verified"]
            return Text(f"{mark} not computed: {self.refused}", style)
        mark, style = OUTCOMES[self.verdict.outcome]
        return Text().append(f"{mark} {self.verdict.summary}", style)


UNKNOWN = Known()
"""What is known of what was not asked yet."""


class Memory:
    """What is known of the last few jobs; those that are asked about stay longest."""

    def __init__(self) -> None:
        self._known: dict[Job, Known] = {}

    def __getitem__(self, job: Job) -> Known:
        known = self._known.pop(job, None)
        if known is None:
            return UNKNOWN
        self._known[job] = known
        return known

    def hear(self, job: Job, message: Message) -> None:
        """Remember what a message tells."""
        self._known[job] = self[job].after(message)
        while len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]

    def forget(self, job: Job) -> None:
        """Know nothing of a job: it is asked for, or is to be asked for again."""
        self._known.pop(job, None)
