"""The real cells of further frameworks agree with what the conventions say of them.

Run these with `pytest -m oracles`, after `pip install '.[oracles]'`.
"""

from importlib.metadata import PackageNotFoundError, version

import pytest
from oracles.cases import CASES, DEEP, PACKAGES, PROJECTED
from oracles.compare import difference, exactness, real_of, unpacking_error

from lstmcalc.conventions.known import find_convention
from lstmcalc.conventions.packing import tensors
from lstmcalc.totals import count_parameters

pytestmark = [
    pytest.mark.oracles,
    pytest.mark.filterwarnings("ignore"),  # what frameworks say of themselves and of each other
]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def shapes(network, convention):
    return {tensor.name: tensor.shape for tensor in tensors(network, convention)}


@every_case
def test_names_shapes_and_the_total(case):
    network, real = case.network(), real_of(case)
    assert {name: array.shape for name, array in real.held().items()} == shapes(
        network, case.described
    )
    assert real.count() == count_parameters(network)


@every_case
def test_outputs_and_last_states(case):
    network, real = case.network(), real_of(case)
    found = difference(real, network, case.described)
    print(f"{case}: {found:.1e}")
    assert found <= exactness(real)


@every_case
def test_the_weights_come_back(case):
    network, real = case.network(), real_of(case)
    assert unpacking_error(real, network, case.described) <= exactness(real)


# Two layers without biases are more than Paddle 3.3.1 can build.
@pytest.mark.parametrize(
    "case", [c for c in CASES if c.runner in DEEP and c.options in ({}, PROJECTED)], ids=str
)
def test_names_and_shapes_of_two_layers(case):
    network = case.network(num_layers=2)
    held = real_of(case, network).held()
    assert {name: array.shape for name, array in held.items()} == shapes(network, case.described)


@pytest.mark.parametrize("case", [c for c in CASES if c.runner == "Nnx"], ids=str)
def test_names_and_shapes_of_two_directions(case):
    network = case.network(num_layers=2, bidirectional=True)
    held = real_of(case, network).held()
    assert {name: array.shape for name, array in held.items()} == shapes(network, case.described)


def with_layout(case, **changes):
    """The convention with one fault in the layout of the cell."""
    convention = case.described
    layout = convention.layout(case.cell)._replace(**changes)
    return convention._replace(layouts={**convention.layouts, case.cell: layout})


def is_found(case, faulty):
    real = real_of(case)
    return difference(real, case.network(), faulty) > 1e3 * exactness(real)


@pytest.mark.parametrize("case", [c for c in CASES if len(c.order) > 1], ids=str)
def test_two_gates_exchanged_are_found(case):
    for n in range(len(case.order) - 1):
        order = list(case.order)
        order[n : n + 2] = reversed(order[n : n + 2])
        assert is_found(case, with_layout(case, order=tuple(order))), order


@pytest.mark.parametrize("case", [c for c in CASES if c.cell.startswith("rnn")], ids=str)
def test_a_lone_gate_of_the_other_sign_is_found(case):
    assert is_found(case, with_layout(case, negated="h"))


@pytest.mark.parametrize("case", [c for c in CASES if "c" in c.layout.states], ids=str)
def test_last_states_exchanged_are_found(case):
    names = " ".join(reversed(case.layout.states.split()))
    if "proj_size" in case.options:  # h and c have different lengths
        with pytest.raises(AssertionError):
            is_found(case, with_layout(case, states=names))
    else:
        assert is_found(case, with_layout(case, states=names))


@pytest.mark.parametrize("case", [c for c in CASES if c.layout.forget_bias], ids=str)
def test_a_forget_bias_forgotten_is_found(case):
    assert is_found(case, with_layout(case, forget_bias=0.0))


@pytest.mark.parametrize("case", [c for c in CASES if c.layout.negated], ids=str)
def test_a_sign_forgotten_is_found(case):
    assert is_found(case, with_layout(case, negated=""))


@pytest.mark.parametrize("convention", PACKAGES)
def test_the_version_that_is_installed_is_the_one_that_ran(convention):
    try:
        installed = version(PACKAGES[convention])
    except PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    assert find_convention(convention).ran == installed
