"""One network in every framework: totals measured there, the reasons, and the real thing."""

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from frameworks import oracle

from lstmcalc import (
    GRU,
    LSTM,
    RNN,
    build_network,
    calculate,
    count_parameters,
    step_through,
    verify,
)
from lstmcalc.conventions.known import CONVENTIONS
from lstmcalc.conventions.layout import Layout, Packed
from lstmcalc.errors import ConfigurationError, UnknownNameError, UnsupportedError
from lstmcalc.oracles.known import ORACLES
from lstmcalc.reconciliation import Term, reconcile
from lstmcalc.render.pages.reconciliation import page
from lstmcalc.verification import load

FRAMEWORKS = ("torch", "keras", "onnx", "flax", "nnx")
PEERS = FRAMEWORKS[1:]


def totals(network):
    """The total of every framework, by its name; of two with the cell that was asked for."""
    return {row.convention.name: row.total for row in reconcile(network).rows if row.same}


def grouped(network):
    return [(group.total, group.cell, group.bias) for group in reconcile(network).groups]


# --------------------------------------------------- totals, at I = 28 and H = 128, as measured

TWO = {"num_layers": 2, "bidirectional": True, "num_classes": 10}


@pytest.mark.parametrize(
    ("options", "double", "single"),
    [({}, 80_896, 80_384), (TWO, 559_626, 557_578), ({"proj_size": 64}, 56_320, 55_808)],
)
def test_an_lstm_has_two_totals(options, double, single):
    network = LSTM(28, 128, **options)
    assert grouped(network) == [(double, "lstm", "double"), (single, "lstm", "single")]
    found = totals(network)
    assert {name for name, total in found.items() if total == double} == {
        name for name in ("torch", "cudnn", "onnx", "paddle", "mxnet", "chainer_nstep")
        if name in found
    }  # fmt: skip
    assert found["torch"] - found["tf1"] == double - single


@pytest.mark.parametrize(
    ("options", "after", "before"),
    [
        ({}, (60_672, 60_416, 60_288), (60_672, 60_288)),
        (TWO, (420_362, 419_338, 418_826), (420_362, 418_826)),
        ({"bias": False}, (59_904,), (59_904,)),
    ],
)
def test_a_gru_has_totals_of_two_functions(options, after, before):
    network = GRU(28, 128, **options)
    found = grouped(network)
    assert tuple(total for total, cell, _ in found if cell == "gru") == after
    assert tuple(total for total, cell, _ in found if cell == "gru_reset_before") == before
    if not options:
        own = totals(network)
        assert (own["keras"], own["flax"], own["nnx"]) == after
        other = totals(build_network(28, 128, cell="gru_reset_before"))
        assert (other["onnx"], other["keras"], other["tf1"]) == (60_672, 60_288, 60_288)


@pytest.mark.parametrize(("options", "both"), [({}, (20_224, 20_096)), (TWO, (141_834, 141_322))])
def test_a_plain_rnn_has_two_totals(options, both):
    network = RNN(28, 128, **options)
    assert tuple(dict.fromkeys(total for total, *_ in grouped(network))) == both
    found = totals(network)
    assert (found["torch"], found["keras"]) == both
    assert "haiku" not in found  # it has a rectifier
    instead = [row for row in reconcile(network).rows if row.convention.name == "haiku"]
    assert [(row.cell, row.same) for row in instead] == [("rnn_relu", False)]


def test_a_peephole_lstm_has_two_totals():
    network = build_network(28, 128, cell="lstm_peephole")
    one = ("tf1", "onednn", "tflite", "coreml", "coreml_nn", "tf_block")
    assert totals(network) == {"onnx": 81_280, **dict.fromkeys(one, 80_768)}
    projected = build_network(28, 128, cell="lstm_peephole", proj_size=64)
    assert totals(projected)["tf1"] == 56_192


def test_onnx_stores_four_gates_of_a_coupled_lstm():
    (row,) = reconcile(build_network(28, 128, cell="lstm_coupled")).rows
    assert (row.convention.name, row.total) == ("onnx", 80_896)
    assert row.total - count_parameters(row.network) == 20_224
    assert "does not read the forget gate's rows" in row.notes[0]


