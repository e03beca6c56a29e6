"""What the parts of a network add up to: its parameters and its work, in any kind of size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from lstmcalc.arguments import check_arguments
from lstmcalc.errors import CountOverflowError, SizeError
from lstmcalc.given import as_network
from lstmcalc.head import HEAD, HEAD_NAMES
from lstmcalc.network import Layer, Network
from lstmcalc.readings.costs import Work, work
from lstmcalc.readings.shapes import Shape, count, shape
from lstmcalc.sizes import Size, check_size, is_array, is_symbol

if TYPE_CHECKING:
    from torch import nn


def layer_parameters(layer: Layer, input_size: Size) -> Size:
    """All parameters of one layer, both directions."""
    return layer.directions * count(layer.graph.params, layer.sizes(input_size))


def layer_work(layer: Layer, input_size: Size) -> Work:
    """The work of one step of one layer for one sample, both directions."""
    return work(layer.graph, layer.sizes(input_size)) * layer.directions


def embedding_shapes(network: Network) -> dict[str, Shape]:
    """The embedding's parameters, by torch's names; none without an embedding."""
    return (
        {} if network.vocab_size is None else {"weight": (network.vocab_size, network.input_size)}
    )


def head_shapes(network: Network) -> dict[str, Shape]:
    """The linear head's parameters, by torch's names; a tied matrix is the embedding's."""
    if network.num_classes is None:
        return {}
    sizes = head_sizes(network)
    shapes = {HEAD_NAMES[param.name]: shape(param, sizes) for param in HEAD.params}
    return {"bias": shapes["bias"]} if network.tie_weights else shapes


def _numbers(shapes: dict[str, Shape]) -> Size:
    return sum(prod(shape) for shape in shapes.values())


def embedding_parameters(network: Network) -> Size:
    """The embedding's parameters: V·I, or 0."""
    return _numbers(embedding_shapes(network))


def head_parameters(network: Network) -> Size:
    """The head's parameters: C·D·R + C, only C where the matrix is tied, or 0."""
    return _numbers(head_shapes(network))


def head_work(network: Network) -> Work:
    """The work of applying the head once to one sample."""
    if network.num_classes is None:
        return Work()
    return work(HEAD, head_sizes(network))


def head_sizes(network: Network) -> dict[str, Size]:
    """The sizes behind the letters of the head's equation."""
    return {"C": network.num_classes, "R": network.output_size}


def recurrent_parameters(network: Network) -> Size:
    """The parameters of all recurrent layers."""
    return sum(times * layer_parameters(layer, size) for layer, size, times in network.groups)


def step_work(network: Network) -> Work:
    """The work of all recurrent layers at one step for one sample, without the head."""
    works = (layer_work(layer, size) * times for layer, size, times in network.groups)
    return sum(works, Work())


def run_work(network: Network, seq_len: Size, batch_size: Size = 1) -> Work:
    """The work of a whole forward pass: every step, and the head where it is applied.

    An embedding is a look-up: it multiplies nothing.
    """
    return repeat_work(network, step_work(network), head_work(network), seq_len, batch_size)


def layer_backward_work(
    layer: Layer, input_size: Size, asks_x: bool = True, first: bool = False
) -> Work:
    """The work of one step of a layer's backward pass for one sample, both directions.

    Layer 0 asks for no gradient of x, unless an embedding is below it; the step that ran first for
    none of the states before it.
    """
    from lstmcalc.adjoint import adjoint

    asked = ("x",) * asks_x + (() if first else layer.graph.states)
    return work(adjoint(layer.graph, asked), layer.sizes(input_size)) * layer.directions


def head_backward_work(network: Network) -> Work:
    """The work of the head's backward pass, once for one sample."""
    from lstmcalc.adjoint import adjoint

    return Work() if network.num_classes is None else work(adjoint(HEAD), head_sizes(network))


def backward_work(network: Network, seq_len: Size, batch_size: Size = 1) -> Work:
    """The work of a whole backward pass to every weight, from a loss on the head or the output.

    As frameworks do it: through all steps, also where the loss reads the last one alone.
    """
    total = Work()
    asks_x = network.vocab_size is not None
    for layer, size, times in network.groups:
        step = layer_backward_work(layer, size, asks_x)
        first = layer_backward_work(layer, size, asks_x, first=True)
        total += (step * (seq_len - 1) + first) * times
        asks_x = True
    one: Work = total + head_backward_work(network) * head_steps(network, seq_len)
    every: Work = one * batch_size
    return every


