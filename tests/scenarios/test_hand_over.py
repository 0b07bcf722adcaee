"""S17: handing over without losing anything; substitutes; grids that are divided anew."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import absences, audit, cases, content, deployments, directory, hand_overs, notes, tasks, timers
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Assessment, Task
from engine.uow import SYSTEM
from tests.scenarios.story import GRID, Story, file, local

VISIT = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
 targetNamespace="urn:test"><process id="appointment" isExecutable="true"><startEvent id="s"/>
<userTask id="visit" name="visit" camunda:candidateUsers="wangli" camunda:dueDate="2026-11-25T09:00:00+08:00"/>
<endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="visit"/><sequenceFlow id="b" sourceRef="visit" targetRef="e"/>
</process></definitions>"""


@pytest.fixture
def wangli(city, clock):
    """A liaison of the fire brigade with 7 open tasks, 2 joint sign-ins and 3 visit appointments."""
    clock.rewind(local("2026-11-16 09:00"))
    with city.transaction(SYSTEM) as uow:
        groups = ["unit:XFJY"]
        directory.add_person(uow, "wangli", "王丽", unit_code="XFJY", groups=groups, roles=["liaison", "officer"])
        hand_overs.set_worker(uow, GRID, "wangli", local("2026-01-01 00:00"))
        deployments.deploy(uow, {"visit.bpmn": VISIT})
        for _ in range(3):
            cases.open_case(uow, "appointment", {}, "visit")
    stories = [file(Story(city, clock, "110103", "2026-11-20 16:00")) for _ in range(7)]
    stories += [file(Story(city, clock, "110101", "2026-11-20 17:00")) for _ in range(2)]
    for story in stories[:7]:
        story.claim("wangli", "handle")
    for story in stories[7:]:
        story.claim("wangli", "sign_in")
    return stories


def people(city, name):
    with city.reading(SYSTEM) as uow:
        query = select(Task).where(Task.state == "open", Task.assignee == name)
        return {task.id: task.due_at for task in uow.session.scalars(query)}


def boxes(city, story, name):
    with city.reading(story.actor(name)) as uow:
        mine = tasks.inbox(uow, "mine", limit=100)
        named = [each for each in tasks.inbox(uow, "groups", limit=100) if each.activity_id == "visit"]
        return {each.id: (each.due_at, each.shown.get("taken_from")) for each in (*mine, *named)}


def leave(stories, moment="2026-11-20 17:30"):
    stories[0].act("admin", hand_overs.plan, "wangli", "liqiang", local(moment), "调离网格")


def carry_out(stories, moment="2026-11-20 17:30"):
    stories[0].clock.set(local(moment))
    assert hand_overs.do_due(stories[0].database) == 1


def test_s17_all_twelve_move_in_one_step_and_no_deadline_changes(city, wangli):
    note = "已约户主 11 月 23 日上午"
    wangli[0].act("wangli", notes.add_note, wangli[0].id, note)
    before = {key: due for key, (due, _from) in boxes(city, wangli[0], "wangli").items()}
    assert len(before) == 12
    leave(wangli)
    wangli[0].clock.set(local("2026-11-20 17:29"))
    assert hand_overs.do_due(city) == 0
    carry_out(wangli)
    after = boxes(city, wangli[0], "liqiang")
    assert {key: due for key, (due, _from) in after.items()} == before
    assert people(city, "wangli") == {}
    assert {taken["full_name"] for _due, taken in after.values()} == {"王丽"}
    assert note in {taken["note"] for _due, taken in after.values()}


def test_s17_roles_and_grid_move_and_she_is_logged_out_everywhere(city, wangli):
    with city.transaction(SYSTEM) as uow:
        sessions = [directory.start_session(uow, directory.actor_of(uow, "wangli")) for _ in range(2)]
    leave(wangli)
    carry_out(wangli)
    with city.reading(SYSTEM) as uow:
        assert [directory.session_actor(uow, token) for token in sessions] == [None, None]
        successor = directory.actor_of(uow, "liqiang")
        assert ("unit:XFJY" in successor.groups, "officer" in successor.roles) == (True, True)
        assert hand_overs.worker_of(uow, GRID, local("2026-11-20 17:29")) == "wangli"
        assert hand_overs.worker_of(uow, GRID, local("2026-11-20 17:30")) == "liqiang"
    with pytest.raises(NotFoundError), city.reading(SYSTEM) as uow:
        directory.actor_of(uow, "wangli")


