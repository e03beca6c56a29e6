"""What the app asks its child process for, and what the child sends back."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, TypeAlias

from lstmcalc.commands.known import COMMANDS, MAIN, Command
from lstmcalc.verdict import Verdict

HEADER = struct.Struct(">Q")
"""Before each message: how many bytes it has."""


class Job(NamedTuple):
    """A command and what is said to it: two jobs that ask for the same are equal.

    A `format` asks for the whole answer as text, without one for its subject and its verdict.
    """

    name: str
    said: tuple[tuple[str, Any], ...]
    format: str = ""

    @property
    def command(self) -> Command:
        """The command."""
        return COMMANDS.get(self.name, MAIN)


def job(command: Command, said: Mapping[str, Any], format_: str = "") -> Job:
    """The command with those of the options that it takes."""
    return Job(command.name, tuple(sorted(command.fitting(said).items())), format_)


class Doing(NamedTuple):
    """A few words about the work under way."""

    text: str


class Answered(NamedTuple):
    """What the app shows of the subject, before it is proved."""

    subject: Any


class Proved(NamedTuple):
    """The verdict; the job is done."""

    verdict: Verdict


class Written(NamedTuple):
    """The answer as text; the job is done."""

    text: str


class Refused(NamedTuple):
    """Why there is no answer; the job is done."""

    why: str


Message: TypeAlias = Doing | Answered | Proved | Written | Refused
LAST = (Proved, Written, Refused)
"""The kinds of message that end a job."""


def send(stream: BinaryIO, message: Job | Message) -> None:
    """Write one message."""
    stream.write(frame(message))
    stream.flush()


def frame(message: Job | Message) -> bytes:
    """A message with its length before it."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body
