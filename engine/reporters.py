"""What reporters do after reporting: rating the answer, opening a matter again; and paper slips entered later.

Not here: reporting and following (``reports``).
"""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine import execution, feedback, parts, reports
from engine.desk_models import Rating, Slip
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Case
from engine.uow import UnitOfWork

#: letters and digits that nobody confuses, read aloud or on paper
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE = 10
SCORES = (1, 2, 3)


def rate(uow: UnitOfWork, token: str, score: int, comment: str = "", solved: bool | None = None) -> None:
    """Keep what the reporter thinks of the answer; another rating replaces it. What is not solved opens the case again.

    Whoever is not satisfied and does not say whether it is solved stays to be called. Raises InvalidError without a
    score, or without a word on what is not solved; ConflictError for a case that is not closed.
    """
    case = reports.found(uow, token)
    handled = reports.handled_in(uow, case)
    if score not in SCORES or len(comment) > 2000:
        raise InvalidError(problems={"score": "is none of the choices"})
    if handled.closed_at is None:
        raise ConflictError("case {case} is not closed yet", case=handled.number)
    old = uow.session.get(Rating, case.id)
    if old is None:
        uow.session.add(Rating(case_id=case.id, score=score, comment=comment.strip(), rated_at=uow.now))
    else:
        old.score, old.comment, old.rated_at = score, comment.strip(), uow.now
    settled = (score > min(SCORES) or None) if solved is None else solved
    if settled is not None and (not settled or not feedback.is_heard(uow, handled)):
        answered = bool(handled.summary.get("answer"))
        feedback.call_back(uow, handled.id, feedback.Said(True, answered, settled, score, comment), "page")


def rating_of(uow: UnitOfWork, case_id: UUID) -> Rating | None:
    """Return how the case was rated."""
    return uow.session.get(Rating, case_id) if parts.has(uow, Rating.case_id, case_id) else None


def reopen(uow: UnitOfWork, token: str, why: str) -> LockedCase:
    """Open the same case again, one level higher; those who closed it are told. Of a merged report, its case.

    Raises ConflictError if the case is not closed; InvalidError without a reason.
    """
    case = reports.handled_in(uow, reports.found(uow, token))
    if len(why.strip()) < 2:
        raise InvalidError(problems={"why": "is missing"})
    answered = bool(case.summary.get("answer"))
    feedback.call_back(uow, case.id, feedback.Said(True, answered, False, 1, why.strip()[:2000]), "page")
    return execution.locked_case(uow, case.id)


def print_slips(uow: UnitOfWork, count: int) -> list[str]:
    """Return that many new codes for paper slips: at most 40."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(CODE)) for _ in range(min(max(count, 1), 40))]
    for code in codes:
        uow.session.add(Slip(code=code, printed_at=uow.now, printed_by=uow.actor.name))
    return codes


def slips(uow: UnitOfWork) -> list[Slip]:
    """Return the actor's slips that were not entered yet, the newest first."""
    mine = (Slip.printed_by == uow.actor.name, Slip.entered_at.is_(None))
    return list(uow.session.scalars(select(Slip).where(*mine).order_by(Slip.printed_at.desc(), Slip.code).limit(100)))


def enter_slip(uow: UnitOfWork, code: str, case_id: UUID, written_at: datetime | None = None) -> None:
    """Let the code of the slip follow the case; ``written_at``: the time on the paper, kept beside that of the entry.

    Raises InvalidError if no such slip was printed, or it was entered, or the time lies in the future.
    """
    if written_at is not None and written_at > uow.now:
        raise InvalidError(problems={"written_at": "lies in the future"})
    slip = take_slip(uow, code)
    slip.case_id, slip.written_at = case_id, written_at
    written = written_at.isoformat() if written_at else None
    uow.record("slip.entered", execution.locked_case(uow, case_id), slip=slip.code, written_at=written)


def take_slip(uow: UnitOfWork, code: str) -> Slip:
    """Return the slip, which is entered from now on. Raises InvalidError if none was printed, or it was entered."""
    slip = uow.session.get(Slip, normal(code), with_for_update=True)
    if slip is None:
        raise InvalidError(problems={"slip": "is no code of a slip"})
    if slip.entered_at is not None:
        raise InvalidError(problems={"slip": "was entered already"})
    uow.session.flush()
    slip.entered_at = uow.now
    return slip


def normal(code: str) -> str:
    """Return the code as it was printed, however it was typed."""
    return "".join(code.upper().split()).replace("-", "")


def token_of(uow: UnitOfWork, code: str) -> str:
    """Return the tracking code for what somebody typed: that itself, or the code of a slip. Raises NotFoundError."""
    token = code.strip()
    if uow.session.scalar(select(Case.id).where(Case.token == token)) is not None:
        return token
    slip = uow.session.get(Slip, normal(code)) if len(normal(code)) == CODE else None
    if slip is None:
        raise NotFoundError("there is no report with this code")
    if slip.case_id is None:
        raise NotFoundError("the slip {code} was not entered yet: please ask again later", code=slip.code)
    return uow.session.get_one(Case, slip.case_id).token
