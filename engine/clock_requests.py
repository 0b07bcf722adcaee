"""What a unit asks of the clock: pause (挂账), extension (延期), appeal against "late" (超时申诉).

Whether it may be asked is the business of the tables ``pause_rule``, ``extension_rule``, ``appeal_rule``; who agrees,
in which order, of the diagrams ``pause``, ``extension``, ``overdue-appeal``. Not here: what follows (``duty_clock``).
"""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update

from engine import access, attachments, cases, duty_clock, execution, links, news, notices, parts, rules
from engine.bpmn import State
from engine.duty_models import CaseClock, ClockRequest
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Assessment, Candidate, Case, Task, TaskState
from engine.statements import Statement
from engine.uow import UnitOfWork

APPEAL = "overdue-appeal"
LAPSE = Statement(
    update(cast(Table, ClockRequest.__table__))
    .where(ClockRequest.case_id == bindparam("case"), ClockRequest.state == "asked")
    .values(state="lapsed", decided_at=bindparam("at"))
)
OWN = "what you asked for must be decided by another person"
Evidence = tuple[str, bytes] | None


def ask_pause(uow: UnitOfWork, case_id: UUID, until: datetime, reason: str, evidence: Evidence = None) -> ClockRequest:
    """Ask for the clock to stand still until the moment. Raises RefusedError naming the rule, or InvalidError."""
    case = _locked(uow, case_id)
    _require_reason(reason)
    facts = {
        **_facts(uow, case, "pause"),
        "asked_at": uow.now,
        "until": until,
        "pauses": len(_clock(uow, case).pauses),
    }
    rules.judge(uow, case, "pause", "pause_rule", facts)
    return _ask(uow, case, "pause", reason, evidence, until)


def ask_extension(uow: UnitOfWork, case_id: UUID, reason: str, evidence: Evidence = None) -> ClockRequest:
    """Ask for the original limit once more. Raises RefusedError naming the rule, or InvalidError."""
    case = _locked(uow, case_id)
    _require_reason(reason)
    rules.judge(uow, case, "extension", "extension_rule", _facts(uow, case, "extension"))
    return _ask(uow, case, "extension", reason, evidence, None)


def ask_appeal(uow: UnitOfWork, case_id: UUID, reason: str, evidence: Evidence = None) -> LockedCase:
    """Ask that a case which was closed late is not counted against the unit; return the case in which it is decided.

    Raises RefusedError naming the rule, or InvalidError.
    """
    case = _locked(uow, case_id)
    _require_reason(reason)
    counted = uow.session.get(Assessment, case.id)
    facts = {
        **_facts(uow, case, "appeal"),
        "closed": case.closed_at is not None,
        "was_late": counted is not None and not counted.on_time,
        "own": case.unit_code is not None and case.unit_code == uow.actor.unit_code,
        "appeals": _count(uow, case.id, "appeal"),
    }
    rules.judge(uow, case, "appeal", "appeal_rule", facts)
    request = _request(uow, case, "appeal", reason, evidence, None)
    values = {**_payload(uow, case, request), "about": case.number}
    values |= {name: case.summary.get(name) for name in ("item", "item_name", "item_name_en", "grid_name", "address")}
    appeal = cases.open_case(uow, APPEAL, values, f"超时申诉 · {case.number}")
    links.link(uow, appeal.id, case.id, "appeals")
    return appeal


def end_pause(uow: UnitOfWork, case_id: UUID, reason: str) -> None:
    """Let the case come back before the stated end. Raises ConflictError if it is not paused, ForbiddenError if it is
    neither the unit's nor the dispatcher's to say."""
    case = _locked(uow, case_id)
    _require_reason(reason)
    if _clock(uow, case).paused_until is None:
        raise ConflictError("case {case} is not paused", case=case.number)
    if not uow.actor.groups & {f"unit:{case.unit_code}", "dispatch"}:
        raise ForbiddenError("only the unit of case {case}, or the dispatcher, may end its pause", case=case.number)
    execution.tell(uow, case, "pause_ended", {"why": reason.strip()})


def paused_cases(uow: UnitOfWork, limit: int = 200) -> list[tuple[Case, CaseClock]]:
    """Return the cases whose clock stands still and that the actor may see (挂账库), the next to come back first."""
    query = (
        select(Case, CaseClock)
        .join(CaseClock, CaseClock.case_id == Case.id)
        .where(CaseClock.paused_until.is_not(None), Case.closed_at.is_(None), access.visible_cases(uow.actor))
        .order_by(CaseClock.paused_until)
        .limit(limit)
    )
    return [(case, clock) for case, clock in uow.session.execute(query)]


def requests_of(uow: UnitOfWork, case_id: UUID) -> list[ClockRequest]:
    """Return what was asked of the clock of the case, in order."""
    if not parts.has(uow, ClockRequest.case_id, case_id):
        return []
    query = select(ClockRequest).where(ClockRequest.case_id == case_id).order_by(ClockRequest.asked_at, ClockRequest.id)
    return list(uow.session.scalars(query))


