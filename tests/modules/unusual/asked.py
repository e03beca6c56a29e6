"""Modules compared by a part of theirs, or with weights that are given beside them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN
from modules.case import Case
from modules.parts import Size, Stack, seeded
from modules.unusual.hand import TwoLinears


class Encoder(nn.Module):
    """An embedding and an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30, 6)
        self.lstm = nn.LSTM(6, 8, 2, batch_first=True)

    def forward(self, tokens: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """What the LSTM gives."""
        return self.lstm(self.words(tokens))


class Translator(nn.Module):
    """An encoder, attention to it, and a decoder: more than any network of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), nn.GRU(6, 8)
        self.hand = Stack("rnn", Size(3, 5))
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Not called: only its parts are compared."""
        memory, _ = self.encoder(source)
        steps = self.decoder(self.encoder.words(target))[0]
        return self.attention(steps, memory, memory)[0]


def twin(kind: str) -> nn.Module:
    """Torch's own module with the weights of `TwoLinears`."""
    mine = seeded(TwoLinears, kind, 4, 6)()
    own = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind](4, 6)
    own.load_state_dict(by_torch(mine))
    return own


def by_torch(mine: TwoLinears) -> dict[str, Tensor]:
    """The weights of `TwoLinears` by torch's names."""
    found = {"weight_ih_l0": mine.wx.weight, "weight_hh_l0": mine.wh.weight}
    found |= {"bias_ih_l0": mine.wx.bias, "bias_hh_l0": mine.wh.bias}
    return {name: tensor.detach() for name, tensor in found.items()}


def _cases() -> Iterator[Case]:
    for kind, network in (("lstm", LSTM), ("gru", GRU), ("rnn", RNN)):
        make, told = seeded(TwoLinears, kind, 4, 6), partial(network, 4, 6)
        given = by_torch(make())
        yield Case(f"{kind} of two linears, with weights", make, told, {"weights": given})
        with torch.random.fork_rng():
            options = {"weights": twin(kind)}
        yield Case(f"{kind} of two linears, with a module's weights", make, told, options)
    for part, network in (
        ("encoder.lstm", partial(LSTM, 6, 8, 2)),
        ("encoder", partial(LSTM, 6, 8, 2, vocab_size=30)),
        ("decoder", partial(GRU, 6, 8)),
        ("hand", partial(RNN, 3, 5)),
    ):
        yield Case(f"part {part} of a translator", seeded(Translator), network, {"part": part})


ASKED = tuple(_cases())
