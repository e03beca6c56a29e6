"""Hugging Face's .safetensors: a header in JSON, then the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path

import numpy as np
from safetensors import deserialize

from lstmcalc.errors import FileError
from lstmcalc.files.bounds import check_bytes

DTYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def write(tensors: Mapping[str, np.ndarray]) -> bytes:
    """The content of a file with these tensors."""
    from safetensors.numpy import save

    content: bytes = save({name: np.asarray(array, order="C") for name, array in tensors.items()})
    return content


def read(path: Path) -> dict[str, np.ndarray]:
    """Every tensor by its name; bfloat16 as float32, which holds all its values.

    The format has no order, and its reader another one each time: they are sorted by name.
    """
    check_bytes(path, 2 * path.stat().st_size)
    found = {}
    for name, tensor in sorted(deserialize(path.read_bytes()), key=itemgetter(0)):
        kind = tensor["dtype"]
        if kind not in DTYPES:
            raise FileError(f"file {path}", f"tensor {name} is of type {kind}, which is not known")
        array = np.frombuffer(tensor["data"], DTYPES[kind])
        if kind == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        found[name] = array.reshape(tensor["shape"])
    return found
