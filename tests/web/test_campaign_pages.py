"""The pages of a visit campaign: how far each grid is, and a grid's list of doors for who visits there."""

import re

import pytest

from engine import campaigns, cases, jobs
from engine.hand_over_models import GridWorker
from engine.models import Grid
from engine.uow import CLOCK, SYSTEM
from tests.web.test_findings import english
from tests.web.test_pages import GRID, Visitor, app  # noqa: F401


@pytest.fixture
def campaign(app):  # noqa: F811
    """The address of a campaign in which wangmin works in a grid of 312 households."""
    with app.extensions["muster"].transaction(SYSTEM) as uow:
        uow.session.get_one(Grid, GRID).households = 312
        uow.session.add(GridWorker(grid_code=GRID, person="wangmin", since_at=uow.now, until_at=None))
    with app.extensions["muster"].transaction(CLOCK) as uow:
        cases.open_case(uow, "campaign", {}, "季度走访", at="quarter")
    jobs.work_due_jobs(app.extensions["muster"])
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return f"/campaigns/{campaigns.campaigns(uow)[0].id}"


def with_door(visitor, page, address="3 号楼 2 单元 501"):
    visitor.post(page, f"{page}/households", address=address, name="张桂兰", contact="13800004321", tags="reluctant")
    return re.search(r'name="household" value="([^"]+)"', visitor.get(page).text)[1]


def test_an_officer_adds_a_household_and_writes_down_that_it_was_reached(app, campaign):  # noqa: F811
    officer, page = Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}"
    home = with_door(officer, page)
    said = {"household": home, "channel": "door", "reached": "1", "purpose": "safety", "consent": "1"}
    answer = officer.post(page, f"{page}/attempts", **said)
    assert answer.headers["Location"] == f"{page}#h-{home}"
    shown = officer.get(page).text
    assert ("安全提示" in shown, "同意登记信息" in shown, "1 / 312" in shown) == (True, True, True)
    assert '<td class="number">1</td><td class="number">312</td><td class="number">0.3</td>' in (
        Visitor(app, "yangjie").get(campaign).text
    )
    assert "季度走访" in Visitor(app, "yangjie").get("/campaigns").text


def test_the_fourth_visit_is_refused_and_the_page_offers_telephone_and_property_company(app, campaign):  # noqa: F811
    officer, page = Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}"
    away = {"household": with_door(officer, page), "channel": "door", "reached": "0"}
    for _ in range(3):
        officer.post(page, f"{page}/attempts", **away)
    shown = officer.get(page).text
    assert ('value="door"' in shown, 'value="phone"' in shown, 'value="property"' in shown) == (False, True, True)
    answer = officer.post(page, f"{page}/attempts", **away)
    assert (answer.status_code, "已三次上门未遇" in answer.text, "campaign_rule" in answer.text) == (409, True, True)


def test_what_is_missing_is_named(app, campaign):  # noqa: F811
    officer, page = Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}"
    answer = officer.post(page, f"{page}/attempts", household=with_door(officer, page), channel="door", reached="1")
    assert (answer.status_code, "走访目的" in answer.text, "是否同意" in answer.text) == (422, True, True)
    answer = officer.post(page, f"{page}/households", address="", name="李四")
    assert (answer.status_code, 'value="李四"' in answer.text) == (422, True)


def test_others_see_the_figures_and_no_household(app, campaign):  # noqa: F811
    page = f"{campaign}/grids/{GRID}"
    with_door(Visitor(app, "wangmin"), page)
    for person in ("yangjie", "wanglin", "auditor"):
        assert Visitor(app, person).get(campaign).status_code == 200
        assert Visitor(app, person).get(page).status_code == 403
    assert Visitor(app).get(campaign).status_code == 302
    assert Visitor(app, "hanmei").get(campaign).status_code == 403


def test_what_was_not_reached_is_a_list_of_its_own(app, campaign):  # noqa: F811
    officer, page = Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}"
    home = with_door(officer, page)
    said = {"household": home, "channel": "door", "reached": "1", "purpose": "care", "consent": "0"}
    officer.post(page, f"{page}/attempts", **said)
    officer.post(page, f"{page}/households", address="4 号楼 101", name="李四")
    missed = officer.get(f"{page}?show=missed").text
    assert ("4 号楼 101" in missed, "3 号楼" in missed) == (True, False)


def test_the_pages_speak_english(app, campaign):  # noqa: F811
    with_door(Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}")
    reader = english(app, "wangmin")
    assert "Day by day" in reader.get(campaign).text
    page = reader.get(f"{campaign}/grids/{GRID}").text
    for words in ("At the door", "Purpose", "By building and floor", "Add a household", "0 tries"):
        assert words in page


def test_in_the_evening_one_checks_in_with_the_police_and_out_again(app, campaign):  # noqa: F811
    officer, page = Visitor(app, "wangmin"), f"{campaign}/grids/{GRID}"
    assert officer.post(page, f"{page}/check-in", partner="").status_code == 422
    officer.post(page, f"{page}/check-in", partner="民警李警官")
    shown = officer.get(page).text
    task = re.search(r'href="(/tasks/[^"]+)">→ 签退', shown)[1]
    assert officer.post(task, f"{task}/complete").status_code == 302
    assert "同行民警" in officer.get(page).text


def test_the_chinese_pages_say_everything_in_chinese(app, campaign):  # noqa: F811
    officer = Visitor(app, "wangmin")
    with_door(officer, f"{campaign}/grids/{GRID}")
    for path in ("/campaigns", campaign, f"{campaign}/grids/{GRID}"):
        page = re.sub(r"(?s)<header class=\"bar\".*?</header>", "", officer.get(path).text)
        words = re.findall(r">\s*([A-Za-z][a-z]+(?: [a-z]+)*)\s*<", page)
        assert words == [], (path, words)


def test_an_inbox_names_the_grid_to_be_visited(app, campaign):  # noqa: F811
    page = Visitor(app, "wangmin").get("/inbox").text
    rows = page[page.index('<ul class="rows">') :]
    assert "&#39;code&#39;" not in rows
    assert GRID not in rows
    assert "网格" in rows
