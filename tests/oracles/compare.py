"""The comparison of a real cell with the equations, under what a convention says."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from lstmcalc.conventions.arrays import pack, unpack
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_inputs, draw_weights, random_inputs
from lstmcalc.forward import forward

SEQ_LEN, BATCH = 5, 2
NEEDS = {
    "on_jax": ("jax", "equinox", "haiku", "flax"),
    "on_tensorflow": ("tensorflow", "tf_keras"),
    "on_paddle": ("paddle",),
    "on_mlx": ("mlx",),
    "on_openvino": ("openvino",),
    "on_torch": ("torch", "torchrecurrent"),
}


def real_of(case, network=None):
    """The real cell; the test is skipped where its framework is not installed."""
    for needed in NEEDS[case.module]:
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    if case.module == "on_paddle" and "tensorflow" in sys.modules and "paddle" not in sys.modules:
        pytest.skip("Paddle crashes when it is imported after TensorFlow")
    runner = getattr(import_module(f"oracles.{case.module}"), case.runner)
    return runner(network or case.network(), case.own)


def exactness(real):
    """How near float64 or float32 come."""
    single = any(array.dtype == np.float32 for array in real.held().values())
    return 1e-5 if single else 1e-12


def inputs_of(network):
    return draw_inputs(network, SEQ_LEN, BATCH, random_inputs(0), reach=1.0)


def difference(real, network, convention):
    """The greatest difference of outputs and last states from those of the equations."""
    weights, inputs = draw_weights(network), inputs_of(network)
    real.load(pack(weights, tensors(network, convention)))
    output, last = real.run(inputs.x, inputs.states)
    expected = forward(network, weights, inputs, np)
    pairs = [(output, expected.output)]
    for (index, direction), arrays in last.items():
        names = convention.layout(network.layers[index].cell.name).states.split()
        assert len(names) == len(arrays)
        own = expected.states[index, direction]
        pairs += [(array, own[name]) for name, array in zip(names, arrays, strict=True)]
    assert all(ours.shape == theirs.shape for theirs, ours in pairs)
    return max(float(np.abs(theirs - ours).max()) for theirs, ours in pairs)


def unpacking_error(real, network, convention):
    """How far the parameters cut out of what the framework holds are from those it was given."""
    weights, layout = draw_weights(network), tensors(network, convention)
    real.load(pack(weights, layout))
    found = unpack(real.held(), layout)
    assert found.recurrent.keys() == weights.recurrent.keys()
    errors = [0.0]
    for place, params in weights.recurrent.items():
        assert found.recurrent[place].keys() == params.keys()
        errors += [np.abs(found.recurrent[place][n] - array).max() for n, array in params.items()]
    return float(max(errors))
