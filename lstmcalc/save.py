"""Writing a file: whole, or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

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
    beside = path.with_name(f".{token_hex(8)}.part")
    try:
        beside.write_bytes(content)
        if replace:
            beside.replace(path.resolve())
        else:
            _move_to_free(beside, path)
    except FileExistsError:
        raise NotWrittenError(str(path), "there is such a file by now") from None
    except OSError as error:
        raise NotWrittenError(str(path), error.strerror or "it cannot be written") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _move_to_free(beside: Path, path: Path) -> None:
    """Move a file to a place where there is none.

    Raises:
        FileExistsError: there is one.
    """
    try:
        path.hardlink_to(beside)  # the one way that looks and moves at once
    except FileExistsError:
        raise
    except OSError:  # a file system without such links
        if path.exists():
            raise FileExistsError from None
        beside.replace(path)
