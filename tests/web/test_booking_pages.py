"""The pages of shared resources: booking from a task and a case, refusals with what was typed, the calendar."""

import re

import pytest

from engine import bookings
from tests.scenarios.story import Story, file
from tests.scenarios.test_bookings import CAR, DAY, OTHER_CAR, POLICE, REFUSE, book, come, finish, rows
from tests.scenarios.test_joint import PASSAGE
from tests.web.browsing import browser, look, needs_chromium, sign_in, site, visiting  # noqa: F401
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor


@pytest.fixture
def passage(city, clock):
    return file(Story(city, clock, PASSAGE, f"{DAY} 20:40"))


@pytest.fixture
def bin_case(city, clock):
    return file(Story(city, clock, REFUSE, f"{DAY} 09:00"))


def send(visitor, story, page=None, **fields):
    """Book by the form."""
    values = {"resource": CAR, "from": f"{DAY}T21:00", "to": f"{DAY}T23:00", **fields}
    return visitor.post(page or f"/cases/{story.id}", f"/cases/{story.id}/bookings", **values)


def test_the_lead_books_from_the_task_and_sees_it_on_task_and_case(app, passage):  # noqa: F811
    visitor, url = Visitor(app, "majun"), task_url(passage, "majun", "close_joint")
    page = visitor.get(url).text
    assert f'value="{DAY}T20:40"' in page
    assert f'value="{DAY}T22:40"' in page
    assert send(visitor, passage, url, next=url).headers["Location"] == url
    for path in (url, f"/cases/{passage.id}"):
        page = visitor.get(path).text
        assert "11月18日 21:00–23:00" in page
        assert "新城区消防救援大队 马军" in page
    assert "预约资源" in visitor.get(f"/cases/{passage.id}").text.split('id="happened"')[1]


def test_who_may_not_book_sees_what_is_booked_without_the_form(app, passage):  # noqa: F811
    book(passage, "majun", CAR, "21:00", "23:00")
    page = Visitor(app, "batu").get(f"/cases/{passage.id}").text
    assert "11月18日 21:00–23:00" in page
    assert 'name="resource"' not in page
    assert "取消预约" not in page.split('id="happened"')[0]


@pytest.mark.parametrize(
    ("speak", "why", "free"),
    [(Visitor, "该时段已被预约", "城管执法车 2 号"), (english, "it is booked then", "Law-enforcement car 2")],
)
def test_a_refusal_stands_above_the_form_which_keeps_what_was_typed(app, passage, bin_case, speak, why, free):  # noqa: F811
    book(passage, "majun", CAR, "21:00", "23:00")
    visitor = speak(app, "wanglin")
    answer = send(visitor, bin_case, **{"from": f"{DAY}T22:30"})
    assert answer.status_code == 409
    assert (why in answer.text, free in answer.text, "booking_rule" in answer.text) == (True, True, True)
    assert f'value="{DAY}T22:30"' in answer.text
    assert f'<option value="{CAR}" selected>' in answer.text
    again = send(visitor, bin_case, resource=OTHER_CAR)
    assert again.headers["Location"] == f"/cases/{bin_case.id}"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"from": "1999-12-31T10:00"}, "from"),
        ({"from": "0001-01-01T00:00"}, "from"),
        ({"to": "9999-12-31T23:59"}, "to"),
        ({"to": "tomorrow"}, "to"),
        ({"to": f"{DAY}T20:59"}, "to"),
        ({"resource": ""}, "resource"),
    ],
)
def test_a_field_that_is_wrong_is_named_beside_it(app, passage, fields, place):  # noqa: F811
    answer = send(Visitor(app, "majun"), passage, **fields)
    assert answer.status_code == 422
    assert f'id="p-{place}"' in answer.text
    assert rows(passage) == []


def test_a_resource_that_is_none_or_a_case_of_others_is_not_found(app, passage, bin_case):  # noqa: F811
    visitor = Visitor(app, "majun")
    assert send(visitor, passage, resource="nothing").status_code == 404
    assert send(visitor, bin_case, "/resources").status_code == 404
    assert visitor.get(f"/cases/{bin_case.id}/bookings").status_code == 404


def test_a_closed_case_says_why_nothing_more_is_booked(app, passage):  # noqa: F811
    visitor = Visitor(app, "liuyang")
    assert 'name="resource"' in visitor.get(f"/cases/{passage.id}/bookings").text
    come(passage, "CGJ")
    finish(passage, "CGJ")
    answer = send(visitor, passage, "/resources")
    assert answer.status_code == 409
    assert "有未完成任务的单位" in answer.text


