"""Modules whose output is right, and which learn something else or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from modules.case import Case
from modules.faults.bases import BATCHED, LANGUAGE, LAST, PLAIN, TAGGER, Base
from modules.parts import Model, Size, Stack, Weights, seeded

SMALL, DEEP, BOTH = Size(3, 5), Size(4, 8, 2), Size(5, 6, 2, both=True)


def detached(states: tuple[Tensor, ...], _: int = 0) -> tuple[Tensor, ...]:
    """States through which nothing is learnt."""
    return tuple(state.detach() for state in states)


def every(steps: int) -> Callable:
    """Detaches the states after each so many steps."""
    return lambda states, t: detached(states) if (t + 1) % steps == 0 else states


def only(index: int) -> Callable:
    """Detaches one of the states at every step."""
    return lambda states, _: tuple(
        state.detach() if k == index else state for k, state in enumerate(states)
    )


def cutting(*names: str) -> Callable[[Weights], Weights]:
    """Uses some weights without learning them."""
    return lambda w: w.each(**dict.fromkeys(names, Tensor.detach))


class Times(torch.autograd.Function):
    """The identity, whose gradient is multiplied."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        """The same numbers."""
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """What arrives, times the factor."""
        return ctx.factor * gradient, None


def scaled(factor: float) -> Callable:
    """Multiplies the gradient of what it is given."""
    return lambda x, *_: Times.apply(x, factor)


def hooked(x: Tensor, *_: Any) -> Tensor:
    """Clips the gradient on its way back, as against explosion."""
    if x.requires_grad:
        x.register_hook(lambda gradient: gradient.clamp(-1e-3, 1e-3))
    return x


def half_learnt(x: Tensor, *_: Any) -> Tensor:
    """The same numbers, of which only a half is learnt through."""
    return 0.5 * x + (0.5 * x).detach()


def behind(x: Tensor) -> Tensor:
    """The steps in reverse, through which nothing is learnt."""
    return x.flip(0).detach()


def unrecorded(rnn: nn.Module, x: Tensor) -> Any:
    """Runs the recurrent part without recording what it does."""
    with torch.no_grad():
        return rnn(x)


class BlindWords(Model):
    """Looks its words up without recording it."""

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        with torch.no_grad():
            vectors = self.embedding(x)
        return self.head(self.read(*self.rnn(vectors)))


class Blind(Stack):
    """Runs without recording what it does."""

    @torch.no_grad()
    def forward(self, x: Tensor) -> Any:
        """The output, of which nothing can be learnt."""
        return super().forward(x)


class Replayed(Stack):
    """Records only the last steps, as truncated back-propagation by hand."""

    def one_way(self, x: Tensor, layer: int, end: str) -> Any:
        """The whole run, with the gradient of its last 3 steps alone."""
        output, states = super().one_way(x, layer, end)
        return torch.cat([output[:-3].detach(), output[-3:]]), states


def unfrozen_but(make: Callable[[], nn.Module], *frozen: str) -> Callable[[], nn.Module]:
    """A right module, some of whose parameters are frozen while the others learn."""

    def made() -> nn.Module:
        module = make()
        for name in frozen:
            module.get_parameter(name).requires_grad_(requires_grad=False)
        return module

    return made


def registered(make: Callable[[], nn.Module], name: str, change: Callable) -> Callable:
    """A right module with a hook on the gradient of a parameter, renewed in copies."""

    class Hooked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = make()

        def forward(self, x: Tensor) -> Any:
            weight = self.inner.get_parameter(name)
            if weight.requires_grad and not weight._backward_hooks:
                weight.register_hook(change)
            return self.inner(x)

    return Hooked


STACKS: tuple[tuple[str, Size, str, dict[str, Any], str], ...] = (
    ("lstm", SMALL, "states detached at every step", {"carry": detached}, "detach"),
    ("gru", SMALL, "states detached at every step", {"carry": detached}, "detach"),
    ("rnn", SMALL, "states detached at every step", {"carry": detached}, "detach"),
    ("lstm", DEEP, "states detached at every step", {"carry": detached}, "detach"),
    ("gru", BOTH, "states detached at every step", {"carry": detached}, "detach"),
    ("lstm", SMALL, "states detached every 5 steps", {"carry": every(5)}, "detach"),
    ("rnn", DEEP, "states detached every 3 steps", {"carry": every(3)}, "detach"),
    ("gru", DEEP, "states detached every 10 steps", {"carry": every(10)}, "detach"),
    ("lstm", SMALL, "h detached at every step", {"carry": only(0)}, "detach"),
    ("lstm", DEEP, "c detached at every step", {"carry": only(1)}, "detach"),
    ("lstm", BOTH, "c detached at every step", {"carry": only(1)}, "detach"),
    ("lstm", SMALL, "weight_hh detached", {"weigh": cutting("W_hh")}, "weight_hh_l0"),
    ("gru", DEEP, "weight_hh detached", {"weigh": cutting("W_hh")}, "weight_hh_l0"),
    ("rnn", BOTH, "weight_hh detached", {"weigh": cutting("W_hh")}, "weight_hh_l0"),
    ("lstm", DEEP, "weight_ih detached", {"weigh": cutting("W_ih")}, "weight_ih_l0"),
    ("gru", SMALL, "weight_ih detached", {"weigh": cutting("W_ih")}, "weight_ih_l0"),
    ("lstm", SMALL, "bias_hh detached", {"weigh": cutting("b_hh")}, "bias_hh_l0"),
    ("rnn", DEEP, "biases detached", {"weigh": cutting("b_ih", "b_hh")}, "bias_ih_l0"),
    ("lstm", SMALL, "weight_hh scaled for learning",
     {"weigh": lambda w: w.each(W_hh=scaled(0.1))}, "weight_hh_l0"),
    ("gru", SMALL, "half of weight_hh learnt",
     {"weigh": lambda w: w.each(W_hh=half_learnt)}, "weight_hh_l0"),
    ("lstm", DEEP, "layers detached from each other",
     {"between": lambda x, _: x.detach()}, "weight_ih_l0"),
    ("rnn", BOTH, "layers detached from each other",
     {"between": lambda x, _: x.detach()}, "weight_ih_l0"),
    ("gru", DEEP, "gradient halved between layers", {"between": scaled(0.5)}, "weight_ih_l0"),
    ("lstm", DEEP, "gradient reversed between layers", {"between": scaled(-1.0)}, "weight_ih_l0"),
    ("gru", BOTH, "gradient of the reverse direction cut", {"back": behind}, "_reverse"),
    ("lstm", BOTH, "gradient of the reverse direction cut", {"back": behind}, "_reverse"),
    ("rnn", SMALL, "gradient clipped at each step",
     {"carry": lambda states, _: tuple(map(hooked, states))}, "weight_hh_l0"),
    ("lstm", SMALL, "gradient clipped at each step",
     {"carry": lambda states, _: tuple(map(hooked, states))}, "weight_hh_l0"),
    ("gru", SMALL, "gradient halved at each step",
     {"carry": lambda states, _: tuple(map(half_learnt, states))}, "weight_hh_l0"),
)  # fmt: skip

MODELS: tuple[tuple[Base, str, dict[str, Any], str], ...] = (
    (PLAIN, "output detached", {"read": lambda out, _: out.detach()}, "detach"),
    (PLAIN, "x detached", {"inputs": lambda x: x.detach()}, "x"),
    (PLAIN, "gradient of the output doubled", {"read": scaled(2.0)}, ""),
    (LAST, "head detached from the stack", {"read": lambda out, _: out[-1].detach()}, "rnn"),
    (BATCHED, "head detached from the stack", {"read": lambda out, _: out[:, -1].detach()}, "rnn"),
    (LAST, "logits detached", {"logits": lambda y: y.detach()}, "detach"),
    (TAGGER, "logits detached", {"logits": lambda y: y.detach()}, "detach"),
    (BATCHED, "gradient of the logits clipped", {"logits": hooked}, ""),
    (LAST, "gradient of the logits scaled", {"logits": scaled(0.1)}, ""),
    (TAGGER, "embedding detached", {"inputs": lambda x: x.detach()}, "embedding"),
    (LANGUAGE, "embedding detached", {"inputs": lambda x: x.detach()}, "embedding"),
    (LANGUAGE, "gradient to the embedding scaled", {"inputs": scaled(0.1)}, "embedding"),
    (LANGUAGE, "gradient to the embedding clipped", {"inputs": hooked}, "embedding"),
)


def _cases() -> Iterator[Case]:
    for kind, size, fault, changes, culprit in STACKS:
        make = seeded(Stack, kind, size, **changes)
        yield Case(f"{kind} {size}: {fault}", make, partial(size.network, kind), culprit=culprit)
    for base, fault, changes, culprit in MODELS:
        yield base.case(fault, culprit, **changes)
    for kind, size in (("lstm", SMALL), ("gru", BOTH)):
        network = partial(size.network, kind)
        blind = seeded(Blind, kind, size)
        yield Case(f"{kind} {size}: all in no_grad", blind, network, culprit="no_grad")
        late = seeded(Replayed, kind, size)
        yield Case(f"{kind} {size}: only the last steps learnt", late, network)
    for base in (LAST, TAGGER):
        yield base.case("stack run in no_grad", "no_grad", through=unrecorded)
    for base in (TAGGER, LANGUAGE):
        yield base.case("embedding run in no_grad", "embedding", kind=BlindWords)
    for make, network, frozen in (
        (seeded(nn.LSTM, 3, 5), partial(SMALL.network, "lstm"), "weight_hh_l0"),
        (seeded(nn.GRU, 4, 8, 2), partial(DEEP.network, "gru"), "weight_ih_l1"),
        (seeded(Stack, "rnn", BOTH), partial(BOTH.network, "rnn"), "weight_hh_l1_reverse"),
        (seeded(nn.LSTM, 3, 5), partial(SMALL.network, "lstm"), "bias_ih_l0"),
        (seeded(LAST.model), LAST.network, "rnn.weight_hh_l0"),
        (seeded(BATCHED.model), BATCHED.network, "head.bias"),
    ):
        culprit = frozen.rpartition(".")[2]
        yield Case(f"{frozen} frozen", unfrozen_but(make, frozen), network, culprit=culprit)
    for name, change in (
        ("weight_hh_l0", lambda gradient: gradient.clamp(-1e-3, 1e-3)),
        ("weight_ih_l0", lambda gradient: 0.1 * gradient),
        ("bias_hh_l0", torch.zeros_like),
    ):
        make = registered(seeded(nn.LSTM, 3, 5), name, change)
        network = partial(SMALL.network, "lstm")
        yield Case(f"lstm: gradient of {name} changed by a hook", make, network, culprit=name)


GRADIENTS = tuple(_cases())
