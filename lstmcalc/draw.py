"""Random weights and inputs from a seed: the usual initialisations, and the same run every time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcalc.errors import ConfigurationError, SizeError, check_name, plain
from lstmcalc.forward import Inputs, Weights
from lstmcalc.network import Layer, Network, Place
from lstmcalc.readings.shapes import shape
from lstmcalc.readings.values import Array
from lstmcalc.sizes import Size
from lstmcalc.totals import embedding_shapes, head_shapes
from lstmcalc.tracing import BIAS_ROLES

REAL: tuple[Any, ...] = (int, float, np.integer, np.floating)
MOST = 1e300
LARGEST_SEED = 2**63 - 1
"""Of torch's generator."""
Params = dict[str, Array]
Generator = np.random.Generator


@dataclass(frozen=True)
class Start:
    """How weights begin: an initialisation by name, and the forget gate's bias if it is set.

    `forget_bias` is the sum of all biases of the gate f: the usual trick sets it to 1 or 2.
    """

    init: str = "default"
    forget_bias: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.init, str) or scale_of(self.init) is None:
            check_name("initialisation", self.init, [*INITS, "x3"])
        bias = self.forget_bias
        if bias is not None and not (isinstance(bias, REAL) and -MOST <= bias <= MOST):
            raise SizeError(f"forget bias {plain(bias)}", "it is a number such as 1 or 0.5")

    @property
    def words(self) -> str:
        """What it is, in a few words.

        >>> Start("orthogonal", 1).words
        'orthogonal, forget bias 1'
        """
        bias = None if self.forget_bias is None else f"forget bias {self.forget_bias:g}"
        own = f"W_h {self.init}" if scale_of(self.init) is not None else self.init
        if bias and self.init == "default":
            return bias
        return f"{own}, {bias}" if bias else own


def scale_of(init: str) -> float | None:
    """The factor of an initialisation such as `x3`: the default with W_h three times as large."""
    match = re.fullmatch(r"[x×](\d+(?:\.\d+)?|\.\d+)", init)
    return float(match[1]) if match else None


def draw_weights(
    network: Network, seed: int = 0, start: Start | None = None, seq_len: int = 200
) -> Weights:
    """Weights for every part of a network, in float64.

    Args:
        network: with whole-number sizes.
        seed: the same seed gives the same weights.
        start: how they begin; as torch does when it is left out.
        seq_len: the steps that `chrono` makes ready for.

    Raises:
        ConfigurationError: a forget bias for a cell that has no forget gate, or no biases.
    """
    start = start or Start()
    if start.forget_bias is not None or start.init == "chrono":
        _check_gate(network, "f")
    rng = np.random.default_rng(check_seed(seed))
    recurrent: dict[Place, Params] = {}
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        for direction in range(layer.directions):
            params = _draw(layer, size, rng)
            scale = scale_of(start.init)
            if scale is not None:
                for name in _matrices(layer, "W_h"):
                    params[name] = params[name] * scale
            else:
                INITS[start.init](layer, params, rng, seq_len)
            if start.forget_bias is not None:
                _set_bias(layer, params, "f", start.forget_bias)
            recurrent[index, direction] = params
    embedding = head = bias = None
    if network.vocab_size is not None:
        embedding = rng.standard_normal(embedding_shapes(network)["weight"])
    if network.num_classes is not None:
        shapes = head_shapes(network)
        bound = 1 / np.sqrt(network.output_size)
        bias = rng.uniform(-bound, bound, shapes["bias"])
        tied = network.tie_weights
        head = embedding if tied else rng.uniform(-bound, bound, shapes["weight"])
    source = f"drawn ({start.words}) from seed {seed}"
    return Weights(recurrent, embedding, head, bias, source)


