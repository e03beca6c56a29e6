"""How a network's cost grows: its table and its curve, against networks of those sizes."""

import pytest

from lstmcalc import LSTM, calculate
from lstmcalc.render.pages.growth import growth_table


@pytest.mark.parametrize("network", [LSTM(28, 128, num_classes=10), LSTM(28, 64, num_layers=2)])
def test_every_row_is_the_network_of_that_size(network):
    table = growth_table(calculate(network, seq_len=7, batch_size=3), 40, 8)
    for _, units, parameters, macs in table.rows:
        grown = LSTM(28, int(units.replace(",", "")), len(network.layers),
                     num_classes=network.num_classes)  # fmt: skip
        report = calculate(grown, seq_len=7, batch_size=3)
        assert (report.parameters, report.run_work.macs) == (parameters, macs)
    assert len(table.rows) == 7


def test_only_sizes_that_can_be_have_a_row():
    projected = growth_table(calculate(LSTM(28, 64, proj_size=16)), 40, 8)
    assert [row[1] for row in projected.rows] == ["32", "64", "128", "256", "512"]
    assert "h stays projected" in projected.note
    assert projected.rows[2][2] < 2.1 * projected.rows[1][2]
    small = growth_table(calculate(LSTM(28, 2)), 40, 8)
    assert [row[:2] for row in small.rows[:2]] == [("÷2", "1"), ("×1", "2")]
    assert not small.drawing.lines
    largest = growth_table(calculate(LSTM(28, 10**12)), 40, 8)
    assert largest.rows[-1][0] == "×1"


def test_what_a_tie_holds_stays():
    tied = LSTM(400, [1152, 400], vocab_size=1000, tie_weights=True)
    table = growth_table(calculate(tied), 40, 8)
    assert table.rows[-1][1] == "9,216, 400"
    assert "the tied head holds it" in table.note
    single = growth_table(calculate(LSTM(64, 64, vocab_size=100, tie_weights=True)), 40, 8)
    assert (single.rows, "holds the only layer" in single.note) == ((), True)


def test_too_many_kinds_of_layers_are_told():
    table = growth_table(calculate(LSTM(4, list(range(2, 30)))), 40, 8)
    assert (table.rows, "at most 16 kinds" in table.note) == ((), True)