def test_rows_that_are_not_read_are_a_term_of_their_own():
    three = CONVENTIONS["keras"]._replace(
        name="three", layouts={"lstm_coupled": Layout("three gates", "iog")}
    )
    network = build_network(28, 128, cell="lstm_coupled")
    first, second = reconcile(network, [three, CONVENTIONS["onnx"]]).rows
    assert (first.total, second.total) == (60_288, 80_896)
    assert second.terms == (
        Term(384, "two biases, not one"),
        Term(20_224, "stored and not read"),
    )


@pytest.mark.parametrize("cell", ["lstm", "gru", "gru_reset_before", "rnn", "rnn_relu"])
@pytest.mark.parametrize("options", [{}, TWO, {"bias": False}, {"vocab_size": 9}])
def test_the_terms_add_up_to_the_difference(cell, options):
    found = reconcile(build_network(28, 128, cell=cell, **options))
    first = found.rows[0]
    assert (first.difference, first.terms) == (0, ())
    for row in found.rows:
        assert row.difference == row.total - first.total == sum(t.count for t in row.terms)
        assert row.total == sum(int(np.prod(t.shape)) for t in row.tensors)
        assert all(term.count for term in row.terms)
    assert found.without_biases == reconcile(build_network(28, 128, cell=cell, **options | {
        "bias": False})).rows[0].total  # fmt: skip
    assert sum(len(group.titles) for group in found.groups) == len(found.rows)


def test_a_term_says_what_it_is_of():
    rows = {row.convention.name: row for row in reconcile(GRU(28, 128)).rows if row.same}
    assert rows["flax"].terms == (Term(-256, "one bias, not two"),)
    assert rows["nnx"].terms == (Term(-384, "bias on x, not two"),)


def test_the_first_framework_is_what_others_differ_from():
    first, second = reconcile(LSTM(28, 128), [CONVENTIONS["keras"], CONVENTIONS["torch"]]).rows
    assert (first.convention.name, first.difference) == ("keras", 0)
    assert (second.difference, second.terms) == (512, (Term(512, "two biases, not one"),))


# ------------------------------------------------------------------ frameworks without the cell


def test_frameworks_without_the_cell_are_told():
    without = dict(reconcile(GRU(28, 128)).without)
    assert without == dict.fromkeys(
        ("Sonnet", "nnx Optimized", "TFLite", "TF BlockLSTMV2", "DL4J"), "no GRU described here"
    )
    assert dict(reconcile(build_network(3, 5, cell="lstm_peephole")).without)["torch"] == (
        "no peephole LSTM described here"
    )


def test_frameworks_without_a_part_of_it_are_told():
    without = dict(reconcile(LSTM(28, 128, proj_size=64)).without)
    assert without["Keras"] == "no projection"
    assert "torch" not in without
    unbiased = dict(reconcile(LSTM(28, 128, bias=False)).without)
    assert unbiased["TF1"] == unbiased["Flax"] == "no cell without biases"


def test_stored_numbers_that_are_not_read_are_no_biases():
    found = reconcile(build_network(28, 128, cell="lstm_coupled"))
    assert (found.rows[0].total, found.without_biases) == (80_896, 79_872)


def test_one_wrong_row_fails_in_every_verdict():
    for name in ("torch", "keras"):
        oracle(name)
    verdict = verify(edited(LSTM(3, 5), "tf1", FAULTS["total"]), against=("torch", "keras"))
    assert [each.outcome for each in verdict.every] == ["failed", "failed"]
    found = reconcile(LSTM(3, 5))
    lied = replace(found, without=(("torch", "no LSTM"),))
    assert verify(lied, against=("torch",)).outcome == "failed"


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "lstm_peephole", "lstm_coupled"])
def test_every_framework_has_it_or_is_told(cell):
    found = reconcile(build_network(3, 5, cell=cell))
    named = {row.convention.title for row in found.rows} | {title for title, _ in found.without}
    assert named == {convention.title for convention in CONVENTIONS.values()}


