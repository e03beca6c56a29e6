"""What is known of a network beside its total: each choice given, or free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from lstmcalc.cells import Cell, find_cell
from lstmcalc.errors import ConfigurationError, UnknownNameError
from lstmcalc.sizes import check_flag, check_size
from lstmcalc.tracing import BIASES, Bias

SIZES = {
    "hidden_size": "hidden size", "input_size": "input size", "num_layers": "number of layers",
    "proj_size": "projection size", "vocab_size": "vocabulary", "num_classes": "number of classes",
}  # fmt: skip
LEFT_OUT = ("proj_size", "vocab_size", "num_classes")
"""What a network may have none of."""


@dataclass(frozen=True)
class Given:
    """The arguments of `build_network` that are known; None is free, a size of 0 is left out.

    Raises:
        LstmcalcError: a size, a name or a flag that is none.

    >>> Given(hidden_size=128, bias="single").names
    ('hidden_size', 'bias')
    """

    hidden_size: int | Sequence[int] | None = None
    input_size: int | None = None
    num_layers: int | None = None
    cell: str | Cell | None = None
    bias: Bias | bool | None = None
    bidirectional: bool | None = None
    proj_size: int | None = None
    vocab_size: int | None = None
    tie_weights: bool | None = None
    num_classes: int | None = None

    def __post_init__(self) -> None:
        if self.cell is not None:
            self._set("cell", find_cell(self.cell, bool(self.proj_size)))
        if isinstance(self.bias, bool):
            self._set("bias", "double" if self.bias else "none")
        if self.bias is not None and self.bias not in BIASES:
            raise UnknownNameError("bias", str(self.bias), BIASES)
        for name in ("bidirectional", "tie_weights"):
            if getattr(self, name) is not None:
                check_flag(name, getattr(self, name))
        if isinstance(self.hidden_size, list | tuple):
            sizes = tuple(_whole(SIZES["hidden_size"], size) for size in self.hidden_size)
            self._set("hidden_size", sizes if len(sizes) > 1 else sizes[0])
        for name, words in SIZES.items():
            size = getattr(self, name)
            if not (size is None or isinstance(size, tuple)):
                none = name in LEFT_OUT and size == 0 and not isinstance(size, bool)
                self._set(name, 0 if none else _whole(words, size))
        if self.tie_weights and 0 in (self.vocab_size, self.num_classes):
            why = "the head shares the embedding's matrix, and one of the two is left out"
            raise ConfigurationError("tied weights", why, "give its size, or leave the 0 out")

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what is given."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)

    def without(self, name: str) -> Given:
        """The same with one choice free."""
        return replace(self, **{name: None})


def _whole(words: str, size: Any) -> int:
    found = check_size(words, size)
    if not isinstance(found, int):
        why = "what is known of a network is one whole number"
        raise ConfigurationError(f"{words} {size}", why, "leave out what is not known")
    return found
