"""Handing over (交接), with a list to sign and to print; and absences with their substitutes."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import absences, access, catalogue, directory, hand_overs
from engine.errors import ForbiddenError, InvalidError
from web import typed
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("hand_overs", __name__)


def _moment(name: str) -> datetime:
    """Return the local moment of a field. Raises InvalidError."""
    return typed.moment(request.form.get(name, ""), name)


@bp.get("/hand-overs")
def index() -> ResponseReturnValue:
    """Show the hand-overs that concern me, and to leaders what nobody signed."""
    signed_in()
    return _page({})


def _page(problems: dict[str, str]) -> str:
    with reading() as uow:
        people = directory.people(uow)
        return render_template(
            "hand_overs.html",
            listed=hand_overs.listed(uow),
            oversees=hand_overs.oversees(uow),
            unsigned=hand_overs.unsigned(uow),
            names={each.name: each.full_name for each in people},
            active=[each for each in people if each.is_active],
            units=catalogue.unit_names(uow, {each.unit_code for each in people}),
            grids=catalogue.grids(uow),
            may_plan=access.can(uow.actor, "person.manage"),
            problems=problems,
            typed=request.form,
            chosen=request.form.getlist("grids"),
        )


@bp.post("/hand-overs")
def plan() -> ResponseReturnValue:
    """Plan a hand-over; one whose moment has come is carried out by the worker."""
    signed_in()
    form = request.form
    try:
        with transaction() as uow:
            given = (form.get("leaver", ""), form.get("successor", ""), _moment("effective"), form.get("reason", ""))
            row = hand_overs.plan(uow, *given, grids=form.getlist("grids"))
            hand_over_id = row.id
    except InvalidError as error:
        return _page(error.problems), 422
    flash(say("It was planned."))
    return redirect(url_for(".show", hand_over_id=hand_over_id))


@bp.get("/hand-overs/<uuid:hand_over_id>")
def show(hand_over_id: UUID) -> ResponseReturnValue:
    """Show the list of a hand-over, to be signed or printed."""
    me = signed_in()
    with reading() as uow:
        row = hand_overs.get(uow, hand_over_id)
        names = directory.full_names(uow, {row.leaver, row.successor, row.planned_by})
        items = hand_overs.items(uow, row)
        return render_template("hand_over.html", row=row, items=items, names=names, me=me.name)


@bp.post("/hand-overs/<uuid:hand_over_id>/sign")
def sign(hand_over_id: UUID) -> ResponseReturnValue:
    """Sign for the chosen items, or for the whole list."""
    signed_in()
    chosen = None if "all" in request.form else request.form.getlist("task", type=UUID)
    with transaction() as uow:
        hand_overs.sign(uow, hand_over_id, chosen)
    flash(say("It was signed."))
    return redirect(url_for(".show", hand_over_id=hand_over_id))


@bp.get("/absences")
def away() -> ResponseReturnValue:
    """Show who is away and who stands in; what those for whom I stand in had claimed."""
    signed_in()
    return _away({})


def _away(problems: dict[str, str]) -> str:
    with reading() as uow:
        people = directory.people(uow)
        return render_template(
            "absences.html",
            absences=absences.absences(uow),
            waiting=absences.waiting(uow),
            names={each.name: each.full_name for each in people},
            active=[each for each in people if each.is_active],
            units=catalogue.unit_names(uow, {each.unit_code for each in people}),
            may_all=hand_overs.oversees(uow),
            me=uow.actor.name,
            problems=problems,
            typed=request.form,
        )


@bp.post("/absences")
def note() -> ResponseReturnValue:
    """Note an absence, or end one; others' only by who oversees people."""
    me = signed_in()
    form = request.form
    try:
        with transaction() as uow:
            person = form.get("person") or me.name
            if person != me.name and not hand_overs.oversees(uow):
                raise ForbiddenError("you may note your own absence only")
            if drop := form.get("drop", type=UUID):
                absences.end_absence(uow, drop)
            else:
                absences.note_absence(uow, person, form.get("substitute", ""), _moment("from"), _moment("to"))
    except InvalidError as error:
        return _away(error.problems), 422
    return redirect(url_for(".away"))


@bp.post("/absences/<uuid:task_id>/take")
def take(task_id: UUID) -> ResponseReturnValue:
    """Take over a task of somebody who is away."""
    signed_in()
    with transaction() as uow:
        absences.take_over(uow, task_id)
    flash(say("You have taken over the task."))
    return redirect(url_for("inbox.show", task_id=task_id))
