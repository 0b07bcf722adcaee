"""How a view gets at the engine: one transaction or one reading a request, and the actor who is signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app, g, session

from engine import directory
from engine.errors import ForbiddenError
from engine.uow import PUBLIC, Actor, Database, UnitOfWork


def database() -> Database:
    """Return the database of this application."""
    return cast(Database, current_app.extensions["muster"])


@contextmanager
def transaction() -> Iterator[UnitOfWork]:
    """Change something as the actor of this request."""
    with database().transaction(actor()) as uow:
        yield uow


@contextmanager
def reading() -> Iterator[UnitOfWork]:
    """Look at one snapshot as the actor of this request; what looks again meanwhile sees the same one."""
    if "snapshot" in g:
        yield g.snapshot
        return
    with database().reading(actor()) as uow:
        g.snapshot = uow
        try:
            yield uow
        finally:
            del g.snapshot


def actor() -> Actor:
    """Return who is signed in, else the public; looked up once a request."""
    if "actor" not in g:
        token = session.get("token")
        found = None
        if token:
            with database().reading(PUBLIC) as uow:
                found = directory.session_actor(uow, token)
                is_noted = directory.is_noted(uow, token)
            if found is not None and not is_noted:
                with database().transaction(PUBLIC) as uow:
                    directory.keep_session(uow, token)
        g.actor = found or PUBLIC
    return cast(Actor, g.actor)


def signed_in() -> Actor:
    """Return who is signed in. Raises ForbiddenError for the public."""
    found = actor()
    if found is PUBLIC:
        raise ForbiddenError("sign in first")
    return found
