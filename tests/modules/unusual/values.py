"""Right modules with weights, sizes, types and modes that are rarely met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstmcalc import GRU, LSTM, RNN, build_network
from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LANGUAGE, LAST, PLAIN, STATES, STEP, TAGGER
from modules.parts import Model, Size, last_in_batch, last_step, seeded
from modules.unusual.tools import changed

LARGE: tuple[tuple[str, Size], ...] = (
    ("lstm", Size(300, 1024, 2)),
    ("gru", Size(512, 512, 2)),
    ("rnn", Size(256, 256, 2)),
    ("lstm", Size(40, 200, 3, both=True)),
    ("gru", Size(5, 128, 4)),
    ("rnn", Size(1, 1)),
    ("lstm", Size(1, 1, 2, both=True)),
    ("lstm", Size(700, 2)),
    ("gru", Size(2, 300)),
)


def scaled(factor: float) -> Callable[[nn.Module], None]:
    """Multiplies all weights."""

    def change(module: nn.Module) -> None:
        for parameter in module.parameters():
            parameter.data *= factor

    return change


def orthogonal(module: nn.Module) -> None:
    """Starts as the papers advise: orthogonal matrices, biases 0, the forget gate's 1."""
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            nn.init.orthogonal_(parameter)
        else:
            nn.init.zeros_(parameter)
            if "bias_ih" in name:
                quarter = len(parameter) // 4
                nn.init.ones_(parameter.data[quarter : 2 * quarter])


