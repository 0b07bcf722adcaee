"""Hostile visitors: forged posts, fixed sessions, guessed passwords, others' addresses, markup in every field."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from engine.bpmn import read_layout
from engine.models import SignIn
from engine.uow import SYSTEM
from tests.conftest import PASSWORD, PROCESSES
from tests.web.test_pages import Visitor, a_photo, app, complete, report, task_url  # noqa: F401
from web import diagram

NOWHERE = "0190a5a0-0000-7000-8000-000000000000"
MARKUP = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>"
#: addresses that lead to one thing of somebody
OF_SOMEBODY = re.compile(r"^/(cases|tasks|photos)/[0-9a-f-]{36}")


def links(visitor, *starts, limit=150):
    """Return the addresses that the visitor can reach by following links, and what stands on each page."""
    pages, waiting = {}, list(starts)
    while waiting and len(pages) < limit:
        path = waiting.pop(0)
        if path in pages:
            continue
        answer = visitor.get(path)
        is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        pages[path] = answer.text if is_page else ""
        found = re.findall(r'(?:href|src)="(/[^"#]*)', pages[path])
        waiting += [link for link in map(unescape, found) if not link.startswith("/static") and link not in pages]
    return pages


def test_no_post_is_taken_without_its_token(app):  # noqa: F811
    clerk = Visitor(app, "zhaoli")
    taken = []
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods:
            url = rule.build(dict.fromkeys(rule.arguments, NOWHERE), append_unknown=False)[1]
            if clerk.client.post(url, data={}).status_code != 400:
                taken.append(rule.rule)
    assert taken == []


def test_the_session_of_before_the_sign_in_is_worth_nothing_after_it(app):  # noqa: F811
    visitor = Visitor(app)
    visitor.get("/sign-in")
    before = visitor.client.get_cookie("session").value
    visitor.post("/sign-in", "/sign-in", name="zhaoli", password=PASSWORD)
    assert visitor.get("/inbox").status_code == 200
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/inbox").headers["Location"].startswith("/sign-in")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app):  # noqa: F811
    visitor = Visitor(app)
    headers = visitor.post("/sign-in", "/sign-in", name="zhaoli", password=PASSWORD).headers.getlist("Set-Cookie")
    assert [header for header in headers if "HttpOnly" not in header or "SameSite=Lax" not in header] == []


def test_five_wrong_passwords_shut_the_door_for_a_quarter_of_an_hour(app, clock):  # noqa: F811
    def tries(password):
        return Visitor(app).post("/sign-in", "/sign-in", name="zhaoli", password=password).status_code

    assert [tries("guess") for _ in range(5)] == [403] * 5
    assert tries(PASSWORD) == 403
    clock.advance(minutes=16)
    assert tries(PASSWORD) == 302


def test_what_one_unit_can_reach_by_links_another_cannot_open(app):  # noqa: F811
    report(Visitor(app), photos=(a_photo(), "a.jpg"))
    complete(app, "zhaoli", "file", filed="true")
    mine = {path for path in links(Visitor(app, "wanglin"), "/inbox", "/cases?state=all") if OF_SOMEBODY.match(path)}
    assert len(mine) >= 3
    for other in (Visitor(app, "liuyang"), Visitor(app, "wangmin")):
        assert {path for path in mine if other.get(path).status_code != 404} == set()
    stranger = Visitor(app)
    assert {path for path in mine if not stranger.get(path).headers["Location"].startswith("/sign-in")} == set()


def test_markup_in_any_field_is_shown_as_text_on_every_page(app):  # noqa: F811
    hostile = MARKUP + BREAKOUT
    report(Visitor(app), description=hostile, address=hostile, contact=hostile, photos=(a_photo(), f"{hostile}.jpg"))
    clerk, url = Visitor(app, "zhaoli"), task_url(app)
    case = re.search(r'href="(/cases/[0-9a-f-]{36})', clerk.get(url).text)[1]
    clerk.post(url, f"{case}/notes", text=hostile)
    clerk.post("/me", "/me/texts", title=hostile[:50], text=hostile)
    clerk.post("/inbox", "/inbox/filters", name=hostile[:50], query=f"q={hostile}")
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result=f"{hostile} 已清运", photos=(a_photo(), "b.jpg"))
    pages = links(clerk, "/inbox", "/cases?state=all", "/me", "/news", "/board", "/dispatch", f"/cases?q={MARKUP}")
    pages |= links(Visitor(app), "/", "/track", "/figures", "/bulletins", limit=20)
    assert [path for path, text in pages.items() if MARKUP in text or "<img src=x" in text] == []
    assert sum("&lt;script&gt;" in text for text in pages.values()) >= 5  # it is there, as text


def test_markup_in_the_labels_of_a_diagram_is_drawn_as_text():
    text = (PROCESSES / "incident" / "incident.bpmn").read_text("utf-8")
    text = text.replace('name="立案"', 'name="&lt;script&gt;alert(1)&lt;/script&gt;"', 1)
    drawn = diagram.svg(read_layout(text.encode()), diagram.NO_MARKS, BREAKOUT)
    assert "<script" not in drawn
    assert "<img" not in drawn
    assert "alert(1)" in re.sub(r"<[^>]*>", "", unescape(drawn)) or "&lt;script" in drawn


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/%5cevil.example", "/\t/evil.example"])
def test_signing_in_leads_to_this_site_only(app, target):  # noqa: F811
    answer = Visitor(app).post("/sign-in", "/sign-in", name="zhaoli", password=PASSWORD, next=target)
    assert answer.headers["Location"] in ("/", "/inbox")


def test_a_session_ends_by_itself_after_a_while(app, clock):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    assert visitor.get("/inbox").status_code == 200
    clock.advance(seconds=timedelta(hours=13).total_seconds())
    assert visitor.get("/inbox").headers["Location"].startswith("/sign-in")


def test_a_session_that_is_used_lives_on_without_being_written_at_every_click(app, clock):  # noqa: F811
    visitor = Visitor(app, "zhaoli")

    def noted():
        with app.extensions["muster"].reading(SYSTEM) as uow:
            return uow.session.scalars(select(SignIn.seen_at)).one()

    start = noted()
    clock.advance(seconds=29)
    assert visitor.get("/inbox").status_code == 200
    assert noted() == start
    clock.advance(seconds=1)
    visitor.get("/inbox")
    assert noted() == clock.now()
    for _ in range(3):
        clock.advance(minutes=29)
        assert visitor.get("/inbox").status_code == 200