def test_what_cannot_be_reconciled():
    first, second = LSTM(3, 5).layers[0], GRU(3, 5).layers[0]
    with pytest.raises(ConfigurationError, match="layers of gru and lstm"):
        reconcile(replace(LSTM(3, 5), layers=(first, second)))
    with pytest.raises(UnsupportedError, match="cell gru: no framework known here has it"):
        reconcile(GRU(3, 5), [CONVENTIONS["tf1"]])


# --------------------------------------------------------------------------------- the proof


def test_every_row_is_that_of_the_real_framework():
    for name in FRAMEWORKS:
        oracle(name)
    for network in (LSTM(3, 5, 2, bidirectional=True, num_classes=4), GRU(3, 5), RNN(3, 5)):
        verdict = verify(reconcile(network), against=FRAMEWORKS)
        assert verdict, [each.summary for each in verdict.every]
        rows = [row for row in reconcile(network).rows if row.convention.name in FRAMEWORKS]
        assert len(verdict.every) == len(rows)
        assert all(each.checks[0].name == "rows" for each in verdict.every)


def edited(of, name, changes):
    """The reconciliation of a network with one framework's row edited."""
    found = reconcile(of)
    rows = tuple(
        replace(row, **{part: change(row) for part, change in changes.items()})
        if row.convention.name == name and row.same
        else row
        for row in found.rows
    )
    return replace(found, rows=rows)


FAULTS = {
    "total": {"total": lambda row: row.total + 1},
    "tensors": {"tensors": lambda row: row.tensors[1:]},
    "terms": {"terms": lambda row: row.terms[1:]},
    "difference": {"difference": lambda row: row.difference + 1},
    "difference, with its terms": {
        "difference": lambda _: -7, "terms": lambda _: (Term(-7, "one bias, not two"),)
    },
    "network": {"network": lambda _: GRU(3, 6, bias="single")},
    "layout": {"layout": lambda row: row.layout._replace(order="zrn")},
    "same": {"same": lambda _: False},
    "cell": {"network": lambda _: RNN(3, 5)},
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["nnx", "flax"])
def test_an_edited_row_fails(name, fault):
    oracle(name)
    verdict = verify(edited(GRU(3, 5), name, FAULTS[fault]), against=(name,))
    assert verdict.outcome == "failed"
    row = verdict.checks[0]
    assert (row.name, row.status) == ("rows", "failed")
    title = CONVENTIONS[name].title
    assert f"{fault.partition(',')[0]} of {title}" in row.culprits


def test_a_row_of_a_convention_with_gates_exchanged_fails():
    oracle("keras")
    wrong = exchanged("keras", "lstm", "figo")
    verdict = verify(reconcile(LSTM(3, 5), [wrong]), against=("keras",))
    assert {"tensors of Keras", "layout of Keras"} <= set(verdict.checks[0].culprits)


def test_a_framework_without_a_row_is_not_verified():
    found = reconcile(GRU(3, 5), [CONVENTIONS["torch"]])
    oracle("keras")
    verdict = verify(found, against=("keras",))
    assert verdict.outcome == "not verified"
    assert verdict.reason == "the reconciliation has no row of keras"


# ------------------------------------------------------------- a report against each framework


def exchanged(name, cell, order):
    """A convention whose gates of a cell stand in another order."""
    right = CONVENTIONS[name]
    layouts = {**right.layouts, cell: right.layouts[cell]._replace(order=order)}
    return right._replace(layouts=layouts)


def faults(verdict, check):
    (found,) = [each for each in verdict.checks if each.name == check]
    assert found.status == "failed", verdict.checks
    return " ".join(found.culprits) + " | " + found.detail


def test_a_report_is_verified_against_every_framework():
    for name in ORACLES:
        oracle(name)
    report = calculate(GRU(3, 5, 2, bidirectional=True, vocab_size=9, num_classes=4))
    verdict = verify(report, against=tuple(ORACLES))
    assert verdict, [each.summary for each in verdict.every]
    assert [each.framework.split()[0] for each in verdict.every] == [
        "torch", "keras", "onnxruntime", "flax", "flax", "XLA"
    ]  # fmt: skip
    names = [[check.name for check in each.checks] for each in verdict.every[1:]]
    assert names == [["tensors", "totals", "values"]] * 4 + [["work"]]


