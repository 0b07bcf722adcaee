"""Both languages on every page: no text outside the catalogues; moments and numbers as each language has them."""

import ast
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest
from flask import session
from jinja2 import Environment, nodes

from tests.web.test_permissions import PEOPLE, World
from web import filters
from web.i18n import OF_ONE, say
from web.words import ZH

WEB = Path(__file__).parents[2] / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SOURCES = sorted(WEB.glob("*.py"))
#: what a template says as it is: the name of the other language, keys of the keyboard, the three numbers of danger
AS_IT_IS = {"English", "中文", "j", "k", "Enter", "c", "x", "n", "u", "Ctrl", "m", "UTF-8"}
#: attributes that people read or hear
SPOKEN_BY_SCRIPTS = {f"data-{each}" for each in ("saved", "sent", "restored", "offline", "nowhere")}
READ = {"alt", "aria-label", "placeholder", "title"} | SPOKEN_BY_SCRIPTS
#: words of Latin letters on Chinese pages: formats, the other language, keys, what browsers and people are called
LATIN = set("English CSV XLSX Enter Ctrl Esc Tab Shift JPEG PNG WebP Muster Asia Shanghai date kind".split())


def literals(node):
    """Yield the texts that an expression may put on the page as they are."""
    if isinstance(node, nodes.Const):
        yield str(node.value) if isinstance(node.value, str) else ""
    elif isinstance(node, nodes.CondExpr):
        yield from literals(node.expr1)
        if node.expr2 is not None:
            yield from literals(node.expr2)
    elif isinstance(node, nodes.Concat):
        for each in node.nodes:
            yield from literals(each)
    elif isinstance(node, nodes.Or | nodes.And | nodes.Add):
        yield from literals(node.left)
        yield from literals(node.right)


def skeleton(path):
    """Return the template as HTML, with all branches, in which only what is written out in it stands."""
    tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
    parts = []
    for output in tree.find_all(nodes.Output):
        for each in output.nodes:
            parts.append(each.data if isinstance(each, nodes.TemplateData) else " ".join(literals(each)))
    html = "".join(parts)
    for macro in tree.find_all(nodes.Macro):  # such as one that writes attributes of an element
        inside = "".join(each.data for each in macro.find_all(nodes.TemplateData))
        html = html if "<" in inside else html.replace(inside, "")
    return html


class Reader(HTMLParser):
    """Collects what a page says: texts, but what is typed, and attributes that are read; ``of``: only inside these."""

    def __init__(self, of=None):
        super().__init__()
        self.texts, self.of, self.stack = [], of, []

    def handle_starttag(self, tag, attrs):
        self.stack.append(tag)
        if self.of is None:
            self.texts += [value for name, value in attrs if name in READ and value]

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop() != tag:
            pass

    def handle_data(self, data):
        if "textarea" not in self.stack and (self.of is None or self.of & set(self.stack)):
            self.texts.append(data)


def read(html, of=None):
    reader = Reader(of)
    reader.feed(html)
    return reader.texts


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_anything_that_the_catalogues_do_not(path):
    said = {word for text in read(skeleton(path)) for word in re.findall(r"[^\W\d_][\w-]*", text)}
    assert said - AS_IT_IS == set()


def test_a_text_outside_the_catalogues_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text("<p>{{ 'late' if a else _('calm') }}</p><a title='Go' class='b'>{{ c }}</a>Here")
    assert {text.strip() for text in read(skeleton(tmp_path / "a.html")) if text.strip()} == {"late", "Go", "Here"}


def test_no_word_has_two_translations():
    """What one dictionary of the pages says, another does not say otherwise: which of them won would be chance."""
    said = {}
    for path in sorted(WEB.glob("*words.py")):
        for name, value in vars(import_module(f"web.{path.stem}")).items():
            if name.endswith("ZH") and name not in ("ZH", "ERRORS_ZH"):
                for word, translation in value.items():
                    said.setdefault(word, set()).add(translation)
    assert {word: each for word, each in said.items() if len(each) > 1} == {}


