"""What a durable step consists of, and how an outage's worth of timers is made up for while people work on."""

import sqlite3
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import cases, deployments, feel, schema, tasks, timers
from engine.bpmn import Machine, State, read
from engine.clock import FrozenClock
from engine.models import Task
from engine.uow import SYSTEM, Database
from tests.bench import drawing, figures
from tests.bench.machines import NOW, OneProgram

MORNING = datetime(2026, 11, 16, 2, tzinfo=UTC)
TIMED = drawing.HEAD + (
    '<process id="timed" isExecutable="true"><startEvent id="begin"/><userTask id="handle" name="handle"/>'
    '<boundaryEvent id="late" attachedToRef="handle" cancelActivity="false"><timerEventDefinition id="d">'
    '<timeDuration xsi:type="tFormalExpression">PT4H</timeDuration></timerEventDefinition></boundaryEvent>'
    '<userTask id="remind" name="remind"/><endEvent id="finish"/><endEvent id="told"/>'
    + "".join(
        drawing.FLOW.format(*each.split()) for each in ("begin handle", "handle finish", "late remind", "remind told")
    )
    + "</process></definitions>"
)


def overdue(folder: Path) -> Iterator[dict[str, Any]]:
    """Fire 10,000 timers that fell due during an outage; seconds, and the wait of people who work meanwhile."""
    clock = FrozenClock(MORNING)
    database = Database(f"sqlite:///{folder}/overdue.db", clock)
    schema.upgrade(database)
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"timed.bpmn": TIMED.encode()})
    for _ in range(100):
        with database.transaction(SYSTEM) as uow:
            for number in range(100):
                cases.open_case(uow, "timed", {"n": number}, "x")
    with database.reading(SYSTEM) as uow:
        ids = list(uow.session.scalars(select(Task.id).limit(2_000)))
    clock.set(MORNING + timedelta(hours=5))
    waits: list[float] = []
    over = threading.Event()

    def work() -> None:
        for task_id in ids:
            if over.is_set():
                return
            began = time.perf_counter()
            with database.transaction(SYSTEM) as uow:
                tasks.complete_task(uow, task_id, {})
            waits.append((time.perf_counter() - began) * 1000)
            over.wait(0.05)

    person = threading.Thread(target=work)
    person.start()
    began = time.perf_counter()
    fired = timers.fire_due_timers(database)
    spent = round(time.perf_counter() - began, 2)
    over.set()
    person.join()
    late = round(sorted(waits)[int(len(waits) * 0.95)], 1) if waits else None
    line = {"name": "timers.overdue_10000", "value": spent, "unit": "s", "n": fired, "median": spent, "p95": spent}
    yield {**line, "people_completed": len(waits), "people_p95_ms": late}


def step(folder: Path) -> Iterator[dict[str, Any]]:
    """What one durable completion costs on SQLite: statements, bytes of the log, and milliseconds by part."""
    path = folder / "cost.db"
    database = Database(f"sqlite:///{path}", FrozenClock(MORNING))
    schema.upgrade(database)
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"bench.bpmn": drawing.incident()})
        for number in range(300):
            cases.open_case(uow, "bench", {"weight": 2, "rework": False, "n": number}, "x")
    with database.reading(SYSTEM) as uow:
        ids = list(uow.session.scalars(select(Task.id)))
    counted: list[str] = []
    samples, commits = [], []
    for number, task_id in enumerate(ids):
        began = time.perf_counter()
        with database.transaction(SYSTEM) as uow:
            raw: sqlite3.Connection = uow.connection().connection.dbapi_connection  # type: ignore[assignment]
            raw.set_trace_callback(counted.append if number == 200 else None)
            tasks.complete_task(uow, task_id, {})
            inside = time.perf_counter()
        samples.append((time.perf_counter() - began) * 1000)
        commits.append((time.perf_counter() - inside) * 1000)
    with database.reading(SYSTEM) as uow:
        entries = uow.connection().exec_driver_sql("SELECT avg(length(body)), count(*) FROM audit_entries").one()
    moved = _machine_only()
    yield {
        "name": "step.cost",
        "value": round(statistics.median(samples), 3),
        "unit": "ms",
        "statements": len(counted),
        "state_bytes": round(_size(database)),
        "audit_bytes_each": round(entries[0]),
        "audit_entries": round(entries[1] / 600, 1),
        "ms_machine_with_feel": round(moved, 3),
        "ms_chain_and_commit": round(statistics.median(commits), 3),
        "ms_rows": round(statistics.median(samples) - statistics.median(commits) - moved, 3),
    }


def _size(database: Database) -> float:
    with database.reading(SYSTEM) as uow:
        return float(uow.connection().exec_driver_sql("SELECT avg(length(state)) FROM cases").scalar_one())


def _machine_only() -> float:
    programs = read(drawing.incident(), feel).programs
    library = OneProgram(programs)
    machine = Machine(library, State.new(), NOW)
    machine.start(programs["bench"], {"weight": 2, "rework": False})
    text = machine.state.dump()

    def once() -> None:
        again = Machine(library, State.load(text), NOW)
        again.complete(next(iter(again.state.tokens)), {})
        again.state.dump()

    return statistics.median(figures.timed(once) for _ in range(500)) * 1000
