"""Watching every operator that torch runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class Watch(TorchDispatchMode):
    """While active, is shown every operator with what it read and gave."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # The default wraps each call for torch.compile, whose import takes longer than torch's.
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        packet = func.overloadpacket
        self.seen(packet, packet.__name__.removesuffix("_"), args, kwargs or {}, out)
        return out

    def seen(
        self, packet: Any, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], out: Any
    ) -> None:
        """One operator: itself, its name without the mark of working in place, and its values."""
        raise NotImplementedError
