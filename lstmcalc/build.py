"""A network from arguments in torch's words, each of them checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Real
from typing import Any

from lstmcalc.arguments import check_arguments
from lstmcalc.cells import Cell, find_cell
from lstmcalc.errors import ConfigurationError, SizeError, UnknownNameError, plain
from lstmcalc.memory import check_dtype
from lstmcalc.network import MOST_LAYERS, HeadOn, Layer, Network
from lstmcalc.sizes import Size, check_optional, check_size
from lstmcalc.tracing import Bias

_DEVICE = re.compile(
    "(cpu|cuda|fpga|hip|hpu|ideep|ipu|lazy|maia|meta|mkldnn|mps|mtia|opencl|opengl|privateuseone|ve|"
    r"vulkan|xla|xpu)(:\d+)?"
)
"""What torch.device takes."""


@check_arguments()
def build_network(
    input_size: Size,
    hidden_size: Size | Sequence[Size],
    num_layers: int = 1,
    *,
    cell: str | Cell = "lstm",
    bias: Bias | bool = "double",
    batch_first: bool = False,
    dropout: float = 0.0,
    bidirectional: bool = False,
    proj_size: Size | None = None,
    device: object = None,
    dtype: object = None,
    vocab_size: Size | None = None,
    tie_weights: bool = False,
    num_classes: Size | None = None,
    head_on: HeadOn = "last",
) -> Network:
    """A network of layers of one kind, in torch's words.

    Args:
        input_size: features of x at each step, or the embedding's vector length.
        hidden_size: units of every layer, or a list with one size for each layer.
        num_layers: how many layers of that size; leave it at 1 when `hidden_size` is a list.
        cell: the name of a cell (see `lstmcalc.cells.CELLS`) or another word for one, or a `Cell`.
        bias: `double` (or True) as torch, `single` as Keras and Flax, `input` as Flax nnx's GRU
            (on what reads x alone), `none` (or False).
        batch_first: whether x and the output are (B, T, …), for the shapes of a run; it changes no
            count.
        dropout: the share of a layer's output that training drops, from 0 to 1; it changes nothing
            that is computed here.
        bidirectional: a second set of weights reads the sequence from its end.
        proj_size: project h down to this size (LSTMs only); 0 and None mean no projection.
        device: where torch would put the module; it changes nothing that is computed here.
        dtype: the type of the weights, by name or as torch has it, for their bytes; None is
            float32.
        vocab_size: put an embedding of that many words before the first layer; 0 and None mean
            none.
        tie_weights: let the head reuse the embedding's matrix.
        num_classes: put a linear head of that many outputs after the last layer; 0 and None mean
            none.
        head_on: apply the head to the `last` step, to `every` step, or to the last `states`, which
            are another thing where there are two directions.

    Raises:
        LstmcalcError: any size, name or combination that makes no network.

    >>> network = build_network(28, [64, 32], bidirectional=True)
    >>> network.input_sizes, network.output_size
    ((28, 128), 64)
    """
    sizes = hidden_size if isinstance(hidden_size, list | tuple) else [hidden_size]
    depth = check_size("number of layers", num_layers)
    if not isinstance(depth, int):
        raise SizeError("an array or a symbol of layers", "a network has one number of them")
    if depth > 1 and len(sizes) > 1:
        raise ConfigurationError(
            f"{depth} layers with {len(sizes)} hidden sizes",
            "a list of sizes already says how many layers there are",
            "give one size, or leave the number of layers out",
        )
    if depth > MOST_LAYERS:
        raise SizeError(f"{depth} layers", f"a network has at most {MOST_LAYERS:,}")
    if isinstance(bias, bool):
        bias = "double" if bias else "none"
    _check_dropout(dropout)
    _check_device(device)
    number_type = "float32" if dtype is None else check_dtype(dtype)
    proj_size = check_optional("projection size", proj_size)
    kind = find_cell(cell, proj_size is not None)
    layers = tuple(Layer(kind, size, proj_size, bidirectional, bias) for size in sizes) * depth
    return Network(
        input_size, layers, vocab_size, tie_weights, num_classes, head_on, batch_first, number_type
    )


def _check_dropout(value: Any) -> None:
    """Raise unless it is what torch takes.

    Raises:
        SizeError: it is no number from 0 to 1.
    """
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not (number and 0 <= value <= 1):
        why = "it is the share of numbers that are dropped, from 0 to 1"
        raise SizeError(f"dropout {plain(value)}", why)


def _check_device(value: object) -> None:
    """Raise unless it can be a device of torch, which need not be there: nothing is put on it.

    Raises:
        UnknownNameError: it cannot.
    """
    text = value if isinstance(value, str) else getattr(value, "type", None)
    number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not (value is None or number or (isinstance(text, str) and _DEVICE.fullmatch(text))):
        raise UnknownNameError("device", value, ("cpu", "cuda", "cuda:0", "mps", "meta"))
