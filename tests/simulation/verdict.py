"""What must be true of every case after the year, counted: ledgers, holders, transfers, chains."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from engine import audit, calendars, duty_clock, ledger
from engine.models import Assessment, AuditEntry, Case, Failure
from engine.uow import SYSTEM, Database, UnitOfWork

#: at most so many transfers between units, as the city's rule says
TRANSFERS = 2


def judge(database: Database) -> dict[str, Any]:
    """Return counts over all cases of the process ``incident``: the wrong ones must be 0."""
    with database.reading(SYSTEM) as uow:
        wrong: Counter[str] = Counter()
        seen: Counter[str] = Counter()
        for case in _incidents(uow):
            seen["cases"] += 1
            seen["closed"] += case.closed_at is not None
            wrong += _faults(uow, case)
        counted = [*uow.session.execute(select(Assessment.on_time, Assessment.figures))]
        passed = select(AuditEntry.owner).where(AuditEntry.action == "case.passed-on").group_by(AuditEntry.owner)
        beyond = uow.session.scalars(passed.having(func.count() > TRANSFERS)).all()
        levels = Counter(int(figures.get("escalated") or 0) for _on_time, figures in counted)
        actions = select(AuditEntry.action, func.count()).group_by(AuditEntry.action)
        entries = {action: count for action, count in uow.session.execute(actions)}
        failures = uow.session.scalar(select(func.count()).select_from(Failure).where(Failure.resolved_at.is_(None)))
        broken = sum(1 for _link in audit.broken_links(uow.session))
    return {
        "cases": seen["cases"],
        "closed": seen["closed"],
        "assessed": len(counted),
        "on_time": sum(bool(on_time) for on_time, _figures in counted),
        "on_time_share": round(100 * sum(bool(on_time) for on_time, _ in counted) / max(1, len(counted)), 1),
        "escalated_to_level": {level: levels[level] for level in (1, 2, 3)},
        "held_by_nobody": wrong["nobody"],
        "ledger_sums_wrong": wrong["sum"],
        "ledger_gaps": wrong["gap"],
        "transfers_beyond_the_limit": len(beyond),
        "failures": failures,
        "audit_entries": sum(entries.values()),
        "broken_links": broken,
        "entries": dict(sorted(entries.items())),
    }


def _incidents(uow: UnitOfWork) -> Iterator[Case]:
    query = select(Case).where(Case.process_key == "incident")
    yield from uow.session.scalars(query.execution_options(yield_per=500))


def _faults(uow: UnitOfWork, case: Case) -> Counter[str]:
    """Return what is wrong with the case."""
    found: Counter[str] = Counter()
    book = ledger.ledger(uow, case)
    if book is None:
        return found
    clock = duty_clock.clock_of(uow, case.id)
    calendar = calendars.far(uow, clock.calendar if clock else calendars.CITY, max(book.end, uow.now))
    working = calendar.between(book.start, book.end, clock.unit if clock else "hours")
    natural = sum((span.natural for span in book.spans), timedelta())
    counted = sum((span.working for span in book.spans), timedelta())
    found["sum"] += (natural, counted) != (book.end - book.start, working)
    found["gap"] += any(before.end != after.start for before, after in itertools.pairwise(book.spans))
    nobody = "nobody" in book.by_unit() or (case.closed_at is None and ledger.holder(case) is None)
    found["nobody"] += nobody
    return found
