"""The usual mistakes in how the parts of a module are put together, and what each would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lstmcalc.forward import Inputs, Outputs, Recording, Weights, record
from lstmcalc.network import Network
from lstmcalc.readings.values import Array

LENGTHS = (10, 16, 20, 24, 25, 28, 30, 32, 35, 40, 48, 50, 60, 64, 70, 80, 96, 100, 120, 128)
"""Steps after which sequences are often cut."""


class Mistake(NamedTuple):
    """What a module may do instead, and what it would give."""

    words: str
    outputs: Outputs


def mistakes(network: Network, weights: Weights, inputs: Inputs) -> Iterator[Mistake]:
    """Every usual mistake of a forward pass, and what it would give."""
    right = record(network, weights, inputs, np)
    yield from _functions(right)
    yield from _rows(network, right)
    for words, x in _inputs(network, inputs.x):
        run = record(network, weights, replace(inputs, x=x, states=_first(inputs, x)), np)
        yield Mistake(f"{words} would give", run.outputs)
    yield from _exchanged_axes(network, weights, inputs)
    yield from _states(network, weights, inputs)
    yield from _embedded(network, weights, inputs)


def _functions(right: Recording) -> Iterator[Mistake]:
    """A function after the last part."""
    outputs = right.outputs
    last = "output" if outputs.logits is None else "logits"
    for name, function in _FUNCTIONS.items():
        array = function(outputs.output if outputs.logits is None else outputs.logits)
        yield Mistake(f"{name} of the {last} is", replace(outputs, **{last: array}))


def _softmax(array: Array) -> Array:
    raised = np.exp(array - array.max(-1, keepdims=True))
    found: Array = raised / raised.sum(-1, keepdims=True)
    return found


_FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "the softmax": _softmax,
    "the softmax over the batch": lambda a: _softmax(a.swapaxes(0, -1)).swapaxes(0, -1),
    "the sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "the ReLU": lambda a: np.maximum(a, 0),
    "the tanh": np.tanh,
    "the negative": np.negative,
    "a half": lambda a: a / 2,
    "twice": lambda a: 2 * a,
}


def _rows(network: Network, right: Recording) -> Iterator[Mistake]:
    """What else the head may read, or a module without one may put out."""
    head = right.weights
    for words, rows in _sources(network, right):
        if right.outputs.logits is None or head.head_weight is None:
            if rows.ndim == right.outputs.output.ndim:
                yield Mistake(f"{words} is", replace(right.outputs, output=rows))
            continue
        if rows.ndim != right.outputs.logits.ndim or rows.shape[-1] != network.output_size:
            continue
        logits = rows @ head.head_weight.T + head.head_bias
        outputs = replace(right.outputs, logits=logits)
        yield Mistake(f"a head on {words} gives", outputs)
        for name, function in _FUNCTIONS.items():
            yield Mistake(
                f"{name} of a head on {words} is", replace(outputs, logits=function(logits))
            )


def _sources(network: Network, right: Recording) -> Iterator[tuple[str, Array]]:
    output = right.outputs.output
    top = len(network.layers) - 1
    width = network.layers[top].features
    graph = network.layers[top].graph
    sides = range(network.layers[top].directions)

    def ends(layer: int, state: str) -> Array:
        return np.concatenate([right.outputs.states[layer, d][state] for d in sides], -1)

    def states(layer: int, state: str) -> Array:
        node = network.layers[layer].graph.equations[state]
        tapes = [right.tapes[layer, d] for d in sides]
        return np.concatenate([np.stack([tape[node] for tape in way]) for way in tapes], -1)

    last, first = output[-1], output[0]
    yield "the last step", last
    yield "the last states", ends(top, "h")
    yield "the first step", first
    yield "the step before the last", output[-2] if len(output) > 1 else last
    yield "the mean of all steps", output.mean(0)
    yield "the largest of all steps (max pooling)", output.max(0)
    yield "the sum of all steps", output.sum(0)
    if "c" in graph.states:
        yield "c_n, the cell state, for h_n", ends(top, "c")
        yield "c, the cell state, for h", states(top, "c")
    for name in ("the ReLU", "the tanh", "twice", "a half"):
        for words, rows in (("the last step", last), ("every step", output)):
            yield f"{name} of {words}", _FUNCTIONS[name](rows)
    if len(sides) > 1:
        forward, reverse = output[..., :width], output[..., width:]
        for words, pair in (
            ("the two directions exchanged", (reverse, forward)),
            ("the forward direction twice", (forward, forward)),
            ("the reverse direction twice", (reverse, reverse)),
            ("the reverse direction not turned round", (forward, reverse[::-1])),
        ):
            joined = np.concatenate(pair, -1)
            yield words, joined
            yield f"{words}, last step", joined[-1]
        h = [right.outputs.states[top, d]["h"] for d in (1, 0)]
        yield "the last states of the two directions exchanged", np.concatenate(h, -1)
    for layer in range(top):
        if network.layers[layer].output_size == network.output_size:
            yield f"layer {layer}'s last state, h_n[{layer}]", ends(layer, "h")
            below = states(layer, "h")
            yield f"layer {layer}'s output", below
            yield f"layer {layer}'s last step", below[-1]
            yield f"layer {layer}'s output added to the last one's (a residual)", output + below
            yield f"layer {layer}'s last step added (a residual)", last + below[-1]
    yield "the output reversed in time", output[::-1]
    yield "the last sequence for the last step (is batch_first forgotten?)", output[:, -1]
    yield "only the last step of the first sequence", np.broadcast_to(last[:1], last.shape)


def _inputs(network: Network, x: Array) -> Iterator[tuple[str, Array]]:
    """What x may be turned into before it is read."""
    yield "x reversed in time", x[::-1].copy()
    for steps in LENGTHS:
        if steps < len(x):
            yield f"x cut after {steps} steps", x[:steps]
            yield f"the last {steps} steps of x", x[-steps:]
    if len(x) > 1:
        yield "x without its first step", x[1:]
        yield "x without its last step", x[:-1]
        yield "x shifted by one step", np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    yield "the first sequence alone", np.repeat(x[:, :1], x.shape[1], 1)
    if not network.vocab_size:
        yield "x times 2", 2 * x
        yield "x divided by 2", x / 2
        yield "the ReLU of x", np.maximum(x, 0)
        yield "x normalised", (x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True) + 1e-5)


def _first(inputs: Inputs, x: Array) -> dict[tuple[int, int], dict[str, Array]]:
    """First states of zeros for as many sequences as x has."""
    return {
        place: {name: np.zeros((x.shape[1], state.shape[1])) for name, state in states.items()}
        for place, states in inputs.states.items()
    }


def _exchanged_axes(network: Network, weights: Weights, inputs: Inputs) -> Iterator[Mistake]:
    """Steps taken for sequences: x is (B, T, …) to the program and (T, B, …) to the module."""
    x = inputs.x.swapaxes(0, 1)
    run = record(replace(network, num_classes=None, tie_weights=False, head_on="last"),
                 replace(weights, head_weight=None, head_bias=None),
                 replace(inputs, x=x, states=_first(inputs, x)), np)  # fmt: skip
    output = run.outputs.output
    words = "the layout forgotten gives: steps are taken for sequences (set batch_first)"
    if weights.head_weight is None or weights.head_bias is None:
        yield Mistake(words, replace(run.outputs, output=output.swapaxes(0, 1)))
        return
    rows = [output.swapaxes(0, 1)] if network.head_on == "every" else [output[:, -1], output[-1]]
    top = len(network.layers) - 1
    if network.head_on != "every":
        sides = range(network.layers[top].directions)
        rows.append(np.concatenate([run.outputs.states[top, d]["h"] for d in sides], -1))
    for each in rows:
        logits = each @ weights.head_weight.T + weights.head_bias
        yield Mistake(words, replace(run.outputs, logits=logits))


def _states(network: Network, weights: Weights, inputs: Inputs) -> Iterator[Mistake]:
    ones = {
        place: {name: np.ones_like(state) for name, state in states.items()}
        for place, states in inputs.states.items()
    }
    outputs = record(network, weights, replace(inputs, states=ones), np).outputs
    yield Mistake("first states of 1 give", outputs)
    again = record(network, weights, replace(inputs, states=_ends(network, weights, inputs)), np)
    yield Mistake("first states kept from the call before give", again.outputs)


def _ends(network: Network, weights: Weights, inputs: Inputs) -> Mapping:  # type: ignore[type-arg]
    return record(network, weights, inputs, np).outputs.states


def _embedded(network: Network, weights: Weights, inputs: Inputs) -> Iterator[Mistake]:
    """What may be done to the words' vectors."""
    table = weights.embedding
    if table is None:
        return
    zeroed = table.copy()
    zeroed[0] = 0
    for words, changed in (
        ("the embedding's row 0 set to 0 gives", zeroed),
        ("words' vectors times the root of their length give", table * np.sqrt(table.shape[1])),
        ("the ReLU of words' vectors gives", np.maximum(table, 0)),
        ("the tanh of words' vectors gives", np.tanh(table)),
        ("words' vectors of length 1 give", table / np.linalg.norm(table, axis=1)[:, None]),
    ):
        yield Mistake(
            words, record(network, replace(weights, embedding=changed), inputs, np).outputs
        )
