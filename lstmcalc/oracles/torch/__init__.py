"""PyTorch: the network as torch.nn modules, or a module of the user's, run and measured."""

from lstmcalc.oracles.torch.build import build, network_of
from lstmcalc.oracles.torch.model import TorchModel

__all__ = ["TorchModel", "build", "network_of"]
