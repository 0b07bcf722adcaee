"""Who comes from outside (role ``guest``), such as a third party that mediates: own tasks and no other page.

What a guest sees of a case is the page of its mediation; lists, search, boards and precedents are the house's own.
"""

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.errors import ForbiddenError
from engine.uow import Actor
from web.context import actor

#: what a guest may open: the pages of everybody, and those of the person's own tasks
OPEN = frozenset(
    {
        *("static", "auth.sign_in", "auth.sign_out", "auth.language", "public.home", "public.report", "public.track"),
        *("inbox.index", "inbox.show", "inbox.claim", "inbox.release", "inbox.complete", "inbox.follow_up"),
        *("cases.show", "cases.photo", "cases.small_photo", "mediations.show", "mediations.add_party"),
        *("mediations.consent", "me.index", "me.alive", "me.news", "me.seen"),
        *("me.end_sessions", "me.keys", "me.choose_keys", "me.choose_type", "me.choose_mail", "me.texts"),
    }
)


def is_guest(person: Actor) -> bool:
    """Say whether the person comes from outside."""
    return access.GUEST in person.roles


def keep_in(app: Flask) -> None:
    """Refuse a guest every page but those that are open to guests, whatever is added later."""

    @app.before_request
    def refuse() -> ResponseReturnValue | None:
        if request.endpoint in (None, "static") or not is_guest(actor()):
            return None
        if request.endpoint not in OPEN:
            raise ForbiddenError("this page is for the people of the house")
        if request.endpoint == "cases.show":
            return redirect(url_for("mediations.show", **(request.view_args or {})))
        return None
