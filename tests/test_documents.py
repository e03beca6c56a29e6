"""The examples in docstrings and in the README are executed; its picture and commands are real."""

import doctest
import html
import importlib
import inspect
import io
import pkgutil
import re
from pathlib import Path

import pytest
from rich.console import Console

import lstmcalc
from lstmcalc.render import terminal
from lstmcalc.render.pages.report import page

ROOT = Path(__file__).parent.parent
MODULES = [
    module.name
    for module in pkgutil.walk_packages(lstmcalc.__path__, "lstmcalc.")
    if module.name != "lstmcalc.__main__"
]


class Finder(doctest.DocTestFinder):
    """Finds the examples of decorated functions too, which doctest takes for another module's."""

    def _from_module(self, module, found):
        return super()._from_module(module, inspect.unwrap(found))


def examples_of(name):
    module = importlib.import_module(name)
    return Finder(exclude_empty=True).find(module, name, extraglobs={})


@pytest.mark.parametrize("name", ["lstmcalc", *MODULES])
def test_docstring_examples(name):
    if ".oracles.torch" in name or ".verification" in name:
        pytest.importorskip("torch")
    runner = doctest.DocTestRunner()
    for examples in examples_of(name):
        runner.run(examples)
    assert runner.summarize(verbose=False).failed == 0


def test_the_examples_of_decorated_functions_are_found():
    found = {examples.name for examples in examples_of("lstmcalc.report")}
    assert "lstmcalc.report.calculate" in found


def test_public_names_have_docstrings_of_their_own():
    for name in set(lstmcalc.__all__) - {"CELLS"}:
        found = getattr(lstmcalc, name)
        assert found.__module__.startswith("lstmcalc."), name
        assert len(found.__doc__ or "") > 30, name
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
    picture = html.unescape((ROOT / "docs/answer.svg").read_text("utf-8")).replace("\xa0", " ")
    shown = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture)).split()
    console = Console(width=80, file=io.StringIO(), highlight=False)
    terminal.print_page(page(lstmcalc.calculate(lstmcalc.LSTM(28, 128, num_classes=10))), console)
    assert set(console.file.getvalue().split()) <= set(shown)
    assert "verified against torch" in " ".join(shown)