def test_the_calendar_shows_who_has_what_and_links_the_case_only_for_who_may_see_it(app, passage):  # noqa: F811
    book(passage, "majun", CAR, "20:45", "23:00")
    passage.at(f"{DAY} 20:50")
    page = Visitor(app, "wanglin").get("/resources").text
    car = page.split("城管执法车 1 号")[1].split("城管执法车 2 号")[0]
    assert "占用至 11月18日 23:00" in car
    assert "新城区消防救援大队 马军" in car
    assert passage.number not in car
    assert "当前空闲" in page.split("城管执法车 2 号")[1].split("<li")[0]
    assert f"/cases/{passage.id}" in Visitor(app, "liuyang").get("/resources").text


def test_the_calendar_goes_by_day_and_week_kind_and_unit(app, passage):  # noqa: F811
    book(passage, "majun", CAR, "2026-11-20 09:00", "2026-11-20 11:00")
    visitor = english(app, "zhaoli")
    shown = "20 Nov 2026, 09:00–11:00"
    assert shown not in visitor.get("/resources").text
    assert shown in visitor.get("/resources?day=2026-11-20").text
    assert shown in visitor.get("/resources?view=week").text
    assert shown not in visitor.get("/resources?view=week&kind=person").text
    assert shown in visitor.get("/resources?view=week&unit=CGJ&kind=vehicle").text
    for odd in (
        "?day=never",
        "?day=9999-12-31",
        "?day=2100-12-31&view=week",
        "?view=x&kind=y&unit=z",
        "?day=0001-01-01",
    ):
        assert visitor.get(f"/resources{odd}").status_code == 200


def test_the_owner_cancels_in_the_calendar_with_a_reason_and_the_booker_reads_it(app, passage):  # noqa: F811
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    owner, url = Visitor(app, "liuyang"), f"/bookings/{booking}/cancel"
    page = owner.get("/resources").text
    assert re.search(rf'id="why-{booking}" name="reason" maxlength="300" required', page)
    refused = owner.post("/resources", url, reason="")
    assert refused.status_code == 409
    assert "必须写明理由" in refused.text
    assert owner.post("/resources", url, reason="车辆故障").status_code == 302
    assert "11月18日 21:00–23:00" not in owner.get("/resources").text
    assert "车辆故障" in Visitor(app, "majun").get("/news").text
    assert owner.post("/resources", url, reason="车辆故障").status_code == 409
    ended = english(app, "majun").post("/resources", url).text
    assert "Law-enforcement car 1" in ended


def test_the_owner_is_told_where_to_look_without_what_the_case_is_about(app, bin_case):  # noqa: F811
    book(bin_case, "wanglin", POLICE, "21:00", "23:00")
    page = Visitor(app, "leiming").get("/news").text
    assert 'href="/resources"' in page
    assert f"公安警力 2 人（一组） {DAY[5:7]}月18日 21:00–23:00" in page
    assert "海东路 12 号" not in page


def test_a_unit_that_is_called_already_is_named_in_the_readers_language(app, passage):  # noqa: F811
    for speak, name in ((Visitor, "城市管理综合执法局"), (english, "Law-Enforcement Bureau was called already")):
        visitor = speak(app, "majun")
        answer = visitor.post(f"/cases/{passage.id}", f"/cases/{passage.id}/units", unit="CGJ")
        assert answer.status_code == 409
        assert name in answer.text
        assert name in visitor.get(f"/cases/{passage.id}").text.split('id="happened"')[1]


@needs_chromium
@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_can_be_used_on_a_phone_without_script_and_by_everybody(browser, site, passage, width):  # noqa: F811
    book(passage, "majun", POLICE, "20:45", "22:00")
    for script in (True, False):
        with visiting(browser, width, script=script) as page:
            sign_in(page, site, "majun")
            page.goto(f"{site}/cases/{passage.id}")
            page.click("#bookings > details > summary")
            page.select_option("#b-resource", CAR)
            page.click("#bookings form[action$=bookings] button")
            look(page)
            page.goto(f"{site}/resources?view=week")
            look(page)
    assert [each.resource_code for each in rows(passage)].count(CAR) == 1
    assert passage.entries("booking.refused")


def test_a_cancelled_booking_stays_readable_on_the_case(app, passage):  # noqa: F811
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    passage.act("liuyang", bookings.cancel, booking, "另有任务")
    page = Visitor(app, "majun").get(f"/cases/{passage.id}/bookings").text
    assert "已取消" in page
    assert "另有任务" in page
