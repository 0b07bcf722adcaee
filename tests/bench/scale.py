"""Pages in a city of a million cases: the server's time for whole requests, session included, and what a page weighs.

Everything that a reader of the page loads counts as its weight: the page, its styles and its scripts. On a machine
that others use too, look at ``load`` beside the times, and at ``cpu_p95``: what this process alone spent.
"""

import itertools
import os
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from engine.clock import FrozenClock
from engine.uow import Database
from tests.bench import figures, million, stores
from tests.bench.durable import MORNING
from web import create_app

COUNT = int(os.environ.get("MUSTER_BENCH_CASES", million.CASES))
REQUESTS = 240
#: who asks: desks with thousands of tasks, units, leaders who may see everything
DESKS = ("acceptance-1", "acceptance-2", "verification-1", "answer-1", "dispatch-1", "dispatch-2")
UNITS = tuple(f"{unit}-1" for unit in "cgj szgy zjj hwzx yllh gaj hdljd xfjy mzj jjdd rlgs wjw xfj fgj".split())
LEADERS = ("yangjie", "batu", "nara", "admin")
WORDS = (
    *("垃圾", "井盖", "海东", "路口", "门前", "哲里木路", "暴露垃圾", "车站东街12号", "三单元楼下", "麻花板街88号早市"),
    *("垃圾 海东路", "井盖 学校门口", "lj", "hdl", "clmqjrgs", "zlml", "没有这个词", "12号"),
)


@contextmanager
def city(kind: str) -> Iterator[Database | None]:
    """Yield the city on that kind of database, made or found; None where PostgreSQL is missing."""
    with getattr(stores, kind)(COUNT, million.fill) as url:
        if url is None:
            yield None
            return
        database = Database(url, FrozenClock(MORNING))
        yield database
        database.dispose()


def signed_in(database: Database, names: tuple[str, ...]) -> dict[str, FlaskClient]:
    """Return a client for each of the people."""
    app, found = create_app(database, "bench"), {}
    for name in names:
        client = found[name] = app.test_client()
        token = re.search(r'csrf_token" value="([^"]+)"', client.get("/sign-in").text)
        fields = {"name": name, "password": million.PASSWORD, "csrf_token": token[1] if token else ""}
        answer = client.post("/sign-in", data=fields)
        assert answer.status_code == 302, name
    return found


def measured(name: str, clients: dict[str, FlaskClient], asked: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the line for these requests (person, address): p50, p95, the slowest, the heaviest page with all of it."""
    for person, address in asked[:5]:
        clients[person].get(address)
    samples, spent, slowest, heaviest, wrong = [], [], (0.0, "", ""), (0, "", ""), 0
    for person, address in asked:
        busy, began = time.process_time(), time.perf_counter()
        answer = clients[person].get(address)
        samples.append((time.perf_counter() - began) * 1000)
        spent.append((time.process_time() - busy) * 1000)
        wrong += answer.status_code != 200
        slowest = max(slowest, (round(samples[-1], 1), person, address))
        heaviest = max(heaviest, (len(answer.data), person, address))
    weight = heaviest[0] + _parts(clients[heaviest[1]], heaviest[2])
    line = {**figures.summary(name, samples, "ms"), "cpu_p95": figures.summary("", spent, "ms")["p95"]}
    return {**line, "slowest": slowest, "bytes": weight, "errors": wrong, "cases": COUNT, "load": os.getloadavg()[0]}


def _parts(client: FlaskClient, address: str) -> int:
    """Return how many bytes of styles, scripts and pictures of the house the page loads, photos left out."""
    links = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(address).text))
    return sum(len(client.get(link).data) for link in links)


def _each(name: str, people: tuple[str, ...], ask: Callable[[Database], list[tuple[str, str]]]) -> Any:
    """Return the bench that measures the requests on both databases."""

    def bench(_folder: Path) -> Iterator[dict[str, Any]]:
        for kind in ("sqlite", "postgresql"):
            with city(kind) as database:
                if database is None:
                    yield {"name": f"{name}.{kind}", "skipped": "PostgreSQL's server programs are not installed"}
                    continue
                yield measured(f"{name}.{kind}", signed_in(database, people), ask(database))

    return bench


def _inboxes(_database: Database) -> list[tuple[str, str]]:
    dice, people = random.Random(1), itertools.cycle((*DESKS, *UNITS, *DESKS, *LEADERS))
    views = ["groups"] * 5 + ["mine"] * 3 + ["overdue"] * 2 + ["handed", "follow", "paused"]
    more = ["", "", "", "", "&page=1", "&page=3", "&q=垃圾", "&due=today", "&item=05", "&step=handle"]
    return [(next(people), f"/inbox?which={dice.choice(views)}{dice.choice(more)}") for _ in range(REQUESTS)]


def _searches(database: Database) -> list[tuple[str, str]]:
    dice, people = random.Random(2), itertools.cycle((*DESKS, *LEADERS, *UNITS))
    with database.engine.connect() as connection:
        query = "SELECT number, token FROM cases WHERE number IN ('2025-000077', '2026-000077')"
        known = [value for row in connection.execute(text(query)) for value in row]
    words = [*WORDS, *known, "", "", known[0][-4:]]
    states = ["open", "all", "all", "closed"]
    narrow = ["", "", "", "", "&item=05", "&unit=CGJ", "&late=1&state=open", "&page=1"]
    return [
        (next(people), f"/cases?q={dice.choice(words)}&state={dice.choice(states)}{dice.choice(narrow)}")
        for _ in range(REQUESTS + 60)
    ]


def _cases(database: Database) -> list[tuple[str, str]]:
    dice = random.Random(3)
    with database.engine.connect() as connection:
        newest = "SELECT id FROM cases WHERE {} ORDER BY opened_at DESC LIMIT 20000"
        found = [row[0] for row in connection.execute(text(newest.format("closed_at IS NULL")))]
        found += [row[0] for row in connection.execute(text(newest.format("audit_seq > 50 AND closed_at > opened_at")))]
    return [(dice.choice(LEADERS), f"/cases/{_dashed(dice.choice(found))}") for _ in range(REQUESTS)]


def _tasks(database: Database) -> list[tuple[str, str]]:
    dice = random.Random(4)
    with database.engine.connect() as connection:
        found = [row[0] for row in connection.execute(text("SELECT id FROM tasks WHERE state = 'open' LIMIT 50000"))]
    return [(dice.choice(LEADERS), f"/tasks/{_dashed(dice.choice(found))}") for _ in range(REQUESTS)]


def _dashed(value: Any) -> str:
    found = str(value).replace("-", "")
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def _boards(_database: Database) -> list[tuple[str, str]]:
    pages = ("/board", "/board/steps", "/dispatch", "/call-backs", "/hand-overs", "/grid")
    return [(person, page) for page in pages for person in ("yangjie", "batu", "dispatch-1") for _ in range(2)]


inbox = _each("million.inbox", (*DESKS, *UNITS, *LEADERS), _inboxes)
search = _each("million.search", (*DESKS, *UNITS, *LEADERS), _searches)
case = _each("million.case", LEADERS, _cases)
task = _each("million.task", LEADERS, _tasks)
board = _each("million.board", (*LEADERS, "dispatch-1"), _boards)
