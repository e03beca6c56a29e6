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


def test_what_a_projection_or_a_tie_fixes_stays():
    projected = growth_table(calculate(LSTM(28, 64, proj_size=32)), 40, 8)
    assert projected.rows[0][1] == "33"  # a projection makes h smaller
    assert "What h is projected to stays." in projected.note
    tied = LSTM(400, [1150, 400], vocab_size=1000, tie_weights=True)
    table = growth_table(calculate(tied), 40, 8)
    assert table.rows[-1][1] == "9,200, 400"
    assert "the tied head holds it" in table.note
