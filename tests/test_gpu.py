"""The proof on a CUDA device."""

from dataclasses import replace

import pytest

from lstmcalc import GRU, LSTM, RNN, calculate, verify

torch = pytest.importorskip("torch")
check_buffer = pytest.importorskip("lstmcalc.verification.buffer").check_buffer

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


@pytest.mark.parametrize("make", [RNN, GRU, LSTM])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_cudnns_buffer_is_laid_out_so(make, layers, bidirectional):
    network = make(28, 64, layers, bidirectional=bidirectional)
    report = calculate(network, convention="cudnn")
    check = check_buffer(report)
    assert check.status == "passed", check


def test_a_wrong_place_in_the_buffer_is_noticed():
    report = calculate(LSTM(28, 64, 2), convention="cudnn")
    first, *rest = report.buffer
    report.__dict__["buffer"] = (replace(first, start=first.start + 4), *rest)
    assert check_buffer(report).culprits == ("l0.W_ih",)
