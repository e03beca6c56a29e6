"""ONNX: the network as a graph of its operators, run by ONNX Runtime, in float32.

ONNX names no tensor: the operators' inputs have letters (W, R, B, P), and it is these that the
initialisers here are called by.
Source: the ONNX operators LSTM, GRU and RNN, version 14.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from lstmcalc.errors import UnsupportedError
from lstmcalc.forward import Inputs, Outputs
from lstmcalc.network import Layer, Network, Place
from lstmcalc.oracles.peer import IN_SINGLE, Ran, Shapes, check_network, check_stored
from lstmcalc.readings.values import Array

CONVENTION = "onnx"
FRAMEWORK = f"onnxruntime {onnxruntime.__version__}"

_OPSET, _IR = 17, 8
"""Those of ONNX 1.12: every runtime of today reads them."""


class _Operator(NamedTuple):
    """An operator, how many gates it stacks, the functions of one direction, its attributes."""

    name: str
    gates: int
    activations: tuple[str, ...]
    attributes: Mapping[str, Any]


_OPERATORS: Mapping[str, _Operator] = {
    "rnn": _Operator("RNN", 1, ("Tanh",), {}),
    "rnn_relu": _Operator("RNN", 1, ("Relu",), {}),
    "gru": _Operator("GRU", 3, ("Sigmoid", "Tanh"), {"linear_before_reset": 1}),
    "gru_reset_before": _Operator("GRU", 3, ("Sigmoid", "Tanh"), {"linear_before_reset": 0}),
    "lstm": _Operator("LSTM", 4, ("Sigmoid", "Tanh", "Tanh"), {}),
    "lstm_peephole": _Operator("LSTM", 4, ("Sigmoid", "Tanh", "Tanh"), {}),
    # The forget gate's tensors stay, and are not read.
    "lstm_coupled": _Operator("LSTM", 4, ("Sigmoid", "Tanh", "Tanh"), {"input_forget": 1}),
}


def run(
    network: Network,
    stored: Mapping[str, Array],
    inputs: Inputs,
    batch_first: bool | None = None,
) -> Ran:
    """Build, load and run the network; see `Peer`."""
    check_network(CONVENTION, network, ties=True)
    if batch_first:
        raise UnsupportedError("ONNX with the sequences first", "ONNX Runtime refuses layout=1")
    check_stored("ONNX", tensors(network), stored)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings are of how it makes the graph faster
    session = onnxruntime.InferenceSession(
        _model(network, stored).SerializeToString(), options, ["CPUExecutionProvider"]
    )
    # Initialisers that are inputs too are those whose shapes the session tells.
    shapes = {held.name: tuple(held.shape) for held in session.get_overridable_initializers()}
    names = [output.name for output in session.get_outputs()]
    feeds = _feeds(network, inputs)
    found = dict(zip(names, session.run(names, feeds), strict=True))
    states = {
        (index, direction): {
            state: found[f"layer{index}/Y_{state}"][direction] for state in layer.graph.states
        }
        for index, layer in enumerate(network.layers)
        for direction in range(layer.directions)
    }
    outputs = Outputs(found["output"], states, found.get("logits"))
    total = sum(map(prod, shapes.values()))
    handed, layers = _handed(network, feeds, found)
    return Ran(FRAMEWORK, IN_SINGLE, shapes, total, outputs, handed, layers)


def _handed(
    network: Network, feeds: Mapping[str, Array], outputs: Mapping[str, Array]
) -> tuple[dict[str, Array], list[tuple[Array, Array]]]:
    """What the operators were given and gave by their own names, and the X and Y of each."""
    last = len(network.layers) - 1

    def named(operator_name: str) -> str:
        layer, _, name = operator_name.partition("/")
        return f"layer {layer.removeprefix('layer')} {name}" if last else name

    x = feeds["x"] if "x" in feeds else outputs["x"]
    handed = {"tokens": feeds["tokens"]} if "tokens" in feeds else {}
    handed |= {"X": x}
    handed |= {named(name): array for name, array in feeds.items() if "/" in name}
    handed["Y"] = outputs[f"layer{last}/Y"]
    handed |= {named(name): array for name, array in outputs.items() if "/Y_" in name}
    handed |= {"logits": outputs["logits"]} if "logits" in outputs else {}
    read = [x, *(outputs[f"layer{index}/output"] for index in range(last))]
    return handed, [(x, outputs[f"layer{index}/Y"]) for index, x in enumerate(read)]


def tensors(network: Network) -> Shapes:
    """The shapes of every initialiser, as the operators' documentation has them."""
    shapes: dict[str, tuple[int, ...]] = {}
    if network.vocab_size is not None:
        shapes["embedding/weight"] = (network.vocab_size, network.input_size)
    for index, (layer, size) in enumerate(zip(network.layers, network.input_sizes, strict=True)):
        directions, hidden = layer.directions, layer.hidden_size
        rows = _OPERATORS[layer.cell.name].gates * hidden
        shapes[f"layer{index}/W"] = (directions, rows, size)
        shapes[f"layer{index}/R"] = (directions, rows, hidden)
        if layer.bias != "none":
            shapes[f"layer{index}/B"] = (directions, 2 * rows)
        if layer.cell.name == "lstm_peephole":
            shapes[f"layer{index}/P"] = (directions, 3 * hidden)
    if network.num_classes is not None:
        if not network.tie_weights:
            shapes["head/weight"] = (network.num_classes, network.output_size)
        shapes["head/bias"] = (network.num_classes,)
    return shapes


