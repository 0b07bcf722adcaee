"""Reading once in a snapshot: the same answer as asking each time, and never a stale one in a transaction."""

from sqlalchemy import event

from engine import cases, catalogue, directory, notes, parts, privacy, reports, search
from engine.desk_models import CaseLink, Note
from engine.models import CaseReader, Subscription
from engine.uow import PUBLIC, SYSTEM, Actor
from tests.integration.test_database import a_case

ADMIN = Actor("admin", "", None, frozenset(), frozenset({"admin"}))


def reported(city):
    with city.transaction(PUBLIC) as uow:
        return reports.submit(uow, reports.Report("050104", "150102001007001", "现场", "海东路 12 号")).id


class Counted:
    """How many statements the database is sent."""

    def __init__(self, database):
        self.said = []
        event.listen(database.engine, "before_cursor_execute", lambda *said: self.said.append(said[2]))


def test_what_a_page_asks_twice_is_read_once(city):
    case_id = reported(city)
    with city.reading(ADMIN) as uow:
        case = cases.get_case(uow, case_id)
        first = (cases.timeline(uow, case), cases.tasks_of(uow, case), catalogue.units(uow))
        privacy.is_at_work(uow, case.id)
        names = directory.full_names(uow, {"admin", "nobody"})
        counted = Counted(city)
        assert (cases.timeline(uow, case), cases.tasks_of(uow, case), catalogue.units(uow)) == first
        assert not privacy.is_at_work(uow, case.id)
        assert directory.full_names(uow, {"admin", "nobody"}) == names and set(names) == {"admin"}
        assert not counted.said
        assert catalogue.unit_names(uow, ["CGJ", None, "no such unit"]).keys() == {"CGJ"}


def test_a_transaction_sees_what_it_did_itself(city):
    case_id = reported(city)
    with city.transaction(ADMIN) as uow:
        case = cases.get_case(uow, case_id)
        assert notes.notes_of(uow, case) == []
        notes.add_note(uow, case_id, "call back at noon")
        assert [note.text for note in notes.notes_of(uow, case)] == ["call back at noon"]


def test_one_look_says_what_a_case_has_beside_itself(city):
    case_id, other = reported(city), reported(city)
    with city.reading(ADMIN) as uow:
        assert parts.has(uow, Subscription.case_id, case_id)
        assert not parts.has(uow, Note.case_id, case_id) and not parts.has(uow, CaseLink.other_id, case_id)
    with city.transaction(ADMIN) as uow:
        notes.add_note(uow, case_id, "call back at noon")
        link = {"kind": "related", "linked_at": uow.now, "linked_by": "admin"}
        uow.session.add(CaseLink(case_id=other, other_id=case_id, **link))
    with city.reading(ADMIN) as uow:
        assert parts.has(uow, Note.case_id, case_id) and parts.has(uow, CaseLink.other_id, case_id)
        assert parts.has(uow, CaseLink.case_id, other) and not parts.has(uow, CaseLink.case_id, case_id)


def test_every_part_has_an_index_and_a_name_of_its_own():
    assert len({str(column) for column in parts.COLUMNS}) == len(parts.COLUMNS)
    for column in parts.COLUMNS:
        table = column.class_.__table__
        indexed = [*table.indexes, table.primary_key]
        assert any(next(iter(index.columns)).name == column.name for index in indexed), column


def test_a_session_is_looked_up_in_two_statements(city):
    with city.transaction(PUBLIC) as uow:
        token = directory.start_session(uow, directory.actor_of(uow, "admin"))
    counted = Counted(city)
    with city.reading(PUBLIC) as uow:
        actor, is_noted = directory.session_actor(uow, token), directory.is_noted(uow, token)
        assert actor == directory.actor_of(uow, "admin") and is_noted
        assert directory.session_actor(uow, "forged") is None
    assert len([said for said in counted.said if "sign_ins" in said]) == 2  # the true token and the forged one


def test_who_reads_few_gets_all_of_the_list_in_the_order_of_age(database, clock):
    group, reader = "unit:A", Actor("zhao", "", None, frozenset({"user:zhao", "unit:A", "desk"}))
    numbers = []
    for n in range(9):
        clock.advance(minutes=1)
        with database.transaction(SYSTEM) as uow:
            case = a_case(uow, f"2026-{n:06}")
            uow.flush()
            if n % 2:
                uow.session.add_all(CaseReader(group_key=each, case_id=case.id) for each in (group, "desk"))
                numbers.insert(0, case.number)
    with database.reading(reader) as uow:
        found = [case.number for case in search.find(uow, search.Wanted(state="all"))]
        assert found == numbers
        pages = [search.find(uow, search.Wanted(state="all"), limit=3, offset=n) for n in (0, 3)]
        assert [case.number for page in pages for case in page] == numbers
        assert search.find(uow, search.Wanted(state="closed")) == []
