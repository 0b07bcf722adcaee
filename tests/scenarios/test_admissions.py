"""Communities are asked for what is on their list (社区准入清单), and for nothing else, whatever the way."""

import pytest
from sqlalchemy import select

from engine import admissions, duties, joint, tasks
from engine.errors import ForbiddenError, InvalidError, RefusedError
from engine.models import Task
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, file
from tests.scenarios.test_duties import edited, publish

LAMP, RELIEF, BIKES, LANE = "020104", "120105", "110103", "110101"
HERE, THERE = "SQ-150102001007", "SQ-150102001008"
LIST = (PROCESSES / "organisation" / "admissions.csv").read_text("utf-8")
BACK = {"outcome": "send_back", "result": "不属于本单位", "basis": "《城镇排水与污水处理条例》第四条"}


def refusal(story):
    """Return the one refusal that the chain keeps."""
    (found,) = story.entries("admission.refused")
    return found


@pytest.fixture
def lamp(city, clock):
    return file(Story(city, clock, LAMP, "2026-11-23 09:00"))


def test_a_department_does_not_suggest_a_community_for_what_is_not_on_its_list(lamp):
    with pytest.raises(RefusedError, match=r"not on the list .*Municipal Utilities.*admission_rule, version 1"):
        lamp.do("sunlei", "handle", **BACK, suggested_unit=HERE)
    found = refusal(lamp)
    assert (found["rule"], found["version"], found["values"]["unit"]) == ("admission_rule", 1, HERE)
    assert "不得下派社区" in found["why"]["zh"]
    assert lamp.actors("admission.refused") == ["sunlei"]
    assert (lamp.inbox("sunlei"), lamp.inbox("gaowa")) == (["handle"], [])


def test_the_dispatcher_does_not_pass_it_on_to_a_community_either(lamp):
    lamp.do("sunlei", "handle", **BACK)
    with pytest.raises(RefusedError, match="or the item is put on the list first"):
        lamp.do("liqiang", "redispatch", unit=HERE)
    assert (lamp.inbox("liqiang"), lamp.inbox("gaowa")) == (["redispatch"], [])


def test_what_is_on_the_list_may_be_given_to_the_community_of_the_grid(city, clock):
    story = file(Story(city, clock, RELIEF, "2026-11-23 09:00"))
    story.do("liangxue", "handle", **BACK)
    story.do("liqiang", "redispatch", unit=HERE)
    assert story.inbox("gaowa") == ["handle"]
    assert story.entries("admission.refused") == []


def test_a_task_is_not_handed_on_to_somebody_of_a_community(lamp):
    with lamp.database.reading(SYSTEM) as uow:
        task = uow.session.scalars(select(Task).where(Task.case_id == lamp.id, Task.activity_id == "handle")).one()
    lamp.claim("sunlei", "handle")
    with pytest.raises(RefusedError, match="not on the list"):
        lamp.act("batu", tasks.reassign_task, task.id, "gaowa")  # who may hand on everybody's tasks
    assert refusal(lamp)["values"]["what"] == "hand on"
    lamp.act("sunlei", tasks.reassign_task, task.id, "zhaogong")
    assert lamp.inbox("zhaogong") == ["handle"]


@pytest.mark.parametrize(("unit", "why"), [(HERE, "not on the list"), (THERE, "in its own grids only")])
def test_a_community_is_not_called_to_a_joint_action_outside_its_list_or_its_grids(city, clock, unit, why):
    story = file(Story(city, clock, LANE, "2026-11-23 09:00"))
    with pytest.raises(RefusedError, match=why):
        story.act("majun", joint.add_unit, story.id, unit)
    assert refusal(story)["values"]["what"] == "call"
    assert story.inbox("gaowa") == []


@pytest.mark.parametrize(("day", "allowed"), [("2026-12-31", True), ("2027-01-04", False)])
def test_a_campaign_is_on_the_list_until_its_last_day(city, clock, day, allowed):
    story = file(Story(city, clock, BIKES, f"{day} 09:00"))
    with city.reading(SYSTEM) as uow:
        lead = story.case().unit_code
        (person,) = (each for each in ("majun", "zhouwei", "hebing") if "handle" in story.inbox(each))
        assert bool(admissions.admitted(uow, BIKES, story.case().summary["grid"])) is allowed
    assert lead is not None
    story.do(person, "handle", **BACK)
    if allowed:
        story.do("liqiang", "redispatch", unit=HERE)
        return
    with pytest.raises(RefusedError):
        story.do("liqiang", "redispatch", unit=HERE)


def test_the_list_of_duties_names_no_community_outside_its_list_or_its_grids(city):
    for row, why in (
        ((LAMP, "150102001007", HERE, "assist", "", ""), "not on the list"),
        ((RELIEF, "*", HERE, "assist", "", ""), "own grids only"),
    ):
        with pytest.raises(InvalidError, match=why):
            publish(city, edited(row))
    assert publish(city, edited((RELIEF, "150102001007", HERE, "assist", "", ""))).version == 2


def test_a_new_list_holds_from_its_publication_and_the_old_one_can_be_read(city, clock, lamp):
    lamp.do("sunlei", "handle", **BACK)
    row = f"{LAMP},150102001007,协助看护现场,watch the place,联席会议纪要,minutes,,"
    assert lamp.act("admin", admissions.publish, f"{LIST}{row}\n", "联席会议决定").version == 2
    lamp.do("liqiang", "redispatch", unit=HERE)
    assert lamp.inbox("gaowa") == ["handle"]
    with city.reading(SYSTEM) as uow:
        assert admissions.get_list(uow, 1).source == LIST


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("999999,*,工作,,依据,,,", "there is no item 999999"),
        ("020104,*,,,依据,,,", "the work or its legal basis is missing"),
        ("020104,15,工作,,依据,,,", "15 is no street"),
        ("020104,*,工作,,依据,,2027-01-01,2026-01-01", "ends before it begins"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_published(city, row, why):
    story = Story.__new__(Story)
    story.database = city
    with pytest.raises(InvalidError, match=f"line 8: {why}"):
        story.act("admin", admissions.publish, f"{LIST}{row}\n", "修改")
    with pytest.raises(ForbiddenError):
        story.act("liqiang", admissions.publish, LIST, "修改")
    with city.reading(SYSTEM) as uow:
        assert [each.version for each in admissions.versions(uow)] == [1]
        assert duties.get_list(uow).version == 1
