"""Signing in and out, and choosing the language."""

import re
from urllib.parse import unquote

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import desk, directory
from engine.errors import ForbiddenError
from engine.uow import PUBLIC
from web import carried
from web.context import actor, database, transaction

bp = Blueprint("auth", __name__)
#: what a cookie keeps when somebody signs out: it belongs to the browser, not to the person
KEPT = ("language", "shared", "names")
NAMES = 6  #: so many people of a shared computer are offered by name
#: a browser by what its name contains, the most telling first
BROWSERS = ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


def safe_next(target: str | None, default: str) -> str:
    """Return the target if it is a path of this site, else the default. Source: ASVS 5.0, 3.7.2."""
    once = unquote(target or "")
    for form in (target or "", once, unquote(once)):
        if not form.startswith("/") or form.startswith("//") or re.search(r"[\x00-\x20\\]", form):
            return default
    return target or default


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Show the form; with the right password begin a session."""
    if request.method == "GET":
        return ask()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    shared = request.form.get("shared") == "1"
    try:
        with database().transaction(PUBLIC) as uow:
            me = directory.sign_in(uow, name, password)
            where = {"agent": _browser(request.user_agent.string), "address": request.remote_addr or ""}
            token = directory.start_session(uow, me, **where, is_shared=shared)
            preferred, is_large = directory.language_of(uow, me.name), desk.settings_of(uow, me.name)["large"]
    except ForbiddenError:
        with database().transaction(PUBLIC) as uow:
            directory.note_bad_try(uow, name)
        return ask(name, wrong=True, shared=shared, packed=request.form.get("carried", "")), 403
    _forget()
    session["token"], session["shared"], session["large"] = token, shared, is_large
    session["names"] = (
        [me.name, *(each for each in session.get("names", ()) if each != me.name)][:NAMES] if shared else []
    )
    session.setdefault("language", preferred)
    g.actor = me
    if page := carried.show(request.form.get("carried", ""), me.name):
        return page
    return redirect(safe_next(request.args.get("next"), url_for("public.home")))


def ask(name: str = "", *, wrong: bool = False, shared: bool | None = None, packed: str = "") -> str:
    """Return the page to sign in on; ``packed`` is what was typed when the session ended (``web.carried``)."""
    shared = bool(session.get("shared")) if shared is None else shared
    return render_template("sign_in.html", name=name, wrong=wrong, shared=shared, packed=packed)


def _browser(text: str) -> str:
    """Return browser and system by short names, as their owner knows them."""
    found = [next((each for each in names if each in text), "") for names in (BROWSERS, SYSTEMS)]
    return " · ".join({"Edg": "Edge", "MicroMessenger": "微信 WeChat"}.get(each, each) for each in found if each)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session; the browser forgets what it kept of it."""
    with transaction() as uow:
        directory.end_session(uow, session.get("token", ""))
    shared = session.get("shared")
    _forget()
    answer = redirect(url_for("auth.sign_in") if shared else url_for("public.home"))
    if shared:
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _forget() -> None:
    """Empty the cookie, except for what belongs to the browser's user, signed in or not."""
    kept = {name: session[name] for name in KEPT if session.get(name)}
    session.clear()
    session.update(kept)


@bp.post("/language")
def language() -> ResponseReturnValue:
    """Show the pages in the other language from now on, for who is signed in on every computer."""
    session["language"] = "en" if request.form.get("language") == "en" else "zh"
    if actor() is not PUBLIC:
        with transaction() as uow:
            directory.set_language(uow, session["language"])
    return redirect(safe_next(request.form.get("next"), url_for("public.home")))
