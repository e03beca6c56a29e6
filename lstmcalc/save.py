"""Writing a file: whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from lstmcalc.errors import FileError, NotWrittenError


def check_place(path: Path, replace: bool, remedy: str) -> None:
    """Make sure that a file can go there; `remedy` says how to allow that one is replaced.

    Raises:
        FileError: there is such a file, and it must not be replaced; or there is no such folder.
    """
    if path.exists() and not replace:
        raise FileError(str(path), "there is such a file", remedy)
    if not path.resolve().parent.is_dir():
        raise FileError(str(path), "there is no such folder")


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the place, then move it there: an interrupted write leaves no half file.

    Raises:
        NotWrittenError: it cannot be written.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise NotWrittenError(str(path), error.strerror or "it cannot be written") from None
    finally:
        beside.unlink(missing_ok=True)
