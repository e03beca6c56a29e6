"""Writing a file: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from lstmcalc.errors import FileError, NotWrittenError


def check_place(path: Path, replace: bool, remedy: str) -> None:
    """Make sure that a file can go there; `remedy` says how to allow that one is replaced.

    Raises:
        FileError: there is such a file, and it must not be replaced; or there is no such folder.
    """
    if path.is_dir():
        raise FileError(str(path), "it is a folder", "add the name of a file")
    if path.exists() and not replace:
        raise FileError(str(path), "there is such a file", remedy)
    if not path.resolve().parent.is_dir():
        raise FileError(str(path), "there is no such folder")


def write_whole(path: Path, content: bytes, replace: bool) -> None:
    """Write beside the place, then move it there: an interrupted write leaves no half file.

    Raises:
        NotWrittenError: it cannot be written; or there is such a file meanwhile, which must not be
            replaced.
    """
    try:
        number, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        raise NotWrittenError(str(path), error.strerror or "it cannot be written") from None
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        Path(beside).chmod(0o666 & ~_umask())
        if replace:
            Path(beside).replace(path)
        else:
            path.hardlink_to(beside)
    except FileExistsError:
        raise NotWrittenError(str(path), "there is such a file by now") from None
    except OSError as error:
        raise NotWrittenError(str(path), error.strerror or "it cannot be written") from None
    finally:
        with suppress(OSError):
            Path(beside).unlink(missing_ok=True)


def _umask() -> int:
    """What new files are not allowed; the system tells it only in exchange for another."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
