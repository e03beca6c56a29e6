"""Calling a module of a user's: what its forward pass takes, and what it gave."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.overrides import TorchFunctionMode

from lstmcalc.network import Network
from lstmcalc.oracles.torch.watch import Watch
from lstmcalc.readings.values import Array

LENGTHS = re.compile(
    r"(^|_)(x_?|seq_?|input_?|src_?)?len(gth)?s?$|^lengths?_|_lengths?$|^seq_lens?$"
)
HIDDEN = re.compile(r"^(h|hx|h_?[0t]|hid\w*|prev\w*|(init\w*_)?states?|h_?prev|hc|initial_h\w*)$")
CELL = re.compile(r"^(c|cx|c_?[0t]|cell\w*|c_?prev|initial_c\w*)$")
DEEPEST = 4
"""Levels of tuples and dicts that are looked into for what a module returns."""


class Types(Watch):
    """While active, notes which floating-point types the operators give, and who chose them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._functions = _Autocast()

    @property
    def autocast(self) -> bool:
        """Whether anything ran under autocast."""
        return self._functions.seen

    def __enter__(self) -> Types:
        self._functions.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._functions.__exit__(*error)

    def seen(
        self, packet: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """Note the type."""
        if isinstance(out, Tensor) and out.is_floating_point():
            self.names.add(name_of(out.dtype))


class _Autocast(TorchFunctionMode):
    """While active, notes whether a function is called under autocast: operators no longer know."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        self.seen |= any(map(torch.is_autocast_enabled, ("cpu", "cuda")))
        return func(*args, **(kwargs or {}))


def name_of(dtype: torch.dtype) -> str:
    """A type of number as NumPy calls it too, such as `float32`."""
    return str(dtype).removeprefix("torch.")


@contextmanager
def one_thread() -> Iterator[None]:
    """Small operators are not worth sharing: threads would wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """What `torch.zeros` in a forward pass makes, as in most tutorials, is of the type of x."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def arguments_of(module: nn.Module) -> Mapping[str, inspect.Parameter]:
    """The arguments of a forward pass; none where they cannot be known."""
    try:
        return inspect.signature(module.forward).parameters
    except (TypeError, ValueError):
        return {}


def arguments(
    module: nn.Module,
    network: Network,
    x: Tensor,
    steps: int,
    batch: int,
    lengths: Sequence[int] | None,
) -> tuple[dict[str, Any], bool]:
    """x and what else the forward pass requires, by name: lengths, and first states of zeros.

    Whether they must be given by their names is the second.
    """
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    every = {n: p for n, p in arguments_of(module).items() if p.kind not in variable}
    first, *others = list(every) or ["x"]
    named: dict[str, Any] = {first: x}
    for name in others:
        required = every[name].default is inspect.Parameter.empty
        if LENGTHS.search(name) and (required or lengths is not None):
            named[name] = torch.tensor([steps] * batch if lengths is None else list(lengths))
        elif required:
            named[name] = _first_states(name, others, network, x, batch)
    plain = not every or list(named) == list(every)[: len(named)]
    by_name = not plain or any(
        every[name].kind is inspect.Parameter.KEYWORD_ONLY for name in named if name in every
    )
    return named, by_name


def _first_states(name: str, others: Sequence[str], network: Network, x: Tensor, batch: int) -> Any:
    """Zeros for an argument that is called like a first state.

    Raises:
        TypeError: it is called otherwise, and only the caller knows what it takes.
    """
    if CELL.match(name):
        return _zeros(network, x, batch, "c")
    if not HIDDEN.match(name):
        raise TypeError(f"its forward pass also wants {name!r}")
    hidden = _zeros(network, x, batch, "h")
    alone = not any(CELL.match(other) for other in others)
    if alone and "c" in network.layers[0].graph.states:
        return hidden, _zeros(network, x, batch, "c")
    return hidden


def _zeros(network: Network, x: Tensor, batch: int, state: str) -> Tensor:
    """A first state of torch's shape, (L·D, B, H)."""
    layers = network.layers
    rows = sum(layer.directions for layer in layers)
    dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
    return torch.zeros(rows, batch, layers[0].state_size(state), dtype=dtype, device=x.device)


def unroll(module: nn.RNNCellBase, x: Tensor) -> Any:
    """A lone cell of torch takes one step; here all, in the order of time."""
    state: Any = None
    outputs = []
    for step in x:
        state = module(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def tensors(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Every floating-point tensor in what a module returned, by its path, as `[1][0]`."""
    if isinstance(value, PackedSequence):
        value, _ = pad_packed_sequence(value)
    if isinstance(value, Tensor):
        if value.is_floating_point() and value.numel():
            yield path, value
    elif depth < DEEPEST:
        for step, item in _items(value):
            yield from tensors(item, path + step, depth + 1)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, tuple | list):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((f".{field.name}", getattr(value, field.name)) for field in fields(value))
    elif hasattr(value, "__dict__") and not isinstance(value, nn.Module | type | Callable):
        yield from ((f".{name}", item) for name, item in vars(value).items())


def _kept(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:  # noqa: A002 -- torch's own name
    """Dropout with a probability of 0."""
    return input


@contextmanager
def training(module: nn.Module) -> Iterator[None]:
    """The module in training mode, with every dropout at 0: its other paths are then the same."""
    kinds = (nn.modules.dropout._DropoutNd, nn.RNNBase)
    parts = [part for part in module.modules() if isinstance(part, kinds)]
    words = ["p" if "p" in vars(part) else "dropout" for part in parts]
    before = [vars(part)[word] for part, word in zip(parts, words, strict=True)]
    for part, word in zip(parts, words, strict=True):
        vars(part)[word] = 0.0
    plain, nn.functional.dropout = nn.functional.dropout, _kept
    module.train()
    try:
        yield
    finally:
        nn.functional.dropout = plain
        module.eval()
        for part, word, value in zip(parts, words, before, strict=True):
            vars(part)[word] = value


def rounded(x: Array, dtype: str) -> Array:
    """The numbers that are left of x in a type of number, in float64."""
    return torch.from_numpy(x).to(getattr(torch, dtype)).double().numpy()
