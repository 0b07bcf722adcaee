"""What needs no account: reporting something, following a report by its code, rating the answer, opening it again."""

from datetime import datetime
from uuid import uuid4

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, bulletins, catalogue, reporters, reports, visits
from engine.errors import ForbiddenError, InvalidError, NotFoundError
from engine.uow import PUBLIC, UnitOfWork
from web.context import actor, reading, transaction
from web.i18n import explain, language, say
from web.merges import CHANNELS
from web.typed import moment as read_moment

bp = Blueprint("public", __name__)
FIELDS = ("item_code", "grid_code", "description", "address", "contact")
#: what a form carries besides: where the phone stood, the code of a paper slip, a key that makes sending twice harmless
BESIDE = ("latitude", "longitude", "slip", "written_at", "key", "channel")
#: the labels of what can be wrong, in the order of the page
LABELS = {
    "photo": "Photos",
    "grid_code": "Where",
    "address": "Address or landmark",
    "item_code": "What",
    "description": "What did you see?",
    "contact": "How can we reach you? (optional)",
    "slip": "Code of the paper slip",
    "written_at": "Time on the paper",
}
SCORES = {3: "Satisfied", 2: "Somewhat", 1: "Not satisfied"}


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the way in: report, follow, or the page of those who are signed in."""
    me = actor()
    if me is PUBLIC:
        return render_template("home.html")
    if "officer" in me.roles:
        return redirect(url_for("field.mine"))
    return redirect(url_for("boards.board" if "supervisor" in me.roles else "inbox.index"))


@bp.get("/favicon.ico")
def icon() -> ResponseReturnValue:
    """Send the mark of the pages to browsers that know no drawn icons, and for what is no page."""
    return current_app.send_static_file("favicon.ico")


@bp.route("/report", methods=["GET", "POST"])
def report() -> ResponseReturnValue:
    """Show the form; open a case from what was posted."""
    if request.method == "GET":
        fresh = dict.fromkeys((*FIELDS, *BESIDE), "") | {"key": uuid4().hex}
        return _form(fresh | {"grid_code": request.args.get("grid", "")}, {})
    if actor() is PUBLIC and not current_app.extensions["reports"].allow(request.remote_addr or ""):
        abort(429, say("Too many reports from here. Please wait ten minutes."))
    if request.form.get("who") and actor() is PUBLIC:
        raise ForbiddenError("sign in first")  # the session ended since: it is not sent as anybody's
    typed = {name: request.form.get(name, "").strip() for name in (*FIELDS, *BESIDE)}
    photos = [(each.filename or "", each.read()) for each in request.files.getlist("photos")[:5] if each.filename]
    if "locate" in request.form:
        return _located(typed, photos)
    try:
        with transaction() as uow:
            token, case_id = reports.submit_once(uow, _report(typed), typed["key"] or uuid4().hex)
            if case_id is not None:
                for name, raw in photos:
                    attachments.add_photo(uow, case_id, name, raw)
                if typed["slip"]:
                    reporters.enter_slip(uow, typed["slip"], case_id, paper_time("written_at", typed))
    except InvalidError as error:
        return _form(typed, error.problems, again=bool(photos)), 422
    session["reported"], session["reported_key"] = token, typed["key"]
    return redirect(url_for(".follow", token=token))


def paper_time(field: str, typed: dict[str, str]) -> datetime | None:
    """Return the local time that somebody copied from a paper; None if there is none. Raises InvalidError."""
    return read_moment(typed[field], field) if typed[field] else None


def _report(typed: dict[str, str]) -> reports.Report:
    """Return what was typed as the engine takes it; a place that is none is left out."""
    latitude, longitude = _place(typed)
    item, grid, description, address, contact = (typed[name] for name in FIELDS)
    channel = "paper" if typed["slip"] else typed["channel"] if actor() is not PUBLIC else ""
    return reports.Report(item, grid, description, address, contact, latitude, longitude, channel)


def _place(typed: dict[str, str]) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = float(typed["latitude"]), float(typed["longitude"])
    except ValueError:
        return None, None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else (None, None)


def _located(typed: dict[str, str], photos: list[tuple[str, bytes]]) -> ResponseReturnValue:
    """Offer the place that the camera noted in a photo: it is kept only if the form is sent with it."""
    place = next((found for _name, raw in photos if (found := attachments.place_of(raw))), None)
    if place is None:
        return _form(typed, {"photo": "has no place in it"}), 422
    where = {"latitude": str(place[0]), "longitude": str(place[1])}
    return _form(typed | where, {}, again=bool(photos))


def _form(typed: dict[str, str], problems: dict[str, str], *, again: bool = False) -> str:
    with reading() as uow:
        classes: dict[str, list[tuple[str, str]]] = {}
        names: dict[str, str] = {}
        for item in catalogue.items(uow):
            entry = item.entry
            name = f"{entry[f'class_{language()}']} · {entry[f'subclass_{language()}']}"
            names[item.code] = entry[f"item_{language()}"]
            classes.setdefault(name, []).append((item.code, names[item.code]))
        last = _last(uow)
        if not typed["grid_code"] and last["grids"]:
            typed = typed | {"grid_code": last["grids"][0]}
        return render_template(
            "report.html",
            classes=classes,
            grids=[(grid.code, grid.name) for grid in catalogue.grids(uow)],
            often=[(code, names[code]) for code in last["items"] if code in names],
            typed=typed,
            problems=problems,
            channels={name: CHANNELS[name] for name in ("phone", "counter", "grid")},
            wrong=[say(label) for name, label in LABELS.items() if name in problems],
            again=again,
        )


def _last(uow: UnitOfWork) -> dict[str, list[str]]:
    """Return which grids and items the signed-in person reported last, to be offered first."""
    mine = reports.mine(uow, limit=20) if uow.actor is not PUBLIC else []
    return {
        name: list(dict.fromkeys(str(case.summary[key]) for case in mine if case.summary.get(key)))[:5]
        for name, key in (("grids", "grid"), ("items", "item"))
    }


@bp.get("/track")
def track() -> ResponseReturnValue:
    """Ask for a tracking code, or go to its page; the code of a paper slip will do."""
    code = request.args.get("code", "").strip()
    if not code:
        return render_template("track.html", status=None, token="", wrong="", fresh=False)
    try:
        with reading() as uow:
            visit = visits.token_of(uow, code)
            token = visit or reporters.token_of(uow, code)
    except NotFoundError as error:
        return _no_report(code, error), 404
    return redirect(url_for("visits.follow" if visit else ".follow", token=token))


def _no_report(code: str, error: NotFoundError) -> str:
    wrong = explain(error)
    return render_template("track.html", status=None, token=code, wrong=wrong, fresh=False)


@bp.get("/track/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Show status and answer of a report; nothing personal."""
    try:
        with reading() as uow:
            status = reports.follow(uow, token)
            case, notes = reports.found(uow, token), reports.notes(uow, reports.found(uow, token))
            told = bulletins.of_case(uow, case.id)
            rating = reporters.rating_of(uow, case.id)
    except NotFoundError as error:
        return _no_report(token, error), 404
    return render_template(
        "track.html",
        status=status,
        token=token,
        wrong="",
        fresh=session.get("reported") == token,
        rating=rating,
        told=told,
        notes=notes,
        again=int(case.summary.get("reopened") or 0),
        scores=SCORES,
    )


@bp.post("/track/<token>/rating")
def rate(token: str) -> ResponseReturnValue:
    """Keep what the reporter thinks of the answer."""
    solved = {"1": True, "0": False}.get(request.form.get("solved", ""))
    with transaction() as uow:
        score = request.form.get("score", 0, type=int)
        reporters.rate(uow, token, score, request.form.get("comment", "").strip(), solved)
    again = "The case was opened again under the same number, one level higher."
    flash(say(again if solved is False else "Thank you."))
    return redirect(url_for(".follow", token=token))


@bp.post("/track/<token>/reopen")
def reopen(token: str) -> ResponseReturnValue:
    """Open the same case again: it keeps its number and its code, and goes one level higher."""
    if actor() is PUBLIC and not current_app.extensions["reports"].allow(request.remote_addr or ""):
        abort(429, say("Too many reports from here. Please wait ten minutes."))
    with transaction() as uow:
        reporters.reopen(uow, token, request.form.get("why", ""))
    flash(say("The case was opened again under the same number, one level higher."))
    return redirect(url_for(".follow", token=token))
