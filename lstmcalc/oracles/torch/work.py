"""Work counted from the operators that torch really runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.utils.flop_counter import flop_registry

from lstmcalc.oracles.torch.watch import Watch
from lstmcalc.readings.costs import Work

_ELEMENTWISE = {
    "add": "adds", "sub": "adds", "rsub": "adds", "mul": "muls",
    "relu": "relus", "sigmoid": "sigmoids", "tanh": "tanhs",
}  # fmt: skip
_WITH_BIAS = frozenset({"addmm", "baddbmm"})
_MOVES_ONLY = frozenset({
    "_to_copy", "_unsafe_view", "alias", "arange", "as_strided", "cat", "chunk", "clone",
    "contiguous", "copy", "detach", "embedding", "empty", "empty_like", "expand", "fill", "flip",
    "full", "full_like", "gather", "index_select", "lift_fresh", "new_empty", "new_full",
    "new_ones", "new_zeros", "ones", "ones_like", "permute", "repeat", "reshape", "roll", "select",
    "slice", "split", "split_with_sizes", "squeeze", "stack", "t", "transpose", "unbind",
    "unsafe_chunk", "unsafe_split", "unsqueeze", "view", "zero", "zeros", "zeros_like",
})  # fmt: skip
"""Operators that make, move or look up numbers, and compute none."""
_WITHOUT_PRODUCTS = frozenset({
    "embedding_dense_backward", "neg", "select_backward", "sigmoid_backward", "slice_backward",
    "sum", "tanh_backward", "threshold_backward",
})  # fmt: skip
"""Operators of a backward pass that multiply no matrices."""


class WorkCounter(Watch):
    """While active, adds up the work of every operator; what it cannot count it lists.

    The products' sizes come from torch's own `flop_registry`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.work = Work()
        self.uncounted: Counter[str] = Counter()

    @property
    def unknown_products(self) -> dict[str, int]:
        """The uncounted operators that may multiply matrices."""
        named = ((name, name.rpartition(".")[2]) for name in self.uncounted)
        return {
            full: self.uncounted[full]
            for full, name in named
            if name.removesuffix("_") not in _WITHOUT_PRODUCTS
        }

    def seen(
        self, packet: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """Add up the operator's work."""
        if packet in flop_registry:
            flops = flop_registry[packet](*args, **kwargs, out_val=out)
            bias = out.numel() if name in _WITH_BIAS else 0
            self.work += Work(macs=flops // 2, bias_adds=bias)
        elif name in _ELEMENTWISE and isinstance(out, Tensor):
            self.work += Work(**{_ELEMENTWISE[name]: out.numel()})
        elif name not in _MOVES_ONLY:
            self.uncounted[str(packet)] += 1
