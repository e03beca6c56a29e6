"""Terminals that are not UTF-8: what they lack is written in ASCII, never as a question mark."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lstmcalc.cli.main import main
from lstmcalc.commands.words import FORMATS
from lstmcalc.render import terminal
from lstmcalc.render.table import Drawing, Table
from lstmcalc.transliteration import encodable, encodable_drawing, form_of
from lstmcalc.verdict import Check, Verdict

HERE = Path(__file__).parent
UNPRINTED = set("é隠れ＝＋－＠")
"""Characters of names in examples, and those that CSV looks for."""
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "koi8-r")
COMMANDS = (
    "128 28 --classes 10 --formula --backward", "128 28 --layers 4 --cell gru --bidirectional",
    "8 4 --cell lstm_peephole --formula", "8 4 --cell gru_reset_before --formula",
    "reconcile 128 28", "reconcile 128 28 --cell gru", "explain 80896 --cell lstm",
    "shapes 8 4 --bidirectional", "shapes 8 4 --lengths 5,3", "step 8 4 --at 2", "step 3 2",
    "gradients 8 4 --seq-len 20", "--help", "gradients --help", "explain --help",
)  # fmt: skip


def printed():
    """Every character beyond ASCII that the program can print."""
    sources = [*(HERE / "golden").rglob("*.*"), *(HERE.parent / "lstmcalc").rglob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    return sorted({character for character in text if not character.isascii()} - UNPRINTED)


def test_every_character_that_is_printed_has_a_form():
    assert len(printed()) > 100
    assert [c for c in printed() if not re.fullmatch(r"[ -~]+", form_of(c))] == []
    assert [c for c in printed() if re.search(r"[?\\]", form_of(c))] == []


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("−512: one bias", "-512: one bias"), ("28 → 128", "28 -> 128"), ("0–3 ×4", "0-3 x4"),
        ("c(t) = f(t) ⊙ c(t−1)", "c(t) = f(t) .* c(t-1)"), ("σ(W_xi·x(t))", "sigma(W_xi*x(t))"),
        ("✓ verified", "ok verified"), ("✗ failed", "x failed"), ("≤ 1e-12", "<= 1e-12"),
        ("∂L/∂h", "dL/dh"), ("½", "1/2"), ("Σ_t", "sum_t"), ("γ Ω", "gamma Omega"),
        ("└─┴━┛", "+-+=+"), ("│┃", "||"), ("⠉⣀⢕", "'.:"),
    ],
)  # fmt: skip
def test_a_form_can_be_read(text, form):
    assert encodable(text, "ascii") == form


def test_what_the_encoding_has_stays():
    assert encodable("½ × σ é 隠", "cp437") == "½ x σ é \\u96a0"
    assert encodable("½ × σ é", "latin-1") == "½ × sigma é"
    assert encodable("½ × σ − ⊙ 隠", "utf-8") == "½ × σ − ⊙ 隠"


@pytest.mark.parametrize("character", printed())
def test_a_drawing_keeps_its_places(character):
    for line in (character, f"│  {character}  │", f"{character}{character} {character}x"):
        assert len(encodable_drawing(line, "ascii")) == len(line)
    assert len(encodable_drawing(f"│  {character}  │ x", "ascii").split()[-1]) == 1


def output(words, encoding, tty=True):
    """The same, in this process."""

    class Stream(io.TextIOWrapper):
        def isatty(self):
            return tty

    before = sys.stdout
    sys.stdout = Stream(io.BytesIO(), encoding, newline="\n")
    try:
        main([*words, "--no-verify"])
        sys.stdout.flush()
        return sys.stdout.buffer.getvalue()
    finally:
        sys.stdout = before


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """A terminal without colours, wide enough for the longer forms."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_sign_becomes_a_question_mark(command):
    words = command.split()
    whole = output(words, "utf-8").decode()
    for encoding in ENCODINGS:
        text = output(words, encoding).decode(encoding)
        assert text.count("?") == whole.count("?")
        assert "\\u" not in text
        assert len(text.splitlines()) == len(whole.splitlines())
        kept = [c for c in whole if not c.isascii() and encodable(c, encoding) == c]
        assert set(kept) <= set(text)


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
def test_columns_stay_in_line(encoding):
    rows = (("σ", "a → b", 1), ("x", "−", 22), ("layers 0–3", "½ ± ≤", 333))
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(file=stream, width=80, highlight=False)
    table = Table("t", ("…", "→", "number"), rows, drawing=Drawing(("→ │ σ │", "→ │ x │")))
    console.print(terminal.tables_text((table,), console))
    checks = (Check("a", "passed", "one"), Check("b", "failed", "two"), Check("c", "skipped", "x"))
    terminal.print_verdict(Verdict(checks, "torch", "cpu"), console)
    stream.flush()
    text = stream.buffer.getvalue().decode(encoding)
    assert "?" not in text
    lines, bar = text.splitlines(), form_of("│") if encoding == "ascii" else "│"
    ends = (("number", "1", "22", "333"), (bar, bar), ("one", "two", "x"))
    for first, last in zip((1, 6, len(lines) - 3), ends, strict=True):
        found = zip(lines[first:], last, strict=False)
        assert len({line.rindex(end) + len(end) * (first == 1) for line, end in found}) == 1


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_the_installed_command(environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONIOENCODING", "PYTHONUTF8")}
    command = [sys.executable, "-m", "lstmcalc"]
    done = subprocess.run(
        [*command, "reconcile", "128", "28", "--no-verify"],
        env={**clean, **environment}, capture_output=True, check=True,
    )  # fmt: skip
    assert b"-512: one bias" in done.stdout
    assert b"?" not in done.stdout
    failed = subprocess.run(
        [*command, "128", "28", "--cell", "×σ"],
        env={**clean, **environment}, capture_output=True, check=False,
    )  # fmt: skip
    assert b"?" not in failed.stderr.replace(b"did you mean", b"").replace(b"'?", b"")
    assert failed.stderr.startswith(b"lstmcalc: ")


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "table"])
def test_a_document_is_utf_8_wherever_it_goes(form):
    """Of an old code page a reader could not know; and it has not the characters of every name."""
    words = ["reconcile", "128", "28", "--format", form]
    whole = output(words, "utf-8", tty=False)
    for encoding in ENCODINGS:
        assert output(words, encoding, tty=False) == whole


def test_a_document_on_a_terminal_is_what_the_terminal_can_show():
    text = output(["reconcile", "128", "28", "--format", "csv"], "ascii").decode("ascii")
    assert "-512: one bias" in text
    assert "?" not in text
