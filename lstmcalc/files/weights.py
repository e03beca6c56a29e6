"""The weights of a network from a file of tensors, by torch's names."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcalc.arguments import check_arguments
from lstmcalc.conventions.arrays import unpack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.errors import FileError, clean, listed
from lstmcalc.files.ends import MATRICES, find_ends, several
from lstmcalc.files.tensors import read_tensors
from lstmcalc.forward import Weights
from lstmcalc.given import as_network
from lstmcalc.network import Network
from lstmcalc.readings.shapes import Shape
from lstmcalc.verdict import first_line

if TYPE_CHECKING:
    from torch import nn

_RECURRENT = re.compile(r"(^|\.)(weight|bias)_(ih|hh|hr|ch)_l\d+(_reverse)?$")


@check_arguments()
def read_weights(
    source: object,
    network: Network | nn.Module,
    *,
    head_tensor: str | None = None,
    embedding_tensor: str | None = None,
) -> Weights:
    """The weights of `network`, in float64.

    Tensors go by torch's names (`weight_ih_l0` …), alone or after any prefix (`encoder.lstm.`);
    the embedding and the head, which have names of their own in every program, by their shapes.

    Args:
        source: a .npz or .safetensors file, or tensors by name, such as `module.state_dict()`.
        network: what they are the weights of; or a module of torch, which says it.
        head_tensor: the name of the head's matrix, where several could be it.
        embedding_tensor: likewise of the embedding's.

    Raises:
        FileError: the file cannot be read, a tensor is missing, or two could be it.
    """
    network = as_network(network)
    if isinstance(source, Mapping):
        what, found = "the tensors", source
        if not all(isinstance(name, str) for name in source):
            raise FileError(what, "a name of one is no text")
    elif isinstance(source, str | Path):
        what, found = f"file {source}", read_tensors(Path(source))
    else:
        remedy = "give the name of a file, or a state_dict"
        raise FileError(f"{type(source).__name__} as weights", "it is none", remedy)
    shapes = {name: own for name, value in found.items() if (own := _shape(value)) is not None}
    layout = tensors(network, TORCH)
    _check_rest(what, shapes, layout)
    names = {
        tensor.name: _find(what, shapes, tensor) for tensor in layout if tensor.place is not None
    }
    free = {name: own for name, own in shapes.items() if name not in names.values()}
    ends = [tensor for tensor in layout if tensor.place is None]
    chosen = {"head": head_tensor, "embedding": embedding_tensor}
    names |= find_ends(what, free, ends, chosen)
    arrays = {name: _in_numpy(what, own, found[own]) for name, own in names.items()}
    told = "given by name" if isinstance(source, Mapping) else f"from {Path(source).name}"
    return replace(unpack(arrays, layout), source=clean(f"{told}{_told(shapes, names)}"))


def _shape(value: Any) -> Shape | None:
    """The shape of an array of any library; None for anything else."""
    own: Any = getattr(value, "shape", None)
    try:
        return tuple(operator.index(length) for length in own)
    except Exception:  # no array, or one whose shape is not known
        return None


def _in_numpy(what: str, name: str, value: Any) -> np.ndarray:
    """A tensor of torch, or any array, in NumPy and float64.

    Raises:
        FileError: it holds something else than finite real numbers.
    """
    try:
        if not any(kind in str(value.dtype) for kind in ("bool", "complex")):
            array = np.asarray(value.detach().cpu().double() if hasattr(value, "detach") else value)
            # what does not fit, or is a signalling nan, is told below
            with np.errstate(over="ignore", invalid="ignore"):
                found = array.astype(np.float64) if array.dtype.kind in "fiu" else None
            if found is not None and np.isfinite(found).all():
                return found
    except (RuntimeError, TypeError, ValueError) as error:  # on meta, sparse: it has no numbers
        raise FileError(what, f"{name} cannot be read: {first_line(error)}") from None
    raise FileError(what, f"{name} holds what is no finite number")


def _told(found: Mapping[str, Shape], names: Mapping[str, str]) -> str:
    """Which tensors were taken for embedding and head, and which for nothing."""
    own = {part: names[name] for part, name in MATRICES.items() if name in names}
    parts = [f"{part} {name}" for part, name in own.items()]
    rest = [name for name in found if name not in names.values()]
    if rest:
        parts.append(f"not used: {listed(rest)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _check_rest(what: str, found: Mapping[str, Shape], layout: tuple[Tensor, ...]) -> None:
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


def _find(what: str, found: Mapping[str, Shape], tensor: Tensor) -> str:
    """The name of the array that is this tensor of a layer, after its shape was checked."""
    candidates = [name for name in found if _is(name, tensor)]
    if tensor.name in candidates:
        candidates = [tensor.name]
    wanted = f"{tensor.name} {tensor.shape}"
    if not candidates:
        raise FileError(what, f"no tensor is {wanted}; it has {listed(found)}")
    if len(candidates) > 1:
        raise FileError(what, f"{several(candidates)} could each be {wanted}")
    own = found[candidates[0]]
    if own != tensor.shape:
        why = f"{candidates[0]} has the shape {own}, and the network's is {tensor.shape}"
        raise FileError(what, why)
    return candidates[0]


def _is(name: str, tensor: Tensor) -> bool:
    """Whether a name in the file is the tensor's, alone or after a prefix."""
    own = tensor.name.removeprefix("rnn.")
    return name == own or name.endswith(f".{own}")
