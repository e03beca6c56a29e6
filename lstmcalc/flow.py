"""Shapes as they flow: from x through every layer to the output, and what each part of it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmcalc.arguments import check_arguments
from lstmcalc.errors import ConfigurationError, SizeError, listed
from lstmcalc.given import as_network
from lstmcalc.network import HEAD_WORDS, Layer, Network
from lstmcalc.parts import Claim, claims
from lstmcalc.result import Result
from lstmcalc.run import NamedShape, Run, shapes_of
from lstmcalc.sizes import check_flag, check_list, check_size

if TYPE_CHECKING:
    from torch import nn

STEPS, SEQUENCES = 10, 3
"""Of a run where nothing else is said."""
LAYER_PARTS = READS, JOINED, GATES, PUTS_OUT = "reads", "joined", "gates", "puts out"
"""What there is inside of a layer, beside its states."""


@dataclass(frozen=True)
class Flowing:
    """One tensor on the way: what it is called, its shape in letters and numbers, what it holds.

    `layer` is the layer it is inside of; `part` is one of `LAYER_PARTS` there, else its name.
    """

    name: str
    letters: tuple[str, ...]
    shape: tuple[int, ...]
    words: str
    part: str
    layer: int | None = None


@dataclass(frozen=True, repr=False)
class Flow(Result):
    """The tensors of one run, what holds between them, and what to beware of.

    `lengths` are those of packed sequences, empty where none are packed.
    """

    network: Network
    run: Run
    lengths: tuple[int, ...]
    tensors: tuple[Flowing, ...]
    claims: tuple[Claim, ...]
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        ends = [tensor for tensor in self.tensors if tensor.layer is None]
        told = listed(f"{tensor.name} {tensor.shape}" for tensor in ends)
        return f"<Flow: {told}>"


@check_arguments()
def trace_shapes(
    network: Network | nn.Module,
    *,
    seq_len: int | None = None,
    batch_size: int | None = None,
    batch_first: bool | None = None,
    unbatched: bool = False,
    lengths: Sequence[int] = (),
    x: Sequence[int] = (),
) -> Flow:
    """Every shape from x to the output, in torch's order of dimensions.

    Args:
        network: with whole-number sizes, or a module of torch, which says it.
        seq_len: T, the number of steps; 10 when left out.
        batch_size: B, how many sequences run side by side; 3 when left out.
        batch_first: whether x and the output are (B, T, …) instead of (T, B, …); left out, as the
            network or the module was built.
        unbatched: whether x is a single sequence without a batch dimension.
        lengths: of sequences that are packed: B and T follow from them.
        x: the shape of an x (or of tokens) at hand: B, T and whether it is batched follow from it.

    Raises:
        LstmcalcError: the run is not possible, or torch would not take that x.

    >>> from lstmcalc import LSTM
    >>> flow = trace_shapes(LSTM(28, 128, bidirectional=True), batch_first=True)
    >>> print(flow.claims[0].left, flow.claims[0].right)
    output[:, -1, :128] h_n[-2]
    """
    network = as_network(network)
    batch_first = network.batch_first if batch_first is None else batch_first
    check_flag("unbatched", unbatched)
    x = check_list("x", x)
    sizes = tuple(check_size("length", length) for length in check_list("lengths", lengths))
    own = [words for words, given in (("x", x), ("lengths", sizes)) if given]
    others = {"seq_len": seq_len, "batch_size": batch_size, "unbatched": unbatched or None}
    said = [*own, *(name for name, value in others.items() if own and value is not None)]
    if len(said) > 1:
        why = f"the steps and the batch follow from {own[0]}"
        raise ConfigurationError(" and ".join(said), why, "leave the others out")
    if x:
        seq_len, batch_size, unbatched = _read_x(network, tuple(x), batch_first)
    if sizes:
        seq_len, batch_size = max(sizes), len(sizes)
    seq_len = STEPS if seq_len is None else seq_len
    if batch_size is None:
        batch_size = 1 if unbatched else SEQUENCES
    run = Run(seq_len, batch_size, batch_first, unbatched)
    return Flow(
        network,
        run,
        sizes,
        tuple(_tensors(network, run, sizes)),
        tuple(claims(network, run, sizes)),
        tuple(_warnings(network, run, tuple(x), sizes)),
    )


def _read_x(network: Network, x: tuple[int, ...], batch_first: bool) -> tuple[int, int, bool]:
    """Steps, sequences, and whether there is no batch dimension, as torch reads such an x."""
    sizes = tuple(check_size("x", size) for size in x)
    own = 0 if network.vocab_size is not None else 1
    said = f"{'x' if own else 'tokens'} of shape {sizes}"
    if len(sizes) not in (1 + own, 2 + own):
        wanted = "2 or 3 dimensions" if own else "1 or 2 dimensions"
        raise SizeError(said, f"torch takes {wanted}")
    if own and sizes[-1] != network.input_size:
        where = [i for i, size in enumerate(sizes) if size == network.input_size]
        remedy = (
            f"dimension {where[0]} is {network.input_size}: move it to the end" if where else ""
        )
        why = f"its last dimension must be the input size, {network.input_size}"
        raise SizeError(said, why, remedy)
    dims = sizes[:-1] if own else sizes
    if len(dims) == 1:
        return dims[0], 1, True
    return (dims[1], dims[0], False) if batch_first else (dims[0], dims[1], False)


def _warnings(
    network: Network, run: Run, x: tuple[int, ...], lengths: tuple[int, ...]
) -> Iterator[str]:
    own = () if network.vocab_size is not None else (network.input_size,)
    name = "x" if own else "tokens"
    if run.unbatched and x:
        yield (
            f"{name} of shape {x} is read as one unbatched sequence of "
            f"{run.seq_len} steps; if these are {run.seq_len} sequences, add the dimension of "
            f"steps: {name}[:, None]" + ("" if run.batch_first else ", and batch_first=True")
        )
    elif x:
        first, second = x[:2]
        read = ("the batch", "the steps") if run.batch_first else ("the steps", "the batch")
        other = "False" if run.batch_first else "True"
        yield (
            f"{first} is read as {read[0]} and {second} as {read[1]}; if it is the other way "
            f"round, batch_first={other}"
        )
    elif not run.unbatched:
        flat = (run.batch_size, *own)
        yield (
            f"{name} of shape {flat}, without steps, would be read as one unbatched "
            f"sequence of {run.batch_size} steps: no error, another result"
        )
    if len(set(lengths)) > 1 and network.num_classes is not None and network.head_on == "last":
        yield "a head on output's last step would read padding of the shorter ones: give it h_n"
    if list(lengths) != sorted(lengths, reverse=True):
        yield "these lengths do not fall: pack with enforce_sorted=False, or torch raises"
    if run.batch_first and not run.unbatched:
        yield "batch_first moves the batch of x and output alone: h_n and c_n keep it second"


def _tensors(network: Network, run: Run, lengths: tuple[int, ...]) -> Iterator[Flowing]:
    batch = [] if run.unbatched else [("B", run.batch_size)]
    time = [("T", run.seq_len)]
    sequence = batch + time if run.batch_first else time + batch
    ends = {item.name: item for item in shapes_of(network, run)}
    if "tokens" in ends:
        yield _given(ends["tokens"], "word numbers")
    yield _given(ends["x"], "the word's vectors" if "tokens" in ends else "what you give")
    rows = sequence
    if lengths:
        total = sum(lengths)
        rows = [("N", total)]
        yield _flowing("packed x", [*rows, ("I", network.input_size)], "N = sum of the lengths")
        yield _flowing("batch_sizes", time, "sequences left at each step")
    for index, layer in enumerate(network.layers):
        size = network.input_sizes[index]
        below = network.layers[index - 1] if index else None
        reads = ("I" if below is None else _features(below), size)
        yield from _layer(index, layer, reads, rows, batch)
    every = "its h, padded with 0" if lengths else "the last layer's h, every step"
    yield _given(ends["output"], every)
    for name, item in ends.items():
        if name.endswith("_n"):
            yield _given(item, _end_words(name, bool(lengths)))
    if "logits" in ends:
        yield _given(ends["logits"], f"the head's, on {HEAD_WORDS[network.head_on]}")


def _layer(
    index: int,
    layer: Layer,
    reads: tuple[str, int],
    rows: list[tuple[str, int]],
    batch: list[tuple[str, int]],
) -> Iterator[Flowing]:
    own, hidden, letter = layer.features, layer.hidden_size, layer.state_letter("h")
    yield _flowing(f"layer {index} reads", [*rows, reads], "x of this layer", READS, index)
    if layer.graph.concatenated:
        width = (f"{letter}+{reads[0]}", own + reads[1])
        yield _flowing("  [h(t−1), x(t)]", [*batch, width], "at each step", JOINED, index)
    number = len(layer.graph.gates)
    height = (f"{number}·H" if number > 1 else "H", number * hidden)
    yield _flowing("  all gates", [*batch, height], "at each step", GATES, index)
    for state in layer.graph.states:
        dims = [*batch, (layer.state_letter(state), layer.state_size(state))]
        yield _flowing(f"  {state}(t)", dims, "what the next step reads", state, index)
    words = "both directions side by side" if layer.bidirectional else "h(t) of every step"
    output = (_features(layer), layer.output_size)
    yield _flowing(f"layer {index} puts out", [*rows, output], words, PUTS_OUT, index)


def _features(layer: Layer) -> str:
    return "D·" * layer.bidirectional + layer.state_letter("h")


def _end_words(name: str, packed: bool) -> str:
    state = name.removesuffix("_n")[-1]
    return f"{state} after {'each own' if packed else 'the'} last step"


def _given(item: NamedShape, words: str) -> Flowing:
    return Flowing(item.name, item.letters, item.shape, words, item.name)


def _flowing(
    name: str, dims: list[tuple[str, int]], words: str, part: str = "", layer: int | None = None
) -> Flowing:
    letters, numbers = zip(*dims, strict=True)
    return Flowing(name, letters, numbers, words, part or name, layer)
