"""A process that is killed in the middle: nothing half done, nothing lost, nothing twice, chains intact."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from engine import audit, cases, deployments, tasks
from engine.models import Candidate, Case, Task
from engine.uow import SYSTEM
from tests.unit.test_drawings import INCIDENT

VICTIM = Path(__file__).with_name("victim.py")
FORM = b'{"properties": {"filed": {"type": "boolean"}}}'


def killed_at(database, task_id, event):
    """Let another process complete the task and die at its ``event``-th statement; say whether it died."""
    root = Path(__file__).resolve().parents[2]
    found = subprocess.run(
        [sys.executable, VICTIM, database.url, str(task_id), str(event)],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
        capture_output=True,
    )
    assert found.returncode in (0, -signal.SIGKILL), found.stderr.decode()
    return found.returncode != 0


def check(database):
    """Check what must hold after any fault."""
    with database.reading(SYSTEM) as uow:
        assert list(audit.broken_links(uow.session)) == []
        done = uow.session.scalar(select(func.count()).select_from(Task).where(Task.state == "completed"))
        recorded = [
            entry.action for case in uow.session.scalars(select(Case)) for entry in audit.timeline(uow, case.id)
        ]
        assert recorded.count("task.completed") == done
        stale = select(Candidate.task_id).join(Task, Task.id == Candidate.task_id).where(Task.state != "open")
        assert uow.session.scalars(stale).all() == []
        return done


def test_a_kill_at_every_statement_of_a_completion_leaves_all_or_nothing(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
        cases.open_case(uow, "p", {"unit": "SZGY"}, "x")
        task_id = uow.session.scalars(select(Task.id)).one()
    event, deaths = 1, 0
    while killed_at(database, task_id, event):
        deaths += 1
        event += 1
        done = check(database)
        if done:
            break
    assert deaths >= 5
    with database.transaction(SYSTEM) as uow:
        tasks.complete_task(uow, task_id, {"filed": True}, "key")
    assert check(database) == 1


def test_a_replay_that_is_killed_goes_on_and_ends_as_one_that_was_not(tmp_path):
    root = Path(__file__).resolve().parents[2]
    records = tmp_path / "records.csv"
    rest = "150102001012001,城市建设类,070103,渣土车,0,solved"
    rows = [f"HDL{n:04},2026-08-{3 + n % 20:02}T11:{n % 60:02},{rest}" for n in range(600)]
    header = "incident_no,reported_at,grid_code,seed_group_zh,item_code,item_zh,own_function_of_street,outcome"
    records.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    settings = {**os.environ, "MUSTER_DATABASE": f"sqlite:///{tmp_path}/m.db", "PYTHONPATH": str(root)}

    def muster(*words, kill_after=None):
        command = [sys.executable, "-c", "from web.cli import main; main()", *words]
        try:
            return subprocess.run(
                command, env=settings, cwd=root, timeout=kill_after, check=False, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            return None

    muster("migrate")
    muster("load", "processes")
    replay = ("replay", str(records), "--mapping", "seed-341", "--json")
    assert muster(*replay, kill_after=2.0) is None  # subprocess kills with SIGKILL when the time is up
    found = muster(*replay)
    assert '"open": 0' in found.stdout, found.stderr
    assert '"audit": "intact"' in found.stdout
    assert "0 broken links" in muster("audit", "verify").stdout


def test_a_completion_that_nobody_kills_is_kept(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": INCIDENT, "file.json": FORM})
        cases.open_case(uow, "p", {"unit": "SZGY"}, "x")
        task_id = uow.session.scalars(select(Task.id)).one()
    assert not killed_at(database, task_id, 0)
    assert check(database) == 1
