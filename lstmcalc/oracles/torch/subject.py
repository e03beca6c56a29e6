"""A user's module as it is compared: a copy of it, filled, called and differentiated."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.packing import Tensor as Stored
from lstmcalc.forward import Weights
from lstmcalc.network import Network
from lstmcalc.oracles.model import Call
from lstmcalc.oracles.torch.run import numpy
from lstmcalc.oracles.torch.slots import Binding, Slot
from lstmcalc.oracles.torch.watch import Watch
from lstmcalc.readings.values import Array

LENGTHS = re.compile(
    r"(^|_)(x_?|seq_?|input_?|src_?)?len(gth)?s?$|^lengths?_|_lengths?$|^seq_lens?$"
)
HIDDEN = re.compile(r"^(h|hx|h_?[0t]|hid\w*|prev\w*|(init\w*_)?states?|h_?prev|hc|initial_h\w*)$")
CELL = re.compile(r"^(c|cx|c_?[0t]|cell\w*|c_?prev|initial_c\w*)$")
DEEPEST = 4
"""Levels of tuples and dicts that are looked into for what a module returns."""


class Plan(NamedTuple):
    """How a module is called: the layout of x, the type of numbers, and sizes that it fixes."""

    batch_first: bool
    dtype: torch.dtype
    seq_len: int | None = None
    batch_size: int | None = None

    @property
    def layout(self) -> str:
        """What x is, as torch's documentation writes it."""
        return "(B, T, …)" if self.batch_first else "(T, B, …)"


@dataclass(frozen=True)
class Subject:
    """A copy of a user's module, and which weights of it are which.

    `built_in` says that it is a recurrent module of torch itself, or a cell, which takes one step.
    """

    module: nn.Module
    network: Network
    layout: tuple[Stored, ...]
    binding: Binding
    device: torch.device
    call: Call | None

    @property
    def slots(self) -> Mapping[str, Slot]:
        """The slot of every tensor of the network."""
        return self.binding.slots

    @property
    def is_direct(self) -> bool:
        """Whether every weight is a parameter itself, which can be set to any value."""
        return all(slot.is_parameter for slot in self.slots.values())

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """What is learned for the network, by its full name in the module."""
        return {
            name: parameter
            for slot in self.slots.values()
            for name, parameter in slot.parameters.items()
        }

    def weights(self) -> Weights:
        """The weights that the module multiplies with, as our equations have them, in float64."""
        with torch.no_grad():
            arrays = {
                name: numpy(slot.tensor.to(torch.float64, copy=True))
                for name, slot in self.slots.items()
            }
        return unpack(arrays, self.layout)

    def load(self, weights: Weights) -> None:
        """Give every parameter the values of these weights."""
        with torch.no_grad():
            for name, array in pack(weights, self.layout).items():
                self.slots[name].tensor.copy_(torch.from_numpy(array))

    def fill(self, seed: int, scale: float = 1.0) -> Weights:
        """Give every parameter random values, within ±scale/√fan-in: then nothing is hidden.

        Zeros and symmetries of the user's own weights would hide faults, and large weights make a
        network chaotic, so that rounding alone shows. An embedding's are within ±1.
        """
        draw = torch.Generator().manual_seed(seed)
        wide = {id(p) for p in self._embedding()}
        with torch.no_grad():
            for parameter in dict.fromkeys(self.parameters.values()):
                fan_in = parameter.shape[-1] if parameter.dim() else 1
                bound = 1.0 if id(parameter) in wide else scale / max(1, fan_in) ** 0.5
                noise = torch.rand(parameter.shape, generator=draw, dtype=torch.float64)
                parameter.copy_((2 * noise - 1) * bound)
        return self.weights()

    def _embedding(self) -> Iterator[nn.Parameter]:
        slot = self.slots.get("embedding.weight")
        if slot is not None:
            yield from slot.parameters.values()

    def padding_row(self) -> int | None:
        """The embedding's row that torch does not learn, where it has one."""
        slot = self.slots.get("embedding.weight")
        row = None if slot is None else getattr(slot.owner, "padding_idx", None)
        return None if row is None else int(row)

    def run(
        self, x: Array, plan: Plan, lengths: Sequence[int] | None = None, learn: bool = False
    ) -> Answer:
        """Call the module with x, [T, B, …], as its forward pass wants it.

        Args:
            x: numbers, or tokens where the network has an embedding.
            plan: how it is called.
            lengths: of the sequences, where the module takes them.
            learn: whether gradients are recorded; then x has one too.

        Raises:
            Exception: whatever the module raises.
        """
        given = torch.from_numpy(x).to(self.device)
        if given.is_floating_point():
            given = given.to(plan.dtype)
        given = given.transpose(0, 1).contiguous() if plan.batch_first else given
        leaf = given.requires_grad_() if learn and given.is_floating_point() else None
        with (
            warnings.catch_warnings(action="ignore"),  # its own; nothing is done about them here
            _default_dtype(plan.dtype),
            torch.set_grad_enabled(learn),
            _Types() as types,
        ):
            returned = self._invoke(given, plan, lengths)
        return Answer(dict(_tensors(returned)), leaf, frozenset(types.seen_types), types.autocast)

    def _invoke(self, x: Tensor, plan: Plan, lengths: Sequence[int] | None) -> Any:
        if self.call is not None:
            return self.call(self.module, x)
        if isinstance(self.module, nn.RNNCellBase):
            return _unroll(self.module, x)
        steps, batch = (x.shape[1], x.shape[0]) if plan.batch_first else x.shape[:2]
        named, by_name = _arguments(self.module, self.network, x, steps, batch, lengths)
        return self.module(**named) if by_name else self.module(*named.values())

    def takes_lengths(self) -> bool:
        """Whether the forward pass has an argument for the lengths of sequences."""
        return self.call is None and any(map(LENGTHS.search, arguments_of(self.module)))


@dataclass(frozen=True)
class Answer:
    """What a call gave: every tensor by its path in what was returned, and x with its gradient.

    `types` are the floating-point types that operators gave; `autocast` those under autocast.
    """

    tensors: Mapping[str, Tensor]
    x: Tensor | None
    types: frozenset[torch.dtype]
    autocast: bool


class _Types(Watch):
    """While active, notes which floating-point types the operators give."""

    def __init__(self) -> None:
        super().__init__()
        self.seen_types: set[torch.dtype] = set()
        self.autocast = False

    def seen(
        self, packet: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """Note the type, and whether autocast chose it."""
        if isinstance(out, Tensor) and out.is_floating_point():
            self.seen_types.add(out.dtype)
            self.autocast |= torch.is_autocast_enabled(out.device.type)


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
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
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


def _arguments(
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
    plain = list(named) == list(every)[: len(named)]
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


def _unroll(module: nn.RNNCellBase, x: Tensor) -> Any:
    """A lone cell of torch takes one step; here all, in the order of time."""
    state: Any = None
    outputs = []
    for step in x:
        state = module(step, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(outputs)


def _tensors(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Every floating-point tensor in what a module returned, by its path, as `[1][0]`."""
    if isinstance(value, PackedSequence):
        value, _ = pad_packed_sequence(value)
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield path, value
    elif depth < DEEPEST:
        for step, item in _items(value):
            yield from _tensors(item, path + step, depth + 1)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, tuple | list):
        yield from ((f"[{index}]", item) for index, item in enumerate(value))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from ((f".{field.name}", getattr(value, field.name)) for field in fields(value))
    elif hasattr(value, "__dict__") and not isinstance(value, nn.Module | type | Callable):
        yield from ((f".{name}", item) for name, item in vars(value).items())
