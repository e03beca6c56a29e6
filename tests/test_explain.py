"""Totals explained: published ones, every one that fits and no other, and what is nearest."""

import html
import json
import re
from dataclasses import replace
from itertools import product

import pytest
from command import lstmcalc
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import networks

from lstmcalc import CELLS, LSTM, build_network, count_parameters, explain, verify
from lstmcalc.cli import main
from lstmcalc.errors import LstmcalcError
from lstmcalc.explanation import grid
from lstmcalc.explanation.space import CLASSES
from lstmcalc.explanation.stacks import unequal_stacks
from lstmcalc.explanation.total import read_total
from lstmcalc.render.pages.explanation import page
from lstmcalc.tracing import BIASES

PAPERS = {
    "Sak et al. 2014, LSTMP 1024 → 512, 3 layers, Table 1": (
        "20M",
        {"cell": "lstm_peephole", "bias": "none", "hidden_size": 1024, "proj_size": 512,
         "input_size": 40, "num_layers": 3, "num_classes": 14247},
        19_526_144 + 14_247,  # the paper leaves the biases of the head out
    ),
    "Graves et al. 2013, arXiv:1303.5778, CTC-3l-500h-tanh": (
        "3.7M",
        {"cell": "rnn", "hidden_size": 500, "input_size": 123, "num_layers": 3,
         "bidirectional": True, "num_classes": 62},
        3_688_062,
    ),
    "Graves 2013, arXiv:1308.0850, 3.1, characters": (
        "4.3M",
        {"cell": "lstm_peephole", "hidden_size": 1000, "input_size": 49, "num_classes": 49},
        4_252_049,
    ),
    "Graves 2013, arXiv:1308.0850, handwriting": (
        "3.4M",
        {"cell": "lstm_peephole", "hidden_size": 900, "input_size": 3, "num_classes": 121},
        3_366_121,
    ),
    "Sutskever et al. 2014, 64M recurrent connections": (
        "64M",
        {"cell": "lstm", "bias": "none", "hidden_size": 1000, "input_size": 1000,
         "num_layers": 8},
        64_000_000,
    ),
    "Jozefowicz et al. 2016, LSTM-1024-512, Table 1": (
        "0.82B",
        {"cell": "lstm", "bias": "single", "hidden_size": 1024, "proj_size": 512,
         "input_size": 512, "vocab_size": 793_471, "num_classes": 793_471, "num_layers": 1},
        818_030_463,
    ),
    # counted as multiply-adds of a step, which without biases are as many as the weights
    "Shazeer et al. 2017, Table 7, LSTM-2048-512": (
        "9.4M",
        {"cell": "lstm", "bias": "none", "hidden_size": 2048, "proj_size": 512,
         "input_size": 512, "vocab_size": 0, "num_classes": 0},
        9_437_184,
    ),
    "github.com/apache/mxnet/pull/5861": (
        "4,653,200",
        {"hidden_size": 200, "input_size": 200, "vocab_size": 10_000, "num_layers": 2},
        4_653_200,
    ),
    "TensorFlow's tutorial on text generation with an RNN": (
        "4,022,850",
        {"cell": "gru", "hidden_size": 1024, "input_size": 256, "vocab_size": 66},
        4_022_850,
    ),
    "keras.io, bidirectional LSTM on IMDB": (
        "2,757,761",
        {"hidden_size": 64, "input_size": 128, "vocab_size": 20_000, "num_layers": 2,
         "bidirectional": True, "num_classes": 1},
        2_757_761,
    ),
    "the same in torch": (
        "2,758,785",
        {"hidden_size": 64, "input_size": 128, "vocab_size": 20_000, "num_layers": 2,
         "bidirectional": True, "num_classes": 1},
        2_758_785,
    ),
}  # fmt: skip
"""Published totals, exact or rounded, what is known of the network, and what was found to fit.

The papers whose networks cannot be described here are left out: convolutions (ELMo, Kim et al.
2016, the captcha of keras.io), other cells (ON-LSTM, recurrent highway), a projection as long as
the state (Shazeer et al. 2017, LSTM-512-512).
"""

