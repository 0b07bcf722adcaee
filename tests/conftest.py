"""What tests share: a frozen clock, and a fresh database on SQLite and on PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from engine import content, schema
from engine.clock import FrozenClock
from engine.uow import SYSTEM, Database

MORNING = datetime(2026, 11, 16, 2, tzinfo=UTC)
PASSWORD = "demo password"
PROCESSES = Path(__file__).resolve().parents[1] / "processes"


def server_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def as_postgres() -> dict[str, object]:
    """Return how to start the server's programs: never as root, which they refuse."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgresql():
    """Address of a private PostgreSQL with a migrated database ``template``; None where its programs are missing."""
    programs = server_programs()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="muster-pg-"))
    more = as_postgres()
    if more:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder, **more}
    subprocess.run([programs / "initdb", "-D", data, "-U", "muster", "-A", "trust", "--no-sync"], check=True, **quiet)
    pg_ctl = [programs / "pg_ctl", "-D", data]
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run([*pg_ctl, "-w", "-l", folder / "log", "-o", options, "start"], check=True, **quiet)
    url = f"postgresql+psycopg://muster@/{{name}}?host={folder}"
    try:
        for name, prepare in (("template_muster", schema.upgrade), ("template_city", build_city)):
            _sql(url, f"CREATE DATABASE {name}")
            database = Database(url.format(name=name), FrozenClock(MORNING))
            prepare(database)
            database.dispose()
        yield url
    finally:
        subprocess.run([*pg_ctl, "-m", "immediate", "stop"], check=True, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def _sql(url: str, statement: str) -> None:
    engine = create_engine(url.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_city(tmp_path_factory):
    """Path of an SQLite file with the demo city in it."""
    path = tmp_path_factory.mktemp("city") / "muster.db"
    database = Database(f"sqlite:///{path}", FrozenClock(MORNING))
    build_city(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


def build_city(database):
    """Fill the database with the shipped content; all people have the same password."""
    schema.upgrade(database)
    content.load(database, PROCESSES, SYSTEM, PASSWORD)


@pytest.fixture
def clock():
    """A clock that stands at 10:00 in Hohhot on Monday 16 November 2026."""
    return FrozenClock(MORNING)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path, clock):
    """A fresh, migrated database."""
    yield from _fresh(request, tmp_path, clock, "template_muster")


@pytest.fixture(params=["sqlite", "postgresql"])
def city(request, tmp_path, clock):
    """A fresh database with the demo city in it."""
    yield from _fresh(request, tmp_path, clock, "template_city")


def _fresh(request, tmp_path, clock, template):
    if request.param == "sqlite":
        path = tmp_path / "muster.db"
        if template == "template_city":
            shutil.copy(request.getfixturevalue("sqlite_city"), path)
        found = Database(f"sqlite:///{path}", clock)
        schema.upgrade(found)
        yield found
        found.dispose()
        return
    url = request.getfixturevalue("postgresql")
    if url is None:
        pytest.skip("PostgreSQL's server programs are not installed")
    name = f"test_{abs(hash(request.node.nodeid))}"
    _sql(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    found = Database(url.format(name=name), clock)
    yield found
    found.dispose()
    _sql(url, f"DROP DATABASE {name} WITH (FORCE)")
