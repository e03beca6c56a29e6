"""At least 1,000 random networks against torch, in everything that a report says."""

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import networks, runs

from lstmcalc import calculate, verify

pytest.importorskip("torch")

CHECKS = {
    "tensors", "slices", "totals", "gates", "products", "element-wise", "shapes", "values",
    "backward", "gradients",
}  # fmt: skip


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks(), runs())
def test_names_shapes_totals_work_and_values_equal_torch(network, run):
    verdict = verify(calculate(network, **run))
    assert {check.name for check in verdict.checks} == CHECKS
    # A gate may have no effect on the outputs of a tiny ReLU network: that is told, not counted
    # as checked. Everything else must have been checked.
    left_out = {check.name for check in verdict.having("skipped")}
    assert left_out <= {"gates"}, verdict.checks
    assert not verdict.having("failed"), verdict.checks