BARE = {
    80_896: ({"hidden_size": 128, "input_size": 28, "bias": "double"}, 1),
    82_186: ({"hidden_size": 128, "input_size": 28, "num_classes": 10}, 1),
    559_626: ({"hidden_size": 128, "input_size": 28, "num_layers": 2, "bidirectional": True,
               "num_classes": 10}, 1),
    4_653_200: ({"hidden_size": 200, "input_size": 200, "vocab_size": 10_000, "num_layers": 2}, 2),
    4_022_850: ({"cell": "gru", "hidden_size": 1024, "input_size": 256, "vocab_size": 66}, 2),
    2_757_761: ({"hidden_size": 64, "vocab_size": 20_000, "num_layers": 2, "bias": "single",
                 "bidirectional": True}, 5),
    2_758_785: ({"hidden_size": 64, "vocab_size": 20_000, "num_layers": 2, "bias": "double",
                 "bidirectional": True}, 3),
    # Keras models of three LSTM layers of 32, and of one that is bidirectional, over 10,000 words
    344_993: ({"hidden_size": 32, "input_size": 32, "vocab_size": 10_000, "num_layers": 3}, 2),
    336_705: ({"hidden_size": 32, "input_size": 32, "vocab_size": 10_000,
               "bidirectional": True}, 3),
    24_353: ({"hidden_size": 32, "input_size": 32, "vocab_size": 500, "num_classes": 1}, 20),
    130: ({"cell": "rnn", "hidden_size": 10, "input_size": 2, "bias": "single"}, 5),
    120: ({"cell": "rnn", "hidden_size": 10, "input_size": 1, "bias": "single"}, 3),
}  # fmt: skip
"""Published totals alone: the true configuration, and among how many of the first it must be.

344,993 and 336,705: ztlevi.gitbook.io/ml-101, LSTM Ext.; 24,353: Advanced Deep Learning with R;
130: Deep Learning for Beginners, figure 13.1; 120: a question on Keras's SimpleRNN(10).
"""

PLAIN = {"vocab_size": 0, "num_classes": 0}