def request_of(uow: UnitOfWork, task: Task) -> ClockRequest | None:
    """Return the request that the task decides on; None if it decides on none, or no longer."""
    kind = task.shown.get("properties", {}).get("request")
    if kind is None:
        return None
    asked = select(ClockRequest).where(ClockRequest.kind == kind, ClockRequest.state == "asked")
    found = uow.session.scalars(asked.where(ClockRequest.case_id == task.case_id)).first()
    if found is not None:
        return found
    named = [scope["vars"].get("request") for scope in State.load(task.case.state).scopes.values()]
    ids = [UUID(each) for each in named if each]
    return uow.session.scalars(asked.where(ClockRequest.id.in_(ids))).first()


def is_own(uow: UnitOfWork, task: Task) -> bool:
    """Say whether the actor asked for what the task decides on: is one of the heads, say, or stands in for one.

    Asked before anything is completed: what the asker had agreed to could later be decided by nobody.
    """
    request = request_of(uow, task)
    return request is not None and request.asked_by == uow.actor.name


def case_of(uow: UnitOfWork, request: ClockRequest) -> Case:
    """Return the case whose clock the request is about."""
    return uow.session.get_one(Case, request.case_id)


def may_ask(uow: UnitOfWork, case: Case) -> dict[str, bool]:
    """Return which forms the page of the case offers the actor: pause, extension, appeal, resume."""
    ours = case.unit_code is not None and f"unit:{case.unit_code}" in uow.actor.groups
    paused = bool(case.summary.get("paused_until"))
    is_open = case.closed_at is None
    counted = uow.session.get(Assessment, case.id) if not is_open else None
    late = counted is not None and not counted.on_time
    return {
        "pause": is_open and ours and not paused,
        "extension": is_open and ours and not paused,
        "resume": paused and (ours or "dispatch" in uow.actor.groups),
        "appeal": late and case.unit_code == uow.actor.unit_code,
    }


# ---- what the rules are asked about


def _facts(uow: UnitOfWork, case: LockedCase, kind: str) -> dict[str, Any]:
    clock = duty_clock.clock_of(uow, case.id)
    held = case.summary.get("holder") or {}
    return {
        "stage": held.get("stage"),
        "holds": not case.closed_at and _holds(uow, case, held.get("token")),
        "late": case.due_at is not None and uow.now > case.due_at,
        "paused": clock is not None and clock.paused_until is not None,
        "extensions": clock.extensions if clock else 0,
        "pending": _count(uow, case.id, kind, "asked") > 0,
        "unit": case.unit_code,
    }


def _holds(uow: UnitOfWork, case: LockedCase, token: str | None) -> bool:
    """Say whether the actor is charged with the case, or belongs to those who are while nobody has claimed it."""
    query = select(Task).where(Task.case_id == case.id, Task.token == token)
    task = uow.session.scalars(query.order_by(Task.opened_at.desc()).limit(1)).first()
    if task is None or task.state not in (TaskState.OPEN, TaskState.PAUSED):
        return False
    if task.assignee is not None:
        return task.assignee == uow.actor.name
    groups = uow.session.scalars(select(Candidate.group_key).where(Candidate.task_id == task.id))
    return bool(uow.actor.groups & set(groups))


def _count(uow: UnitOfWork, case_id: UUID, kind: str, state: str | None = None) -> int:
    query = select(func.count()).where(ClockRequest.case_id == case_id, ClockRequest.kind == kind)
    return uow.session.scalar(query.where(ClockRequest.state == state) if state else query) or 0


def _locked(uow: UnitOfWork, case_id: UUID) -> LockedCase:
    cases.get_case(uow, case_id)
    return execution.locked_case(uow, case_id)


def _clock(uow: UnitOfWork, case: LockedCase) -> CaseClock:
    clock = duty_clock.clock_of(uow, case.id)
    if clock is None:
        raise ConflictError("case {case} has no clock", case=case.number)
    return clock


def _require_reason(reason: str) -> None:
    if len(reason.strip()) < 2:
        raise InvalidError(problems={"reason": "is missing"})


# ---- asking


def _ask(
    uow: UnitOfWork, case: LockedCase, kind: str, reason: str, evidence: Evidence, until: datetime | None
) -> ClockRequest:
    request = _request(uow, case, kind, reason, evidence, until)
    execution.tell(uow, case, f"{kind}_asked", _payload(uow, case, request))
    return request


def _request(
    uow: UnitOfWork, case: LockedCase, kind: str, reason: str, evidence: Evidence, until: datetime | None
) -> ClockRequest:
    digest = attachments.add_photo(uow, case.id, *evidence).digest if evidence else None
    request = ClockRequest(
        case_id=case.id,
        kind=kind,
        state="asked",
        asked_by=uow.actor.name,
        asked_at=uow.now,
        unit_code=uow.actor.unit_code,
        reason=reason.strip(),
        until_at=until,
        evidence=digest,
        deciders=[],
    )
    uow.session.add(request)
    uow.session.flush()
    asked = {"why": request.reason, "evidence": digest, "until": until.isoformat() if until else None}
    uow.record(f"{kind}.asked", case, request=str(request.id), unit=request.unit_code, **asked)
    return request


