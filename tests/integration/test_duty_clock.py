"""Limits by condition and area, stages, calendars that change, timers that follow, and holders, on both databases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine import (
    ahead,
    calendars,
    cases,
    clock_requests,
    content,
    deployments,
    duty_clock,
    ledger,
    search,
    stages,
    tasks,
    timers,
)
from engine.deadlines import Limit, Run
from engine.errors import ForbiddenError, InvalidError, RefusedError
from engine.models import Case
from engine.uow import SYSTEM
from engine.working_time import UNITS
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, close, file, local

CITY_FILE = (PROCESSES / "calendar" / "cn_holidays_2004_2026.csv").read_text("utf-8-sig")


def change(database, lines, name="city", reason="放假通知", **more):
    with database.transaction(SYSTEM) as uow:
        made = calendars.change(uow, name, CITY_FILE + lines, reason, **more)
        assert made is not None


@pytest.fixture
def bridge(city, clock):
    """A case of three working days, dispatched on Monday at 9."""
    return file(Story(city, clock, "020104", "2026-11-16 09:00"))


# ---- conditions, areas, stages


@pytest.mark.parametrize(
    ("condition", "due", "grade"),
    [
        ({}, "2026-11-16 11:00:00", "A"),
        ({"condition": "1"}, "2026-11-16 11:00:00", "A"),
        ({"condition": "2"}, "2026-11-16 15:30:00", "B"),
        ({"condition": "3"}, "2026-11-18 09:00:00", "B"),
        ({"condition": "4"}, "2026-11-23 09:00:00", "C"),
    ],
)
def test_each_filing_condition_has_its_own_limit_and_grade(city, clock, condition, due, grade):
    story = file(Story(city, clock, "010103", "2026-11-16 09:00"), **condition)
    assert story.due() == due
    assert (story.clock_row().grade, story.clock_row().condition) == (grade, condition.get("condition"))


def test_a_condition_that_the_item_does_not_have_is_refused_beside_its_field(city, clock):
    story = Story(city, clock, "010103", "2026-11-16 09:00")
    with pytest.raises(InvalidError, match="condition: is none of the choices"):
        file(story, condition="9")


def test_the_clock_runs_from_dispatch_and_not_from_the_report(city, clock):
    story = Story(city, clock, "050104", "2026-11-16 09:00")
    assert story.due() == "2026-11-16 15:30:00"
    file(story.at("2026-11-16 10:00"))
    assert story.due() == "2026-11-16 16:30:00"
    assert [each["dispatched"] for each in story.entries("clock.started")] == [False, True]


def test_a_case_that_is_passed_on_keeps_its_clock(bridge):
    bridge.at("2026-11-16 10:00").do("sunlei", "handle", outcome="send_back", result="不属于", basis="条例第三条")
    bridge.at("2026-11-16 11:00").do("liqiang", "redispatch", unit="GPS")
    assert bridge.due() == "2026-11-19 09:00:00"
    bridge.at("2026-11-16 11:30")
    units = [(span.unit, span.natural // timedelta(minutes=1)) for span in bridge.ledger().spans]
    assert units == [("SZGY", 60), ("HDL-WGZX", 60), ("GPS", 30)]


def test_a_control_area_shortens_the_limit(city, clock):
    table = (PROCESSES / "incident" / "control-area.dmn").read_text("utf-8")
    rule = '<rule id="x"><inputEntry id="x0"><text>"150102001007001"</text></inputEntry>'
    rule += "".join(f'<inputEntry id="x{n}"><text>-</text></inputEntry>' for n in (1, 2, 3))
    rule += '<outputEntry id="xo"><text>0.5</text></outputEntry></rule>'
    with city.transaction(SYSTEM) as uow:
        changed = table.replace('<rule id="control_area_r1">', rule + '<rule id="control_area_r1">')
        deployments.deploy(uow, {"control-area.dmn": changed.encode()})
    assert file(Story(city, clock, "010103", "2026-11-16 09:00")).due() == "2026-11-16 10:00:00"
    other = file(Story(city, clock, "010103", "2026-11-16 09:00", grid="150102001007002"))
    assert other.due() == "2026-11-16 11:00:00"


def test_a_running_case_keeps_the_rules_in_force_when_it_was_opened(bridge):
    table = (PROCESSES / "incident" / "extension-rule.dmn").read_text("utf-8")
    with bridge.database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"extension-rule.dmn": table.replace("&gt;= 2", "&gt;= 0").encode()})
    bridge.at("2026-11-17 09:00").act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    late = file(Story(bridge.database, bridge.clock, "020104", "2026-11-17 09:00"))
    with pytest.raises(RefusedError, match="version 2"):
        late.act("sunlei", clock_requests.ask_extension, late.id, "需要时间")


def test_stages_have_limits_beside_the_total(bridge):
    bridge.at("2026-11-16 11:30").claim("sunlei", "handle")
    with bridge.database.reading(SYSTEM) as uow:
        found = {each.stage: each for each in stages.of_case(uow, bridge.id)}
    assert found["file"].due_at == local("2026-11-16 10:00")
    assert (found["accept"].due_at, found["accept"].done_at) == (local("2026-11-16 11:00"), local("2026-11-16 11:30"))
    assert bridge.inbox("sunlei") == ["handle"]


@pytest.mark.parametrize(
    ("item", "condition", "limits"),
    [
        ("010101", {}, {"file": "0.5 hours", "accept": "0.5 hours", "handle": "2 hours"}),
        ("010101", {"condition": "2"}, {"file": "0.5 hours", "accept": "2 work_hours", "handle": "4 work_hours"}),
        ("010103", {"condition": "4"}, {"file": "0.5 hours", "accept": "2 work_hours", "handle": "5 work_days"}),
    ],
)
def test_the_limits_of_stages_are_those_of_the_condition_that_the_case_was_filed_under(
    city, clock, item, condition, limits
):
    story = file(Story(city, clock, item, "2026-11-16 09:00"), **condition)
    with city.reading(SYSTEM) as uow:
        found = {each.stage: f"{each.value} {each.unit}" for each in stages.of_case(uow, story.id)}
        expected = ahead.expected(uow, uow.session.get_one(Case, story.id))
    assert {name: found[name] for name in limits} == limits
    assert f"{expected.value} {expected.unit}" == limits["handle"]
    assert expected.condition == condition.get("condition", "")


def test_a_task_stays_accepted_when_it_is_put_back_and_claimed_again(bridge):
    bridge.at("2026-11-16 09:30").claim("sunlei", "handle")
    with bridge.database.reading(SYSTEM) as uow:
        (task,) = (each for each in cases.tasks_of(uow, uow.session.get_one(Case, bridge.id)) if each.is_open)
    bridge.act("sunlei", tasks.release_task, task.id)
    bridge.at("2026-11-16 15:00").claim("sunlei", "handle")
    with bridge.database.reading(SYSTEM) as uow:
        accept = next(each for each in stages.of_task(uow, task) if each.stage == "accept")
    assert (accept.done_at, accept.due_at) == (local("2026-11-16 09:30"), local("2026-11-16 11:00"))


def test_each_stage_is_counted_by_its_own_limit_and_the_number_is_that_of_its_list(bridge, city, clock):
    file(Story(city, clock, "020104", "2026-11-16 09:00")).at("2026-11-16 10:30").claim("sunlei", "handle")
    bridge.at("2026-11-16 11:30")
    with city.reading(SYSTEM) as uow:
        lines = {line.stage: (line.done, line.in_time, line.missed) for line in stages.lately(uow)}
        listed = search.find(uow, search.Wanted(missed="accept"), limit=9, offset=0)
    assert lines == {"accept": (1, 1, 1), "file": (2, 2, 0), "handle": (0, 0, 0)}
    assert [case.id for case in listed] == [bridge.id]


def test_a_stage_follows_the_pause_of_its_case(bridge):
    bridge.at("2026-11-16 10:00").act("sunlei", clock_requests.ask_pause, bridge.id, local("2026-11-17 10:00"), "等待")
    bridge.do("liqiang", "approve", agreed=True)
    with bridge.database.reading(SYSTEM) as uow:
        found = {each.stage: each.due_at for each in stages.of_case(uow, bridge.id)}
    assert found["accept"] == local("2026-11-17 11:00")


# ---- calendars


def test_a_new_holiday_moves_open_deadlines_and_each_chain_says_why(bridge):
    assert duty_clock.recompute(bridge.database) == 0
    change(bridge.database, "2026-11-17,holiday,\n")
    assert duty_clock.recompute(bridge.database) == 1
    assert bridge.due() == "2026-11-20 09:00:00"
    (entry,) = bridge.entries("clock.recomputed")
    assert (entry["before"], entry["due"]) == ("2026-11-19T01:00:00+00:00", "2026-11-20T01:00:00+00:00")
    assert (entry["why"], entry["version_before"], entry["version"]) == ("放假通知", 1, 2)
    bridge.at("2026-11-19 09:00")
    assert "overdue_act" not in bridge.states()
    assert bridge.at("2026-11-20 09:00").states()["overdue_act"] == "open"


def test_a_holiday_that_is_taken_back_makes_a_case_overdue_at_once(bridge):
    change(bridge.database, "2026-11-17,holiday,\n")
    duty_clock.recompute(bridge.database)
    bridge.at("2026-11-19 10:00")
    change(bridge.database, "", reason="取消放假")
    duty_clock.recompute(bridge.database)
    assert bridge.due() == "2026-11-19 09:00:00"
    assert bridge.at("2026-11-19 10:00").states()["overdue_act"] == "open"


def test_a_closed_case_keeps_its_deadline(bridge):
    close(bridge, "sunlei")
    change(bridge.database, "2026-11-17,holiday,\n")
    assert duty_clock.recompute(bridge.database) == 0
    assert bridge.due() == "2026-11-19 09:00:00"


def test_a_deadline_in_a_year_without_holidays_is_provisional_until_they_are_known(city, clock):
    story = file(Story(city, clock, "020104", "2026-12-31 09:00"))
    assert story.clock_row().is_provisional
    before = story.due()
    change(city, "2027-01-01,holiday,\n2027-01-04,holiday,\n", reason="2027 年放假安排")
    duty_clock.recompute(city)
    assert not story.clock_row().is_provisional
    assert story.due() > before


def test_a_unit_may_work_by_a_calendar_of_its_own(city, clock):
    text = "date,kind,slots\n2026-01-01,holiday,\n" + "".join(
        f"{day},slots,00:00-24:00\n" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    with city.transaction(SYSTEM) as uow:
        calendars.change(uow, "SZGY", text, "全天值守")
    story = file(Story(city, clock, "020104", "2026-11-20 09:00"))
    assert story.due() == "2026-11-23 09:00:00"
    assert story.clock_row().calendar == "SZGY"
    assert file(Story(city, clock, "050104", "2026-11-20 16:30")).due() == "2026-11-23 11:30:00"
    change(city, "2026-11-23,holiday,\n")
    assert duty_clock.recompute(city) == 1


def test_loading_the_city_again_keeps_what_was_changed_in_the_pages(city):
    change(city, "2026-11-17,holiday,\n")
    content.load(city, PROCESSES, SYSTEM)
    with city.reading(SYSTEM) as uow:
        assert calendars.current(uow).version == 2


def test_only_an_administrator_changes_a_calendar_and_only_with_a_reason(bridge):
    with pytest.raises(ForbiddenError):
        bridge.act("sunlei", calendars.change, "city", CITY_FILE + "2026-11-17,holiday,\n", "放假")
    with pytest.raises(InvalidError, match="reason"):
        bridge.act("admin", calendars.change, "city", CITY_FILE + "2026-11-17,holiday,\n", " ")
    with pytest.raises(InvalidError, match="name"):
        bridge.act("admin", calendars.change, "NOBODY", CITY_FILE, "放假")


# ---- timers follow


def test_a_warning_that_was_given_comes_again_for_the_extended_limit(bridge):
    bridge.at("2026-11-18 15:30")
    assert [each["activity"] for each in bridge.entries("timer.fired")] == ["amber_start"]
    bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    bridge.do("zhaogong", "agree", agreed=True)
    bridge.do("liqiang", "approve", agreed=True)
    bridge.at("2026-11-24 09:00")
    fired = [each["activity"] for each in bridge.entries("timer.fired")]
    assert fired == ["amber_start", "amber_start", "overdue_start"]


def test_an_outage_fires_each_timer_once_and_pauses_stay_exact(bridge):
    bridge.at("2026-11-17 09:00").act("sunlei", clock_requests.ask_pause, bridge.id, local("2026-11-18 09:00"), "等待")
    bridge.do("liqiang", "approve", agreed=True)
    bridge.clock.set(local("2026-11-30 09:00"))
    bridge.at("2026-11-30 09:00")
    assert bridge.due() == "2026-11-20 09:00:00"
    fired = [each["activity"] for each in bridge.entries("timer.fired")]
    assert sorted(fired) == ["amber_start", "double_start", "half_over_start", "overdue_start", "pause_over"]
    assert timers.fire_due_timers(bridge.database) == 0
    assert bridge.unbroken()


# ---- holders


def test_lists_say_who_holds_a_case_and_since_when(bridge):
    bridge.at("2026-11-16 10:00").claim("sunlei", "handle")
    with bridge.database.reading(SYSTEM) as uow:
        found = ledger.holder(uow.session.get_one(Case, bridge.id))
    assert (found.unit, found.person, found.since) == ("SZGY", "sunlei", local("2026-11-16 10:00"))
    with bridge.database.transaction(bridge.actor("sunlei")) as uow:
        (task,) = tasks.inbox(uow, "mine")
        tasks.release_task(uow, task.id)
    assert [(span.unit, span.person) for span in bridge.at("2026-11-16 12:00").ledger().spans] == [
        ("SZGY", None),
        ("SZGY", "sunlei"),
        ("SZGY", None),
    ][: len(bridge.ledger().spans)]
    close(bridge, "sunlei")
    with bridge.database.reading(SYSTEM) as uow:
        assert ledger.holder(uow.session.get_one(Case, bridge.id)) is None


def test_in_a_joint_action_the_lead_holds_the_case(city, clock):
    story = file(Story(city, clock, "110101", "2026-11-18 20:40"))
    story.at("2026-11-18 21:10")
    assert {span.unit for span in story.ledger().spans} == {"XFJY"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_plan_for_each_unit_keeps_its_slots(city, unit):
    with city.reading(SYSTEM) as uow:
        run = Run(Limit(Decimal(1), unit), datetime(2026, 11, 16, 2, tzinfo=UTC))
        made = duty_clock.plan(uow, "city", run)
    assert made.slots[0][0] == "2026-11-16T10:00:00+08:00"


# ---- what was asked, and a case that moves on


def test_what_was_rightly_asked_cannot_be_approved_when_the_case_has_moved_on(bridge):
    bridge.at("2026-11-17 09:00").act("sunlei", clock_requests.ask_pause, bridge.id, local("2026-11-20 09:00"), "等待")
    bridge.do("sunlei", "handle", outcome="done", result="已修好")
    with pytest.raises(RefusedError, match="only while it is being handled"):
        bridge.do("liqiang", "approve", agreed=True)
    assert bridge.states()["approve"] == "open"
    assert bridge.actors("pause.refused") == ["liqiang"]
    bridge.do("liqiang", "approve", agreed=False)
    assert bridge.clock_row().pauses == []


def test_an_extension_asked_for_in_time_is_approved_after_the_deadline(bridge):
    bridge.at("2026-11-19 08:59").act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    bridge.at("2026-11-19 10:00").do("zhaogong", "agree", agreed=True)
    bridge.do("liqiang", "approve", agreed=True)
    assert bridge.due() == "2026-11-24 09:00:00"


def test_what_nobody_decided_lapses_when_the_case_closes(bridge):
    bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    close(bridge, "sunlei")
    with bridge.database.reading(SYSTEM) as uow:
        assert [each.state for each in clock_requests.requests_of(uow, bridge.id)] == ["lapsed"]
    assert bridge.states()["agree"] == "cancelled"


def test_the_same_is_not_asked_twice_at_a_time_and_only_by_the_holder(bridge):
    bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    with pytest.raises(RefusedError, match="asked for already"):
        bridge.act("sunlei", clock_requests.ask_extension, bridge.id, "需要时间")
    bridge.claim("sunlei", "handle")
    with pytest.raises(RefusedError, match="only the one who holds the case"):
        bridge.act("zhaogong", clock_requests.ask_pause, bridge.id, local("2026-11-20 09:00"), "等待")
    with pytest.raises(RefusedError, match="later than now"):
        bridge.act("sunlei", clock_requests.ask_pause, bridge.id, local("2026-11-15 09:00"), "等待")


def test_where_the_asker_alone_heads_the_unit_the_street_decides(city, clock):
    story = file(Story(city, clock, "050104", "2026-11-16 09:00"))
    story.act("wanglin", clock_requests.ask_extension, story.id, "车辆检修")
    assert "agree" not in story.inbox("wanglin")
    assert story.inbox("yangjie") == ["agree"]
