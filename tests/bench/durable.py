"""Completing tasks durably (rows, timers, audit, commit) on both databases, and verifying the chains."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text

from engine import audit, cases, content, deployments, schema, tasks
from engine.clock import FrozenClock
from engine.models import Task
from engine.uow import SYSTEM, Database
from tests.bench import drawing, figures
from tests.conftest import PROCESSES, as_postgres, server_programs

CASES = 60
MORNING = datetime(2026, 11, 16, 2, tzinfo=UTC)


def filled(database: Database, count: int) -> None:
    """Make a database with that many cases of the bench's process, each at its first task."""
    schema.upgrade(database)
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"bench.bpmn": drawing.row(22)})
        for number in range(count):
            cases.open_case(uow, "bench", {"weight": number}, f"case {number}")


def completions(database: Database, name: str) -> Iterator[dict[str, Any]]:
    """Complete every task of every case, one transaction each; tasks a second."""
    filled(database, CASES)
    samples = []
    for _ in range(20):
        with database.reading(SYSTEM) as uow:
            ids = list(uow.session.scalars(select(Task.id).where(Task.state == "open")))
        began = time.perf_counter()
        for task_id in ids:
            with database.transaction(SYSTEM) as uow:
                tasks.complete_task(uow, task_id, {})
        samples.append(len(ids) / (time.perf_counter() - began))
    yield figures.summary(name, samples, "tasks/s")


def sqlite_full(folder: Path) -> Iterator[dict[str, Any]]:
    """On SQLite with synchronous=FULL, one process."""
    yield from completions(Database(f"sqlite:///{folder}/complete.db", FrozenClock(MORNING)), "complete.sqlite_full")


def postgresql(_folder: Path) -> Iterator[dict[str, Any]]:
    """On a private PostgreSQL with its own defaults (fsync on), one process."""
    programs = server_programs()
    if programs is None:
        yield {"name": "complete.postgresql", "skipped": "PostgreSQL's server programs are not installed"}
        return
    folder, more = Path(tempfile.mkdtemp(prefix="muster-bench-")), as_postgres()
    if more:
        shutil.chown(folder, "postgres", "postgres")
    control = [programs / "pg_ctl", "-D", folder / "data"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **more}
    subprocess.run([programs / "initdb", "-D", folder / "data", "-U", "muster", "-A", "trust"], check=True, **quiet)
    options = f"-k {folder} -c listen_addresses=''"
    subprocess.run([*control, "-w", "-l", folder / "log", "-o", options, "start"], check=True, **quiet)
    url = f"postgresql+psycopg://muster@/{{}}?host={folder}"
    try:
        admin = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        admin.dispose()
        database = Database(url.format("bench"), FrozenClock(MORNING))
        yield from completions(database, "complete.postgresql")
        database.dispose()
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def verify(folder: Path) -> Iterator[dict[str, Any]]:
    """Verify all chains; entries a second."""
    database = Database(f"sqlite:///{folder}/verify.db", FrozenClock(MORNING))
    filled(database, 2000)
    with database.reading(SYSTEM) as uow:
        entries = uow.session.execute(text("SELECT count(*) FROM audit_entries")).scalar_one()
        samples = [entries / figures.timed(lambda: list(audit.broken_links(uow.session))) for _ in range(5)]
    yield figures.summary("audit.verify", samples, "entries/s")


def a_city(folder: Path) -> Database:
    """Return a database with the demo city in it."""
    database = Database(f"sqlite:///{folder}/city.db", FrozenClock(MORNING))
    schema.upgrade(database)
    content.load(database, PROCESSES, SYSTEM, "bench password")
    return database
