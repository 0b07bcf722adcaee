"""Inboxes of any size: the order, the pages, what is counted and how a count that stopped is said."""

from datetime import timedelta
from uuid import UUID

import pytest

from engine import inboxes, tasks
from engine.models import Candidate, Task
from engine.uow import SYSTEM, Actor
from tests.integration.test_database import a_case
from web.filters import bounded

CLERK = Actor("zhao", "", None, frozenset({"user:zhao", "desk", "unit:A"}))


@pytest.fixture
def offered(database):
    """Nine tasks for two groups: due in turn, three of them for both groups, two without a deadline, one claimed."""
    with database.transaction(SYSTEM) as uow:
        case = a_case(uow)
        for n in range(9):
            due = None if n > 6 else uow.now + timedelta(hours=n - 2)
            row = {"name": f"t{n}", "activity_id": f"a{n % 2}", "token": str(n), "shown": {}, "opened_at": uow.now}
            uow.session.add(Task(id=UUID(int=n + 1), case_id=case.id, due_at=due, **row))
            uow.session.flush()
            groups = {"desk", "unit:A"} if n % 3 == 0 else {"desk"} if n % 2 else {"unit:A"}
            uow.session.add_all(Candidate(task_id=UUID(int=n + 1), group_key=group, due_at=due) for group in groups)
        uow.session.get_one(Task, UUID(int=5)).assignee = "zhao"
    return database


def names(database, which="groups", **more):
    with database.reading(CLERK) as uow:
        return [task.name for task in tasks.inbox(uow, which, **more)]


def test_tasks_of_several_groups_come_once_each_by_deadline_those_without_one_last(offered):
    assert names(offered) == ["t0", "t1", "t2", "t3", "t5", "t6", "t7", "t8"]
    assert names(offered, "mine") == ["t4"]
    assert names(offered, "overdue") == ["t0", "t1"]


def test_pages_go_on_where_the_one_before_ended(offered):
    assert [names(offered, limit=3, offset=start) for start in (0, 3, 6, 9)] == [
        ["t0", "t1", "t2"],
        ["t3", "t5", "t6"],
        ["t7", "t8"],
        [],
    ]


def test_what_came_back_from_a_pause_comes_first_on_whichever_page(offered):
    with offered.transaction(SYSTEM) as uow:
        uow.session.get_one(Task, UUID(int=7)).priority = 1000
    assert names(offered, limit=3) == ["t6", "t0", "t1"]
    assert names(offered, limit=3, offset=3) == ["t2", "t3", "t5"]


def test_counting_stops_and_says_so(offered, monkeypatch):
    with offered.reading(CLERK) as uow:
        views = {each: (each, inboxes.Wanted()) for each in ("groups", "mine", "paused")}
        assert inboxes.counts(uow, views) == {
            "groups": 8,
            "mine": 1,
            "paused": 0,
        }
        assert inboxes.count(uow, "groups", inboxes.Wanted(step="a1")) == 4
        assert [(step, count) for step, _name, _shown, count in inboxes.steps(uow, "groups")] == [("a0", 4), ("a1", 4)]
        monkeypatch.setattr(inboxes, "COUNTED", 5)
        assert inboxes.count(uow, "groups") == 5
    assert (bounded(4, 5), bounded(5, 5)) == ("4", "4+")


def test_nobody_without_groups_has_an_inbox(offered):
    with offered.reading(Actor("nobody")) as uow:
        assert tasks.inbox(uow) == tasks.inbox(uow, "overdue") == []


def test_the_steps_of_a_view_add_up_to_its_count(offered):
    with offered.reading(CLERK) as uow:
        for which in ("groups", "mine", "overdue", "handed", "follow", "paused"):
            assert sum(count for *_step, count in inboxes.steps(uow, which)) == inboxes.count(uow, which)
