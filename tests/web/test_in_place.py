"""What is done without loading a page where scripts run: the place on the page stays, and what was done is said."""

import pytest
from playwright.sync_api import expect

from tests.web.browsing import browser, look, needs_chromium, serving, sign_in, visiting  # noqa: F401
from tests.web.test_pages import Visitor, report
from web import create_app

pytestmark = [needs_chromium, pytest.mark.parametrize("city", ["sqlite"], indirect=True)]


@pytest.fixture
def app(city):
    found = create_app(city, "secret")
    found.config["TESTING"] = True
    return found


@pytest.fixture(params=[True, False], ids=["script", "plain"])
def desk(request, app, city, browser):  # noqa: F811
    """The inbox of a clerk to whom sixteen tasks are offered, more than the window shows."""
    for _ in range(16):
        report(Visitor(app, "wangmin"))
    with serving(city) as site, visiting(browser, 1280, script=request.param) as page:
        sign_in(page, site, "zhaoli")
        page.loads = []
        page.on("request", lambda got: page.loads.append(got.url) if got.is_navigation_request() else None)
        yield page


def rows(page, count):
    expect(page.locator("li.row")).to_have_count(count)


def test_a_task_is_claimed_and_put_back_where_it_stands(desk):
    row = desk.locator("li.row").nth(12)
    row.scroll_into_view_if_needed()
    following = desk.locator("li.row").nth(13).get_attribute("id")
    scrolled = desk.evaluate("scrollY")
    row.get_by_role("button", name="领取").click()
    if not desk.scripts:  # it is opened, as the page of a task
        expect(desk.locator("main")).to_contain_text("任务已领取")
        desk.get_by_role("button", name="放回").click()
        rows(desk, 16)
        return
    rows(desk, 15)
    expect(desk.locator("#said")).to_have_text("任务已领取。")
    assert desk.loads == []
    assert abs(desk.evaluate("scrollY") - scrolled) < 90
    assert desk.evaluate("document.activeElement.closest('li').id") == following
    desk.click("#tab-mine")
    rows(desk, 1)
    assert desk.url.endswith("which=mine")
    desk.get_by_role("button", name="放回").click()
    rows(desk, 0)
    expect(desk.locator("#tab-groups b")).to_have_text("16")
    assert desk.loads == []
    look(desk)


def test_a_filter_narrows_the_list_and_stays_in_the_address(desk):
    desk.focus("#due")
    desk.select_option("#due", "today")
    if not desk.scripts:
        desk.click("#search")
    expect(desk.locator("#all")).to_be_visible()
    assert "due=today" in desk.url
    if desk.scripts:
        expect(desk.locator("#said")).to_contain_text("显示任务")
        assert desk.evaluate("document.activeElement.id") == "due"
        assert desk.loads == []
    desk.go_back()
    expect(desk.locator("#all")).to_have_count(0)
    rows(desk, 16)


def test_chosen_rows_stay_chosen_when_another_is_claimed(desk):
    if not desk.scripts:
        pytest.skip("without scripts the page of the task is opened")
    for number in (3, 5):
        desk.locator("li.row input[type=checkbox]").nth(number).check()
    desk.locator("li.row").nth(4).get_by_role("button", name="领取").click()
    rows(desk, 15)
    assert desk.locator("li.row input:checked").count() == 2


def test_what_somebody_else_has_taken_is_said_and_leaves_the_list(desk, app):
    if not desk.scripts:
        pytest.skip("without scripts the refusal is a page; see test_pages.py")
    task = desk.locator("li.row").first.get_attribute("id")[1:]
    Visitor(app, "zhaoli").post("/inbox", f"/tasks/{task}/complete", filed="true")
    desk.locator("li.row").first.get_by_role("button", name="领取").click()
    expect(desk.locator("#said.fault")).not_to_be_empty()
    rows(desk, 15)


def test_a_note_and_a_claim_leave_half_a_sentence_in_the_form(desk):
    desk.locator("a.what").first.click()
    desk.fill("[name=reason]", "写到一半")
    if not desk.scripts:
        desk.fill("#note", "下午去现场")
        desk.click("#add-note")
        expect(desk.locator("#notes")).to_contain_text("下午去现场")
        return
    desk.loads.clear()
    desk.fill("#note", "下午去现场")
    desk.click("#add-note")
    expect(desk.locator("#notes .said")).to_have_text("下午去现场")
    expect(desk.locator("#note")).to_have_value("")
    desk.click("#take")
    expect(desk.locator("#take")).to_have_attribute("data-key", "p")
    assert desk.input_value("[name=reason]") == "写到一半"
    assert desk.loads == []
    look(desk)


def test_without_a_network_nothing_is_lost_and_it_is_said(desk):
    if not desk.scripts:
        pytest.skip("without scripts the browser says it")
    desk.context.set_offline(True)
    desk.locator("li.row").first.get_by_role("button", name="领取").click()
    expect(desk.locator("#said.fault")).to_contain_text("没有网络")
    desk.context.set_offline(False)
    desk.locator("li.row").first.get_by_role("button", name="领取").click()
    rows(desk, 15)
