"""What is a size, and what people type for one."""

import re

import numpy as np
import pytest

from lstmcalc import GRU, LSTM, RNN, LstmcalcError, build_network, calculate
from lstmcalc.commands.request import read_hidden
from lstmcalc.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("128", 128), ("1k", 1_000), ("1.5M", 1_500_000), ("2G", 2 * 10**9), ("10,000", 10_000),
     ("10_000", 10_000), ("1e6", 1_000_000), (" 7 ", 7), ("2.50k", 2_500)],
)  # fmt: skip
def test_what_people_type(text, size):
    assert parse_size("hidden size", text) == size


@pytest.mark.parametrize(
    ("text", "why"),
    [("0", "at least 1"), ("-3", "at least 1"), ("2.5", "the nearest are 2 and 3"),
     ("0.3", "the nearest is 1"), ("abc", "not a number"), ("", "not a number"),
     ("nan", "not a number"), ("inf", "not a number"), ("0x10", "not a number"),
     ("1" + "0" * 30, "~10^30: a size is at most"), ("9" * 5_000, "not a number"),
     ("1e999", "at most"), ("1e9999", "not a number"), ("1kk", "not a number"),
     ("1__0", "not a number"), ("1_", "not a number"), ("_1", "not a number"),
     ("1_,0", "not a number"), ("1,0", "not a number"), ("1,1500", "not a number")],
)  # fmt: skip
def test_what_is_no_size(text, why):
    with pytest.raises(LstmcalcError, match=why.replace("^", r"\^")) as raised:
        parse_size("hidden size", text)
    assert len(str(raised.value)) < 160
    assert str(raised.value).startswith("hidden size ")


@pytest.mark.parametrize(
    "make",
    [
        lambda: LSTM(28, 0),
        lambda: LSTM(-1, 128),
        lambda: LSTM(28, 128.0),
        lambda: LSTM(28, "128"),
        lambda: LSTM(28, True),
        lambda: LSTM(28, 10**30),
        lambda: LSTM(28, []),
        lambda: LSTM(28, 128, 0),
        lambda: LSTM(28, 128, 10**6),
        lambda: LSTM(28, [128, 64], 2),
        lambda: LSTM(28, 128, proj_size=128),
        lambda: LSTM(28, 128, proj_size=-1),
        lambda: GRU(28, 128, proj_size=64),
        lambda: RNN(28, 128, proj_size=64),
        lambda: LSTM(28, 128, bias="dobule"),
        lambda: LSTM(28, 128, tie_weights=True),
        lambda: LSTM(28, 128, tie_weights=True, vocab_size=100),
        lambda: LSTM(128, 128, tie_weights=True, vocab_size=100, num_classes=10),
        lambda: LSTM(28, 128, num_classes=10, head_on="first"),
        lambda: build_network(28, 128, cell="lsmt"),
        lambda: LSTM(np.array([1.5]), 128),
        lambda: LSTM(np.array([3, 0]), 128),
        lambda: LSTM(28, np.array([8, 16]), proj_size=np.array([4, 16])),
        lambda: calculate(LSTM(28, 128), seq_len=0),
        lambda: calculate(LSTM(28, 128), dtype="float31"),
        lambda: calculate(LSTM(28, 128), unbatched=True, batch_size=2),
        lambda: calculate(LSTM(28, np.array([1, 2]))),
    ],
)
def test_what_makes_no_network_is_said_in_one_line(make):
    with pytest.raises(LstmcalcError) as raised:
        make()
    message = str(raised.value)
    assert "\n" not in message
    assert ": " in message


def test_numpy_integers_become_exact_python_integers():
    report = calculate(LSTM(np.int32(60_000), np.int32(60_000)))
    assert report.parameters == 4 * 60_000 * 120_000 + 8 * 60_000
    assert type(report.parameters) is int


def test_torchs_words_for_no_projection_and_biases():
    assert LSTM(28, 128, proj_size=0, bias=True) == LSTM(28, 128)
    assert LSTM(28, 128, bias=False) == LSTM(28, 128, bias="none")


@pytest.mark.parametrize("said", ["1,150", "1,150,400", "2,148,512,256", "16,384", "64,128"])
def test_a_list_that_may_be_one_number_is_refused_and_each_can_be_written(said):
    with pytest.raises(LstmcalcError, match="it may be") as raised:
        read_hidden(said)
    one, several = re.search(r"write (\d+), or ([\d,]+) for the layers", str(raised.value)).groups()
    assert read_hidden(one) == [int(said.replace(",", ""))]
    assert read_hidden(several) == [int(part) for part in said.split(",")]


@pytest.mark.parametrize("said", ["1150,1150,400", "512,256", "128,64", "64,32", "512,256,128",
                                  "64,128,256", "8,9", "1150,400"])  # fmt: skip
def test_a_list_of_sizes(said):
    assert read_hidden(said) == [int(part) for part in said.split(",")]
