"""The main journeys in a real Chromium: with and without JavaScript, on a phone and on a desk, in both languages."""

import shutil
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from waitress import wasyncore
from waitress.server import create_server

from engine import jobs
from tests.conftest import PASSWORD
from web import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: known and accepted axe rules: none
ACCEPTED: set[str] = set()


@pytest.fixture(scope="module")
def browser():
    """A Chromium for all tests of this module."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def site(city):
    """Address of a server with the demo city."""
    server = create_server(create_app(city, "secret"), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # in the loop's own thread: closing it from here leaves the loop in a select() on what is closed
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join()
    server.task_dispatcher.shutdown()


@pytest.fixture(params=[(360, False), (360, True), (1280, True)], ids=["phone-no-js", "phone", "desk"])
def page(request, browser):
    """A page of a fresh visitor; violations of the content policy are collected in ``page.refused``."""
    width, script = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    found = context.new_page()
    found.refused, found.scripts = [], script
    found.set_default_timeout(8000)
    found.on("console", lambda message: found.refused.append(message.text) if "Policy" in message.text else None)
    yield found
    context.close()


def sign_in(page, site, name):
    page.goto(f"{site}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("form.card button.main")


def sign_out(page):
    page.click("form[action='/sign-out'] button")


def look(page):
    """Fail if the page is wider than its window, breaks the policy, or has an accessibility fault."""
    page.wait_for_load_state("load")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    assert page.refused == []
    if not page.scripts:  # axe itself is a script
        return
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations if each["id"] not in ACCEPTED] == []


def report(page, site, item="050104"):
    page.goto(f"{site}/report")
    look(page)
    page.fill("#description", "三号楼前的垃圾箱满了两天")
    page.select_option("#item", item)
    page.select_option("#grid", "150102001007001")
    page.fill("#address", "海东路 12 号")
    page.click("form.card button.main")
    return page.url


def work(page, site, name, **answers):
    """Sign in, open the first task, answer its form, and sign out."""
    sign_in(page, site, name)
    look(page)
    page.click("a.what")
    look(page)
    for field, value in answers.items():
        choice = page.locator(f"input[name={field}][value='{value}']")
        if choice.count():
            choice.check()
        else:
            page.fill(f"[name={field}]", value)
    page.click("form[enctype] button.main")
    sign_out(page)


ONCE_ON_POSTGRESQL = pytest.mark.parametrize("city", ["sqlite", "postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("city", ["sqlite"], indirect=True)


@ONCE_ON_POSTGRESQL
def test_an_incident_goes_from_the_report_to_the_answer(page, site, city):
    tracking = report(page, site)
    look(page)
    work(page, site, "zhaoli", filed="true")
    work(page, site, "wanglin", outcome="done", result="已清运")
    work(page, site, "chenjing", passed="true")
    work(page, site, "zhaoli", answer="经现场查看，今天上午已清运，谢谢您的上报")
    jobs.work_due_jobs(city)
    page.goto(tracking)
    look(page)
    assert "今天上午已清运" in page.inner_text("main")


@ON_SQLITE
def test_the_pages_of_a_case_are_usable_in_english(page, site):
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
@pytest.mark.parametrize(
    "address", ["board", "cases?q=haidong", "dispatch", "news", "me", "slips", "verify", "paused", "due"]
)
def test_the_pages_beside_the_inbox_are_usable(page, site, address):
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.goto(f"{site}/{address}")
    look(page)


@ON_SQLITE
def test_a_wrong_answer_is_shown_beside_its_field_and_the_text_is_kept(page, site):
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
def test_everything_of_a_task_can_be_reached_with_the_keyboard(page, site):
    report(page, site)
    sign_in(page, site, "zhaoli")
    page.click("a.what")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))
    assert {"filed", "reason", "joint", "photos", "提交", "draft", "领取"} <= reached


@ON_SQLITE
def test_the_stylesheet_and_the_inbox_fit_an_old_machine(page, site):
    report(page, site)
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    sign_in(page, site, "zhaoli")
    assert sum(sizes) < 60_000
    assert len((Path(__file__).parents[2] / "web/static/muster.css").read_bytes()) < 20_000


@ON_SQLITE
def test_the_pages_of_leaders_and_of_ones_own_choices_are_usable(page, site):
    report(page, site)
    sign_in(page, site, "batu")
    for path in ("/board", "/board/steps", "/cases?late=1&since=today", "/me", "/bulletins"):
        page.goto(f"{site}{path}")
        look(page)
