"""Tensors by name, in files: each kind of file has a module that reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from lstmcalc.errors import FileError
from lstmcalc.files.bounds import reading
from lstmcalc.save import check_place, write_whole

KINDS: Mapping[str, str] = {
    ".npz": "lstmcalc.files.npz",
    ".safetensors": "lstmcalc.files.safetensors",
}
"""The module for a kind of file, by its ending; each has `read(path)` and `write(tensors)`."""
WRITTEN = tuple(
    np.dtype(kind)
    for kind in ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?")
)
"""The types of numbers that every kind of file can hold."""
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl")


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a file by its name.

    Raises:
        FileError: it cannot be read.
    """
    with reading(path):
        found: dict[str, np.ndarray] = _module(path).read(path)
    return found


def check_output(path: Path, replace: bool) -> None:
    """Make sure, before any work, that tensors can be written there.

    Raises:
        FileError: its ending tells no kind, or there is such a file and it must not be replaced.
    """
    _module(path)
    check_place(path, replace, "add --force to replace it")


def write_tensors(path: Path, tensors: Mapping[str, np.ndarray], replace: bool) -> None:
    """Write all tensors, or nothing.

    Raises:
        FileError: its ending tells no kind of file, or a tensor is of a type that no file takes.
        NotWrittenError: it cannot be written.
    """
    module = _module(path)
    for name, array in tensors.items():
        if array.dtype.newbyteorder("=") not in WRITTEN:
            known = ", ".join(str(np.dtype(kind)) for kind in WRITTEN)
            why = f"tensor {name} is of type {array.dtype}"
            raise FileError(f"file {path}", why, f"convert it to one of {known}")
    write_whole(path, module.write(tensors), replace)


def _module(path: Path) -> ModuleType:
    name = KINDS.get(path.suffix.lower())
    if name is None:
        why = f"its ending tells no kind of weights; known are {' and '.join(KINDS)}"
        remedy = "save the state_dict with safetensors.torch.save_file"
        raise FileError(f"file {path}", why, remedy if path.suffix in PICKLES else "")
    return import_module(name)
