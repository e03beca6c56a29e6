"""Weights that are one where the network has two, or two where it has one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN
from modules.case import Case
from modules.faults.bases import LANGUAGE, Base, output_only
from modules.parts import Size, Stack, last_step, seeded

SQUARE = Base(
    "language model of a square lstm",
    lambda: nn.LSTM(8, 8),
    lambda: LSTM(8, 8, vocab_size=40, num_classes=40, head_on="every"),
    output_only,
    words=40,
    classes=40,
)
TIED = Base(
    "tied language model",
    lambda: nn.GRU(8, 8, 2),
    lambda: GRU(8, 8, 2, vocab_size=40, tie_weights=True),
    last_step,
    words=40,
    classes=40,
)


def shared(make: Callable[[], nn.Module], *pairs: tuple[str, str]) -> Callable[[], nn.Module]:
    """Lets the first parameter of each pair lie in the memory of the second."""

    def made() -> nn.Module:
        module = make()
        for name, other in pairs:
            module.get_parameter(name).data = module.get_parameter(other).data
        return module

    return made


def one(make: Callable[[], nn.Module], *pairs: tuple[str, str]) -> Callable[[], nn.Module]:
    """Makes both names of each pair those of one parameter."""

    def made() -> nn.Module:
        module = make()
        for name, other in pairs:
            owner, _, last = name.rpartition(".")
            setattr(module.get_submodule(owner), last, module.get_parameter(other))
        return module

    return made


def laid(make: Callable[[], nn.Module], lay: Callable[[Tensor], Tensor], *names: str) -> Callable:
    """Lays parameters out in memory in a way of choice."""

    def made() -> nn.Module:
        module = make()
        for name in names:
            parameter = module.get_parameter(name)
            parameter.data = lay(parameter.data)
        return module

    return made


def overlapping(first: str, second: str, by: int) -> Callable[[nn.Module], None]:
    """Lays two biases in one buffer, where the end of one is the beginning of the other."""

    def lay(module: nn.Module) -> None:
        one, two = module.get_parameter(first), module.get_parameter(second)
        buffer = torch.randn(2 * one.numel() - by)
        one.data = buffer[: one.numel()]
        two.data = buffer[-two.numel() :]

    return lay


def after(make: Callable[[], nn.Module], change: Callable[[nn.Module], None]) -> Callable:
    """A module that is changed once it is made."""

    def made() -> nn.Module:
        module = make()
        change(module)
        return module

    return seeded(made)


class Twice(nn.Module):
    """One module where the network has two layers of their own."""

    def __init__(self, kind: type, size: int) -> None:
        super().__init__()
        self.rnn = kind(size, size)

    def forward(self, x: Tensor) -> Tensor:
        """The output of the second pass."""
        return self.rnn(self.rnn(x)[0])[0]


class Listed(nn.Module):
    """Layers in a list, which may be one module in two places."""

    def __init__(self, kind: type, size: int, *, same: bool) -> None:
        super().__init__()
        first = kind(size, size)
        self.layers = nn.ModuleList([first, first if same else kind(size, size)])

    def forward(self, x: Tensor) -> Tensor:
        """The output of the last."""
        for layer in self.layers:
            x = layer(x)[0]
        return x


def _stacks() -> Iterator[Case]:
    both = Size(5, 6, 1, both=True)
    for kind, size, pairs in (
        ("lstm", Size(3, 5, 2), [("weight_hh_l1", "weight_hh_l0")]),
        ("gru", Size(6, 6, 2), [("weight_ih_l1", "weight_ih_l0")]),
        ("rnn", Size(4, 7, 3), [("weight_hh_l2", "weight_hh_l1"), ("bias_hh_l2", "bias_hh_l1")]),
        ("lstm", Size(3, 5), [("bias_hh_l0", "bias_ih_l0")]),
        ("gru", Size(4, 6, 2), [("bias_ih_l1", "bias_ih_l0")]),
        ("rnn", Size(6, 6), [("weight_hh_l0", "weight_ih_l0")]),
        ("lstm", both, [("weight_hh_l0_reverse", "weight_hh_l0")]),
        ("gru", both, [(f"{n}_l0_reverse", f"{n}_l0") for n in ("weight_ih", "weight_hh")]),
    ):
        name, network = f"{kind} {size}: {pairs[0][0]}", partial(size.network, kind)
        culprit = pairs[0][0]
        for made, torchs in ((size.torch, "torch's"), (partial(Stack, size=size), "by hand")):
            make = shared(seeded(made, kind), *pairs)
            yield Case(f"{name} lies in {pairs[0][1]}, {torchs}", make, network, culprit=culprit)
        make = one(seeded(size.torch, kind), *pairs)
        yield Case(f"{name} is {pairs[0][1]}", make, network, culprit=culprit)


def _layouts() -> Iterator[Case]:
    square, small = Size(5, 5, 2), Size(3, 5)
    turned = after(
        partial(square.torch, "rnn"),
        lambda m: setattr(m.weight_hh_l1, "data", m.weight_hh_l0.data.T),
    )
    name = "rnn: weight_hh_l1 is weight_hh_l0 transposed, in the same memory"
    yield Case(name, turned, partial(square.network, "rnn"), culprit="weight_hh_l1")
    for by in (1, 10):
        lay = overlapping("bias_ih_l0", "bias_hh_l0", by)
        make = after(partial(small.torch, "lstm"), lay)
        name = f"lstm: biases overlap by {by}"
        yield Case(name, make, partial(small.network, "lstm"), culprit="bias_hh_l0")
    make = laid(seeded(small.torch, "gru"), lambda bias: bias[:1].expand(bias.shape), "bias_hh_l0")
    name = "gru: all numbers of bias_hh_l0 are one"
    yield Case(name, make, partial(small.network, "gru"), culprit="bias_hh_l0")
    for kind, network in ((nn.LSTM, LSTM), (nn.GRU, GRU)):
        yield Case(
            f"one {kind.__name__} run twice, for two layers",
            seeded(Twice, kind, 5),
            partial(network, 5, 5, 2),
        )
    name = "one RNN in two places of a list"
    yield Case(name, seeded(Listed, nn.RNN, 6, same=True), partial(RNN, 6, 6, 2))
    pairs = [(f"layers.1.{n}_l0", f"layers.0.{n}_l0") for n in ("weight_ih", "bias_ih")]
    make = shared(seeded(Listed, nn.GRU, 6, same=False), *pairs)
    yield Case("two GRUs in the same memory", make, partial(GRU, 6, 6, 2), culprit="share")


def _models() -> Iterator[Case]:
    tie = ("head.weight", "embedding.weight")
    for base in (SQUARE,):
        make = shared(seeded(base.model), tie)
        name = f"{base.name}: head in the embedding's memory"
        yield Case(name, make, base.network, culprit="share")
        make = one(seeded(base.model), tie)
        yield Case(f"{base.name}: head tied by mistake", make, base.network, culprit="head.weight")
    for base in (TIED,):
        yield Case(f"{base.name}: a tie missing", seeded(base.model), base.network, culprit="head")
        equal = after(
            base.model, lambda m: setattr(m.head.weight, "data", m.embedding.weight.data.clone())
        )
        name = f"{base.name}: head equal to the embedding and not it"
        yield Case(name, equal, base.network, culprit="head")
    make = laid(seeded(LANGUAGE.model), lambda bias: bias[:1].expand(bias.shape), "head.bias")
    yield Case(f"{LANGUAGE.name}: head's bias is one number", make, LANGUAGE.network)


SHARING = (*_stacks(), *_layouts(), *_models())
