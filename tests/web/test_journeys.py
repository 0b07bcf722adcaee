"""Each person's main journey in a real Chromium, on each page of it with axe where scripts run.

Four things vary: scripts, width, language, database. The rows below are the pairs of the first three (each value meets
each value of the others in some row) on SQLite, and one row on PostgreSQL, where only what is behind the pages differs.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from engine import jobs
from tests.web.browsing import browser, look, needs_chromium, serving, sign_in, sign_out, visiting  # noqa: F401
from tests.web.test_pages import Visitor, a_photo, complete, report
from web import create_app, filters
from web.words import translate

#: id -> (database, width, with scripts, language)
ROWS = {
    "phone-script-zh": ("sqlite", 360, True, "zh"),
    "desk-script-en": ("sqlite", 1280, True, "en"),
    "phone-plain-en": ("sqlite", 360, False, "en"),
    "desk-plain-zh": ("sqlite", 1280, False, "zh"),
    "desk-script-zh-postgresql": ("postgresql", 1280, True, "zh"),
}
pytestmark = [
    needs_chromium,
    pytest.mark.parametrize(
        ("city", "row"), [(row[0], row[1:]) for row in ROWS.values()], indirect=True, ids=list(ROWS)
    ),
]
GRID = "150102001007001"


@dataclass
class Way:
    """A browser on a city: its page, its address, its language, and the application for what others do meanwhile."""

    page: object
    site: str
    language: str
    app: object

    def say(self, text, *values):
        """Return what the pages say in the way's language."""
        return translate(text, self.language).format(*values)

    def open(self, path):
        self.page.goto(f"{self.site}{path}")
        look(self.page)

    def press(self, text, where="main", number=0):
        """Press the button or follow the link that says so, and look at where that leads."""
        said = self.say(text)
        self.page.locator(f"{where} >> css=button, a, summary").filter(has_text=said).nth(number).click()
        look(self.page)

    def send(self):
        """Send the report and look at the page that confirms it; a script brings it there once it has arrived."""
        self.page.locator("main >> css=button").filter(has_text=self.say("Send")).first.click()
        self.page.wait_for_url("**/track/*")
        look(self.page)

    def begin(self, name=None):
        """Choose the language, and sign in."""
        self.page.goto(f"{self.site}/track")
        if self.language == "en":
            self.page.click("button[name=language]")
        if name:
            sign_in(self.page, self.site, name)
            look(self.page)

    def then(self, name):
        """Let somebody else sit down at the same browser."""
        sign_out(self.page)
        sign_in(self.page, self.site, name)
        look(self.page)

    def sees(self, text, *values):
        expect(self.page.locator("main")).to_contain_text(self.say(text, *values))

    @property
    def path(self):
        return urlsplit(self.page.url).path


@pytest.fixture
def row(request):
    """Width, with scripts, language."""
    return request.param


@pytest.fixture
def way(row, city, browser):  # noqa: F811
    width, script, language = row
    app = create_app(city, "secret")
    app.config["TESTING"] = True
    with serving(city) as site, visiting(browser, width, script=script) as page:
        yield Way(page, site, language, app)


def fill_report(way, description):
    """Say where and what on the report's page; the photo's field is there, and may stay empty."""
    page = way.page
    page.select_option("#grid", GRID)
    page.fill("#address", "海东路 12 号")
    page.select_option("#item", "050104")
    page.fill("#description", description)


def settle(app):
    """Let everybody do their part in a reported case, up to the answer."""
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经现场查看，今天上午已清运，谢谢您的上报")


def test_a_resident_reports_follows_rates_and_has_it_opened_again(way):
    way.begin()
    way.open("/")
    way.press("Report something")
    fill_report(way, "三号楼前的垃圾箱满了两天")
    way.send()
    code = way.path.split("/")[-1]
    way.sees("Your report was received.")
    settle(way.app)
    way.open("/")
    way.press("Follow my report")
    way.page.fill("#code", code)
    way.press("Search")
    expect(way.page.locator("main")).to_contain_text("今天上午已清运")
    way.page.check("input[name=score][value='2']")
    way.page.check("input[name=solved][value='1']")
    way.press("Rate")
    way.sees("Thank you.")
    way.sees("Somewhat")
    way.press("It is not settled: open it again")
    way.page.fill("#why", "今天早上又满了")
    way.press("Open it again", "main form >> nth=-1")
    way.sees("The case was opened again under the same number, one level higher.")


def test_an_officer_reports_in_three_steps_and_verifies_on_the_spot(way):
    way.begin("wangmin")
    assert way.path == "/report/mine"
    way.press("Report something")
    assert [text[0] for text in way.page.locator("form#report h2").all_inner_texts()] == ["1", "2", "3"]
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_photo().getvalue()}
    way.page.set_input_files("#photos", photo)
    fill_report(way, "垃圾箱满溢")
    way.send()
    way.open("/report/mine")
    assert way.page.locator("li.row").count() == 1
    complete(way.app, "zhaoli", "file", filed="true")
    complete(way.app, "wanglin", "handle", outcome="done", result="已清运")
    way.then("chenjing")
    way.open("/verify")
    assert way.page.locator("li.row img").count() == 1
    way.page.click("li.row a.what")
    look(way.page)
    way.page.check("input[name=passed][value=true]")
    way.page.set_input_files("#photos", photo)
    way.press("Complete", "form[enctype]")
    way.sees("Done.")
    way.open("/verify")
    way.sees("Nothing to do here.")


