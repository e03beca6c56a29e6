"""Every output format: golden files for what it looks like, and readers for what it means.

After a wanted change: LSTMCALC_GOLDEN=write pytest tests/test_render.py, then read the diff.
"""

import csv
import io
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from rich.console import Console
from strategies import networks, runs

from lstmcalc import (
    CELLS,
    GRU,
    LSTM,
    build_network,
    calculate,
    convert,
    explain,
    gradient_reach,
    reconcile,
    step_through,
    trace_shapes,
    verify,
)
from lstmcalc.commands.explain import show_command, show_option
from lstmcalc.conventions.arrays import pack
from lstmcalc.conventions.libraries import TORCH
from lstmcalc.conventions.packing import tensors
from lstmcalc.draw import draw_weights
from lstmcalc.render import csv as as_csv
from lstmcalc.render import html, latex, markdown, terminal
from lstmcalc.render import json as as_json
from lstmcalc.render.page import verdict_table
from lstmcalc.render.pages import conversion, explanation, flow, reach, reconciliation, walk
from lstmcalc.render.pages.report import page
from lstmcalc.render.table import NO_DRAWING, Table, shown
from lstmcalc.verdict import Check, Verdict

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((Path(__file__).parent.parent / "docs/report.schema.json").read_text("utf-8"))
VERDICT = Verdict(
    (
        Check("tensors", "passed", "6 of 6 names and shapes equal"),
        Check("values", "failed", "outputs differ by 1.0e-01", ("weight_hh_l0 transposed",)),
        Check("gates", "skipped", "not run"),
    ),
    "torch 2.13.0",
    "cpu",
    0.25,
)
REPORTS = {
    "tutorial": calculate(LSTM(28, 128, num_classes=10)),
    "stack": calculate(
        GRU(80, 256, 4, bidirectional=True, vocab_size=5_000, num_classes=7, head_on="every"),
        seq_len=50, batch_size=16, batch_first=True,
    ),
    "peephole": calculate(
        build_network(40, [1024, 512], cell="lstm_peephole", bias="single", proj_size=64)
    ),
}  # fmt: skip


def as_text(shown):
    console = Console(width=80, file=io.StringIO(), highlight=False)
    terminal.print_page(shown, console)
    terminal.print_verdict(shown.verdict, console)
    return console.file.getvalue()


def converted():
    network = GRU(28, 8, 2, num_classes=3)
    return convert(pack(draw_weights(network), tensors(network, TORCH)), "torch", "onnx")


FORMATS = {
    "txt": as_text,
    "json": as_json.render,
    "csv": as_csv.render,
    "md": markdown.render,
    "tex": latex.render,
    "html": html.render,
}
PAGES = {
    **{name: lambda report=report: page(report, VERDICT, formula=True)
       for name, report in REPORTS.items()},
    "backward": lambda: page(REPORTS["tutorial"], VERDICT, formula=True, backward=True),
    "walk": lambda: walk.page(step_through(LSTM(3, 2, num_classes=2), seq_len=2), VERDICT),
    "walk_large": lambda: walk.page(step_through(GRU(28, 128, bidirectional=True)), VERDICT, 2),
    "reach": lambda: reach.page(gradient_reach(LSTM(28, 128)), VERDICT),
    "flow": lambda: flow.page(
        trace_shapes(LSTM(28, 128, bidirectional=True), batch_first=True), VERDICT
    ),
    "explain": lambda: explanation.page(explain(80_896), VERDICT, show_command, show_option),
    "explain_two": lambda: explanation.page(
        explain(150, 165, hidden_size=5), VERDICT, show_command, show_option
    ),
    "explain_changed": lambda: explanation.page(
        explain(81_000, hidden_size=128, input_size=28, cell="lstm", vocab_size=0, num_classes=0),
        VERDICT, show_command, show_option,
    ),
    "explain_rounded": lambda: explanation.page(
        explain("20M", proj_size=512, most=3), VERDICT, show_command, show_option
    ),
    "reconcile": lambda: reconciliation.page(reconcile(LSTM(28, 128, num_classes=10)), VERDICT),
    "reconcile_gru": lambda: reconciliation.page(reconcile(GRU(28, 128)), VERDICT),
    "convert": lambda: conversion.page(converted(), VERDICT, "out.npz"),
    "packed": lambda: flow.page(trace_shapes(GRU(28, 128, 2), lengths=(5, 3)), VERDICT),
}  # fmt: skip
FLOATS = {"walk", "walk_large", "reach"}
"""Their JSON and CSV hold every digit, and the last one depends on the machine."""
CASES = [
    (name, ending) for name in PAGES for ending in FORMATS
    if name not in FLOATS or ending not in ("json", "csv")
]  # fmt: skip


