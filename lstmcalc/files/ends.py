"""The embedding and the head of a network among the tensors of a file, by their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lstmcalc.conventions.ends import NONE, argument
from lstmcalc.conventions.packing import Tensor
from lstmcalc.errors import FileError, listed
from lstmcalc.readings.shapes import Shape

MATRICES: Mapping[str, str] = {"embedding": "embedding.weight", "head": "head.weight"}
"""The matrix of each part by torch's convention."""
BIAS = "head.bias"
MOST_NAMED = 6


def find_ends(
    what: str,
    free: Mapping[str, Shape],
    wanted: Sequence[Tensor],
    chosen: Mapping[str, str | None],
) -> dict[str, str]:
    """The names in the file of the tensors that the network has outside of its layers.

    A matrix with a bias beside it is no embedding, and the head's matrix has one. A tensor of the
    wanted name is taken, also beside others that fit.

    Args:
        what: the file, in words.
        free: the shapes of all that belongs to no layer.
        wanted: the tensors to find.
        chosen: the names that were said for a part.

    Raises:
        FileError: there is no such tensor, or there are several.
    """
    shapes = {tensor.name: tensor.shape for tensor in wanted}
    names = {}
    for part, name in MATRICES.items():
        said = chosen.get(part)
        if said is not None and name not in shapes:
            raise FileError(f"{argument(part)}={said}", f"the network has no {part} of its own")
        if name in shapes:
            fitting = _matrices(part, free, shapes)
            names[name] = _only(what, name, shapes[name], free, fitting, said, part)
    if BIAS in shapes:
        names[BIAS] = _bias(what, free, shapes, names.get(MATRICES["head"]))
    return names


def _matrices(part: str, free: Mapping[str, Shape], shapes: Mapping[str, Shape]) -> list[str]:
    """The names of all that could be the matrix of a part."""
    own = MATRICES[part]
    alike = [name for name in free if name.endswith(".weight") and free[name] == shapes[own]]
    if part == "head":
        return [name for name in alike if free.get(_beside(name)) == shapes[BIAS]]
    return [name for name in alike if _beside(name) not in free]


def _only(
    what: str,
    name: str,
    shape: Shape,
    free: Mapping[str, Shape],
    fitting: Sequence[str],
    said: str | None,
    part: str,
) -> str:
    """The tensor that was said, the one of the wanted name, or the only one that fits."""
    wanted = f"{name} {shape}"
    if said is not None:
        if said not in fitting:
            why = f"it is not {wanted}; that could be {listed(fitting)}"
            if said == NONE:
                why = f"the network has {wanted}"
            raise FileError(f"{argument(part)}={said}", why)
        return said
    if name in fitting or (name in free and part == "embedding" and free[name] == shape):
        return name
    if name in free:
        why = f"{name} has the shape {free[name]}, and the network's is {shape}"
        if free[name] == shape:
            why = f"{name} has no bias of {shape[0]} numbers beside it"
        raise FileError(what, why)
    if len(fitting) > 1:
        example = f"choose one, such as {argument(part)}={fitting[0]}"
        raise FileError(what, f"{several(fitting)} could each be {wanted}", example)
    if not fitting:
        raise FileError(what, f"no tensor is {wanted}; it has {_with_shapes(free)}")
    return fitting[0]


def _bias(
    what: str, free: Mapping[str, Shape], shapes: Mapping[str, Shape], matrix: str | None
) -> str:
    """The head's bias: beside its matrix, or, where that is the embedding's, alone of its shape."""
    if matrix is not None:
        return _beside(matrix)
    fitting = [name for name in free if name.endswith(".bias") and free[name] == shapes[BIAS]]
    if BIAS in fitting:
        return BIAS
    if len(fitting) != 1:
        why = f"no tensor is {BIAS} {shapes[BIAS]}; it has {_with_shapes(free)}"
        if fitting:
            why = f"{several(fitting)} could each be {BIAS} {shapes[BIAS]}"
        raise FileError(what, why, f"call the right one {BIAS}" if fitting else "")
    return fitting[0]


def several(names: Sequence[str]) -> str:
    """Names that are alternatives, the first few of them."""
    more = f" and {len(names) - MOST_NAMED} more" * (len(names) > MOST_NAMED)
    return f"{' and '.join(names[:MOST_NAMED])}{more}"


def _beside(name: str) -> str:
    return f"{name.removesuffix('weight')}bias"


def _with_shapes(free: Mapping[str, Shape]) -> str:
    return listed(f"{name} {shape}" for name, shape in free.items())