def run(capsys, *words):
    """Status, output and errors of the command, in this process."""
    status = main(["explain", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def fits(choices, known):
    said = {**choices, "cell": choices["cell"].name}
    return all(said[name] == (value or None) for name, value in known.items())


def reads(match, known):
    """Whether a match is that network, under one of its cells and conventions."""
    return any(
        fits({**match.choices[0], "cell": cell, "bias": bias}, known)
        for cell, bias in match.ways[0]
    )  # fmt: skip


@pytest.mark.parametrize("source", PAPERS)
def test_published_totals_are_explained(source):
    total, known, count = PAPERS[source]
    found = explain(total, **known)
    assert found.matches[0].parameters == (count,)
    assert fits(found.matches[0].choices[0], known)


@pytest.mark.parametrize("total", BARE)
def test_a_total_alone_has_the_published_network_among_the_first(total):
    known, first = BARE[total]
    found = explain(total, most=first)
    assert any(fits(match.choices[0], known) for match in found.matches)
    assert {match.parameters for match in found.matches} == {(total,)}


@pytest.mark.parametrize(
    ("totals", "known", "biases"),
    [
        # github.com/tensorflow/tensorflow/issues/43960: GRU(5) on 4 features
        ((150, 165), {"hidden_size": 5, "input_size": 4}, ("single", "double")),
        ((2_757_761, 2_758_785), {"hidden_size": 64, "vocab_size": 20_000}, ("single", "double")),
        ((2_758_785, 2_757_761), {"hidden_size": 64, "vocab_size": 20_000}, ("double", "single")),
        ((80_896, 80_384), {"hidden_size": 128, "input_size": 28}, ("double", "single")),
        ((60_416, 60_672), {"hidden_size": 128, "input_size": 28}, ("single", "double")),
    ],
)
def test_one_network_has_both_totals(totals, known, biases):
    match = explain(*totals).matches[0]
    assert match.parameters == totals
    assert fits(match.choices[0], known)
    assert tuple(choices["bias"] for choices in match.choices) == biases


def test_reset_after_or_before_is_one_network_in_two_ways():
    found = explain(9_408, 9_600, hidden_size=32, input_size=16)
    first = found.matches[0]
    assert [choices["cell"].name for choices in first.choices] == ["gru_reset_before", "gru"]
    assert first.choices[0]["bidirectional"]
    assert first.between == ("GRU, not GRU (reset before); two biases, not one bias",
                             "2·3·32 = 2·96 = 192")  # fmt: skip


def test_two_cells_are_not_one_network():
    known = {"hidden_size": 128, "input_size": 28, "num_layers": 1, **PLAIN}
    assert explain(60_672, 80_896, **known).matches == ()  # a GRU and an LSTM of the same sizes
    assert explain(60_416, 60_672, **known).matches != ()


def test_a_total_may_leave_out_the_embedding_or_the_head():
    match = explain(82_186, 80_896).matches[0]
    assert [choices["num_classes"] for choices in match.choices] == [10, None]
    assert match.between == ("no head, not 10 classes", "10·128 + 10 = 1,280 + 10 = 1,290")
    whole = count_parameters(LSTM(128, 64, vocab_size=20_000, num_classes=1))
    less = count_parameters(LSTM(128, 64, num_classes=1))
    match = explain(whole, less, hidden_size=64, input_size=128).matches[0]
    assert [choices["vocab_size"] for choices in match.choices] == [20_000, None]


def test_two_totals_of_no_one_network_are_explained_apart():
    known = {"hidden_size": 128, "input_size": 28, "cell": "lstm", "num_layers": 1, **PLAIN}
    found = explain(80_896, 161_792, **known)
    assert found.matches == ()
    assert [len(each.matches) for each in found.separate] == [1, 1]
    assert found.separate[1].matches[0].choices[0]["bidirectional"]


def test_nothing_that_fits_is_missed_and_nothing_else_is_found():
    known = {"num_layers": 1, "bidirectional": False, **PLAIN}
    found = explain(96, most=10_000, **known)
    assert len(found.matches) == found.found
    ways = product(CELLS, BIASES, range(1, 49), range(1, 97))
    expected = {
        network
        for cell, bias, hidden, features in ways
        if count_parameters(
            network := build_network(features, hidden, cell=cell, bias=bias)
        ) == 96
    }  # fmt: skip
    everything = {
        build_network(**{**match.choices[0], "cell": cell, "bias": bias})
        for match in found.matches
        for cell, bias in match.ways[0]
    }
    assert everything == expected


@pytest.mark.parametrize("known", [{}, {"hidden_size": 3}, {"hidden_size": 3, "input_size": 2},
                                   {"vocab_size": 5}, {"tie_weights": True}])  # fmt: skip
def test_no_network_is_found_twice(known):
    found = explain(200, num_layers=1, most=10**6, **known)
    distinct = {match.networks[0] for match in found.matches}
    assert len(distinct) == len(found.matches) == found.found > 0


@settings(max_examples=60, deadline=None)
@given(networks(cells=tuple(CELLS)))
def test_every_network_explains_its_own_total(network):
    layer = network.layers[0]
    hidden = [each.hidden_size for each in network.layers]
    known = {
        "hidden_size": hidden, "input_size": network.input_size, "cell": layer.cell,
        "bias": layer.bias, "bidirectional": layer.bidirectional, "proj_size": layer.proj_size,
        "vocab_size": network.vocab_size or 0, "tie_weights": network.tie_weights,
        "num_classes": network.num_classes or 0,
    }  # fmt: skip
    if layer.proj_size is None:
        known["proj_size"] = 0
    total = count_parameters(network)
    found = explain(total, **known)
    assert replace(network, head_on="last") in [match.networks[0] for match in found.matches]
    assert found.found == 1
    missed = explain(total + 1, **known)
    assert missed.matches == ()
    assert missed.nearest[0].off in (-1, *range(1, total + 1))


@pytest.mark.parametrize("kind", ["LSTM", "rnn"])
def test_sizes_and_totals_of_any_magnitude_raise_or_are_exact(kind):
    for size in (10**6, 10**9, 10**12):
        for name in ("hidden_size", "input_size", "vocab_size", "num_classes"):
            found = explain(10**15, cell=kind.lower(), num_layers=1, most=3, **{name: size})
            assert all(match.parameters == (10**15,) for match in found.matches)


GATES = {"rnn": 1, "gru": 3, "lstm": 4}
BIASES_OF = {
    "rnn": {"none": 0, "single": 1, "double": 2},
    "gru": {"none": 0, "single": 4, "double": 6},  # one bias, and that of the reset product
    "lstm": {"none": 0, "single": 4, "double": 8},
}
"""Biases of each unit."""


def stack_total(cell, features, hidden, *, bias, directions=1, classes=0):
    """The parameters of a stack by the textbook's formula, without the code that is tested."""
    total = 0
    for size in hidden:
        each = GATES[cell] * (features + size) + BIASES_OF[cell][bias]
        total += directions * size * each
        features = directions * size
    return total + classes * (features + 1)


@pytest.mark.parametrize(
    ("cell", "features", "hidden", "bias", "classes", "first"),
    [
        ("lstm", 1, [10, 5], "single", 1, 1),
        ("lstm", 1, [50, 25], "single", 1, 2),
        ("lstm", 28, [128, 64], "double", 10, 2),
        ("lstm", 10, [100, 50, 25], "single", 1, 5),
        ("gru", 1, [64, 32], "double", 1, 5),
        ("lstm", 1, [100, 32], "single", 1, 5),
        ("lstm", 5, [128, 64, 32], "single", 0, 5),
        ("lstm", 1, [64, 128, 64], "single", 1, 10),
        ("lstm", 1, [128, 64, 64, 128], "single", 1, 10),
    ],
)
def test_layers_of_unequal_sizes_are_among_the_first(cell, features, hidden, bias, classes, first):
    total = stack_total(cell, features, hidden, bias=bias, classes=classes)
    found = explain(total, most=first)
    known = {"cell": cell, "hidden_size": hidden, "input_size": features, "bias": bias,
             "num_classes": classes, "vocab_size": 0}  # fmt: skip
    assert any(reads(match, known) for match in found.matches)
    assert not found.decided


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_unequal_stack_of_the_space_is_found(data):
    layers = data.draw(st.integers(2, 4))
    stacks = unequal_stacks(layers)
    hidden = stacks[:, data.draw(st.integers(0, stacks.shape[1] - 1))].tolist()
    cell = data.draw(st.sampled_from([*GATES]))
    bias = data.draw(st.sampled_from([*BIASES_OF[cell]]))
    both = data.draw(st.booleans())
    features = data.draw(st.integers(1, 3_000))
    classes = data.draw(st.sampled_from((0, *CLASSES)))
    total = stack_total(cell, features, hidden, bias=bias, directions=1 + both, classes=classes)
    given = {"cell": cell, "bias": bias, "bidirectional": both, "num_layers": layers}
    found = explain(total, most=10**6, vocab_size=0, num_classes=classes, **given)
    expected = {"cell": cell, "bias": bias, "hidden_size": hidden, "input_size": features,
                "num_classes": classes}  # fmt: skip
    assert any(reads(match, expected) for match in found.matches)
    distinct = {match.networks[0] for match in found.matches}
    assert len(distinct) == len(found.matches) == found.found


def test_unequal_layers_read_words_too():
    words = 10_000 * 64
    total = words + stack_total("lstm", 64, [128, 64], bias="single", classes=1)
    found = explain(total, most=10)
    known = {"hidden_size": [128, 64], "input_size": 64, "vocab_size": 10_000, "num_classes": 1}
    assert any(fits(match.choices[0], known) for match in found.matches)


def test_two_totals_have_unequal_layers():
    totals = [
        stack_total("lstm", 1, [10, 5], bias=bias, classes=1) for bias in ("single", "double")
    ]
    assert explain(*totals).matches[0].choices[0]["hidden_size"] == [10, 5]


def test_how_many_fit_by_chance_is_how_many_fit_at_random():
    for known in (
        {"hidden_size": 64, "vocab_size": 0},
        {"input_size": 10, "num_layers": 2, **PLAIN},
        {"cell": "lstm", "num_layers": 2, "bidirectional": False, **PLAIN},
    ):
        several = [explain(total, most=1, **known) for total in range(50_000, 50_064)]
        mean = sum(found.found for found in several) / len(several)
        assert several[0].by_chance == pytest.approx(mean, rel=0.3)


def test_how_many_fit_by_chance_where_a_size_is_solved_for():
    known = {"cell": "lstm", "hidden_size": 64, "num_layers": 1, "bidirectional": False, **PLAIN}
    # 4·64 more for each feature, under no bias, one and two
    assert explain(22_912, **known).by_chance == pytest.approx(3 / 256)
    assert explain(22_912, bias="double", **known).by_chance == pytest.approx(1 / 256)


def test_chance_of_two_totals():
    found = explain(2_757_761, 2_758_785, hidden_size=64)
    assert 1 < found.by_chance < found.found
    assert found.by_chance < explain(2_757_761, most=1, hidden_size=64).by_chance / 10


@pytest.mark.parametrize(
    ("total", "known", "decided"),
    [
        (80_896, {}, False),
        (80_896, {"hidden_size": 128, "input_size": 28}, False),
        (80_896, {"hidden_size": 128, "input_size": 28, "cell": "lstm", "num_layers": 1,
                  "bidirectional": False, **PLAIN}, True),
        # three conventions of biases, each with another input
        (80_896, {"hidden_size": 128, "cell": "lstm", "num_layers": 1, "bidirectional": False,
                  **PLAIN}, False),
        (80_896, {"hidden_size": 128, "cell": "lstm", "num_layers": 1, "bidirectional": False,
                  "bias": "double", **PLAIN}, True),
        (stack_total("lstm", 28, [64, 32], bias="double"), {"hidden_size": [64, 32], "cell": "lstm",
         "bidirectional": False, "bias": "double", **PLAIN}, True),
        # one fits, but layers of other unequal sizes were not tried
        (stack_total("lstm", 7, [33, 11], bias="single"), {"cell": "lstm", "bias": "single",
         "num_layers": 2, "bidirectional": False, "input_size": 7, **PLAIN}, False),
        (60_575_792, {}, False),
    ],
)  # fmt: skip
def test_what_is_certain(capsys, total, known, decided):
    found = explain(total, **known)
    assert found.decided == decided
    assert (found.found == 1) or not decided
    assert ("it is" in page(found).result) == decided


def test_an_xlstm_is_not_told_to_be_an_lstm(capsys):
    status, out, _ = run(capsys, "60575792", "--no-verify")
    answer = " ".join(out.split("What has")[0].split())
    assert status == 0
    assert "LSTM" not in answer
    assert re.search(r"60,575,792 does not tell which: [\d,]+ of [\d,]+ configurations fit", answer)
    assert "a number of this size fits about 520,000 by chance" in answer
    assert "--hidden-size, --cell or a second total would narrow it" in answer
    _, out, _ = run(capsys, "60575792", "--no-verify", "--format", "json")
    document = json.loads(out)
    assert (document["decided"], document["share"] < 0.5) == (False, True)
    assert document["searched"]["by_chance"] == pytest.approx(explain(60_575_792).by_chance, 0.01)
    assert document["narrows"][:2] == ["hidden_size", "cell"]


@pytest.mark.parametrize(
    ("total", "known", "nearest"),
    [
        (22_912, {"num_layers": 1, **PLAIN}, {"input_size": 24}),  # 128 off
        (4 * 64 * (1_000 + 64) + 100, {"num_layers": 1, "bias": "none", **PLAIN},
         {"input_size": 1_000}),
        (12_345 * 100 + 4 * 64 * (100 + 64) + 7, {"num_layers": 1, "input_size": 100,
         "bias": "none", "num_classes": 0}, {"vocab_size": 12_345}),
        (4 * 64 * (10 + 64) + 37 * 65 - 9, {"num_layers": 1, "input_size": 10, "bias": "none",
         "vocab_size": 0}, {"num_classes": 37}),
        (stack_total("lstm", 77, [64, 64, 64], bias="double") + 3, {"num_layers": 3,
         "bias": "double", **PLAIN}, {"input_size": 77}),
    ],
)  # fmt: skip
def test_near_it_is_near(total, known, nearest):
    found = explain(total, cell="lstm", hidden_size=64, bidirectional=False, **known)
    assert found.matches == ()
    first = found.nearest[0]
    assert first.instead is None
    assert abs(first.off) == min(abs(near.off) for near in found.nearest) <= 128
    assert any(
        near.choices[name] == size and near.off == first.off
        for near in found.nearest for name, size in nearest.items()
    )  # fmt: skip


def test_what_is_far_is_not_near():
    found = explain(1_234_567, cell="lstm", hidden_size=64, input_size=100, num_layers=1,
                    bidirectional=False, num_classes=0, bias="single")  # fmt: skip
    assert [near.off for near in found.nearest] == [-27, 73]


def test_a_rounded_total_that_no_usual_size_has_is_solved_for():
    known = {"cell": "lstm", "hidden_size": 64, "num_layers": 1, "bidirectional": False, **PLAIN}
    found = explain("23.0k", bias="double", **known)
    assert [match.choices[0]["input_size"] for match in found.matches] == [24]


def test_what_is_one_change_away():
    found = explain(80_896, hidden_size=128, input_size=28, bias="single")
    near = found.nearest[0]
    assert (near.off, near.apart, near.difference) == (-512, "one bias, not two biases",
                                                       "4·128 = 512")  # fmt: skip
    assert found.first == (LSTM(28, 128),)
    twice = explain(161_792, hidden_size=128, input_size=28, bidirectional=False, **PLAIN)
    assert twice.nearest[0].apart == "one direction, not two directions"
    assert explain(80_896, hidden_size=128, input_size=28).nearest == ()


def test_what_is_nearest():
    known = {"hidden_size": 128, "input_size": 28, "cell": "lstm", "num_layers": 1,
             "bidirectional": False, **PLAIN}  # fmt: skip
    found = explain(81_000, **known)
    assert (found.matches, found.found) == ((), 0)
    assert found.nearest[0].apart == "no embedding, not 22 words"
    plain = [near for near in found.nearest if near.instead is None]
    assert [near.off for near in plain] == [-104, -616, -1_128]
    assert explain(1).nearest[0].off == 1


def test_a_search_that_counts_wrong_is_found_out(monkeypatch):
    def off_by_one(network):
        counts = count_parameters(network)
        return counts if isinstance(counts, int) else counts + 1

    monkeypatch.setattr(grid, "count_parameters", off_by_one)
    with pytest.raises(LstmcalcError, match="the search took it for one of 80,896"):
        explain(80_896)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("80,896", 80_896, 80_896), ("80_896", 80_896, 80_896), (80_896, 80_896, 80_896),
        ("20M", 19_500_000, 20_500_000), ("21.3M", 21_250_000, 21_350_000),
        ("0.82B", 815_000_000, 825_000_000), ("1k", 500, 1_500), ("1.234k", 1_234, 1_234),
        ("3g", 2_500_000_000, 3_500_000_000), ("+12", 12, 12),
    ],
)  # fmt: skip
def test_totals_as_people_write_them(text, low, high):
    total = read_total(text)
    assert (total.low, total.high) == (low, high)
    assert total.exact == (low == high)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the total: missing; as in: lstmcalc explain 80896"),
        (["0"], "total 0: every network has parameters"),
        (["-5"], "total -5: every network has parameters"),
        (["0M"], "total 0M: every network has parameters"),
        (["abc"], "total 'abc': it is no number of parameters"),
        (["80.5"], "total 80.5: parameters are whole numbers"),
        (["1.23456k"], "parameters are whole numbers"),
        (["9" * 20], "at most 1,000,000,000,000,000 are explained"),
        (["9" * 50], "it is no number of parameters"),
        (["5", "5"], "they are one total"),
        (["5", "6", "7"], "'7': one word too many, TOTAL and OTHER are given"),
        (["5", "--hidden", "0"], "hidden size 0: a size is at least 1"),
        (["5", "--head", "last"], "'head': lstmcalc explain has no use for it"),
        (["5", "--one-way", "--bidirectional"], "one of them denies what the other says"),
        (["5", "--proj", "64", "--cell", "gru"], "a projection on the cell gru"),
        (["5", "--proj", "64", "--hidden", "64"], "it must be smaller than the hidden size"),
        (["5", "--tie-weights", "--vocab", "0"], "one of the two is left out"),
        (["5", "--hidden", "64,32", "--layers", "2"], "a list of sizes already says"),
        (["5", "--hidden", "28", "--input", "30", "--tie-weights"], "both are one matrix"),
        (["5", "--seq-len", "3"], "lstmcalc explain has no use for it"),
        (["5", "--top", "0"], "--top 0: a size is at least 1"),
    ],
)
def test_what_cannot_be_explained_is_one_clear_line(capsys, words, said):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("lstmcalc: ")
    assert err.count("\n") == 1
    assert said in err


