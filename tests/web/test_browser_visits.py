"""In a real Chromium: a visit entered on a phone, and two reports that a clerk makes one matter."""

from tests.web.browsing import browser, look, needs_chromium, sign_in, sign_out, site  # noqa: F401
from tests.web.test_browser import ON_SQLITE, page, report  # noqa: F401

pytestmark = needs_chromium
MATTERS = {"050104": "桶满三天", "100201": "与楼上不和", "120105": ""}


def tick(page):  # noqa: F811
    """Open each class, tick the matters and say what was seen; what is not ticked has no fields."""
    for item, seen in MATTERS.items():
        box = page.locator(f"#i-{item}")
        group = page.locator("details.ticks", has=box)
        if not box.is_visible():
            group.locator("summary").click()
        assert not page.locator(f"[name=seen-{item}]").is_visible()
        box.check()
        page.fill(f"[name=seen-{item}]", seen)


@ON_SQLITE
def test_a_grid_officer_enters_a_visit_and_the_resident_reads_it(page, site):  # noqa: F811
    sign_in(page, site, "wangmin")
    page.goto(f"{site}/visits/new")
    look(page)
    page.select_option("#grid", "150102001014001")
    for field, text in (("address", "3 号楼 501"), ("name", "张桂兰"), ("contact", "13800004321")):
        page.fill(f"#{field}", text)
    tick(page)
    look(page)
    page.click("form.steps button.main")
    look(page)
    assert page.locator("ul.rows li").count() == 3
    code = page.inner_text("p.code").split()[-1]
    page.goto(f"{site}/visits/new?q=张桂兰")
    look(page)
    page.goto(f"{site}/slips")
    page.select_option("#kind", "visit")
    page.fill("#count", "1")
    page.click("button.main")
    look(page)
    sign_out(page)
    page.goto(f"{site}/track")
    page.fill("#code", code)
    page.click("main button.main")
    look(page)
    assert page.locator(".report").count() == 3
    assert "张桂兰" not in page.inner_text("main")


@ON_SQLITE
def test_a_clerk_makes_two_reports_one_matter_and_two_again(page, site):  # noqa: F811
    tracks = [report(page, site) for _ in range(2)]
    sign_in(page, site, "zhaoli")
    page.goto(f"{site}/duplicates")
    look(page)
    page.click(".abreast form button")
    look(page)
    assert page.locator(".abreast").count() == 0
    page.goto(f"{site}/inbox")
    page.click("a.what")
    look(page)
    page.locator("#same summary").click()
    page.fill("#same input[name=why]", "是两处")
    page.click("#same form button")
    look(page)
    assert page.locator("#same form").count() == 1
    sign_out(page)
    page.goto(tracks[1])
    look(page)
