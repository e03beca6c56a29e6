"""What goes wrong when weights are carried over, each shown on the real cells."""

import numpy as np
import pytest
from oracles.cases import CASES
from oracles.compare import difference, exactness, inputs_of, real_of

from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.known import find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.forward import Weights, forward
from lstmcalc.totals import count_parameters

pytestmark = [pytest.mark.oracles, pytest.mark.filterwarnings("ignore")]


def having(convention, cell=None, own=None, **options):
    """The cases of a convention, a cell and options."""
    return [
        c for c in CASES
        if c.convention == convention and c.cell == (cell or c.cell) and c.own == (own or c.own)
        and c.options == options
    ]  # fmt: skip


def one(convention, cell, own=None, **options):
    (found,) = having(convention, cell, own, **options)
    return found


def zeros_but(network, **arrays):
    """Weights of a lone layer that are 0, but for these, filled with one number."""
    (layer,) = network.layers
    drawn = draw_weights(network).recurrent[0, 0]
    return Weights({(0, 0): {n: np.full_like(a, arrays.get(n, 0.0)) for n, a in drawn.items()}})


def run_with(case, weights, network=None):
    """The real cell's output and last states under these weights, and what it started from."""
    network = network or case.network()
    real, inputs = real_of(case, network), inputs_of(network)
    real.load(pack(weights, tensors(network, case.described)))
    return *real.run(inputs.x, inputs.states), inputs


HAVE_B_HN = [
    c for c in CASES if c.cell == "gru" and c.options.get("bias") != "none"
]  # fmt: skip


@pytest.mark.parametrize("case", HAVE_B_HN, ids=str)
def test_b_hn_is_inside_the_reset_and_cannot_be_merged_into_b_xn(case):
    network, real = case.network(), real_of(case)
    inputs, weights = inputs_of(network), draw_weights(network)
    merged = {
        place: {**params, "b_xn": params["b_xn"] + params["b_hn"], "b_hn": 0 * params["b_hn"]}
        for place, params in weights.recurrent.items()
    }
    real.load(pack(Weights(merged), tensors(network, case.described)))
    output, _ = real.run(inputs.x, inputs.states)
    expected = forward(network, weights, inputs, np).output
    assert np.abs(output - expected).max() > 1e3 * exactness(real)
    assert difference(real, network, case.described) <= exactness(real)


@pytest.mark.parametrize("case", [c for c in CASES if c.cell == "gru_reset_before"], ids=str)
def test_reset_before_and_after_the_product_are_different_functions(case):
    network, weights = case.network(), draw_weights(case.network())
    output, _, inputs = run_with(case, weights)
    for cell in ("gru_reset_before", "gru"):
        other = forward(case.network(cell=cell), *_as_after(cell, weights), inputs, np).output
        assert (np.abs(output - other).max() < 1e-5) == (cell == "gru_reset_before")
    assert count_parameters(network) == sum(a.size for a in weights.recurrent[0, 0].values())
