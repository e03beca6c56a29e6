"""Modules that torch's own tools have changed, wrapped or compiled."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.utils.checkpoint import checkpoint

from lstmcalc import GRU, LSTM, RNN
from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LANGUAGE, LAST, PLAIN, STATES, STEP, TAGGER, Base
from modules.parts import Size, Stack, seeded


def deprecated(tool: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What a tool gives whose days are numbered, without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tool(*args, **options)


class Quiet(nn.Module):
    """A recurrent module of torch, of which the output alone is returned."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Tensor:
        """The output."""
        output, _ = self.rnn(x)
        return output


def traced(module: nn.Module, x: Tensor) -> Any:
    """The module as torch's tracer saw it."""
    return deprecated(torch.jit.trace, module, x)


def scripted(module: nn.Module) -> Any:
    """The module compiled to TorchScript."""
    return deprecated(torch.jit.script, module)


def changed(make: Callable[[], nn.Module], change: Callable[[nn.Module], Any]) -> Callable:
    """A module that is changed in place once it is made."""

    def made() -> nn.Module:
        module = make()
        change(module)
        return module

    return seeded(made)


class Symmetric(nn.Module):
    """Makes a square matrix symmetric."""

    def forward(self, W: Tensor) -> Tensor:
        """The upper triangle and its mirror."""
        return W.triu() + W.triu(1).mT


class Checkpointed(nn.Module):
    """Computes its layers again for the backward pass, and keeps less."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last part."""
        for part in self.parts:
            x = checkpoint(lambda given, part=part: part(given)[0], x, use_reentrant=False)
        return x


class Accompanied(nn.Module):
    """A module with buffers that its output does not need."""

    def __init__(self, rnn: nn.Module) -> None:
        super().__init__()
        self.rnn = rnn
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        """The output, counted."""
        self.calls += 1
        return self.rnn(x)[0]


class Strict(nn.Module):
    """Checks what it is given, and flattens its weights."""

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn

    def forward(self, x: Tensor) -> Tensor:
        """The output."""
        if x.dim() != 3 or x.shape[-1] != self.rnn.input_size:
            raise ValueError(f"x of the shape {tuple(x.shape)}")
        if x.dtype != self.rnn.weight_ih_l0.dtype:
            raise TypeError(f"x of {x.dtype}")
        self.rnn.flatten_parameters()
        return self.rnn(x)[0]


class Whole(nn.Module):
    """Checks that tokens are whole numbers of 64 bits and words it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(25, 4)
        self.rnn = nn.GRU(4, 6)

    def forward(self, tokens: Tensor) -> Tensor:
        """The output."""
        if tokens.dtype != torch.long or int(tokens.max()) >= 25:
            raise TypeError("no tokens")
        return self.rnn(self.words(tokens))[0]


class Lazy(nn.Module):
    """A classifier whose head found its size by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = nn.LSTM(4, 6, batch_first=True), nn.LazyLinear(3)
        self(torch.zeros(1, 2, 4))

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        return self.head(self.rnn(x)[0][:, -1])


def _reparametrised() -> Iterator[Case]:
    new, old = parametrizations.weight_norm, torch.nn.utils.weight_norm
    for kind, name in (("lstm", "weight_hh_l0"), ("gru", "weight_ih_l1"), ("rnn", "weight_hh_l1")):
        size = Size(3, 5, 2)
        make = changed(partial(size.torch, kind), lambda m, name=name: new(m, name))
        network = partial(size.network, kind)
        yield Case(f"{kind}: weight norm of {name}", make, network)
        make = changed(partial(size.torch, kind), lambda m, name=name: deprecated(old, m, name))
        yield Case(f"{kind}: old weight norm of {name}", make, network)
        make = changed(
            partial(size.torch, kind), lambda m, name=name: prune.l1_unstructured(m, name, 0.3)
        )
        yield Case(f"{kind}: {name} pruned", make, network)
    by_hand = partial(Stack, "lstm", Size(3, 5))
    network = partial(LSTM, 3, 5)
    make = changed(by_hand, lambda m: new(m, "weight_hh_l0"))
    yield Case("lstm by hand: weight norm", make, network)
    make = changed(by_hand, lambda m: prune.random_unstructured(m, "weight_ih_l0", 0.2))
    yield Case("lstm by hand: pruned", make, network)
    heads: tuple[tuple[str, Callable], ...] = (
        ("weight norm", lambda m: new(m.head)),
        ("old weight norm", lambda m: deprecated(old, m.head)),
        ("pruning", lambda m: prune.l1_unstructured(m.head, "bias", 0.4)),
    )
    for (name, change), base in zip(heads, (LAST, BATCHED, TAGGER), strict=True):
        yield Case(f"{base.name}: {name} of the head", changed(base.model, change), base.network)
    square = partial(nn.RNN, 4, 6)
    for name, change in (
        ("orthogonal", lambda m: parametrizations.orthogonal(m, "weight_hh_l0")),
        (
            "symmetric",
            lambda m: parametrize.register_parametrization(m, "weight_hh_l0", Symmetric()),
        ),
    ):
        yield Case(f"rnn: {name} recurrent matrix", changed(square, change), partial(RNN, 4, 6))

    def prune_for_good(module: nn.Module) -> None:
        prune.l1_unstructured(module, "weight_hh_l0", 0.5)
        prune.remove(module, "weight_hh_l0")

    removed = changed(square, prune_for_good)
    yield Case("rnn: pruned for good", removed, partial(RNN, 4, 6))


