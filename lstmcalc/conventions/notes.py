"""What the tensors of a file do not say of the network that is made of them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcalc.conventions.differences import differences, untold
from lstmcalc.conventions.ends import PARTS, argument, module_of
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.stacks import Found
from lstmcalc.errors import listed

MOST_JOINED = 12


def untold_by_tensors(
    found: Found, modules: Sequence[str], source: Convention, target: Convention
) -> Iterator[str]:
    """What else to know of a conversion, the most important first.

    `modules` are those that were joined to one recurrent part.
    """
    if modules:
        yield joining(modules, len(found.network.layers))
    yield from _of_frameworks(found, source, target)
    yield from _of_ends(found)


def joining(modules: Sequence[str], layers: int) -> str:
    """That modules were joined, and what of it no tensor tells.

    >>> joining(["lstm", "lstm_1"], 2).partition(" because ")[0]
    'lstm, lstm_1 are joined to one stack in this order'
    """
    what, order = "one stack in this order", "the order of use"
    if layers == 1:
        what, order = "one layer of two directions, the first of them forward", "which is which"
    why = f"because their sizes fit; {order} cannot be seen in tensors"
    return f"{listed(modules, most=MOST_JOINED)} are joined to {what} {why}"


def _of_frameworks(found: Found, source: Convention, target: Convention) -> Iterator[str]:
    """Options, signs, offsets and states of the two frameworks."""
    first = found.network.layers[0]
    cell = first.cell.name
    old, new = source.layout(cell), target.layout(cell)
    if options := untold(source, cell, first.directions):
        yield f"{source.title}: {options}"
    if found.also:
        yield f"taken for {cell}; {' and '.join(found.also)} would store the same"
    for convention, layout in ((source, old), (target, new)):
        for note in differences(layout._replace(note="")):
            yield f"{convention.title}: {note}"
    if old.states != new.states:
        states = ", ".join(new.states.split())
        yield f"{target.title} hands over its last states as ({states})"
    if target.always_biased and any(layer.bias == "none" for layer in found.network.layers):
        yield f"the biases, which {target.title} always has, are 0"


def _of_ends(found: Found) -> Iterator[str]:
    """What was taken for the embedding and the head, what could be, and what is left out."""
    if found.network.tie_weights:
        yield "the head's matrix is the embedding's, and is stored again"
    for tensor in found.tensors:
        part, name = PARTS.get(tensor.parts[0].param, ""), found.names[tensor.name]
        # beside other tensors the convention's own name may be another module's by chance
        if part and (name != tensor.name or found.rest):
            yield f"{name} is taken for the {part}"
    if found.network.num_classes is not None and found.network.layers[-1].bidirectional:
        yield (
            "what the head reads cannot be seen in tensors: here the output of the last step; "
            "after Keras's Bidirectional without return_sequences the last states, which differ"
        )
    for part, names in found.candidates.items():
        yield (
            f"{listed(names)} could each be the {part}, and none is taken: "
            f"choose one with {argument(part)}={names[0]}"
        )
    several = {module_of(name) for names in found.candidates.values() for name in names}
    rest = [name for name in found.rest if module_of(name) not in several]
    if rest:
        yield f"left out, no part of the network: {listed(rest)}"
