"""NumPy's .npz: a zip file of arrays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lstmcalc.errors import FileError
from lstmcalc.files.bounds import check_bytes, read_array

ENDING = ".npy"


def write(tensors: Mapping[str, np.ndarray]) -> bytes:
    """The content of a file with these arrays."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in tensors.items():
            with archive.open(f"{name}{ENDING}", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)
    return content.getvalue()


def read(path: Path) -> dict[str, np.ndarray]:
    """Every array by its name."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        check_bytes(path, sum(member.file_size for member in members))
        for member in members:
            if not member.filename.endswith(ENDING):
                raise FileError(f"file {path}", f"{member.filename!r} in it is no array")
            with archive.open(member) as stream:
                name = member.filename.removesuffix(ENDING)
                found[name] = read_array(path, stream, member.file_size)
    return found
