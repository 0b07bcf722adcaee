"""What follows the answer: call-backs (回访), re-checks (抽查), and opening the same case again (重办).

A case is closed for its clock at the answer. What comes later goes on in the same case, under its number and in its
chain, and counts against the handling that it is about. Not here: what reporters do on their page (``reporters``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, func, select

from engine import access, cases, execution, lists, news, privacy, proof, reopening
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.feedback_models import CallBack, ReCheck
from engine.locked import LockedCase
from engine.models import Assessment, Case, Membership, Person, Task
from engine.uow import UnitOfWork

SCORES = (1, 2, 3)
#: so often the reporter is called who cannot be reached
TRIES = 3
CALLERS = frozenset({"answer", "verification"})


@dataclass(frozen=True, slots=True)
class Said:
    """What the reporter said; a reporter who was not reached said nothing."""

    reached: bool
    responded: bool = False
    solved: bool = False
    score: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Rates:
    """The three rates of a unit, in per cent of the call-backs that reached somebody."""

    unit: str
    asked: int
    responded: float
    solved: float
    satisfied: float


def may_call(uow: UnitOfWork) -> bool:
    """Say whether the actor makes call-backs and re-checks."""
    return bool(uow.actor.groups & CALLERS) or access.can(uow.actor, "task.reassign")


def to_call(uow: UnitOfWork, limit: int = 50) -> list[Case]:
    """Return closed cases whose reporter was not heard yet, the longest closed first; they are the actor's to see."""
    heard = select(CallBack.case_id).where(CallBack.case_id == Case.id, CallBack.asked_at >= Case.closed_at)
    often = heard.where(CallBack.reached.is_(False)).group_by(CallBack.case_id).having(func.count() >= TRIES)
    query = select(Case).join(Assessment, Assessment.case_id == Case.id).where(Case.closed_at.is_not(None))
    query = query.where(~heard.where(CallBack.reached).exists(), ~often.exists(), access.visible_cases(uow.actor))
    query = query.where(access.counted_cases())
    return list(uow.session.scalars(query.order_by(Case.closed_at, Case.id).limit(limit)))


