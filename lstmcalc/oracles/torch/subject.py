"""A user's module as it is compared: a copy of it, filled, called and differentiated."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.packing import Tensor as Stored
from lstmcalc.forward import Weights
from lstmcalc.network import Network
from lstmcalc.oracles.model import Call
from lstmcalc.oracles.torch.build import float_type
from lstmcalc.oracles.torch.calling import (
    LENGTHS,
    Types,
    arguments,
    arguments_of,
    default_dtype,
    name_of,
    tensors,
    training,
    unroll,
)
from lstmcalc.oracles.torch.run import numpy
from lstmcalc.oracles.torch.slots import Binding, Slot
from lstmcalc.oracles.torch.work import WorkCounter
from lstmcalc.readings.values import Array


class Plan(NamedTuple):
    """How a module is called: the layout of x, the type of numbers, and sizes that it fixes."""

    batch_first: bool
    dtype: str
    seq_len: int | None = None
    batch_size: int | None = None


class Answer(NamedTuple):
    """What a call gave: every tensor by its path in what was returned, in NumPy and float64.

    `types` are the floating-point types that operators gave; `autocast` says that it chose them.
    """

    arrays: Mapping[str, Array]
    types: frozenset[str]
    autocast: bool


class Learned(NamedTuple):
    """The gradients of what the module learns, and of x as [T, B, I], by their names.

    `given` is what it gave, and `recorded` says whether that has a gradient at all.
    """

    gradients: Mapping[str, Array]
    given: Array
    recorded: bool = True


@dataclass(frozen=True)
class Subject:
    """A copy of a user's module, which of its weights are which, and how the user calls it."""

    module: nn.Module
    network: Network
    layout: tuple[Stored, ...]
    binding: Binding
    device: str
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
    def is_recurrent(self) -> bool:
        """Whether it is a recurrent module of torch, or derived from one, and no cell."""
        return isinstance(self.module, nn.RNNBase)

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell of torch, which takes one step."""
        return isinstance(self.module, nn.RNNCellBase)

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        """What is learned for the network, by its full name in the module."""
        return {
            name: parameter
            for slot in self.slots.values()
            for name, parameter in slot.parameters.items()
        }

    @property
    def widest(self) -> str:
        """The type of number with the most digits that the device has."""
        return name_of(float_type(self.device))

    def layouts(self) -> tuple[bool, ...]:
        """Whether x is batch-first: as the first recurrent part reads it, then the other way.

        A caller who says how the module is called gives x as torch's own part reads it.
        """
        parts = self.binding.recurrent[:1]
        first = any(bool(getattr(part, "batch_first", False)) for part in parts)
        known = self.call is not None and any(isinstance(part, nn.RNNBase) for part in parts)
        return (first,) if known or self.is_recurrent else (first, not first)

    def numbers(self) -> dict[str, int]:
        """Whole numbers that the module and its parts keep, by name: it may fix sizes."""
        return {
            name: value
            for module in self.module.modules()
            for name, value in vars(module).items()
            if isinstance(value, int) and not isinstance(value, bool)
        }

    def convert(self, dtype: str) -> None:
        """Compute in another type of number from now on."""
        self.module.to(getattr(torch, dtype))

    def weights(self) -> Weights:
        """The weights that the module multiplies with, as our equations have them, in float64."""
        with torch.no_grad():
            arrays = {
                name: numpy(slot.tensor.to(torch.float64, copy=True))
                for name, slot in self.slots.items()
            }
        return unpack(arrays, self.layout)

    def values(self) -> dict[str, Array]:
        """A copy of what is learned, in float64."""
        return {
            name: numpy(parameter.to(torch.float64, copy=True))
            for name, parameter in self.parameters.items()
        }

    def load(self, weights: Weights) -> None:
        """Give every parameter the values of these weights."""
        with torch.no_grad():
            for name, array in pack(weights, self.layout).items():
                self.slots[name].tensor.copy_(torch.from_numpy(array))

    def fill(self, seed: int, scale: float = 1.0) -> Weights:
        """Give every parameter random values, within ±scale/√fan-in, and return them.

        Zeros and symmetries of the user's own weights would hide faults, and large weights make a
        network chaotic, so that rounding alone shows. An embedding's are within ±1.
        """
        draw = torch.Generator().manual_seed(seed)
        table = self.slots.get("embedding.weight")
        wide = set() if table is None else {id(p) for p in table.parameters.values()}
        with torch.no_grad():
            for parameter in dict.fromkeys(self.parameters.values()):
                fan_in = parameter.shape[-1] if parameter.dim() else 1
                bound = 1.0 if id(parameter) in wide else scale / max(1, fan_in) ** 0.5
                noise = torch.rand(parameter.shape, generator=draw, dtype=torch.float64)
                parameter.copy_((2 * noise - 1) * bound)
        return self.weights()

    def padding_row(self) -> int | None:
        """The embedding's row that torch does not learn, where it has one."""
        slot = self.slots.get("embedding.weight")
        row = None if slot is None else getattr(slot.owner, "padding_idx", None)
        return None if row is None else int(row)

    def run(self, x: Array, plan: Plan, lengths: Sequence[int] | None = None) -> Answer:
        """Call the module with x, [T, B, …], as its forward pass wants it.

        Args:
            x: numbers, or tokens where the network has an embedding.
            plan: how it is called.
            lengths: of the sequences, where the module takes them.

        Raises:
            Exception: whatever the module raises.
        """
        with torch.no_grad(), Types() as types:
            returned = self._invoke(self._given(x, plan), plan, lengths)
        arrays = {path: numpy(tensor.double()) for path, tensor in tensors(returned)}
        return Answer(arrays, frozenset(types.names), types.autocast)

    def run_seeded(self, x: Array, plan: Plan, seed: int) -> Answer:
        """The same call with torch's random numbers from a seed; the caller's stay as they are.

        Raises:
            Exception: whatever the module raises.
        """
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return self.run(x, plan)

    def run_from(self, x: Array, states: Sequence[Array], plan: Plan) -> Answer:
        """Call a recurrent module of torch with x and its first states, stacked as torch does.

        Raises:
            Exception: whatever the module raises.
        """
        given = self._given(x, plan)
        first = [torch.from_numpy(state).to(given) for state in states]
        with torch.no_grad(), warnings.catch_warnings(action="ignore"), default_dtype(given.dtype):
            returned = self.module(given, tuple(first) if len(first) > 1 else first[0])
        arrays = {path: numpy(tensor.double()) for path, tensor in tensors(returned)}
        return Answer(arrays, frozenset(), False)

    def count(self, x: Array, plan: Plan) -> WorkCounter:
        """The work of a call, operator by operator."""
        counter = WorkCounter()
        with counter:
            self.run(x, plan)
        return counter

    def learn(self, x: Array, plan: Plan, path: str, arriving: Array) -> Learned:
        """The gradients of a loss whose own gradient of the tensor at that path is `arriving`.

        What the user froze is learned here too.

        Raises:
            Exception: whatever the module raises; a ValueError where it gives no such tensor.
        """
        leaves: dict[str, Tensor] = dict(self.parameters)
        for leaf in leaves.values():
            leaf.requires_grad_()
            leaf.grad = None
        given = self._given(x, plan)
        if given.is_floating_point():
            leaves["x"] = given.requires_grad_()
        with torch.enable_grad(), warnings.catch_warnings(action="ignore"):
            tensor = dict(tensors(self._invoke(given, plan, None))).get(path)
            if tensor is None or tuple(tensor.shape) != arriving.shape:
                raise ValueError("it gives something else where gradients are recorded")
            if not tensor.requires_grad:
                return Learned({}, numpy(tensor.double()), recorded=False)
            (tensor * torch.from_numpy(arriving).to(tensor)).sum().backward()
        gradients = {name: _dense(leaf.grad, leaf) for name, leaf in leaves.items()}
        if "x" in gradients and plan.batch_first:
            gradients["x"] = gradients["x"].swapaxes(0, 1)
        for leaf in leaves.values():
            leaf.grad = None
        return Learned(gradients, numpy(tensor.double()))

    def onward(self, name: str, gradient: Array) -> dict[str, Array]:
        """The gradients of the parameters that a weight is computed of, from that of the weight.

        A weight that is a parameter itself has just that one.
        """
        slot = self.slots[name]
        if slot.is_parameter:  # autograd would apply a hook on it to what is expected, too
            return {slot.name: gradient}
        leaves = slot.parameters
        with torch.enable_grad():
            weight = slot.tensor
            arriving = torch.from_numpy(gradient).to(weight)
            back = torch.autograd.grad(weight, list(leaves.values()), arriving, allow_unused=True)
        pairs = zip(leaves.items(), back, strict=True)
        return {own: _dense(found, leaf) for (own, leaf), found in pairs}

    def training(self) -> AbstractContextManager[None]:
        """Training mode, for as long as it is entered."""
        return training(self.module)

    def takes_lengths(self) -> bool:
        """Whether the forward pass has an argument for the lengths of sequences."""
        return self.call is None and any(map(LENGTHS.search, arguments_of(self.module)))

    def takes_states(self) -> bool:
        """Whether it is a recurrent module of torch that first states can be given to."""
        return self.call is None and self.is_recurrent and len(arguments_of(self.module)) > 1

    def _given(self, x: Array, plan: Plan) -> Tensor:
        given = torch.from_numpy(x).to(self.device)
        if given.is_floating_point():
            given = given.to(getattr(torch, plan.dtype))
        return given.transpose(0, 1).contiguous() if plan.batch_first else given

    def _invoke(self, x: Tensor, plan: Plan, lengths: Sequence[int] | None) -> Any:
        # its warnings are its own: nothing is done about them here
        with warnings.catch_warnings(action="ignore"), default_dtype(getattr(torch, plan.dtype)):
            if self.call is not None:
                return self.call(self.module, x)
            if isinstance(self.module, nn.RNNCellBase):
                return unroll(self.module, x)
            steps, batch = (x.shape[1], x.shape[0]) if plan.batch_first else x.shape[:2]
            named, by_name = arguments(self.module, self.network, x, steps, batch, lengths)
            return self.module(**named) if by_name else self.module(*named.values())


def _dense(gradient: Any, leaf: Tensor) -> Array:
    if gradient is None:
        return numpy(torch.zeros_like(leaf, dtype=torch.float64))
    dense = gradient.to_dense() if gradient.is_sparse else gradient
    return numpy(dense.to(torch.float64))
