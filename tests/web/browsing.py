"""What the tests in a real Chromium share: the browser, a server with the demo city, and looking at a page."""

import shutil
import threading
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from waitress import wasyncore
from waitress.server import create_server

from tests.conftest import PASSWORD
from web import create_app
from web.serving import MANY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: forms of several buttons and a field in which Enter presses the first of them, which is not the main action
MISLED = """[...document.forms].filter(form => {
  const first = [...form.elements].filter(each => each.type === "submit");
  const typed = [...form.elements].some(each => each.matches("input:not([type=hidden])"));
  return typed && first.length > 1 && (first[0].formNoValidate || !first[0].matches(".main, .sr"));
}).map(form => form.action)"""
#: known and accepted axe rules: none
ACCEPTED: set[str] = set()


@contextmanager
def chromium():
    """Give a Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def browser():
    """A Chromium for all tests of a module."""
    with chromium() as found:
        yield found


@contextmanager
def serving(database):
    """Give the address of a server on the database."""
    server = create_server(create_app(database, "secret"), host="127.0.0.1", port=0, **MANY)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # in the loop's own thread: closing it from here leaves the loop in a select() on what is closed
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
    thread.join()
    server.task_dispatcher.shutdown()


@pytest.fixture
def site(city):
    """Address of a server with the demo city."""
    with serving(city) as found:
        yield found


@contextmanager
def visiting(browser, width, *, script=True, **more):
    """Give a page of a fresh visitor; ``page.faults`` collects what went wrong on it unseen."""
    settings = {"viewport": {"width": width, "height": 900}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **more}
    context = browser.new_context(java_script_enabled=script, **settings)
    page = context.new_page()
    page.faults, page.scripts = [], script
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: page.faults.append(message.text) if "Policy" in message.text else None)
    page.on("response", lambda got: page.faults.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    yield page
    context.close()


def sign_in(page, site, name):
    page.goto(f"{site}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("form.card button.main")


def sign_out(page):
    page.click("form[action='/sign-out'] button")


def look(page):
    """Fail if the page is wider than its window, breaks the policy, misleads Enter, or has an accessibility fault."""
    page.wait_for_load_state("load")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    assert not page.faults, page.faults
    assert page.evaluate(MISLED) == [], f"Enter presses the wrong button on {page.url}"
    if not page.scripts:  # axe itself is a script
        return
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    found = [(each["id"], each["nodes"][0]["html"]) for each in violations if each["id"] not in ACCEPTED]
    assert not found, f"{page.url}: {found}"
