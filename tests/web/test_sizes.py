"""What a page weighs with everything on it, uncompressed: page, styles, scripts, mark. Photos are not counted."""

import re

import pytest
from sqlalchemy import select

from engine.models import Case
from engine.uow import SYSTEM
from tests.web.test_pages import Visitor, app, complete, report, task_url  # noqa: F401

pytestmark = pytest.mark.parametrize("city", ["sqlite"], indirect=True)


def weight(visitor, path):
    """Return the bytes of the page and of what it brings."""
    page = visitor.get(path)
    assert page.status_code == 200
    parts = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    assert parts
    return len(page.data) + sum(len(visitor.get(part).data) for part in parts)


def test_a_full_inbox_and_its_tasks_weigh_at_most_60_kb(app):  # noqa: F811
    officer, clerk = Visitor(app, "wangmin"), Visitor(app, "zhaoli")
    for _ in range(41):
        report(officer)
    assert clerk.get("/inbox").text.count('<li id="t') == 40
    assert weight(clerk, "/inbox") <= 60_000
    assert weight(clerk, task_url(app)) <= 60_000


def test_a_closed_case_weighs_at_most_100_kb(app):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经现场查看，今天上午已清运，谢谢您的上报")
    with app.extensions["muster"].reading(SYSTEM) as uow:
        case = uow.session.scalars(select(Case.id)).one()
    assert weight(Visitor(app, "zhaoli"), f"/cases/{case}") <= 100_000


def test_the_page_to_report_on_weighs_at_most_40_kb(app):  # noqa: F811
    """For everybody; the menu and the paper slips of an officer weigh a little more."""
    officer = Visitor(app, "wangmin")
    report(officer)
    assert weight(Visitor(app), "/report") <= 40 * 1024
    assert weight(officer, "/report") <= 44 * 1024
