"""S10: the ladder of supervision, with its times, inboxes and audit entries; and its ways down and up."""

import json

import pytest

from engine import audit
from engine.uow import SYSTEM
from tests.scenarios.story import Story, close, file

DIRTY_ROAD = "050103"  # HWZX, 2 work_hours


@pytest.fixture
def road(city, clock):
    return file(Story(city, clock, DIRTY_ROAD, "2026-11-20 17:10"))


def fired(story):
    return [(each["activity"], each["due"]) for each in story.entries("timer.fired")]


def test_s10_each_level_gets_its_task_at_its_working_time_and_lower_levels_keep_theirs(road):
    assert road.due() == "2026-11-23 10:10:00"
    assert road.at("2026-11-23 09:45:59").inbox("wanglin") == ["handle"]
    assert road.at("2026-11-23 09:46").inbox("wanglin") == ["handle", "amber_act"]
    assert "overdue_act" not in road.at("2026-11-23 10:09:59").states()
    road.at("2026-11-23 10:10")
    assert ("overdue_act" in road.inbox("wanglin"), road.inbox("liqiang")) == (True, ["overdue_act"])
    assert road.at("2026-11-23 11:09:59").inbox("yangjie") == []
    road.at("2026-11-23 11:10")
    assert (road.inbox("yangjie"), road.inbox("batu")) == (["half_over_act"], ["half_over_act"])
    assert road.at("2026-11-23 14:39:59").inbox("nara") == []
    assert road.at("2026-11-23 14:40").inbox("nara") == ["double_act"]
    open_ones = {activity for activity, state in road.states().items() if state == "open"}
    assert open_ones == {"handle", "amber_act", "overdue_act", "half_over_act", "double_act"}


def test_s10_four_timer_events_with_planned_and_actual_time_and_none_on_the_weekend(road):
    for moment in ("2026-11-21 12:00", "2026-11-22 23:59"):
        road.at(moment)
    assert road.entries("timer.fired") == []
    for moment in ("2026-11-23 09:46", "2026-11-23 10:10", "2026-11-23 11:10", "2026-11-23 14:40"):
        road.at(moment)
    with road.database.reading(SYSTEM) as uow:
        found = [entry for entry in audit.timeline(uow, road.id) if entry.action == "timer.fired"]
    names = [json.loads(entry.body)["details"]["activity"] for entry in found]
    assert names == ["amber_start", "overdue_start", "half_over_start", "double_start"]
    planned = [json.loads(entry.body)["details"]["due"] for entry in found]
    assert planned == [entry.at.isoformat() for entry in found]
    assert road.unbroken()


def test_s10_the_case_stays_with_its_unit_and_counts_the_level_that_it_reached(road):
    road.at("2026-11-23 14:40")
    assert [span.unit for span in road.ledger().spans if span.natural][-1] == "HWZX"
    assert road.case().summary["escalated"] == 3


def test_an_order_goes_down_and_comes_back_with_a_report_on_the_same_case(road):
    road.at("2026-11-23 14:40")
    road.do("nara", "double_act", choice="order", note="今日 17 时前清扫完毕，街道负责督促")
    assert ("carry_out" in road.inbox("yangjie"), "carry_out" in road.inbox("batu")) == (True, True)
    road.do("yangjie", "carry_out", report="已约谈环卫中心")
    assert road.inbox("nara") == ["check_report"]
    road.do("nara", "check_report", enough=False, instruction="请报完成时间")
    road.do("batu", "carry_out", report="17 时前完成")
    road.do("nara", "check_report", enough=True)
    assert road.inbox("nara") == []
    assert "handle" in road.inbox("wanglin")


def test_a_question_goes_up_and_its_ruling_comes_back_down(road):
    road.at("2026-11-23 10:10")
    road.do("liqiang", "overdue_act", choice="raise", note="作业车辆不足，请协调")
    assert "decide" in road.inbox("yangjie")
    road.do("batu", "decide", ruling="由区中心调配两辆作业车")
    assert "take_back" in road.inbox("liqiang")
    road.do("liqiang", "take_back", note="已转承办单位")
    assert road.states()["handle"] == "open"


def test_what_is_noted_asks_nobody_else_and_falls_with_the_case(road):
    road.at("2026-11-23 11:10")
    road.do("liqiang", "overdue_act", choice="noted", note="已电话督促")
    assert "carry_out" not in road.states()
    close(road, "wanglin")
    assert "open" not in road.states().values()


def test_a_second_failed_check_goes_one_level_up_and_the_deadline_stays(city, clock):
    story = file(Story(city, clock, "050101", "2026-11-16 10:20"))
    for turn in (1, 2):
        assert "raise_act" not in story.states()
        story.do("wanglin", "handle", outcome="done", result="已清运")
        story.do("chenjing", "verify", passed=False, comment=f"第 {turn} 次仍有垃圾")
    assert "raise_act" in story.inbox("liqiang")
    assert "raise_act" in story.inbox("wanglin")
    assert "handle" in story.inbox("wanglin")
    assert (story.case().summary["escalated"], story.due()) == (1, "2026-11-16 16:50:00")
