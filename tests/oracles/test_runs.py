"""What further frameworks' layers take and return, as they really do.

Run these with `pytest -m oracles`, after `pip install '.[oracles]'`.
"""

import numpy as np
import pytest

from lstmcalc import build_network, trace_shapes

pytestmark = [
    pytest.mark.oracles,
    pytest.mark.filterwarnings("ignore"),  # what frameworks say of themselves and of each other
]

CELLS = {"lstm": "LSTM", "gru": "GRU", "rnn": "SimpleRNN"}
B, T, SIZE, H = 3, 5, 4, 6


def told(network, convention, **options):
    """The shapes of x, the output and the states, first and last, in the order they are told."""
    flow = trace_shapes(network, seq_len=T, batch_size=B, convention=convention, **options)
    return [tensor.shape for tensor in flow.tensors if tensor.layer is None]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("time_major", [False, True])
def test_paddle(cell, layers, both, time_major):
    paddle = pytest.importorskip("paddle")
    make = getattr(paddle.nn, CELLS[cell])
    direction = "bidirect" if both else "forward"
    module = make(SIZE, H, layers, direction=direction, time_major=time_major)
    x = paddle.zeros([T, B, SIZE] if time_major else [B, T, SIZE])
    output, last = module(x)
    last = last if isinstance(last, list | tuple) else (last,)
    first = [paddle.zeros_like(state) for state in last]
    module(x, first if len(first) > 1 else first[0])  # takes first states of these shapes
    real = [tuple(t.shape) for t in (x, *first, output, *last)]
    network = build_network(SIZE, H, layers, cell=cell, bidirectional=both)
    assert told(network, "paddle", batch_first=not time_major) == real


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("both", [False, True])
def test_openvino(cell, both):
    openvino = pytest.importorskip("openvino")
    operators = openvino.opset14
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[cell]
    D, after = 1 + both, cell == "gru"
    first = [np.zeros((B, D, H), np.float32)] * (2 if cell == "lstm" else 1)
    given = [np.zeros((B, T, SIZE), np.float32), *first]
    weights = [(D, gates * H, SIZE), (D, gates * H, H), (D, (gates + after) * H)]
    parameters = [operators.parameter(array.shape, np.float32) for array in given]
    node = getattr(operators, f"{cell}_sequence")(
        *parameters,
        operators.constant(np.full(B, T, np.int64)),
        *(operators.constant(np.zeros(shape, np.float32)) for shape in weights),
        H,
        "bidirectional" if both else "forward",
        **({"linear_before_reset": True} if after else {}),
    )
    outputs = [node.output(i) for i in range(node.get_output_size())]
    model = openvino.compile_model(openvino.Model(outputs, parameters), "CPU")
    real = [array.shape for array in (*given, *model(given).values())]
    assert told(build_network(SIZE, H, cell=cell, bidirectional=both), "openvino") == real
