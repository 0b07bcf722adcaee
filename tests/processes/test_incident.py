"""The shipped incident process, walked along each of its paths by the demo city's people."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from engine import audit, directory, jobs, reports, tasks, timers
from engine.errors import ForbiddenError
from engine.models import Assessment, Case, Failure, Membership, Person, Task
from engine.uow import PUBLIC, SYSTEM

GRID = "150102001007001"


class Walk:
    """A case of the demo city, and who does what with it."""

    def __init__(self, database, item="050104"):
        self.database = database
        with database.transaction(PUBLIC) as uow:
            case = reports.submit(uow, reports.Report(item, GRID, "箱子满了", "海东路 12 号", "13800001234"))
            self.id, self.token = case.id, case.token

    def open(self):
        with self.database.reading(SYSTEM) as uow:
            query = select(Task.activity_id).where(Task.case_id == self.id, Task.state == "open")
            return sorted(uow.session.scalars(query))

    def case(self):
        with self.database.reading(SYSTEM) as uow:
            case = uow.session.get_one(Case, self.id)
            uow.session.expunge(case)
            return case

    def inbox(self, name):
        with self.database.reading(SYSTEM) as uow:
            actor = directory.actor_of(uow, name)
        with self.database.reading(actor) as uow:
            return [task.activity_id for task in tasks.inbox(uow)]

    def do(self, name, activity, **values):
        with self.database.reading(SYSTEM) as uow:
            actor = directory.actor_of(uow, name)
        with self.database.transaction(actor) as uow:
            (task,) = (task for task in tasks.inbox(uow) if task.activity_id == activity)
            tasks.complete_task(uow, task.id, values)
        jobs.work_due_jobs(self.database)


@pytest.fixture
def walk(city):
    return Walk(city)


def test_a_unit_handles_another_person_verifies_and_the_reporter_is_answered(walk):
    walk.do("zhaoli", "file", filed=True)
    assert walk.inbox("wanglin") == ["handle"]
    walk.do("wanglin", "handle", outcome="done", result="已清运")
    walk.do("chenjing", "verify", passed=True)
    walk.do("zhaoli", "answer", answer="经现场查看，已于今日上午清运垃圾箱")
    assert walk.open() == []
    with walk.database.reading(PUBLIC) as uow:
        status = reports.follow(uow, walk.token)
        assert status.answer == "经现场查看，已于今日上午清运垃圾箱"
        assert status.unit_en
        assert status.closed_at
        assessment = uow.session.scalars(select(Assessment)).one()
        assert (assessment.on_time, assessment.unit_code) == (True, "HWZX")
        assert assessment.figures == {
            "on_time": True,
            "unit": "HWZX",
            "item": "050104",
            "rework": 0,
            "returned": 0,
            "shirked": 0,
            "escalated": 0,
            "class": "solved",
        }
        assert uow.session.scalars(select(Failure)).all() == []
        assert list(audit.broken_links(uow.session)) == []


def test_a_report_can_be_refused_with_a_reason(walk):
    walk.do("zhaoli", "file", filed=False, reason="不属于本街道")
    assert walk.case().closed_at


def test_the_streets_own_items_never_leave_the_street(city):
    walk = Walk(city, "900103")
    walk.do("zhaoli", "file", filed=True)
    assert walk.open() == ["handle_in_street"]
    walk.do("zhouwei", "handle_in_street", outcome="done", result="已清除")
    assert walk.open() == ["verify"]


def test_a_failed_verification_goes_back_to_the_unit_and_is_counted(walk):
    walk.do("zhaoli", "file", filed=True)
    for _ in range(2):
        walk.do("wanglin", "handle", outcome="done", result="已清运")
        walk.do("chenjing", "verify", passed=False, comment="还有垃圾")
    assert walk.open() == ["handle", "raise_act"]
    walk.do("wanglin", "handle", outcome="done", result="已清运")
    walk.do("chenjing", "verify", passed=True)
    walk.do("zhaoli", "answer", answer="经现场查看，已于今日上午清运垃圾箱")
    with walk.database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Assessment)).one().figures["rework"] == 2


def test_a_case_that_is_sent_back_goes_to_another_unit(walk):
    walk.do("zhaoli", "file", filed=True)
    walk.do("wanglin", "handle", outcome="send_back", result="不属于本单位", basis="条例第三条")
    walk.do("liqiang", "redispatch", unit="SZGY")
    assert walk.inbox("sunlei") == ["handle"]
    assert walk.case().unit_code == "SZGY"


def test_nobody_acts_and_the_ladder_adds_people_and_takes_nothing_away(walk, clock):
    walk.do("zhaoli", "file", filed=True)
    due = walk.case().due_at
    assert due == datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
    clock.set(due - timedelta(seconds=1))
    assert timers.fire_due_timers(walk.database) == 1
    assert walk.open() == ["amber_act", "handle"]
    clock.set(due)
    timers.fire_due_timers(walk.database)
    assert walk.inbox("wanglin") == ["handle", "amber_act", "overdue_act"]
    clock.set(due + timedelta(days=2))
    assert timers.fire_due_timers(walk.database) == 2
    assert walk.inbox("nara") == ["double_act"]
    assert walk.open() == ["amber_act", "double_act", "half_over_act", "handle", "overdue_act"]


def test_a_late_case_closes_with_its_notices_and_is_counted_late(walk, clock):
    walk.do("zhaoli", "file", filed=True)
    clock.advance(days=3)
    timers.fire_due_timers(walk.database)
    walk.do("wanglin", "handle", outcome="done", result="已清运")
    walk.do("chenjing", "verify", passed=True)
    walk.do("zhaoli", "answer", answer="经现场查看，已于今日上午清运垃圾箱")
    assert walk.open() == []
    with walk.database.reading(SYSTEM) as uow:
        found = uow.session.scalars(select(Assessment)).one()
        assert (found.on_time, found.figures["escalated"]) == (False, 3)


def test_units_act_together_and_who_does_not_come_is_marked(city, clock):
    walk = Walk(city, "110101")
    walk.do("zhaoli", "file", filed=True)
    assert walk.open() == ["close_joint"] + ["sign_in"] * 4
    walk.do("majun", "sign_in")
    walk.do("liuyang", "sign_in")
    clock.advance(minutes=29)
    assert timers.fire_due_timers(city) == 0
    clock.advance(minutes=1)
    assert timers.fire_due_timers(city) == 2
    jobs.work_due_jobs(city)
    assert walk.inbox("hebing") == ["sign_in", "explain"]
    walk.do("majun", "unit_result", unit_result="已清理通道")
    reasons = {f"missing.{unit}": "未到场" for unit in ("CGJ", "HDLJD", "ZJJ")}
    walk.do("majun", "close_joint", summary="通道畅通", **reasons)
    assert walk.open() == ["explain", "explain", "verify"]


def test_whoever_handled_a_case_does_not_verify_it(walk):
    with walk.database.transaction(SYSTEM) as uow:
        person = uow.session.scalars(select(Person).where(Person.name == "wanglin")).one()
        person.memberships.append(Membership(group_key="verification"))
    walk.do("zhaoli", "file", filed=True)
    walk.do("wanglin", "handle", outcome="done", result="已清运")
    with pytest.raises(ForbiddenError, match="another person"):
        walk.do("wanglin", "verify", passed=True)
    assert walk.open() == ["verify"]
