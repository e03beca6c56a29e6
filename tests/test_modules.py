"""The verifier on modules made to fool it: planted faults, and right ones that look wrong."""

import pytest

torch = pytest.importorskip("torch")

from modules.faults import FAULTS  # noqa: E402 -- after the check that torch is there
from modules.reference import find_fault  # noqa: E402
from modules.unusual import UNUSUAL  # noqa: E402

from lstmcalc import assert_matches  # noqa: E402

faults = pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
unusual = pytest.mark.parametrize("case", UNUSUAL, ids=lambda case: case.name)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small modules are slower in several threads, many times so on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@faults
def test_a_planted_fault_is_found_and_named(case):
    with pytest.raises(AssertionError, match="differs from the network") as raised:
        assert_matches(case.make(), case.network(), **case.options)
    assert case.culprit.lower() in str(raised.value).lower()


@unusual
def test_an_unusual_module_that_is_right_is_verified(case):
    assert_matches(case.make(), case.network(), **case.options)  # nothing failed or left out


@faults
def test_a_planted_fault_is_one(case):
    assert find_fault(case)


@unusual
def test_an_unusual_module_is_right(case):
    assert find_fault(case) == ""


def test_names_of_modules_are_their_own():
    names = [case.name for case in (*FAULTS, *UNUSUAL)]
    assert len(set(names)) == len(names)