def test_s17_what_is_not_signed_is_on_the_street_leaders_list_until_monday(city, wangli):
    leave(wangli)
    carry_out(wangli)
    with city.reading(wangli[0].actor("yangjie")) as uow:
        found = hand_overs.unsigned(uow)
        row = found[0][0]
    assert len(found) == 12
    wangli[0].clock.set(local("2026-11-23 09:00"))
    with pytest.raises(ForbiddenError):
        wangli[0].act("yangjie", hand_overs.sign, row.id)
    first = [item.task_id for _row, item, _case in found[:5]]
    assert wangli[0].act("liqiang", hand_overs.sign, row.id, first) == 5
    assert wangli[0].act("liqiang", hand_overs.sign, row.id) == 7
    with city.reading(wangli[0].actor("yangjie")) as uow:
        assert hand_overs.unsigned(uow) == []
        assert [(count, left) for _row, count, left in hand_overs.listed(uow)] == [(12, 0)]


def test_s17_the_past_stays_hers(city, wangli):
    wangli[0].do("wangli", "handle", outcome="done", result="已劝离")
    wangli[0].do("chenjing", "verify", passed=True)
    wangli[0].do("zhaoli", "answer", answer="经现场查看，已于今日下午劝离并讲解")
    with city.reading(SYSTEM) as uow:
        before = [(row.case_id, row.unit_code, row.figures) for row in uow.session.scalars(select(Assessment))]
    leave(wangli)
    carry_out(wangli)
    assert "wangli" in wangli[0].actors("task.completed")
    with city.reading(SYSTEM) as uow:
        assert [(row.case_id, row.unit_code, row.figures) for row in uow.session.scalars(select(Assessment))] == before
        assert list(audit.broken_links(uow.session)) == []
    (moved,) = wangli[1].entries("task.handed-over")
    assert (moved["before"], moved["after"]) == ("wangli", "liqiang")
    spans = wangli[1].ledger().spans
    assert sum((span.natural for span in spans), spans[0].natural * 0) == wangli[1].ledger().natural


def test_only_who_manages_people_plans_a_hand_over_and_only_one(city, wangli):
    with pytest.raises(ForbiddenError):
        wangli[0].act("liqiang", hand_overs.plan, "wangli", "liqiang", local("2026-11-20 17:30"), "调离")
    leave(wangli)
    with pytest.raises(ConflictError, match="planned already"):
        leave(wangli)
    with pytest.raises(InvalidError, match="successor"):
        wangli[0].act("admin", hand_overs.plan, "liqiang", "nobody", local("2026-11-20 17:30"), "调离")


# ---- absence


def test_a_substitute_sees_what_is_offered_and_takes_over_what_was_claimed(city, wangli):
    story = wangli[0]
    given = ("wangli", "sunlei", local("2026-11-20 17:00"), local("2026-11-23 17:30"))
    story.act("wangli", absences.note_absence, *given)
    story.clock.set(local("2026-11-20 17:00"))
    with city.reading(story.actor("sunlei")) as uow:
        waiting = absences.waiting(uow)
    assert len(waiting) == 9
    story.act("sunlei", absences.take_over, waiting[0].id)
    assert waiting[0].id in people(city, "sunlei")
    story.clock.set(local("2026-11-23 17:30"))
    assert "unit:XFJY" not in story.actor("sunlei").groups


def test_a_substitute_who_is_away_too_passes_it_on_and_nobody_makes_a_circle(city, wangli):
    story, period = wangli[0], (local("2026-11-20 17:00"), local("2026-11-23 17:30"))
    story.act("wangli", absences.note_absence, "wangli", "sunlei", *period)
    story.act("sunlei", absences.note_absence, "sunlei", "gaofeng", *period)
    with pytest.raises(InvalidError, match="away at that time"):
        story.act("gaofeng", absences.note_absence, "gaofeng", "wangli", *period)
    story.clock.set(period[0])
    assert {"unit:XFJY", "unit:SZGY", "unit:GPS"} <= story.actor("gaofeng").groups
    with pytest.raises(NotFoundError):
        story.act("liqiang", absences.take_over, next(iter(people(city, "wangli"))))


# ---- grids


def test_a_grid_that_is_given_to_another_moves_open_cases_and_leaves_old_figures_alone(city, wangli):
    elsewhere = file(Story(city, wangli[0].clock, "110103", "2026-11-20 17:10", grid="150102001001001"))
    elsewhere.claim("wangli", "handle")
    with city.reading(SYSTEM) as uow:
        figures = uow.session.scalar(select(func.count()).where(CaseSubject.grid_code == GRID))
    given = ("wangli", "liqiang", local("2026-11-20 17:30"), "网格调整", [GRID])
    wangli[0].act("admin", hand_overs.plan, *given)
    carry_out(wangli)
    assert len(people(city, "liqiang")) == 9
    assert len(people(city, "wangli")) == 1
    assert wangli[0].actor("wangli").name == "wangli"
    with city.reading(SYSTEM) as uow:
        assert uow.session.scalar(select(func.count()).where(CaseSubject.grid_code == GRID)) == figures
        assert hand_overs.worker_of(uow, GRID, local("2026-11-21 00:00")) == "liqiang"


# ---- two at once, and a worker that dies


