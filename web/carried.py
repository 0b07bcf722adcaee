"""What somebody had typed when their session ended: carried through signing in again, back to the same person only.

Nothing of it is kept on the server: it goes signed into the page to sign in on, and from there into a page that shows
it with one button. Files cannot be carried.
"""

from typing import Any

from flask import current_app, render_template, request, session, url_for
from itsdangerous import BadData, URLSafeSerializer

from engine import directory
from engine.uow import PUBLIC
from web.context import database

#: so much typed text goes through a page; more than any form of ours takes
LONGEST = 300_000
NEVER = {"csrf_token", "password"}
HIDDEN = {"key", "who", "latitude", "longitude"}


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="typed before signing in again")


def pack() -> str:
    """Return what the request posted, sealed with whose session ended; empty if no session of anybody did."""
    with database().reading(PUBLIC) as uow:
        owner = directory.session_owner(uow, session.get("token", ""))
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in NEVER]
    if not owner or request.method != "POST" or sum(len(value) for _, value in fields) > LONGEST:
        return ""
    where: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {})}
    target = url_for(str(request.endpoint), **where)
    return str(_seal().dumps({"who": owner, "to": target, "fields": fields}))


def show(packed: str, name: str) -> str | None:
    """Return the page from which it is sent after all; None if nothing was carried, or it was somebody else's."""
    try:
        kept: dict[str, Any] = _seal().loads(packed)
    except BadData:
        return None
    if kept["who"] != name:
        return None
    typed = [value for field, value in kept["fields"] if field not in HIDDEN and len(value.strip()) > 1]
    return render_template("carried.html", target=kept["to"], fields=kept["fields"], typed=typed)
