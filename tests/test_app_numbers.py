"""Every number on the screen is a whole one, however little room there is for it."""

import re
from random import Random

import pytest
from app import SAID, Agreeing, NoProver, opened, run, see, seen

from lstmcalc.render.braille import log_plot
from lstmcalc.tui.app import VIEWS
from lstmcalc.tui.fitting import MORE
from lstmcalc.tui.form import Form, Line
from lstmcalc.tui.heatmaps import Heatmaps
from lstmcalc.tui.inputs import SizeInput
from lstmcalc.tui.jobs import Refused
from lstmcalc.tui.presets import PRESETS
from lstmcalc.tui.readout import number
from lstmcalc.tui.summary import short, summary
from lstmcalc.tui.views.forward import Forward
from lstmcalc.tui.views.gradient import Gradient
from lstmcalc.tui.views.view import read

WIDE = (240, 70)
SIZES = [
    (40, 12),
    (60, 18),
    (69, 30),
    (72, 20),
    (80, 24),
    (93, 30),
    (110, 30),
    (120, 40),
    (200, 60),
]
CELLS = ("lstm", "gru", "rnn", "lstm_peephole", "gru_reset_before")
LARGE = {"hidden-size": "2048", "input-size": "512", "layers": "1000", "classes": "10"}
SEPARATED = re.compile(r"(?<!\d)(?<!\de[-+])\d+(?:[.,]\d+)*")
"""Numbers, but for the powers of ten of an axis, which are others at another height."""


def drawn_networks(count, seed, most=5):
    """Networks of every size, so that their numbers have up to sixteen digits."""
    draw = Random(seed)  # noqa: S311 - the same networks in every run
    for _ in range(count):
        size = lambda digits: str(int(10 ** draw.uniform(0.5, min(digits, most))))  # noqa: E731
        layers = draw.choice([1, 1, 2, 3, 12])
        hidden = size(5) if draw.random() < 0.7 else ",".join(size(4) for _ in range(5))
        said = {"hidden-size": hidden, "input-size": size(5), "cell": draw.choice(CELLS)}
        said |= {"layers": str(layers)} if "," not in hidden else {}
        said |= {"classes": size(6)} if draw.random() < 0.6 else {}
        said |= {"bidirectional": True} if draw.random() < 0.3 else {}
        said |= {"vocab": size(6)} if draw.random() < 0.3 else {}
        said |= {"proj": "2"} if said["cell"] == "lstm" and draw.random() < 0.3 else {}
        said |= {"seq-len": size(2)}
        try:
            read(said)
        except ValueError:
            continue  # two commas that may be thousands
        yield said


def truths(app):
    """Every number that may be shown: of the untruncated texts behind the screen."""
    texts = [str(app.view.command)]
    for node in app.screen.walk_children():
        for name in ("value", "placeholder", "_label"):
            texts.append(str(getattr(node, name, "")))
    return " ".join(texts)


def cut_numbers(screen, whole):
    """The numbers of a screen that are none of the whole ones, and have no mark behind them."""
    known = set(SEPARATED.findall(whole))
    known |= {each.replace(",", "") for each in known}
    found = []
    for line in screen.splitlines():
        for match in SEPARATED.finditer(line):
            behind = line[match.end() : match.end() + 1]
            before = line[max(match.start() - 1, 0) : match.start()]
            if match[0] not in known and MORE not in (behind, before) and behind != ",":
                found.append((match[0], line))
    return found


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_every_number_is_whole_at_any_width(view):
    """What is shown at a width is shown where there is room for all, or in short."""

    async def test():
        computed = view in (Forward, Gradient)  # in this process, so of small networks
        async with opened(SAID, WIDE, Agreeing if computed else NoProver) as (app, pilot):
            await pilot.press(view.key)
            form = app.query_one(Form)
            draw = Random(view.title)  # noqa: S311 - the same widths in every run
            for said in drawn_networks(5, view.title, most=2 if computed else 5):
                await pilot.resize_terminal(*WIDE)
                form.say(said)
                app._catch_up()
                app._ask()
                await pilot.pause(0.05)
                whole = seen(app) + truths(app) + app.query_one(Line).words
                shown = read(said)
                sizes = said["hidden-size"].split(",")
                whole += " ".join(",".join(sizes[i:j]) for j in range(6) for i in range(j))
                whole += summary(shown, None, False, 400).plain
                whole += " ".join(short(int(n.replace(",", ""))) for n in SEPARATED.findall(whole)
                                  if "." not in n)  # fmt: skip
                for size in draw.sample(SIZES, 3):
                    await pilot.resize_terminal(*size)
                    await pilot.pause(0.05)
                    whole += " ".join(map(str, range(100)))  # widths of the view itself
                    assert not cut_numbers(seen(app), whole), (said, size)

    run(test)


