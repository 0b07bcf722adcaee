"""One transaction, one chain: what is kept, what is refused, what a changed byte shows. On both databases."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from engine import audit, locked, schema
from engine.columns import Base
from engine.errors import EngineError
from engine.ids import new_id, new_token
from engine.locked import LockedCase
from engine.models import ZERO, AuditEntry, Case, Counter
from engine.uow import SYSTEM
from web.cli import muster


def a_case(uow, number="2026-000001"):
    case = LockedCase(
        id=new_id(),
        number=number,
        token=new_token(),
        title="manhole cover",
        process_key="incident",
        version=1,
        state="{}",
        bound={},
        summary={},
        search="",
        unit_code=None,
        due_at=None,
        amber_at=None,
        opened_at=uow.now,
        opened_by=uow.actor.name,
        closed_at=None,
        audit_seq=0,
        audit_head=ZERO,
        audit_at=None,
        revision=0,
    )
    locked.add(uow, case)
    return case


def tamper(database, statement):
    """Change rows as somebody who owns the database could, past the triggers."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_entries_no_UPDATE")
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_entries_no_DELETE")
        else:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS audit_entries_unchanged ON audit_entries")
        connection.execute(text(statement))


@pytest.fixture
def kept(database):
    """A database in which a case has three entries and a stream one."""
    with database.transaction(SYSTEM) as uow:
        case = a_case(uow)
        uow.record("case.opened", case, title=case.title)
        uow.record("task.opened", case, name="立案")
        uow.record("task.completed", case, name="立案")
        uow.record("definition.deployed", "system", key="incident")
    return database


def findings(database):
    with database.reading(SYSTEM) as uow:
        return [(found.seq, found.reason) for found in audit.broken_links(uow.session)]


def test_an_untouched_chain_has_no_broken_link(kept):
    assert findings(kept) == []


def test_a_changed_byte_is_found_in_its_row(kept):
    tamper(kept, "UPDATE audit_entries SET body = replace(body, '立案', '销案') WHERE seq = 2")
    assert findings(kept)[0] == (2, "the hash does not fit the body")


def test_a_changed_actor_is_found_in_its_row(kept):
    tamper(kept, "UPDATE audit_entries SET actor = 'nobody' WHERE seq = 3")
    assert findings(kept) == [(3, "a column differs from the body")]


def test_a_missing_entry_is_found(kept):
    tamper(kept, "DELETE FROM audit_entries WHERE seq = 2")
    assert findings(kept)[0] == (3, "entry 2 is missing")


def test_a_chain_that_was_cut_short_is_found(kept):
    tamper(kept, "DELETE FROM audit_entries WHERE seq = 3")
    assert len(findings(kept)) == 1


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_the_database_refuses_to_change_an_entry(kept, statement):
    with pytest.raises(DatabaseError, match="never changed"), kept.engine.begin() as connection:
        connection.execute(text(statement))


def test_muster_audit_verify_names_the_case_and_the_entry(kept, monkeypatch):
    monkeypatch.setenv("MUSTER_DATABASE", kept.url)
    assert CliRunner().invoke(muster, ["audit", "verify"]).output == "4 entries, 0 broken links\n"
    tamper(kept, "UPDATE audit_entries SET body = replace(body, '立案', '销案') WHERE seq = 2")
    found = CliRunner().invoke(muster, ["audit", "verify"])
    assert "case 2026-000001, entry 2: the hash does not fit the body" in found.output
    assert found.exit_code == 1


def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.transaction(SYSTEM) as uow:
        uow.record("case.opened", a_case(uow))
        raise RuntimeError
    with database.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Case)).all() == []
        assert uow.session.scalars(select(AuditEntry)).all() == []


def test_parallel_writers_lose_no_update(database):
    with database.transaction(SYSTEM) as uow:
        uow.session.add(Counter(name="n", value=0))

    def count():
        for _ in range(20):
            with database.transaction(SYSTEM) as uow:
                uow.session.get_one(Counter, "n", with_for_update=True).value += 1
                uow.record("counted", "system")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading(SYSTEM) as uow:
        assert uow.session.get_one(Counter, "n").value == 80
    assert findings(database) == []


def test_moments_come_back_as_they_were(kept, clock):
    with kept.reading(SYSTEM) as uow:
        assert uow.session.scalars(select(Case)).one().opened_at == clock.now()


def test_a_migrated_database_is_what_the_models_say(database):
    def is_ours(_object, name, *_more):
        return not str(name).startswith("case_terms")  # FTS5 keeps its own tables

    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        differences = compare_metadata(context, Base.metadata)
    if database.is_sqlite:  # FTS5 is there what this index is on PostgreSQL
        differences = [each for each in differences if getattr(each[1], "name", "") != "ix_case_words_terms"]
    assert differences == []


def test_a_database_that_is_behind_is_refused(database):
    schema.require_current(database)
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(EngineError, match="muster migrate"):
        schema.require_current(database)
