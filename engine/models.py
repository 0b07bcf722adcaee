"""All tables, without behaviour. Moments are aware UTC and end in ``_at``; people's names end in ``_by``."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.columns import Base, Json
from engine.ids import new_id

#: the hash before the first entry of a chain
ZERO = "0" * 64


def only(condition: str) -> dict[str, Any]:
    """Return what makes an index one of those rows only, on either database."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class TaskState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # the clock of the case is paused: not in any inbox until it goes on
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Unit(Base):
    """A department, street, district or city office."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    level: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60), unique=True)  #: the user name
    full_name: Mapped[str] = mapped_column(String(100))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("units.code"))
    bad_tries: Mapped[int] = mapped_column(default=0)  #: wrong passwords since the last right one
    last_bad_at: Mapped[datetime | None]
    roles: Mapped[list[Any]]  #: liaison, supervisor, admin, auditor, officer, guest
    language: Mapped[str] = mapped_column(String(5), default="zh")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="person", cascade="all, delete-orphan")


class Membership(Base):
    """A person belongs to a group: a key such as ``acceptance`` or ``unit:SZGY``."""

    __tablename__ = "memberships"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    group_key: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)

    person: Mapped[Person] = relationship(back_populates="memberships")


class SignIn(Base):
    """A session of a person; the cookie holds its token only."""

    __tablename__ = "sign_ins"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Definition(Base):
    """One immutable version of a process or decision."""

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  #: process, decision or form
    key: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    tag: Mapped[str | None] = mapped_column(String(60))  #: camunda:versionTag
    digest: Mapped[str] = mapped_column(String(64))  #: SHA-256 of ``source``
    source: Mapped[str] = mapped_column(Text)  #: the bytes received, as UTF-8 text
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str] = mapped_column(String(60))


class StartEvent(Base):
    """One definition of a message, signal or timer start event of the current version of a process."""

    __tablename__ = "start_events"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    activity_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  #: of the definition at the event, from 0
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str | None] = mapped_column(String(200), index=True)  #: of the message or signal
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    cycle: Mapped[str | None] = mapped_column(String(100))  #: ISO 8601, of a timer that comes again
    left: Mapped[int | None]  #: turns after the next one; None without end


class Item(Base):
    """An item of the catalogue."""

    __tablename__ = "items"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    entry: Mapped[dict[str, Any]]  #: the row of the catalogue file with its ``conditions``


class Grid(Base):
    """A grid, the smallest duty area (网格)."""

    __tablename__ = "grids"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    community: Mapped[str] = mapped_column(String(100))
    households: Mapped[int] = mapped_column(default=0)  #: how many there are, known by record or not
    divided_at: Mapped[datetime | None]  #: divided anew in the pages: loading files leaves it as it is since then
    until_at: Mapped[datetime | None]  #: it ended then
    into_code: Mapped[str | None] = mapped_column(String(20))  #: the grid that took its place


class CalendarVersion(Base):
    """A version of a working-time calendar, ``city`` or that of a unit by its code; the highest is current."""

    __tablename__ = "calendar_versions"

    name: Mapped[str] = mapped_column(String(40), primary_key=True, default="city")
    version: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)  #: CSV text
    to_close: Mapped[bool] = mapped_column(default=False)  #: see ``working_time.Calendar``
    reason: Mapped[str] = mapped_column(Text, default="")
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(60))


class Case(Base):
    """One run of a process definition: the file that departments work on together."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_opened_at", "opened_at"),
        Index("ix_cases_open", "due_at", **only("closed_at IS NULL")),
        Index("ix_cases_open_opened_at", "opened_at", **only("closed_at IS NULL")),
        Index("ix_cases_closed_at", "closed_at"),
        Index("ix_cases_opened_by", "opened_by", "opened_at", **only("opened_by != 'public'")),
        Index("ix_cases_unit_code", "unit_code", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    token: Mapped[str] = mapped_column(String(30), unique=True)  #: the public's tracking code
    title: Mapped[str] = mapped_column(String(200))
    process_key: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(Text)  #: JSON as ``engine.bpmn.State`` writes it; nobody else edits it
    bound: Mapped[dict[str, Any]]  #: key -> version of every definition current when the case was opened
    summary: Mapped[dict[str, Any]]  #: what lists show: item, unit, place, stage, answer, outcome
    search: Mapped[str] = mapped_column(Text, default="")
    unit_code: Mapped[str | None] = mapped_column(String(40))  #: who holds it now
    due_at: Mapped[datetime | None]
    amber_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(60))
    closed_at: Mapped[datetime | None]
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default=ZERO)
    audit_at: Mapped[datetime | None]  #: the moment of the last entry; no later one lies before it
    revision: Mapped[int] = mapped_column(default=0)

    tasks: Mapped[list["Task"]] = relationship(back_populates="case")

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012


