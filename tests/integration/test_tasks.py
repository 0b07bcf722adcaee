"""The inbox and what people do with a task, on both databases."""

import pytest
from sqlalchemy import select

from engine import cases, deployments, inboxes, tasks
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Case, Person, Task
from engine.uow import SYSTEM, Actor
from tests.scenarios.story import Story
from tests.unit.test_drawings import INCIDENT, drawing

CLERK = Actor("zhao", "赵", groups=frozenset({"acceptance"}))
OTHER = Actor("qian", "钱", groups=frozenset({"acceptance"}))
STRANGER = Actor("sun", "孙", groups=frozenset({"unit:GPS"}))
FORM = b"""{"title": {"zh": "\xe7\xab\x8b\xe6\xa1\x88", "en": "File"}, "type": "object", "required": ["filed"],
"properties": {"filed": {"type": "boolean"}, "reason": {"type": "string", "maxLength": 20}}}"""


@pytest.fixture
def task_id(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
        case = cases.open_case(uow, "p", {"unit": "SZGY"}, "井盖")
        uow.session.add(Person(name="qian", full_name="钱", roles=[]))
        uow.session.flush()
        return uow.session.scalars(select(Task.id).where(Task.case_id == case.id)).one()


def counted(database, actor):
    with database.reading(actor) as uow:
        return {which: inboxes.count(uow, which) for which in ("mine", "groups", "overdue")}


def done(database, actor, act, *more):
    with database.transaction(actor) as uow:
        return act(uow, *more)


def test_a_task_is_in_the_inbox_of_its_group_and_of_nobody_else(database, task_id):
    assert counted(database, CLERK) == {"mine": 0, "groups": 1, "overdue": 0}
    assert counted(database, STRANGER) == {"mine": 0, "groups": 0, "overdue": 0}
    with database.reading(CLERK) as uow:
        assert [task.case.title for task in tasks.inbox(uow)] == ["井盖"]


def test_what_one_may_not_see_does_not_exist(database, task_id):
    for act in (tasks.get_task, tasks.claim_task, tasks.release_task):
        with pytest.raises(NotFoundError):
            done(database, STRANGER, act, task_id)


def test_a_claimed_task_is_mine_and_can_be_put_back(database, task_id):
    done(database, CLERK, tasks.claim_task, task_id)
    assert counted(database, CLERK)["mine"] == 1
    assert counted(database, OTHER)["groups"] == 0
    with pytest.raises(ConflictError, match="claimed by zhao"):
        done(database, OTHER, tasks.claim_task, task_id)
    with pytest.raises(ForbiddenError):
        done(database, OTHER, tasks.release_task, task_id)
    done(database, CLERK, tasks.release_task, task_id)
    assert counted(database, OTHER)["groups"] == 1


def test_a_task_can_be_handed_to_a_named_colleague_who_exists(database, task_id):
    done(database, CLERK, tasks.claim_task, task_id)
    with pytest.raises(NotFoundError, match="nobody"):
        done(database, CLERK, tasks.reassign_task, task_id, "nobody")
    done(database, CLERK, tasks.reassign_task, task_id, "qian")
    assert counted(database, OTHER)["mine"] == 1


def test_missing_foreign_and_wrong_fields_are_named_and_nothing_moves(database, task_id):
    with pytest.raises(InvalidError) as caught:
        done(database, CLERK, tasks.complete_task, task_id, {"unit": "GPS", "reason": "x" * 30})
    assert set(caught.value.problems) == {"filed", "unit", "reason"}
    assert counted(database, CLERK)["groups"] == 1


def test_a_task_without_a_form_takes_no_values(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": drawing('<startEvent id="a"/><userTask id="u"/>', "a u")})
        case = cases.open_case(uow, "p", {}, "x")
        uow.session.flush()
        found = uow.session.scalars(select(Task.id).where(Task.case_id == case.id)).one()
    with pytest.raises(InvalidError, match=r"\$now"):
        done(database, SYSTEM, tasks.complete_task, found, {"$now": "2000-01-01"})
    done(database, SYSTEM, tasks.complete_task, found, {})


def test_the_same_key_has_one_effect(database, task_id):
    for _ in range(2):
        done(database, CLERK, tasks.complete_task, task_id, {"filed": False}, "key-1")
    with database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Case)).one().closed_at


def test_a_draft_is_kept_and_changes_nothing_else(database, task_id):
    done(database, CLERK, tasks.save_draft, task_id, {"reason": "half a"})
    with database.reading(CLERK) as uow:
        assert tasks.get_task(uow, task_id).draft == {"reason": "half a"}
    assert counted(database, CLERK)["groups"] == 1


def test_who_watches_the_work_does_not_do_it_but_hands_it_to_somebody(city, clock):
    story = Story(city, clock, "050104", "2026-11-16 10:00")
    (task,) = [each for each in story.states()]
    assert task == "file"
    for name in ("yangjie", "admin"):
        with city.transaction(SYSTEM) as uow:
            (row,) = uow.session.scalars(select(Task).where(Task.case_id == story.id))
        with pytest.raises(ForbiddenError, match="not offered to you"):
            story.act(name, tasks.claim_task, row.id)
        with pytest.raises(ForbiddenError, match="not offered to you"):
            story.act(name, tasks.complete_task, row.id, {"filed": True})
    story.act("yangjie", tasks.reassign_task, row.id, "liqiang")
    story.do("liqiang", "file", filed=True)
    assert "handle" in story.states()
