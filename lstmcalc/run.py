"""One forward run of a network, and the shape of everything that goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcalc.errors import ConfigurationError
from lstmcalc.memory import check_dtype
from lstmcalc.network import Network
from lstmcalc.sizes import check_flag, check_size


@dataclass(frozen=True)
class Run:
    """One forward run of a network: it decides the work and the shapes, never the parameters.

    Raises:
        LstmcalcError: a size or dtype that is none, or an unbatched run of several sequences.
    """

    seq_len: int = 10
    batch_size: int = 1
    batch_first: bool = False
    unbatched: bool = False
    dtype: str = "float32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "seq_len", check_size("number of steps", self.seq_len))
        object.__setattr__(self, "batch_size", check_size("batch size", self.batch_size))
        check_flag("batch_first", self.batch_first)
        check_flag("unbatched", self.unbatched)
        object.__setattr__(self, "dtype", check_dtype(self.dtype))
        if self.unbatched and self.batch_size > 1:
            raise ConfigurationError(
                f"an unbatched run with a batch of {self.batch_size}",
                "an unbatched x is a single sequence",
                "leave one of them out",
            )


@dataclass(frozen=True)
class NamedShape:
    """A tensor that goes in or comes out: its shape in letters and in numbers."""

    name: str
    letters: tuple[str, ...]
    shape: tuple[int, ...]


def shapes_of(network: Network, run: Run) -> tuple[NamedShape, ...]:
    """What goes in and comes out of the network in one run, in torch's order of dimensions."""
    time = [("T", run.seq_len)]
    batch = [] if run.unbatched else [("B", run.batch_size)]
    sequence = batch + time if run.batch_first else time + batch
    last = network.layers[-1]
    features = "D·" * last.bidirectional + last.state_letter("h")
    found = [_named("x", [*sequence, ("I", network.input_size)])]
    if network.vocab_size is not None:
        found.insert(0, _named("tokens", sequence))
    found.append(_named("output", [*sequence, (features, network.output_size)]))
    for state in dict.fromkeys(s for layer in network.layers for s in layer.graph.states):
        found += _states(network, state, batch)
    if network.num_classes is not None:
        steps = sequence if network.head_on == "every" else batch
        found.append(_named("logits", [*steps, ("C", network.num_classes)]))
    return tuple(found)


def _states(network: Network, state: str, batch: list[tuple[str, int]]) -> list[NamedShape]:
    """One state of the network, or of each layer's own module where layers differ."""
    if network.uniform:
        layer, depth = network.layers[0], len(network.layers)
        letters = "·".join(["L"] * (depth > 1) + ["D"] * (layer.directions > 1)) or "1"
        size = layer.state_size(state)
        first = (letters, depth * layer.directions)
        return [_named(f"{state}_n", [first, *batch, (layer.state_letter(state), size)])]
    found = []
    for index, layer in enumerate(network.layers):
        if state in layer.graph.states:
            first = ("D" if layer.bidirectional else "1", layer.directions)
            dims = [first, *batch, (layer.state_letter(state), layer.state_size(state))]
            found.append(_named(f"rnn.{index} {state}_n", dims))
    return found


def _named(name: str, dims: list[tuple[str, int]]) -> NamedShape:
    letters, numbers = zip(*dims, strict=True)
    return NamedShape(name, letters, numbers)
