"""The weights of a network from a file of tensors, by torch's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.conventions.torch import TORCH
from lstmcalc.errors import FileError
from lstmcalc.files.bounds import reading
from lstmcalc.forward import Weights
from lstmcalc.network import Network

READERS: Mapping[str, str] = {
    ".npz": "lstmcalc.files.npz",
    ".safetensors": "lstmcalc.files.safetensors",
}
"""The module that reads a kind of file, by the file's ending; each has `read(path)`."""
MOST_NAMED = 6
_RECURRENT = re.compile(r"(^|\.)(weight|bias)_(ih|hh|hr|ch)_l\d+(_reverse)?$")


def read_weights(path: str | Path, network: Network) -> Weights:
    """The weights of `network`, in float64, from a .npz or .safetensors file.

    Tensors go by torch's names (`weight_ih_l0` …), alone or after any prefix (`encoder.lstm.`);
    the embedding and the head, which have names of their own in every program, by their shapes.

    Raises:
        FileError: the file cannot be read, a tensor is missing, or two could be it.
    """
    path = Path(path)
    module = READERS.get(path.suffix.lower())
    if module is None:
        known = " and ".join(READERS)
        raise FileError(f"file {path}", f"its ending tells no kind of weights; known are {known}")
    with reading(path):
        found = import_module(module).read(path)
    layout = tensors(network, TORCH)
    _check_rest(path, found, layout)
    return unpack({t.name: _array(path, found, t, layout) for t in layout}, layout)


def _check_rest(path: Path, found: Mapping[str, np.ndarray], layout: tuple[Tensor, ...]) -> None:
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
        more = f" and {len(rest) - MOST_NAMED} more" if len(rest) > MOST_NAMED else ""
        why = f"it also has {', '.join(rest[:MOST_NAMED])}{more}, which the network has not"
        remedy = "say how many layers, directions and biases it has"
        raise FileError(f"file {path}", why, remedy)


def _array(
    path: Path, found: Mapping[str, np.ndarray], tensor: Tensor, layout: tuple[Tensor, ...]
) -> np.ndarray:
    """The array that is this tensor, checked."""
    candidates = [name for name in found if _is(name, tensor)]
    if tensor.place is None and tensor.name not in candidates:
        taken = {name for other in layout if other.place for name in found if _is(name, other)}
        last = f".{tensor.packed}"
        candidates = [
            name
            for name, array in found.items()
            if name.endswith(last) and name not in taken and array.shape == tensor.shape
        ]
    if tensor.name in candidates:
        candidates = [tensor.name]
    what = f"{tensor.name} {tensor.shape}"
    if len(candidates) != 1:
        named = [f"{name} {array.shape}" for name, array in found.items()]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        there = f"it has {', '.join(named[:MOST_NAMED])}{more}"
        why = f"no tensor is {what}; {there}"
        if candidates:
            more = f" and {len(candidates) - MOST_NAMED} more" * (len(candidates) > MOST_NAMED)
            why = f"{' and '.join(candidates[:MOST_NAMED])}{more} could each be {what}"
        raise FileError(f"file {path}", why)
    array = found[candidates[0]]
    if array.shape != tensor.shape:
        why = f"{candidates[0]} has the shape {array.shape}, and the network's is {tensor.shape}"
        raise FileError(f"file {path}", why)
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise FileError(f"file {path}", f"{candidates[0]} holds what is no finite number")
    return array.astype(np.float64)


def _is(name: str, tensor: Tensor) -> bool:
    """Whether a name in the file is the tensor's, alone or after a prefix."""
    own = tensor.name.removeprefix("rnn.")
    return name == own or name.endswith(f".{own}")
