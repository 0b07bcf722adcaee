"""People: passwords, signing in, sessions, and the actor that a person is. Not here: what an actor may do."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import delete, select, update

from engine import substitutes
from engine.desk_models import SessionDetail
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.models import Membership, Person, SignIn
from engine.snapshots import once
from engine.uow import Actor, UnitOfWork

#: argon2id with 19 MiB, two passes, one lane. Source: OWASP password storage
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=8)
#: how long a session rests on a computer that several people use
SHARED_IDLE = timedelta(minutes=5)
#: how old the note of a session's last use gets before it is written anew: not at every click
NOTED = timedelta(seconds=30)
SHORTEST = 10
#: what an actor is made of, and the key of the names that a snapshot has looked up
PERSON = (Person.name, Person.full_name, Person.unit_code, Person.roles)
NAMES = "muster full names"
REFUSAL = "the user name or the password is wrong"
TRIES, LOCKED = 5, timedelta(minutes=15)


def hash_password(password: str) -> str:
    """Return the argon2id hash. Raises InvalidError for a password of fewer than 10 characters."""
    if len(password) < SHORTEST:
        raise InvalidError(problems={"password": f"needs at least {SHORTEST} characters"})
    return HASHER.hash(password)


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe())


def set_password(uow: UnitOfWork, name: str, password: str) -> None:
    """Give the person another password and end all of their sessions. Raises NotFoundError, or InvalidError for a
    password that is too short."""
    person = uow.session.scalars(select(Person).where(Person.name == name)).first()
    if person is None:
        raise NotFoundError("there is nobody called {name}", name=name)
    person.password_hash = hash_password(password)
    person.bad_tries = 0
    ended = select(SignIn.token).where(SignIn.person_id == person.id)
    uow.session.execute(delete(SessionDetail).where(SessionDetail.token.in_(ended)))
    uow.session.execute(delete(SignIn).where(SignIn.person_id == person.id))
    uow.record("person.password-set", "directory", name=name)


def add_person(
    uow: UnitOfWork,
    name: str,
    full_name: str,
    *,
    unit_code: str | None = None,
    groups: Sequence[str] = (),
    roles: Sequence[str] = (),
    password: str | None = None,
) -> Person:
    """Add a person who belongs to the groups. Raises InvalidError if the user name is taken."""
    if uow.session.scalars(select(Person).where(Person.name == name)).first() is not None:
        raise InvalidError(problems={"name": f"{name} is taken"})
    person = Person(
        name=name,
        full_name=full_name,
        unit_code=unit_code,
        roles=list(roles),
        password_hash=hash_password(password) if password else None,
    )
    person.memberships = [Membership(group_key=group) for group in dict.fromkeys(groups)]
    uow.session.add(person)
    uow.session.flush()
    uow.record("person.added", "directory", name=name, unit=unit_code, groups=list(groups), roles=list(roles))
    return person


def sign_in(uow: UnitOfWork, name: str, password: str) -> Actor:
    """Return the actor whose password it is. Raises ForbiddenError with the same words whatever was wrong."""
    person = uow.session.scalars(select(Person).where(Person.name == name, Person.is_active)).first()
    stored = person.password_hash if person and person.password_hash else _nobody()
    try:
        HASHER.verify(stored, password)
    except Argon2Error as error:
        raise ForbiddenError(REFUSAL) from error
    if person is None or not person.password_hash or _is_locked(uow, person):
        raise ForbiddenError(REFUSAL)
    person.bad_tries = 0
    uow.record("person.signed-in", "sign-ins", name=name)
    return _actor(uow, person)


def note_bad_try(uow: UnitOfWork, name: str) -> None:
    """Count a refused sign-in; after five the person is locked out for 15 minutes."""
    uow.record("person.refused", "sign-ins", name=name[:60])
    person = uow.session.scalars(select(Person).where(Person.name == name).with_for_update()).first()
    if person is not None:
        fresh = person.last_bad_at is None or person.last_bad_at + LOCKED <= uow.now
        person.bad_tries = 1 if fresh else person.bad_tries + 1
        person.last_bad_at = uow.now


def _is_locked(uow: UnitOfWork, person: Person) -> bool:
    recent = person.last_bad_at is not None and person.last_bad_at + LOCKED > uow.now
    return recent and person.bad_tries >= TRIES


def actor_of(uow: UnitOfWork, name: str) -> Actor:
    """Return the actor that the active person is. Raises NotFoundError."""
    person = uow.session.scalars(select(Person).where(Person.name == name, Person.is_active)).first()
    if person is None:
        raise NotFoundError("there is nobody called {name}", name=name)
    return _actor(uow, person)


def full_names(uow: UnitOfWork, names: Collection[str]) -> dict[str, str]:
    """Return user name -> full name of those who are known, whether they are still active or not."""
    known: dict[str, str | None] = uow.info.setdefault(NAMES, {}) if uow.is_snapshot else {}
    if new := {name for name in names if name} - known.keys():
        query = select(Person.name, Person.full_name).where(Person.name.in_(sorted(new)))
        known |= dict.fromkeys(new) | {name: full_name for name, full_name in uow.session.execute(query)}
    return {name: full_name for name in names if (full_name := known.get(name)) is not None}


def people(uow: UnitOfWork) -> list[Person]:
    """Return all people by user name."""
    return list(uow.session.scalars(select(Person).order_by(Person.name)))


def _actor(uow: UnitOfWork, person: Person) -> Actor:
    return _acting(uow, person, [each.group_key for each in person.memberships])


def _acting(uow: UnitOfWork, person: Any, own: Iterable[str]) -> Actor:
    """Return the actor: with the groups of those for whom the person stands in now, but not with their roles.

    person: has the columns of ``PERSON``; own: the groups of the person.
    """
    away = substitutes.groups_for(uow, substitutes.stands_in_for(uow, person.name))
    groups = frozenset([*own, f"user:{person.name}", *away])
    return Actor(person.name, person.full_name, person.unit_code, groups, frozenset(person.roles))


def start_session(uow: UnitOfWork, actor: Actor, *, agent: str = "", address: str = "", is_shared: bool = False) -> str:
    """Begin a session and return its token for the cookie; only the token's hash is kept.

    ``agent``, ``address``: of the browser, by which its owner knows the session again; ``is_shared``: several people
    use the computer, so it rests for five minutes only.
    """
    token = secrets.token_urlsafe(32)
    person = uow.session.scalars(select(Person).where(Person.name == actor.name)).one()
    uow.session.add(SignIn(token=_kept(token), person_id=person.id, created_at=uow.now, seen_at=uow.now))
    uow.session.flush()
    uow.session.add(SessionDetail(token=_kept(token), agent=agent[:200], address=address[:60], is_shared=is_shared))
    return token


def session_actor(uow: UnitOfWork, token: str) -> Actor | None:
    """Return whose session it is; None when it has ended, was idle for 30 minutes (5 on a shared computer), or is 8
    hours old."""
    rows = _with_person(uow, token)
    if not rows or not _lives(rows[0], rows[0].is_shared, uow.now) or not rows[0].is_active:
        return None
    return _acting(uow, rows[0], [row.group_key for row in rows if row.group_key is not None])


@once
def _with_person(uow: UnitOfWork, token: str) -> Sequence[Any]:
    """Return the session with its person, a row for each of the person's groups: in one look, since every page asks."""
    columns = (SignIn.created_at, SignIn.seen_at, SignIn.ended_at, SessionDetail.is_shared, *PERSON)
    query = select(*columns, Person.is_active, Membership.group_key).join(Person, Person.id == SignIn.person_id)
    query = query.outerjoin(SessionDetail, SessionDetail.token == SignIn.token)
    query = query.outerjoin(Membership, Membership.person_id == Person.id)
    return uow.session.execute(query.where(SignIn.token == _kept(token))).all()


