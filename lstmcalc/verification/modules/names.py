"""What a user says of a module's tensors: which parameters of the equations each of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from lstmcalc.conventions.packing import Part, Tensor
from lstmcalc.errors import ConfigurationError, UnknownNameError, listed, plain
from lstmcalc.network import Network, Place
from lstmcalc.readings.shapes import Shape, shape


class Named(NamedTuple):
    """The tensors to expect in a module, and the module's own name of each that the user named."""

    layout: tuple[Tensor, ...]
    names: Mapping[str, str]


def read_names(
    names: Mapping[str, str],
    network: Network,
    layout: Sequence[Tensor],
    shapes: Mapping[str, Shape],
) -> Named:
    """The layout of a module whose tensors the user names.

    Args:
        names: by the module's own name of a tensor what it holds: a tensor of torch's
            (`weight_ih_l0`), or parameters of the equations, one under the other with spaces
            between and side by side with `|`: `W_xi|W_hi W_xf|W_hf`. A parameter of another layer
            or direction ends as torch's tensors do: `W_xi_l1_reverse`.
        network: the network.
        layout: its tensors by torch's convention.
        shapes: of the module's own tensors.

    Raises:
        UnknownNameError: there is no such tensor or parameter.
        ConfigurationError: a shape does not fit, or a parameter is named twice.
    """
    by_torch = {alias: tensor for tensor in layout for alias in (tensor.name, _short(tensor))}
    called: dict[str, str] = {}
    custom: list[Tensor] = []
    for own, holds in names.items():
        if not isinstance(holds, str) or not holds.split():
            why = "it is the name of a tensor of torch, or of parameters of the equations"
            raise ConfigurationError(f"names[{own!r}] = {plain(holds)}", why)
        if own not in shapes:
            raise UnknownNameError("tensor of the module", own, shapes, listed(shapes))
        if holds in by_torch:
            called[own] = by_torch[holds].name
        else:
            custom.append(_tensor(own, holds, shapes[own], network))
            called[own] = own
    covered = [(part.place, part.param) for tensor in custom for part in tensor.parts]
    for place, param in covered:
        if covered.count((place, param)) > 1:
            raise ConfigurationError(f"names of {param}", "two tensors hold it", "give each once")
    rest = []
    for tensor in layout:
        parts = [(part.place, part.param) for part in tensor.parts]
        if not any(part in covered for part in parts):
            rest.append(tensor)
        elif missing := [param for place, param in parts if (place, param) not in covered]:
            why = f"nothing holds {', '.join(missing)}"
            raise ConfigurationError(f"names of {tensor.name}", why, "name all of its parameters")
    return Named((*rest, *custom), called)


def _short(tensor: Tensor) -> str:
    """A recurrent tensor's name without the part it belongs to, as in a lone module of torch."""
    return tensor.name.removeprefix("rnn.")


def _tensor(own: str, holds: str, actual: Shape, network: Network) -> Tensor:
    every = _every(network)
    grid = [row.split("|") for row in holds.split()]
    for token in (token for row in grid for token in row):
        if token not in every:
            raise UnknownNameError(f"parameter in names[{own!r}]", token, every, listed(every))
    if len({len(row) for row in grid}) > 1:
        why = "its rows hold different numbers of parameters"
        raise ConfigurationError(f"names[{own!r}] = {plain(holds)}", why, "give each row as many")
    if len({len(every[token][2]) for row in grid for token in row}) > 1:
        why = "it holds matrices and vectors"
        raise ConfigurationError(f"names[{own!r}] = {plain(holds)}", why, "give them apart")
    heights = [every[row[0]][2][0] for row in grid]
    widths = [every[token][2][-1] for token in grid[0]] if len(every[grid[0][0]][2]) > 1 else []
    expected = (sum(heights), sum(widths)) if widths else (sum(heights),)
    transposed = bool(widths) and actual != expected and actual == expected[::-1]
    if not transposed and actual != expected:
        what = f"{own} of shape {actual}"
        raise ConfigurationError(what, f"what it is said to hold has the shape {expected}")
    parts = []
    tops = [sum(heights[:row]) for row in range(len(heights) + 1)]
    lefts = [sum(widths[:column]) for column in range(len(widths) + 1)]
    for row, (top, bottom) in zip(grid, pairwise(tops), strict=True):
        for column, token in enumerate(row):
            place, param, param_shape = every[token]
            spans = [(top, bottom, 1)]
            if widths:
                spans.append((lefts[column], lefts[column + 1], 1))
            order = spans[::-1] if transposed else spans
            parts.append(Part(param, place, tuple(order), param_shape, transposed))
    return Tensor(own, actual, own, None, tuple(parts), "", {})


def _every(network: Network) -> dict[str, tuple[Place | None, str, Shape]]:
    """Every parameter by what a user calls it: its layer and direction, its name, its shape."""
    found: dict[str, tuple[Place | None, str, Shape]] = {}
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        for direction in range(layer.directions):
            for param in layer.graph.params:
                entry = (index, direction), param.name, shape(param, layer.sizes(size))
                found[f"{param.name}_l{index}{'_reverse' * direction}"] = entry
                if not (index or direction):
                    found[param.name] = entry
    return found
