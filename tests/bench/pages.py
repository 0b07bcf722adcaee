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

from sqlalchemy import text

from engine import reports
from engine.uow import PUBLIC
from tests.bench import durable, figures
from web import create_app

#: one case is reported for real, the rest are copies of its rows: what a page reads is the same, the chains are not
COPIES = """
INSERT INTO cases SELECT {id}, '2025-' || n, 't' || n, title, process_key, version, state, bound, summary, search,
 unit_code, due_at + n * 60000000, amber_at, opened_at - n * 60000000, opened_by,
 CASE WHEN n % 20 = 0 THEN NULL ELSE opened_at END, audit_seq, audit_head, revision
 FROM cases, (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)
 WHERE number = '2026-000001'
"""
TASKS = """
INSERT INTO tasks SELECT randomblob(16), c.id, t.token, t.activity_id, t.name, t.form, t.state, t.assignee, t.priority,
 c.due_at, t.opened_at, t.completed_at, t.completed_by, t.draft, t.shown
 FROM tasks t, cases c WHERE c.number LIKE '2025-%' AND c.closed_at IS NULL
"""


def inbox(folder: Path) -> Iterator[dict[str, Any]]:
    """The inbox of the acceptance clerk, through the whole application; milliseconds."""
    database = durable.a_city(folder)
    with database.transaction(PUBLIC) as uow:
        reports.submit(uow, reports.Report("050104", "150102001007001", "full"))
    with database.engine.begin() as connection:
        connection.execute(text(COPIES.format(id="lower(hex(randomblob(16)))", count=100_000)))
        connection.execute(text(TASKS.replace("randomblob(16)", "lower(hex(randomblob(16)))")))
        connection.execute(
            text(
                "INSERT INTO candidates SELECT id, 'acceptance', due_at FROM tasks"
                " WHERE id NOT IN (SELECT task_id FROM candidates)"
            )
        )
        connection.execute(text("ANALYZE"))
    client = create_app(database, "bench").test_client()
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    fields = {"name": "zhaoli", "password": "bench password", "csrf_token": token[1] if token else ""}
    client.post("/sign-in", data=fields)
    samples = [figures.timed(lambda: client.get("/inbox")) * 1000 for _ in range(60)]
    found = client.get("/inbox")
    yield {**figures.summary("inbox.page", samples, "ms"), "bytes": len(found.data), "cases": 100_001}


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
