"""Values that mean nothing, wherever one can be given: one line says so, without an address."""

import re

import numpy as np
import pytest

import lstmcalc
from lstmcalc import (
    GRU,
    LSTM,
    calculate,
    count_macs,
    count_parameters,
    gradient_reach,
    read_weights,
    step_through,
    trace_shapes,
    verify,
)
from lstmcalc.cells import find_cell
from lstmcalc.conventions.known import find_convention
from lstmcalc.conversion import convert
from lstmcalc.draw import draw_weights
from lstmcalc.errors import LstmcalcError, plain
from lstmcalc.reconciliation import reconcile

NETWORK = LSTM(3, 4)


class Odd:
    """As objects of no class of ours are: their repr is of many lines and has an address."""

    def __repr__(self):
        return f"<Odd object\nat {id(self):#x}>"


class Failing:
    def __repr__(self):
        raise RuntimeError("no repr")

    __str__ = __index__ = __repr__


ODD = {
    "an object": Odd(),
    "one without a repr": Failing(),
    "a list of them": [Odd()],
    "a tuple": (Odd(), 3),
    "a mapping": {"a": Odd()},
    "a function": lambda x: x,
    "a class": Odd,
    "a module": np,
    "an array of objects": np.array([Odd(), Odd()], dtype=object),
    "an empty array": np.zeros(0),
    "bytes": b"lstm",
    "long text": "x" * 5_000,
    "a number without end": 10**5_000,
    "nan": float("nan"),
    "a set": {Odd()},
}
PLACES = {
    "hidden_size": lambda odd: LSTM(3, odd),
    "input_size": lambda odd: LSTM(odd, 4),
    "num_layers": lambda odd: LSTM(3, 4, odd),
    "bidirectional": lambda odd: LSTM(3, 4, bidirectional=odd),
    "bias": lambda odd: LSTM(3, 4, bias=odd),
    "proj_size": lambda odd: LSTM(3, 4, proj_size=odd),
    "vocab_size": lambda odd: LSTM(3, 4, vocab_size=odd),
    "head_on": lambda odd: LSTM(3, 4, num_classes=2, head_on=odd),
    "cell": lambda odd: lstmcalc.build_network(3, 4, cell=odd),
    "find_cell": find_cell,
    "find_convention": find_convention,
    "calculate": calculate,
    "seq_len": lambda odd: calculate(NETWORK, seq_len=odd),
    "batch_first": lambda odd: calculate(NETWORK, batch_first=odd),
    "dtype": lambda odd: calculate(NETWORK, dtype=odd),
    "convention": lambda odd: calculate(NETWORK, convention=odd),
    "step_through": step_through,
    "step weights": lambda odd: step_through(NETWORK, weights=odd),
    "step x": lambda odd: step_through(NETWORK, x=odd),
    "seed": lambda odd: step_through(NETWORK, seed=odd),
    "gradient_reach": gradient_reach,
    "cells": lambda odd: gradient_reach(NETWORK, cells=odd, seq_len=2),
    "a cell of cells": lambda odd: gradient_reach(NETWORK, cells=[odd], seq_len=2),
    "inits": lambda odd: gradient_reach(NETWORK, inits=odd, seq_len=2),
    "an init": lambda odd: gradient_reach(NETWORK, inits=[odd], seq_len=2),
    "forget_biases": lambda odd: gradient_reach(NETWORK, forget_biases=odd, seq_len=2),
    "a forget bias": lambda odd: gradient_reach(NETWORK, forget_biases=[odd], seq_len=2),
    "trace_shapes": trace_shapes,
    "x": lambda odd: trace_shapes(NETWORK, x=odd),
    "lengths": lambda odd: trace_shapes(NETWORK, lengths=odd),
    "unbatched": lambda odd: trace_shapes(NETWORK, unbatched=odd),
    "reconcile": reconcile,
    "read_weights": lambda odd: read_weights(odd, NETWORK),
    "a network to read": lambda odd: read_weights({}, odd),
    "a tensor to read": lambda odd: read_weights({"weight_ih_l0": odd}, NETWORK),
    "a sequence to read": lambda odd: lstmcalc.read_sequence(odd, NETWORK),
    "convert": lambda odd: convert(odd, "torch", "keras"),
    "a tensor to convert": lambda odd: convert({"weight_ih_l0": odd}, "torch", "keras"),
    "source": lambda odd: convert({}, odd, "keras"),
    "target": lambda odd: convert({}, "torch", odd),
    "cell to convert": lambda odd: convert({"a": np.ones(3)}, "torch", "keras", cell=odd),
    "ways to convert": lambda odd: convert({"a": np.ones(3)}, "torch", "keras", bidirectional=odd),
    "prefix": lambda odd: convert({"a": np.ones(3)}, "torch", "keras", prefix=odd),
}
MAY_BE_EMPTY = {"lengths", "x"}


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("place", PLACES)
def test_a_value_that_means_nothing_is_refused_in_one_plain_line(place, value):
    try:
        PLACES[place](ODD[value])
    except LstmcalcError as error:
        message = str(error)
    else:
        assert value == "an empty array"  # of sizes, it is none to count; of lengths, none packed
        assert place in MAY_BE_EMPTY
        return
    assert message.isprintable()
    assert not re.search(r"0x[0-9a-f]|object at|<function|no repr", message)
    assert len(message) < 1_100


