"""The city of the benchmarks, made small: what the generator writes is what the engine would have written."""

import re
from collections import Counter

import pytest
from sqlalchemy import func, select, text

from engine import audit, cases, ledger, tasks, words
from engine.initials import initials
from engine.models import Candidate, Case, Task, Timer
from engine.search_models import CaseWords
from engine.uow import SYSTEM
from tests.bench import million, patterns

CASES = 1_000


@pytest.fixture
def filled(database):
    """A city of a thousand cases at four units, from the same generator as the million."""
    database.dispose()
    million.fill(database.url, CASES, units=4)
    return database


def test_a_generated_city_is_sound(filled):
    with filled.reading(SYSTEM) as uow:
        found = list(uow.session.scalars(select(Case).order_by(Case.opened_at)))
        _counts_are_as_asked(uow, found)
        assert list(audit.broken_links(uow.session)) == []
        for case in (found[0], found[500], found[-1]):
            title, place = case.title, case.summary["address"]
            said = f"{title} {place} {case.summary['grid_name']}"
            assert case.search == f"{said} {initials(said)}"
            assert cases.timeline(uow, case)[-1].seq == case.audit_seq
            assert "%(" not in case.state + case.search + str(case.summary)
        assert min(uow.session.scalars(select(Timer.due_at))) > uow.now
        last = found[-1]
        indexed = dict(uow.session.execute(select(CaseWords.case_id, CaseWords.terms)).all())
        assert len(indexed) == CASES
        assert {term for term, _begins in words.asked(last.title)} <= set(indexed[last.id].replace("'", "").split())
        assert last in cases.list_cases(uow, text=f"{last.summary['address']} {last.number[-6:]}")
        indexed = dict(uow.session.execute(select(CaseWords.case_id, CaseWords.terms)).all())
        assert len(indexed) == CASES
        said = f"{last.search.rsplit(' ', 6)[0]}"
        assert {term for term, _begins in words.asked(said)} <= set(re.sub("'", "", indexed[last.id]).split())
        assert last in cases.list_cases(uow, text=f"{last.summary['address']} {last.number[-6:]}")
        assert ledger.holder(last) is not None
        if filled.is_sqlite:
            assert uow.session.execute(text("PRAGMA foreign_key_check")).all() == []


def _counts_are_as_asked(uow, found):
    wanted = {kind: round(number * CASES / million.CASES) for kind, number in million.OPEN.items()}
    assert len(found) == len({case.number for case in found}) == CASES
    assert sum(case.closed_at is None for case in found) == sum(wanted.values())
    offered = Counter(dict(uow.session.execute(select(Candidate.group_key, func.count()).group_by("group_key")).all()))
    assert offered["acceptance"] >= wanted["file"]
    waiting = uow.session.scalar(select(func.count()).select_from(Task).where(Task.state == "open"))
    assert waiting >= sum(wanted.values()) + wanted["late"]


def test_people_go_on_with_the_cases_of_a_generated_city(filled):
    with filled.transaction(SYSTEM) as uow:
        query = select(Task.id).where(Task.state == "open", Task.activity_id == "file").limit(1)
        wanted = uow.session.scalars(query).one()
        tasks.complete_task(uow, wanted, {"filed": True})
        case_id = uow.session.get_one(Task, wanted).case_id
    with filled.reading(SYSTEM) as uow:
        found = cases.tasks_of(uow, uow.session.get_one(Case, case_id))
        assert next(task.activity_id for task in found if task.is_open).startswith("handle")
        assert list(audit.broken_links(uow.session)) == []


def test_units_that_are_asked_for_nothing_of_the_kind_stop_nobody(tmp_path):
    """Communities, say: only what is on their list comes to them."""
    items = {pattern.item for pattern in patterns.record(tmp_path)}
    assert len(items) >= 40
