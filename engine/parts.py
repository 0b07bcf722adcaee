"""What a case has beside itself: questions, bookings, notes, links and so on, of which most cases have few.

The page of a case asks about all of them. One look says which there are, and only those are read. Not here: the parts.
"""

from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, literal_column, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from engine.booking_models import Booking
from engine.bulletin_models import Bulletin
from engine.desk_models import CaseLink, Note, Rating
from engine.duty_models import ClockRequest
from engine.enforcement_models import EnforcementOutcome
from engine.joint_models import JointUnit
from engine.mediation_models import Agreement
from engine.merge_models import Merge
from engine.models import Attachment, Subscription
from engine.precedent_models import Transfer
from engine.question_models import Question
from engine.snapshots import once
from engine.statements import Statement
from engine.uow import UnitOfWork
from engine.visit_models import VisitCase

Column = InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
#: what says that a row belongs to a case; each has an index
COLUMNS: tuple[Column, ...] = (
    Agreement.visit_case_id,
    Attachment.case_id,
    Booking.case_id,
    Bulletin.case_id,
    CaseLink.case_id,
    CaseLink.other_id,
    ClockRequest.case_id,
    EnforcementOutcome.case_id,
    EnforcementOutcome.check_case_id,
    JointUnit.case_id,
    Merge.case_id,
    Merge.into_id,
    Note.case_id,
    Question.case_id,
    Rating.case_id,
    Subscription.case_id,
    Transfer.case_id,
    VisitCase.case_id,
)
PRESENT = Statement(
    union_all(
        *(
            select(literal_column(f"'{column}'").label("part")).where(
                exists().where(cast(ColumnElement[UUID], column) == bindparam("case", type_=column.type))
            )
            for column in COLUMNS
        )
    )
)


def has(uow: UnitOfWork, column: Column, case_id: UUID) -> bool:
    """Say whether rows of ``COLUMNS`` may belong to the case: surely in a snapshot; in a transaction they may always,
    since there they come and go."""
    return not uow.is_snapshot or str(column) in _present(uow, case_id)


@once
def _present(uow: UnitOfWork, case_id: UUID) -> frozenset[str]:
    return frozenset(part for (part,) in PRESENT.all(uow, {"case": case_id}))