def test_the_commands_that_are_told_show_the_total(capsys):
    for words in (["4653200"], ["150", "165"], ["559626", "--hidden", "128"],
                  ["806"], ["5M", "--proj", "64"], ["80896", "--hidden", "64,32"],
                  ["200", "--tie-weights"]):  # fmt: skip
        _, out, _ = run(capsys, *words, "--no-verify", "--format", "json")
        document = json.loads(out)
        assert document["explanations"]
        for each in document["explanations"]:
            for command, count in zip(each["commands"], each["parameters"], strict=True):
                main([*command.split()[1:], "--no-verify", "--format", "json"])
                shown = json.loads(capsys.readouterr().out)
                assert shown["parameters"]["total"] == count


def test_it_says_which_space_it_searched(capsys):
    _, out, _ = run(capsys, "80896", "--no-verify")
    searched = " ".join(out.split("What was searched")[1].split())
    for words in ("rnn, rnn_relu, gru", "no bias, bias on x, one bias, two biases",
                  "layers 1, 2, 3, 4", "any, solved for", "projection none",
                  "unequal layers 1,674 of 2 layers", "not tried other unequal layers; more than 4",
                  "289,969 fit; a number of this size fits about 170,000 by chance",
                  ):  # fmt: skip
        assert words in searched
    assert re.search(r"[\d,]{9,} configurations, one size of each solved for", searched)
    _, out, _ = run(capsys, "80896", "--hidden", "128", "--vocab", "0", "--no-verify")
    assert "hidden size 128, as given" in " ".join(out.split())
    assert "embedding none, as given" in " ".join(out.split())