def test_the_first_framework_gives_the_verdict_and_the_others_count():
    oracle("keras")
    report = calculate(LSTM(3, 5))
    verdict = verify(report, against=("keras", "torch", "keras"))
    assert [each.framework.split()[0] for each in verdict.every] == ["keras", "torch"]
    wrong = replace(report.run_work, macs=1)  # torch alone measures it
    mixed = verify(replace(report, run_work=wrong), against=("keras", "torch"))
    assert [each.outcome for each in mixed.every] == ["failed", "failed"]
    assert [check.name for check in mixed.every[0].having("failed")] == ["report"]
    assert not mixed


# An order of gates that is another framework's, with as many of them.
WRONG = {"keras": ("lstm", "figo"), "onnx": ("lstm", "ifgo"), "nnx": ("gru", "zrn")}


@pytest.mark.parametrize("name", WRONG)
def test_gates_exchanged_in_a_convention_fail(name, monkeypatch):
    oracle(name)
    cell, order = WRONG[name]
    network = build_network(3, 5, cell=cell)
    assert verify(network, against=(name,))
    monkeypatch.setitem(CONVENTIONS, name, exchanged(name, cell, order))
    verdict = verify(network, against=(name,))
    assert [check.name for check in verdict.having("failed")] == ["values"]
    assert "outputs differ by" in faults(verdict, "values")


def with_tensors(name, cell, change):
    """A convention with the tensors of one cell changed."""
    right = CONVENTIONS[name]
    layout = right.layout(cell)
    own = layout._replace(tensors=tuple(change(right.packing(cell))))
    return right._replace(layouts={**right.layouts, cell: own})


TENSORS = {
    "its name": (
        lambda held: [*held[:1], held[1]._replace(name="other"), *held[2:]],
        "it is not given",
    ),
    "its axes": (lambda held: [held[0]._replace(axes=turned(held[0].axes)), *held[1:]], "shape"),
    "one more": (lambda held: [*held, Packed("more", held[-1].holds, held[-1].axes)], "more"),
}


def turned(axes):
    return {"i (g h)": "(g h) i", "d (g h) i": "d i (g h)", "i h": "h i"}[axes]


@pytest.mark.parametrize("what", TENSORS)
@pytest.mark.parametrize("name", PEERS)
def test_a_wrong_tensor_in_a_convention_fails(name, what, monkeypatch):
    oracle(name)
    change, said = TENSORS[what]
    monkeypatch.setitem(CONVENTIONS, name, with_tensors(name, "lstm", change))
    verdict = verify(LSTM(3, 5), against=(name,))
    assert verdict.outcome == "failed"
    assert said in faults(verdict, "tensors")


@pytest.mark.parametrize("name", PEERS)
def test_a_wrong_total_in_a_report_fails(name):
    oracle(name)
    kept = "double" if name == "onnx" else "single"
    report = calculate(LSTM(3, 5, bias=kept), convention=name)
    wrong = tuple(
        replace(total, network=total.network + (total.bias == kept)) for total in report.totals
    )
    assert verify(report, against=(name,))
    verdict = verify(replace(report, totals=wrong), against=(name,))
    assert f"with bias={kept}" in faults(verdict, "totals")


@pytest.mark.parametrize("name", PEERS)
def test_wrong_tensors_in_a_report_fail(name):
    oracle(name)
    kept = "double" if name == "onnx" else "single"
    report = calculate(LSTM(3, 5, bias=kept), convention=name)
    assert verify(report, against=(name,))
    verdict = verify(replace(report, tensors=report.tensors[1:]), against=(name,))
    assert "the report's tensors are not those of its network" in faults(verdict, "tensors")


@pytest.mark.parametrize("part", ["macs", "bias_adds", "adds", "muls", "sigmoids", "tanhs"])
def test_wrong_work_of_a_step_fails_against_xla(part):
    oracle("jax")
    report = calculate(GRU(3, 5, 2))
    assert verify(report, against=("jax",))
    right = report.layers[1]
    more = replace(right.step_work, **{part: getattr(right.step_work, part) + 1})
    wrong = replace(report, layers=(report.layers[0], replace(right, step_work=more)))
    verdict = verify(wrong, against=("jax",))
    assert "layer 1 takes" in faults(verdict, "work")


