"""A cell's picture, read back from its characters alone: what it shows is what the graph says."""

import random
import re
import unicodedata
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture import ARROWS, Picture, UnreadableError, arms, check, held
from rich.cells import cell_len

from lstmcalc import CELLS, cell
from lstmcalc.algebra import Input, MatVec, Saved, relu, sigmoid, tanh
from lstmcalc.cells import Cell
from lstmcalc.errors import EquationError
from lstmcalc.render.diagram.draw import Diagram, draw_cell
from lstmcalc.tracing import BIASES

SIZES = {"I": 28, "H": 128, "P": 64}


@cell("minimal gated unit", "Zhou et al. 2016, arXiv:1603.09420")
def mgu(gate, x, h):
    f = sigmoid(gate.f(x, h))
    n = tanh(gate.n(x, f * h))
    h = (1 - f) * h + f * n
    return {"f": f, "n": n, "h": h}


@cell("two long-term states, one behind the other", "here")
def tower(gate, x, h, c, m):
    i, f = sigmoid(gate.i(x, h)), sigmoid(gate.f(x, h))
    u = f * c
    c = u + i * tanh(gate.g(x, h))
    k = sigmoid(gate.k(x, u))
    m = m * k + tanh(c)
    h = sigmoid(gate.o(x, h) + gate.o.peephole(m)) * tanh(m) - u * i
    return {"i": i, "h": h, "c": c, "m": m, "k": k}


@cell("simple recurrent unit", "Lei et al. 2018, arXiv:1709.02755, with h in the state's place")
def sru(gate, x, h, c):
    v = gate.v(x)
    f = sigmoid(gate.f(x) + gate.f.peephole(c))
    r = sigmoid(gate.r(x) + gate.r.peephole(c))
    c = f * c + (1 - f) * v
    h = r * c + (1 - r) * v
    return {"v": v, "f": f, "r": r, "c": c, "h": h}


@cell("a state that a function of itself is added to", "here")
def residual(gate, x, h):
    g = tanh(gate.g(x, h))
    return {"g": g, "h": h + g * tanh(h)}


@cell("states that change places", "here")
def swap(gate, x, h, c):
    g = tanh(gate.g(x, h))
    return {"g": g, "h": c, "c": h - g}


@cell("gates of x alone and of h alone", "here")
def apart(gate, x, h):
    a, b = tanh(gate.a(x)), sigmoid(gate.b(h))
    return {"a": a, "same": a, "b": b, "h": a * b}


OWN = (mgu, tower, sru, residual, swap, apart)
PROJECTED = ("lstm", "lstm_peephole", "lstm_coupled")
GRAPHS = {
    **{f"{c.name} {bias}": c.graph(bias) for c in (*CELLS.values(), *OWN) for bias in BIASES},
    **{f"{name} projected": CELLS[name].graph("double", projected=True) for name in PROJECTED},
}
SHOWN = {name: graph for name, graph in GRAPHS.items() if name.split()[0] in CELLS}


def drawn(name):
    return draw_cell(GRAPHS[name], SIZES)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_picture_says_what_the_graph_says(name):
    check(GRAPHS[name], drawn(name))


def is_wire(character):
    return bool(arms(character)) or character in ARROWS or character == "●"


def replaced(diagram, row, column, character):
    line = diagram.lines[row]
    line = line[:column] + character + line[column + 1 :]
    return diagram._replace(
        lines=(*diagram.lines[:row], line, *diagram.lines[row + 1 :]),
    )


def wires(diagram):
    """Where wires are: not in boxes, but for the ports in their borders."""
    boxes = {
        (row, column)
        for r in diagram.regions
        for row in range(r.row, r.row + r.height)
        for column in range(r.column, r.column + r.width)
        if r.height == 1 or row not in (r.row, r.row + 3) or column in (r.column, r.column + 6)
    }
    corners = "┌└┐┘─"
    borders = {
        (row, column)
        for r in diagram.regions
        if r.height > 1
        for row in (r.row, r.row + r.height - 1)
        for column in range(r.column, r.column + r.width)
        if diagram.lines[row][column] in corners
    }
    return [
        (row, column, character)
        for row, line in enumerate(diagram.lines)
        for column, character in enumerate(line)
        if is_wire(character) and (row, column) not in boxes | borders
    ]