def test_a_rounded_total_is_told_as_a_range(capsys):
    _, out, _ = run(capsys, "21.3M", "--no-verify")
    assert "21.3M parameters, any of 21,250,000 to 21,350,000" in out


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["80896", "units=128", "input_dim=28"], ["80,896", "--hidden", "128", "--input", "28"]),
        (["lstm", "80896"], ["80896", "--cell", "lstm"]),
        (["80896", "bidirectional=False"], ["80896", "--one-way"]),
        (["80896", "--tie-weights=no"], ["80896", "--untied"]),
        (["explain=no", "80896"], None),
    ],
)
def test_peoples_words_mean_the_same(capsys, words, same):
    options = ["--format", "json", "--no-verify"]
    if same is None:
        assert run(capsys, *words)[0] == 2
    else:
        assert run(capsys, *words, *options) == run(capsys, *same, *options)


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "latex", "svg"])
def test_every_format(capsys, form):
    status, out, err = run(capsys, "2757761", "2758785", "--no-verify", "--format", form)
    assert (status, err) == (0, "")
    assert "not verified: the proof was left out" in html.unescape(out).replace("\xa0", " ")
    if form == "json":
        assert json.loads(out)["schema"] == "lstmcalc.explain"


@pytest.mark.parametrize(
    "words",
    [["80896"], ["150", "165"], ["81000", "--hidden", "128", "--input", "28", "--classes", "0"],
     ["20M", "--proj", "512"], ["1"]],
)  # fmt: skip
def test_it_fits_eighty_columns(capsys, monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(capsys, *words, "--no-verify")
    assert max(map(len, out.splitlines())) <= 80


def test_the_first_explanation_is_proved_and_no_other(capsys):
    pytest.importorskip("torch")
    status, out, _ = run(capsys, "80896", "--hidden", "128", "--input", "28")
    assert status == 0
    assert "✓ explanation 1: verified against torch" in out
    _, out, _ = run(capsys, "60288", "--hidden", "128", "--input", "28", *["--cell", "cifg"])
    assert "○ explanation 1: not verified: cell lstm_coupled" in out
    _, out, _ = run(capsys, "1")
    assert "○ not verified: nothing that fits was found" in out


def test_unequal_layers_are_proved():
    pytest.importorskip("torch")
    found = explain(806, cell="lstm", bias="single", input_size=1, num_classes=1, vocab_size=0)
    assert [match.choices[0]["hidden_size"] for match in found.matches] == [[10, 5], 5]
    assert verify(found).outcome == "verified"


def test_a_wrong_explanation_fails():
    pytest.importorskip("torch")
    found = explain(80_896, hidden_size=128, input_size=28)
    assert verify(found).outcome == "verified"
    choices = ({**found.matches[0].choices[0], "input_size": 29},)
    wrong = replace(found, matches=(replace(found.matches[0], choices=choices),))
    verdict = verify(wrong)
    assert verdict.outcome == "failed"
    assert "asked" in verdict.summary


def test_it_shows_itself_in_a_notebook():
    shown = explain(80_896, hidden_size=128, input_size=28)._repr_html_()
    assert "4·128·(28+128) + 8·128" in shown
    assert "What shows each" not in shown


def test_it_loads_numpy_alone(tmp_path):
    code = (
        "import sys; from lstmcalc.cli import main; main(['explain', '80896', '--no-verify'])\n"
        "print([m for m in ('sympy', 'torch', 'textual') if m in sys.modules], file=sys.stderr)"
    )
    done = lstmcalc(folder=tmp_path, code=code)
    assert done.stderr.strip() == "[]"


def test_the_public_name_is_the_function():
    import lstmcalc.explanation

    assert lstmcalc.explain is lstmcalc.explanation.explain
    assert callable(lstmcalc.explain)
