"""The weights of a network from a file of tensors, by torch's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.errors import FileError, listed
from lstmcalc.files.tensors import read_tensors
from lstmcalc.forward import Weights
from lstmcalc.network import Network
from lstmcalc.verdict import first_line

ENDS: Mapping[str, str] = {"embedding.weight": "embedding", "head.weight": "head"}
MOST_NAMED = 6
_RECURRENT = re.compile(r"(^|\.)(weight|bias)_(ih|hh|hr|ch)_l\d+(_reverse)?$")


def read_weights(source: object, network: Network) -> Weights:
    """The weights of `network`, in float64.

    Tensors go by torch's names (`weight_ih_l0` …), alone or after any prefix (`encoder.lstm.`);
    the embedding and the head, which have names of their own in every program, by their shapes.

    Args:
        source: a .npz or .safetensors file, or tensors by name, such as `module.state_dict()`.
        network: what they are the weights of.

    Raises:
        FileError: the file cannot be read, a tensor is missing, or two could be it.
    """
    found: Mapping[str, Any]
    if isinstance(source, Mapping):
        what = "the tensors"
        found = {name: value for name, value in source.items() if hasattr(value, "shape")}
        if not all(isinstance(name, str) for name in source):
            raise FileError(what, "a name of one is no text")
    elif isinstance(source, str | Path):
        what, found = f"file {source}", read_tensors(Path(source))
    else:
        remedy = "give the name of a file, or a state_dict"
        raise FileError(f"{type(source).__name__} as weights", "it is none", remedy)
    layout = tensors(network, TORCH)
    _check_rest(what, found, layout)
    names = {tensor.name: _find(what, found, tensor, layout) for tensor in layout}
    weights = unpack({n: _in_numpy(what, own, found[own]) for n, own in names.items()}, layout)
    told = "given by name" if isinstance(source, Mapping) else f"from {Path(source).name}"
    return replace(weights, source=f"{told}{_told(found, names)}")


def _in_numpy(what: str, name: str, value: Any) -> np.ndarray:
    """A tensor of torch, or any array, in NumPy and float64.

    Raises:
        FileError: it holds something else than finite real numbers.
    """
    try:
        if not any(kind in str(value.dtype) for kind in ("bool", "complex")):
            array = np.asarray(value.detach().cpu().double() if hasattr(value, "detach") else value)
            with np.errstate(over="ignore"):
                found = array.astype(np.float64) if array.dtype.kind in "fiu" else None
            if found is not None and np.isfinite(found).all():
                return found
    except (RuntimeError, TypeError, ValueError) as error:  # on meta, sparse: it has no numbers
        raise FileError(what, f"{name} cannot be read: {first_line(error)}") from None
    raise FileError(what, f"{name} holds what is no finite number")


def _told(found: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Which tensors were taken for embedding and head, and which for nothing."""
    own = {part: names[name] for name, part in ENDS.items() if name in names}
    parts = [f"{part} {name}" for part, name in own.items()]
    rest = [name for name in found if name not in names.values()]
    if rest:
        parts.append(f"not used: {listed(rest)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _check_rest(what: str, found: Mapping[str, Any], layout: tuple[Tensor, ...]) -> None:
    """Raise where the file has more recurrent tensors than the network: it is another one.

    Raises:
        FileError: it has.
    """
    known = [tensor for tensor in layout if tensor.place is not None]
    rest = [
        name
        for name in found
        if _RECURRENT.search(name) and not any(_is(name, tensor) for tensor in known)
    ]
    if rest:
        why = f"it also has {listed(rest)}, which the network has not"
        remedy = "say how many layers, directions and biases it has"
        raise FileError(what, why, remedy)


def _find(what: str, found: Mapping[str, Any], tensor: Tensor, layout: tuple[Tensor, ...]) -> str:
    """The name of the array that is this tensor, after it was checked."""
    candidates = [name for name in found if _is(name, tensor)]
    taken = {name for other in layout if other.place for name in found if _is(name, other)}
    if tensor.place is None and tensor.name not in candidates:
        last = f".{tensor.name.rpartition('.')[2]}"
        candidates = [
            name
            for name, array in found.items()
            if name.endswith(last) and name not in taken and tuple(array.shape) == tensor.shape
        ]
    if tensor.name in candidates:
        candidates = [tensor.name]
    wanted = f"{tensor.name} {tensor.shape}"
    if len(candidates) != 1:
        alike = [name for name in found if tensor.place is not None or name not in taken]
        named = candidates or [f"{name} {tuple(found[name].shape)}" for name in alike]
        more = f" and {len(named) - MOST_NAMED} more" * (len(named) > MOST_NAMED)
        why = f"no tensor is {wanted}; it has {listed(named)}"
        if candidates:
            why = f"{' and '.join(named[:MOST_NAMED])}{more} could each be {wanted}"
        raise FileError(what, why)
    own = tuple(found[candidates[0]].shape)
    if own != tensor.shape:
        why = f"{candidates[0]} has the shape {own}, and the network's is {tensor.shape}"
        raise FileError(what, why)
    return candidates[0]


def _is(name: str, tensor: Tensor) -> bool:
    """Whether a name in the file is the tensor's, alone or after a prefix."""
    own = tensor.name.removeprefix("rnn.")
    return name == own or name.endswith(f".{own}")
