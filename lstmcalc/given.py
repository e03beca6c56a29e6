"""What is given for a network: the network itself, or a module of torch, which says it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeGuard

from lstmcalc.errors import ConfigurationError
from lstmcalc.network import Network

if TYPE_CHECKING:
    from torch import nn

    from lstmcalc.forward import Weights


def as_network(subject: object) -> Network:
    """The network, or the one that a module of torch is.

    A module is an nn.RNN, nn.GRU or nn.LSTM, a cell of these, or a model with one of them. A lone
    embedding and a lone linear layer of a model are its embedding and its head; that the head
    reads the last step is taken for granted, since tensors do not tell. A model with anything else
    that is learned is refused: it would be left out of every count.

    Raises:
        ConfigurationError: it is something else, or a model with more in it than a network has.
    """
    if isinstance(subject, Network):
        return subject
    if not _is_module(subject):
        remedy = "make one with LSTM, GRU, RNN or build_network, or give a module of torch"
        raise ConfigurationError(f"{type(subject).__name__} as a network", "it is none", remedy)
    from lstmcalc.oracles.torch.given import network_of_model

    return network_of_model(subject)


def weights_of(subject: object, network: Network) -> Weights | None:
    """The weights that a module has as the network that it is; None for a network.

    Raises:
        ConfigurationError: it has no numbers, or some that are not finite.
    """
    if not _is_module(subject):
        return None
    from lstmcalc.oracles.torch.given import weights_of_model

    return weights_of_model(subject, network)


def _is_module(value: object) -> TypeGuard[nn.Module]:
    """Whether it is a module of torch, which is loaded wherever there is one."""
    loaded = getattr(sys.modules.get("torch"), "nn", None)
    return loaded is not None and isinstance(value, loaded.Module)