def test_what_an_officer_reports_again_begins_with_the_last_grid_and_item(way):
    """So the second report needs a photo, one choice and one sentence: seconds, with or without a network."""
    way.begin("wangmin")
    report(Visitor(way.app, "wangmin"))
    way.open("/report")
    assert way.page.input_value("#grid") == GRID
    assert way.page.locator("#item optgroup").first.locator("option").first.get_attribute("value") == "050104"
    if not way.page.scripts:
        return
    way.page.context.set_offline(True)
    way.page.select_option("#item", "050104")
    way.page.fill("#description", "电梯井旁没有信号")
    way.page.click("form#report button.main")
    expect(way.page.locator("#draft")).to_have_text(
        way.say("Kept on this phone. It is sent by itself when the network is back.")
    )
    way.page.context.set_offline(False)
    expect(way.page.locator("#draft")).to_contain_text(way.say("A draft was sent."))
    look(way.page)
    way.page.click("#draft a")
    way.sees("Tracking code")
    way.open("/report/mine")
    assert way.page.locator("li.row").count() == 2


def test_a_clerk_accepts_and_a_dispatcher_names_another_unit_for_what_came_back(way):
    report(Visitor(way.app))
    way.begin("zhaoli")
    way.page.click("a.what")
    look(way.page)
    way.press("Claim", "div.aside")
    way.page.check("input[name=filed][value=true]")
    way.press("Complete", "form[enctype]")
    way.sees("Done.")
    complete(way.app, "wanglin", "handle", outcome="send_back", result="属于居民自管", basis="条例第三条")
    way.then("liqiang")
    way.open("/dispatch")
    expect(way.page.locator("main section").first).to_contain_text("属于居民自管")
    way.page.click("main section >> nth=0 >> a.what")
    look(way.page)
    way.page.select_option("form[enctype] [name=unit]", "CGJ")
    way.press("Complete", "form[enctype]")
    way.open("/dispatch")
    way.then("liuyang")
    assert way.page.locator("li.row").count() == 1


def test_a_liaison_takes_the_most_urgent_completes_it_and_does_the_rest_in_one_go(way):
    for _ in range(4):
        report(Visitor(way.app))
        complete(way.app, "zhaoli", "file", filed="true")
    way.begin("wanglin")
    way.page.fill("#q", "垃圾箱")
    way.press("Search")
    assert way.page.locator("li.row").count() == 4
    way.press("Claim the most urgent")
    way.page.check("input[name=outcome][value=done]")
    way.page.fill("[name=result]", "已清运")
    way.press("Complete and open the next", "form[enctype]")
    way.page.check("input[name=outcome][value=done]")
    way.press("Complete", "form[enctype]")
    way.open("/inbox")
    for box in way.page.locator("li.row input[type=checkbox]").all():
        box.check()
    way.page.select_option("#action", "complete")
    way.press("Go on", "#bulk")
    way.page.check("input[name=outcome][value=done]")
    way.page.fill("[name=result]", "一并清运")
    way.press("See what will be done")
    assert way.page.locator("tbody tr").count() == 3
    way.page.click("button[name=phase][value=do]")
    look(way.page)
    assert way.page.locator("tbody tr", has_text=way.say("Done.")).count() == 3
    way.open("/inbox")
    way.sees("Nothing to do here.")


def test_a_leader_goes_from_each_number_of_the_board_to_its_list(way):
    for item in ("050104", "050104", "080102"):
        report(Visitor(way.app), item_code=item)
    complete(way.app, "zhaoli", "file", filed="true")
    way.app.extensions["muster"].clock.advance(days=2)
    way.begin("yangjie")
    assert way.path == "/board"
    for number in range(4):
        way.open("/board")
        figure = way.page.locator(".figures a").nth(number)
        count = int(figure.locator("b").inner_text())
        figure.click()
        look(way.page)
        assert way.page.locator("li.row").count() == count
    way.page.locator("li.row a.what").first.click()
    look(way.page)
    assert way.page.locator("svg.diagram .current").count() >= 1
    way.open("/board/steps")


def test_an_administrator_keeps_calendar_people_and_sessions(way):
    other = Visitor(way.app, "admin")
    way.begin("admin")
    way.open("/calendars/city")
    source = way.page.input_value("#source")
    way.page.fill("#source", source.rstrip("\n") + "\n2026-11-17,holiday,检修\n")
    way.page.fill("#reason", "全市检修")
    way.press("Save as a new version")
    way.sees("The calendar was changed; open deadlines follow.")
    way.open("/hand-overs")
    way.page.select_option("#leaver", "wanglin")
    way.page.select_option("#successor", "songtao")
    way.page.fill("#effective", f"{way.app.extensions['muster'].clock.now().astimezone(filters.ZONE):%Y-%m-%dT%H:%M}")
    way.page.fill("#reason", "调离本岗位")
    way.press("Plan it")
    jobs.work_due_jobs(way.app.extensions["muster"])
    way.open("/me")
    way.press("End all others")
    way.sees("It has ended.")
    assert other.get("/me").status_code == 302
    way.open("/failures")
