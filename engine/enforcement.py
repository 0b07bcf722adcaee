"""Enforcement outcomes (执法结果: 责令、处罚 …): what was ordered or imposed, and its compliance check.

What an outcome must state and how heavy it must be says ``enforcement_rule``; when it is checked ``enforcement_limit``;
what follows the diagram ``compliance-check``. The chain names no party: names and numbers stand in
``enforcement_outcomes`` alone. Not here: what comes back (``repeats``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy import case as choose

from engine import access, calendars, cases, deployments, execution, forms, links, parts, privacy, repeats, rules
from engine.deadlines import Limit, Run, due_at
from engine.desk_models import CaseSubject
from engine.enforcement_models import EnforcementOutcome
from engine.errors import ConflictError, ForbiddenError, NotFoundError
from engine.locked import LockedCase
from engine.models import Case, Task
from engine.uow import UnitOfWork

FORM, RULE, LIMIT = "enforcement-outcome", "enforcement_rule", "enforcement_limit"
HEAVIER = "enforce_rule"
#: the process of a check, and the kind of its link with the case
CHECK, CHECKS = "compliance-check", "checks"
PERIOD = timedelta(days=30)
MOST = 200
#: what the page of outcomes shows
VIEWS = ("due", "late", "not_complied", "lately", "all")


@dataclass(frozen=True, slots=True)
class Line:
    """A unit: outcomes noted in 30 days, checks that are late now, what was found not complied with in 30 days."""

    unit: str
    noted: int
    late: int
    not_complied: int


def of_case(uow: UnitOfWork, case_id: UUID) -> list[EnforcementOutcome]:
    """Return the outcomes noted in the case, in order; those of the case that it checks, if it is a check."""
    found = checked_by_case(uow, case_id)
    if found is None and not parts.has(uow, EnforcementOutcome.case_id, case_id):
        return []
    query = select(EnforcementOutcome).where(EnforcementOutcome.case_id == (found.case_id if found else case_id))
    return list(uow.session.scalars(query.order_by(EnforcementOutcome.noted_at, EnforcementOutcome.id)))


def checked_by_case(uow: UnitOfWork, case_id: UUID) -> EnforcementOutcome | None:
    """Return the outcome that the case checks."""
    if not parts.has(uow, EnforcementOutcome.check_case_id, case_id):
        return None
    return uow.session.scalars(select(EnforcementOutcome).where(EnforcementOutcome.check_case_id == case_id)).first()


def form_of(uow: UnitOfWork, case: Case | LockedCase) -> dict[str, Any]:
    """Return the form of an outcome in the version that the case is bound to."""
    return deployments.form(uow, case.bound, FORM)


def current_form(uow: UnitOfWork) -> dict[str, Any]:
    """Return the form of an outcome as new cases get it."""
    return deployments.form(uow, deployments.current_versions(uow), FORM)


def takes_outcomes(task: Task) -> bool:
    """Say whether outcomes are noted in the task: its property ``outcomes`` in the diagram."""
    return bool(task.shown.get("properties", {}).get("outcomes") == "yes")


def may_note(uow: UnitOfWork, task: Task) -> bool:
    """Say whether the actor notes outcomes in the task now."""
    own = task.assignee in (None, uow.actor.name)
    return task.is_open and own and takes_outcomes(task) and privacy.is_at_work(uow, task.case_id, task.id)


def shown(uow: UnitOfWork, row: EnforcementOutcome) -> dict[str, str]:
    """Return party and mark as the actor may read them: whole for people of the unit and who works on the case."""
    about = uow.session.get_one(Case, row.case_id)
    ours = f"unit:{row.unit_code}" in uow.actor.groups
    if ours or privacy.may_call(uow, about):
        return {"party": row.party, "mark": row.party_mark}
    return {"party": f"{row.party[:1]}**" if row.party else "", "mark": "***" if row.party_mark else ""}


# ---- noting and withdrawing


def note(uow: UnitOfWork, task_id: UUID, values: Mapping[str, Any]) -> EnforcementOutcome:
    """Note an outcome in the task, plan its check, and link what it repeats.

    Raises InvalidError naming each wrong field, RefusedError if the rule does not allow it, ForbiddenError for who does
    not work on the task, ConflictError if no outcomes are noted in it now.
    """
    task = uow.session.scalars(select(Task).where(Task.id == task_id, access.visible_tasks(uow.actor))).first()
    if task is None:
        raise NotFoundError("no such task")
    work = execution.locked_case(uow, task.case_id)
    uow.session.refresh(task)  # somebody may have completed it before the lock
    _require_work(uow, task)
    failed = checked_by_case(uow, work.id)
    about = execution.locked_case(uow, failed.case_id) if failed else work
    forms.check_values(form_of(uow, work), values)
    row = _row(uow, about, task, values)
    rule = repeats.rule_of(uow, work, row.item_code)
    known = repeats.earlier(uow, row, rule)
    row.times, heavy_from = len(known) + 1, rule["heavy_from"]
    weight = failed.weight if failed else None
    limit = _judged(uow, about, row, values, {"heavy_from": heavy_from, "heavier_than": weight})
    row.weight, row.check_at = int(limit["weight"]), _check_at(uow, row, limit, values.get("days"))
    uow.session.add(row)
    uow.session.flush()
    said = form_of(uow, work)["properties"]["kind"].get("x-labels", {}).get(row.kind)
    told = {
        "why": said,
        "unit": row.unit_code,
        "kind": row.kind,
        "times": row.times,
        "document": row.document,
        "fen": row.fen,
    }
    planned = row.check_at.isoformat() if row.check_at else None
    uow.record("outcome.noted", about, outcome=str(row.id), party=bool(row.party), check_at=planned, **told)
    repeats.link(uow, about, known)
    if row.check_at is not None:
        _plan(uow, about, row, limit)
    if row.times >= heavy_from and about.closed_at is None:
        repeats.tell_head(uow, about, row.unit_code, row.times)
    return row


def _require_work(uow: UnitOfWork, task: Task) -> None:
    if not task.is_open or not takes_outcomes(task):
        raise ConflictError("no enforcement outcomes are noted in task {task} now", task=task.name)
    if not may_note(uow, task):
        raise ForbiddenError("only who does task {task} notes its enforcement outcomes", task=task.name)


def _row(uow: UnitOfWork, about: LockedCase, task: Task, values: Mapping[str, Any]) -> EnforcementOutcome:
    subject = uow.session.get(CaseSubject, about.id)
    party, mark = (str(values.get(name) or "").strip() for name in ("party", "party_mark"))
    acting = (task.shown.get("instance") or {}).get("acting_unit")
    fined = values.get("amount")
    return EnforcementOutcome(
        case_id=about.id,
        unit_code=acting or about.unit_code or uow.actor.unit_code or "",
        item_code=subject.item_code if subject else str(about.summary.get("item") or ""),
        grid_code=subject.grid_code if subject else str(about.summary.get("grid") or ""),
        address=subject.address if subject else "",
        latitude=subject.latitude if subject else None,
        longitude=subject.longitude if subject else None,
        kind=str(values["kind"]),
        document=str(values.get("document") or "").strip(),
        party=party,
        party_mark=mark,
        party_key=repeats.party_key(party, mark, subject.grid_code if subject else ""),
        fen=None if fined is None else round(Decimal(str(fined)) * 100),
        remark=str(values.get("remark") or "").strip(),
        noted_at=uow.now,
        noted_by=uow.actor.name,
        finding="",
    )


def _judged(
    uow: UnitOfWork, about: LockedCase, row: EnforcementOutcome, values: Mapping[str, Any], more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the limit of the outcome if the rule allows it. What is kept of a refusal names nobody."""
    limit, _version = rules.answer(uow, about.bound, LIMIT, {"kind": row.kind, "item": row.item_code})
    facts = {
        "kind": row.kind,
        "times": row.times,
        "document": row.document or None,
        "party": row.party or None,
        "amount": values.get("amount"),
        "weight": limit["weight"],
        **more,
    }
    given = {"kind": row.kind, "document": row.document, "times": row.times, "amount": values.get("amount")}
    rules.judge(uow, about, "outcome", RULE, facts, given)
    return limit


