"""Booking shared resources for a case (预约共享资源), and cancelling: judged by the table ``booking_rule``.

Not here: the list of resources, what is free, releasing at the end (``resources``).

Locks: the case, then the resource. Of two who book the same resource at once the second looks when the first is done.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from engine import cases, catalogue, execution, holders, resources, rules
from engine.booking_models import Booking, Resource
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Candidate, Case, Task, TaskState
from engine.resources import Span
from engine.uow import UnitOfWork

RULE, DISPATCH, UNIT = "booking_rule", "dispatch", "unit:"
LONGEST = 300
LIVE = (TaskState.OPEN, TaskState.PAUSED)
MINUTE = timedelta(minutes=1)


def acts_as(uow: UnitOfWork, case: Case | LockedCase) -> tuple[str, str | None]:
    """Return as what the actor may book for the case, and for which unit.

    ``lead`` or ``called``: of a unit that has an open task in it which carries it on; ``dispatch``; else ``none``.
    """
    mine = or_(Candidate.group_key.in_(sorted(uow.actor.groups)), Task.assignee == uow.actor.name)
    query = select(Candidate.group_key, Task.shown).join(Task, Task.id == Candidate.task_id)
    query = query.where(Task.case_id == case.id, Task.state.in_(LIVE), Candidate.group_key.startswith(UNIT), mine)
    units = {
        group.split(":")[1]
        for group, shown in uow.session.execute(query)
        if not holders.is_beside(shown.get("properties", {}))
    }
    if case.unit_code in units:
        return "lead", case.unit_code
    if units:
        return "called", uow.actor.unit_code if uow.actor.unit_code in units else min(units)
    return ("dispatch", uow.actor.unit_code) if DISPATCH in uow.actor.groups else ("none", None)


def may_book(uow: UnitOfWork, case: Case) -> bool:
    """Say whether the actor may book something for the case, which has a unit and is open."""
    return case.unit_code is not None and case.closed_at is None and acts_as(uow, case)[0] != "none"


def book(uow: UnitOfWork, case_id: UUID, code: str, from_at: datetime, to_at: datetime) -> Booking:
    """Let the actor's unit have the resource for the case from the moment until the other one.

    The owner is told. Raises NotFoundError for a case or resource that the actor does not see, InvalidError for a time
    that ends before it begins, RefusedError that says what is possible instead.
    """
    cases.get_case(uow, case_id)
    if to_at <= from_at:
        raise InvalidError(problems={"to": "ends before it begins"})
    case, span = execution.locked_case(uow, case_id), (from_at, to_at)
    resource = resources.get_resource(uow, code, lock=True)
    role, unit = acts_as(uow, case)
    given = {"resource": code, "from": from_at.isoformat(), "to": to_at.isoformat()}
    rules.judge(uow, case, "booking", RULE, _facts(uow, case, resource, span, role), given)
    booking = Booking(
        resource_code=code,
        case_id=case.id,
        unit_code=unit,
        person=uow.actor.name,
        from_at=from_at,
        to_at=to_at,
        booked_at=uow.now,
    )
    uow.session.add(booking)
    uow.session.flush()
    words = resources.said(resource, booking, uow.now)
    uow.record("booking.made", case, booking=str(booking.id), unit=unit, **given, why=words)
    resources.tell_owner(uow, "booked", booking, resource, words)
    return booking


def _facts(uow: UnitOfWork, case: LockedCase, resource: Resource, span: Span, role: str) -> dict[str, Any]:
    """Return what the table is asked: who, how long, how far ahead, what is in the way, and what is free instead."""
    paused = case.summary.get("paused_until")
    other = resources.taken(uow, resource, span)
    free = resources.free_from(uow, resource, span)
    others = resources.free_ones(uow, resource, span)
    lead = catalogue.unit_names(uow, [case.unit_code]).get(case.unit_code or "", {})
    facts: dict[str, Any] = {
        "what": "book",
        "role": role,
        "open": case.closed_at is None,
        "paused": bool(paused) and span[0] < datetime.fromisoformat(str(paused)),
        "kind": resource.kind,
        "minutes": (span[1] - span[0]) / MINUTE,
        "ahead": (span[0] - uow.now) / MINUTE,
        "to_be_had": resources.can_be_had(resource, span),
        "taken": other is not None,
        "reasoned": True,
    }
    for language in ("zh", "en"):
        facts |= {
            f"lead_{language}": lead.get(language),
            f"next_{language}": resources.said_at(free, uow.now)[language] if free else None,
            f"others_{language}": [each.names[language] for each in others],
            f"holder_{language}": _holder(uow, other)[language] if other else None,
        }
    return facts


def _holder(uow: UnitOfWork, booking: Booking) -> dict[str, str]:
    """Return language -> who has the resource then: the unit, from when to when, the case for who may see it."""
    names = catalogue.unit_names(uow, [booking.unit_code]).get(booking.unit_code or "", {})
    span = resources.said_span((booking.from_at, booking.to_at), uow.now)
    seen = resources.visible_cases(uow, [booking]).get(booking.case_id)
    number = f" {seen.number}" if seen else ""
    return {language: f"{names.get(language, '')}{number} {span[language]}".strip() for language in span}


# ---- cancelling


def part_in(uow: UnitOfWork, booking: Booking, resource: Resource) -> str:
    """Return what the actor is to the booking: ``booker`` (the person, or of the unit), ``dispatch``, ``owner``; none.

    Who is the owner as well as the dispatcher counts as the dispatcher.
    """
    groups = uow.actor.groups
    if booking.person == uow.actor.name or f"{UNIT}{booking.unit_code}" in groups:
        return "booker"
    if DISPATCH in groups:
        return "dispatch"
    return "owner" if f"{UNIT}{resource.unit_code}" in groups else "none"


def cancel(uow: UnitOfWork, booking_id: UUID, why: str = "") -> Booking:
    """End the booking now, so that the resource is free; whoever booked is told, or the owner.

    Raises NotFoundError unless the actor sees the case or owns the resource, RefusedError for who may not cancel and
    for an owner without a reason, ConflictError if it has ended already, InvalidError for a reason that is too long.
    """
    seen = uow.session.get(Booking, booking_id)
    if seen is None or not _is_seen(uow, seen):
        raise NotFoundError("no such booking")
    why = why.strip()
    if len(why) > LONGEST:
        raise InvalidError(problems={"reason": "is too long"})
    case = execution.locked_case(uow, seen.case_id)
    booking = uow.session.get_one(Booking, booking_id, populate_existing=True)  # as it is under the lock
    resource = resources.get_resource(uow, booking.resource_code)
    if not booking.is_live or booking.to_at <= uow.now:
        raise ConflictError("the booking of {resource} has ended already", resource=resource.names)
    part = part_in(uow, booking, resource)
    facts = {"what": "cancel", "role": part, "open": case.closed_at is None, "reasoned": bool(why)}
    told = {"booking": str(booking.id), "resource": resource.code, "unit": booking.unit_code}
    rules.judge(uow, case, "booking", RULE, facts, {**told, "reason": why})
    booking.cancelled_at, booking.cancelled_by, booking.cancelled_why = uow.now, uow.actor.name, why
    uow.session.flush()
    words = resources.said(resource, booking, uow.now)
    words = {language: f"{text} · {why}" if why else text for language, text in words.items()}
    uow.record("booking.cancelled", case, **told, by=part, why=words)
    resources.tell(uow, [booking.person], "booking-lost", booking, words)
    resources.tell_owner(uow, "unbooked", booking, resource, words)
    return booking


def _is_seen(uow: UnitOfWork, booking: Booking) -> bool:
    owner = resources.get_resource(uow, booking.resource_code).unit_code
    return f"{UNIT}{owner}" in uow.actor.groups or bool(resources.visible_cases(uow, [booking]))


def may_cancel(uow: UnitOfWork, booking: Booking, resource: Resource) -> bool:
    """Say whether the actor may cancel the booking, which has not ended."""
    return booking.is_live and booking.to_at > uow.now and part_in(uow, booking, resource) != "none"


def is_owner(uow: UnitOfWork, booking: Booking, resource: Resource) -> bool:
    """Say whether the actor cancels as the owner, who gives a reason."""
    return part_in(uow, booking, resource) == "owner"
