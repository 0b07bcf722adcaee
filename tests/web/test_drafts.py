"""What is typed is not lost and not shown to others: reports without a network, and sessions that ended meanwhile."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from engine.models import Attachment, Case, Task
from engine.uow import SYSTEM
from tests.conftest import PASSWORD
from tests.web.browsing import browser, needs_chromium, sign_in, site, visiting  # noqa: F401
from tests.web.test_pages import Visitor, a_photo, app, report, task_url  # noqa: F401

ON_SQLITE = pytest.mark.parametrize("city", ["sqlite"], indirect=True)


def fill(page, text, grid="150102001007001"):
    page.select_option("#grid", grid)
    page.select_option("#item", "050104")
    page.fill("#description", text)
    page.fill("#contact", "13800001234")


def send(page):
    page.click("form#report button.main")


def reported(database):
    """Return who reported what, in the order of arrival."""
    with database.reading(SYSTEM) as uow:
        cases = uow.session.scalars(select(Case).order_by(Case.number))
        return [(each.opened_by, each.summary["description"]) for each in cases]


@pytest.fixture
def phone(browser):  # noqa: F811
    with visiting(browser, 360) as found:
        yield found


@needs_chromium
@ON_SQLITE
def test_reports_typed_without_a_network_are_all_sent_once_with_photos(phone, site, city):  # noqa: F811
    phone.goto(f"{site}/report")
    phone.context.set_offline(True)
    for number in (1, 2):
        fill(phone, f"第{number}件")
        phone.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_photo().read()})
        send(phone)
        expect(phone.locator("#description")).to_have_value("")
    phone.context.set_offline(False)
    expect(phone.locator("#draft a")).to_have_count(2)
    assert phone.evaluate("localStorage.getItem('muster reports')") == "[]"
    assert [text for _who, text in reported(city)] == ["第1件", "第2件"]
    phone.locator("#draft a").first.click()
    with city.reading(SYSTEM) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Attachment)) == 2
    assert not phone.faults


@needs_chromium
@ON_SQLITE
def test_a_report_whose_sending_fails_while_the_phone_thinks_it_is_online_is_kept_and_sent(phone, site, city):  # noqa: F811
    phone.goto(f"{site}/report")
    fill(phone, "井盖缺失")
    phone.route("**/report", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    send(phone)
    expect(phone.locator("#draft")).to_have_text("已存在手机上，恢复网络后自动提交。")
    assert reported(city) == []
    phone.unroute("**/report")
    phone.reload()
    expect(phone.locator("#draft a")).to_be_visible()
    assert reported(city) == [("public", "井盖缺失")]


@needs_chromium
@ON_SQLITE
def test_a_draft_is_sent_as_the_one_who_typed_it_or_waits(phone, site, city, clock):  # noqa: F811
    sign_in(phone, site, "wangmin")
    phone.goto(f"{site}/report")
    phone.context.set_offline(True)
    fill(phone, "井盖缺失")
    send(phone)
    expect(phone.locator("#description")).to_have_value("")
    clock.advance(hours=1)
    phone.context.set_offline(False)
    expect(phone.locator("#draft")).to_contain_text("wangmin")
    assert reported(city) == []
    phone.goto(f"{site}/report")
    phone.click("#draft a")
    phone.fill("#name", "wangmin")
    phone.fill("#password", PASSWORD)
    phone.click("form.card button.main")
    expect(phone.locator("#draft a")).to_be_visible()
    assert reported(city) == [("wangmin", "井盖缺失")]


@needs_chromium
@ON_SQLITE
def test_nobody_sees_what_another_person_typed_on_the_same_computer(phone, site):  # noqa: F811
    sign_in(phone, site, "wangmin")
    phone.goto(f"{site}/report")
    fill(phone, "井盖缺失")
    phone.click("form[action='/sign-out'] button")
    sign_in(phone, site, "zhaoli")
    phone.goto(f"{site}/report")
    assert phone.input_value("#description") == ""
    assert "井盖" not in phone.evaluate("JSON.stringify(localStorage)")


@needs_chromium
@ON_SQLITE
def test_a_computer_of_several_people_keeps_no_draft(phone, site):  # noqa: F811
    phone.goto(f"{site}/sign-in")
    phone.fill("#name", "wangmin")
    phone.fill("#password", PASSWORD)
    phone.check("[name=shared]")
    phone.click("form.card button.main")
    phone.goto(f"{site}/report")
    phone.context.set_offline(True)
    fill(phone, "井盖缺失")
    send(phone)
    expect(phone.locator("#draft")).to_contain_text("不保存草稿")
    assert phone.input_value("#description") == "井盖缺失"
    assert "井盖" not in phone.evaluate("JSON.stringify(localStorage)")


@needs_chromium
@ON_SQLITE
def test_a_draft_goes_when_its_report_has_arrived(phone, site, city):  # noqa: F811
    phone.goto(f"{site}/report")
    fill(phone, "井盖缺失")
    send(phone)
    phone.wait_for_url("**/track/*")
    phone.goto(f"{site}/report")
    assert phone.input_value("#description") == ""
    assert len(reported(city)) == 1


def token(answer):
    return answer.text.split('name="csrf_token" value="')[1].split('"')[0]


def carried(answer):
    return answer.text.split('name="carried" value="')[1].split('"')[0]


def test_text_typed_while_the_session_ended_comes_back_after_signing_in_again(app, clock):  # noqa: F811
    report(Visitor(app))
    clerk = Visitor(app, "zhaoli")
    url = task_url(app)
    clerk.post(url, f"{url}/claim")
    seen = token(clerk.get(url))
    clock.advance(minutes=31)
    typed = {"csrf_token": seen, "filed": "true", "note": "立案，转城管局", "key": "k1"}
    answer = clerk.client.post(f"{url}/complete", data=typed)
    assert answer.status_code == 403
    assert "已填内容不会丢失" in answer.text
    again = {"csrf_token": token(answer), "carried": carried(answer), "name": "zhaoli", "password": PASSWORD}
    page = clerk.client.post("/sign-in", data=again)
    assert "立案，转城管局" in page.text
    sent = clerk.client.post(f"{url}/complete", data=typed | {"csrf_token": token(page)})
    assert sent.status_code == 302
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Task).where(Task.activity_id == "file")).one().completed_by == "zhaoli"


def test_text_of_a_session_that_ended_is_not_given_to_another_person(app, clock):  # noqa: F811
    report(Visitor(app))
    clerk = Visitor(app, "zhaoli")
    url = task_url(app)
    seen = token(clerk.get(url))
    clock.advance(minutes=31)
    answer = clerk.client.post(f"{url}/complete", data={"csrf_token": seen, "note": "立案，转城管局"})
    again = {"csrf_token": token(answer), "carried": carried(answer), "name": "liqiang", "password": PASSWORD}
    page = clerk.client.post("/sign-in", data=again)
    assert page.status_code == 302


def test_a_report_is_not_taken_as_anybodys_when_its_session_has_ended(app, clock, city):  # noqa: F811
    officer = Visitor(app, "wangmin")
    seen = token(officer.get("/report"))
    clock.advance(minutes=31)
    fields = {"item_code": "050104", "grid_code": "150102001007001", "description": "箱子满了", "who": "wangmin"}
    answer = officer.client.post("/report", data=fields | {"csrf_token": seen})
    assert answer.status_code == 403
    assert reported(city) == []


def test_photos_chosen_with_a_report_that_is_refused_are_asked_for_once_more(app):  # noqa: F811
    answer = report(Visitor(app), description="", photos=(a_photo(), "a.jpg"))
    assert answer.status_code == 422
    assert "请重新选择照片" in answer.text


@needs_chromium
@ON_SQLITE
def test_typing_is_use_of_a_shared_computer_and_what_was_typed_is_kept_as_a_draft(phone, site, app):  # noqa: F811
    report(Visitor(app))
    url = task_url(app)
    phone.clock.install()
    phone.goto(f"{site}/sign-in")
    phone.fill("#name", "zhaoli")
    phone.fill("#password", PASSWORD)
    phone.check("[name=shared]")
    phone.click("form.card button.main")
    phone.goto(f"{site}{url}")
    for text in ("垃圾箱", "垃圾箱满溢，立案"):
        phone.clock.fast_forward(200_000)
        phone.fill("form[enctype] textarea >> nth=0", text)
    assert phone.url.endswith(url)
    phone.clock.fast_forward(291_000)
    phone.wait_for_url("**/sign-in?next=**")
    assert "垃圾箱满溢，立案" in Visitor(app, "zhaoli").get(url).text
    assert not phone.faults
