"""The proof on a CUDA device."""

import pytest

from lstmcalc import GRU, LSTM, RNN, calculate, verify

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device"),
]


@pytest.mark.parametrize("make", [RNN, GRU, LSTM])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_values_on_the_device(make, layers, bidirectional):
    network = make(28, 64, layers, bidirectional=bidirectional, num_classes=10)
    verdict = verify(calculate(network, batch_size=4), device="cuda")
    assert verdict.outcome == "verified", verdict.checks


def test_a_projection_on_the_device():
    assert verify(LSTM(28, 64, proj_size=16), device="cuda").outcome == "verified"
