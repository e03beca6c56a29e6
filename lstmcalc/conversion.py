"""Weights carried from one framework's tensors to another's, gate by gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstmcalc.arguments import check_arguments
from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.ends import NONE, PARTS, argument, choose, module_of
from lstmcalc.conventions.joining import joined
from lstmcalc.conventions.known import BESIDE, adopt, find_convention
from lstmcalc.conventions.layout import Convention
from lstmcalc.conventions.notes import untold_by_tensors
from lstmcalc.conventions.packing import tensors
from lstmcalc.conventions.recognise import recognise
from lstmcalc.errors import ConfigurationError, UnsupportedError, clean, listed, plain
from lstmcalc.network import Layer, Network
from lstmcalc.readings.values import Array
from lstmcalc.result import Result
from lstmcalc.tracing import BIAS_ROLES
from lstmcalc.verdict import first_line

DOUBLE = np.dtype(np.float64)


@dataclass(frozen=True, repr=False, eq=False)
class Conversion(Result, Mapping[str, Array]):
    """The target's tensors by name, as a mapping, and what there is to say of them.

    `given` are the source's, by the source's own names, and `names` what they were called;
    `source_network` has the biases that the source keeps, `network` those of the target. `joined`
    are the modules that were joined because their sizes fit: their order is in no tensor.
    `left_out` are tensors of the source that are no part of the network, and `elsewhere` those that
    do not begin with the prefix that was asked for.
    """

    tensors: Mapping[str, Array]
    given: Mapping[str, Array]
    names: Mapping[str, str]
    source: Convention
    target: Convention
    source_network: Network
    network: Network
    notes: tuple[str, ...]
    joined: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def __repr__(self) -> str:
        said = f"{self.source.name} to {self.target.name}, {len(self)} tensors"
        return f"<Conversion: {said}; dict(…) gives them>"

    def __getitem__(self, name: str) -> Array:
        return self.tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)


@check_arguments()
def convert(
    weights: object,
    source: str | Convention,
    target: str | Convention,
    cell: str | None = None,
    bidirectional: bool | None = None,
    prefix: str = "",
    head_tensor: str | None = None,
    embedding_tensor: str | None = None,
) -> Conversion:
    """The same weights as another framework stores them.

    Args:
        weights: the source's tensors by name, arrays of NumPy or torch; or a torch module.
        source: the framework they are from, such as `torch`.
        target: the framework they are for, such as `keras`.
        cell: which cell they are of, where the source stores two alike.
        bidirectional: whether layers have two directions, where the source stores two layers alike.
        prefix: take the tensors whose names begin so, and leave the others out.
        head_tensor: the matrix of the head, where several could be it, or `none` to leave it out;
            it need not begin with the prefix.
        embedding_tensor: likewise that of the embedding.

    Returns:
        The tensors in the source's type of number, and notes on what is not said by them alone.

    Raises:
        ConfigurationError: they are no such network, or the target has no place for a value.
        UnsupportedError: the target has no such cell.

    >>> import numpy as np
    >>> from lstmcalc import LSTM
    >>> from lstmcalc.draw import draw_weights
    >>> from lstmcalc.conventions.libraries import TORCH
    >>> stored = pack(draw_weights(LSTM(28, 128)), tensors(LSTM(28, 128), TORCH))
    >>> found = convert(stored, "torch", "keras")
    >>> {name: array.shape for name, array in found.items()}["lstm/lstm_cell/kernel"]
    (28, 512)
    >>> found.notes
    ('the two biases of a gate are added up; which part was which is lost',)
    """
    origin, goal = find_convention(source), find_convention(target)
    held = _by_name(weights)
    arrays = _arrays(held, prefix, [head_tensor, embedding_tensor])
    shapes = {name: array.shape for name, array in arrays.items()}
    chosen = choose(head_tensor, embedding_tensor, shapes)
    found = recognise(shapes, origin, cell, bidirectional, chosen)
    network = _adopted(found.network, goal)
    if network.tie_weights:  # written for itself: it loads everywhere, tied or not
        network = replace(network, tie_weights=False, num_classes=network.vocab_size)
    given = {name: arrays[own] for name, own in found.names.items()}
    for tensor in found.tensors:
        part = PARTS.get(tensor.parts[0].param, "") if tensor.place is None else ""
        _check(found.names[tensor.name], given[tensor.name], part)
    own = unpack({n: a.astype(np.float64) for n, a in given.items()}, found.tensors)
    notes: dict[str, None] = {}
    recurrent = {}
    layout = tensors(network, goal)
    dtype = np.result_type(*given.values())
    with np.errstate(over="ignore"):  # what does not fit is told below
        for place, params in own.recurrent.items():
            old, new = found.network.layers[place[0]], network.layers[place[0]]
            recurrent[place], said = rebiased(params, old, new, goal)
            notes |= dict.fromkeys(said)
        stored = pack(replace(own, recurrent=recurrent), layout)
        rounded = {name: array.astype(dtype) for name, array in stored.items()}
    for name, array in rounded.items():
        if not np.isfinite(array).all():
            why = f"the sum of two biases does not fit {dtype}"
            wider = {"float16": "float32"}.get(dtype.name, "float64")
            remedy = f"convert the file to {wider} first" if dtype.name != wider else ""
            raise ConfigurationError(f"tensor {name}", why, remedy)
    modules = joined(found, origin)
    return Conversion(
        rounded,
        given,
        found.names,
        origin,
        goal,
        found.network,
        network,
        tuple(map(clean, (*notes, *untold_by_tensors(found, modules, origin, goal)))),
        modules,
        found.rest,
        tuple(name for name in held if name not in arrays),
    )


def _arrays(held: Mapping[str, Any], prefix: str, others: Sequence[object]) -> dict[str, Array]:
    """The tensors under a prefix, and those of the modules that the other names are of.

    Raises:
        ConfigurationError: the prefix is none, or there is no such tensor.
    """
    if not isinstance(prefix, str):
        raise ConfigurationError(f"prefix {plain(prefix)}", "it is no text", "such as 'encoder.'")
    arrays = {name: _array(name, value) for name, value in held.items() if name.startswith(prefix)}
    if prefix and not arrays:
        what = f"tensors {plain(prefix)}…"
        raise ConfigurationError(what, "there are none", f"it has {listed(held)}")
    modules = {module_of(name) for name in others if isinstance(name, str) and name in held}
    more = [name for name in held if name not in arrays and module_of(name) in modules]
    return arrays | {name: _array(name, held[name]) for name in more}


def _by_name(weights: object) -> Mapping[str, Any]:
    """Tensors by name: as they are, or those of a module.

    Raises:
        ConfigurationError: it is something else, or a name is no text.
    """
    held = weights
    if hasattr(weights, "state_dict") and not isinstance(weights, type):
        try:
            held = weights.state_dict()
        except Exception as error:  # a module of the user's may raise anything
            what = f"{type(weights).__name__} as weights"
            raise ConfigurationError(what, f"it gives none: {first_line(error)}") from None
    if not isinstance(held, Mapping) or not all(isinstance(name, str) for name in held):
        what = f"{type(weights).__name__} as weights"
        remedy = "give tensors by name, such as module.state_dict() or dict(numpy.load(file))"
        raise ConfigurationError(what, "it is none", remedy)
    return held


def _array(name: str, value: Any) -> Array:
    """A tensor of torch, or any array, in NumPy.

    Raises:
        ConfigurationError: it has no numbers: on meta, sparse, ragged.
    """
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            value = value.float() if "bfloat16" in str(value.dtype) else value
        return np.asarray(value)
    except Exception as error:  # a framework's array, or an object of the user's, may raise any
        raise ConfigurationError(
            f"tensor {name}", f"it cannot be read: {first_line(error)}"
        ) from None


def _check(name: str, array: Array, part: str) -> None:
    """Raise where a tensor of the network holds no real numbers of a type that frameworks store.

    `part` is the embedding or the head, if it is of one: that can be left out.

    Raises:
        ConfigurationError: it does.
    """
    without = f"leave it out with {argument(part)}={NONE}" if part else ""
    if array.dtype.kind != "f":
        why = f"it holds {array.dtype}, and weights are floating-point numbers"
        raise ConfigurationError(f"tensor {name}", why, without)
    if array.dtype.itemsize > DOUBLE.itemsize:
        why = f"it holds {array.dtype}, which no framework stores"
        raise ConfigurationError(f"tensor {name}", why, f"convert it with .astype('{DOUBLE}')")
    if not np.isfinite(array).all():
        raise ConfigurationError(f"tensor {name}", "it holds values that are not finite", without)


def _adopted(network: Network, target: Convention) -> Network:
    """The network with the target's biases; some have them always, and then they are 0.

    Raises:
        UnsupportedError: the target has no such cell, or has another function under its name.
    """
    for cell in dict.fromkeys(layer.cell.name for layer in network.layers):
        others = [other for other in BESIDE.get(cell, ()) if other in target.layouts]
        if cell not in target.layouts and others:
            why = f"{target.title} has {others[0]}, which computes something else"
            raise UnsupportedError(f"{cell} for {target.title}", why, "it cannot be carried over")
        target._replace(pattern=None).layout(cell)
    biased = network.with_bias("double") if target.always_biased else network
    return adopt(biased, target)


def rebiased(
    params: Mapping[str, Array], old: Layer, new: Layer, target: Convention
) -> tuple[dict[str, Array], list[str]]:
    """The parameters under the biases of `new`, and what is lost or made up on the way.

    Raises:
        ConfigurationError: a bias that is not 0 has no place.
    """
    had = {p.name: p for p in old.graph.params if p.role in BIAS_ROLES}
    kept = {p.name: p for p in new.graph.params if p.role in BIAS_ROLES}
    found = {name: array for name, array in params.items() if name not in had}
    zero = np.zeros(new.hidden_size)
    # every bias as that of the matrix on x or on h; the one bias of a gate as its first
    apart = {name.replace("b_", "b_x", 1) if p.role == "b" else name: params[name]
             for name, p in had.items()}  # fmt: skip
    placed: set[str] = set()
    notes = []
    for name, param in kept.items():
        if param.role == "b":
            pair = [f"b_x{param.gate}", f"b_h{param.gate}"]
            found[name] = sum((apart.get(one, zero) for one in pair), start=zero)
            placed.update(pair)
            if set(pair) <= apart.keys():
                notes.append("the two biases of a gate are added up; which part was which is lost")
        else:
            found[name] = apart.get(name, zero)
            placed.add(name)
            if name not in apart and apart:
                notes.append("the one bias of a gate becomes its first; the second is 0")
    lost = [name for name in apart if name not in placed and np.any(apart[name])]
    if lost:
        why = f"{target.title} has no place for it, and it is not 0"
        raise ConfigurationError(", ".join(lost), why, "it cannot be carried over")
    if apart.keys() - placed:
        notes.append(f"{', '.join(sorted(apart.keys() - placed))} is 0 and left out")
    return found, notes
