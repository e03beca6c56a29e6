"""A module with the network it is compared with: a planted fault, or an unusual right one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lstmcalc import Network


@dataclass(frozen=True)
class Case:
    """One module, made anew at each call, and how `verify` is called with it.

    `culprit` is what a message must name, in any letter case, where a fault is planted.
    """

    name: str
    make: Callable[[], Any]
    network: Callable[[], Network]
    options: Mapping[str, Any] = field(default_factory=dict)
    culprit: str = ""
