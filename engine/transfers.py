"""Passing a case on between units (退回、转派): who may send back, how often it may go on, and what is counted.

The table ``return_rule`` says whether a unit may send a case back at all, ``transfer_rule`` whether it may then go to
another unit; what it refuses goes to adjudication (``precedents``). Counted are rounds between units, not clicks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from engine import access, duties, parts, rules, stages
from engine.locked import LockedCase
from engine.models import Case, Task
from engine.precedent_models import Transfer
from engine.uow import UnitOfWork

RETURN, PASS_ON = "return_rule", "transfer_rule"
PERIOD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Sender:
    """A unit that sent back so many cases in the last 30 days, and how many of them into adjudication (推诿).

    ``received``: how many it got in those days, those that it sent back among them.
    """

    unit: str
    cases: int
    shirked: int
    received: int

    @property
    def returned_share(self) -> int:
        """Return how many of the received ones it sent back, in per cent (回退率)."""
        return round(100 * self.cases / self.received)

    @property
    def shirked_share(self) -> int:
        """Return how many of the received ones it sent into adjudication, in per cent (推诿率)."""
        return round(100 * self.shirked / self.received)


def of_case(uow: UnitOfWork, case_id: UUID) -> list[Transfer]:
    """Return how the case was passed on, in order."""
    if not parts.has(uow, Transfer.case_id, case_id):
        return []
    query = select(Transfer).where(Transfer.case_id == case_id).order_by(Transfer.returned_at, Transfer.id)
    return list(uow.session.scalars(query))


def rounds(rows: Collection[Transfer]) -> int:
    """Return how often the case went from one unit to another; back to the same one is no round."""
    return sum(1 for row in rows if row.counts and row.to_unit is not None and row.to_unit != row.from_unit)


def units(rows: Collection[Transfer]) -> list[str]:
    """Return the units that sent the case back, each once, the first receiver first; not who held it as a stopgap."""
    return list(dict.fromkeys(row.from_unit for row in rows if row.counts))


def accept_due(uow: UnitOfWork, task: Task) -> datetime | None:
    """Return until when the open task may be answered by sending the case back; None where there is no such limit."""
    return stages.accept_due(uow, task.case_id, task.token) if task.is_open else None


def work_ask(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Judge that a unit sends the case back; the work of ``transfer.ask``.

    inputs: unit, reason, basis, suggested. Returns ``pass_on``; and where it is not passed on ``adjudicating``, and how
    often that was so. Raises RefusedError, kept in the chain, if it may not be sent back at all.
    """
    given = {name: inputs.get(name) for name in ("unit", "reason", "basis", "suggested")}
    rows = of_case(uow, case.id)
    facts = {**given, **_facts(uow, case, str(given["unit"]), rows)}
    rules.judge(uow, case, "return", RETURN, facts, given)
    found, version = rules.answer(uow, case.bound, PASS_ON, facts)
    may_go_on = found.get("allowed") is True
    row = Transfer(
        case_id=case.id,
        from_unit=str(given["unit"]),
        suggested=given["suggested"],
        reason=str(given["reason"]),
        basis=str(given["basis"] or ""),
        counts=found.get("counts") is not False,
        refused=not may_go_on,
        returned_at=uow.now,
        returned_by=uow.actor.name,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.record("case.returned", case, rounds=facts["rounds"], **given)
    if not may_go_on:
        why = {language: found.get(language) for language in ("zh", "en")}
        uow.record("transfer.refused", case, rule=PASS_ON, version=version, why=why, values=given)
    past = units([*rows, row])
    kept = {"past_units": past, "first_receiver": past[0] if past else given["unit"], "rounds": facts["rounds"]}
    kept |= {"pass_on": may_go_on, "adjudicating": not may_go_on, "basis": None, "suggested_unit": None}
    if not may_go_on:
        kept["shirked"] = int(case.summary.get("shirked") or 0) + 1
    return kept | {"suggested": given["suggested"] or ""}


def _facts(uow: UnitOfWork, case: LockedCase, unit: str, rows: list[Transfer]) -> dict[str, Any]:
    """Return what the rules are asked about."""
    summary = case.summary
    due = _accept_due(uow, case)
    cited = summary.get("precedent") or {}
    last = rows[-1] if rows else None
    return {
        "item": summary.get("item"),
        "grade": summary.get("grade"),
        "stopgap": duties.stands_in(duties.of_case(uow, summary), unit),
        "ruled": summary.get("ruling") is not None,
        "cited": cited.get("number") if unit in cited.get("units", ()) else None,
        "done_before": bool(summary.get("rework") or summary.get("reopened")),
        "sent_again": last is not None and last.from_unit == unit == last.to_unit,
        "late": due is not None and uow.now > due,
        "rounds": rounds(rows),
    }


def _accept_due(uow: UnitOfWork, case: LockedCase) -> Any:
    """Return until when the unit whose task was just completed had to accept the case."""
    done = (Task.case_id == case.id, Task.completed_at == uow.now, Task.completed_by == uow.actor.name)
    tokens = uow.session.scalars(select(Task.token).where(*done).order_by(Task.opened_at.desc(), Task.id.desc()))
    return next((due for token in tokens if (due := stages.accept_due(uow, case.id, token)) is not None), None)


def work_pass(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Note to which unit the case that was sent back goes now; the work of ``transfer.pass``; return the rounds."""
    rows = of_case(uow, case.id)
    row = rows[-1] if rows else None
    if row is None or row.to_unit is not None or row.refused:
        return {}
    row.to_unit, row.passed_at, row.passed_by = str(inputs["unit"]), uow.now, uow.actor.name
    uow.session.flush()
    found = rounds(rows)
    again = "case.sent-again" if row.to_unit == row.from_unit else "case.passed-on"
    uow.record(again if row.counts else "case.assigned", case, unit=row.from_unit, to=row.to_unit, rounds=found)
    return {"rounds": found}


def _is_not_among_its_own(since: datetime) -> ColumnElement[bool]:
    """Return the condition that the case is not among those of the period which the unit that sent it back has now."""
    return or_(Case.unit_code.is_(None), Case.unit_code != Transfer.from_unit, Case.opened_at < since)


def lately(uow: UnitOfWork) -> list[Sender]:
    """Return the units that sent cases back in the last 30 days, of cases that the actor may see; the most first."""
    columns = (Transfer.from_unit, func.count(Transfer.case_id.distinct()))
    query = select(*columns).join(Case, Case.id == Transfer.case_id).group_by(Transfer.from_unit)
    query = query.where(Transfer.counts, Transfer.returned_at >= uow.now - PERIOD)
    query = query.where(access.visible_cases(uow.actor), access.counted_cases())
    sent = {unit: count for unit, count in uow.session.execute(query)}
    shirked = {unit: count for unit, count in uow.session.execute(query.where(Transfer.refused))}
    got = select(Case.unit_code, func.count()).where(Case.opened_at >= uow.now - PERIOD, Case.unit_code.in_(sent))
    got = got.where(access.visible_cases(uow.actor), access.counted_cases()).group_by(Case.unit_code)
    kept = {unit: count for unit, count in uow.session.execute(got)}
    # what it has now and had sent back once came to it as one case; what it sent back and lost is not among those
    gone = {unit: count for unit, count in uow.session.execute(query.where(_is_not_among_its_own(uow.now - PERIOD)))}
    found = [
        Sender(unit, count, shirked.get(unit, 0), kept.get(unit, 0) + gone.get(unit, 0)) for unit, count in sent.items()
    ]
    return sorted(found, key=lambda each: (-each.shirked, -each.cases, each.unit))