def test_a_field_shows_whole_sizes_or_a_mark():
    async def test():
        async with opened({**SAID, "hidden-size": "1150,1150,400"}) as (app, pilot):
            app.screen.set_focus(None)
            await pilot.pause()
            assert "1150,1150,… " in seen(app).splitlines()[2]
            app.screen.set_focus(app.query_one("#hidden-size SizeInput", SizeInput))
            await pilot.press("home")
            await pilot.pause()
            assert re.search(rf"1150,1150,4?{MORE} ", seen(app).splitlines()[2])
            await pilot.press("end")
            await pilot.pause()
            assert re.search(rf" {MORE}\d*,1150,400 ", seen(app).splitlines()[2])

    run(test)


def test_a_long_command_is_broken_at_its_commas_and_marked():
    async def test():
        sizes = ",".join(map(str, range(1000, 1100)))
        async with opened({"hidden-size": sizes, "input-size": "28"}) as (app, _):
            lines = app.query_one(Line).render().plain.splitlines()
            assert len(lines) == Line.LINES
            assert lines[-1].endswith(MORE)
            assert all(re.fullmatch(r"(\$ lstmcalc )?(1\d\d\d,)+…?", line) for line in lines)

    run(test)


@pytest.mark.parametrize(("said", "path"), [
    ({"hidden-size": "4096", "input-size": "512", "layers": "2", "proj": "512"},
     "LSTM 512→4096 (proj 512)→4096 (proj 512) "),
    ({"hidden-size": "64", "input-size": "8", "proj": "16", "classes": "3"},
     "LSTM 8→64 (proj 16)→3 "),
    ({"hidden-size": "64", "input-size": "8", "classes": "3"}, "LSTM 8→64→3 "),
])  # fmt: skip
def test_the_title_has_the_units_of_a_projected_layer(said, path):
    assert summary(read(said), None, False, 100).plain.startswith(path)


@pytest.mark.parametrize("width", range(30, 90))
def test_the_summary_is_cut_between_sizes(width):
    line = summary(read(PRESETS[2].said), None, False, width).plain
    shown = re.findall(r"\d+(?:\.\d+)?k?", line.partition(" · ")[0])
    assert shown == ["33.3k", "400", "1150", "1150", "400", "33.3k"][: len(shown)]


# refusals


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (80, 24), (120, 40)])
@pytest.mark.parametrize("key", ["f", "g"])
def test_a_refusal_is_told_whole_where_the_answer_would_be(key, size):
    why = (
        "200 steps of 16 sequences: every value would take 12,345.6 GB; take 1 layer or fewer steps"
    )

    async def test():
        async with opened(SAID, size, prover=Agreeing) as (app, pilot):
            app.prover.want = lambda _: None
            await pilot.press(key)
            await pilot.pause()
            job = app._job(app.view)
            app._memory.forget(job)
            app._hear(job, Refused(why))
            await pilot.pause()
            region = app.view.region
            lines = [line[region.x :] for line in seen(app).splitlines()[region.y : region.bottom]]
            told = " ".join(" ".join(lines).split())
            assert f"○ not computed: {why}" in told
            assert "not verified" not in told

    run(test)


