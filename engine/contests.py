"""What becomes of a precedent: units contest it beside the case, the committee confirms it as a rule or withdraws it.

The table ``precedent_rule`` says who may and when; each action is an entry of the chain of the case from which the
precedent came, and moves no case. Not here: ruling and routing (``precedents``).
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import duties, duty_list, execution, news, precedents, rules, transfers
from engine.duty_list import Row
from engine.locked import LockedCase
from engine.models import Case
from engine.precedent_models import Citation, Contest, Precedent
from engine.uow import UnitOfWork

RULE, COMMITTEE = "precedent_rule", "committee"


def of_precedent(uow: UnitOfWork, precedent_id: UUID) -> list[Contest]:
    """Return how the precedent was contested, in order."""
    query = select(Contest).where(Contest.precedent_id == precedent_id).order_by(Contest.contested_at, Contest.id)
    return list(uow.session.scalars(query))


def contest(uow: UnitOfWork, precedent_id: UUID, reason: str, basis: str) -> Contest:
    """Object to the precedent in the name of the actor's unit; it holds until the committee has decided.

    Raises RefusedError naming the rule.
    """
    precedent, case = _locked(uow, precedent_id)
    given = {"number": precedent.number, "reason": reason.strip(), "basis": basis.strip()}
    _judge(uow, precedent, case, "contest", given)
    made = Contest(
        precedent_id=precedent.id,
        unit_code=uow.actor.unit_code,
        reason=given["reason"],
        basis=given["basis"],
        contested_at=uow.now,
        contested_by=uow.actor.name,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.record("precedent.contested", case, unit=uow.actor.unit_code, **given)
    people = [*precedents.members(uow, COMMITTEE), precedent.ruled_by]
    news.tell(uow, people, "contested", case.id, text=precedent.number)
    return made


def confirm(uow: UnitOfWork, precedent_id: UUID, from_day: date) -> None:
    """Make the precedent a rule from the day on, a line of the list of duties; objections that are open are decided by
    that.

    Raises RefusedError naming the rule, InvalidError if the list of duties would not be right.
    """
    precedent, case = _locked(uow, precedent_id)
    given = {"number": precedent.number, "from": from_day.isoformat()}
    _judge(uow, precedent, case, "confirm", given, past_day=from_day < precedents.today(uow))
    precedent.confirmed_at, precedent.confirmed_by, precedent.in_force_from = uow.now, uow.actor.name, from_day
    uow.record("precedent.confirmed", case, **given, list=_to_list(uow, precedent, from_day))
    _decide(uow, precedent, case, "confirmed")


def withdraw(uow: UnitOfWork, precedent_id: UUID, reason: str) -> None:
    """Let the precedent route no more cases; those that it routed stay where they are. Its line of the list of duties
    ends. Raises RefusedError, InvalidError if nobody would lead then."""
    precedent, case = _locked(uow, precedent_id)
    given = {"number": precedent.number, "reason": reason.strip()}
    _judge(uow, precedent, case, "withdraw", given)
    precedent.withdrawn_at, precedent.withdrawn_by = uow.now, uow.actor.name
    precedent.why_withdrawn = given["reason"]
    uow.record("precedent.withdrawn", case, **given, list=_off_list(uow, precedent))
    _decide(uow, precedent, case, "withdrawn")


def _to_list(uow: UnitOfWork, precedent: Precedent, day: date) -> int | None:
    """Publish the list of duties with the rule from the day on; return its version, None if nothing had to change."""
    rows = duties.rows_now(uow)
    if not rows or any(row.basis_zh.startswith(precedent.number) for row in rows):
        return None
    basis = f"{precedent.number} {precedent.basis}"
    place = (precedent.item_code, precedent.area_code)
    roles = [(precedent.lead, "lead"), *((unit, "assist") for unit in precedent.co)]
    rule = [Row(*place, unit, role, basis, precedent.number, day, None) for unit, role in roles]
    made = duties.add(uow, duty_list.written(duty_list.with_rule(rows, rule, day)), f"{precedent.number} 确认为规则")
    return made.version if made else None


def _off_list(uow: UnitOfWork, precedent: Precedent) -> int | None:
    """Publish the list of duties with the rule ended; return its version, None if the rule was not on it."""
    rows = duties.rows_now(uow)
    if not any(row.basis_zh.startswith(precedent.number) for row in rows):
        return None
    left = duty_list.without_rule(rows, precedent.number, duties.today(uow))
    made = duties.add(uow, duty_list.written(left), f"{precedent.number} 撤销")
    return made.version if made else None


def may(uow: UnitOfWork, precedent: Precedent) -> dict[str, bool]:
    """Return which forms the page of the precedent offers the actor: contest, decide."""
    holds = precedent.withdrawn_at is None
    decides = COMMITTEE in uow.actor.groups and uow.actor.name != precedent.ruled_by
    return {"contest": holds and _is_party(uow, precedent), "decide": holds and decides}


def _locked(uow: UnitOfWork, precedent_id: UUID) -> tuple[Precedent, LockedCase]:
    case = execution.locked_case(uow, precedents.get_precedent(uow, precedent_id).case_id)
    precedent = precedents.get_precedent(uow, precedent_id)
    uow.session.refresh(precedent)
    return precedent, case


def _judge(
    uow: UnitOfWork, precedent: Precedent, case: LockedCase, action: str, given: dict[str, Any], past_day: bool = False
) -> None:
    opened = [each for each in of_precedent(uow, precedent.id) if each.decided_at is None]
    facts = {
        "action": action,
        "reason": given.get("reason"),
        "basis": given.get("basis"),
        "withdrawn": precedent.withdrawn_at is not None,
        "confirmed": precedent.confirmed_at is not None,
        "disputed": bool(opened),
        "contested": any(each.unit_code == uow.actor.unit_code for each in opened),
        "party": _is_party(uow, precedent),
        "groups": sorted(uow.actor.groups),
        "ruler": uow.actor.name == precedent.ruled_by,
        "past_day": past_day,
    }
    rules.judge(uow, case, f"precedent-{action}", RULE, facts, given)


def _is_party(uow: UnitOfWork, precedent: Precedent) -> bool:
    """Say whether the precedent concerns the actor's unit: named in it, or it had the case, or one that it routed."""
    unit = uow.actor.unit_code
    if unit is None:
        return False
    had = {each.from_unit for each in transfers.of_case(uow, precedent.case_id)}
    if unit in {precedent.lead, *precedent.co} | had:
        return True
    routed = select(Case.id).join(Citation, Citation.case_id == Case.id)
    found = uow.session.scalars(routed.where(Citation.precedent_id == precedent.id, Case.unit_code == unit).limit(1))
    return found.first() is not None


def _decide(uow: UnitOfWork, precedent: Precedent, case: LockedCase, decision: str) -> None:
    people = []
    for each in of_precedent(uow, precedent.id):
        if each.decided_at is None:
            each.decided_at, each.decided_by, each.decision = uow.now, uow.actor.name, decision
            people.append(each.contested_by)
    uow.session.flush()
    news.tell(uow, people, "decided", case.id, text=precedent.number)