def _model(network: Network, stored: Mapping[str, Array]) -> onnx.ModelProto:
    """The graph, from x and every first state to the output, every last state and any logits."""
    held = [
        numpy_helper.from_array(np.asarray(array, np.float32), name)
        for name, array in stored.items()
    ]
    given = [_value(tensor.name, tuple(tensor.dims)) for tensor in held]
    nodes: list[Any] = []
    put_out = [_value("output", ("T", "B", network.output_size))]
    x = "x"
    if network.vocab_size is None:
        given.append(_value("x", ("T", "B", network.input_size)))
    else:
        given.append(_value("tokens", ("T", "B"), TensorProto.INT64))
        nodes.append(helper.make_node("Gather", ["embedding/weight", "tokens"], ["x"], axis=0))
        put_out.append(_value("x", ("T", "B", network.input_size)))
    for index, layer in enumerate(network.layers):
        above = "output" if index == len(network.layers) - 1 else f"layer{index}/output"
        nodes += _layer(layer, f"layer{index}", x, above)
        size = (layer.directions, "B", layer.hidden_size)
        given += [_value(f"layer{index}/initial_{state}", size) for state in layer.graph.states]
        every = ("T", layer.directions, "B", layer.hidden_size)
        put_out.append(_value(f"layer{index}/Y", every))
        put_out += [_value(f"layer{index}/Y_{state}", size) for state in layer.graph.states]
        if above != "output":
            put_out.append(_value(above, ("T", "B", layer.output_size)))
        x = above
    if network.num_classes is not None:
        nodes += _head(network)
        steps = ("T", "B") if network.head_on == "every" else ("B",)
        put_out.append(_value("logits", (*steps, network.num_classes)))
    graph = helper.make_graph(nodes, "network", given, put_out, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR
    onnx.checker.check_model(model)
    return model


def _layer(layer: Layer, name: str, x: str, above: str) -> list[Any]:
    """The operator of one layer, and its output [T, D, B, H] as [T, B, D·H]."""
    operator = _OPERATORS[layer.cell.name]
    states = layer.graph.states
    bias = f"{name}/B" if layer.bias != "none" else ""
    lengths = ""  # every sequence has all steps
    read = [x, f"{name}/W", f"{name}/R", bias, lengths, *(f"{name}/initial_{s}" for s in states)]
    if layer.cell.name == "lstm_peephole":
        read.append(f"{name}/P")
    recurrent = helper.make_node(
        operator.name,
        read,
        [f"{name}/Y", *(f"{name}/Y_{state}" for state in states)],
        hidden_size=layer.hidden_size,
        direction="bidirectional" if layer.bidirectional else "forward",
        activations=operator.activations * layer.directions,
        **operator.attributes,
    )
    return [
        recurrent,
        helper.make_node("Transpose", [f"{name}/Y"], [f"{name}/turned"], perm=[0, 2, 1, 3]),
        helper.make_node("Constant", [], [f"{name}/joined"], value_ints=[0, 0, -1]),
        helper.make_node("Reshape", [f"{name}/turned", f"{name}/joined"], [above]),
    ]


def _head(network: Network) -> list[Any]:
    weight = "embedding/weight" if network.tie_weights else "head/weight"
    read = "output" if network.head_on == "every" else "head/x"
    nodes = [
        helper.make_node("Transpose", [weight], ["head/turned"], perm=[1, 0]),
        helper.make_node("MatMul", [read, "head/turned"], ["head/product"]),
        helper.make_node("Add", ["head/product", "head/bias"], ["logits"]),
    ]
    if network.head_on == "every":
        return nodes
    if network.head_on == "states":
        ends = f"layer{len(network.layers) - 1}/Y_h"
        return [
            helper.make_node("Transpose", [ends], ["head/states"], perm=[1, 0, 2]),
            helper.make_node("Constant", [], ["head/joined"], value_ints=[0, -1]),
            helper.make_node("Reshape", ["head/states", "head/joined"], ["head/x"]),
            *nodes,
        ]
    return [
        helper.make_node("Constant", [], ["head/last"], value_int=-1),
        helper.make_node("Gather", ["output", "head/last"], ["head/x"], axis=0),
        *nodes,
    ]


def _feeds(network: Network, inputs: Inputs) -> dict[str, Array]:
    """x and every first state, the directions of a layer stacked."""
    feeds: dict[str, Array] = {}
    if network.vocab_size is None:
        feeds["x"] = np.float32(inputs.x)
    else:
        feeds["tokens"] = np.int64(inputs.x)
    for index, layer in enumerate(network.layers):
        places: list[Place] = [(index, direction) for direction in range(layer.directions)]
        for state in layer.graph.states:
            stacked = np.stack([inputs.states[place][state] for place in places])
            feeds[f"layer{index}/initial_{state}"] = np.float32(stacked)
    return feeds


def _value(name: str, shape: tuple[Any, ...], kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)