@pytest.mark.parametrize(("name", "ending"), CASES)
def test_looks_as_it_did(name, ending):
    path = GOLDEN / f"{name}.{ending}"
    text = FORMATS[ending](PAGES[name]())
    if os.environ.get("LSTMCALC_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_row_of_a_table_is_one_row_of_a_document(name):
    shown = PAGES[name]()
    tables = [*shown.tables, verdict_table(VERDICT)]
    rows = [len(table.rows) for table in tables]
    assert [row for table in tables for row in table.rows if row[0] in ("", None)] == []
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.render(shown))
    found = [0]
    for token in tokens:
        found += [-1] * (token.type == "table_open")  # the head is a row too
        found[-1] += token.type == "tr_open"
    assert found[1:] == rows
    heads = html.render(shown).split("<table>")[1:]
    assert [part.count("<tr>") - 1 for part in heads] == rows[: len(shown.tables)]
    bodies = re.findall(r"\\midrule\n(.*?)\\bottomrule", latex.render(shown), re.DOTALL)
    assert [body.count("\\\\\n") for body in bodies] == rows


@pytest.mark.parametrize("name", PAGES)
def test_a_cell_is_one_record_of_csv(name):
    shown = PAGES[name]()
    head, *records = csv.reader(io.StringIO(as_csv.render(shown)))
    assert {len(record) for record in records} == {len(head)}
    assert [record for record in records if len("".join(record).splitlines()) > 1] == []
    if shown.records is not None:
        return
    for table in shown.tables:
        named = isinstance(table.rows[0][0], str) and len(table.columns) > 1
        cells = [cell for row in table.rows for cell in row[named:] if cell is not None]
        assert sum(record[0] == table.title for record in records) == len(cells)


def test_what_was_searched_is_a_row_for_each_choice():
    shown = PAGES["explain"]()
    (table,) = [table for table in shown.tables if table.title == "What was searched"]
    choices = json.loads(as_json.render(shown))["searched"]["choices"]
    assert dict(table.rows) == choices
    assert len(table.rows) == len(choices)


@settings(max_examples=100, deadline=None)
@given(networks(cells=tuple(CELLS)), runs())
def test_json_follows_its_schema(network, run):
    document = json.loads(as_json.render(page(calculate(network, **run), VERDICT)))
    jsonschema.validate(document, SCHEMA)


def test_the_schema_can_refuse():
    document = json.loads(as_json.render(page(REPORTS["tutorial"], VERDICT, formula=True)))
    jsonschema.validate(document, SCHEMA)
    document["parameters"]["total"] = "82186"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_csv_can_be_read_back():
    lines = list(csv.DictReader(io.StringIO(as_csv.render(page(REPORTS["tutorial"], VERDICT)))))
    found = {(line["row"], line["column"]): line["value"] for line in lines}
    assert found["all gates", "no bias"] == "79872"
    assert found["total", "parameters"] == "82186"
    assert found["head", "parameters"] == "1290"


def test_html_is_well_formed_and_escaped():
    class Balanced(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):
            if tag != "br":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    parser = Balanced()
    parser.feed(REPORTS["tutorial"]._repr_html_())
    parser.close()
    assert parser.open == []
    assert "<strong>82,186 parameters" in REPORTS["tutorial"]._repr_html_()


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (VERDICT, "✗ failed against torch 2.13.0 on cpu: values (weight_hh_l0 transposed)"),
        (Verdict(VERDICT.checks[:1], "torch", "cpu"), "✓ verified against torch on cpu: 1 of 1"),
        (Verdict(VERDICT.checks[::2], "torch", "cpu"), "◐ partly verified"),
        (Verdict(VERDICT.checks[2:], "torch", "cpu", reason="no"), "○ not verified: no"),
        (Verdict(reason="torch is not installed"), "○ not verified: torch is not installed"),
    ],
)
def test_the_word_verified_stands_for_what_was_checked(verdict, line):
    console = Console(width=200, file=io.StringIO(), highlight=False)
    terminal.print_verdict(verdict, console)
    assert line in console.file.getvalue()


def test_a_report_has_no_room_for_a_verdict_that_was_not_given():
    pytest.importorskip("torch")
    assert verify(REPORTS["peephole"]).outcome == "not verified"


@pytest.mark.parametrize("ending", ["txt", "md", "html"])
def test_formula_draws_the_cell(ending):
    drawn = page(REPORTS["tutorial"], VERDICT, True)
    assert "c(t−1) ━━━━⊗" in FORMATS[ending](drawn)
    assert "━━━━⊗" not in FORMATS[ending](page(REPORTS["tutorial"], VERDICT))


@pytest.mark.parametrize("width", [40, 52, 60, 80])
@pytest.mark.parametrize("name", PAGES)
def test_no_row_of_a_table_is_broken_between_its_columns(name, width):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    for table in PAGES[name]().tables:
        bare = replace(table, title="", drawing=NO_DRAWING, note="")
        for line in terminal.tables_text([bare], console).plain.split("\n"):
            alone = max(len(shown(row[0])) for row in (table.columns, *table.rows))
            assert len(line) <= max(width, alone) or line.startswith("no room for"), line


def test_columns_without_room_are_left_out_and_named():
    table = Table("t", ("a", "b", "c"), (("x" * 30, 10**12, 10**12),))
    printed = terminal.tables_text([table], Console(file=io.StringIO(), width=52)).plain
    assert "no room for c" in printed
    assert all(len(line) <= 52 for line in printed.split("\n"))
