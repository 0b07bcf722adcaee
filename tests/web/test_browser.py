"""Pages in a real Chromium, on a phone and on a desk, with and without JavaScript. Journeys: ``test_journeys.py``."""

from pathlib import Path

import pytest

from tests.web.browsing import browser, look, needs_chromium, sign_in, site, visiting  # noqa: F401

pytestmark = needs_chromium


@pytest.fixture(params=[(360, False), (360, True), (1280, True)], ids=["phone-no-js", "phone", "desk"])
def page(request, browser):  # noqa: F811
    """A page of a fresh visitor."""
    width, script = request.param
    with visiting(browser, width, script=script) as found:
        yield found


def report(page, site, item="050104"):  # noqa: F811
    page.goto(f"{site}/report")
    look(page)
    page.fill("#description", "三号楼前的垃圾箱满了两天")
    page.select_option("#item", item)
    page.select_option("#grid", "150102001007001")
    page.fill("#address", "海东路 12 号")
    page.click("form.card button.main")
    page.wait_for_url("**/track/*")
    return page.url


ON_SQLITE = pytest.mark.parametrize("city", ["sqlite"], indirect=True)


@ON_SQLITE
def test_the_pages_of_a_case_are_usable_in_english(page, site):  # noqa: F811
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.click("button[name=language]")
    look(page)
    assert "My groups" in page.inner_text("main")
    page.click("a.what")
    page.click("header.head a")
    look(page)
    assert page.locator("svg.diagram .current").count() == 1
    page.click("nav a[href='/cases']")
    look(page)
    page.fill("#q", "海东")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases?q=*")
    assert page.locator("li.row").count() == 1


@ON_SQLITE
def test_the_pages_beside_the_inbox_are_usable(page, site):  # noqa: F811
    report(page, site)
    sign_in(page, site, "zhaoli")
    for address in ("board", "cases?q=haidong", "dispatch", "news", "me", "slips", "verify", "paused", "due"):
        page.goto(f"{site}/{address}")
        look(page)


@ON_SQLITE
def test_a_wrong_answer_is_shown_beside_its_field_and_the_text_is_kept(page, site):  # noqa: F811
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.click("a.what")
    page.fill("[name=reason]", "再看看")
    page.locator("form[enctype]").evaluate("form => form.noValidate = true")
    page.click("form[enctype] button.main")
    look(page)
    assert page.input_value("[name=reason]") == "再看看"
    assert page.locator("p.problem").count() >= 1


@ON_SQLITE
def test_everything_of_a_task_can_be_reached_with_the_keyboard(page, site):  # noqa: F811
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.click("a.what")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
    assert {"filed", "reason", "joint", "photos", "提交", "draft", "领取"} <= reached


@ON_SQLITE
def test_enter_in_a_field_of_a_task_completes_it(page, site):  # noqa: F811
    """With a ready-made text at hand: its button stands first on the page."""
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.goto(f"{site}/me")
    page.fill("#title", "核查")
    page.fill("#text", "现场核查属实")
    page.click("#texts button:text('添加')")
    page.goto(f"{site}/inbox")
    page.click("a.what")
    page.check("[name=filed][value=true]")
    page.focus("[name=filed][value=true]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")
    assert page.locator("li.row").count() == 0


@ON_SQLITE
def test_enter_in_the_address_of_a_report_sends_it(page, site):  # noqa: F811
    page.goto(f"{site}/report")
    page.fill("#description", "三号楼前的垃圾箱满了两天")
    page.select_option("#item", "050104")
    page.select_option("#grid", "150102001007001")
    page.fill("#address", "海东路 12 号")
    page.press("#address", "Enter")
    page.wait_for_url("**/track/*")


@ON_SQLITE
def test_the_stylesheet_and_the_inbox_fit_an_old_machine(page, site):  # noqa: F811
    report(page, site)
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    sign_in(page, site, "zhaoli")
    assert sum(sizes) < 60_000
    assert len((Path(__file__).parents[2] / "web/static/muster.css").read_bytes()) < 20_000


@ON_SQLITE
def test_the_pages_of_leaders_and_of_ones_own_choices_are_usable(page, site):  # noqa: F811
    report(page, site)
    sign_in(page, site, "batu")
    for path in ("/board", "/board/steps", "/cases?late=1&since=today", "/me", "/bulletins"):
        page.goto(f"{site}{path}")
        look(page)


@ON_SQLITE
def test_the_pages_of_the_lists_in_force_are_usable(page, site):  # noqa: F811
    sign_in(page, site, "admin")
    for path in ("/duties", "/duties?item=010102&grid=150102001007001", "/admissions"):
        page.goto(f"{site}{path}")
        look(page)


@ON_SQLITE
def test_the_main_pages_are_usable_in_the_dark_and_in_large_type(browser, site):  # noqa: F811
    """Colours by axe; at 360 px, which is what a window of 720 px shows at 200 %, with larger type on top of it."""
    with visiting(browser, 360, color_scheme="dark") as page:
        report(page, site)
        look(page)
        sign_in(page, site, "batu")
        page.goto(f"{site}/me")
        page.click("button[name=large]")
        first = page.goto(f"{site}/cases") and page.locator("li.row a.what").first.get_attribute("href")
        for path in (
            "/inbox",
            "/keys",
            "/cases",
            first,
            "/dispatch",
            "/board",
            "/board/steps",
            "/visits/new",
            "/report",
        ):
            page.goto(f"{site}{path}")
            look(page)


@ON_SQLITE
def test_a_case_on_paper_is_the_case_alone(browser, site):  # noqa: F811
    with visiting(browser, 794) as page:
        report(page, site)
        sign_in(page, site, "batu")
        page.goto(f"{site}/cases")
        page.click("li.row a.what")
        page.click("a[href*='view=print']")
        page.emulate_media(media="print", color_scheme="light")
        assert page.locator("#way tbody tr:visible").count() == 1  # of all steps, those that it came to
        assert page.locator("#clock details:not([open])").count() == 0
        for left_out in ("header.bar", "nav", "#bulletins", ".jump", "#notes form", "#said", "a.skip"):
            assert all(not each.is_visible() for each in page.locator(left_out).all()), left_out
        wide = page.evaluate(
            "Math.max(...[...document.querySelectorAll('main *')].map(e => e.getBoundingClientRect().right))"
        )
        assert wide <= 794
