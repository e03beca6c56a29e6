"""Models with an embedding and a head, put together in ways of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmcalc import GRU, LSTM, RNN, Network
from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LANGUAGE, LAST, PLAIN, STATES, STEP, TAGGER
from modules.parts import Model, last_step, seeded


class Tied(nn.Module):
    """A language model whose head is the embedding's matrix, used in one of several ways."""

    def __init__(self, way: str, words: int = 50, size: int = 8) -> None:
        super().__init__()
        self.emb = nn.Embedding(words, size)
        self.rnn = nn.LSTM(size, size)
        self.way = way
        if way == "one parameter":
            self.fc = nn.Linear(size, words)
            self.fc.weight = self.emb.weight
        else:
            self.bias = nn.Parameter(torch.randn(words))

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of every step."""
        h = self.rnn(self.emb(tokens))[0]
        if self.way == "one parameter":
            return self.fc(h)
        if self.way == "linear":
            return functional.linear(h, self.emb.weight, self.bias)
        return torch.einsum("tbh,vh->tbv", h, self.emb.weight) + self.bias


class BareHead(nn.Module):
    """A head of two parameters, and no nn.Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 6)
        self.w, self.b = nn.Parameter(torch.randn(3, 6)), nn.Parameter(torch.randn(3))

    def forward(self, x: Tensor) -> Tensor:
        """The logits of the last step."""
        return self.rnn(x)[1][-1] @ self.w.T + self.b


class HeadFirst(nn.Module):
    """A model that registers its parts from the end to the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self.a_head = nn.Linear(10, 4)
        self.rnn = nn.GRU(6, 5, bidirectional=True, batch_first=True)
        self.words = nn.Embedding(30, 6)

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of every step."""
        return self.a_head(self.rnn(self.words(tokens))[0])


