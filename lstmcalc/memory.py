"""Memory: what numbers of a given type take up, in bytes."""

from __future__ import annotations

from collections.abc import Mapping

from lstmcalc.errors import check_name
from lstmcalc.sizes import Size

BYTES: Mapping[str, int] = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}
"""Bytes of one number, by torch's names of the types."""


def check_dtype(dtype: str) -> str:
    """The name of the type, or an error that lists the known ones."""
    check_name("dtype", dtype, BYTES)
    return dtype


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