def head_steps(network: Network, seq_len: Size) -> Size:
    """How many steps the head is applied to."""
    return seq_len if network.head_on == "every" else 1


def repeat_work(network: Network, step: Work, head: Work, seq_len: Size, batch_size: Size) -> Work:
    """The work of a run, from that of one step and of the head applied once."""
    one: Work = step * seq_len + head * head_steps(network, seq_len)
    every: Work = one * batch_size
    return every


@check_arguments()
def count_parameters(network: Network | nn.Module) -> Size:
    """All parameters: an int, or an array or a SymPy polynomial where the sizes are such.

    Args:
        network: a network, or a module of torch, which says it.

    Raises:
        CountOverflowError: the count may not fit the integer type of the arrays.

    >>> from lstmcalc import LSTM
    >>> count_parameters(LSTM(28, 128, num_classes=10))
    82186
    """
    return _fitting(_parameters, as_network(network))


@check_arguments()
def count_macs(network: Network | nn.Module, seq_len: Size = 1, batch_size: Size = 1) -> Size:
    """Multiply-accumulates of a forward pass; FLOPs are twice as many.

    Args:
        network: a network, or a module of torch, which says it.
        seq_len: T, the number of steps.
        batch_size: B, how many sequences run side by side.

    Raises:
        CountOverflowError: the count may not fit the integer type of the arrays.

    >>> from lstmcalc import LSTM
    >>> count_macs(LSTM(28, 128), seq_len=10)
    798720
    """
    steps = check_size("number of steps", seq_len)
    batch = check_size("batch size", batch_size)
    return _fitting(lambda *args: run_work(*args).macs, as_network(network), steps, batch)


def _parameters(network: Network) -> Size:
    return embedding_parameters(network) + recurrent_parameters(network) + head_parameters(network)


def _fitting(total: Callable[..., Size], network: Network, *sizes: Size) -> Size:
    """The total, after making sure that it fits where sizes are arrays, which wrap in silence.

    Counts grow with every size, so that the exact total of the largest sizes bounds them all, and
    every step on the way to them.
    """
    arrays = [size for size in (*network.sizes, *sizes) if is_array(size)]
    if arrays:
        import numpy as np

        try:
            np.broadcast_shapes(*(size.shape for size in arrays))
        except ValueError:
            shapes = " and ".join(str(size.shape) for size in arrays)
            remedy = "give them shapes that NumPy can broadcast"
            raise SizeError(f"arrays of {shapes}", "they do not go together", remedy) from None

        def largest(size: Size) -> Size:
            return int(size.max()) if is_array(size) else size

        dtype = np.result_type(*arrays)
        if dtype.kind not in "iu":
            kinds = " and ".join(sorted({str(size.dtype) for size in arrays}))
            remedy = "convert the sizes with .astype('int64')"
            raise CountOverflowError(
                f"arrays of {kinds}", "they have no common integer type", remedy
            )
        if any(map(is_symbol, (*network.sizes, *sizes))):
            raise SizeError("arrays and symbols", "they do not go together", "use one of them")
        if not all(size.size for size in arrays):
            return _widen(_empty(total, network, sizes), dtype)
        bound = total(network.map_sizes(largest), *map(largest, sizes))
        if bound > np.iinfo(dtype).max:
            remedy = "convert the sizes with .astype('int64')"
            if bound > np.iinfo(np.int64).max:
                remedy = "count these sizes one by one, as Python integers"
            why = f"the largest sizes together give {bound:,}, which these cannot hold"
            raise CountOverflowError(f"a count in arrays of {dtype}", why, remedy)
        # a product of two small arrays would wrap before it meets a larger one
        wide = partial(_widen, dtype=dtype)
        return total(network.map_sizes(wide), *map(wide, sizes))
    return total(network, *sizes)


def _empty(total: Callable[..., Size], network: Network, sizes: tuple[Size, ...]) -> Size:
    """The total where an array is empty: of no number, but in the shape that the arrays have.

    Sizes that are no arrays meet it on the way, and the narrow type of an array may not hold them.
    """
    wide = partial(_widen, dtype="int64")
    try:
        return total(network.map_sizes(wide), *map(wide, sizes))
    except OverflowError:
        remedy = "leave the empty array out"
        raise CountOverflowError(
            "a count in arrays of int64", "the other sizes are too large", remedy
        ) from None


def _widen(size: Size, dtype: Any) -> Size:
    return size.astype(dtype) if is_array(size) else size
