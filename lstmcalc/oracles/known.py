"""The oracles by name, and what to install for each; nothing here loads a framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Oracle(NamedTuple):
    """A framework to prove numbers by: the module that runs it, and the packages it needs.

    `extra` is what to ask pip for, in brackets.
    """

    module: str
    packages: tuple[str, ...]
    extra: str


TORCH = "torch"
ORACLES: Mapping[str, Oracle] = {
    TORCH: Oracle("lstmcalc.oracles.torch.peer", ("torch",), "torch"),
    "keras": Oracle("lstmcalc.oracles.keras", ("keras",), "keras"),
    "onnx": Oracle("lstmcalc.oracles.onnxruntime", ("onnx", "onnxruntime"), "onnx"),
    "flax": Oracle("lstmcalc.oracles.flax", ("jax", "flax"), "flax"),
    "nnx": Oracle("lstmcalc.oracles.nnx", ("jax", "flax"), "flax"),
    "jax": Oracle("lstmcalc.oracles.xla", ("jax",), "jax"),
}
