"""Signing in and out, and choosing the language."""

import re
from urllib.parse import unquote

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import directory
from engine.errors import ForbiddenError
from engine.uow import PUBLIC
from web.context import database, transaction

bp = Blueprint("auth", __name__)


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
        return render_template("sign_in.html", name="", wrong=False)
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    try:
        with database().transaction(PUBLIC) as uow:
            token = directory.start_session(uow, directory.sign_in(uow, name, password))
    except ForbiddenError:
        with database().transaction(PUBLIC) as uow:
            directory.note_bad_try(uow, name)
        return render_template("sign_in.html", name=name, wrong=True), 403
    _forget()
    session["token"] = token
    return redirect(safe_next(request.args.get("next"), url_for("inbox.index")))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    with transaction() as uow:
        directory.end_session(uow, session.get("token", ""))
    _forget()
    return redirect(url_for("public.home"))


def _forget() -> None:
    """Empty the cookie, except for the language: it belongs to the browser's user, signed in or not."""
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language


@bp.post("/language")
def language() -> ResponseReturnValue:
    """Show the pages in the other language from now on."""
    session["language"] = "en" if request.form.get("language") == "en" else "zh"
    return redirect(safe_next(request.form.get("next"), url_for("public.home")))