def test_what_flashes_up_comes_from_the_catalogues():
    calls = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    flashed = [node for node in calls if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "flash"]
    assert flashed
    assert [ast.unparse(node) for node in flashed if re.search(r"^flash\(f?['\"]", ast.unparse(node))] == []


@pytest.fixture(scope="module")
def world(tmp_path_factory, sqlite_city):
    found = World(tmp_path_factory.mktemp("world"), sqlite_city)
    yield found
    found.database.dispose()


#: who together see every page
READERS = ("public", "wangmin", "zhaoli", "admin")
#: tracking codes look like words at times
CODE = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{22}(?![\w-])")


def pages(world, language):
    """Yield the rule and the text of every page that answers, for persons who together see all of them."""
    for person in READERS:
        client = world.app.test_client()
        client.set_cookie("session", world.cookies[person])
        client.post("/language", data={"csrf_token": world.tokens[person], "language": language})
        for rule in {each.rule: each for each in world.app.url_map.iter_rules() if "GET" in each.methods}.values():
            if rule.endpoint == "static" or (rule.arguments and person != "admin"):
                continue
            answer = client.get(rule.build(world.things["HWZX"], append_unknown=False)[1])
            if answer.status_code == 200 and answer.mimetype == "text/html":
                yield f"{person} {rule.rule}", CODE.sub("", answer.text)


def test_pages_in_chinese_say_no_english_word(world):
    names = set(PEOPLE) | {"admin", "demo", "muster"}
    found = {}
    for page, text in pages(world, "zh"):
        words = {word for each in read(text) for word in re.findall(r"\b[A-Za-z]{3,}\b", each)}
        if wrong := words - LATIN - names:
            found[page] = wrong
    assert found == {}


#: elements whose words are the page's own and not a city's, whose names of grids and people are Chinese
OWN = {"h2", "h3", "th", "legend", "button", "summary", "dt", "nav"}


def test_pages_in_english_say_no_chinese_word_of_their_own(world):
    found = {}
    for page, text in pages(world, "en"):
        words = {word for each in read(text, OWN) for word in re.findall(r"[\u4e00-\u9fff]+", each)}
        if wrong := words - {"中文"}:
            found[page] = wrong
    assert found == {}


MOMENT = datetime(2026, 11, 16, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "year", "written"),
    [("en", 2026, "16 Nov 2026, 10:00"), ("zh", 2026, "11月16日 10:00"), ("zh", 2027, "2026年11月16日 10:00")],
)
def test_moments_are_written_as_the_language_writes_them(language, year, written):
    assert filters.moment(MOMENT, language, year) == written
    assert filters.moment(None, language, year) == ""


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (timedelta(days=1), "1 天", "1 day"),
        (timedelta(days=2, hours=3, minutes=4), "2 天 3 小时", "2 days 3 h"),
        (timedelta(minutes=-90), "1 小时 30 分钟", "1 h 30 min"),
        (timedelta(seconds=20), "0 分钟", "0 min"),
    ],
)
def test_durations_are_written_in_their_two_largest_units(length, zh, en):
    assert (filters.duration(length, "zh"), filters.duration(length, "en")) == (zh, en)


def test_large_numbers_and_shares_are_written_as_people_write_them():
    assert (filters.number(58251), filters.number(7), filters.percent(85)) == ("58,251", "7", "85%")
    assert (filters.stamp(MOMENT), filters.iso_day(MOMENT)) == ("2026-11-16 10:00", "2026-11-16")


def test_english_says_one_of_something_otherwise_than_many(world):
    with world.app.test_request_context():
        session["language"] = "en"
        assert [say("working days", 1), say("working days", 2)] == ["1 working day", "2 working days"]
        assert [say("{} reports", 1), say("{} reports", 3)] == ["1 report", "3 reports"]
        session["language"] = "zh"
        assert say("working days", 1) == "1 工作日"


def test_what_is_said_of_one_has_a_chinese_word_as_of_many():
    assert OF_ONE.keys() - ZH.keys() == set()