def check_seed(seed: int) -> int:
    """The seed, if it is one.

    Raises:
        SizeError: it is no whole number from 0 to `LARGEST_SEED`.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise SizeError(f"seed {plain(seed)}", "a seed is a whole number from 0 to 2**63 - 1")
    return seed


def random_inputs(seed: int) -> Generator:
    """The random numbers of x and the loss: others than those of the weights."""
    return np.random.default_rng([check_seed(seed), 1])


def check_weights(network: Network, weights: object) -> None:
    """Raise where the arrays are not those of the network.

    Raises:
        ConfigurationError: they are no `Weights`.
        SizeError: one is missing, or of another shape.
    """
    if not isinstance(weights, Weights):
        remedy = "make them with read_weights(file or state_dict, network)"
        raise ConfigurationError(f"{type(weights).__name__} as weights", "it is none", remedy)
    held: dict[str, tuple[Size, Array]] = {}
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        for direction in range(layer.directions):
            own = weights.recurrent.get((index, direction), {})
            for param in layer.graph.params:
                name = f"{param.name} of layer {index}{' reverse' * direction}"
                held[name] = shape(param, layer.sizes(size)), own.get(param.name)
    for part, shapes, arrays in (
        ("embedding", embedding_shapes(network), {"weight": weights.embedding}),
        ("head", head_shapes(network), {"weight": weights.head_weight, "bias": weights.head_bias}),
    ):
        held |= {f"{part}.{name}": (shapes[name], arrays[name]) for name in shapes}
    places = {(i, d) for i, layer in enumerate(network.layers) for d in range(layer.directions)}
    if more := set(weights.recurrent) - places:
        what = f"weights of {len(weights.recurrent)} layers and directions"
        raise SizeError(what, f"the network has {len(weights.recurrent) - len(more)}")
    for name, (wanted, array) in held.items():
        if array is None or array.shape != wanted:
            there = "none is given" if array is None else f"the one given is {array.shape}"
            raise SizeError(f"weights, {name}", f"the network's is {wanted}, and {there}")


def draw_inputs(
    network: Network, seq_len: int, batch_size: int, rng: Generator, reach: float = 0.0
) -> Inputs:
    """Random x (or tokens) and first states, uniform within ±`reach`."""
    x: Array = rng.standard_normal((seq_len, batch_size, network.input_size))
    if network.vocab_size is not None:
        x = rng.integers(0, network.vocab_size, (seq_len, batch_size))
        x[0, 0], x[-1, -1] = 0, network.vocab_size - 1  # the ends, where indices go wrong
    return Inputs(x, first_states(network, batch_size, rng, reach))


def first_states(
    network: Network, batch_size: int, rng: Generator, reach: float = 0.0
) -> dict[Place, dict[str, Array]]:
    """Every first state, uniform within ±`reach`; zeros without one."""
    return {
        (index, direction): {
            state: rng.uniform(-reach, reach, (batch_size, layer.state_size(state)))
            for state in layer.graph.states
        }
        for index, layer in enumerate(network.layers)
        for direction in range(layer.directions)
    }


def _draw(layer: Layer, input_size: int, rng: Generator) -> Params:
    """Every parameter uniform within ±1/√H, as torch does."""
    bound = 1 / np.sqrt(layer.hidden_size)
    sizes = layer.sizes(input_size)
    return {p.name: rng.uniform(-bound, bound, shape(p, sizes)) for p in layer.graph.params}


def _matrices(layer: Layer, *roles: str) -> list[str]:
    return [param.name for param in layer.graph.params if param.role in roles]


def biases_of(layer: Layer, gate: str) -> list[str]:
    """The names of a gate's biases; none where it has none, or where there is no such gate."""
    params = layer.graph.params
    return [p.name for p in params if p.gate == gate and p.role in BIAS_ROLES]


def _check_gate(network: Network, gate: str) -> None:
    """Raise where no layer has a gate with a bias.

    Raises:
        ConfigurationError: none has.
    """
    if not any(biases_of(layer, gate) for layer in network.layers):
        layer = network.layers[0]
        what = f"a bias of gate {gate} in the {layer.cell.title}"
        why = "it has no biases" if gate in layer.graph.gates else "it has no such gate"
        raise ConfigurationError(what, why, "use an LSTM with biases")


def _set_bias(layer: Layer, params: Params, gate: str, value: float | Array) -> None:
    """Give a gate's first bias the value, and 0 to its second; a layer without biases stays."""
    names = biases_of(layer, gate)
    for name in names:
        params[name] = np.zeros_like(params[name])
    for name in names[:1]:
        params[name] = params[name] + value


def _default(layer: Layer, params: Params, rng: Generator, seq_len: int) -> None:
    """As it was drawn."""


def _orthogonal(layer: Layer, params: Params, rng: Generator, seq_len: int) -> None:
    for name in _matrices(layer, "W_h"):
        rows, columns = params[name].shape
        tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
        basis, triangle = np.linalg.qr(tall)
        basis = basis * np.sign(np.diag(triangle))  # makes it uniform over all of them
        params[name] = basis if rows >= columns else basis.T


def _xavier(layer: Layer, params: Params, rng: Generator, seq_len: int) -> None:
    for name in _matrices(layer, "W_x", "W_h", "W_r"):
        bound = np.sqrt(6 / sum(params[name].shape))
        params[name] = rng.uniform(-bound, bound, params[name].shape)
    for name in _matrices(layer, *BIAS_ROLES):
        params[name] = np.zeros_like(params[name])


def _identity(layer: Layer, params: Params, rng: Generator, seq_len: int) -> None:
    for name in _matrices(layer, "W_h"):
        params[name] = np.eye(*params[name].shape)
    for name in _matrices(layer, *BIAS_ROLES):
        params[name] = np.zeros_like(params[name])


def _chrono(layer: Layer, params: Params, rng: Generator, seq_len: int) -> None:
    reach = np.log(rng.uniform(1, max(seq_len - 1, 1), layer.hidden_size))
    _set_bias(layer, params, "f", reach)
    _set_bias(layer, params, "i", -reach)


INITS: Mapping[str, Callable[[Layer, Params, Generator, int], None]] = {
    "default": _default,
    "orthogonal": _orthogonal,
    "xavier": _xavier,
    "identity": _identity,
    "chrono": _chrono,
}
"""torch's default (uniform in ±1/√H); Saxe et al. 2014; Glorot & Bengio 2010 with zero biases; Le,
Jaitly & Hinton 2015; Tallec & Ollivier 2018 (b_f = log u, u uniform in 1 … T−1, b_i = −b_f)."""
