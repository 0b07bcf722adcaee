"""Joint enforcement (联合执法): units called together check in (报到) and file results; what is missing, and why.

Who acts, in which order, and when a unit counts as missing, say the diagram ``joint-enforcement`` and the tables
``check_in_limit``, ``close_joint_rule`` and ``standing_units``. Not here: whose a case is (``duties``, ``precedents``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case as choose
from sqlalchemy import func, select

from engine import access, admissions, cases, catalogue, execution, heads, parts, places, rules
from engine.bpmn import State
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.feel.times import read_duration
from engine.joint_models import CheckIn, JointUnit
from engine.locked import LockedCase
from engine.models import Case
from engine.uow import UnitOfWork

#: the activity of the diagram that has an instance for each unit
EACH_UNIT = "unit_action"
STANDING = "standing_units"
LIMIT = "check_in_limit"
MISSED = "check_in_missed"
PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How often a unit was called in the last 30 days, and how often it had not checked in by the limit."""

    unit: str
    called: int
    missed: int

    @property
    def share(self) -> int:
        """Return how often it came in time, in per cent."""
        return round(100 * (self.called - self.missed) / self.called)


def units_of(uow: UnitOfWork, case_id: UUID, turn: int | None = None) -> list[JointUnit]:
    """Return the units called to the joint action, the lead first; those of all rounds, or of one."""
    if not parts.has(uow, JointUnit.case_id, case_id):
        return []
    query = select(JointUnit).where(JointUnit.case_id == case_id)
    if turn is not None:
        query = query.where(JointUnit.round == turn)
    order = (JointUnit.round, JointUnit.is_lead.desc(), JointUnit.called_at, JointUnit.unit_code)
    return list(uow.session.scalars(query.order_by(*order)))


def check_ins_of(uow: UnitOfWork, case_id: UUID) -> list[CheckIn]:
    """Return who checked in, in order."""
    return list(uow.session.scalars(select(CheckIn).where(CheckIn.case_id == case_id).order_by(CheckIn.at, CheckIn.id)))


def called_now(uow: UnitOfWork, case_id: UUID) -> set[str]:
    """Return the codes of the units that are called in the current round."""
    rows = units_of(uow, case_id)
    return {row.unit_code for row in rows if row.round == rows[-1].round}


def lacking(uow: UnitOfWork, case_id: UUID) -> list[JointUnit]:
    """Return the units of the current round that have filed no result."""
    rows = units_of(uow, case_id)
    return [row for row in rows if row.round == rows[-1].round and row.filed_at is None]