def test_what_is_no_torch_module():
    pytest.importorskip("torch")
    for value in (*ODD.values(), Odd()):
        with pytest.raises(LstmcalcError, match="to verify: it is no report") as raised:
            verify(value)
        assert "0x" not in str(raised.value)


@pytest.mark.parametrize("place", ["device", "total", "by"])
def test_what_another_part_says_has_no_address(place):
    places = {
        "device": lambda: verify(NETWORK, device=Odd()),
        "total": lambda: lstmcalc.explain(Odd()),
        "by": lambda: verify(NETWORK, against=[Odd()]),
    }
    pytest.importorskip("torch")
    try:
        said = places[place]().reason
    except LstmcalcError as error:
        said = str(error)
    assert said
    assert "0x" not in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "3"), (-2.5, "-2.5"), (True, "True"), (None, "None"), ("lsmt", "'lsmt'"),
        ("x" * 50, f"'{'x' * 40}'…"), (-(10**30), "~10^30"), (np.float32(0.5), "0.5"),
        (Odd(), "Odd"), ([1], "list"), (np.zeros(3), "ndarray"), (Odd, "type"),
    ],
)  # fmt: skip
def test_how_a_value_is_shown(value, said):
    assert plain(value).lstrip("-") == said.lstrip("-")


# ------------------------------------------------------------------------- empty arrays of sizes

SIZED = {
    "hidden": lambda sizes: LSTM(3, sizes),
    "input": lambda sizes: GRU(sizes, 200),
    "vocabulary": lambda sizes: LSTM(3, 4, vocab_size=sizes, num_classes=7),
    "classes": lambda sizes: LSTM(3, 400, 2, num_classes=sizes, bidirectional=True),
    "projection": lambda sizes: LSTM(3, sizes + sizes.dtype.type(5), proj_size=sizes),
}


@pytest.mark.parametrize("kind", ["uint8", "int8", "uint16", "int64", "uint64"])
@pytest.mark.parametrize("shape", [(0,), (0, 3)])
@pytest.mark.parametrize("place", SIZED)
def test_of_no_sizes_there_is_no_count(place, shape, kind):
    network = SIZED[place](np.zeros(shape, kind))
    count = count_parameters(network)
    assert (count.shape, count.dtype) == (shape, kind)
    macs = count_macs(network, seq_len=100)
    assert np.shape(macs) == (() if place == "vocabulary" else shape)


def test_sizes_beside_an_empty_array():
    count = count_macs(LSTM(3, np.array([4, 5])), seq_len=np.zeros((0, 1), "uint8"))
    assert count.shape == (0, 2)
    with pytest.raises(LstmcalcError, match="do not go together"):
        count_parameters(LSTM(np.zeros(0, int), np.ones(3, int)))
    with pytest.raises(LstmcalcError, match="the other sizes are too large"):
        count_parameters(LSTM(10**12, 10**12, vocab_size=np.zeros(0, "uint8")))


def test_a_seed_beyond_every_generator():
    assert draw_weights(NETWORK, 2**63 - 1).source
    with pytest.raises(LstmcalcError, match="a seed is a whole number from 0 to"):
        draw_weights(NETWORK, 2**63)
