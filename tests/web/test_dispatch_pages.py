"""The dispatcher's page: what has no unit yet and what came back, who may be right and why, taken by one click."""

import pytest

from tests.scenarios.story import Story, file
from tests.web.test_ownership import app, english  # noqa: F401
from tests.web.test_pages import Visitor

REFUSE = "050104"  # HWZX (wanglin) leads


def section(page, start):
    return page[page.index(start) : page.index("</section>", page.index(start))]


@pytest.fixture
def fresh(city, clock):
    return Story(city, clock, REFUSE, "2026-11-16 09:00")


def test_what_has_no_unit_yet_is_listed_with_who_would_get_it_and_why(app, fresh):  # noqa: F811
    file(Story(fresh.database, fresh.clock, REFUSE, "2026-11-16 09:05"))
    found = section(Visitor(app, "zhaoli").get("/dispatch").text, 'id="fresh"')
    assert fresh.number in found
    assert "新城区环境卫生服务中心" in found
    assert "权责清单" in found
    assert "待领 1，在办 0，超时 0" in found
    assert "1 waiting, 0 taken, 0 late" in english(app, "zhaoli").get("/dispatch").text


def test_one_click_files_it_and_leads_back_to_the_page(app, fresh):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    action = form_of(visitor, "立案并派遣")
    answer = visitor.post("/dispatch", action, filed="true", back="/dispatch")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dispatch")
    assert fresh.case().unit_code == "HWZX"
    assert fresh.states()["handle"] == "open"


def form_of(visitor, button):
    page = visitor.get("/dispatch").text
    return page[: page.index(button)].rsplit('action="', 1)[1].split('"')[0]


def test_one_click_gives_what_came_back_to_a_suggested_unit(app, fresh):  # noqa: F811
    file(fresh).do(
        "wanglin",
        "handle",
        outcome="send_back",
        result="系绿化垃圾，属园林职责",
        basis="《条例》第八条",
        suggested_unit="GPS",
    )
    visitor = Visitor(app, "zhaoli")
    page = visitor.get("/dispatch").text
    assert "退回单位建议" in page
    unit = page[page.index('name="unit" value="') :].split('"')[3]
    assert visitor.post("/dispatch", form_of(visitor, "改派给"), unit=unit, back="/dispatch").status_code == 302
    assert fresh.case().unit_code == unit == "GPS"


def test_who_only_watches_is_offered_no_button(app, fresh):  # noqa: F811
    page = Visitor(app, "auditor").get("/dispatch").text
    assert fresh.number in page
    assert "立案并派遣" not in page
