"""Modules that change their weights, or themselves, when they are called; and weights of no use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lstmcalc import RNN
from modules.case import Case
from modules.faults.bases import BATCHED, DEEP, LAST, PLAIN, TAGGER, Base
from modules.faults.sharing import after
from modules.parts import Model, seeded


class Changing(Model):
    """Changes its recurrent weights before it runs, or after."""

    def __init__(self, change: Callable, when: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.change, self.when = change, when

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives."""
        if self.when == "before":
            self.spoil()
        output = super().forward(x.clone())
        if self.when == "after":
            self.spoil()
        return output

    def spoil(self) -> None:
        """Changes the weights in place, or by new data."""
        with torch.no_grad():
            self.change(self.rnn)


class Aging(Model):
    """Counts its calls, and does something else after some."""

    def __init__(self, calls: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.calls, self.left = 0, calls

    def forward(self, x: Tensor) -> Tensor:
        """What the model gives, while it is young."""
        self.calls += 1
        output = super().forward(x)
        return output if self.calls <= self.left else 1.01 * output


def renormalise(rnn: nn.RNNBase) -> None:
    """Gives the recurrent matrix a norm of 1."""
    rnn.weight_hh_l0.div_(rnn.weight_hh_l0.norm())


def sparse(rnn: nn.RNNBase) -> None:
    """Sets small weights to 0."""
    rnn.weight_ih_l0.mul_(rnn.weight_ih_l0.abs() > 0.1)


def noisy(rnn: nn.RNNBase) -> None:
    """Adds noise to all weights, and keeps it."""
    for parameter in rnn.parameters():
        parameter.add_(0.01 * torch.randn_like(parameter))


def no_bias(rnn: nn.RNNBase) -> None:
    """Sets a bias to 0."""
    rnn.bias_hh_l0.zero_()


def sorted_units(rnn: nn.RNNBase) -> None:
    """Replaces a matrix by new data."""
    rnn.weight_hh_l0.data = rnn.weight_hh_l0.data.sort(0).values


CHANGES: tuple[tuple[str, Callable, str], ...] = (
    ("recurrent matrix renormalised", renormalise, "before"),
    ("recurrent matrix renormalised", renormalise, "after"),
    ("weights decayed", lambda rnn: rnn.weight_ih_l0.mul_(0.999), "after"),
    ("weights clamped", lambda rnn: rnn.weight_hh_l0.clamp_(-0.1, 0.1), "before"),
    ("small weights set to 0", sparse, "before"),
    ("noise added", noisy, "before"),
    ("noise added", noisy, "after"),
    ("bias set to 0", no_bias, "before"),
    ("rows sorted", sorted_units, "before"),
)


def set_to(value: float, name: str) -> Callable[[nn.Module], None]:
    """Sets the first number of a parameter."""

    def change(module: nn.Module) -> None:
        module.get_parameter(name).data.view(-1)[0] = value

    return change


class Whole(nn.Module):
    """A plain cell whose recurrent matrix is of whole numbers, and cannot learn."""

    def __init__(self, features: int, hidden: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.randn(hidden, features))
        whole = torch.randint(-1, 2, (hidden, hidden), dtype=dtype)
        self.weight_hh_l0 = nn.Parameter(whole, requires_grad=False)
        self.bias_ih_l0 = nn.Parameter(torch.randn(hidden))
        self.bias_hh_l0 = nn.Parameter(torch.randn(hidden))

    def forward(self, x: Tensor) -> Tensor:
        """The output by steps."""
        h = x.new_zeros(x.shape[1], len(self.bias_hh_l0))
        W, outputs = self.weight_hh_l0.to(torch.int8).to(x.dtype), []
        for x_t in x:
            h = torch.tanh(x_t @ self.weight_ih_l0.T + self.bias_ih_l0 + h @ W.T + self.bias_hh_l0)
            outputs.append(h)
        return torch.stack(outputs)


def _cases() -> Iterator[Case]:
    bases = (PLAIN, DEEP, LAST, BATCHED, TAGGER)
    for number, (name, change, when) in enumerate(CHANGES):
        base = bases[number % len(bases)]
        yield base.case(f"{name} {when} each run", kind=partial(Changing, change, when))
    for base, calls in ((PLAIN, 1), (LAST, 3)):
        yield base.case(f"another output after call {calls}", kind=partial(Aging, calls))
    numbers: tuple[tuple[Base, float, str], ...] = (
        (PLAIN, float("nan"), "rnn.weight_hh_l0"),
        (DEEP, float("inf"), "rnn.weight_hh_l1_reverse"),
        (LAST, float("nan"), "rnn.bias_ih_l1"),
        (LAST, float("inf"), "head.weight"),
        (TAGGER, float("nan"), "embedding.weight"),
        (BATCHED, -float("inf"), "head.bias"),
    )
    for base, value, parameter in numbers:
        make = after(base.model, set_to(value, parameter))
        culprit = parameter.rpartition(".")[2]
        yield Case(f"{base.name}: {value} in {parameter}", make, base.network, culprit=culprit)
    for dtype in (torch.int8, torch.int64):
        make = seeded(Whole, 3, 6, dtype)
        name = f"rnn of whole numbers in {str(dtype).removeprefix('torch.')}"
        yield Case(name, make, partial(RNN, 3, 6), culprit="weight_hh_l0")


CHANGED = tuple(_cases())