@pytest.mark.parametrize("cell", ["lstm", "gru", "gru_reset_before", "rnn", "rnn_relu",
                                  "lstm_peephole", "lstm_coupled"])  # fmt: skip
def test_xla_counts_every_cell(cell):
    oracle("jax")
    assert verify(build_network(3, 5, cell=cell), against=("jax",))


# ------------------------------------------------------ what cannot be asked, and is not there


@pytest.mark.parametrize("name", ORACLES)
def test_a_framework_that_is_missing_is_told_with_how_to_get_it(name, monkeypatch):
    own = ORACLES[name]
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    expected = (
        f"{own.packages[0]} is not installed; install it with: pip install 'lstmcalc[{own.extra}]'"
    )
    assert load(name) == expected
    for target in (LSTM(3, 5), reconcile(LSTM(3, 5))):
        verdict = verify(target, against=(name,))
        assert verdict.outcome == "not verified"
        assert verdict.summary == f"not verified: {expected}"
        assert not verdict


def test_one_framework_that_is_missing_leaves_the_others(monkeypatch):
    oracle("keras")
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda p: None if p == "onnx" else real(p))
    verdict = verify(LSTM(3, 5), against=("torch", "onnx", "keras"))
    assert [each.outcome for each in verdict.every] == ["verified", "not verified", "verified"]
    assert not verdict


@pytest.mark.parametrize(
    ("network", "name", "why"),
    [
        (build_network(3, 5, cell="lstm_peephole"), "keras", "no such cell"),
        (LSTM(3, 5, proj_size=2), "onnx", "lstm in ONNX: it has no projection"),
        (LSTM(3, 5, bias=False), "flax", "lstm in Flax: it has no cell without biases"),
        (LSTM(5, 5, vocab_size=7, tie_weights=True), "nnx", "tied weights"),
    ],
)
def test_a_network_that_a_framework_does_not_have_is_not_verified(network, name, why):
    oracle(name)
    verdict = verify(network, against=(name,))
    assert verdict.outcome == "not verified"
    assert re.search(why, verdict.reason), verdict.reason


def test_names_of_frameworks_are_checked():
    with pytest.raises(UnknownNameError, match="'kears': not known; did you mean 'keras'"):
        verify(LSTM(3, 5), against=("kears",))
    with pytest.raises(ConfigurationError, match="no framework"):
        verify(LSTM(3, 5), against=())
    oracle("keras")
    with pytest.raises(ConfigurationError, match="keras can be asked about a network"):
        verify(step_through(LSTM(3, 5), seq_len=2), against=("keras",))


# ------------------------------------------------------------------------ how many totals are told

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def test_as_many_totals_are_told_as_there_are_numbers():
    found = reconcile(build_network(28, 128, cell="gru"))
    distinct = {row.total for row in found.rows} | {found.without_biases}
    root = Path(__file__).parent.parent
    files = ("README.md", "docs/tutorial.md", "lstmcalc/tutorial.py", "lstmcalc/commands/known.py")
    text = " ".join((root / path).read_text(encoding="utf-8") for path in files)
    # two totals are those that `explain` is given
    told = [word for word in re.findall(r"(\w+) totals", text) if word in NUMBERS and word != "two"]
    assert told == [NUMBERS[len(distinct)]] * 4


@pytest.mark.parametrize("cell", ["gru", "gru_reset_before", "lstm", "rnn", "rnn_relu"])
def test_a_framework_counts_once_for_each_total(cell):
    found = reconcile(build_network(28, 128, cell=cell))
    result = page(found).result
    for total, count in re.findall(r"([\d,]+) \((\d+)\)", result):
        rows = [row for row in found.rows if f"{row.total:,}" == total]
        assert int(count) == len({row.convention.name for row in rows}) > 0
    frameworks = {row.convention.name for row in found.rows}
    assert f"in {len(frameworks)} conventions" in result
    several = {(row.convention.name, row.total) for row in found.rows}
    twice = len(several) - len(frameworks)
    assert result.endswith(f", {twice} of them with two cells" if twice else "conventions")
    listed = [title for group in found.groups for title in group.titles]
    assert {*listed} == {CONVENTIONS[name].title for name in frameworks}
