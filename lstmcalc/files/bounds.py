"""What a file may claim before anything of it is read into memory."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from lstmcalc.errors import FileError
from lstmcalc.memory import available_bytes
from lstmcalc.verdict import first_line


def _read_header_3_0(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The header of format 3.0: that of 2.0, but that names of fields may be any text.

    NumPy's own reader of it is private. Only arrays of numbers are of use here; they have no names.
    """
    length = stream.read(HEADER_LENGTH)
    text = stream.read(int.from_bytes(length, "little"))
    if not text.isascii():
        raise ValueError("it holds fields with names, and no plain numbers")
    return np.lib.format.read_array_header_2_0(io.BytesIO(length + text))


HEADER_LENGTH = 4
HEADERS: Mapping[tuple[int, int], Callable[[IO[bytes]], tuple[tuple[int, ...], bool, np.dtype]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): _read_header_3_0,
}
"""What reads the header of an array, by the version of NumPy's format."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into one line that names it.

    Raises:
        FileError: always, instead of the error.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FileError(f"file {path}", "it is no regular file")
        yield
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"file {path}", error.strerror or first_line(error)) from None
    except MemoryError:
        raise FileError(f"file {path}", "it does not fit into memory") from None
    except Exception as error:  # a damaged file can upset its reader in any way
        said = first_line(error).partition("; ")[0]
        raise FileError(f"file {path}", f"it cannot be read: {said}") from None


def check_bytes(path: Path, needed: int) -> None:
    """Raise where a file's content would take more than half of the free memory.

    Raises:
        FileError: it would.
    """
    free = available_bytes()
    if needed > free // 2:
        why = f"{needed / 1e9:,.1f} GB, more than half of the {free / 1e9:,.1f} GB that are free"
        raise FileError(f"file {path}", why)


def read_array(path: Path, stream: IO[bytes], size: int) -> np.ndarray:
    """One array in NumPy's format, after its header was held to the `size` it has in bytes.

    Raises:
        FileError: the header claims another size, or objects.
    """
    version = np.lib.format.read_magic(stream)
    if version not in HEADERS:
        number = ".".join(map(str, version))
        raise FileError(f"file {path}", f"NumPy's format {number} is not known")
    shape, _, dtype = HEADERS[version](stream)
    if dtype.hasobject:
        raise FileError(f"file {path}", "it holds Python objects, which could run code")
    claimed, there = prod(shape) * dtype.itemsize, size - stream.tell()
    if claimed != there:
        raise FileError(f"file {path}", f"its header claims {claimed:,} bytes and it has {there:,}")
    check_bytes(path, claimed)
    stream.seek(0)
    found: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
    return found
