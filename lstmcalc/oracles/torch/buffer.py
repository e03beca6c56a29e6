"""Where torch puts the tensors of a module in cuDNN's one buffer."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from lstmcalc.network import Network
from lstmcalc.oracles.torch.build import build
from lstmcalc.oracles.torch.modules import take_apart


def offsets(network: Network) -> Mapping[str, tuple[int, int]]:
    """From where to where each recurrent tensor lies in its module's buffer, by torch's name.

    cuDNN itself tells torch where, so that this takes a CUDA device.

    Raises:
        RuntimeError: there is none, or torch keeps the tensors apart.
    """
    module = build(network).to("cuda", torch.float32)
    pieces = take_apart(module)
    for piece in pieces.recurrent:
        piece.module.flatten_parameters()
        storages = {p.untyped_storage().data_ptr() for p in piece.module.parameters()}
        if len(storages) > 1:
            raise RuntimeError("torch keeps these tensors apart")
    recurrent = {id(p) for piece in pieces.recurrent for p in piece.module.parameters()}
    return {
        name: (int(tensor.storage_offset()), int(tensor.storage_offset()) + tensor.numel())
        for name, tensor in pieces.parameters.items()
        if id(tensor) in recurrent
    }


def has_cuda() -> bool:
    """Whether there is a CUDA device with cuDNN."""
    return torch.cuda.is_available() and torch.backends.cudnn.is_available()