def session_owner(uow: UnitOfWork, token: str) -> str:
    """Return the user name of who began the session, whether it lives or has ended; empty if there was none."""
    found = uow.session.get(SignIn, _kept(token))
    person = uow.session.get(Person, found.person_id) if found else None
    return person.name if person else ""


def _lives(found: Any, is_shared: bool | None, now: datetime) -> bool:
    idle = SHARED_IDLE if is_shared else IDLE
    return not found.ended_at and found.seen_at + idle > now and found.created_at + ABSOLUTE > now


def sessions(uow: UnitOfWork) -> list[tuple[SignIn, SessionDetail | None]]:
    """Return the actor's sessions that live, the one used last first."""
    query = select(SignIn, SessionDetail).outerjoin(SessionDetail, SessionDetail.token == SignIn.token)
    query = query.join(Person, Person.id == SignIn.person_id).where(Person.name == uow.actor.name)
    found = uow.session.execute(query.where(SignIn.ended_at.is_(None)).order_by(SignIn.seen_at.desc()).limit(200))
    return [(each, detail) for each, detail in found if _lives(each, bool(detail and detail.is_shared), uow.now)]


def is_own(token: str, kept: str) -> bool:
    """Say whether the kept session is that of the cookie's token."""
    return _kept(token) == kept


def end_kept_session(uow: UnitOfWork, kept: str) -> None:
    """End the actor's session that ``sessions`` listed; that of another stays."""
    mine = select(Person.id).where(Person.name == uow.actor.name).scalar_subquery()
    query = update(SignIn).where(SignIn.token == kept, SignIn.person_id == mine, SignIn.ended_at.is_(None))
    uow.session.execute(query.values(ended_at=uow.now))


def end_other_sessions(uow: UnitOfWork, token: str) -> None:
    """End all of the actor's sessions but that of the token."""
    for found, _detail in sessions(uow):
        if found.token != _kept(token):
            end_kept_session(uow, found.token)


def set_language(uow: UnitOfWork, language: str) -> None:
    """Let the person's pages be in the language from now on, on every computer."""
    uow.session.execute(update(Person).where(Person.name == uow.actor.name).values(language=language))


def language_of(uow: UnitOfWork, name: str) -> str:
    """Return the language of the person's pages."""
    return uow.session.scalar(select(Person.language).where(Person.name == name)) or "zh"


def keep_session(uow: UnitOfWork, token: str) -> None:
    """Note that the session was used now."""
    uow.session.execute(update(SignIn).where(SignIn.token == _kept(token)).values(seen_at=uow.now))


def is_noted(uow: UnitOfWork, token: str) -> bool:
    """Say whether the session's last use was noted just now, or the session has ended: then it is not noted again."""
    rows = _with_person(uow, token)
    return not rows or rows[0].seen_at + NOTED > uow.now


def end_session(uow: UnitOfWork, token: str) -> None:
    """End the session; its token is worth nothing from now on."""
    uow.session.execute(update(SignIn).where(SignIn.token == _kept(token)).values(ended_at=uow.now))


def _kept(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
