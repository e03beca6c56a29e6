"""The examples in docstrings and in the README are executed; its picture and commands are real."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import lstmcalc

ROOT = Path(__file__).parent.parent
MODULES = [
    module.name
    for module in pkgutil.walk_packages(lstmcalc.__path__, "lstmcalc.")
    if module.name != "lstmcalc.__main__"
]


@pytest.mark.parametrize("name", ["lstmcalc", *MODULES])
def test_docstring_examples(name):
    if ".oracles.torch" in name or ".verification" in name:
        pytest.importorskip("torch")
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_public_names_are_documented_and_have_examples():
    for name in lstmcalc.__all__:
        assert getattr(lstmcalc, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'LSTN'"):
        lstmcalc.LSTN  # noqa: B018 -- the access is the test


def test_the_readmes_examples():
    pytest.importorskip("torch")
    assert doctest.testfile(str(ROOT / "README.md"), module_relative=False).failed == 0


def test_the_readmes_two_commands():
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    assert blocks[0].rstrip().endswith(".venv/bin/lstmcalc 128 28 --classes 10")
    assert blocks[1].rstrip().endswith(".venv/bin/pytest")


def test_the_picture_shows_the_real_output():
    picture = (ROOT / "docs/answer.svg").read_text("utf-8").replace("&#160;", " ")
    for words in ("79,872", "(156, 128)", "+512: bias_hh", "82,186 parameters", "verified against"):
        assert words in picture
