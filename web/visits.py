"""Visits: one form for a whole household, the visitor's list, the sheet for paper, the resident's combined answer."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, catalogue, households, visits
from engine.errors import InvalidError, NotFoundError
from engine.uow import UnitOfWork
from web import typed
from web.context import reading, signed_in, transaction
from web.i18n import language, say
from web.public import paper_time

bp = Blueprint("visits", __name__)
PAGE = 40
TAGS = {
    "elderly": "Elderly",
    "alone": "Lives alone",
    "disabled": "Disabled",
    "child": "Child",
    "rented": "Rented",
    "reluctant": "Reluctant",
    "dog": "Dog",
}
FIELDS = ("key", "household", "grid_code", "address", "name", "contact", "remark", "slip", "visited_at")
LABELS = {
    "grid_code": "Where",
    "address": "Address or landmark",
    "name": "Name of the person",
    "contact": "Contact",
    "tags": "What to know",
    "matters": "What was found",
    "remark": "Remark on the visit",
    "slip": "Code of the paper slip",
    "visited_at": "Time on the paper",
    "description": "What did you see?",
}


@bp.get("/visits")
def index() -> ResponseReturnValue:
    """List my visits, the newest first."""
    signed_in()
    page = typed.page(request.args)
    with reading() as uow:
        found = visits.mine(uow, limit=PAGE + 1, offset=page * PAGE)
        return render_template("visits.html", found=found[:PAGE], page=page, more=len(found) > PAGE)


@bp.route("/visits/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Show the form; open all the cases from what was posted, or none."""
    signed_in()
    if request.method == "GET":
        fresh = dict.fromkeys(FIELDS, "") | {"key": uuid4().hex, "household": request.args.get("household", "")}
        return _form(fresh | {"grid_code": request.args.get("grid", "")}, {})
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        entry = _entry(typed)
        with transaction() as uow:
            visit_id = visits.open_once(uow, entry, typed["key"] or uuid4().hex, typed["slip"]).id
    except InvalidError as error:
        return _form(typed, error.problems), 422
    flash(say("The visit was kept. Each matter goes to its own unit now."))
    return redirect(url_for(".show", visit_id=visit_id))


def _entry(typed: dict[str, str]) -> visits.Entry:
    """Return what was typed as the engine takes it. Raises InvalidError."""
    matters = [visits.Matter(code, _of(code, "seen"), _of(code, "private")) for code in request.form.getlist("item")]
    tags = tuple(request.form.getlist("tags"))
    home = households.Entry(typed["grid_code"], typed["address"], typed["name"], typed["contact"], tags)
    at = paper_time("visited_at", typed)
    try:
        known = UUID(typed["household"]) if typed["household"] else home
    except ValueError:
        known = home
    return visits.Entry(known, tuple(matters), at, typed["remark"])


def _of(code: str, what: str) -> str:
    return request.form.get(f"{what}-{code}", "").strip()


def _form(typed: dict[str, str], problems: dict[str, str]) -> str:
    with reading() as uow:
        classes: dict[str, list[tuple[str, str]]] = {}
        for item in catalogue.items(uow):
            classes.setdefault(item.entry[f"class_{language()}"], []).append(
                (item.code, item.entry[f"item_{language()}"])
            )
        chosen = request.form.getlist("item")
        return render_template(
            "visit_form.html",
            classes=classes,
            grids=[(grid.code, grid.name) for grid in catalogue.grids(uow)],
            typed=typed,
            home=_home(uow, typed["household"]),
            found=households.find(uow, request.args.get("q", "")),
            asked=request.args.get("q", "")[:100],
            tags=TAGS,
            chosen=chosen,
            said={code: {what: _of(code, what) for what in ("seen", "private")} for code in chosen},
            ticked=request.form.getlist("tags"),
            problems=problems,
            wrong=[say(label) for name, label in LABELS.items() if name in problems],
        )


def _home(uow: UnitOfWork, known: str) -> dict[str, Any] | None:
    """Return the household that was chosen, as the visitor may read it."""
    try:
        household = households.get(uow, UUID(known)) if known else None
    except (ValueError, NotFoundError):
        return None
    return None if household is None else {**households.shown(uow, household), "tags": household.tags}


@bp.get("/visits/<uuid:visit_id>")
def show(visit_id: UUID) -> ResponseReturnValue:
    """Show what came out of the visit, and the slip with the resident's code; ``?view=print`` for paper."""
    signed_in()
    with reading() as uow:
        visit = visits.get(uow, visit_id)
        found = visits.cases_of(uow, visit)
        return render_template(
            "visit.html",
            visit=visit,
            home=visits.household_of(uow, visit),
            code=visits.code_of(uow, visit),
            cases=found,
            is_paper=request.args.get("view") == "print",
            standing={case.id: cases.standing(case) for case in found},
            units=catalogue.unit_names(uow, {case.unit_code for case in found}),
            rest={case.id: cases.time_left(uow, case) for case in found},
            now=uow.now,
        )


@bp.get("/visit/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Show the resident where each matter of the visit stands: one page, one answer; nothing personal."""
    with reading() as uow:
        visit, found = visits.follow(uow, token)
        return render_template("visit_answer.html", visit=visit, found=found, token=token)


def panel(uow: UnitOfWork, case: Any) -> dict[str, Any] | None:
    """Return what the page of a case shows of its visit: how many matters, and those that the reader may see."""
    found = visits.of_case(uow, case.id)
    if found is None:
        return None
    visit, count, others = found
    return {
        "visit": visit,
        "count": count,
        "others": [each for each in others if each.id != case.id],
        "home": visits.household_of(uow, visit),
        "is_mine": visits.may_read(uow, visit),
        "standing": {each.id: cases.standing(each) for each in others},
    }