def filled(value: float, word: str) -> Callable[[nn.Module], None]:
    """Sets the parameters with a word in their name to one number."""

    def change(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if word in name:
                nn.init.constant_(parameter, value)

    return change


def trained(steps: int, rate: float) -> Callable[[nn.Module], None]:
    """Trains a module on random numbers for a while."""

    def change(module: nn.Module) -> None:
        optimiser = torch.optim.SGD(module.parameters(), rate, momentum=0.9)
        x = torch.randn(8, 4, next(module.parameters()).shape[1])
        goal = torch.randn_like(module(x)[0])
        for _ in range(steps):
            optimiser.zero_grad()
            functional.mse_loss(module(x)[0], goal).backward()
            optimiser.step()

    return change


def frozen(*words: str) -> Callable[[nn.Module], None]:
    """Freezes parameters whose name has one of the words."""

    def change(module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if any(word in name for word in words):
                parameter.requires_grad_(requires_grad=False)

    return change


class Typed(nn.Module):
    """Runs in a type of its own, by torch's autocast."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Tensor:
        """The output, rounded on the way."""
        with torch.autocast("cpu", torch.bfloat16):
            return self.rnn(x)[0].to(x.dtype)


def pretrained() -> nn.Module:
    """A classifier on vectors that came from elsewhere, and stay as they are."""
    model = Model(nn.LSTM(6, 8, batch_first=True), 0, 3, read=last_in_batch)
    model.embedding = nn.Embedding.from_pretrained(torch.randn(30, 6), freeze=True)
    return model


def padded(index: int) -> Callable[[], nn.Module]:
    """A classifier whose embedding has a word for padding."""

    def make() -> nn.Module:
        model = Model(nn.GRU(6, 8), 0, 3, read=last_step)
        model.embedding = nn.Embedding(30, 6, padding_idx=index)
        return model

    return make


class Own(nn.Module):
    """Drops out by the function, as often as it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = nn.GRU(4, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        x = functional.dropout(x, 0.2, self.training)
        h = functional.dropout(self.rnn(x)[1][-1], 0.5, training=self.training)
        return self.head(h)


class Dropped(nn.Module):
    """Drops out by modules, of several kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.rnn = nn.Embedding(30, 6), nn.LSTM(6, 5, 2, dropout=0.4, batch_first=True)
        self.before, self.after = nn.Dropout1d(0.2), nn.AlphaDropout(0.3)
        self.head = nn.Linear(5, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        """The logits of every step."""
        output, _ = self.rnn(self.before(self.words(tokens)))
        return self.head(self.after(output))


def _sizes() -> Iterator[Case]:
    for kind, size in LARGE:
        make, network = seeded(size.torch, kind), partial(size.network, kind)
        yield Case(f"{kind} {size}", make, network)
    yield Case("lstm with a projection", seeded(nn.LSTM, 6, 8, 2, proj_size=3),
               partial(LSTM, 6, 8, 2, proj_size=3))  # fmt: skip
    make = seeded(nn.RNN, 4, 6, 2, nonlinearity="relu")
    yield Case("rnn of relu", make, partial(build_network, 4, 6, 2, cell="rnn_relu"))
    for kind in ("lstm", "gru", "rnn"):
        size = Size(4, 6, 2, both=True)
        make = seeded(size.torch, kind, bias=False, batch_first=True)
        yield Case(f"{kind} without biases", make, partial(size.network, kind, bias=False))


def _weights() -> Iterator[Case]:
    size = Size(10, 64, 2)
    changes: tuple[tuple[str, Callable, tuple[str, ...]], ...] = (
        ("weights times 10", scaled(10), ("rnn", "gru", "lstm")),
        ("weights times 1e-6", scaled(1e-6), ("rnn", "gru")),
        ("weights of zero", scaled(0), ("lstm", "rnn", "gru")),
        ("orthogonal matrices", orthogonal, ("lstm", "rnn")),
        ("biases of 1", filled(1, "bias"), ("lstm", "gru")),
        ("recurrent matrices of zero", filled(0, "weight_hh"), ("gru", "rnn")),
        ("input matrices of ones", filled(1, "weight_ih"), ("lstm",)),
    )
    for name, change, kinds in changes:
        for kind in kinds:
            make = changed(partial(size.torch, kind), change)
            yield Case(f"{kind} {size}: {name}", make, partial(size.network, kind))
    both = Size(10, 64, 2, both=True)
    for kind, sizes, rate in (("gru", both, 0.5), ("lstm", size, 1.0), ("rnn", size, 0.3)):
        make = changed(partial(sizes.torch, kind), trained(30, rate))
        yield Case(f"{kind} {sizes}: trained", make, partial(sizes.network, kind))


def _types() -> Iterator[Case]:
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        for base in (DEEP, LAST, TAGGER):
            make = changed(base.model, lambda m, dtype=dtype: m.to(dtype))
            name = f"{base.name}: {str(dtype).removeprefix('torch.')}"
            yield Case(name, make, base.network)
    for kind, network in ((nn.LSTM, LSTM), (nn.GRU, GRU)):
        make = seeded(lambda kind=kind: Typed(kind(4, 6)))
        name = f"{kind.__name__} in autocast, compared roughly"
        yield Case(name, make, partial(network, 4, 6), {"tolerance": 0.05})


def _modes() -> Iterator[Case]:
    for base in (PLAIN, STATES, LANGUAGE):
        yield Case(f"{base.name}: in eval mode", changed(base.model, nn.Module.eval), base.network)
        still = changed(base.model, lambda m: m.requires_grad_(requires_grad=False))
        yield Case(f"{base.name}: frozen", still, base.network)
    for base, word in ((TAGGER, "embedding"), (STEP, "rnn"), (BATCHED, "rnn")):
        name = f"{base.name}: {word} frozen"
        yield Case(name, changed(base.model, frozen(word)), base.network)
    network = partial(LSTM, 6, 8, vocab_size=30, num_classes=3)
    yield Case("vectors from elsewhere", seeded(pretrained), network)
    for index in (0, 7, 29):
        make = seeded(padded(index))
        network = partial(GRU, 6, 8, vocab_size=30, num_classes=3)
        yield Case(f"word {index} for padding", make, network)
    for mode in ("train", "eval"):
        make = changed(Own, lambda m, mode=mode: getattr(m, mode)())
        name = f"dropout by the function, in {mode} mode"
        yield Case(name, make, partial(GRU, 4, 6, num_classes=2))
        make = changed(Dropped, lambda m, mode=mode: getattr(m, mode)())
        network = partial(LSTM, 6, 5, 2, vocab_size=30, num_classes=3, head_on="every")
        yield Case(f"dropout by modules, in {mode} mode", make, network)
    for kind, network in ((nn.LSTM, LSTM), (nn.GRU, GRU), (nn.RNN, RNN)):
        make = seeded(kind, 4, 6, 3, dropout=0.5)
        yield Case(f"{kind.__name__} with dropout", make, partial(network, 4, 6, 3))


VALUES = (*_sizes(), *_weights(), *_types(), *_modes())
