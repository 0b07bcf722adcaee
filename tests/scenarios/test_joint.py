"""S09: units act together; who does not check in is marked, its head explains, the lead closes with reasons."""

import pytest
from sqlalchemy import delete

from engine import deployments, joint
from engine.errors import ConflictError, ForbiddenError, RefusedError
from engine.models import Membership
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, file, local

PASSAGE = "110101"  # fire passage blocked; lead XFJY with CGJ, ZJJ, HDLJD; 2 hours
SITE = (40.8680, 111.7060)
NEAR = {"latitude": 40.8682, "longitude": 111.7060}  # 22 m to the north
PEOPLE = {"XFJY": "majun", "CGJ": "liuyang", "ZJJ": "hebing", "HDLJD": "yangjie"}


@pytest.fixture
def passage(city, clock):
    return file(Story(city, clock, PASSAGE, "2026-11-18 20:40", spot=SITE))


def rows(story):
    with story.database.reading(SYSTEM) as uow:
        return {row.unit_code: row for row in joint.units_of(uow, story.id)}


def attendance(story):
    with story.database.reading(SYSTEM) as uow:
        return {each.unit: (each.called, each.missed) for each in joint.lately(uow)}


def come(story, *units, **where):
    for unit in units:
        story.do(PEOPLE[unit], "sign_in", **where)


def finish(story, *units):
    for unit in units:
        story.do(PEOPLE[unit], "unit_result", unit_result="已到场检查并劝离")


# ---- S09


def test_s09_four_units_have_a_task_each_under_one_case(passage):
    assert passage.due() == "2026-11-18 22:40:00"
    assert {unit: "sign_in" in passage.inbox(name) for unit, name in PEOPLE.items()} == dict.fromkeys(PEOPLE, True)
    assert "close_joint" in passage.inbox("majun")
    (opened,) = passage.entries("joint.opened")
    assert (opened["lead"], sorted(opened["units"])) == ("XFJY", ["CGJ", "HDLJD", "XFJY", "ZJJ"])


