"""Stalled activities: listing them, and trying again. A failure is a row, never a lost case."""

from uuid import UUID

from sqlalchemy import select

from engine import access, execution
from engine.errors import ConflictError, NotFoundError
from engine.models import Failure
from engine.uow import UnitOfWork


def open_failures(uow: UnitOfWork) -> list[Failure]:
    """Return what waits for an administrator, oldest first. Raises ForbiddenError for others."""
    access.require(uow.actor, "failure.retry")
    return list(
        uow.session.scalars(
            select(Failure).where(Failure.resolved_at.is_(None)).order_by(Failure.created_at, Failure.id)
        )
    )


def retry(uow: UnitOfWork, failure_id: UUID) -> None:
    """Let the stalled activity try again; it fails anew if its reason still holds.

    Raises ForbiddenError, NotFoundError, or ConflictError if it was resolved meanwhile.
    """
    access.require(uow.actor, "failure.retry")
    failure = uow.session.get(Failure, failure_id)
    if failure is None:
        raise NotFoundError("no such failure")
    case = execution.locked_case(uow, failure.case_id)
    uow.session.refresh(failure)
    if failure.resolved_at is not None:
        raise ConflictError(
            "the failure at {activity} was resolved by {person}",
            activity=failure.activity_id,
            person=failure.resolved_by,
        )
    execution.advance(uow, case, lambda machine: machine.retry(failure.token))
