"""Where the million lies: an SQLite file or a PostgreSQL cluster in a cache folder, kept from one run to the next.

The folder is ``MUSTER_BENCH_CACHE``, else ``muster-bench`` among the temporary files. A store is known by what it was
made from: another generator, schema or content makes another one, and the old one is removed.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.conftest import as_postgres, server_programs

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("migrations/versions", "processes", "engine/words.py", "engine/initials.py")
#: while a store is written nothing has to survive a fault; ``started`` without these has PostgreSQL's own defaults
LOADING = (
    *("fsync=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=20GB"),
    *("autovacuum=off", "maintenance_work_mem=1GB", "full_page_writes=off"),
)


def cache() -> Path:
    """Return the folder in which stores are kept."""
    found = Path(os.environ.get("MUSTER_BENCH_CACHE") or Path(tempfile.gettempdir()) / "muster-bench")
    found.mkdir(parents=True, exist_ok=True)
    return found


def fingerprint() -> str:
    """Return what a store depends on, as a short text."""
    files = [path for each in SOURCES for path in sorted((ROOT / each).rglob("*.*") or [ROOT / each])]
    files += [ROOT / each for each in SOURCES if (ROOT / each).is_file()]
    files += [Path(__file__).with_name(name) for name in ("patterns.py", "million.py", "stores.py")]
    digest = hashlib.sha256()
    for path in files:
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _place(kind: str, count: int) -> Path:
    """Return the folder of the store, without those that are no longer right."""
    name = f"{kind}-{count}"
    wanted = cache() / f"{name}-{fingerprint()}"
    for other in cache().glob(f"{name}-*"):
        if other != wanted or not (other / "ready").exists():
            shutil.rmtree(other, ignore_errors=True)
    wanted.mkdir(exist_ok=True)
    return wanted


@contextmanager
def sqlite(count: int, fill: Callable[[str, int], None]) -> Iterator[str]:
    """Yield the address of an SQLite file with so many cases; ``fill`` makes it if it is not there."""
    folder = _place("sqlite", count)
    url = f"sqlite:///{folder}/million.db"
    if not (folder / "ready").exists():
        fill(url, count)
        (folder / "ready").touch()
    yield url


@contextmanager
def postgresql(count: int, fill: Callable[[str, int], None]) -> Iterator[str | None]:
    """Yield the address of a database with so many cases on a PostgreSQL with its own defaults; None without one."""
    if server_programs() is None:
        yield None
        return
    folder = _place("postgresql", count)
    if not (folder / "ready").exists():
        _control(folder, "initdb", "-U", "muster", "-A", "trust", "--no-sync", "--locale=C.UTF-8")
        with _started(folder, LOADING) as url:
            _sql(url.format("postgres"), "CREATE DATABASE million")
            fill(url.format("million"), count)
        _control(folder, "initdb", "--sync-only")
        (folder / "ready").touch()
    with _started(folder) as url:
        yield url.format("million")


@contextmanager
def _started(folder: Path, options: tuple[str, ...] = ()) -> Iterator[str]:
    given = " ".join(f"-c {each}" for each in options)
    said = ["-o", f"-k {folder} -c listen_addresses='' {given}"]
    _control(folder, "pg_ctl", "-w", "-t", "120", "-l", str(folder / "log"), *said, "start")
    try:
        yield f"postgresql+psycopg://muster@/{{}}?host={folder}"
    finally:
        _control(folder, "pg_ctl", "-m", "fast", "-w", "-t", "300", "stop")


def _control(folder: Path, program: str, *arguments: str) -> None:
    programs, more = server_programs(), as_postgres()
    assert programs is not None
    if more:
        shutil.chown(folder, "postgres", "postgres")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **more}
    subprocess.run([programs / program, "-D", folder / "data", *arguments], check=True, **quiet)


def _sql(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