def test_s09_who_is_not_there_by_21_10_is_marked_and_its_leader_is_asked(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD", **NEAR)
    passage.at("2026-11-18 21:09:59")
    assert passage.entries("check-in.missed") == []
    passage.at("2026-11-18 21:10")
    (missed,) = passage.entries("check-in.missed")
    assert (missed["unit"], missed["people"]) == ("ZJJ", ["hebing"])
    assert rows(passage)["ZJJ"].missed_at == local("2026-11-18 21:10")
    assert sorted(passage.inbox("hebing")) == ["explain", "sign_in"]
    assert "unit_result" in passage.inbox("majun")


def test_s09_the_lead_closes_at_22_20_with_a_reason_for_the_missing_unit(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD", **NEAR)
    finish(passage.at("2026-11-18 22:00"), "XFJY", "CGJ", "HDLJD")
    passage.at("2026-11-18 22:20").do("majun", "close_joint", summary="通道已腾空", **{"missing.ZJJ": "始终未到场"})
    (closed,) = passage.entries("joint.closed")
    assert closed["missing"] == {"ZJJ": "始终未到场"}
    assert {unit: row.result for unit, row in rows(passage).items()} == {
        **dict.fromkeys(("XFJY", "CGJ", "HDLJD"), "已到场检查并劝离"),
        "ZJJ": None,
    }
    assert passage.case().due_at == local("2026-11-18 22:40")
    assert passage.states()["verify"] == "open"


def test_s09_the_task_of_the_missing_unit_stays_until_its_leader_explains(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD")
    finish(passage.at("2026-11-18 22:00"), "XFJY", "CGJ", "HDLJD")
    passage.at("2026-11-18 22:20").do("majun", "close_joint", summary="通道已腾空", **{"missing.ZJJ": "未到场"})
    assert passage.inbox("hebing") == ["explain"]
    passage.at("2026-11-18 23:00").do("hebing", "explain", why_absent="值班员在另一现场")
    assert passage.inbox("hebing") == []
    found = rows(passage)["ZJJ"]
    assert (found.explanation, found.explained_by) == ("值班员在另一现场", "hebing")
    assert passage.entries("check-in.explained")[0]["why"] == "值班员在另一现场"


def test_s09_time_and_distance_are_kept_of_each_person_and_only_the_missing_unit_is_counted(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", **NEAR)
    come(passage.at("2026-11-18 21:00"), "CGJ", "HDLJD")
    passage.at("2026-11-18 21:30")
    noted = [(each["unit"], each["person"], each["metres"], each["late"]) for each in passage.entries("check-in.noted")]
    assert noted == [("XFJY", "majun", 22, False), ("CGJ", "liuyang", None, False), ("HDLJD", "yangjie", None, False)]
    assert attendance(passage) == {"ZJJ": (1, 1), "XFJY": (1, 0), "CGJ": (1, 0), "HDLJD": (1, 0)}
    assert passage.unbroken()


# ---- other orders


def test_closing_without_a_reason_is_refused_by_rule_and_kept(passage):
    come(passage.at("2026-11-18 20:50"), "XFJY", "CGJ")
    finish(passage, "XFJY")
    with pytest.raises(RefusedError, match="close_joint_rule, version 1") as refusal:
        passage.do("majun", "close_joint", summary="通道已腾空", **{"missing.CGJ": "仍在现场登记"})
    said = refusal.value.words["zh"]
    assert ("住房和城乡建设局" in said, "海东路" in said, "执法局" in said) == (True, True, False)
    (kept,) = passage.entries("close_joint.refused")
    assert kept["values"]["missing"] == {"CGJ": "仍在现场登记"}
    assert passage.states()["close_joint"] == "open"


def test_a_unit_that_comes_late_is_noted_as_late_and_still_files_its_result(passage):
    come(passage.at("2026-11-18 21:40"), "ZJJ", **NEAR)
    assert [each["late"] for each in passage.entries("check-in.noted")] == [True]
    finish(passage, "ZJJ")
    assert rows(passage)["ZJJ"].filed_at == local("2026-11-18 21:40")
    assert attendance(passage)["ZJJ"] == (1, 1)


def test_the_lead_itself_can_be_missing_and_explains_too(passage):
    come(passage.at("2026-11-18 20:45"), "CGJ", "ZJJ", "HDLJD")
    passage.at("2026-11-18 21:10")
    assert [each["unit"] for each in passage.entries("check-in.missed")] == ["XFJY"]
    assert {"explain", "sign_in", "close_joint"} <= set(passage.inbox("majun"))


def test_two_missing_units_are_marked_each_and_explain_each(passage):
    come(passage.at("2026-11-18 21:00"), "XFJY", "HDLJD")
    passage.at("2026-11-18 21:10")
    assert sorted(each["unit"] for each in passage.entries("check-in.missed")) == ["CGJ", "ZJJ"]
    passage.do("liuyang", "explain", why_absent="车辆故障")
    found = rows(passage)
    assert (found["CGJ"].explanation, found["ZJJ"].explanation) == ("车辆故障", None)
    assert passage.inbox("hebing") == ["sign_in", "explain"]


def test_a_worker_that_was_down_marks_the_missing_when_it_comes_back(passage):
    passage.clock.set(local("2026-11-19 08:00"))
    assert passage.entries("check-in.missed") == []
    passage.at("2026-11-19 08:00")
    assert len(passage.entries("check-in.missed")) == 4


def test_who_comes_late_while_the_worker_is_down_is_marked_at_the_limit_and_once(passage):
    passage.clock.set(local("2026-11-18 21:40"))
    come(passage, "ZJJ", **NEAR)
    assert rows(passage)["ZJJ"].missed_at == local("2026-11-18 21:10")
    assert [each["late"] for each in passage.entries("check-in.noted")] == [True]
    passage.at("2026-11-18 21:45")
    assert [each["unit"] for each in passage.entries("check-in.missed")].count("ZJJ") == 1
    assert "explain" in passage.inbox("hebing")


def test_who_is_missing_when_the_lead_closes_before_the_worker_is_back_is_marked(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD")
    finish(passage, "XFJY", "CGJ", "HDLJD")
    passage.clock.set(local("2026-11-18 22:20"))
    passage.do("majun", "close_joint", summary="通道已腾空", **{"missing.ZJJ": "未到场"})
    (missed,) = passage.entries("check-in.missed")
    assert (missed["unit"], rows(passage)["ZJJ"].missed_at) == ("ZJJ", local("2026-11-18 21:10"))
    assert passage.inbox("hebing") == ["explain"]
    assert attendance(passage)["ZJJ"] == (1, 1)


def test_a_unit_whose_time_still_runs_is_not_marked_when_the_lead_closes(passage):
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD")
    finish(passage, "XFJY", "CGJ", "HDLJD")
    passage.do("majun", "close_joint", summary="通道已腾空", **{"missing.ZJJ": "通道已通，无需再到"})
    passage.at("2026-11-18 21:30")
    assert passage.entries("check-in.missed") == []


def test_the_limit_to_check_in_is_that_of_the_table_when_the_case_began(city, clock):
    table = (PROCESSES / "incident" / "check-in-limit.dmn").read_text("utf-8").replace("PT30M", "PT10M")
    old = file(Story(city, clock, PASSAGE, "2026-11-18 20:40"))
    with city.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"check-in-limit.dmn": table.encode()})
    new = file(Story(city, clock, PASSAGE, "2026-11-18 20:40"))
    new.at("2026-11-18 20:50")
    assert (len(new.entries("check-in.missed")), len(old.entries("check-in.missed"))) == (4, 0)


@pytest.mark.parametrize(("unit", "person"), [("ZJJ", "batu"), ("HDLJD", "yangjie")])
def test_where_a_unit_has_no_head_whoever_is_above_it_explains(passage, unit, person):
    with passage.database.transaction(SYSTEM) as uow:
        uow.session.execute(delete(Membership).where(Membership.group_key == f"unit:{unit}:head"))
    passage.at("2026-11-18 21:10")
    missed = {each["unit"]: each["people"] for each in passage.entries("check-in.missed")}
    assert missed[unit] == [person]
    passage.do(person, "explain", why_absent="已电话通知，正在途中")
    assert rows(passage)[unit].explanation == "已电话通知，正在途中"


# ---- one more unit


def test_the_lead_calls_a_standing_unit_with_its_own_limit_from_then_on(passage):
    with passage.database.reading(passage.actor("majun")) as uow:
        assert joint.standing(uow, passage.case()) == ["GAJ"]
    passage.at("2026-11-18 21:00").act("majun", joint.add_unit, passage.id, "GAJ")
    with passage.database.reading(passage.actor("majun")) as uow:
        assert joint.standing(uow, passage.case()) == []
    passage.at("2026-11-18 21:29:59")
    assert rows(passage)["GAJ"].missed_at is None
    passage.at("2026-11-18 21:30")
    assert rows(passage)["GAJ"].missed_at == local("2026-11-18 21:30")
    assert passage.entries("joint.unit-added") == [{"round": 1, "unit": "GAJ"}]
    assert passage.actors("joint.unit-added") == ["majun"]


def test_only_the_lead_and_the_dispatcher_call_another_unit_and_each_once(passage):
    with pytest.raises(ForbiddenError, match="only the lead"):
        passage.act("liuyang", joint.add_unit, passage.id, "GAJ")
    with pytest.raises(ConflictError, match="called already"):
        passage.act("majun", joint.add_unit, passage.id, "CGJ")
    passage.act("zhaoli", joint.add_unit, passage.id, "GAJ")
    assert "GAJ" in rows(passage)


def test_nobody_is_called_to_an_action_that_is_over(passage):
    come(passage, *PEOPLE)
    finish(passage, *PEOPLE)
    passage.do("majun", "close_joint", summary="通道已腾空")
    with pytest.raises(ConflictError, match="no units act together"):
        passage.act("majun", joint.add_unit, passage.id, "GAJ")
    assert passage.entries("joint.closed")[0]["missing"] == {}