class CaseReader(Base):
    """A group that may see a case, because a task of the case was offered to it."""

    __tablename__ = "case_readers"

    group_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)


class Task(Base):
    """A piece of human work in an inbox."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_assignee_open", "assignee", "due_at", **only("state = 'open'")),
        Index("ix_tasks_case_id_token", "case_id", "token"),
        Index("ix_tasks_paused", "due_at", **only("state = 'paused'")),
        Index("ix_tasks_returned", "priority", **only("priority = 1000")),  # from a pause: few
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    token: Mapped[str] = mapped_column(String(20))
    activity_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    form: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[TaskState] = mapped_column(String(10), default=TaskState.OPEN)
    assignee: Mapped[str | None] = mapped_column(String(60))
    priority: Mapped[int] = mapped_column(default=50)
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]  #: when somebody first claimed it or got it handed; putting back keeps it
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(String(60))
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)
    shown: Mapped[dict[str, Any]]  #: properties of the activity and of the instance, for pages

    case: Mapped[Case] = relationship(back_populates="tasks")

    @property
    def is_open(self) -> bool:
        return self.state == TaskState.OPEN


class Candidate(Base):
    """An open task is offered to a group; the row falls when the task is done."""

    __tablename__ = "candidates"
    __table_args__ = (Index("ix_candidates_group_key_due_at", "group_key", "due_at", "task_id"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    group_key: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime | None]


class Timer(Base):
    """A token that waits for a moment; the row falls when it has fired."""

    __tablename__ = "timers"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(20), primary_key=True)
    activity_id: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime] = mapped_column(index=True)


class Subscription(Base):
    """A token that waits for a message or signal."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_name_keys", "name", "keys"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  #: message or signal
    name: Mapped[str] = mapped_column(String(200))
    keys: Mapped[str] = mapped_column(String(300))  #: canonical JSON of the correlation keys


class Message(Base):
    """A message, or a signal to many, on its way from one case or from outside to others."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_waiting", "created_at", **only("delivered_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    keys: Mapped[str] = mapped_column(String(300))
    payload: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(10), default="message")  #: message or signal
    to_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))  #: of one delivery of a signal
    place: Mapped[str | None] = mapped_column(String(220))  #: the token there, or process and start event
    sender_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(300))


class Job(Base):
    """A token that waits for work of the house, found by its topic."""

    __tablename__ = "jobs"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(20), primary_key=True)
    topic: Mapped[str] = mapped_column(String(100), index=True)
    inputs: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(index=True)


class Failure(Base):
    """An activity that could not be carried out; an administrator retries it."""

    __tablename__ = "failures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    token: Mapped[str] = mapped_column(String(20))
    activity_id: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(60))


class Attachment(Base):
    """A photo of a case, encoded anew; found by the hash of its bytes."""

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes]
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(60))


class Assessment(Base):
    """What a closed case counts for."""

    __tablename__ = "assessments"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    unit_code: Mapped[str | None] = mapped_column(String(40), index=True)
    item_code: Mapped[str | None] = mapped_column(String(20))
    on_time: Mapped[bool]
    ended_as: Mapped[str | None] = mapped_column(String(30))  #: solved, transferred, reported_up or guided_out, at last
    figures: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]


class Stream(Base):
    """A chain of audit entries that belong to no case: sign-ins, directory, deployments."""

    __tablename__ = "streams"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default=ZERO)
    audit_at: Mapped[datetime | None]  #: the moment of the last entry; no later one lies before it


class AuditEntry(Base):
    """One link of a chain; append-only, kept so by triggers."""

    __tablename__ = "audit_entries"

    owner: Mapped[str] = mapped_column(String(80), primary_key=True)  #: id of the case (hex) or name of the stream
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)  #: the canonical JSON (RFC 8785) that is hashed
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Counter(Base):
    """The last number given, for example of cases in a year."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Answer(Base):
    """What a command with an idempotency key answered."""

    __tablename__ = "answers"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]