def test_two_who_decide_at_once_decide_once(city, clock):
    story = file(Story(city, clock, "050103", "2026-11-20 17:10"))
    story.at("2026-11-23 10:10")
    with city.reading(SYSTEM) as uow:
        query = select(Task.id).where(Task.case_id == story.id, Task.activity_id == "overdue_act")
        task_id = uow.session.scalars(query).one()
    outcomes = []

    def decide(name, choice):
        try:
            story.act(name, tasks.complete_task, task_id, {"choice": choice, "note": "督办意见"})
            outcomes.append(choice)
        except ConflictError as error:
            outcomes.append(type(error).__name__)

    both = [threading.Thread(target=decide, args=each) for each in (("liqiang", "order"), ("wanglin", "raise"))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(outcomes)[0] == "ConflictError"
    chosen = next(each for each in outcomes if each != "ConflictError")
    assert ("carry_out" in story.states(), "decide" in story.states()) == (chosen == "order", chosen == "raise")
    done = [each for each in story.entries("task.completed") if each["activity"] == "overdue_act"]
    assert len(done) == 1


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_worker_killed_between_two_timers_of_a_case_fires_each_once(city, clock, after):
    story = file(Story(city, clock, "050103", "2026-11-20 17:10"))
    clock.set(local("2026-11-23 14:40"))
    root = Path(__file__).resolve().parents[2]
    worker = [
        sys.executable,
        root / "tests" / "system" / "dying_worker.py",
        city.url,
        clock.now().isoformat(),
        str(after),
    ]
    found = subprocess.run(worker, env={**os.environ, "PYTHONPATH": str(root)}, check=False, capture_output=True)
    assert found.returncode == -signal.SIGKILL, found.stderr.decode()
    assert story.entries("timer.fired") == []
    assert timers.fire_due_timers(city) == 4
    fired = [each["activity"] for each in story.entries("timer.fired")]
    assert fired == ["amber_start", "overdue_start", "half_over_start", "double_start"]
    assert timers.fire_due_timers(city) == 0
    assert story.unbroken()


# ---- who works in a grid, out of a file


OTHER = "150102001007004"


def load_workers(city, folder, *lines):
    (folder / "organisation").mkdir(exist_ok=True)
    (folder / "organisation" / "grid_workers.csv").write_text("\n".join(["grid_code,person,from", *lines]), "utf-8")
    return content.load(city, folder, SYSTEM)["grid_workers"]


def works(city, grid, moment):
    with city.reading(SYSTEM) as uow:
        return hand_overs.worker_of(uow, grid, local(moment))


def test_a_file_says_who_works_in_a_grid_and_loading_it_again_changes_nothing(city, tmp_path):
    lines = (f"{OTHER},zhaoli,2026-03-01", f"{OTHER},wangmin,2026-01-01")
    assert load_workers(city, tmp_path, *lines) == 2
    assert load_workers(city, tmp_path, *lines) == 0
    known = [works(city, OTHER, f"{day} 00:00") for day in ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01")]
    assert known == [None, "wangmin", "wangmin", "zhaoli"]


def test_the_demo_city_has_somebody_in_its_grids(city):
    assert works(city, "150102001007003", "2026-11-16 10:00") == "wangmin"


def test_a_hand_over_in_the_pages_is_not_undone_by_the_file(city, tmp_path):
    lines = (f"{OTHER},wangmin,2026-01-01",)
    load_workers(city, tmp_path, *lines)
    with city.transaction(SYSTEM) as uow:
        hand_overs.set_worker(uow, OTHER, "zhaoli", local("2026-11-01 17:30"))
    assert load_workers(city, tmp_path, *lines, f"{OTHER},liqiang,2026-10-01") == 0
    assert works(city, OTHER, "2026-11-16 10:00") == "zhaoli"
    assert load_workers(city, tmp_path, *lines, f"{OTHER},liqiang,2026-11-15") == 1
    assert works(city, OTHER, "2026-11-16 10:00") == "liqiang"


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ("1501,wangmin,2026-01-01", "line 3, column grid_code", "there is no grid 1501"),
        (f"{OTHER},nobody,2026-01-02", "line 3, column person", "there is nobody called nobody who is active"),
        (f"{OTHER},wangmin,", "line 3, column from", "nothing is no date such as 2026-10-01"),
        (f"{OTHER},wangmin,2026-11-17", "line 3, column from", "lies ahead: plan a hand-over instead"),
        (f"{OTHER},zhaoli,2026-01-01", "line 3, column grid_code", "stands here twice with the same day"),
    ],
)
def test_a_wrong_line_of_the_file_refuses_all_of_it(city, tmp_path, line, place, what):
    with pytest.raises(InvalidError) as refusal:
        load_workers(city, tmp_path, f"{OTHER},wangmin,2026-01-01", line)
    assert refusal.value.problems == {f"grid_workers.csv: {place}": what}
    assert works(city, OTHER, "2026-11-16 10:00") is None
