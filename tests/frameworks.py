"""The real frameworks, for the tests that run them: they are left out where one is missing."""

from importlib import import_module

import numpy as np
import pytest

from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.known import find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_inputs
from lstmcalc.oracles.known import ORACLES
from lstmcalc.verification import load


def oracle(name):
    """The module that runs a framework; the test is skipped, with the reason, without it."""
    if reason := load(name):
        pytest.skip(reason)
    return import_module(ORACLES[name].module)


def stored(network, weights, name):
    """Weights as a framework stores them; the network has that framework's biases."""
    return pack(weights, tensors(network, find_convention(name)))


def some_inputs(network, steps=4, batch=2, reach=1.0):
    """Random x, or tokens, and first states; states of 0 where `reach` is 0."""
    return draw_inputs(network, steps, batch, np.random.default_rng(7), reach)


def assert_close(ours, theirs, tolerance=1e-12):
    """Compare outputs, states and logits."""
    np.testing.assert_allclose(theirs.output, ours.output, rtol=0, atol=tolerance)
    assert theirs.states.keys() == ours.states.keys()
    for place, states in ours.states.items():
        for state, array in states.items():
            np.testing.assert_allclose(theirs.states[place][state], array, rtol=0, atol=tolerance)
    assert (ours.logits is None) == (theirs.logits is None)
    if ours.logits is not None:
        np.testing.assert_allclose(theirs.logits, ours.logits, rtol=0, atol=tolerance)
