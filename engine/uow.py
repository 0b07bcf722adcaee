"""One transaction, one moment, one actor. Only edges (a view, a worker's job, a command) open one."""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from engine import audit, locked
from engine.clock import Clock, SystemClock
from engine.errors import ConflictError, ForbiddenError, RefusedError
from engine.locked import LockedCase
from engine.statements import BATCHES, settle


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, the public, or a part of the house."""

    name: str
    full_name: str = ""
    unit_code: str | None = None
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


#: seconds after which a connection of the pool is asked whether it is still there
RESTED = 10.0
SYSTEM = Actor("system", "Muster", roles=frozenset({"admin", "machine"}))
CLOCK = Actor("clock", "Muster")
PUBLIC = Actor("public", "")
#: who is no person
HOUSE = frozenset({SYSTEM.name, CLOCK.name})


@dataclass(slots=True)
class UnitOfWork:
    """What a function of the engine needs: the session, the moment, the actor, and where to record events.

    The session is made when first asked for: a move of a case needs none.
    """

    opened: Connection
    now: datetime
    actor: Actor
    events: list[audit.Event] = field(default_factory=list)
    cases: dict[UUID, LockedCase] = field(default_factory=dict)  #: those locked here: one object to a row
    is_alone: bool = False  #: nobody else can write before the end of this transaction, as on SQLite
    is_snapshot: bool = False  #: nothing is written here, and what others write is not seen
    info: dict[Any, Any] = field(default_factory=dict)
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """The ORM's session on this transaction."""
        settle(self)
        if self._session is None:
            self._session = Session(
                self.opened, expire_on_commit=False, autoflush=False, join_transaction_mode="rollback_only"
            )
        return self._session

    def connection(self) -> Connection:
        """Return the connection of this transaction."""
        return self.opened

    def flush(self) -> None:
        """Write what the session has not written yet."""
        if self._session is not None:
            settle(self)
            self._session.flush()

    def close(self) -> None:
        """Let go of the session; the transaction is its owner's affair."""
        if self._session is not None:
            self._session.close()

    def record(self, action: str, owner: LockedCase | str, **details: Any) -> None:
        """Note an event for the chain of the case or of the stream; it is written before the commit."""
        self.events.append(audit.Event(owner, self.now, self.actor.name, action, details))


class Database:
    """The way in: ``transaction`` to change, ``reading`` to look."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.url = url
        self.clock: Clock = clock or SystemClock()
        self.is_sqlite = url.startswith("sqlite")
        self._lock_path: Path | None = None
        self._files = threading.local()
        if self.is_sqlite:
            path = Path(url.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_path = path.with_name(path.name + ".lock")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE") if self.is_sqlite else self.engine
        self._looking = self.engine
        if not self.is_sqlite:  # said with BEGIN, not in a round trip of its own
            snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            self._looking = self.engine.execution_options(**snapshot)

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Commit everything done inside the block, or nothing.

        Raises ConflictError if a row read here was changed by someone else before the commit. What a rule of the city
        refused, and what the house refused a person in a case that he had locked, is kept in the case's chain, in a
        transaction of its own.
        """
        locked_cases: list[UUID] = []
        try:
            with self._changing(actor) as uow:
                try:
                    yield uow
                finally:
                    locked_cases += uow.cases
        except RefusedError as error:
            self._keep_refusal(actor, error)
            raise
        except (ForbiddenError, ConflictError) as error:
            if locked_cases and actor.name not in HOUSE:
                self._keep_no(actor, error, locked_cases[-1])
            raise

    def _keep_no(self, actor: Actor, error: ForbiddenError | ConflictError, case_id: UUID) -> None:
        values = {name: value if isinstance(value, dict) else str(value) for name, value in error.values.items()}
        with self._changing(actor) as uow:
            case = locked.lock(uow, case_id)
            if case is not None:
                said = {"template": error.template, "given": values}
                uow.record(f"{error.rule}.refused", case, rule=error.rule, version=error.version, **said)

    def _keep_refusal(self, actor: Actor, error: RefusedError) -> None:
        with self._changing(actor) as uow:
            case = locked.lock(uow, error.case_id) if error.case_id else None
            details = {"rule": error.rule, "version": error.version, "why": error.words}
            details |= {"values": error.given} if error.given else {}
            uow.record(f"{error.action}.refused", case or "refusals", **details)

    @contextmanager
    def _changing(self, actor: Actor) -> Iterator[UnitOfWork]:
        with self._queue(), self._writing.connect() as connection:
            try:
                with connection.begin():  # on SQLite the lock is taken now, not at the first statement
                    uow = UnitOfWork(connection, self.clock.now(), actor, is_alone=self.is_sqlite)
                    uow.info[BATCHES] = not self.is_sqlite
                    try:
                        yield uow
                        audit.append(uow, uow.events)
                        uow.flush()
                        settle(uow)
                    except BaseException:
                        with suppress(Exception):  # what went wrong is on its way already
                            settle(uow)
                        raise
                    finally:
                        uow.close()
            except StaleDataError as error:
                raise ConflictError("the case was changed by someone else meanwhile") from error

    @contextmanager
    def reading(self, actor: Actor) -> Iterator[UnitOfWork]:
        """Look at one snapshot; nothing written inside is kept."""
        with self._looking.connect() as connection:
            uow = UnitOfWork(connection, self.clock.now(), actor, is_snapshot=True)
            try:
                yield uow
            finally:
                uow.close()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        """Stand in line for SQLite's only writer; polling for its lock would starve some (reliability, F3)."""
        if self._lock_path is None:
            yield
            return
        file = getattr(self._files, "file", None)
        if file is None:  # each thread has its own: a lock belongs to an opened file
            file = self._files.file = self._lock_path.open("a")
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _postgresql_engine(url: str) -> Engine:
    # compiling a plan takes longer than any of ours runs, and is chosen by estimates that a LIMIT makes wrong
    options = "-c lock_timeout=5000 -c statement_timeout=30000 -c jit=off"
    engine = create_engine(url, pool_size=10, max_overflow=10, connect_args={"options": options})

    @event.listens_for(engine, "checkin")
    def returned(_dbapi: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(dbapi: Any, record: Any, _proxy: Any) -> None:
        """Ask whether the server is still there, but only of what has rested: it costs a round trip."""
        if time.monotonic() - record.info.get("returned", time.monotonic()) > RESTED:
            try:
                dbapi.execute("SELECT 1")
                dbapi.rollback()
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    return engine


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False}, pool_size=10)

    @event.listens_for(engine, "connect")
    def connected(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "cache_size=-65536",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine
