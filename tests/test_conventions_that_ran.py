"""A convention says which version ran it exactly where the tests really run all of its cells."""

from pathlib import Path

import numpy as np
import pytest
from oracles.cases import BY_DEFAULT, CASES, PACKAGES

from lstmcalc import build_network
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.known import CONVENTIONS, adopt, find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights

CONSTRAINTS = Path(__file__).parent.parent / "constraints.txt"


def test_those_with_a_version_are_those_that_the_tests_run():
    said = {convention.name for convention in CONVENTIONS.values() if convention.ran}
    assert said == {*BY_DEFAULT, *PACKAGES}


@pytest.mark.parametrize("convention", PACKAGES)
def test_every_cell_of_theirs_is_run(convention):
    run = {case.cell for case in CASES if case.convention == convention}
    assert run == set(find_convention(convention).layouts)


@pytest.mark.parametrize("convention", PACKAGES)
def test_the_version_is_the_one_in_the_constraints(convention):
    pins = CONSTRAINTS.read_text("utf-8").splitlines()
    assert f"{PACKAGES[convention]}=={find_convention(convention).ran}" in pins


def packed(convention, cell):
    convention = find_convention(convention)
    network = adopt(build_network(3, 5, cell=cell), convention)
    weights = draw_weights(network)
    stored = pack(weights, tensors(network, convention))
    return weights.recurrent[0, 0], {n.rpartition("/")[2]: a for n, a in stored.items()}, stored


def test_dynet_and_chainer_store_z_with_the_other_sign():
    ours, theirs, _ = packed("dynet", "gru_reset_before")
    np.testing.assert_array_equal(theirs["_0"], -ours["W_xz"])
    ours, _, full = packed("chainer", "gru_reset_before")
    np.testing.assert_array_equal(full["0/W_z/W"], -ours["W_xz"])
    np.testing.assert_array_equal(full["0/U_z/b"], -ours["b_hz"])


def test_dynet_adds_the_forget_bias_at_run_time():
    ours, theirs, _ = packed("dynet", "lstm")
    np.testing.assert_allclose(theirs["_2"][5:10], ours["b_f"] - 1)


def test_a_block_of_chainers_lstm_is_no_gate():
    ours, _, full = packed("chainer", "lstm")
    for n, gate in enumerate("gifo"):
        np.testing.assert_array_equal(full["0/upward/W"][n::4], ours[f"W_x{gate}"])
