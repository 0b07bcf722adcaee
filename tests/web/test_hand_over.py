"""Call-backs, hand-overs and absences in the pages."""

import pytest

from engine import hand_overs
from tests.web.test_pages import Visitor, app, complete, report  # noqa: F401

ANSWER = "经现场查看，今天上午已清运"


@pytest.fixture
def closed(app):  # noqa: F811
    tracking = report(Visitor(app)).headers["Location"]
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    complete(app, "chenjing", "verify", passed="true")
    return tracking


def test_an_empty_answer_shows_what_is_missing_and_loses_nothing(app, closed):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    url = visitor.get("/inbox").text.split('class="what" href="')[1].split('"')[0]
    page = visitor.post(url, f"{url}/complete", answer="网友：您好！留言已收悉")
    assert page.status_code == 409
    assert "答复缺少：查明的情况、采取的措施、办理时间" in page.text
    assert "网友：您好！留言已收悉" in page.text


def test_a_call_back_is_made_in_the_pages_and_opens_the_same_case_again(app, closed):  # noqa: F811
    complete(app, "zhaoli", "answer", answer=ANSWER)
    caller = Visitor(app, "liqiang")
    url = caller.get("/call-backs").text.split('class="what" href="')[1].split('"')[0]
    assert "13800001234" in caller.get(url).text
    said = {"reached": "1", "responded": "1", "solved": "0", "score": "1"}
    assert caller.post(url, url, **said).status_code == 422
    assert caller.post(url, url, **said, comment="仍有垃圾").status_code == 302
    assert "0.0%" in caller.get("/call-backs").text
    assert "13800001234" not in Visitor(app, "chenjing").get(url).text
    page = Visitor(app).get(closed).text
    assert "已重办 ×1" in page
    case = url.replace("call-backs", "cases")
    assert all(word in Visitor(app, "admin").get(case).text for word in ("案件重办", "回访上报人", "共同负责"))
    assert "升级督办" in Visitor(app, "wanglin").get("/inbox").text


def test_a_reporter_opens_the_same_case_again_under_its_code(app, closed):  # noqa: F811
    complete(app, "zhaoli", "answer", answer=ANSWER)
    visitor = Visitor(app)
    assert visitor.post(closed, f"{closed}/reopen", why="第二天又满了").headers["Location"] == closed
    assert "已重办 ×1" in visitor.get(closed).text


def test_a_hand_over_is_planned_seen_and_signed_in_the_pages(app, clock):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    worker = Visitor(app, "wanglin")
    url = worker.get("/inbox").text.split('class="what" href="')[1].split('"')[0]
    worker.post(url, f"{url}/claim")
    admin = Visitor(app, "admin")
    given = {"leaver": "wanglin", "successor": "sunlei", "effective": "2026-11-16T10:00", "reason": "调离"}
    assert admin.post("/hand-overs", "/hand-overs", **{**given, "successor": "wanglin"}).status_code == 422
    sheet = admin.post("/hand-overs", "/hand-overs", **given).headers["Location"]
    assert hand_overs.do_due(app.extensions["muster"]) == 1
    assert "未签收 · 1" in Visitor(app, "yangjie").get("/hand-overs").text
    assert worker.get("/inbox").status_code == 302
    successor = Visitor(app, "sunlei")
    assert "接自王琳" in successor.get("/inbox?which=mine").text
    assert successor.post(sheet, f"{sheet}/sign", all="1").status_code == 302
    assert "全部已签收" in Visitor(app, "yangjie").get("/hand-overs").text


def test_an_absence_is_noted_in_the_pages_and_circles_are_said(app):  # noqa: F811
    period = {"from": "2026-11-16T09:00", "to": "2026-11-17T17:30"}
    assert Visitor(app, "sunlei").post("/absences", "/absences", substitute="wanglin", **period).status_code == 302
    page = Visitor(app, "wanglin").post("/absences", "/absences", substitute="sunlei", **period)
    assert page.status_code == 422
    assert "不能互相代理" in page.text
    assert Visitor(app, "wanglin").post("/absences", "/absences", person="sunlei", **period).status_code == 403
