"""People, passwords and sessions, on both databases."""

import pytest

from engine import directory
from engine.errors import ForbiddenError, InvalidError
from engine.uow import SYSTEM

PASSWORD = "a long enough one"


@pytest.fixture
def person(database):
    with database.transaction(SYSTEM) as uow:
        directory.add_person(uow, "wang", "王敏", groups=["acceptance"], roles=["liaison"], password=PASSWORD)
    return database


def test_a_person_signs_in_and_belongs_to_groups(person):
    with person.transaction(SYSTEM) as uow:
        actor = directory.sign_in(uow, "wang", PASSWORD)
    assert (actor.groups, actor.roles) == ({"acceptance", "user:wang"}, {"liaison"})


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD)])
def test_a_refusal_does_not_say_what_was_wrong(person, name, password):
    with pytest.raises(ForbiddenError, match=directory.REFUSAL), person.transaction(SYSTEM) as uow:
        directory.sign_in(uow, name, password)


def test_a_session_ends_when_it_is_idle_too_old_or_ended(person, clock):
    with person.transaction(SYSTEM) as uow:
        token = directory.start_session(uow, directory.actor_of(uow, "wang"))
    clock.advance(minutes=29)
    with person.transaction(SYSTEM) as uow:
        assert directory.session_actor(uow, token).name == "wang"
        directory.keep_session(uow, token)
    clock.advance(minutes=29)
    with person.transaction(SYSTEM) as uow:
        assert directory.session_actor(uow, token)
        directory.end_session(uow, token)
        uow.session.expire_all()
        assert directory.session_actor(uow, token) is None


def test_a_name_is_taken_once_and_a_password_is_not_short(person):
    for more in ({"name": "wang"}, {"name": "li", "password": "short"}):
        with pytest.raises(InvalidError), person.transaction(SYSTEM) as uow:
            directory.add_person(uow, full_name="x", **more)


def test_five_wrong_passwords_lock_a_person_out_for_a_quarter_of_an_hour(person, clock):
    for _ in range(5):
        with person.transaction(SYSTEM) as uow:
            directory.note_bad_try(uow, "wang")
    with pytest.raises(ForbiddenError), person.transaction(SYSTEM) as uow:
        directory.sign_in(uow, "wang", PASSWORD)
    clock.advance(minutes=15)
    with person.transaction(SYSTEM) as uow:
        assert directory.sign_in(uow, "wang", PASSWORD).name == "wang"
