"""What needs no account: reporting something, and following a report by its code."""

from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, catalogue, reports
from engine.errors import InvalidError, NotFoundError
from engine.uow import PUBLIC
from web.context import actor, reading, transaction
from web.i18n import language, say

bp = Blueprint("public", __name__)
FIELDS = ("item_code", "grid_code", "description", "address", "contact")
#: the labels of what can be wrong, in the order of the page
LABELS = {
    "description": "What did you see?",
    "photo": "Photos",
    "item_code": "What",
    "grid_code": "Where",
    "address": "Address or landmark",
    "contact": "How can we reach you? (optional)",
}


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the way in: report, follow, or the inbox for those who are signed in."""
    if actor() is not PUBLIC:
        return redirect(url_for("inbox.index"))
    return render_template("home.html")


@bp.route("/report", methods=["GET", "POST"])
def report() -> ResponseReturnValue:
    """Show the form; open a case from what was posted."""
    if request.method == "GET":
        return _form(dict.fromkeys(FIELDS, ""), {})
    if actor() is PUBLIC and not current_app.extensions["reports"].allow(request.remote_addr or ""):
        abort(429, say("Too many reports from here. Please wait ten minutes."))
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    photos = [(each.filename or "", each.read()) for each in request.files.getlist("photos")[:5] if each.filename]
    try:
        with transaction() as uow:
            case = reports.submit(uow, reports.Report(**typed))
            for name, raw in photos:
                attachments.add_photo(uow, case.id, name, raw)
            token = case.token
    except InvalidError as error:
        return _form(typed, error.problems), 422
    session["reported"] = token
    return redirect(url_for(".follow", token=token))


def _form(typed: dict[str, str], problems: dict[str, str]) -> str:
    with reading() as uow:
        classes: dict[str, list[tuple[str, str]]] = {}
        for item in catalogue.items(uow):
            entry = item.entry
            name = f"{entry[f'class_{language()}']} · {entry[f'subclass_{language()}']}"
            classes.setdefault(name, []).append((item.code, entry[f"item_{language()}"]))
        grids = [(grid.code, grid.name) for grid in catalogue.grids(uow)]
        wrong = [say(label) for name, label in LABELS.items() if name in problems]
        return render_template("report.html", classes=classes, grids=grids, typed=typed, problems=problems, wrong=wrong)


@bp.get("/track")
def track() -> ResponseReturnValue:
    """Ask for a tracking code, or go to its page."""
    token = request.args.get("code", "").strip()
    if token:
        return redirect(url_for(".follow", token=token))
    return render_template("track.html", status=None, token="", wrong=False, fresh=False)


@bp.get("/track/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Show status and answer of a report; nothing personal."""
    try:
        with reading() as uow:
            status = reports.follow(uow, token)
    except NotFoundError:
        return render_template("track.html", status=None, token=token, wrong=True, fresh=False), 404
    return render_template(
        "track.html", status=status, token=token, wrong=False, fresh=session.get("reported") == token
    )