def _check_at(uow: UnitOfWork, row: EnforcementOutcome, limit: Mapping[str, Any], days: int | None) -> datetime | None:
    """Return when the outcome is checked: after so many natural days if the document says so, else by the table."""
    if limit.get("value") is None:
        return None
    if days:
        return uow.now + timedelta(days=days)
    run = Run(Limit(Decimal(str(limit["value"])), str(limit["unit"])), uow.now)
    name = calendars.name_for(uow, row.unit_code)
    return calendars.reaching(uow, name, uow.now, lambda calendar: due_at(calendar, run))


def _plan(uow: UnitOfWork, about: LockedCase, row: EnforcementOutcome, limit: Mapping[str, Any]) -> None:
    values = {"outcome": str(row.id), "about": about.number, "unit": row.unit_code, "check_at": row.check_at}
    values |= {"value": limit["check_value"], "limit_unit": limit["check_unit"]}
    values |= {
        name: about.summary.get(name) for name in ("item", "item_name", "item_name_en", "grid", "grid_name", "address")
    }
    check = cases.open_case(uow, CHECK, values, f"改正复查 · {about.number}")
    uow.session.flush()
    row.check_case_id = check.id
    uow.session.flush()
    links.link(uow, check.id, about.id, CHECKS)


def withdraw(uow: UnitOfWork, outcome_id: UUID) -> None:
    """Take back an outcome that was noted by mistake; it stays in the chain, counts no longer and is not checked.

    Raises NotFoundError, ForbiddenError for anybody but who noted it, ConflictError once it was checked.
    """
    row = uow.session.get(EnforcementOutcome, outcome_id)
    if row is None:
        raise NotFoundError("no such enforcement outcome")
    seen = cases.get_case(uow, row.case_id)
    case = execution.locked_case(uow, row.case_id)
    uow.session.refresh(row)
    if row.noted_by != uow.actor.name:
        raise ForbiddenError("only who noted the outcome takes it back: note another one beside it")
    if row.withdrawn_at is not None or row.checked_at is not None:
        raise ConflictError("the outcome in case {case} was checked or withdrawn already", case=seen.number)
    row.withdrawn_at = uow.now
    uow.session.flush()
    uow.record("outcome.withdrawn", case, outcome=str(row.id), kind=row.kind)


