"""S02, S03, S11, S12 and S14: the clock of a case, with the times, inboxes and audit entries that the stories state."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from engine import absences, cases, clock_requests, inboxes, tasks
from engine.errors import ForbiddenError, RefusedError
from engine.models import Assessment, Membership, Person
from engine.uow import SYSTEM
from tests.scenarios.story import Story, close, file, local

THREE_DAYS, FIVE_DAYS = "020104", "020101"  # both SZGY: sunlei handles, zhaogong heads it


def counted(story):
    with story.database.reading(SYSTEM) as uow:
        return uow.session.get_one(Assessment, story.id)


# ---- S02


def test_s02_a_grade_a_limit_runs_through_night_and_holiday(city, clock):
    story = file(Story(city, clock, "010103", "2026-09-30 22:15"))
    assert story.due() == "2026-10-01 00:15:00"
    assert story.inbox("zhaogong")[0] == "handle"
    assert story.inbox("zhouwei") == ["guard"]
    (told,) = story.entries("notice.given")
    assert (told["people"], told["office_open"]) == (["zhaogong"], False)
    story.at("2026-09-30 23:50:59")
    assert "amber_act" not in story.states()
    assert story.at("2026-09-30 23:51").states()["amber_act"] == "open"
    assert story.entries("clock.paused") == []
    (started,) = [each for each in story.entries("clock.started") if each["dispatched"]]
    assert (started["unit"], started["value"]) == ("hours", "2")
    assert started["slots"] == [["2026-09-30T22:15:00+08:00", "2026-10-01T00:15:00+08:00"]]


def test_s02_finished_before_midnight_it_is_on_time(city, clock):
    story = file(Story(city, clock, "010103", "2026-09-30 22:15"))
    story.at("2026-09-30 23:40")
    close(story, "zhaogong")
    assert counted(story).on_time


def test_s02_the_urgent_case_comes_first_by_time_left(city, clock):
    calm = file(Story(city, clock, THREE_DAYS, "2026-09-30 22:00"))
    urgent = file(Story(city, clock, "010103", "2026-09-30 22:15"))
    with city.reading(urgent.actor("zhaogong")) as uow:
        first, second, *_ = (task.case_id for task in tasks.inbox(uow))
    assert (first, second) == (urgent.id, calm.id)


# ---- S03


@pytest.fixture
def bins(city, clock):
    return file(Story(city, clock, "050104", "2026-09-30 16:50"))


def test_s03_a_working_hour_limit_crosses_national_day_and_lunch(bins):
    assert bins.due() == "2026-10-08 11:50:00"
    bins.at("2026-10-05 12:00")
    with bins.database.reading(bins.actor("wanglin")) as uow:
        assert inboxes.count(uow, "overdue") == 0
        (task,) = tasks.inbox(uow)
        assert cases.time_left(uow, task.case, task.due_at) == timedelta(hours=3, minutes=20)


def test_s03_the_deadline_keeps_unit_value_version_and_worked_slots(bins):
    row = bins.clock_row()
    assert (row.unit, row.value, row.calendar, row.calendar_version) == ("work_hours", "4", "city", 1)
    assert row.slots == [
        ["2026-09-30T16:50:00+08:00", "2026-09-30T17:30:00+08:00"],
        ["2026-10-08T08:30:00+08:00", "2026-10-08T11:50:00+08:00"],
    ]
    assert bins.entries("clock.started")[-1]["slots"] == row.slots


@pytest.mark.parametrize(("moment", "on_time"), [("2026-10-08 11:50:00", True), ("2026-10-08 11:50:01", False)])
def test_s03_the_last_second_counts_as_on_time_and_the_next_as_late(bins, moment, on_time):
    bins.at(moment)
    close(bins, "wanglin")
    assert counted(bins).on_time is on_time


# ---- S11


@pytest.fixture
def bridge(city, clock):
    return file(Story(city, clock, THREE_DAYS, "2026-11-16 09:00"))


def extend(story, moment, agreed=True):
    story.at(moment)
    story.act("sunlei", clock_requests.ask_extension, story.id, "构件须向厂家订制")
    assert ("agree" in story.inbox("zhaogong"), "agree" in story.inbox("sunlei")) == (True, False)
    story.do("zhaogong", "agree", agreed=True)
    assert ("approve" in story.inbox("liqiang"), "approve" in story.inbox("sunlei")) == (True, False)
    story.do("liqiang", "approve", agreed=agreed)


def test_s11_two_extensions_each_add_the_original_limit(bridge):
    assert bridge.due() == "2026-11-19 09:00:00"
    extend(bridge, "2026-11-18 10:00")
    assert bridge.due() == "2026-11-24 09:00:00"
    extend(bridge, "2026-11-23 10:00")
    assert bridge.due() == "2026-11-27 09:00:00"
    first, second = bridge.entries("clock.extended")
    assert (first["before"], first["due"]) == ("2026-11-19T01:00:00+00:00", "2026-11-24T01:00:00+00:00")
    assert (second["by"], second["asked_by"], second["extensions"]) == (["zhaogong", "liqiang"], "sunlei", 2)
    assert bridge.case().summary["extended"] == 2


def test_s11_the_third_is_refused_by_rule_and_the_refusal_is_kept(bridge):
    extend(bridge, "2026-11-18 10:00")
    extend(bridge, "2026-11-23 10:00")
    bridge.at("2026-11-26 10:00")
    with pytest.raises(RefusedError, match=r"twice at most.*extension_rule, version 1"):
        bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "仍未到货")
    (kept,) = bridge.entries("extension.refused")
    assert (kept["rule"], kept["version"]) == ("extension_rule", 1)
    assert "最多延期两次" in kept["why"]["zh"]
    assert bridge.due() == "2026-11-27 09:00:00"


def test_s11_a_minute_after_the_deadline_is_too_late(bridge):
    bridge.at("2026-11-19 09:01")
    with pytest.raises(RefusedError, match="deadline has passed"):
        bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "未完成")
    assert bridge.actors("extension.refused") == ["sunlei"]
    assert bridge.due() == "2026-11-19 09:00:00"


def test_s11_a_rejected_request_uses_up_no_turn(bridge):
    extend(bridge, "2026-11-17 10:00", agreed=False)
    assert bridge.due() == "2026-11-19 09:00:00"
    assert bridge.entries("extension.turned-down")[0]["by"] == ["zhaogong", "liqiang"]
    extend(bridge, "2026-11-18 10:00")
    extend(bridge, "2026-11-23 10:00")
    assert bridge.due() == "2026-11-27 09:00:00"


def test_who_asks_and_stands_in_for_the_head_decides_nothing_and_the_request_stays_open_for_others(bridge):
    away = ("zhaogong", "sunlei", local("2026-11-17 08:00"), local("2026-11-18 18:00"))
    bridge.act("zhaogong", absences.note_absence, *away)
    bridge.at("2026-11-18 10:00").claim("sunlei", "handle")
    bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "等待配件")
    with pytest.raises(ForbiddenError, match="another person"):
        bridge.do("sunlei", "agree", agreed=True)
    bridge.do("zhaogong", "agree", agreed=True)
    bridge.do("liqiang", "approve", agreed=True)
    assert bridge.due() == "2026-11-24 09:00:00"


def test_s11_timers_follow_and_the_assessment_still_shows_two_extensions(bridge):
    extend(bridge, "2026-11-18 10:00")
    extend(bridge, "2026-11-23 10:00")
    bridge.at("2026-11-26 17:00")
    assert "overdue_act" not in bridge.states()
    assert "overdue_act" not in bridge.at("2026-11-27 08:59:59").states()
    bridge.at("2026-11-27 08:59:59")
    close(bridge, "sunlei")
    assert (counted(bridge).on_time, counted(bridge).figures["extended"]) == (True, 2)
    assert bridge.unbroken()


# ---- S12


@pytest.fixture
def road(city, clock):
    return file(Story(city, clock, FIVE_DAYS, "2026-11-17 10:00"))


def hang(story, moment="2026-11-18 10:00", until="2026-11-20 15:30"):
    story.at(moment)
    story.act("sunlei", clock_requests.ask_pause, story.id, local(until), "等待管线迁改")
    story.do("liqiang", "approve", agreed=True)


def test_s12_a_pause_keeps_the_remaining_working_time(road):
    assert road.due() == "2026-11-24 10:00:00"
    hang(road)
    assert road.due() == "2026-11-26 15:30:00"
    (paused,) = road.entries("clock.paused")
    assert (paused["used"], paused["left"]) == (6.5 * 3600, 26 * 3600)
    assert (paused["by"], paused["asked_by"]) == (["liqiang"], "sunlei")


def test_s12_while_it_is_paused_nobody_works_on_it_or_closes_it(road):
    hang(road)
    assert road.inbox("sunlei") == []
    with road.database.reading(road.actor("sunlei")) as uow:
        assert [case.id for case, _clock in clock_requests.paused_cases(uow)] == [road.id]
    with road.database.reading(SYSTEM) as uow:
        task = next(each for each in cases.tasks_of(uow, road.case()) if each.activity_id == "handle").id
    with pytest.raises(RefusedError, match="comes back at 2026-11-20 15:30"):
        road.act("sunlei", tasks.complete_task, task, {"outcome": "done", "result": "完成"})
    assert road.actors("work.refused") == ["sunlei"]
    assert road.case().closed_at is None


def test_s12_it_comes_back_by_itself_at_the_second(road):
    hang(road)
    assert road.at("2026-11-20 15:29:59").inbox("sunlei") == []
    urgent = file(Story(road.database, road.clock, "010103", "2026-11-20 15:29"))
    assert road.at("2026-11-20 15:30").inbox("sunlei") == ["handle"]
    with road.database.reading(road.actor("sunlei")) as uow:
        assert [task.case_id for task in tasks.inbox(uow)] == [road.id, urgent.id]
    assert road.due() == "2026-11-26 15:30:00"
    (resumed,) = road.entries("clock.resumed")
    assert (resumed["paused"], resumed["paused_working"]) == (53.5 * 3600, 16 * 3600)


def test_s12_a_worker_that_was_down_changes_no_deadline(road):
    hang(road)
    road.at("2026-11-23 09:00")
    assert road.due() == "2026-11-26 15:30:00"
    assert road.inbox("sunlei") == ["handle"]


def test_s12_who_asks_does_not_approve(road):
    with road.database.transaction(SYSTEM) as uow:
        clock_person = road.actor("sunlei")
        assert clock_person.name == "sunlei"
    road.at("2026-11-18 10:00")
    road.act("sunlei", clock_requests.ask_pause, road.id, local("2026-11-20 15:30"), "等待管线迁改")
    assert "approve" not in road.inbox("sunlei")
    with road.database.reading(SYSTEM) as uow:
        task = next(each for each in cases.tasks_of(uow, road.case()) if each.activity_id == "approve").id
    sneaky = clock_person.__class__("sunlei", unit_code="SZGY", roles=frozenset({"supervisor"}))
    with pytest.raises(ForbiddenError, match="another person"), road.database.transaction(sneaky) as uow:
        tasks.complete_task(uow, task, {"agreed": True})
    assert road.entries("clock.paused") == []


def test_s12_once_and_for_one_year_at_most(road):
    road.at("2026-11-18 10:00")
    with pytest.raises(RefusedError, match="one year at most"):
        road.act("sunlei", clock_requests.ask_pause, road.id, local("2027-11-18 10:01"), "等待")
    hang(road)
    road.at("2026-11-20 16:00")
    with pytest.raises(RefusedError, match="once at most"):
        road.act("sunlei", clock_requests.ask_pause, road.id, local("2026-11-24 10:00"), "等待")
    assert len(road.entries("pause.refused")) == 2


def test_s12_pauses_are_reported_apart(road):
    hang(road)
    road.at("2026-11-20 15:30")
    close(road, "sunlei")
    assert counted(road).figures["paused_seconds"] == 53.5 * 3600
    found = road.ledger()
    assert found.paused == timedelta(hours=53, minutes=30)
    assert sum((span.natural for span in found.spans), timedelta()) == found.natural == timedelta(days=3, hours=5.5)


def test_s12_a_pause_that_is_ended_early_gives_back_what_was_not_used(road):
    hang(road)
    road.at("2026-11-19 10:00")
    road.act("sunlei", clock_requests.end_pause, road.id, "管线已迁改")
    road.at("2026-11-19 10:00")
    assert road.due() == "2026-11-25 10:00:00"
    assert road.inbox("sunlei") == ["handle"]


# ---- S14


def test_s14_a_failed_check_goes_back_to_the_unit_and_the_clock_does_not_restart(city, clock):
    story = file(Story(city, clock, "050101", "2026-11-16 10:20"))
    assert story.due() == "2026-11-16 16:50:00"
    story.at("2026-11-16 14:40").do("wanglin", "handle", outcome="done", result="已清运")
    story.at("2026-11-16 15:05").do("chenjing", "verify", passed=False, comment="仍有垃圾")
    assert story.inbox("wanglin")[0] == "handle"
    assert story.due() == "2026-11-16 16:50:00"
    assert story.case().summary["rework"] == 1
    assert story.entries("notice.given")[0]["people"] == ["liqiang", "zhaoli"]
    assert "redispatch" not in story.states()
    story.at("2026-11-16 16:30").do("wanglin", "handle", outcome="done", result="已再次清运")
    story.at("2026-11-16 16:45").do("chenjing", "verify", passed=True)
    story.do("zhaoli", "answer", answer="经现场查看，已于今日下午清运完毕")
    assert (counted(story).on_time, counted(story).figures["rework"]) == (True, 1)
    assert len([each for each in story.entries("clock.started") if each["dispatched"]]) == 1
    handlers = {e["activity"]: None for e in story.entries("task.completed")}
    assert list(handlers) == ["file", "handle", "verify", "answer"]
    units = [(span.unit, span.natural) for span in story.ledger().spans]
    assert units[:4] == [
        ("HWZX", timedelta(minutes=260)),
        ("HDL-WGZX", timedelta(minutes=25)),
        ("HWZX", timedelta(minutes=85)),
        ("HDL-WGZX", timedelta(minutes=15)),
    ]


# ---- overdue appeal


def late(city, clock):
    story = file(Story(city, clock, THREE_DAYS, "2026-11-16 09:00"))
    close(story.at("2026-11-20 09:00"), "sunlei")
    return story


def test_an_appeal_after_closing_excuses_the_unit_and_late_stays_visible(city, clock):
    story = late(city, clock)
    appeal = story.act("sunlei", clock_requests.ask_appeal, story.id, "厂家停产，有证明")
    other = Story.__new__(Story)
    other.database, other.clock, other.id = city, clock, appeal.id
    other.do("liqiang", "agree", agreed=True)
    other.do("zhaoli", "approve", agreed=True)
    assert (counted(story).on_time, counted(story).figures["excused"]) == (False, True)
    (granted,) = story.entries("appeal.granted")
    assert granted["by"] == ["liqiang", "zhaoli"]
    with pytest.raises(RefusedError, match="appealed once"):
        story.act("sunlei", clock_requests.ask_appeal, story.id, "再次申诉")
    assert story.unbroken()


def test_only_the_unit_appeals_and_only_when_it_was_late_and_closed(city, clock):
    story = file(Story(city, clock, THREE_DAYS, "2026-11-16 09:00"))
    with pytest.raises(RefusedError, match="after closing"):
        story.act("sunlei", clock_requests.ask_appeal, story.id, "申诉")
    close(story, "sunlei")
    with pytest.raises(RefusedError, match="in time"):
        story.act("sunlei", clock_requests.ask_appeal, story.id, "申诉")
    with pytest.raises(RefusedError, match="only the unit"):
        story.act("zhaoli", clock_requests.ask_appeal, story.id, "申诉")
    assert len(story.entries("appeal.refused")) == 3


# ---- who decides is who is in office when it is decided


def appoint(story, person, group):
    """Let the person be the only one in the group from now on."""
    with story.database.transaction(SYSTEM) as uow:
        uow.session.execute(delete(Membership).where(Membership.group_key == group))
        chosen = uow.session.scalars(select(Person).where(Person.name == person)).one()
        uow.session.add(Membership(person_id=chosen.id, group_key=group))


def test_a_new_head_and_a_new_dispatcher_decide_on_what_was_asked_before(bridge):
    bridge.at("2026-11-18 10:00").act("sunlei", clock_requests.ask_extension, bridge.id, "等待配件")
    appoint(bridge, "jianguo", "unit:SZGY:head")
    assert ("agree" in bridge.inbox("jianguo"), "agree" in bridge.inbox("zhaogong")) == (True, False)
    bridge.do("jianguo", "agree", agreed=True)
    appoint(bridge, "anda", "dispatch")
    bridge.do("anda", "approve", agreed=True)
    assert bridge.entries("clock.extended")[0]["by"] == ["jianguo", "anda"]


def test_a_new_dispatcher_and_a_new_clerk_decide_on_an_appeal(city, clock):
    story = late(city, clock)
    appeal = story.act("sunlei", clock_requests.ask_appeal, story.id, "厂家停产，有证明")
    other = Story.__new__(Story)
    other.database, other.clock, other.id = city, clock, appeal.id
    appoint(story, "anda", "dispatch")
    appoint(story, "jianguo", "acceptance")
    other.do("anda", "agree", agreed=True)
    other.do("jianguo", "approve", agreed=True)
    assert story.entries("appeal.granted")[0]["by"] == ["anda", "jianguo"]


def test_a_new_dispatcher_decides_on_a_pause(road):
    road.at("2026-11-18 10:00").act("sunlei", clock_requests.ask_pause, road.id, local("2026-11-20 15:30"), "等待迁改")
    appoint(road, "anda", "dispatch")
    road.do("anda", "approve", agreed=True)
    assert road.entries("clock.paused")[0]["by"] == ["anda"]


def test_who_asks_and_becomes_the_head_still_does_not_decide(bridge):
    bridge.at("2026-11-18 10:00").act("sunlei", clock_requests.ask_extension, bridge.id, "等待配件")
    appoint(bridge, "sunlei", "unit:SZGY:head")
    with pytest.raises(ForbiddenError, match="another person"):
        bridge.do("sunlei", "agree", agreed=True)
    with bridge.database.reading(bridge.actor("sunlei")) as uow:
        task = next(each for each in tasks.inbox(uow) if each.activity_id == "agree")
        assert not tasks.may_do(uow, task)


def test_a_head_who_asks_alone_is_decided_on_by_the_streets_leader(bridge):
    bridge.at("2026-11-18 10:00").claim("zhaogong", "handle")
    bridge.act("zhaogong", clock_requests.ask_extension, bridge.id, "等待配件")
    assert ("agree" in bridge.inbox("yangjie"), "agree" in bridge.inbox("zhaogong")) == (True, False)
