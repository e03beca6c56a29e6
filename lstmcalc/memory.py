"""Memory: what numbers of a given type take up, in bytes."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.errors import check_name
from lstmcalc.sizes import Size

BYTES: Mapping[str, int] = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}
"""Bytes of one number, by torch's names of the types."""


def check_dtype(dtype: object) -> str:
    """The name of a type, which may be given as torch or NumPy has it; an error lists the known.

    >>> import numpy
    >>> check_dtype("bfloat16"), check_dtype(numpy.float16)
    ('bfloat16', 'float16')
    """
    name = dtype
    if isinstance(dtype, type):
        name = dtype.__name__
    elif type(dtype).__name__.lower().endswith("dtype"):  # torch.float32, numpy.dtype("float32")
        name = str(dtype)
    if isinstance(name, str):
        name = name.removeprefix("torch.")
    check_name("dtype", name, BYTES)
    return str(name)


def weight_bytes(parameters: Size, dtype: str) -> Size:
    """What the parameters alone take up.

    >>> weight_bytes(82_186, "float32")
    328744
    """
    return parameters * BYTES[check_dtype(dtype)]


def available_bytes() -> int:
    """Memory that a new process can use now; 2 GiB where the system does not tell."""
    import os
    import re
    from pathlib import Path

    try:
        told = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        if told:
            return int(told[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2 * 1024**3
