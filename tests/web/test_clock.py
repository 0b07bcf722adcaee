"""The pages of the clock: what a case shows, asking and deciding, paused cases, deadlines in advance, calendars."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import duty_clock, timers
from engine.models import Membership, Person
from engine.uow import SYSTEM
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, app, case_url, complete, report, task_url  # noqa: F401


@pytest.fixture
def clocked(app):  # noqa: F811
    """A case of SZGY with three working days, dispatched."""
    report(Visitor(app), item_code="020104")
    complete(app, "zhaoli", "file", filed="true")
    return f"{case_url(app)}/clock"


def decide(app, name, activity):  # noqa: F811
    visitor, url = Visitor(app, name), task_url(app, activity_id=activity)
    assert visitor.post(url, f"{url}/complete", agreed="true").status_code == 302


def test_the_case_shows_how_its_deadline_comes_about_and_who_holds_it(app, clocked, clock):  # noqa: F811
    clock.advance(hours=1)
    page = english(app, "sunlei").get(case_url(app)).text
    assert "3 working days" in page
    assert "19 Nov 2026, 10:00" in page
    assert re.search(r"<b>19:30:00</b>", page)
    assert page.count("<rect") > 1
    assert "责任台账" in Visitor(app, "sunlei").get(clocked).text


def test_an_extension_is_asked_for_and_decided_in_the_pages(app, clocked):  # noqa: F811
    asked = Visitor(app, "sunlei").post(clocked, f"{clocked}/extension", reason="构件须订制")
    assert asked.status_code == 302
    page = Visitor(app, "zhaogong").get(task_url(app, activity_id="agree")).text
    assert "构件须订制" in page
    assert "申请人" in page
    decide(app, "zhaogong", "agree")
    decide(app, "liqiang", "approve")
    page = Visitor(app, "sunlei").get(clocked).text
    assert "11月24日 10:00" in page
    assert "已延期 ×1" in page


def test_a_pause_is_asked_for_listed_and_ended_early(app, clocked, clock):  # noqa: F811
    Visitor(app, "sunlei").post(clocked, f"{clocked}/pause", reason="等待管线迁改", until="2026-11-20T15:30")
    decide(app, "liqiang", "approve")
    assert "11月20日 15:30" in Visitor(app, "sunlei").get("/paused").text
    assert "020104" not in Visitor(app, "tianhua").get("/paused").text
    assert "2026-000001" not in Visitor(app, "sunlei").get("/inbox").text
    clock.advance(hours=2)
    Visitor(app, "sunlei").post(clocked, f"{clocked}/resume", reason="已迁改")
    assert "2026-000001" in Visitor(app, "sunlei").get("/inbox").text


def test_a_refusal_names_the_rule_in_the_readers_language(app, clocked, clock):  # noqa: F811
    clock.advance(days=5)
    timers.fire_due_timers(app.extensions["muster"])
    answer = Visitor(app, "sunlei").post(clocked, f"{clocked}/extension", reason="未完成")
    assert answer.status_code == 409
    assert "已超过办结时限" in answer.text
    assert "extension_rule 第 1 版" in answer.text
    assert "deadline has passed" in english(app, "sunlei").post(clocked, f"{clocked}/extension", reason="late").text
    assert "按规则不予延期" in Visitor(app, "sunlei").get(case_url(app)).text


@pytest.mark.parametrize(("fields", "what"), [({"until": "2026-11-20T15:30"}, "必填"), ({"reason": "等待"}, "日期")])
def test_what_is_missing_in_a_request_is_named_and_nothing_typed_is_lost(app, clocked, fields, what):  # noqa: F811
    answer = Visitor(app, "sunlei").post(clocked, f"{clocked}/pause", **fields)
    assert answer.status_code == 422
    assert what in answer.text
    assert next(iter(fields.values())) in answer.text


def test_a_deadline_is_computed_in_advance_with_its_sum(app):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    asked = "/due?value=5&unit=work_days&start=2026-11-17T10:00&pause_from=2026-11-18T10:00&pause_to=2026-11-20T15:30"
    page = visitor.get(asked).text
    assert "11月26日 15:30" in page
    assert "11月17日 10:00 – 11月17日 12:00" in re.sub("<[^>]+>", "", page)
    assert "须为 0 至 87,600 之间的数字" in visitor.get("/due?value=x&unit=hours&start=2026-11-17T10:00").text
    assert "暂定" in visitor.get("/due?value=9&unit=work_days&start=2026-12-30T10:00").text


def test_an_administrator_changes_a_calendar_and_open_deadlines_follow(app, clocked):  # noqa: F811
    admin = Visitor(app, "admin")
    page = admin.get("/calendars/city").text
    source = re.search(r'(?s)<textarea id="source"[^>]*>(.*?)</textarea>', page)[1]
    fields = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:30-12:00 14:30-17:30")
    fields |= {"source": source + "\n2026-11-17,holiday,检修\n", "reason": "全市检修"}
    assert admin.post("/calendars/city", "/calendars/city", **fields).status_code == 302
    assert duty_clock.recompute(app.extensions["muster"]) == 1
    page = Visitor(app, "sunlei").get(case_url(app)).text
    assert "11月20日 10:00" in page
    assert "时限重算" in page
    assert "全市检修" in page


def test_a_wrong_calendar_is_refused_by_line_and_strangers_cannot_change_one(app):  # noqa: F811
    admin = Visitor(app, "admin")
    fields = {"mon": "9-12", "source": "date,kind\n2026-01-01,holiday\n", "reason": "x"}
    answer = admin.post("/calendars/city", "/calendars/city", **fields)
    assert answer.status_code == 422
    assert "不是时段" in answer.text
    assert Visitor(app, "zhaoli").get("/calendars").status_code == 403
    assert "SZGY" in admin.get("/calendars").text


def test_a_unit_gets_a_calendar_of_its_own(app, clock):  # noqa: F811
    admin = Visitor(app, "admin")
    source = re.search(r'(?s)id="source"[^>]*>(.*?)</textarea>', admin.get("/calendars/SZGY").text)[1]
    fields = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
    admin.post("/calendars/SZGY", "/calendars/SZGY", source=source, reason="全天值守", **fields)
    report(Visitor(app), item_code="020104")
    complete(app, "zhaoli", "file", filed="true")
    with app.extensions["muster"].reading(duty_clock.CLOCK) as uow:
        row = duty_clock.clock_of(uow, UUID(case_url(app).split("/")[-1]))
        assert (row.calendar, row.due_at) == ("SZGY", datetime(2026, 11, 19, 2, tzinfo=UTC))


def test_an_appeal_is_made_and_decided_in_the_pages(app, clocked, clock):  # noqa: F811
    clock.advance(days=5)
    complete(app, "sunlei", "handle", outcome="done", result="已修好")
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经现场查看，已于今日上午修复完毕，请放心")
    assert Visitor(app, "sunlei").post(clocked, f"{clocked}/appeal", reason="厂家停产").status_code == 302
    page = Visitor(app, "liqiang").get(task_url(app, activity_id="agree")).text
    assert "厂家停产" in page
    assert "2026-000001" in page
    decide(app, "liqiang", "agree")
    decide(app, "zhaoli", "approve")
    assert "申诉成立" in Visitor(app, "sunlei").get(clocked.removesuffix("/clock")).text


def test_who_asked_reads_why_another_decides_and_the_next_task_is_another_one(app, clocked):  # noqa: F811
    asker = Visitor(app, "sunlei")
    asker.post(clocked, f"{clocked}/extension", reason="构件须订制")
    with app.extensions["muster"].transaction(SYSTEM) as uow:
        person = uow.session.scalars(select(Person).where(Person.name == "sunlei")).one()
        uow.session.add(Membership(person_id=person.id, group_key="unit:SZGY:head"))
    url = task_url(app, activity_id="agree")
    page = asker.get(url).text
    assert "本人的申请须由他人审批" in page
    assert f"{url}/complete" not in page
    taken = asker.post("/inbox", "/inbox/next").headers["Location"]
    assert taken == task_url(app, activity_id="handle")
    assert asker.post("/inbox", "/inbox/next").headers["Location"] == "/inbox"
