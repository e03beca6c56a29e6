"""From tensors by name to the network they are the weights of, by a framework's convention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product
from typing import NamedTuple

from lstmcalc.cells import CELLS, find_cell
from lstmcalc.conventions.axes import lengths_of
from lstmcalc.conventions.ends import with_ends
from lstmcalc.conventions.known import bias_of
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.packing import Tensor, lacking, tensors
from lstmcalc.conventions.renaming import NOTHING, Renamed, rename
from lstmcalc.errors import ConfigurationError, UnsupportedError
from lstmcalc.network import MOST_LAYERS, Layer, Network
from lstmcalc.readings.shapes import Shape
from lstmcalc.tracing import Bias

Shapes = Mapping[str, Shape]
TAKEN_FOR = {"rnn_relu": "rnn", "lstm_coupled": "lstm"}
"""Cells that store the same as another, which is by far the more usual one."""
MOST_NAMED = 6


class Found(NamedTuple):
    """A network, its tensors, and what each is called in the file.

    `rest` are names of no use to it, `also` the cells that would store the same, and `prefix` is
    what the user's names of the recurrent tensors begin with. `modules` are those that were taken
    for the layers of one stack, in their order, where they are not called as the convention does.
    """

    network: Network
    tensors: tuple[Tensor, ...]
    names: Mapping[str, str]
    rest: tuple[str, ...]
    also: tuple[str, ...] = ()
    prefix: str = ""
    modules: tuple[str, ...] = ()


def recognise(
    shapes: Shapes,
    convention: Convention,
    cell: str | None = None,
    bidirectional: bool | None = None,
) -> Found:
    """The network whose tensors these are.

    Their names may have a prefix of the user's (`encoder.lstm.`); the embedding and the head have
    names of their own in every program, and are known by their shapes.

    Args:
        shapes: of every tensor, by name.
        convention: the framework they are from.
        cell: which one they are of, where two cells store the same.
        bidirectional: whether layers have two directions, where one layer of two and two layers
            of one store the same.

    Raises:
        LstmcalcError: they are of no cell of the framework, or of two cells or parts.

    >>> from lstmcalc.conventions.libraries import KERAS
    >>> shapes = {"lstm/lstm_cell/kernel": (28, 512), "lstm/lstm_cell/bias": (512,),
    ...           "lstm/lstm_cell/recurrent_kernel": (128, 512)}
    >>> found = recognise(shapes, KERAS).network
    >>> found.layers[0].cell.name, found.input_size, found.layers[0].hidden_size
    ('lstm', 28, 128)
    """
    cells = [find_cell(cell).name] if cell else list(convention.layouts)
    for name in cells:
        if name not in convention.layouts:
            why = f"{convention.title} has no such cell, its tensors cannot be of it"
            has = f"it has {', '.join(convention.layouts)}"
            raise UnsupportedError(f"cell {name}", why, has)
    ways = (True, False) if bidirectional is None else (bidirectional,)
    fits = _fits(shapes, convention, cells, ways)
    renamed = NOTHING
    if not fits:
        fits, renamed = _fits_renamed(shapes, convention, cells, ways)
    if not fits:
        names = [f"{name} {shape}" for name, shape in shapes.items()]
        more = f" and {len(names) - MOST_NAMED} more" * (len(names) > MOST_NAMED)
        has = f"the file has {', '.join(names[:MOST_NAMED]) or 'none'}{more}"
        what = f"tensors of {cell or 'a recurrent network'} by {convention.title}'s names"
        raise ConfigurationError(what, f"there are none; {has}")
    # a cell may have all of another's tensors, and more: peepholes, or gates
    least = min(len(found.rest) for found in fits.values())
    fits = {name: found for name, found in fits.items() if len(found.rest) == least}
    own = {name: found for name, found in fits.items() if TAKEN_FOR.get(name) not in fits}
    for found in own.values():
        _check_rest(found, convention)
    if len(own) > 1:
        why = f"they fit {' and '.join(own)}, which store the same and compute something else"
        what = f"tensors by {convention.title}'s names"
        raise ConfigurationError(what, why, "say which one (--cell)")
    ((name, found),) = own.items()
    called = {name: own for own, name in renamed.names.items()}
    return found._replace(
        names={tensor: called.get(held, held) for tensor, held in found.names.items()},
        rest=tuple(called.get(held, held) for held in found.rest),
        modules=renamed.modules,
        also=tuple(other for other in fits if other != name),
    )


def _fits(
    shapes: Shapes, convention: Convention, cells: Sequence[str], ways: tuple[bool, ...]
) -> dict[str, Found]:
    """The network of each cell that the tensors can be of."""
    return {name: found for name in cells if (found := _fit(shapes, convention, name, ways))}


def _fits_renamed(
    shapes: Shapes, convention: Convention, cells: Sequence[str], ways: tuple[bool, ...]
) -> tuple[dict[str, Found], Renamed]:
    """The same under the convention's names, for modules that are called otherwise.

    Raises:
        ConfigurationError: modules have more tensors than the network, or no clear order.
    """
    every = [
        rename(shapes, convention, layer)
        for name in cells
        for layer in _layers(convention, name, ways)
        if not lacking(layer, convention)
    ]
    for renamed in sorted(every, key=lambda each: len(each.names), reverse=True):
        if not renamed.names:
            break
        try:
            own = {renamed.names.get(name, name): shape for name, shape in shapes.items()}
            fits = _fits(own, convention, cells, ways)
        except ConfigurationError:  # under these names it is of several parts
            continue
        if fits:
            _check_modules(shapes, renamed)
            return fits, renamed
    return {}, NOTHING


def _check_modules(shapes: Shapes, renamed: Renamed) -> None:
    """Raise where modules have more than the network takes, or another order in the file.

    Raises:
        ConfigurationError: they have.
    """
    begins = tuple(f"{module}{mark}" for module in renamed.modules if module for mark in "./")
    others = [name for name in shapes if name.startswith(begins) and name not in renamed.names]
    if others:
        remedy = "give all tensors of one recurrent part"
        raise ConfigurationError("tensors of part of a network", _listed(others), remedy)
    places = {name: place for place, name in enumerate(shapes)}
    heads = {name.rpartition(tail)[0]: places[name] for tail in renamed.tails
             for name in renamed.names if name.endswith(tail)}  # fmt: skip
    there = sorted(renamed.modules, key=lambda module: heads.get(module, 0))
    if list(renamed.modules) != there and there != sorted(there):
        why = f"by their numbers they are {', '.join(renamed.modules)}; the file has another order"
        raise ConfigurationError("layers of a stack", why, "take one with --prefix")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" * (len(names) > MOST_NAMED)
    return f"the file also has {', '.join(names[:MOST_NAMED])}{more}"


def _fit(shapes: Shapes, convention: Convention, cell: str, ways: tuple[bool, ...]) -> Found | None:
    """The network of that cell which takes the most of the tensors.

    Raises:
        ConfigurationError: there is more than one in the file, or it could be two.
    """
    every = [
        found
        for layer in _layers(convention, cell, ways)
        for alike in (True, False)
        for found in _recurrent(shapes, convention, layer, alike)
    ]
    if not every:
        return None
    best = max(every, key=lambda found: len(found.names))
    held = [tensor for tensor in best.tensors if _holds(tensor) == {"W_h"}]
    stem = convention.layout(cell).stem
    joined = [f"{stem}/{tensor.packed}" for tensor in best.tensors
              if stem and _holds(tensor) == {"W_x", "W_h"}]  # fmt: skip
    ends, used = (*best.names, *joined), set(best.names.values())
    others = [
        name
        for name in shapes
        if name not in used
        and (name.endswith(ends) or any(tensor.packed in name for tensor in held))
    ]
    if others:
        more = f" and {len(others) - MOST_NAMED} more" * (len(others) > MOST_NAMED)
        why = f"beside {next(iter(best.names.values()))} there is {', '.join(others[:MOST_NAMED])}"
        remedy = "give all tensors of one recurrent part"
        what = "tensors of several networks, or of part of one"
        raise ConfigurationError(what, why + more, remedy)
    # where directions are counted as layers are, the same names can be either
    whole = [_with_ends(shapes, convention, f) for f in every if f.names == best.names]
    least = min(len(found.rest) for found in whole)
    whole = [found for found in whole if len(found.rest) == least]
    if len({found.network for found in whole}) > 1:
        both, one = (len(found.network.layers) for found in (whole[0], whole[-1]))
        why = f"they fit {both} in two directions and {one} in one"
        raise ConfigurationError(
            f"layers by {convention.title}'s names", why, "say --bidirectional or --one-way"
        )
    return whole[0]


def _check_rest(found: Found, convention: Convention) -> None:
    """Raise where what is left over is of a recurrent part too: of another, or of this one.

    Raises:
        ConfigurationError: it is.
    """
    if not found.rest:
        return
    depth = len(found.network.layers)
    known = {
        found.prefix + tensor.name
        for cell in convention.layouts
        for layer in _layers(convention, cell, (True, False))
        for alike in (True, False)
        for tensor in _layout(convention, layer, alike, depth + 2)
        if tensor.place and (tensor.place[0] < depth or _holds(tensor) & {"W_x", "W_h"})
    }
    others = [name for name in found.rest if name in known]
    if others:
        more = f" and {len(others) - MOST_NAMED} more" * (len(others) > MOST_NAMED)
        why = f"left over of a recurrent part: {', '.join(others[:MOST_NAMED])}{more}"
        remedy = "give all tensors of one recurrent part"
        raise ConfigurationError(f"tensors by {convention.title}'s names", why, remedy)


def _holds(tensor: Tensor) -> set[str]:
    """The roles of what a recurrent tensor holds."""
    return {part.param[:3] for part in tensor.parts}


def _layers(convention: Convention, cell: str, ways: tuple[bool, ...]) -> Iterator[Layer]:
    """Every structure that a layer can have; its sizes stand for any."""
    projects = CELLS[cell].graph("none").projects
    biases: tuple[Bias, ...] = (bias_of(convention, cell), "none")
    for both, bias, proj in product(ways, biases, (1, None) if projects else (None,)):
        yield Layer(CELLS[cell], 2, proj, both, bias)


def _recurrent(
    shapes: Shapes, convention: Convention, layer: Layer, alike: bool
) -> Iterator[Found]:
    """For each prefix as many such layers as there are; named as like or as unlike ones."""
    one = _layout(convention, layer, alike, 1)
    if not one:
        return
    first = one[0].name if alike else _layout(convention, layer, alike, 2)[0].name
    prefixes = {name.removesuffix(first) for name in shapes if name.endswith(first)}
    if not prefixes:
        return
    layout = _layout(convention, layer, alike, min(len(shapes) // len(one) + 1, MOST_LAYERS))
    for prefix in sorted(prefixes):
        if not prefix or prefix[-1] in "./":
            network = _network(shapes, layout, layer, prefix)
            if network is not None:
                held = tensors(network, convention)
                names = {tensor.name: prefix + tensor.name for tensor in held}
                if all(shapes.get(names[tensor.name]) == tensor.shape for tensor in held):
                    yield Found(network, held, names, (), prefix=prefix)


def _layout(convention: Convention, layer: Layer, alike: bool, depth: int) -> tuple[Tensor, ...]:
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
        roles = _holds(tensor)
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


def _with_ends(shapes: Shapes, convention: Convention, found: Found) -> Found:
    """The same with the embedding and the head that are among the other tensors."""
    used = set(found.names.values())
    free = {name: shape for name, shape in shapes.items() if name not in used}
    network, taken = with_ends(found.network, free, convention)
    layout = tensors(network, convention)
    recurrent = iter(found.names.values())
    names = {
        tensor.name: taken[tensor.parts[0].param] if tensor.place is None else next(recurrent)
        for tensor in layout
    }
    rest = tuple(name for name in free if name not in taken.values())
    return found._replace(network=network, tensors=layout, names=names, rest=rest)
