"""Parameters, shapes, work and memory of RNN, GRU and LSTM networks, with formula and proof.

>>> import lstmcalc
>>> lstmcalc.calculate(lstmcalc.LSTM(28, 128, num_classes=10)).parameters
82186
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstmcalc.build import build_network
    from lstmcalc.cells import CELLS, Cell, cell
    from lstmcalc.conversion import Conversion, convert
    from lstmcalc.errors import LstmcalcError
    from lstmcalc.explanation import Explanation, explain
    from lstmcalc.files import read_sequence, read_weights
    from lstmcalc.flow import Flow, trace_shapes
    from lstmcalc.network import Layer, Network
    from lstmcalc.nn import GRU, LSTM, RNN
    from lstmcalc.reach import Reach, gradient_reach
    from lstmcalc.reconciliation import Reconciliation, reconcile
    from lstmcalc.report import Report, calculate
    from lstmcalc.totals import count_macs, count_parameters
    from lstmcalc.verdict import Check, Verdict
    from lstmcalc.verification import assert_matches, verify
    from lstmcalc.walk import Walk, step_through

__version__ = "0.1.0"

__all__ = [
    "CELLS", "GRU", "LSTM", "RNN", "Cell", "Check", "Conversion", "Explanation", "Flow", "Layer",
    "LstmcalcError", "Network", "Reach", "Reconciliation", "Report", "Verdict", "Walk",
    "assert_matches", "build_network", "calculate", "cell", "convert", "count_macs",
    "count_parameters", "explain", "gradient_reach", "read_sequence", "read_weights", "reconcile",
    "step_through", "trace_shapes", "verify",
]  # fmt: skip

_HOMES = {
    "lstmcalc.cells": ("CELLS", "Cell", "cell"),
    "lstmcalc.conversion": ("Conversion", "convert"),
    "lstmcalc.errors": ("LstmcalcError",),
    "lstmcalc.explanation": ("Explanation", "explain"),
    "lstmcalc.files": ("read_sequence", "read_weights"),
    "lstmcalc.flow": ("Flow", "trace_shapes"),
    "lstmcalc.reach": ("Reach", "gradient_reach"),
    "lstmcalc.build": ("build_network",),
    "lstmcalc.network": ("Layer", "Network"),
    "lstmcalc.nn": ("GRU", "LSTM", "RNN"),
    "lstmcalc.reconciliation": ("Reconciliation", "reconcile"),
    "lstmcalc.report": ("Report", "calculate"),
    "lstmcalc.walk": ("Walk", "step_through"),
    "lstmcalc.totals": ("count_macs", "count_parameters"),
    "lstmcalc.verdict": ("Check", "Verdict"),
    "lstmcalc.verification": ("assert_matches", "verify"),
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that a bare import costs nothing."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'lstmcalc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
