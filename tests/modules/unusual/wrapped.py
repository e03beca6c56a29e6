"""Torch's own recurrent modules inside classes that return, take or hold unusual things."""

from __future__ import annotations

import logging
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from modules.case import Case
from modules.parts import Size, seeded

SMALL, DEEP, BOTH = Size(3, 5), Size(4, 6, 2), Size(5, 7, 2, both=True)
Found = namedtuple("Found", "output states")


@dataclass
class Answer:
    """What a module gives, in a class."""

    output: Tensor
    states: Any


RETURNED: tuple[tuple[str, Callable[[Tensor, Any], Any]], ...] = (
    ("only the output", lambda output, states: output),
    ("a dict", lambda output, states: {"output": output, "states": states}),
    ("a named tuple", Found),
    ("a dataclass", Answer),
    ("a list", lambda output, states: [output, states]),
    ("a tuple of three", lambda output, states: (output, states, None)),
    ("None beside the output", lambda output, states: (output, None)),
)


class Returning(nn.Module):
    """A recurrent module whose answer is put another way."""

    def __init__(self, rnn: Callable[[], nn.Module], give: Callable) -> None:
        super().__init__()
        self.rnn, self.give = rnn(), give

    def forward(self, x: Tensor) -> Any:
        """The answer, put another way."""
        return self.give(*self.rnn(x))


def subclass(kind: str, give: Callable) -> type:
    """A subclass of torch's module whose forward pass gives something else."""
    base = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind]

    class Own(base):
        def forward(self, x: Tensor, states: Any = None) -> Any:
            return give(*super().forward(x, states))

    return Own


class Starting(nn.Module):
    """The tutorials' module: first states of zeros, made in forward."""

    def __init__(self, rnn: Callable[[], nn.RNNBase], like: str = "default") -> None:
        super().__init__()
        self.rnn, self.like = rnn(), like

    def forward(self, x: Tensor) -> Tensor:
        """The output from zeros."""
        rnn = self.rnn
        batch = x.size(0) if rnn.batch_first else x.size(1)
        shape = rnn.num_layers * (1 + rnn.bidirectional), batch, rnn.hidden_size
        weight = next(self.parameters())
        zeros = {
            "default": lambda: torch.zeros(*shape),
            "device": lambda: torch.zeros(*shape).to(x.device),
            "required": lambda: torch.zeros(*shape).requires_grad_(),
            "x": lambda: x.new_zeros(shape),
            "weight": lambda: weight.new_zeros(shape),
            "variable": lambda: torch.autograd.Variable(torch.zeros(*shape)),
        }[self.like]()
        states = (zeros, zeros) if isinstance(rnn, nn.LSTM) else zeros
        return rnn(x, states)[0]


class Holding(nn.Module):
    """A module that holds what cannot be copied."""

    def __init__(self, hold: Callable[[], Any]) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 6, 2)
        self.held = hold()

    def forward(self, x: Tensor) -> Tensor:
        """The output."""
        return self.rnn(x)[0]


def _generator() -> Iterator[int]:
    yield from range(3)


def _logger() -> logging.Handler:
    handler = logging.StreamHandler()
    handler.lock = threading.RLock()
    return handler


HELD: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("a lock", threading.Lock),
    ("a handler of a logger", _logger),
    ("an open generator", _generator),
    ("a tensor that was computed", lambda: 2 * torch.ones(3, requires_grad=True)),
    ("an event of a thread", threading.Event),
)


SUBCLASSES: tuple[tuple[str, str, Callable], ...] = (
    ("lstm", "only the output", lambda output, _: output),
    ("gru", "only the output", lambda output, _: output),
    ("rnn", "only the output", lambda output, _: output),
    ("lstm", "only h_n", lambda _, states: states[0]),
    ("gru", "only h_n", lambda _, h_n: h_n),
    ("rnn", "only the last layer's last state", lambda _, h_n: h_n[-1]),
    ("lstm", "a dict", lambda output, states: {"out": output, "h": states[0], "c": states[1]}),
    ("gru", "a named tuple", Found),
)


def _cases() -> Iterator[Case]:
    for kind, gives, give in SUBCLASSES:
        for size, options in ((SMALL, {}), (DEEP, {"batch_first": True})):
            rnn = seeded(subclass(kind, give), *size[:3], **options)
            yield Case(f"{kind} {size} returns {gives}", rnn, partial(size.network, kind))
    for (returned, give), kind in zip(
        RETURNED, ["lstm", "gru", "rnn", "lstm", "gru", "lstm", "gru"], strict=True
    ):
        make = seeded(Returning, partial(BOTH.torch, kind), give)
        yield Case(f"{kind} returned as {returned}", make, partial(BOTH.network, kind))
    last_first = seeded(Returning, partial(DEEP.torch, "gru"), lambda output, h_n: (h_n, output))
    yield Case(
        "gru that returns its last states first, called so",
        last_first,
        partial(DEEP.network, "gru"),
        {"call": lambda module, x: module(x)[1]},
    )
    likes = ("default", "device", "required", "x", "weight", "variable", "default", "default")
    for number, (like, kind) in enumerate(zip(likes, ["lstm", "gru", "rnn"] * 3, strict=False)):
        size = (SMALL, DEEP, BOTH)[number % 3]
        batch_first = number in (0, 2, 4, 7)
        make = seeded(Starting, partial(size.torch, kind, batch_first=batch_first), like)
        name = f"{kind} {size} from zeros of {like}{', batch first' * batch_first}"
        yield Case(name, make, partial(size.network, kind))
    for held, hold in HELD:
        yield Case(f"gru that holds {held}", seeded(Holding, hold), partial(DEEP.network, "gru"))


WRAPPED = tuple(_cases())