def is_noticed(graph, diagram):
    try:
        check(graph, diagram)
    except (AssertionError, UnreadableError):
        return True
    return False


@pytest.mark.parametrize("name", ["lstm double", "gru double", "lstm_peephole double", "mgu none"])
def test_every_character_of_every_wire_matters(name):
    diagram = drawn(name)
    found = wires(diagram)
    assert len(found) > 60
    for row, column, _ in found:
        assert is_noticed(GRAPHS[name], replaced(diagram, row, column, " ")), (row, column)


JOINTS = ("gru double", "lstm_peephole double", "mgu double", "sru double", "tower double")


@pytest.mark.parametrize("name", JOINTS)
def test_a_joint_is_told_from_a_crossing(name):
    diagram = drawn(name)
    upright, level = {(-1, 0), (1, 0)}, {(0, -1), (0, 1)}
    faults = 0
    for row, column, character in wires(diagram):
        crossed = character == "│" and diagram.lines[row][column - 1] in "─━"
        forks = len(arms(character)) > 2
        if forks or crossed:
            straight = "│" if arms(character) > upright else "─"
            fault = replaced(diagram, row, column, "┼" if crossed else straight)
            assert crossed or arms(character) > upright or arms(character) > level
            assert is_noticed(GRAPHS[name], fault), (row, column)
            faults += 1
    assert faults > 1


def test_a_wire_to_another_gate_is_noticed():
    diagram = drawn("gru double")
    r, z = (region for region in diagram.regions if region.name in ("r", "z"))
    rest = tuple(region for region in diagram.regions if region not in (r, z))
    regions = (r._replace(node=z.node), z._replace(node=r.node), *rest)
    assert is_noticed(GRAPHS["gru double"], diagram._replace(regions=regions))


@pytest.mark.parametrize("name", GRAPHS)
def test_every_equation_and_every_matrix_has_its_place(name):
    graph, diagram = GRAPHS[name], drawn(name)
    places = [r.node for r in diagram.regions if r.name]
    assert sorted(map(id, places)) == sorted(
        id(n) for n in set(graph.equations.values()) if not isinstance(n, Input)
    )
    assert all(graph.equations[r.name] is r.node for r in diagram.regions if r.name)
    boxes = [r for r in diagram.regions if r.height > 1]
    maps = [n for box in boxes for n in held(diagram, box.node) if isinstance(n, MatVec)]
    assert len(maps) == len(set(maps))
    assert set(maps) == {n for n in graph.nodes if isinstance(n, MatVec) and n.args[0].gate}


@pytest.mark.parametrize("name", GRAPHS)
def test_regions_lie_where_they_say(name):
    diagram = drawn(name)
    for region in diagram.regions:
        rows = diagram.lines[region.row : region.row + region.height]
        texts = [row[region.column : region.column + region.width] for row in rows]
        assert len(texts) == region.height
        assert {len(text) for text in texts} == {region.width}
        if region.height > 1:
            assert re.fullmatch(r"┌[─┴┸▼]+┐", texts[0])
            assert re.fullmatch(r"└[─┬┰]+┘", texts[-1])
            assert region.name in ("", texts[1].strip("│ "))
            assert texts[2].strip("│ ") in ("", "σ", "tanh", "ReLU")
    for a, b in combinations(diagram.regions, 2):
        beside = a.column + a.width <= b.column or b.column + b.width <= a.column
        assert beside or a.row + a.height <= b.row or b.row + b.height <= a.row


@pytest.mark.parametrize("name", SHOWN)
def test_it_has_the_room_of_a_terminal(name):
    lines = drawn(name).lines
    assert max(map(len, lines)) <= 54
    assert len(lines) <= 12
    if name.split()[0] in ("rnn", "gru", "lstm") and "projected" not in name:
        assert max(map(len, lines)) <= 50


@pytest.mark.parametrize("name", GRAPHS)
def test_each_character_is_one_wide_and_no_line_is_ragged(name):
    for line in drawn(name).lines:
        assert cell_len(line) == len(line) == len(line.rstrip())
        assert not set(line) & set("╴╵╶╷╸╹╺╻")


