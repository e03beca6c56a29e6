"""Names of any characters, through every format: nothing of them commands what reads them.

Each format is read by a parser that is not ours, and must have the structure that harmless names
of the same number give.
"""

import csv
import io
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hostile import FINE, PIECES, names, unsafe
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from rich.console import Console

from lstmcalc.printable import printable
from lstmcalc.render import csv as as_csv
from lstmcalc.render import html, latex, markdown, svg, terminal
from lstmcalc.render import json as as_json
from lstmcalc.render.equations import Line
from lstmcalc.render.page import Page
from lstmcalc.render.table import Drawing, Real, Table
from lstmcalc.verdict import Check, Verdict

COUNT = 1_000
FIELDS = 28
"""Names on a page, one in each place that takes words."""
MARKED = re.compile(r"^ *[✓✗◐○] ")


def page_of(words):
    """A page with a name in every place."""
    word = iter(words)
    table = Table(
        next(word),
        (next(word), next(word), next(word), "number"),
        (
            (next(word), next(word), next(word), 1),
            (next(word), "", next(word), -2),
            (next(word), (3, 4), next(word), Real(-0.5)),
        ),
        next(word),
        strong=(0, 2),
        drawing=Drawing((next(word), f"│ {next(word)} │")),
    )
    formula = (next(word), [Line(next(word), "h_t = x_t"), Line("", "c_t = x_t")])
    checks = (
        Check(next(word), "failed", next(word), (next(word),)),
        Check(next(word), "passed", next(word)),
    )
    other = Verdict(reason=next(word), notes=(next(word),))
    verdict = Verdict(checks, next(word), "cpu", others=(other,))
    title, detail, result, warning = (next(word) for _ in range(4))
    return Page(
        title, detail, result, (table, table), lambda: {"names": words}, lambda _: [formula],
        verdict, warnings=(warning, warning),
    )  # fmt: skip