# ---- what the diagrams have the house do, by topic


def work_look(uow: UnitOfWork, _case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Say whether the outcome still stands; the work of ``enforcement.look``."""
    return {"stands": _outcome(uow, inputs).withdrawn_at is None}


def work_checked(uow: UnitOfWork, _case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep what the check found; the work of ``enforcement.checked``."""
    row = _outcome(uow, inputs)
    row.complied, row.finding = inputs.get("complied") is True, str(inputs.get("finding") or "")
    row.checked_at, row.checked_by = uow.now, uow.actor.name
    uow.session.flush()
    about = execution.locked_case(uow, row.case_id)
    uow.record("outcome.checked", about, outcome=str(row.id), kind=row.kind, complied=row.complied, why=row.finding)
    return {}


def _outcome(uow: UnitOfWork, inputs: Mapping[str, Any]) -> EnforcementOutcome:
    return uow.session.get_one(EnforcementOutcome, UUID(str(inputs["outcome"])))


def facts(uow: UnitOfWork, case_id: UUID) -> dict[str, Any]:
    """Return what ``enforce_rule`` is asked: whether a heavier outcome was noted since the check found nothing done."""
    failed = checked_by_case(uow, case_id)
    if failed is None or failed.checked_at is None:
        return {"heavier_noted": False, "why_none": None}
    since = [each for each in of_case(uow, case_id) if each.withdrawn_at is None and each.noted_at >= failed.checked_at]
    return {"heavier_noted": any(each.weight > failed.weight for each in since), "why_none": None}


# ---- lists and figures


def listed(uow: UnitOfWork, view: str, unit: str = "") -> list[tuple[EnforcementOutcome, Case]]:
    """Return outcomes of cases that the actor may see; at most 200.

    view: ``due`` (to be checked, the nearest first), ``late`` (past the day of the check), ``not_complied`` (found in
    the last 30 days), ``lately`` (noted in them), ``all``.
    """
    query = _seen(uow).where(*([EnforcementOutcome.unit_code == unit] if unit else []), *_view(view, uow.now))
    first = EnforcementOutcome.check_at if view in ("due", "late") else EnforcementOutcome.noted_at.desc()
    return [(row, case) for row, case in uow.session.execute(query.order_by(first, EnforcementOutcome.id).limit(MOST))]


def _seen(uow: UnitOfWork) -> Select[EnforcementOutcome, Case]:
    query = select(EnforcementOutcome, Case).join(Case, Case.id == EnforcementOutcome.case_id)
    return query.where(access.visible_cases(uow.actor))


def _view(view: str, now: datetime) -> list[ColumnElement[bool]]:
    waits: list[ColumnElement[bool]] = [
        EnforcementOutcome.check_at.is_not(None),
        EnforcementOutcome.checked_at.is_(None),
        EnforcementOutcome.withdrawn_at.is_(None),
    ]
    if view == "due":
        return waits
    if view == "late":
        return [*waits, EnforcementOutcome.check_at < now]
    if view == "not_complied":
        return [EnforcementOutcome.complied.is_(False), EnforcementOutcome.checked_at >= now - PERIOD]
    if view == "lately":
        return [EnforcementOutcome.noted_at >= now - PERIOD, EnforcementOutcome.withdrawn_at.is_(None)]
    return []


def lately(uow: UnitOfWork) -> list[Line]:
    """Return for each unit what its lists hold: outcomes noted in the last 30 days, checks that are late, and what was
    found not complied with in them; of cases that the actor may see, those with most of the latter first."""
    views = [and_(*_view(view, uow.now)) for view in ("lately", "late", "not_complied")]
    sums = [func.sum(choose((view, 1), else_=0)) for view in views]
    query = select(EnforcementOutcome.unit_code, *sums).join(Case, Case.id == EnforcementOutcome.case_id)
    query = query.where(access.visible_cases(uow.actor), or_(*views)).group_by(EnforcementOutcome.unit_code)
    found = [Line(unit, *map(int, counts)) for unit, *counts in uow.session.execute(query)]
    return sorted(found, key=lambda each: (-each.not_complied, -each.noted, each.unit))
