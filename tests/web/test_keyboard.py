"""A liaison's day without a mouse: every key, what it does, where it must do nothing, and where the focus is seen."""

import pytest
from playwright.sync_api import expect

from tests.conftest import PASSWORD
from tests.web.browsing import browser, look, needs_chromium, serving, visiting  # noqa: F401
from tests.web.test_pages import Visitor, report
from web import create_app

pytestmark = [needs_chromium, pytest.mark.parametrize("city", ["sqlite"], indirect=True)]
#: of what has the focus: whether a ring is drawn around it
RING = """(() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return at === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
})()"""


@pytest.fixture
def app(city):
    found = create_app(city, "secret")
    found.config["TESTING"] = True
    return found


@pytest.fixture
def page(app, city, browser):  # noqa: F811
    """Signed in as a clerk by keyboard alone."""
    with serving(city) as site, visiting(browser, 1280) as found:
        found.goto(f"{site}/sign-in")
        expect(found.locator("#name")).to_be_focused()  # Chromium focuses after the page has loaded
        keys(found, *"zhaoli", "Tab", *PASSWORD, "Enter")
        found.wait_for_url("**/inbox")
        yield found


def keys(page, *pressed):
    for each in pressed:
        page.keyboard.press(each)


def offer(app, count):
    officer = Visitor(app, "wangmin")
    for _ in range(count):
        report(officer)


def test_twenty_tasks_are_done_by_keyboard_alone(app, page):
    offer(app, 20)
    keys(page, "u")
    page.reload()
    for done in range(20):
        if done % 2:
            keys(page, "n")  # claims the most urgent, and opens it
        else:
            keys(page, "j", "j", "k") if done < 18 else keys(page, "j")
            row = page.evaluate("document.activeElement.closest('li').id.slice(1)")
            keys(page, "o")
            page.wait_for_url(f"**/tasks/{row}")
            keys(page, "c")
            expect(page.locator("button[data-key=p]")).to_have_count(1)
        page.wait_for_url("**/tasks/*")
        keys(page, "f", "Space")
        assert page.evaluate("document.activeElement.checked")
        keys(page, "Control+Enter")
        page.wait_for_url("**/inbox")
        expect(page.locator("li.row")).to_have_count(19 - done)
    expect(page.locator("p.empty")).to_have_count(1)


def test_rows_are_claimed_put_back_and_chosen_by_single_keys(app, page):
    offer(app, 4)
    page.reload()
    keys(page, "j", "c")
    expect(page.locator("li.row")).to_have_count(3)
    keys(page, "c")
    expect(page.locator("li.row")).to_have_count(2)
    keys(page, "x")
    assert page.locator("li.row input:checked").count() == 1
    page.goto(page.url.split("?")[0] + "?which=mine")
    keys(page, "j", "p")
    expect(page.locator("li.row")).to_have_count(1)
    keys(page, "/")
    assert page.evaluate("document.activeElement.id") == "q"
    keys(page, "Escape", "?")
    page.wait_for_url("**/keys")
    look(page)
    keys(page, "u")
    page.wait_for_url("**/inbox")


def test_single_keys_do_nothing_in_a_field_or_with_a_modifier(app, page):
    offer(app, 2)
    page.reload()
    keys(page, "/", *"jkxcnpuof?")
    assert page.input_value("#q") == "jkxcnpuof?"
    keys(page, "Escape", "Alt+n", "Alt+c")
    assert page.url.endswith("/inbox")
    expect(page.locator("li.row")).to_have_count(2)


def test_single_keys_can_be_switched_off(app, page):
    offer(app, 2)
    keys(page, "?")
    page.wait_for_url("**/keys")
    while page.evaluate("document.activeElement.name") != "keys":
        keys(page, "Tab")
    keys(page, "Enter")
    expect(page.locator("main")).to_contain_text("已关闭")
    page.goto(page.url.replace("/keys", "/inbox"))
    keys(page, *"jnc?")
    assert page.url.endswith("/inbox")
    expect(page.locator("li.row")).to_have_count(2)


def test_whatever_has_the_focus_is_seen(app, page):
    offer(app, 1)
    for path in ("/inbox", "/cases", "/keys"):
        page.goto(page.url.split("/inbox")[0].split("/cases")[0] + path)
        for _ in range(25):
            keys(page, "Tab")
            assert page.evaluate(RING), page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