# the forward pass


def rows_of(app):
    return [line for line in seen(app).splitlines() if re.search(r" [a-z]\(t\) ", line)]


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 40), (40, 16)])
def test_every_vector_has_its_own_scale_in_numbers(size):
    async def test():
        async with opened(SAID, size, prover=Agreeing) as (app, pilot):
            await pilot.press("f")
            await see(app, pilot, "h(t)")
            maps = app.query_one(Heatmaps)
            screen = seen(app)
            for track in maps._tracks(maps.film):
                most = float(abs(track.values - (track.low + track.high) / 2).max())
                middle = (track.low + track.high) / 2
                assert f"{number(middle - most)} … {number(middle + most)}" in screen
            if "mean" in screen:
                legend = "mean, min, max: (of the whole vector at t|no room)|no room for mean"
                assert re.search(legend, screen)
            assert "-0.00 " not in screen

    run(test)


def test_no_number_but_zero_looks_like_zero():
    draw = Random(0)  # noqa: S311 - the same numbers in every run
    for _ in range(2000):
        value = draw.choice([-1, 1]) * 10 ** draw.uniform(-12, 6)
        plain = 1e-3 <= abs(value) < 100
        assert float(number(value)) == pytest.approx(value, rel=0.06 if plain else 0.5)
        assert len(number(value)) < 8
    assert number(0.0) == "0"


@pytest.mark.parametrize(("said", "kind"), [
    ({"vocab": "1k", "classes": "1k", "head": "every"}, "word"), ({"vocab": "1k"}, "class"),
    ({"classes": "65"}, "class"), ({"vocab": "1k", "tie-weights": True, "classes": None,
                                    "input-size": "128", "head": "every"}, "word"),
])  # fmt: skip
def test_a_word_of_the_vocabulary_is_no_class(said, kind):
    async def test():
        network = {name: value for name, value in {**SAID, **said}.items() if value is not None}
        async with opened(network, (120, 40), prover=Agreeing) as (app, pilot):
            await pilot.press("f")
            screen = await see(app, pilot, "h(t)")
            assert re.search(rf" {kind} \d+ at (t = 1|the end): \d+(\.\d+)? %", screen)

    run(test)


@pytest.mark.parametrize(("colours", "characters"), [
    ("standard", True), ("256", False), ("truecolor", False),
])  # fmt: skip
def test_with_few_colours_characters_tell_the_levels(colours, characters):
    async def test():
        async with opened(SAID, prover=Agreeing, colours=colours) as (app, pilot):
            await pilot.press("f")
            await see(app, pilot, "h(t)")
            assert ("▀" not in rows_of(app)[0]) == characters
            assert any(level in rows_of(app)[0] for level in "▁▂▃▄▅▆▇") == characters

    run(test)


# axes


@pytest.mark.parametrize("height", range(3, 30))
def test_the_labels_of_a_logarithmic_axis_are_as_far_apart_as_their_decades(height):
    for decades in range(1, 40):
        series = [[10.0**-each for each in range(decades + 1)]]
        lines = log_plot(series, "A", 20, height, 1e-60, "x", ("0", "9")).lines
        labels = [(row, int(line.split("e")[1][:3])) for row, line in enumerate(lines)
                  if re.match(r" *1e[+-]\d\d ", line)]  # fmt: skip
        steps = {(row - labels[0][0]) * (labels[1][1] - labels[0][1]) -
                 (exponent - labels[0][1]) * (labels[1][0] - labels[0][0])
                 for row, exponent in labels}  # fmt: skip
        assert len(labels) > 1
        assert steps == {0}, labels
        for row, exponent in labels:  # and a point lies at its label
            if -decades <= exponent <= 0:
                point = [[1.0, 10.0**-decades, 10.0**exponent]]
                drawn = log_plot(point, "A", 20, height, 1e-60, "x", ("0", "9")).lines
                assert "A" in drawn[row], (decades, exponent)
