"""One counting code for integers, NumPy arrays and SymPy symbols."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from strategies import networks

from lstmcalc import CELLS, LSTM, LstmcalcError, calculate, count_macs, count_parameters
from lstmcalc.errors import CountOverflowError
from lstmcalc.polynomials import formulas
from lstmcalc.sizes import is_symbol


def symbolic(network):
    """The network in symbols, and the numbers to put in."""
    numbers = {}

    def change(size):
        symbol = sympy.Symbol(f"s{len(numbers)}", positive=True, integer=True)
        numbers[symbol] = size
        return symbol

    return network.map_sizes(change), numbers


@settings(max_examples=200, deadline=None)
@given(networks(cells=tuple(CELLS)))
def test_integers_arrays_and_symbols_agree(network):
    exact = count_parameters(network)
    macs = count_macs(network, 5, 3)
    arrays = network.map_sizes(lambda size: np.array([size, size]))
    assert count_parameters(arrays).tolist() == [exact, exact]
    assert count_macs(arrays, 5, 3).tolist() == [macs, macs]
    if network.tie_weights:
        return  # equal sizes are one symbol; the others prove the code
    symbols, numbers = symbolic(network)
    polynomial = count_parameters(symbols)
    assert is_symbol(polynomial)
    assert polynomial.subs(numbers) == exact
    assert sympy.sympify(count_macs(symbols, 5, 3)).subs(numbers) == macs


@settings(max_examples=100, deadline=None)
@given(networks(cells=tuple(CELLS)))
def test_written_formulas_give_the_reports_totals(network):
    report = calculate(network, seq_len=7, batch_size=2)
    found = formulas(report)
    assert found["parameters"][-1].value == report.parameters
    assert found["multiply-accumulates"][-1].value == report.run_work.macs
    for formula in (*found["parameters"], *found["multiply-accumulates"]):
        _letters, *numbers, value = formula.write().split(" = ")
        assert int(value.replace(",", "")) == formula.value
        for side in numbers:  # what is printed is what it says it equals
            python = side.replace(",", "").replace("·", "*")
            assert eval(python) == formula.value, formula.write()  # noqa: S307 -- our own output


def test_a_polynomial_in_the_sizes():
    I, H = sympy.symbols("I H", positive=True, integer=True)  # noqa: E741
    assert sympy.expand(count_parameters(LSTM(I, H)) - (4 * H * (I + H) + 8 * H)) == 0


def test_a_sweep_over_arrays_of_any_shape():
    hidden = np.arange(1, 65)[:, None]
    features = np.arange(1, 33)
    counts = count_parameters(LSTM(features, hidden, 2, bidirectional=True, num_classes=10))
    assert counts.shape == (64, 32)
    one = count_parameters(LSTM(20, 50, 2, bidirectional=True, num_classes=10))
    assert counts[49, 19] == one


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64])
def test_a_count_is_right_or_raises_for_every_array_type(dtype):
    top = min(np.iinfo(dtype).max, 10**12)
    for hidden in [1, 2, 5, 20, 100, 10_000, 80_000, 10**6, 10**9, 10**12]:
        if hidden > top:
            continue
        array = np.array([1, hidden], dtype)
        try:
            counted = count_parameters(LSTM(array, array))
        except CountOverflowError:
            assert 8 * hidden * hidden + 8 * hidden > np.iinfo(dtype).max
        else:
            assert int(counted[1]) == 8 * hidden * hidden + 8 * hidden


def test_an_overflowing_amount_of_work_raises():
    with pytest.raises(CountOverflowError, match="astype"):
        count_macs(LSTM(28, np.array([128], np.int32)), seq_len=10**6)
    with pytest.raises(OverflowError):
        count_macs(LSTM(28, 128), seq_len=np.array([10**9], np.int32))


@pytest.mark.parametrize(
    ("features", "hidden", "classes"),
    [
        (28, np.array([30_000], np.int32), np.array([10], np.int64)),
        (np.array([10], np.int64), np.array([100], np.int8), None),
        (np.array([200], np.uint8), np.array([100], np.int32), None),
    ],
)
def test_arrays_of_mixed_types_are_counted_in_the_widest(features, hidden, classes):
    exact = LSTM(int(np.max(features)), int(hidden[0]), num_classes=classes and int(classes[0]))
    network = LSTM(features, hidden, num_classes=classes)
    assert count_parameters(network).tolist() == [count_parameters(exact)]


@pytest.mark.parametrize("steps", [np.int32(100_000), np.uint8(5), np.int64(10**12)])
def test_numpy_numbers_of_steps_do_not_wrap(steps):
    assert count_macs(LSTM(28, 128), steps, np.int32(64)) == 79_872 * int(steps) * 64


@pytest.mark.parametrize("steps", [0, -3, 2.5, float("nan"), None, "7"])
def test_numbers_of_steps_that_are_none(steps):
    with pytest.raises(LstmcalcError, match="number of steps"):
        count_macs(LSTM(28, 128), steps)


@pytest.mark.parametrize("network", [None, LSTM, calculate(LSTM(1, 1))])
def test_counting_what_is_no_network(network):
    with pytest.raises(LstmcalcError, match="as a network"):
        count_parameters(network)


def test_arrays_that_do_not_go_together():
    with pytest.raises(LstmcalcError, match="they do not go together"):
        count_parameters(LSTM(np.array([1, 2]), np.array([1, 2, 3])))


def test_arrays_that_numpy_would_mix_into_floats_raise():
    with pytest.raises(CountOverflowError):
        count_parameters(LSTM(np.array([1], np.uint64), np.array([1], np.int64)))


def test_arrays_and_symbols_do_not_mix():
    with pytest.raises(LstmcalcError, match="arrays and symbols"):
        count_parameters(LSTM(np.array([1, 2]), sympy.Symbol("H")))
    with pytest.raises(LstmcalcError, match="one number of them"):
        LSTM(28, 128, np.array([1, 2]))


def test_an_empty_sweep_is_empty():
    assert count_parameters(LSTM(28, np.array([], np.int64))).size == 0


def test_integers_are_unbounded():
    assert count_parameters(LSTM(10**12, 10**12)) == 8 * 10**24 + 8 * 10**12


def test_steps_change_the_work_and_never_the_parameters():
    short, long = (calculate(LSTM(28, 128, num_classes=10), seq_len=t) for t in (1, 1_000))
    assert short.parameters == long.parameters
    assert long.run_work.macs == 1_000 * 79_872 + 1_280