def _wrapped() -> Iterator[Case]:
    x = torch.zeros(5, 2, 4)
    for kind, network in ((nn.LSTM, LSTM), (nn.GRU, GRU), (nn.RNN, RNN)):
        make, told = partial(kind, 4, 6, 2), partial(network, 4, 6, 2)
        name = kind.__name__
        yield Case(f"{name} traced", seeded(lambda m=make: traced(Quiet(m()), x)), told)
        quiet = seeded(lambda m=make: scripted(Quiet(m())))
        yield Case(f"{name} within a module in TorchScript", quiet, told)
    for base in (BATCHED, TAGGER):
        parallel = seeded(lambda base=base: nn.DataParallel(base.model()))
        yield Case(f"{base.name}: in DataParallel", parallel, base.network)
        copied = seeded(lambda base=base: copy.deepcopy(base.model()))
        yield Case(f"{base.name}: a copy", copied, base.network)
    symbolic = seeded(lambda: torch.fx.symbolic_trace(Quiet(nn.GRU(4, 6))))
    yield Case("GRU as a graph of torch.fx", symbolic, partial(GRU, 4, 6))
    compiled = seeded(lambda: torch.compile(Quiet(nn.GRU(4, 6)), backend="eager"))
    yield Case("GRU compiled", compiled, partial(GRU, 4, 6))
    yield Case("head that found its size", seeded(Lazy), partial(LSTM, 4, 6, num_classes=3))
    parts = seeded(lambda: Checkpointed(nn.LSTM(4, 6), nn.LSTM(6, 6)))
    yield Case("LSTM layers checkpointed", parts, partial(LSTM, 4, 6, 2))
    parts = seeded(lambda: Checkpointed(nn.GRU(4, 5, bidirectional=True, batch_first=True)))
    yield Case("two-way GRU checkpointed", parts, partial(GRU, 4, 5, bidirectional=True))


def _hooked() -> Iterator[Case]:
    def watched(base: Base) -> Callable:
        def change(model: nn.Module) -> None:
            model.rnn.register_forward_hook(lambda module, args, output: None)
            model.register_forward_pre_hook(lambda module, args: None)

        return changed(base.model, change)

    for base in (PLAIN, LAST, STEP):
        yield Case(f"{base.name}: with hooks that look on", watched(base), base.network)
    weights = changed(
        partial(nn.LSTM, 3, 5), lambda m: m.weight_hh_l0.register_hook(lambda gradient: None)
    )
    yield Case("lstm with a hook on a gradient that looks on", weights, partial(LSTM, 3, 5))
    own = seeded(lambda: Accompanied(nn.LSTM(3, 5)))
    yield Case("lstm that counts its calls", own, partial(LSTM, 3, 5))
    own = seeded(lambda: Strict(nn.GRU(3, 5, 2)))
    yield Case("gru that checks what it is given", own, partial(GRU, 3, 5, 2))
    yield Case("gru that checks its tokens", seeded(Whole), partial(GRU, 4, 6, vocab_size=25))
    for base in (DEEP, STATES, LANGUAGE):
        ready = changed(base.model, lambda m: m.rnn.flatten_parameters())
        yield Case(f"{base.name}: flattened", ready, base.network)


TOOLS = (*_reparametrised(), *_wrapped(), *_hooked())
