"""Cases on a database: opened from a deployed drawing, moved by people and by the clock, recorded in their chain."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import audit, cases, content, deployments, tasks, timers
from engine.bpmn import State
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Candidate, Case, Definition, Failure, Task, Timer
from engine.uow import SYSTEM, Actor
from tests.conftest import PROCESSES
from tests.unit.test_drawings import INCIDENT, drawing

FORM = b'{"properties": {"filed": {"type": "boolean"}}}'
LIAISON = Actor("wang", "王敏", roles=frozenset({"machine"}))


@pytest.fixture
def case_id(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
        return cases.open_case(uow, "p", {"unit": "SZGY"}, "井盖").id


def open_tasks(database):
    with database.reading(SYSTEM) as uow:
        return {task.activity_id: task.id for task in uow.session.scalars(select(Task).where(Task.state == "open"))}


def test_an_opened_case_offers_its_first_task_to_the_group(database, case_id):
    assert list(open_tasks(database)) == ["file"]
    with database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Candidate.group_key)).all() == ["acceptance"]
        assert uow.session.get_one(Case, case_id).number == "2026-000001"


def test_a_completed_task_carries_the_case_to_its_end(database, case_id):
    task_id = open_tasks(database)["file"]
    with database.transaction(LIAISON) as uow:
        tasks.complete_task(uow, task_id, {"filed": False})
    with database.reading(SYSTEM) as uow:
        assert uow.session.get_one(Case, case_id).closed_at
        assert uow.session.scalars(select(Candidate)).all() == []
        assert list(audit.broken_links(uow.session)) == []
        actions = [entry.action for entry in audit.timeline(uow, case_id)]
        assert (actions[0], actions[-1]) == ("case.opened", "case.ended")


def test_a_second_completion_says_who_was_first(database, case_id):
    task_id = open_tasks(database)["file"]
    with database.transaction(LIAISON) as uow:
        tasks.complete_task(uow, task_id, {"filed": True})
    with pytest.raises(ConflictError, match="completed by wang"), database.transaction(SYSTEM) as uow:
        tasks.complete_task(uow, task_id, {"filed": True})


def test_a_timer_fires_when_it_is_due_and_never_early(database, case_id, clock):
    task_id = open_tasks(database)["file"]
    with database.transaction(LIAISON) as uow:
        tasks.complete_task(uow, task_id, {"filed": True})
    clock.advance(hours=3, minutes=59, seconds=59)
    assert timers.fire_due_timers(database) == 0
    clock.advance(seconds=1)
    assert timers.fire_due_timers(database) == 1
    assert sorted(open_tasks(database)) == ["handle", "leader"]
    with database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Timer)).all() == []


def test_identical_content_makes_no_new_version(database, case_id):
    with database.transaction(SYSTEM) as uow:
        assert deployments.deploy(uow, {"p.bpmn": INCIDENT}) == []
        assert [each.version for each in deployments.deploy(uow, {"p.bpmn": INCIDENT + b"\n"})] == [2]


def test_a_running_case_stays_on_its_version(database, case_id):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": drawing('<startEvent id="a"/><endEvent id="b"/>', "a b")})
    task_id = open_tasks(database)["file"]
    with database.transaction(LIAISON) as uow:
        tasks.complete_task(uow, task_id, {"filed": True})
    assert list(open_tasks(database)) == ["handle"]


def test_a_refused_drawing_stores_nothing_of_the_whole_deployment(database):
    bad = drawing('\n<startEvent id="a"/><serviceTask id="x"/>', "a x")
    with pytest.raises(InvalidError, match="line 2, x"), database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "bad.bpmn": bad})
    with database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Definition)).all() == []


def test_a_process_that_nobody_deployed_cannot_be_opened(database):
    with pytest.raises(NotFoundError), database.transaction(SYSTEM) as uow:
        cases.open_case(uow, "nothing", {}, "x")


def test_a_broken_case_does_not_keep_the_timers_of_others_from_firing(database, clock):
    ids = []
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
    for _ in range(2):
        with database.transaction(SYSTEM) as uow:
            case = cases.open_case(uow, "p", {"unit": "SZGY"}, "x")
            uow.session.flush()
            task_id = uow.session.scalars(select(Task.id).where(Task.case_id == case.id)).one()
            ids.append((case.id, task_id))
    for _, task_id in ids:
        with database.transaction(LIAISON) as uow:
            tasks.complete_task(uow, task_id, {"filed": True})
    with database.transaction(SYSTEM) as uow:
        uow.session.get_one(Case, ids[0][0]).state = "{broken"
    clock.advance(hours=4)
    assert timers.fire_due_timers(database) == 1
    with database.reading(SYSTEM) as uow:
        (failure,) = uow.session.scalars(select(Failure)).all()
        assert failure.case_id == ids[0][0]
        (timer,) = uow.session.scalars(select(Timer)).all()
        assert timer.due_at == clock.now() + timedelta(minutes=15)
        assert list(audit.broken_links(uow.session)) == []


def test_an_entry_never_lies_before_its_predecessor_when_a_clock_is_set_back(database, case_id, clock):
    task_id = open_tasks(database)["file"]
    clock.rewind(clock.now() - timedelta(hours=1))
    with database.transaction(LIAISON) as uow:
        tasks.complete_task(uow, task_id, {"filed": True})
    with database.reading(SYSTEM) as uow:
        moments = [entry.at for entry in audit.timeline(uow, case_id)]
        assert moments == sorted(moments)


def test_a_diagram_can_compute_in_working_time(database):
    source = drawing(
        '<startEvent id="a"/><scriptTask id="s" camunda:resultVariable="due">'
        '<script>working time after(now(), 4, "work_hours")</script></scriptTask><userTask id="u"/>',
        "a s",
        "s u",
    )
    with database.transaction(SYSTEM) as uow:
        content.load_calendar(uow, PROCESSES / "calendar")
        deployments.deploy(uow, {"p.bpmn": source})
        uow.session.flush()
        case = cases.open_case(uow, "p", {}, "x")
        (scope,) = State.load(case.state).scopes.values()
        assert scope["vars"]["due"] == "2026-11-16T08:30:00+00:00"


def test_cases_that_are_opened_side_by_side_get_numbers_of_their_own(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
    start, faults = threading.Barrier(4), []

    def open_some():
        start.wait()
        try:
            for _ in range(5):
                with database.transaction(SYSTEM) as uow:
                    cases.open_case(uow, "p", {"unit": "SZGY"}, "x")
                    uow.record("noted", "new-stream")
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=open_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.reading(SYSTEM) as uow:
        numbers = sorted(uow.session.scalars(select(Case.number)))
        assert numbers == [f"2026-{n:06}" for n in range(1, 21)]
        assert list(audit.broken_links(uow.session)) == []
