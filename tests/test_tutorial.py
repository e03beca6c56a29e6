"""The guided walk: every claim is run and must show what it says; the document is the same."""

import re
from pathlib import Path

import pytest
from command import lstmcalc

from lstmcalc.cli import main
from lstmcalc.cli.tutorial import prove
from lstmcalc.tutorial import CHAPTERS, Chapter, Claim, as_markdown

CLAIMS = [claim for chapter in CHAPTERS for claim in chapter.claims]
DOCUMENT = Path(__file__).parent.parent / "docs/tutorial.md"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.command[9:])
def test_every_claim_is_shown_and_proved(claim, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("COLUMNS", "80")
    found, verdict = prove(claim, main)
    assert found == dict.fromkeys(claim.shows, True)
    assert verdict.startswith("✓ verified against torch")


def test_a_claim_that_is_not_shown_fails(capsys, monkeypatch):
    claim = Claim("An LSTM has five gates.", "lstmcalc 128 28 --no-verify", ("(156, 640)",))
    monkeypatch.setattr("lstmcalc.cli.tutorial.CHAPTERS", (Chapter("Wrong", (claim,)),))
    assert main(["tutorial"]) == 1
    assert "✗ not shown: (156, 640)" in capsys.readouterr().out


def test_the_walk_as_a_user_takes_it(tmp_path):
    pytest.importorskip("torch")
    done = lstmcalc("tutorial", "5", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5. The count" in done.stdout
    assert "│ 156 × 512 = 79,872 weights" in done.stdout
    assert "1. " not in done.stdout.split("5. The count")[0]


@pytest.mark.parametrize("words", [["9"], ["0"], ["x"], ["1", "2"]])
def test_a_chapter_that_is_not_there(capsys, words):
    assert main(["tutorial", *words]) == 2
    assert "say a number from 1 to 6" in capsys.readouterr().err


def test_help_names_the_chapters(capsys):
    assert main(["tutorial", "--help"]) == 0
    out = capsys.readouterr().out
    assert all(chapter.title in out for chapter in CHAPTERS)


def test_the_document_is_the_walk():
    assert DOCUMENT.read_text("utf-8") == as_markdown()
    assert len(re.findall(r"^    \$ lstmcalc", as_markdown(), re.MULTILINE)) == len(CLAIMS)


def test_a_failed_proof_is_not_shown():
    claim = Claim("", "lstmcalc 128 28 --no-verify", ("(156, 128)",))
    assert prove(claim, main)[0] == {"(156, 128)": True}

    def failed(words):
        main(words)
        return 1

    assert prove(claim, failed)[0] == {"(156, 128)": False}


def test_narrow_terminals_show_it_too(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    claim = CHAPTERS[1].claims[1]
    assert all(prove(claim, main)[0].values())
