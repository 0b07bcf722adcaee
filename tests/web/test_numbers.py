"""Every number opens its list: what the pages of leaders and dispatchers count is what the list shows."""

import re
from html import unescape

import pytest

from engine import clock_requests, feedback
from tests.scenarios.story import Story, close, file
from tests.scenarios.test_joint import NEAR, PASSAGE, SITE, come
from tests.web.test_ownership import app  # noqa: F401
from tests.web.test_pages import Visitor

REFUSE = "050104"  # HWZX (wanglin) leads
#: a link to a list of cases, and the number in it; a share is no number of cases
LINK = re.compile(r'<a (?:class="[^"]*" )?href="(/cases\?[^"]*)"[^>]*>\s*(?:<b>)?([\d,]+)(?![\d.,]|\s?%)')


@pytest.fixture
def city_at_work(city, clock):
    """A city with cases that are closed, heard, late, taken, waiting, joint, asked about and excused."""
    closed = file(Story(city, clock, REFUSE, "2026-11-16 09:00"))
    closed.at("2026-11-18 09:00")
    close(closed, "wanglin")
    closed.act("zhaoli", feedback.call_back, closed.id, feedback.Said(True, True, True, 3, ""))
    appeal = closed.act("wanglin", clock_requests.ask_appeal, closed.id, "连续暴雪，道路封闭")
    decide(closed, appeal.id)
    taken = file(Story(city, clock, REFUSE, "2026-11-18 09:10"))
    taken.claim("wanglin", "handle")
    file(Story(city, clock, REFUSE, "2026-11-18 09:20"))
    joint = file(Story(city, clock, PASSAGE, "2026-11-18 20:40", spot=SITE))
    come(joint.at("2026-11-18 20:55"), "XFJY", "CGJ", **NEAR)
    joint.at("2026-11-18 21:10")
    return joint


def decide(story, appeal_id):
    """Let two persons agree to the appeal."""
    appeal = object.__new__(Story)
    appeal.database, appeal.clock, appeal.id = story.database, story.clock, appeal_id
    appeal.do("liqiang", "agree", agreed=True)
    appeal.do("zhaoli", "approve", agreed=True)
    assert story.entries("appeal.granted")


@pytest.mark.parametrize(("name", "page"), [("yangjie", "/board"), ("yangjie", "/call-backs"), ("zhaoli", "/dispatch")])
def test_every_number_of_the_page_opens_a_list_that_holds_so_many(app, city_at_work, name, page):  # noqa: F811
    visitor = Visitor(app, name)
    found = [
        (unescape(address), int(count.replace(",", ""))) for address, count in LINK.findall(visitor.get(page).text)
    ]
    assert found
    wrong = {}
    for address, count in found:
        listed = visitor.get(address).text.count('<li class="row')
        if listed != count:
            wrong[address] = (count, listed)
    assert wrong == {}


def test_the_rates_of_call_backs_open_the_cases_that_they_count(app, city_at_work):  # noqa: F811
    page = Visitor(app, "yangjie").get("/call-backs").text
    addresses = [unescape(each) for each in re.findall(r'href="(/cases\?[^"]*counted=[^"]*)"', page)]
    assert [re.search(r"counted=(\w+)", each)[1] for each in addresses] == ["heard", "responded", "solved", "satisfied"]
    assert [Visitor(app, "yangjie").get(each).text.count('<li class="row') for each in addresses] == [1, 1, 1, 1]


def test_an_upheld_appeal_is_counted_on_the_board(app, city_at_work):  # noqa: F811
    assert "近 30 天申诉成立: 1" in Visitor(app, "yangjie").get("/board").text


def test_facets_open_the_list_that_they_count(app, city_at_work):  # noqa: F811
    visitor = Visitor(app, "yangjie")
    page = visitor.get("/cases?state=all").text
    facets = page[
        page.index('<details class="facets">') : page.index("</details>", page.index('<details class="facets">'))
    ]
    found = re.findall(r'href="([^"]*)">[^<]*<span class="number">(\d+)</span></a>', facets)
    assert found
    for address, count in found:
        assert visitor.get(unescape(address)).text.count('<li class="row') == int(count)
