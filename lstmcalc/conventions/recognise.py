"""From tensors by name to the network they are the weights of, by a framework's convention."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lstmcalc.cells import find_cell
from lstmcalc.conventions.ends import PARTS, Chosen, argument
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.packing import lacking
from lstmcalc.conventions.renaming import NOTHING, Renamed, complete, rename
from lstmcalc.conventions.stacks import Found, Shapes, fit, holds, stacked, structures
from lstmcalc.errors import ConfigurationError, UnsupportedError, listed

NOT_CHOSEN: Chosen = {}
TAKEN_FOR = {"rnn_relu": "rnn", "lstm_coupled": "lstm"}
"""Cells that store the same as another, which is by far the more usual one."""


def recognise(
    shapes: Shapes,
    convention: Convention,
    cell: str | None = None,
    bidirectional: bool | None = None,
    chosen: Chosen = NOT_CHOSEN,
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
        chosen: the tensors that are the embedding and the head, where there are several.

    Raises:
        LstmcalcError: they are of no cell of the framework, or of two cells or parts.

    >>> from lstmcalc.conventions.libraries import KERAS
    >>> shapes = {"lstm/lstm_cell/kernel": (28, 512), "lstm/lstm_cell/bias": (512,),
    ...           "lstm/lstm_cell/recurrent_kernel": (128, 512)}
    >>> found = recognise(shapes, KERAS).network
    >>> found.layers[0].cell.name, found.input_size, found.layers[0].hidden_size
    ('lstm', 28, 128)
    """
    cells = list(convention.layouts) if cell is None else [find_cell(cell, projected=True).name]
    for name in cells:
        if name not in convention.layouts:
            why = f"{convention.title} has no such cell, its tensors cannot be of it"
            has = f"it has {', '.join(convention.layouts)}"
            raise UnsupportedError(f"cell {name}", why, has)
    ways = (True, False) if bidirectional is None else (bidirectional,)
    fits = _fits(shapes, convention, cells, ways, chosen)
    renamed = NOTHING
    if not fits:
        fits, renamed = _fits_renamed(shapes, convention, cells, ways, chosen)
    if not fits:
        _check_several(shapes, convention, cells, ways)
        has = f"the file has {listed(f'{name} {shape}' for name, shape in shapes.items())}"
        what = f"tensors of {cell or 'a recurrent network'} by {convention.title}'s names"
        raise ConfigurationError(what, f"there are none; {has}")
    # a cell may have all of another's tensors, and more: peepholes, or gates
    least = min(found.unexplained for found in fits.values())
    fits = {name: found for name, found in fits.items() if found.unexplained == least}
    own = {name: found for name, found in fits.items() if TAKEN_FOR.get(name) not in fits}
    for found in own.values():
        _check_rest(found, convention)
    if len(own) > 1:
        why = f"they fit {' and '.join(own)}, which store the same and compute something else"
        what = f"tensors by {convention.title}'s names"
        raise ConfigurationError(what, why, f"say which one, such as cell={next(iter(own))}")
    ((name, found),) = own.items()
    if found.misfit:
        named = ", ".join(f"{argument(PARTS[holds])}={own}" for holds, own in chosen.items())
        raise ConfigurationError(named, found.misfit)
    called = {name: own for own, name in renamed.names.items()}
    return found._replace(
        names={tensor: called.get(held, held) for tensor, held in found.names.items()},
        rest=tuple(called.get(held, held) for held in found.rest),
        modules=renamed.modules,
        also=tuple(other for other in fits if other != name),
    )


def _fits(
    shapes: Shapes,
    convention: Convention,
    cells: Sequence[str],
    ways: tuple[bool, ...],
    chosen: Chosen,
) -> dict[str, Found]:
    """The network of each cell that the tensors can be of."""
    every = {name: fit(shapes, convention, name, ways, chosen) for name in cells}
    return {name: found for name, found in every.items() if found}


def _fits_renamed(
    shapes: Shapes,
    convention: Convention,
    cells: Sequence[str],
    ways: tuple[bool, ...],
    chosen: Chosen,
) -> tuple[dict[str, Found], Renamed]:
    """The same under the convention's names, for modules that are called otherwise.

    Raises:
        ConfigurationError: modules have more tensors than the network, or no clear order.
    """
    every = [
        rename(shapes, convention, layer)
        for name in cells
        for layer in structures(convention, name, ways)
        if not lacking(layer, convention)
    ]
    for renamed in sorted(every, key=lambda each: len(each.names), reverse=True):
        if not renamed.names:
            break
        try:
            own = {renamed.names.get(name, name): shape for name, shape in shapes.items()}
            fits = _fits(own, convention, cells, ways, chosen)
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
        why = f"the file also has {listed(others)}"
        raise ConfigurationError("tensors of part of a network", why, remedy)
    there = _order(shapes, renamed)
    if there and there != list(renamed.modules):
        why = f"by their numbers they are {', '.join(renamed.modules)}; the file has another order"
        raise ConfigurationError("layers of a stack", why, f"take one, such as prefix={there[0]}")


def _check_several(
    shapes: Shapes, convention: Convention, cells: Sequence[str], ways: tuple[bool, ...]
) -> None:
    """Raise where there are several whole modules, which are not the layers of one stack.

    Raises:
        ConfigurationError: there are.
    """
    every = [
        complete(shapes, convention, layer)
        for cell in cells
        for layer in structures(convention, cell, ways)
        if not lacking(layer, convention)
    ]
    modules = max(every, key=len, default=())
    if len(modules) > 1:
        mark = next(name for name in shapes if name.startswith(modules[0]))[len(modules[0])]
        why = "they are not the layers of one stack, by their names or by their sizes"
        remedy = f"take one, such as prefix={modules[0]}{mark}"
        raise ConfigurationError(f"modules {listed(modules)}", why, remedy)


def _order(shapes: Shapes, renamed: Renamed) -> list[str]:
    """The modules in the order of the file, where it means something.

    It means nothing where names are sorted, as some formats have them, or where the tensors of a
    module do not stand together, as in a hash table.
    """
    heads = {name: name.removesuffix(tail) for name in renamed.names for tail in renamed.tails
             if name.endswith(tail)}  # fmt: skip
    there = [head for head, _ in groupby(heads[name] for name in shapes if name in heads)]
    together = len(there) == len(set(there))
    in_order = list(shapes) != sorted(shapes) and there != sorted(there)
    return there if together and in_order else []


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
        for layer in structures(convention, cell, (True, False))
        for alike in (True, False)
        for tensor in stacked(convention, layer, alike, depth + 2)
        if tensor.place and (tensor.place[0] < depth or holds(tensor) & {"W_x", "W_h"})
    }
    others = [name for name in found.rest if name in known]
    if others:
        why = f"left over of a recurrent part: {listed(others)}"
        remedy = "give all tensors of one recurrent part"
        raise ConfigurationError(f"tensors by {convention.title}'s names", why, remedy)
