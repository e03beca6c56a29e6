"""Stacks of layers among tensors by a convention's own names, after any prefix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby, product
from typing import NamedTuple

from lstmcalc.cells import CELLS
from lstmcalc.conventions.axes import lengths_of
from lstmcalc.conventions.ends import Chosen, module_of, with_ends
from lstmcalc.conventions.known import bias_of
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.packing import Tensor, tensors
from lstmcalc.errors import ConfigurationError, UnsupportedError, listed
from lstmcalc.network import MOST_LAYERS, Layer, Network
from lstmcalc.readings.shapes import Shape
from lstmcalc.tracing import Bias

Shapes = Mapping[str, Shape]


class Found(NamedTuple):
    """A network, its tensors, and what each is called in the file.

    `rest` are names of no use to it, `also` the cells that would store the same, and `prefix` is
    what the user's names of the recurrent tensors begin with. `modules` are those of the layers, in
    their order, where they are not called as the convention does. `candidates` are the tensors that
    could each be the embedding or the head, and `misfit` says why a chosen one cannot be it.
    """

    network: Network
    tensors: tuple[Tensor, ...]
    names: Mapping[str, str]
    rest: tuple[str, ...]
    also: tuple[str, ...] = ()
    prefix: str = ""
    modules: tuple[str, ...] = ()
    candidates: Mapping[str, tuple[str, ...]] = {}
    misfit: str = ""

    @property
    def unexplained(self) -> tuple[bool, int]:
        """How much speaks against it: a chosen tensor that does not fit, and what is left over."""
        explained = {module_of(name) for names in self.candidates.values() for name in names}
        return bool(self.misfit), sum(module_of(name) not in explained for name in self.rest)


def fit(
    shapes: Shapes, convention: Convention, cell: str, ways: tuple[bool, ...], chosen: Chosen
) -> Found | None:
    """The network of that cell which takes the most of the tensors.

    Raises:
        ConfigurationError: there is more than one in the file, or it could be two.
    """
    every = [
        found
        for layer in structures(convention, cell, ways)
        for alike in (True, False)
        for found in _recurrent(shapes, convention, layer, alike)
    ]
    if not every:
        return None
    best = max(every, key=lambda found: len(found.names))
    held = [tensor for tensor in best.tensors if holds(tensor) == {"W_h"}]
    stem = convention.layout(cell).stem
    joined = [f"{stem}/{tensor.packed}" for tensor in best.tensors
              if stem and holds(tensor) == {"W_x", "W_h"}]  # fmt: skip
    ends, used = (*best.names, *joined), set(best.names.values())
    others = [
        name
        for name in shapes
        if name not in used
        and (name.endswith(ends) or any(tensor.packed in name for tensor in held))
    ]
    if others:
        why = f"beside {next(iter(best.names.values()))} there is {listed(others)}"
        remedy = "give all tensors of one recurrent part"
        remedy += f", such as prefix={best.prefix}" if best.prefix else ""
        what = "tensors of several networks, or of part of one"
        raise ConfigurationError(what, why, remedy)
    # where directions are counted as layers are, the same names can be either
    whole = [_with_ends(shapes, convention, f, chosen) for f in every if f.names == best.names]
    least = min(found.unexplained for found in whole)
    whole = [found for found in whole if found.unexplained == least]
    if len({found.network for found in whole}) > 1:
        both, one = (len(found.network.layers) for found in (whole[0], whole[-1]))
        why = f"they fit {both} in two directions and {one} in one"
        raise ConfigurationError(
            f"layers by {convention.title}'s names",
            why,
            "say bidirectional=True or bidirectional=False",
        )
    return whole[0]


def holds(tensor: Tensor) -> set[str]:
    """The roles of what a recurrent tensor holds."""
    return {part.param[:3] for part in tensor.parts}


def structures(convention: Convention, cell: str, ways: tuple[bool, ...]) -> Iterator[Layer]:
    """Every structure that a layer can have; its sizes stand for any."""
    projects = CELLS[cell].graph("none").projects
    biases: tuple[Bias, ...] = (bias_of(convention, cell), "none")
    for both, bias, proj in product(ways, biases, (1, None) if projects else (None,)):
        yield Layer(CELLS[cell], 2, proj, both, bias)


def _recurrent(
    shapes: Shapes, convention: Convention, layer: Layer, alike: bool
) -> Iterator[Found]:
    """For each prefix as many such layers as there are; named as like or as unlike ones."""
    one = stacked(convention, layer, alike, 1)
    if not one:
        return
    first = one[0].name if alike else stacked(convention, layer, alike, 2)[0].name
    prefixes = {name.removesuffix(first) for name in shapes if name.endswith(first)}
    if not prefixes:
        return
    layout = stacked(convention, layer, alike, min(len(shapes) // len(one) + 1, MOST_LAYERS))
    for prefix in sorted(prefixes):
        if not prefix or prefix[-1] in "./":
            network = _network(shapes, layout, layer, prefix)
            if network is not None:
                held = tensors(network, convention)
                names = {tensor.name: prefix + tensor.name for tensor in held}
                if all(shapes.get(names[tensor.name]) == tensor.shape for tensor in held):
                    yield Found(network, held, names, (), prefix=prefix)


def stacked(convention: Convention, layer: Layer, alike: bool, depth: int) -> tuple[Tensor, ...]:
    """The tensors of so many such layers; none where the framework cannot have them."""
    layers = [layer if alike or n % 2 else replace(layer, hidden_size=3) for n in range(depth)]
    try:
        return tensors(Network(1, tuple(layers)), convention)
    except UnsupportedError:
        return ()


def _network(
    shapes: Shapes, layout: tuple[Tensor, ...], layer: Layer, prefix: str
) -> Network | None:
    """The network of the layers that are all there, its sizes read off their shapes."""
    own: list[Layer] = []
    input_size = 0
    for index, group in groupby(layout, key=lambda tensor: (tensor.place or (0, 0))[0]):
        held = list(group)
        if not all(prefix + tensor.name in shapes for tensor in held):
            break
        sizes = _sizes(held, {tensor.name: shapes[prefix + tensor.name] for tensor in held})
        if sizes is None:
            return None
        input_size = input_size if index else sizes["I"]
        own.append(replace(layer, hidden_size=sizes["H"], proj_size=sizes.get("P")))
    return Network(input_size, tuple(own)) if own else None


def _sizes(held: list[Tensor], shapes: Shapes) -> dict[str, int] | None:
    """I, H and P of one layer, read off the axes of its tensors."""
    found: dict[str, int] = {}
    joined: dict[str, int] = {}
    for tensor in held:
        lengths = lengths_of(tensor.axes, tensor.lengths, shapes[tensor.name])
        if lengths is None:
            return None
        roles = holds(tensor)
        if roles == {"W_r"}:
            found["P"] = lengths["h"]
        elif "i" in lengths:
            found["H"] = lengths["h"]
            joined["".join(sorted(role[-1] for role in roles))] = lengths["i"]
    if "H" not in found:
        return None
    features = found.get("P", found["H"])
    found["I"] = joined["x"] if "x" in joined else joined.get("hx", 0) - features
    return found if min(found.values()) > 0 else None


def _with_ends(shapes: Shapes, convention: Convention, found: Found, chosen: Chosen) -> Found:
    """The same with the embedding and the head that are among the other tensors."""
    used = set(found.names.values())
    free = {name: shape for name, shape in shapes.items() if name not in used}
    ends = with_ends(found.network, free, convention, chosen)
    network, taken = ends.network, ends.names
    layout = tensors(network, convention)
    recurrent = iter(found.names.values())
    names = {
        tensor.name: taken[tensor.parts[0].param] if tensor.place is None else next(recurrent)
        for tensor in layout
    }
    rest = tuple(name for name in free if name not in taken.values())
    return found._replace(
        network=network,
        tensors=layout,
        names=names,
        rest=rest,
        candidates=ends.candidates,
        misfit=ends.misfit,
    )
