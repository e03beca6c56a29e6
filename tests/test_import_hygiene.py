"""The plain answer loads no heavy library; and this check can fail."""

import json

import pytest
from command import lstmcalc

HEAVY = ("numpy", "sympy", "torch", "textual")
WATCH = """
import json, sys
from lstmcalc.cli import main
{before}
status = main(sys.argv[1:])
print(json.dumps([m for m in {watched!r} if m in sys.modules]), file=sys.stderr)
sys.exit(status)
"""


def loaded(folder, *words, watched=HEAVY, before=""):
    code = WATCH.format(watched=watched, before=before)
    done = lstmcalc(*words, folder=folder, code=code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr)


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "latex"])
def test_the_answer_loads_no_heavy_library(tmp_path, form):
    assert loaded(tmp_path, "128", "28", "--no-verify", "--format", form) == []


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "latex"])
def test_only_the_table_loads_rich(tmp_path, form):
    words = ("128", "28", "--no-verify", "--format", form)
    assert loaded(tmp_path, *words, watched=["rich"]) == []
    assert loaded(tmp_path, *words[:3], watched=["rich"]) == ["rich"]


@pytest.mark.parametrize("command", ["step", "gradients", "shapes"])
def test_the_other_commands_load_only_numpy(tmp_path, command):
    words = (command, "6", "3", "--seq-len", "4", "--no-verify")
    watched = [*HEAVY, "matplotlib", "safetensors"]
    assert set(loaded(tmp_path, *words, watched=watched)) <= {"numpy"}


def test_a_bare_import_loads_next_to_nothing(tmp_path):
    code = "import lstmcalc, sys; print([m for m in sys.modules if m.startswith('lstmcalc.')])"
    assert lstmcalc(folder=tmp_path, code=code).stdout.strip() == "[]"


@pytest.mark.parametrize("library", ["numpy", "sympy"])
def test_the_check_can_fail(tmp_path, library):
    words = ("128", "28", "--no-verify")
    assert loaded(tmp_path, *words, before=f"import {library}") == [library]


def test_the_check_sees_what_the_proof_loads(tmp_path):
    pytest.importorskip("torch")
    assert {"numpy", "torch"} <= set(loaded(tmp_path, "128", "28"))
