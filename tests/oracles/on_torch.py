"""torchrecurrent's real cells, in float64: torch has none of these."""

from __future__ import annotations

import torch
import torchrecurrent
from oracles.real import Real, stacked


class Torchrecurrent(Real):
    def __init__(self, network, own):
        layer, depth = network.layers[0], len(network.layers)
        make = getattr(torchrecurrent, own)
        self.net = make(network.input_size, layer.hidden_size, num_layers=depth).double()

    def held(self):
        return {name: param.detach().numpy() for name, param in self.net.named_parameters()}

    def load(self, stored):
        self.net.load_state_dict({n: torch.from_numpy(array) for n, array in stored.items()})

    def run(self, x, first):
        state = tuple(torch.from_numpy(stacked(first, name)) for name in "hc")
        with torch.no_grad():
            output, last = self.net(torch.from_numpy(x), state)
        by_place = enumerate(sorted(first))
        return output.numpy(), {place: tuple(s[n].numpy() for s in last) for n, place in by_place}
