"""Pages at the size of a year: the inbox with 100,000 cases in the database, and the start of the server."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, text

from engine import reports
from engine.models import Case
from engine.uow import PUBLIC, SYSTEM, Database
from tests.bench import durable, figures
from web import create_app

#: columns of a copied case that differ from those of the one that was reported for real
OTHERWISE = {
    "id": "lower(hex(randomblob(16)))",
    "number": "'2025-' || n",
    "token": "'t' || n",
    "due_at": "due_at + n * 60000000",
    "opened_at": "opened_at - n * 60000000",
    "closed_at": "CASE WHEN n % 20 = 0 THEN NULL ELSE opened_at END",
}


def _columns(database: Database, table: str, otherwise: dict[str, str], alias: str = "") -> str:
    """Return the columns of the table in order, those given otherwise as they are given."""
    with database.engine.connect() as connection:
        names = [row[1] for row in connection.execute(text(f"PRAGMA table_info({table})"))]
    return ", ".join(otherwise.get(name, f"{alias}{name}") for name in names)


def filled(folder: Path, count: int = 100_000) -> tuple[Database, FlaskClient]:
    """Return a city with that many copies of one reported case, and a client signed in as the acceptance clerk.

    What a page reads is the same as if each had been reported; their chains are not copied.
    """
    database = durable.a_city(folder)
    with database.transaction(PUBLIC) as uow:
        reports.submit(uow, reports.Report("050104", "150102001007001", "full"))
    cases = _columns(database, "cases", OTHERWISE)
    tasks = _columns(
        database, "tasks", {"id": "lower(hex(randomblob(16)))", "case_id": "c.id", "due_at": "c.due_at"}, "t."
    )
    numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c"
    with database.engine.begin() as connection:
        for statement in (
            f"INSERT INTO cases SELECT {cases} FROM cases, ({numbers}) WHERE number = '2026-000001'",
            f"INSERT INTO tasks SELECT {tasks} FROM tasks t, cases c"
            " WHERE c.number LIKE '2025-%' AND c.closed_at IS NULL",
            "INSERT INTO candidates SELECT id, 'acceptance', due_at FROM tasks"
            " WHERE id NOT IN (SELECT task_id FROM candidates)",
            "ANALYZE",
        ):
            connection.execute(text(statement))
    client = create_app(database, "bench").test_client()
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    fields = {"name": "zhaoli", "password": "bench password", "csrf_token": token[1] if token else ""}
    client.post("/sign-in", data=fields)
    return database, client


def inbox(folder: Path) -> Iterator[dict[str, Any]]:
    """The inbox of the acceptance clerk, through the whole application; milliseconds."""
    _database, client = filled(folder)
    samples = [figures.timed(lambda: client.get("/inbox")) * 1000 for _ in range(60)]
    found = client.get("/inbox")
    yield {**figures.summary("inbox.page", samples, "ms"), "bytes": len(found.data), "cases": 100_001}


def case(folder: Path) -> Iterator[dict[str, Any]]:
    """The page of a case among 100,001, with its diagram; milliseconds."""
    database, client = filled(folder)
    with database.reading(SYSTEM) as uow:
        wanted = uow.session.scalars(select(Case.id).where(Case.number == "2026-000001")).one()
    samples = [figures.timed(lambda: client.get(f"/cases/{wanted}")) * 1000 for _ in range(60)]
    found = client.get(f"/cases/{wanted}")
    yield {**figures.summary("case.page", samples, "ms"), "bytes": len(found.data), "status": found.status_code}


def serve_start(folder: Path) -> Iterator[dict[str, Any]]:
    """From the start of ``muster serve`` to its first page; seconds."""
    durable.a_city(folder).dispose()
    settings = {"MUSTER_DATABASE": f"sqlite:///{folder}/city.db", "MUSTER_PORT": "8765", "MUSTER_SECRET": "bench"}
    samples = []
    for _ in range(3):
        began = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-c", "from web.cli import main; main()", "serve"],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
        )
        while not _answers():
            if time.perf_counter() - began > 20:
                break
        samples.append(time.perf_counter() - began)
        server.terminate()
        server.wait()
    yield figures.summary("serve.start", samples, "s")


def _answers() -> bool:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8765/", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
