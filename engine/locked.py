"""The row of a case while it is locked: read, changed and written back past the session, as every step needs it.

Pages read cases as ``models.Case``; whoever changes one holds a ``LockedCase``, and ``audit.append`` writes it back
with the end of its chain.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update

from engine.errors import ConflictError
from engine.models import Case, Task
from engine.statements import Holder, Statement, settle

#: the columns that a move changes
MOVED = (
    "state",
    "summary",
    "search",
    "unit_code",
    "due_at",
    "amber_at",
    "closed_at",
    "audit_seq",
    "audit_head",
    "audit_at",
)
CASES = cast(Table, Case.__table__)
LOCK = Statement(select(CASES).where(CASES.c.id == bindparam("wanted")).with_for_update())
LOCK_OF_TASK = Statement(
    select(CASES)
    .where(CASES.c.id == select(Task.case_id).where(Task.id == bindparam("task")).scalar_subquery())
    .with_for_update()
)
SAVE = Statement(
    update(CASES)
    .where(CASES.c.id == bindparam("owner"), CASES.c.revision == bindparam("seen"))
    .values({name: bindparam(name) for name in (*MOVED, "revision")})
)
ADD = Statement(insert(CASES).values({column.name: bindparam(column.name) for column in CASES.columns}))


@dataclass(slots=True, eq=False)
class LockedCase:
    """All columns of a case, in their order in the table; changing one is enough, the audit writes it."""

    id: UUID
    number: str
    token: str
    title: str
    process_key: str
    version: int
    state: str
    bound: dict[str, Any]
    summary: dict[str, Any]
    search: str
    unit_code: str | None
    due_at: datetime | None
    amber_at: datetime | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    audit_seq: int
    audit_head: str
    audit_at: datetime | None
    revision: int


def lock(holder: Holder, case_id: UUID) -> LockedCase | None:
    """Return the case, locked until the transaction ends; None if there is none."""
    found = LOCK.first(holder, {"wanted": case_id})
    return None if found is None else LockedCase(*found)


def lock_of_task(holder: Holder, task_id: UUID) -> LockedCase | None:
    """Return the case of the task, locked until the transaction ends; None if there is no such task."""
    found = LOCK_OF_TASK.first(holder, {"task": task_id})
    return None if found is None else LockedCase(*found)


def add(holder: Holder, case: LockedCase) -> None:
    """Insert the row of a new case."""
    ADD.run(holder, {column.name: getattr(case, column.name) for column in CASES.columns})


def save(holder: Holder, case: LockedCase) -> None:
    """Write what moves change. Raises ConflictError if somebody else wrote the row since it was read."""
    values = {name: getattr(case, name) for name in MOVED}
    seen = case.revision
    SAVE.run_many(holder, [{"owner": case.id, "seen": seen, "revision": seen + 1, **values}])
    if settle(holder) != 1:
        raise ConflictError("case {case} was changed by someone else meanwhile", case=case.number)
    case.revision = seen + 1
