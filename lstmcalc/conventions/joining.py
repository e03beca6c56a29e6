"""Separate modules of a file that are joined to one recurrent part because their sizes fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.stacks import Found
from lstmcalc.network import Place

Path = tuple[str, ...]
SEPARATORS = re.compile(r"[./]")


def joined(found: Found, convention: Convention) -> tuple[str, ...]:
    """The modules that are joined, in their order; none where one module has all the layers.

    >>> from lstmcalc.conventions.libraries import KERAS, TORCH
    >>> from lstmcalc.conventions.recognise import recognise
    >>> from lstmcalc.conventions.packing import tensors
    >>> from lstmcalc.conventions.known import adopt
    >>> from lstmcalc import LSTM
    >>> def of(convention):
    ...     held = tensors(adopt(LSTM(5, 5, 2), convention), convention)
    ...     return joined(recognise({t.name: t.shape for t in held}, convention), convention)
    >>> of(KERAS), of(TORCH)
    (('lstm', 'lstm_1'), ())
    """
    by_place: dict[Place, list[Path]] = {}
    by_layer: dict[int, list[Path]] = {}
    for tensor in found.tensors:
        if tensor.place is not None:
            name = found.names[tensor.name]
            path = tuple(SEPARATORS.split(name)[:-1])
            by_place.setdefault(tensor.place, []).append(path)
            by_layer.setdefault(tensor.place[0], []).append(path)
    layers = [_common(paths) for paths in by_layer.values()]
    places = list(dict.fromkeys(_common(paths) for paths in by_place.values()))
    # a module that has both directions tells them apart by itself
    modules = layers if _told_apart(layers) and not _counted(convention) else places
    if len(modules) == 1 or (convention.stacks and _is_one(found, places, convention)):
        return ()
    depths = range(1, 1 + max(map(len, modules)))
    depth = next(n for n in depths if len({module[:n] for module in modules}) == len(modules))
    return tuple(_written(module[:depth], found.names.values()) for module in modules)


def _common(paths: Sequence[Path]) -> Path:
    """The longest path that all begin with."""
    first, last = min(paths), max(paths)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: len(list(alike))]


def _told_apart(layers: Sequence[Path]) -> bool:
    return len(set(layers)) == len(layers) and all(layers)


def _counted(convention: Convention) -> bool:
    """Whether directions are counted on as layers are, so that no name tells which is which."""
    return "{index}" in convention.full_name or "{nth}" in convention.full_name


def _is_one(found: Found, modules: Sequence[Path], convention: Convention) -> bool:
    """Whether these are the parts of one module, which numbers its layers by itself."""
    if not found.modules:
        _, apart = convention.prefixes
        return not apart or found.network.uniform
    part = next((part for part in SEPARATORS.split(convention.full_name)
                 if "{layer}" in part or "{index}" in part), "")  # fmt: skip
    words = {SEPARATORS.sub("", word) for word in convention.directions}
    pattern = part.replace("{layer}", r"\d+").replace("{index}", r"\d+")
    pattern = pattern.replace("{direction}", f"({'|'.join(map(re.escape, sorted(words)))})")
    numbered = re.compile(pattern)
    rest = {
        tuple(step for step in module if step not in words and not numbered.fullmatch(step))
        for module in modules
    }
    return len(rest) == 1


def _written(path: Path, names: Iterable[str]) -> str:
    """A path as the names of the file have it, with its separators."""
    length = len("/".join(path))
    return next(name[:length] for name in names
                if tuple(SEPARATORS.split(name))[: len(path)] == path)  # fmt: skip
