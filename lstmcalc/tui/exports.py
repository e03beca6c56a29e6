"""What is to be written to files, while the child process puts it into words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from lstmcalc.errors import LstmcalcError
from lstmcalc.save import write_whole
from lstmcalc.tui.jobs import Job, Message, Refused, Written

Notice: TypeAlias = tuple[str, str, Literal["information", "error"]]
"""A text, its title, and how serious it is."""


class Export(NamedTuple):
    """Where to write, in which format, and whether a file there may be replaced."""

    format: str
    path: Path
    replace: bool


class Exports:
    """The places that wait for each job's text."""

    def __init__(self) -> None:
        self._places: dict[Job, list[Export]] = {}

    @property
    def wanted(self) -> tuple[Job, ...]:
        """The jobs that places wait for."""
        return tuple(self._places)

    def add(self, job: Job, export: Export) -> None:
        """Write a job's text there, once it is known."""
        self._places.setdefault(job, []).append(export)

    def hear(self, job: Job, message: Message) -> Iterator[Notice]:
        """Write the text, where the message has it; what to tell for each place."""
        if not isinstance(message, Written | Refused):
            return
        for export in self._places.pop(job, []):
            if isinstance(message, Refused):
                yield message.why, "not written", "error"
                continue
            try:
                write_whole(export.path, message.text.encode(), export.replace)
            except LstmcalcError as error:
                yield str(error), "not written", "error"
            else:
                yield f"written to {export.path.resolve()}", "export", "information"