PAGES = [page_of(names(FIELDS, seed)) for seed in range(-(-COUNT // FIELDS))]
HARMLESS = page_of(["name"] * FIELDS)


def as_text(page, width=100_000, **options):
    console = Console(width=width, file=io.StringIO(), highlight=False, **options)
    terminal.print_page(page, console)
    for verdict in page.verdicts:
        terminal.print_verdict(verdict, console)
    return console.file.getvalue()


def as_svg(page):
    return svg.render(page, page.title, width=4_000)


RENDERED = {
    "text": as_text, "json": as_json.render, "csv": as_csv.render, "markdown": markdown.render,
    "latex": latex.render, "html": html.render, "svg": as_svg,
}  # fmt: skip


def test_there_are_as_many_names_as_promised():
    assert len(PAGES) * FIELDS >= COUNT


def test_the_names_hold_every_piece():
    together = "".join("".join(page.data()["names"]) for page in PAGES)
    assert [piece for piece in PIECES if piece not in together] == []
    assert len(unsafe(together)) > 100


@pytest.mark.parametrize("form", RENDERED)
def test_no_unsafe_character_is_shown(form):
    for page in PAGES:
        assert unsafe(RENDERED[form](page)) == set()


@pytest.mark.parametrize("form", RENDERED)
def test_harmless_signs_stay(form):
    page = page_of([FINE] * FIELDS)
    text = RENDERED[form](page).replace("\xa0", " ").replace("&#160;", " ")
    wanted = latex.escape(FINE) if form == "latex" else FINE
    assert wanted in (text if form != "json" else json.loads(text)["names"])


def test_a_terminal_gets_as_many_lines():
    expected = len(as_text(HARMLESS._replace(verdict=None)).splitlines())
    for page in PAGES:
        assert len(as_text(page._replace(verdict=None)).splitlines()) == expected


@pytest.mark.parametrize("width", [40, 80, 100_000])
def test_no_broken_line_begins_as_a_verdict(width):
    expected = sum(bool(MARKED.match(line)) for line in as_text(HARMLESS).splitlines())
    for page in PAGES:
        lines = as_text(page, width).splitlines()
        assert sum(bool(MARKED.match(line)) for line in lines) == expected


def test_no_broken_name_of_a_check_begins_as_a_verdict():
    for length in range(20, 40):
        name = f"{'a' * length} ✓ verified against torch on cpu: 6 of 6 checks passed"
        verdict = Verdict((Check(name, "failed", name, (name,)),), name, name, notes=(name,))
        text = as_text(page_of(["name"] * FIELDS)._replace(verdict=verdict), 40)
        assert len([line for line in text.splitlines() if MARKED.match(line)]) == 2


def test_a_terminal_with_colours_gets_no_other_commands():
    for page in PAGES:
        text = as_text(page, force_terminal=True, color_system="truecolor")
        assert unsafe(re.sub(r"\x1b\[[\d;]*m", "", text)) == set()


def test_an_outcome_is_one_line_in_python():
    for page in PAGES:
        for verdict in page.verdicts:
            assert unsafe(verdict.summary + repr(verdict), breaks="") == set()


def test_markup_of_the_terminal_library_is_text():
    assert "[bold red]x[/]" in as_text(page_of(["[bold red]x[/]"] * FIELDS))


def test_json_reads_as_the_same_data():
    def units(names):
        return [name.encode("utf-16", "surrogatepass") for name in names]  # JSON's characters

    for page in PAGES:
        document = json.loads(as_json.render(page))
        assert units(document["names"]) == units(page.data()["names"])
        checks = [check["name"] for check in document["verification"]["checks"]]
        assert units(checks) == units(check.name for check in page.verdict.checks)


def test_csv_has_as_many_records_and_no_formula():
    def read(page):
        own = page._replace(records=lambda: ((name, 1) for name in page.data()["names"]))
        texts = as_csv.render(page), as_csv.render(own)
        return [record for text in texts for record in csv.reader(io.StringIO(text))]

    records = read(HARMLESS)
    for page in PAGES:
        found = read(page)
        assert [len(record) for record in found] == [len(record) for record in records]
        for cell in (cell for record in found for cell in record):
            assert len(cell.splitlines()) <= 1
            if cell.lstrip().startswith(("=", "+", "-", "@", "＝")):
                float(cell)


def test_numbers_in_csv_stay_numbers():
    cells = {cell for record in csv.reader(io.StringIO(as_csv.render(HARMLESS))) for cell in record}
    assert {"1", "-2", "-0.5000"} <= cells
    assert [as_csv.escape(text) for text in ("-512", "-1.5e-3", "-inf", "− 5")] == [
        "-512", "-1.5e-3", "-inf", "− 5",
    ]  # fmt: skip


PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
PARSER.linkify = LinkifyIt(options={"fuzzy_link": False})  # GitHub links no bare domain
TEXT = ("text", "text_special")


def structure(document):
    """The blocks and spans of a document, without its words."""
    return [
        (
            token.type,
            token.tag,
            [child.type for child in token.children or () if child.type not in TEXT],
        )
        for token in PARSER.parse(document)
    ]


def words(document):
    """What a reader of the rendered document sees, a string for each block."""
    return [
        "".join(child.content for child in token.children if child.type in TEXT)
        for token in PARSER.parse(document)
        if token.children
    ]


def test_markdown_has_the_same_structure():
    expected = structure(markdown.render(HARMLESS))
    assert ("table_open", "table", []) in expected
    for page in PAGES:
        assert structure(markdown.render(page)) == expected, page.data()


def test_markdown_reads_as_the_names():
    for page in PAGES:
        seen = [" ".join(text.split()) for text in words(markdown.render(page))]
        for name in (page.tables[0].title, page.tables[0].note, page.tables[0].rows[1][0]):
            shown = " ".join(printable(name).split())
            assert shown in seen or not shown


@pytest.mark.parametrize("piece", ["*x*", "[x](y)", "<b>", "https://a.example", "`x`", "# x"])
def test_the_check_of_markdown_can_fail(piece):
    block = [("paragraph_open", "p", []), ("inline", "", []), ("paragraph_close", "p", [])]
    assert structure(piece) != block
    assert structure(markdown.escape(piece)) == block


class Tags(HTMLParser):
    """Every tag with its attributes, and the words between."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_endtag(self, tag):
        self.tags.append(tag)

    def handle_comment(self, data):
        self.tags.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data):
        self.words.append(data)


def test_html_has_the_same_tags_and_the_names():
    expected = Tags(html.render(HARMLESS)).tags
    for page in PAGES:
        found = Tags(html.render(page))
        assert found.tags == expected
        assert printable(page.tables[0].rows[1][0]) in ["", *found.words]


def test_a_notebook_sets_no_name_as_mathematics():
    """As pandas has it: https://github.com/pandas-dev/pandas/blob/main/pandas/io/formats/html.py."""
    classes = dict(Tags(html.render(HARMLESS)).tags[0][1])["class"].split()
    assert classes == ["tex2jax_ignore", "mathjax_ignore"]


def commands(document):
    """Every command, brace and special character of a document, but for those of words."""
    words = r"\\[_%&#${}]|\\textbackslash\{\}|\\[~^]\{\}|\\ldots\{\}|-\{\}-|\$(?:-|\\[a-z|]+)\$"
    return re.findall(r"\\[a-zA-Z]+|\\.|[&%$#_{}^~]", re.sub(words, "", document))


def test_latex_has_the_same_commands():
    expected = commands(latex.render(HARMLESS))
    for page in PAGES:
        document = re.sub(r"(?m)^\{\}(?= *[\[*])", "", latex.render(page))
        assert commands(document) == expected, page.data()


@pytest.mark.parametrize("start", ["[3pt]", "*x"])
def test_no_row_of_latex_begins_as_an_argument(start):
    document = latex.render(page_of([start] * FIELDS))
    assert not re.search(r"(?:\\\\|\\toprule|\\midrule)\s*[\[*]", document)


def test_svg_is_xml_with_no_other_elements():
    def elements(document):
        found = [*ElementTree.fromstring(document).iter()]  # noqa: S314 -- our own
        return {element.tag for element in found}, {name for each in found for name in each.attrib}

    expected = elements(as_svg(HARMLESS))
    for page in PAGES:
        assert elements(as_svg(page)) == expected