def call_back(uow: UnitOfWork, case_id: UUID, said: Said, channel: str = "phone") -> None:
    """Keep what the reporter said of the handling; what is not solved opens the same case again.

    Raises ConflictError for a case that is not closed, InvalidError for a wrong score or no word on what is not solved,
    ForbiddenError for who handled the case or makes no call-backs.
    """
    case = execution.locked_case(uow, case_id)
    if channel == "phone":
        _require_caller(uow, case)
    _require_closed(case)
    if said.reached and (said.score not in SCORES or len(said.comment) > 2000):
        raise InvalidError(problems={"score": "is none of the choices"})
    if said.reached and not said.solved and len(said.comment.strip()) < 2:
        raise InvalidError(problems={"comment": "is missing"})
    row = CallBack(
        case_id=case.id,
        turn=reopening.turn(case),
        channel=channel,
        unit_code=case.unit_code,
        reached=said.reached,
        responded=said.reached and said.responded,
        solved=said.reached and said.solved,
        score=said.score if said.reached else 0,
        comment=said.comment.strip(),
        asked_at=uow.now,
        asked_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.session.flush()
    found = {"reached": row.reached, "responded": row.responded, "solved": row.solved, "score": row.score}
    uow.record("reporter.called-back", case, channel=channel, turn=row.turn, comment=row.comment, **found)
    if row.reached:
        figures = {"responded": int(row.responded), "solved": int(row.solved), "satisfied": int(row.score == 3)}
        reopening.count(uow, case, figures)
        if not row.solved:
            _reopen(uow, case, row.comment, "call-back" if channel == "phone" else "reporter")


def is_heard(uow: UnitOfWork, case: Case) -> bool:
    """Say whether the reporter was heard since the case was closed."""
    query = select(CallBack.id).where(CallBack.case_id == case.id, CallBack.reached)
    return uow.session.scalar(query.where(CallBack.asked_at >= case.closed_at).limit(1)) is not None


def rates(uow: UnitOfWork, since: datetime | None = None) -> list[Rates]:
    """Return response, solution and satisfaction rate of each unit, of call-backs since the moment.

    A handling counts once, by what was said last of it: a reporter who rates it and opens it again later is one.
    """
    happy = func.sum(func.coalesce(func.nullif(CallBack.score, 3) * 0, 1))
    columns = (func.sum(CallBack.responded.cast(Integer)), func.sum(CallBack.solved.cast(Integer)), happy)
    query = select(CallBack.unit_code, func.count(), *columns).where(lists.last_words())
    query = query.where(CallBack.unit_code.is_not(None))
    query = query.where(CallBack.asked_at >= since) if since else query
    return [
        Rates(str(unit), asked, *(round(100 * int(part or 0) / asked, 1) for part in parts))
        for unit, asked, *parts in uow.session.execute(query.group_by(CallBack.unit_code).order_by(CallBack.unit_code))
    ]


def call_backs(uow: UnitOfWork, case_id: UUID) -> list[CallBack]:
    """Return what the reporter of the case said, in order."""
    query = select(CallBack).where(CallBack.case_id == case_id).order_by(CallBack.asked_at, CallBack.id)
    return list(uow.session.scalars(query))


# ---- re-checks


def to_check(uow: UnitOfWork, limit: int = 50) -> list[tuple[ReCheck, Case]]:
    """Return what was drawn and not looked at yet, the oldest first, of cases that the actor may see."""
    query = select(ReCheck, Case).join(Case, Case.id == ReCheck.case_id).where(ReCheck.checked_at.is_(None))
    query = query.where(Case.closed_at.is_not(None), access.visible_cases(uow.actor), access.counted_cases())
    return [(row, case) for row, case in uow.session.execute(query.order_by(ReCheck.drawn_at, Case.id).limit(limit))]


def check_again(uow: UnitOfWork, case_id: UUID, passed: bool, comment: str = "") -> None:
    """Keep what the re-check found; what is not in order opens the same case again. Raises as ``call_back`` does."""
    case = execution.locked_case(uow, case_id)
    _require_caller(uow, case)
    _require_closed(case)
    row = uow.session.get(ReCheck, (case.id, reopening.turn(case)))
    if row is None or row.checked_at is not None:
        raise NotFoundError("no re-check of case {case} is open", case=case.number)
    if not passed and len(comment.strip()) < 2:
        raise InvalidError(problems={"comment": "is missing"})
    row.passed, row.comment, row.checked_at, row.checked_by = passed, comment.strip(), uow.now, uow.actor.name
    uow.record("case.rechecked", case, passed=passed, comment=row.comment)
    reopening.count(uow, case, {"rechecked": int(passed)})
    if not passed:
        _reopen(uow, case, row.comment, "re-check")


def _reopen(uow: UnitOfWork, case: LockedCase, why: str, through: str) -> None:
    reopening.reopen(uow, case, why, through)
    done = select(Task.completed_by).where(Task.case_id == case.id, Task.completed_by.is_not(None)).distinct()
    heads = select(Person.name).join(Membership).where(Membership.group_key == f"unit:{case.unit_code}:head")
    people: Sequence[str | None] = [*uow.session.scalars(done), *uow.session.scalars(heads)]
    news.tell(uow, [name for name in people if name], "reopened", case.id, text=privacy.without_numbers(why))


def _require_closed(case: LockedCase) -> None:
    if case.closed_at is None:
        raise ConflictError("case {case} is not closed yet", case=case.number)
    if into := cases.merged_into(case):
        raise ConflictError("case {case} was merged into {other}: ask about that one", case=case.number, other=into)
    if case.summary.get("filed") is False:
        raise ConflictError("case {case} was not filed: report the matter anew", case=case.number)


def _require_caller(uow: UnitOfWork, case: LockedCase) -> None:
    cases.get_case(uow, case.id)
    if not may_call(uow):
        raise ForbiddenError("call-backs and re-checks are made by those who answer or verify")
    if proof.took_part(uow, case.id):
        raise ForbiddenError("whoever handled case {case} does not ask about it", case=case.number)
