"""Who reads how a reporter can be reached, and how it looks to everybody else. The public never sees any of it."""

import re
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import or_, select

from engine import access
from engine.models import Candidate, Case, Task
from engine.snapshots import once
from engine.uow import UnitOfWork

#: seven digits and more, with or without blanks and dashes between them; not a date or a moment
NUMBER = re.compile(r"(?<![\d-])(?:1\d{2}[ -]?\d{4}[ -]?\d{4}|\d{17}[\dXx]|0\d{2,3}[ -]?\d{7,8}|\d{7,8})(?![\d-])")


def contact(uow: UnitOfWork, case: Case) -> str:
    """Return the reporter's contact: whole for those who work on the case now and may have to call, else masked."""
    known = str(case.summary.get("contact") or "")
    return known if not known or may_call(uow, case) else masked(known)


def may_call(uow: UnitOfWork, case: Case) -> bool:
    """Say whether the actor reads how people of the case can be reached: who works on it now, may call, or reported."""
    if access.can(uow.actor, "contact.read") or case.opened_by == uow.actor.name:
        return True
    return is_at_work(uow, case.id)


@once
def is_at_work(uow: UnitOfWork, case_id: UUID, task_id: UUID | None = None) -> bool:
    """Say whether a task of the case (this one) is open and the actor's, or offered to the actor."""
    offered = select(Candidate.task_id).where(Candidate.group_key.in_(sorted(uow.actor.groups)))
    at_work = or_(Task.assignee == uow.actor.name, Task.id.in_(offered))
    query = select(Task.id).where(Task.case_id == case_id, Task.state.in_(("open", "paused")), at_work)
    query = query.where(Task.id == task_id) if task_id is not None else query
    return uow.session.scalar(query.limit(1)) is not None


def told(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that people wrote about the case; numbers and addresses in them as the contact is shown."""
    whole = may_call(uow, case)
    return {name: text if whole else without_numbers(text) for name, text in values.items()}


def without_numbers(text: str) -> str:
    """Return the text with the middle of each phone or identity number and of each mail address hidden."""
    hidden = NUMBER.sub(lambda found: f"{found[0][:3]}****{found[0][-4:]}", text)
    return re.sub(r"([\w.+-])[\w.+-]*@", r"\1***@", hidden)


def masked(text: str) -> str:
    """Return the text with the middle of each number and of each mail address hidden, a name cut to its first sign."""
    hidden = re.sub(r"\d{7,}", lambda found: f"{found[0][:3]}****{found[0][-4:]}", text)
    hidden = re.sub(r"([\w.+-])[\w.+-]*@", r"\1***@", hidden)
    hidden = re.sub(r"^([^\W\d])\w+(?=\s)", r"\1**", hidden)
    return hidden if hidden != text else f"{text[:1]}***"
