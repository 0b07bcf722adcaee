"""Work that the house does for processes, by topic. Not here: work outside a transaction (mail, webhooks)."""

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update

from engine import (
    campaigns,
    clock_requests,
    duties,
    duty_clock,
    enforcement,
    execution,
    heads,
    joint,
    mediations,
    notices,
    precedents,
    questions,
    reopening,
    repeats,
    resources,
    transfers,
)
from engine.locked import CASES, LockedCase
from engine.models import Assessment, Case, Job
from engine.statements import Statement
from engine.uow import CLOCK, Database, UnitOfWork


def _assess(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep what the case counts for; give it back as the variable ``assessment``."""
    figures = {**inputs, **clock_requests.figures(uow, case.id)}
    row = {
        "case_id": case.id,
        "unit_code": inputs.get("unit"),
        "item_code": inputs.get("item"),
        "on_time": inputs.get("on_time") is True,
        "ended_as": inputs.get("class"),
        "figures": figures,
        "recorded_at": uow.now,
    }
    clock_requests.close_left(uow, case.id)
    if case.summary.get("reopened"):
        reopening.add_turn(uow, case, inputs.get("on_time") is True, figures)
    elif AGAIN.run(uow, row) == 0:
        ASSESS.run(uow, row)
    reopening.draw(uow, case)
    return {"assessment": inputs}


_ROWS = cast(Table, Assessment.__table__)
_VALUES: dict[str, Any] = {column.name: bindparam(column.name) for column in _ROWS.columns}
ASSESS = Statement(insert(_ROWS).values(_VALUES))
AGAIN = Statement(
    update(_ROWS)
    .where(_ROWS.c.case_id == bindparam("case_id"))
    .values({name: value for name, value in _VALUES.items() if name != "case_id"})
)


TOPICS: dict[str, Callable[[UnitOfWork, LockedCase, dict[str, Any]], dict[str, Any]]] = {
    "assessment": _assess,
    "clock.start": duty_clock.start,
    "clock.pause": clock_requests.work_pause,
    "clock.resume": clock_requests.work_resume,
    "clock.extend": clock_requests.work_extend,
    "clock.grant": duty_clock.grant,
    "clock.turn-down": clock_requests.work_turn_down,
    "clock.excuse": clock_requests.work_excuse,
    "joint.open": joint.work_open,
    "joint.check-in": joint.work_check_in,
    "joint.missed": joint.work_missed,
    "joint.explained": joint.work_explained,
    "joint.result": joint.work_result,
    "joint.close": joint.work_close,
    "booking.release": resources.work_release,
    "unit.head": heads.work_find,
    "notice.duty": notices.work_duty,
    "notice.inform": notices.work_inform,
    "question.answered": questions.work_answered,
    "question.late": questions.work_late,
    "question.explained": questions.work_explained,
    "transfer.ask": transfers.work_ask,
    "transfer.pass": transfers.work_pass,
    "duty.find": duties.work_find,
    "precedent.find": precedents.work_find,
    "precedent.rule": precedents.work_rule,
    "adjudication.lapse": precedents.work_lapse,
    "campaign.open": campaigns.work_open,
    "campaign.close": campaigns.work_close,
    "enforcement.find": repeats.work_find,
    "enforcement.look": enforcement.work_look,
    "enforcement.checked": enforcement.work_checked,
    "enforcement.taken-up": repeats.work_taken_up,
    "mediation.agree": mediations.work_agree,
    "mediation.look": mediations.work_look,
    "mediation.visited": mediations.work_visited,
}


WAITING = select(Job.case_id).where(Job.due_at <= bindparam("now")).limit(1)
NEXT = (
    select(CASES)
    .join(Job, Job.case_id == Case.id)
    .where(Job.due_at <= bindparam("now"))
    .order_by(Job.due_at)
    .limit(1)
    .with_for_update(of=CASES, skip_locked=True)
)
JOB = Statement(
    select(Job.token, Job.topic, Job.inputs)
    .where(Job.case_id == bindparam("case"), Job.due_at <= bindparam("now"))
    .order_by(Job.due_at, Job.token)
    .limit(1)
)
DONE = Statement(
    delete(cast(Table, Job.__table__)).where(Job.case_id == bindparam("case"), Job.token == bindparam("done"))
)
ANY, OF = Statement(NEXT), Statement(NEXT.where(Case.opened_by == bindparam("opener")))


def work_due_jobs(database: Database, opener: str | None = None) -> int:
    """Do every job that waits, one transaction each; return how many were done.

    A job of a topic that nobody knows becomes a failure of its activity, which an administrator sees.
    ``opener``: only those of cases that this one opened, as a replay with a clock of its own needs.
    """
    done = 0
    while _is_waiting(database):
        with database.transaction(CLOCK) as uow:
            moment = {"now": uow.now}
            query, asked = (ANY, moment) if opener is None else (OF, {**moment, "opener": opener})
            found = query.first(uow, asked)
            if found is None:  # others hold what waits
                return done
            case = LockedCase(*found)
            uow.cases[case.id] = case
            done += work_jobs_of(uow, case)
    return done


def work_jobs_of(uow: UnitOfWork, case: LockedCase) -> int:
    """Do the jobs of the locked case that wait, those they lead to included; return how many were done.

    Whoever moves a case may do its jobs in the same transaction: what the house does by itself waits for nobody.
    """
    done = 0
    while not case.closed_at and (found := JOB.first(uow, {"case": case.id, "now": uow.now})) is not None:
        _work(uow, case, *found)
        done += 1
    return done


def _is_waiting(database: Database) -> bool:
    with database.reading(CLOCK) as uow:
        return uow.session.scalar(WAITING, {"now": uow.now}) is not None


def _work(uow: UnitOfWork, case: LockedCase, token: str, topic: str, inputs: dict[str, Any]) -> None:
    DONE.run(uow, {"case": case.id, "done": token})
    work = TOPICS.get(topic)
    if work is None:
        why = f"nobody does work of the topic {topic}"
        execution.advance(uow, case, lambda machine: machine.fail(token, why))
        return
    values = work(uow, case, inputs)
    uow.record("job.done", case, topic=topic, activity=token)
    execution.advance(uow, case, lambda machine: machine.complete(token, values))
