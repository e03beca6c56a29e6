"""torch asked as the other frameworks are: hold a network's tensors, and run them once."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.forward import Inputs
from lstmcalc.network import Network
from lstmcalc.oracles.peer import Ran, check_stored
from lstmcalc.oracles.torch.build import build
from lstmcalc.oracles.torch.model import TorchModel
from lstmcalc.readings.values import Array

CONVENTION = TORCH.name
FRAMEWORK = TorchModel.framework


def run(
    network: Network,
    stored: Mapping[str, Array],
    inputs: Inputs,
    batch_first: bool | None = None,
) -> Ran:
    """Build, load and run the network; see `Peer`."""
    module = build(network, batch_first=bool(batch_first))
    model = TorchModel(module, tensors(network, TORCH), "cpu")
    check_stored("torch", model.shapes, stored)
    model.load(stored)
    outputs = model.run(inputs, network.head_on, unbatched=False).outputs
    total = sum(map(prod, model.shapes.values()))
    return Ran(FRAMEWORK, model.tolerance, model.shapes, total, outputs)