class Sizes(nn.Module):
    """Layers of different sizes in a list, with dropout between them, and a head."""

    def __init__(self, kind: type, *sizes: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(kind(*pair, batch_first=True) for pair in pairwise(sizes))
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(sizes[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of the last step."""
        for layer in self.layers:
            x = self.dropout(layer(x)[0])
        return self.fc(x[:, -1])


class Taking(nn.Module):
    """Passes on one of the things it is given, for nn.Sequential."""

    def __init__(self, take: Callable) -> None:
        super().__init__()
        self.take = take

    def forward(self, given: Any) -> Tensor:
        """What is taken."""
        return self.take(given)


class Rows(nn.Module):
    """The image classifier of many tutorials: 28 rows of 28 pixels, whatever it is given."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.rnn = nn.LSTM(28, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        """The logits of the last row."""
        return self.out(self.rnn(x.reshape(-1, 28, 28))[0][:, -1, :])


class OneSentence(nn.Module):
    """The tagger of torch's own tutorial, which reads one sentence at a time."""

    def __init__(self, finish: Callable = lambda y: y) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 6)
        self.hidden2tag = nn.Linear(6, 3)
        self.finish = finish

    def tags(self, sentence: Tensor) -> Tensor:
        """The logits of every word."""
        vectors = self.word_embeddings(sentence)
        output, _ = self.lstm(vectors.view(len(sentence), 1, -1))
        return self.hidden2tag(output.view(len(sentence), -1))

    def forward(self, sentence: Tensor) -> Tensor:
        """What is trained on."""
        return self.finish(self.tags(sentence))


class Scores(Model):
    """A classifier that gives log-probabilities, and its logits by a method."""

    def forward(self, x: Tensor) -> Tensor:
        """The log-probabilities."""
        return super().forward(x).log_softmax(-1)

    def logits_of(self, x: Tensor) -> Tensor:
        """What the head gives."""
        return super().forward(x)


class Packed(Model):
    """A model that packs its sequences, whose lengths it is given."""

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The logits."""
        rnn = self.rnn
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        packed = pack_padded_sequence(x, lengths, rnn.batch_first, enforce_sorted=False)
        output, states = rnn(packed)
        output, _ = pad_packed_sequence(
            output, rnn.batch_first, total_length=x.shape[rnn.batch_first]
        )
        return self.head(self.read(output, states))


class Carrying(nn.Module):
    """The word language model of torch's examples: states go in and come out."""

    def __init__(self, *, needed: bool) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(40, 8)
        self.rnn = nn.LSTM(8, 8, 2, dropout=0.2)
        self.decoder = nn.Linear(8, 40)
        self.needed = needed

    def init_hidden(self, batch: int) -> tuple[Tensor, Tensor]:
        """First states of zeros."""
        weight = next(self.parameters())
        return weight.new_zeros(2, batch, 8), weight.new_zeros(2, batch, 8)

    def forward(self, tokens: Tensor, hidden: Any = None) -> tuple[Tensor, Any]:
        """The logits of every step, and the last states."""
        if hidden is None and self.needed:
            raise TypeError("hidden is needed")
        output, hidden = self.rnn(self.drop(self.encoder(tokens)), hidden)
        return self.decoder(self.drop(output)), hidden


class Separate(nn.Module):
    """A module that wants its first states one by one, and by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(4, 6, batch_first=True)

    def forward(self, x: Tensor, *, h0: Tensor, c0: Tensor) -> Any:
        """What torch gives."""
        return self.rnn(x, (h0, c0))


def zeros_for(module: Separate, x: Tensor) -> Any:
    """Calls it with zeros."""
    zeros = x.new_zeros(1, x.shape[0], 6)
    return module(x, h0=zeros, c0=zeros)[0]


def full(dim: int) -> Callable:
    """Calls a model with lengths that are all full."""
    return lambda module, x: module(x, torch.full((x.shape[1 - dim],), x.shape[dim]))


def _heads() -> Iterator[Case]:
    for way in ("one parameter", "linear", "einsum"):
        network = partial(LSTM, 8, 8, vocab_size=50, tie_weights=True, head_on="every")
        yield Case(f"tied language model, by {way}", seeded(Tied, way), network)
    yield Case("head of two parameters", seeded(BareHead), partial(GRU, 4, 6, num_classes=3))
    network = partial(GRU, 6, 5, bidirectional=True, vocab_size=30, num_classes=4, head_on="every")
    yield Case("parts from the end to the beginning", seeded(HeadFirst), network)
    for kind, network in ((nn.LSTM, LSTM), (nn.GRU, GRU), (nn.RNN, RNN)):
        make = seeded(Sizes, kind, 4, 9, 6, 5, classes=3)
        name = f"{kind.__name__} layers of different sizes in a list"
        yield Case(name, make, partial(network, 4, [9, 6, 5], num_classes=3))
    yield STEP.case("as it is")
    yield STATES.case("as it is")
    yield TAGGER.case("as it is")
    yield LANGUAGE.case("as it is")
    yield BATCHED.case("by the last state", read=lambda _, h_n: h_n.squeeze(0))
    yield LAST.case("by the last state", read=lambda _, states: states[0][-1])
    yield STATES.case(
        "by the output's ends",
        read=lambda out, _: torch.cat([out[-1, :, :8], out[0, :, 8:]], -1),
    )
    yield STATES.case(
        "by the states reshaped",
        read=lambda _, s: s[0].view(2, 2, -1, 8)[-1].transpose(0, 1).flatten(1),
    )
    for base in (PLAIN, DEEP):
        yield base.case("x turned by the module itself", through=transposed)
    yield BATCHED.case(
        "steps first into a module of sequences first",
        rnn=lambda: nn.GRU(28, 32),
        inputs=lambda x: x.transpose(0, 1),
        read=last_step,
    )


def transposed(rnn: nn.RNNBase, x: Tensor) -> Any:
    """Runs the recurrent part on x in the other layout, and turns its output back."""
    output, states = rnn(x.transpose(0, 1))
    return output.transpose(0, 1), states


def _sequential() -> Iterator[Case]:
    def classifier() -> nn.Module:
        return nn.Sequential(
            nn.Embedding(30, 5),
            nn.LSTM(5, 7, batch_first=True),
            Taking(lambda given: given[0][:, -1]),
            nn.Dropout(0.5),
            nn.Linear(7, 2),
        )

    def stack() -> nn.Module:
        parts = [(nn.GRU(n, 6), Taking(lambda given: given[0])) for n in (4, 6)]
        return nn.Sequential(*(part for pair in parts for part in pair))

    network = partial(LSTM, 5, 7, vocab_size=30, num_classes=2)
    yield Case("sequential classifier", seeded(classifier), network)
    yield Case("sequential stack", seeded(stack), partial(GRU, 4, 6, 2))


def _calls() -> Iterator[Case]:
    image = partial(LSTM, 28, 32, num_classes=10)
    yield Case("images reshaped to 28 rows", seeded(Rows), image, {"seq_len": 28})
    tagger = partial(LSTM, 6, 6, vocab_size=20, num_classes=3, head_on="every")
    yield Case("tagger of one sentence", seeded(OneSentence), tagger, {"batch_size": 1})
    make = seeded(OneSentence, lambda y: y.log_softmax(-1))
    options = {"batch_size": 1, "call": lambda module, x: module.tags(x)}
    yield Case("tagger of one sentence, asked for its logits", make, tagger, options)
    options = {"call": lambda module, x: module.logits_of(x)}
    for base in (LAST, TAGGER):
        make = seeded(base.model, Scores)
        yield Case(f"{base.name}: asked for its logits", make, base.network, options)

    def squeezing(network: Callable[..., Network], head_on: str) -> Case:
        kind = {LSTM: nn.LSTM, GRU: nn.GRU}[network]
        read = last_step if head_on == "last" else lambda out, _: out
        make = seeded(lambda: Model(kind(4, 6), 0, 1, read=read, logits=lambda y: y.squeeze(-1)))
        told = partial(network, 4, 6, num_classes=1, head_on=head_on)
        return Case(f"{kind.__name__} with one class on {head_on}, squeezed", make, told)

    for network in (LSTM, GRU):
        for head_on in ("last", "every"):
            yield squeezing(network, head_on)
    for base, dim in ((BATCHED, 1), (STATES, 0), (TAGGER, 1)):
        make = seeded(base.model, Packed)
        yield Case(f"{base.name}: packed", make, base.network, {"call": full(dim)})
    carried = partial(LSTM, 8, 8, 2, vocab_size=40, num_classes=40, head_on="every")
    yield Case("states go in and come out", seeded(Carrying, needed=False), carried)
    options = {"call": lambda module, x: module(x, module.init_hidden(x.shape[1]))[0]}
    yield Case("states must go in", seeded(Carrying, needed=True), carried, options)
    options = {"call": zeros_for}
    yield Case("first states by their names", seeded(Separate), partial(LSTM, 4, 6), options)


MODELS = (*_heads(), *_sequential(), *_calls())