def _payload(uow: UnitOfWork, case: LockedCase, request: ClockRequest) -> dict[str, Any]:
    """Return what the diagram is told; ``headed``: somebody else than the one who asks heads the unit."""
    return {
        "request": str(request.id),
        "asker": request.asked_by,
        "why": request.reason,
        "until": request.until_at.isoformat() if request.until_at else None,
        "unit": case.unit_code,
        "headed": any(name != uow.actor.name for name in notices.members(uow, f"unit:{case.unit_code}:head")),
    }


# ---- what the diagrams have the house do, by topic


def work_pause(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Pause the clock as the request asks; the work of ``clock.pause``."""
    request = _decide(uow, case, inputs, "approved")
    until = request.until_at or uow.now
    pauses = len(_clock(uow, case).pauses)
    _judge_again(uow, case, request, {"asked_at": uow.now, "until": until, "pauses": pauses})
    duty_clock.pause(uow, case, until, **_decided(request))
    return {}


def work_resume(uow: UnitOfWork, case: LockedCase, _inputs: dict[str, Any]) -> dict[str, Any]:
    """Let the clock go on; the work of ``clock.resume``."""
    duty_clock.resume(uow, case)
    return {}


def work_extend(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Add the original limit; the work of ``clock.extend``."""
    request = _decide(uow, case, inputs, "approved")
    _judge_again(uow, case, request, {})
    duty_clock.extend(uow, case, **_decided(request))
    return {}


def work_turn_down(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note that the request was turned down; it uses up no turn. The work of ``clock.turn-down``."""
    request = _decide(uow, case, inputs, "refused")
    details = {**_decided(request), "comment": inputs.get("comment")}
    uow.record(f"{request.kind}.turned-down", _owner(uow, case, request), **details)
    return {}


def work_excuse(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Excuse the closed case that the appeal is about; that it was late stays. The work of ``clock.excuse``."""
    request = _decide(uow, case, inputs, "approved")
    counted = uow.session.get_one(Assessment, request.case_id)
    counted.figures = {**counted.figures, "excused": True}
    uow.record("appeal.granted", _owner(uow, case, request), on_time=counted.on_time, **_decided(request))
    return {}


def _judge_again(uow: UnitOfWork, case: LockedCase, request: ClockRequest, more: dict[str, Any]) -> None:
    """Raise RefusedError if the case has moved on, so that what was rightly asked cannot be approved any more.

    Whoever asked before the deadline did so in time, however long it takes others to decide.
    """
    facts = {**_facts(uow, case, request.kind), "holds": True, "pending": False, "late": False, **more}
    rules.judge(uow, case, request.kind, f"{request.kind}_rule", facts)


def _owner(uow: UnitOfWork, case: LockedCase, request: ClockRequest) -> LockedCase:
    """Return the case whose clock it is about, locked: an appeal is decided in a case of its own."""
    return case if request.case_id == case.id else execution.locked_case(uow, request.case_id)


def _decide(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any], state: str) -> ClockRequest:
    """Close the request, with those who decided on it. Raises ForbiddenError if the one who asked is among them."""
    try:
        request = uow.session.get(ClockRequest, UUID(str(inputs.get("request"))))
    except ValueError:
        request = None
    if request is None or request.state != "asked":
        raise NotFoundError("no such request is open")
    done = select(Task.completed_by, Task.shown).where(
        Task.case_id == case.id, Task.completed_at >= request.asked_at, Task.state == TaskState.COMPLETED
    )
    rows = uow.session.execute(done.order_by(Task.completed_at, Task.id))
    request.deciders = [name for name, shown in rows if shown.get("properties", {}).get("request") == request.kind]
    if request.asked_by in request.deciders:
        raise ForbiddenError(OWN)
    request.state, request.decided_at = state, uow.now
    kind = "granted" if state == "approved" else "turned-down"
    news.tell(uow, [request.asked_by], kind, request.case_id, text=request.reason)
    return request


def _decided(request: ClockRequest) -> dict[str, Any]:
    return {
        "request": str(request.id),
        "by": request.deciders,
        "asked_by": request.asked_by,
        "why": request.reason,
        "evidence": request.evidence,
    }


def figures(uow: UnitOfWork, case_id: UUID) -> dict[str, Any]:
    """Return what the clock adds to the assessment of a case: extensions, time paused; nothing if there was none."""
    clock = duty_clock.clock_of(uow, case_id)
    if clock is None:
        return {}
    lasted = sum(((datetime.fromisoformat(b) - datetime.fromisoformat(a)) for a, b in clock.pauses), timedelta())
    found = {"extended": clock.extensions, "pauses": len(clock.pauses), "paused_seconds": int(lasted.total_seconds())}
    return {name: value for name, value in found.items() if value}


def close_left(uow: UnitOfWork, case_id: UUID) -> None:
    """Let what was asked and never decided lapse when the case closes."""
    LAPSE.run(uow, {"case": case_id, "at": uow.now})