def facts(uow: UnitOfWork, case_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``close_joint_rule`` is asked: the names of units without a result for which no reason is given.

    values: what was typed; ``missing`` has the reasons by unit.
    """
    given = values.get("missing") or {}
    left = [row.unit_code for row in lacking(uow, case_id) if not str(given.get(row.unit_code, "")).strip()]
    names = catalogue.unit_names(uow, left)
    return {f"unaccounted_{each}": [names.get(code, {}).get(each, code) for code in left] for each in ("zh", "en")}


# ---- what the diagram has the house do, by topic


def work_open(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note which units are called; the work of ``joint.open``. Returns the number of the ``round``."""
    turn = (uow.session.scalar(select(func.max(JointUnit.round)).where(JointUnit.case_id == case.id)) or 0) + 1
    lead = inputs.get("lead")
    called = list(dict.fromkeys(map(str, inputs.get("units") or ())))
    due = uow.now + _limit(uow, case)
    for code in called:
        uow.session.add(_called(uow, case, turn, code, due, is_lead=code == lead))
    uow.session.flush()
    uow.record("joint.opened", case, round=turn, lead=lead, units=called)
    return {"round": turn}


def _limit(uow: UnitOfWork, case: LockedCase) -> timedelta:
    asked = {name: case.summary.get(name) for name in ("item", "grade")}
    found = read_duration(str(rules.answer(uow, case.bound, LIMIT, asked)[0].get("value")))
    if not isinstance(found, timedelta):
        raise InvalidError(problems={LIMIT: "must be a duration of days, hours, minutes or seconds, such as PT30M"})
    return found


def _called(uow: UnitOfWork, case: LockedCase, turn: int, code: str, due: datetime, *, is_lead: bool) -> JointUnit:
    return JointUnit(
        case_id=case.id,
        round=turn,
        unit_code=code,
        is_lead=is_lead,
        called_at=uow.now,
        called_by=uow.actor.name,
        due_at=due,
    )


def work_check_in(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note who of the unit checked in, and how far from the site; the work of ``joint.check-in``.

    inputs: unit, round, latitude and longitude in degrees (None if they were not given), note.
    """
    row = _row(uow, case, inputs)
    _mark_if_due(uow, case, row)
    here = (_degrees(inputs.get("latitude")), _degrees(inputs.get("longitude")))
    subject = uow.session.get(CaseSubject, case.id)
    metres = places.distance(here, (subject.latitude, subject.longitude)) if subject else None
    found = CheckIn(
        case_id=case.id,
        round=row.round,
        unit_code=row.unit_code,
        person=uow.actor.name,
        at=uow.now,
        metres=None if metres is None else round(metres),
        note=inputs.get("note") or None,
    )
    uow.session.add(found)
    uow.session.flush()
    told = {"unit": row.unit_code, "round": row.round, "person": found.person, "metres": found.metres}
    uow.record("check-in.noted", case, **told, late=row.missed_at is not None)
    return {}


def work_missed(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Mark that nobody of the unit checked in in time and ask its head why; the work of ``joint.missed``."""
    _miss(uow, case, _row(uow, case, inputs))
    return {"absent": True}


def _mark_if_due(uow: UnitOfWork, case: LockedCase, row: JointUnit) -> None:
    # The timer marks who is not there. If the worker was down, a late check-in and the closing come before it.
    if uow.now >= row.due_at and not _came(uow, row):
        _miss(uow, case, row)


def _came(uow: UnitOfWork, row: JointUnit) -> bool:
    theirs = [CheckIn.case_id == row.case_id, CheckIn.round == row.round, CheckIn.unit_code == row.unit_code]
    return uow.session.scalar(select(CheckIn.id).where(*theirs).limit(1)) is not None


def _miss(uow: UnitOfWork, case: LockedCase, row: JointUnit) -> None:
    if row.missed_at is not None:
        return
    row.missed_at = row.due_at
    uow.session.flush()
    people = heads.of(uow, case, row.unit_code)
    told = {"unit": row.unit_code, "round": row.round}
    uow.record("check-in.missed", case, **told, since=row.due_at.isoformat(), people=people)
    execution.tell(uow, case, MISSED, told)


def work_explained(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep why nobody of the unit came in time; the work of ``joint.explained``."""
    row = _row(uow, case, inputs)
    row.explanation, row.explained_at, row.explained_by = str(inputs.get("why")), uow.now, uow.actor.name
    uow.session.flush()
    uow.record("check-in.explained", case, unit=row.unit_code, round=row.round, why=row.explanation)
    return {}


def work_result(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep what the unit found and did; the work of ``joint.result``."""
    row = _row(uow, case, inputs)
    row.result, row.filed_at, row.filed_by = str(inputs.get("result")), uow.now, uow.actor.name
    uow.session.flush()
    uow.record("joint.result-filed", case, unit=row.unit_code, round=row.round)
    return {}


def work_close(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep the lead's reasons for what is missing; the work of ``joint.close``."""
    given, left = inputs.get("missing") or {}, lacking(uow, case.id)
    for row in left:
        _mark_if_due(uow, case, row)
        row.reason = str(given.get(row.unit_code, "")).strip() or None
    uow.session.flush()
    uow.record("joint.closed", case, round=inputs.get("round"), missing={row.unit_code: row.reason for row in left})
    return {}


def _row(uow: UnitOfWork, case: LockedCase, inputs: Mapping[str, Any]) -> JointUnit:
    key = (case.id, int(inputs.get("round") or 1), str(inputs.get("unit")))
    found = uow.session.get(JointUnit, key)
    if found is None:
        raise NotFoundError("{unit} was not called to this joint action", unit=key[2])
    return found


def _degrees(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


# ---- calling one more unit


def standing(uow: UnitOfWork, case: Case) -> list[str]:
    """Return the units that stand ready for such a case (常驻协同单位) and are not in it; none when it is not joint."""
    if _body(case) is None or STANDING not in case.bound:
        return []
    asked = {name: case.summary.get(name) for name in ("item", "grid", "grade")}
    named = rules.answer(uow, case.bound, STANDING, asked)[0].get("value") or []
    there = called_now(uow, case.id)
    return [code for code in ([named] if isinstance(named, str) else named) if code not in there]


def may_add(uow: UnitOfWork, case: Case) -> bool:
    """Say whether the actor may call another unit: the lead of a joint action that goes on, or the dispatcher."""
    leads = f"unit:{case.unit_code}" in uow.actor.groups or "dispatch" in uow.actor.groups
    return leads and not case.closed_at and _body(case) is not None


def add_unit(uow: UnitOfWork, case_id: UUID, code: str) -> None:
    """Call one more unit to the joint action: it gets a task of its own, and its limit to check in runs from now.

    Raises RefusedError for a community that may not be asked, ForbiddenError for whoever does not lead, NotFoundError
    for a unit that nobody knows, ConflictError if it is called already or the units have ended their work.
    """
    seen = cases.get_case(uow, case_id)
    case = execution.locked_case(uow, case_id)
    if not {f"unit:{case.unit_code}", "dispatch"} & uow.actor.groups:
        raise ForbiddenError("only the lead of case {case}, or the dispatcher, calls another unit", case=case.number)
    name = catalogue.unit_names(uow, [code]).get(code)
    if name is None:
        raise NotFoundError("there is no unit {unit}", unit=code)
    admissions.judge(uow, case, [code], "call")
    body, rows = _body(seen), units_of(uow, case_id)
    if body is None or not rows:
        raise ConflictError("no units act together in case {case} now", case=case.number)
    turn = rows[-1].round
    if any(row.unit_code == code and row.round == turn for row in rows):
        raise ConflictError("{unit} was called already", unit=name)
    uow.session.add(_called(uow, case, turn, code, uow.now + _limit(uow, case), is_lead=False))
    uow.session.flush()
    uow.record("joint.unit-added", case, unit=code, round=turn)
    execution.advance(uow, case, lambda machine: machine.add_instance(body, code))


def _body(case: Case | LockedCase) -> str | None:
    """Return the token of the activity that has an instance for each unit, while it runs."""
    tokens: Mapping[str, Any] = State.load(case.state).tokens
    found = [name for name, token in tokens.items() if token.get("at") == EACH_UNIT and "n" in token]
    return found[-1] if found else None


# ---- what it counts for


def lately(uow: UnitOfWork) -> list[Attendance]:
    """Return how units came in the last 30 days, of cases that the actor may see, those that missed most first."""
    missed = func.sum(choose((JointUnit.missed_at.is_not(None), 1), else_=0))
    query = select(JointUnit.unit_code, func.count(), missed).join(Case, Case.id == JointUnit.case_id)
    query = query.where(JointUnit.called_at >= uow.now - PERIOD, access.visible_cases(uow.actor))
    query = query.where(access.counted_cases()).group_by(JointUnit.unit_code)
    found = [Attendance(unit, called, int(gone or 0)) for unit, called, gone in uow.session.execute(query)]
    return sorted(found, key=lambda each: (-each.missed, -each.called, each.unit))


def persons(rows: Sequence[JointUnit], came: Sequence[CheckIn]) -> set[str]:
    """Return the user names in them."""
    named = {each.person for each in came}
    return named | {name for row in rows for name in (row.filed_by, row.explained_by) if name}
