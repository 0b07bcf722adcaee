"""Two hundred people at work at once, against ``muster serve`` as it is installed: one process, eight threads.

Each looks at the inbox, opens a task, claims it, looks at its case and completes it, with a pause for thought before
each request, for ``SECONDS``. The city has 20,000 cases and is copied first, since the people change it. Timers are not
fired meanwhile. A task that somebody else took first is a conflict (409), counted apart; whatever else is not answered
as it should be is an error.
"""

import http.client
import io
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import create_engine, select, text
from werkzeug.test import encode_multipart

from engine import directory
from engine.models import Person
from engine.uow import SYSTEM, Database
from tests.bench import figures, million, stores
from web import create_app

PEOPLE, CASES = 200, 20_000
SECONDS = int(os.environ.get("MUSTER_BENCH_SECONDS", "60"))
THINKING = (4.0, 12.0)  #: seconds before a request
ARRIVING = 40.0  #: seconds in which they come to work; what they wait for until then is not counted
PORT, SECRET = 8766, "bench"
#: what the people answer, whichever form is asked
ANSWERS = {
    "filed": "true",
    "passed": "true",
    "outcome": "done",
    "result": "已处置完毕",
    "note": "请今日办结",
    "answer": "已于今日上午派员到场处置完毕",
}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TASK = re.compile(r'href="(/tasks/[0-9a-f-]+)"')
#: a field that must be filled and is none of ``ANSWERS``
ASKED = re.compile(rf'name="(?!(?:{"|".join(ANSWERS)})")[a-z_.]+"[^>]*\brequired|name="unit"')
CASE = re.compile(r'href="(/cases/[0-9a-f-]+)"')


@dataclass
class Counted:
    """What all of them saw: the milliseconds of each kind of request, what went wrong, and what others took first."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    completed: int = 0


class Worker:
    """One of the people, with a session and a connection of their own."""

    def __init__(self, name: str, cookie: str, counted: Counted, until: float, photo: bytes) -> None:
        self.cookie, self.counted, self.until, self.photo = cookie, counted, until, photo
        self.dice = random.Random(name)
        self.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)

    def work(self) -> None:
        """Do one task after the other until the time is over."""
        time.sleep(self.dice.random() * ARRIVING)
        while time.monotonic() < self.until:
            try:
                self._round()
            except (OSError, http.client.HTTPException) as error:
                self.counted.errors[type(error).__name__] += 1
                self.line.close()
        self.line.close()

    def _round(self) -> None:
        found = TASK.findall(self._ask("inbox", "/inbox"))
        if not found:
            found = TASK.findall(self._ask("inbox", "/inbox?which=mine"))
        if not found:
            return
        task = self.dice.choice(found)
        page = self._ask("task", task)
        form = _form(page, task)
        if not form or ASKED.search(form):  # taken meanwhile, or something is asked that only people know
            return
        if self._ask("claim", f"{task}/claim", page) is None:
            return
        if case := CASE.search(page):
            self._ask("case", case[1])
        page = self._ask("task", task) or ""
        answers = {name: text for name, text in ANSWERS.items() if f'name="{name}"' in form}
        if page and self._ask("complete", f"{task}/complete", page, **answers):
            self.counted.completed += 1

    def _ask(self, kind: str, address: str, page: str = "", **fields: str) -> Any:
        """Return the page at the address, or post the form of a page to it: then None if it was refused."""
        if time.monotonic() > self.until:
            return ""
        time.sleep(self.dice.uniform(*THINKING))
        method, body, headers = "GET", b"", {"Cookie": self.cookie}
        if page:
            given: dict[str, Any] = {"csrf_token": (TOKEN.search(page) or ["", ""])[1], **fields}
            if fields:
                given["photos"] = (io.BytesIO(self.photo), "after.jpg")
            boundary, body = encode_multipart(given)
            method, headers["Content-Type"] = "POST", f"multipart/form-data; boundary={boundary}"
        began = time.perf_counter()
        self.line.request(method, address, body, headers)
        answer = self.line.getresponse()
        said = answer.read().decode()
        if time.monotonic() > self.until - SECONDS:
            self.counted.times.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
        if cookie := answer.getheader("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        if answer.status == (302 if page else 200):
            return said
        if answer.status == 409:
            self.counted.conflicts += 1
        else:
            self.counted.errors[f"{answer.status} {kind}"] += 1
        return None if page else said


def _form(page: str, task: str) -> str:
    """Return the form by which the task is completed; nothing where the page offers none."""
    _before, found, after = page.partition(f'action="{task}/complete"')
    return after.partition("</form>")[0] if found else ""


@contextmanager
def copy(kind: str, folder: Path) -> Iterator[str | None]:
    """Yield the address of a copy of the city."""
    with getattr(stores, kind)(CASES, million.fill) as url:
        if url is None:
            yield None
        elif kind == "sqlite":
            shutil.copy(url.removeprefix("sqlite:///"), folder / "people.db")
            yield f"sqlite:///{folder}/people.db"
        else:
            engine = create_engine(url.replace("/million?", "/postgres?"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text("DROP DATABASE IF EXISTS people"))
                connection.execute(text("CREATE DATABASE people TEMPLATE million"))
                yield url.replace("/million?", "/people?")
                connection.execute(text("DROP DATABASE people WITH (FORCE)"))
            engine.dispose()


def _cookies(url: str) -> dict[str, str]:
    """Begin a session for each of the people and return their cookies: signing in by password is not measured."""
    database, found = Database(url), {}
    app = create_app(database, SECRET)
    signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    with database.transaction(SYSTEM) as uow:
        names = uow.session.scalars(select(Person.name).where(Person.is_active).order_by(Person.name.desc()))
        for name in list(names)[:PEOPLE]:
            token = directory.start_session(uow, directory.actor_of(uow, name))
            found[name] = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps({'token': token, 'language': 'zh'})}"
    database.dispose()
    return found


@contextmanager
def served(url: str) -> Iterator[None]:
    settings = {"MUSTER_DATABASE": url, "MUSTER_PORT": str(PORT), "MUSTER_SECRET": SECRET}
    program = "from web.cli import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", program, "serve", "--no-worker"],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            try:
                http.client.HTTPConnection("127.0.0.1", PORT, timeout=1).connect()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def _worked(url: str) -> Counted:
    """Let them work and return what they saw."""
    cookies, counted, photo = _cookies(url), Counted(), io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(photo, "JPEG")
    with served(url):
        until = time.monotonic() + ARRIVING + SECONDS
        people = [Worker(name, cookie, counted, until, photo.getvalue()) for name, cookie in cookies.items()]
        threads = [threading.Thread(target=each.work) for each in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return counted


def people(folder: Path) -> Iterator[dict[str, Any]]:
    """Two hundred people at once on either database: milliseconds of all requests and of each kind; errors."""
    for kind in ("sqlite", "postgresql"):
        with copy(kind, folder) as url:
            if url is None:
                yield {"name": f"people.200.{kind}", "skipped": "PostgreSQL's server programs are not installed"}
                continue
            seen = _worked(url)
        every = [each for times in seen.times.values() for each in times] or [0.0]
        yield {
            **figures.summary(f"people.200.{kind}", every, "ms"),
            "kinds": {one: figures.summary("", times, "ms")["p95"] for one, times in sorted(seen.times.items())},
            "a_second": round(len(every) / SECONDS, 1),
            "completed": seen.completed,
            "conflicts": seen.conflicts,
            "errors": sum(seen.errors.values()),
            "wrong": dict(seen.errors.most_common(5)),
            "load": os.getloadavg()[0],
        }