@pytest.mark.parametrize("name", GRAPHS)
def test_the_series_are_the_heavy_wires(name):
    graph, diagram = GRAPHS[name], drawn(name)
    assert [len(marks) for marks in diagram.series] == [len(line) for line in diagram.lines]
    marks, characters = "".join(diagram.series), "".join(diagram.lines)
    pairs = list(zip(marks, characters, strict=True))
    assert set(marks) == {" ", *map(str, range(len(graph.states)))}
    assert all("HEAVY" in unicodedata.name(c) for mark, c in pairs if mark != " ")
    assert not {c for mark, c in pairs if mark == " "} & set("━┃┏┓┗┛┻┳")


NUMBERS = st.integers(1, 1_048_576)


@settings(deadline=None)
@given(st.sampled_from(sorted(SHOWN)), NUMBERS, NUMBERS, NUMBERS)
def test_sizes_are_added_up_and_change_nothing_else(name, I, H, P):  # noqa: E741
    diagram = draw_cell(GRAPHS[name], {"I": I, "H": H, "P": P})
    read = P if "projected" in name else H
    text = f"[h, x] {read:,} + {I:,} = {read + I:,}"
    assert text in diagram.lines[-1]
    assert diagram.lines[:-1] == drawn(name).lines[:-1]
    assert diagram.regions == drawn(name).regions
    assert max(map(len, diagram.lines)) <= 74


def test_only_what_reads_the_concatenation_is_said_to():
    assert drawn("gru double").lines[-1].endswith("[h, x] 128 + 28 = 156 into z, r")
    assert drawn("gru_reset_before double").lines[-1].endswith("[h, x] 128 + 28 = 156")
    assert drawn("apart double").lines[-1].strip() == "h 128, x 28"


def grown(rng, gate, x, pool):
    """A gate of random inputs."""
    reads = [v for v in (x, pool[0]) if rng.random() < 0.85] or [x]
    if rng.random() < 0.25:
        reads = [reads[0], rng.choice(pool)]
    total = gate(*dict.fromkeys(reads))
    if rng.random() < 0.25:
        total = total + gate.peephole(rng.choice(pool))
    return rng.choice([sigmoid, tanh, relu, lambda v: v])(total)


def mixed(rng, pool):
    """A random operation on what there is."""
    p, q = rng.choice(pool), rng.choice(pool)
    forms = (
        lambda: p * q, lambda: p + q, lambda: p - q, lambda: 1 - p, lambda: tanh(p), lambda: -p
    )  # fmt: skip
    return rng.choice(forms)()


def made_up(rng):
    """A cell of random equations, most of them stranger than any in use."""

    def equations(gate, x, states):
        named, pool = {}, list(states)
        for letter in "abde"[: rng.randint(1, 4)]:
            pool.append(grown(rng, getattr(gate, letter), x, pool))
            if rng.random() < 0.8:
                named[letter] = pool[-1]
            while rng.random() < 0.35:
                pool.append(mixed(rng, pool))
        for name, state in zip("hcm", states, strict=False):
            value = rng.choice(pool)
            if rng.random() < 0.7:
                value = state * rng.choice(pool) + value * rng.choice(pool)
            named[name] = value
            pool.append(value)
        return named

    functions = (
        lambda gate, x, h: equations(gate, x, (h,)),
        lambda gate, x, h, c: equations(gate, x, (h, c)),
        lambda gate, x, h, c, m: equations(gate, x, (h, c, m)),
    )
    return Cell(rng.choice(functions), "made up", "here")


def test_any_cell_comes_out_right():
    found = 0
    for seed in range(500):
        rng = random.Random(seed)  # noqa: S311 -- cells to draw, no secrets
        try:
            graph = made_up(rng).graph(rng.choice(BIASES))
        except EquationError:  # one gate given x twice over, say
            continue
        check(graph, draw_cell(graph, SIZES))
        found += 1
    assert found > 400


def test_an_operation_without_a_picture_is_refused():
    graph = GRAPHS["rnn none"]
    odd = Saved(graph.equations["h"])
    strange = type(graph)(graph.inputs, {"h": odd}, graph.params, ("h",))
    with pytest.raises(EquationError, match="the picture of a cell has no rule"):
        draw_cell(strange, SIZES)


def test_a_loose_end_is_unreadable():
    diagram = Diagram(("h(t−1) ━━",), drawn("rnn none").regions[1:2], ())
    region = diagram.regions[0]._replace(row=0, column=0, height=1, width=6)
    with pytest.raises(UnreadableError, match="loose end"):
        Picture(diagram._replace(regions=(region,))).edges()
