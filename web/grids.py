"""The grids: who works where, how much is open; dividing them anew from a day on, looked at before it is planned."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, catalogue, directory, divisions
from engine.errors import InvalidError
from web import typed
from web.context import reading, signed_in, transaction
from web.filters import ZONE
from web.i18n import say

bp = Blueprint("grids", __name__)
SHOWN = 60
FIELDS = ("kind", "grid", "into", "name", "addresses", "households", "worker", "day", "reason")


@bp.get("/grids")
def index() -> ResponseReturnValue:
    """List the grids in force and how they were and will be divided."""
    signed_in()
    return _page({})


@bp.post("/grids")
def divide() -> ResponseReturnValue:
    """Show what dividing grids would move; or plan it."""
    access.require(signed_in(), "person.manage")
    try:
        wish = _wish()
        if request.form.get("phase") != "do":
            with reading() as uow:
                divisions.checked(uow, wish)
            return _page({}, wish)
        with transaction() as uow:
            divisions.plan(uow, wish)
    except InvalidError as error:
        return _page(error.problems), 422
    flash(say("It was planned."))
    return redirect(url_for(".index") + "#divisions")


@bp.post("/grids/<uuid:division_id>/call-off")
def call_off(division_id: UUID) -> ResponseReturnValue:
    """Let a planned division not come."""
    access.require(signed_in(), "person.manage")
    with transaction() as uow:
        divisions.call_off(uow, division_id)
    flash(say("It was called off."))
    return redirect(url_for(".index") + "#divisions")


def _wish() -> divisions.Wish:
    """Return what the form asks for. Raises InvalidError naming a day or number that is none."""
    form, kind = request.form, request.form.get("kind", "")
    problems: dict[str, str] = {}
    begins = datetime.max.replace(tzinfo=ZONE)
    try:
        begins = datetime.combine(typed.day(form.get("day", ""), "day"), time(), ZONE)
    except InvalidError as error:
        problems |= error.problems
    number = form.get("households", "").strip() or "0"
    if not number.isdecimal():
        problems["households"] = "is no number"
    if problems:
        raise InvalidError(problems=problems)
    return divisions.Wish(
        kind=kind,
        grids=tuple(dict.fromkeys(form.getlist("grid"))),
        worker=form.get("worker", ""),
        effective_at=begins,
        reason=form.get("reason", ""),
        name=form.get("name", ""),
        into=form.get("into", ""),
        addresses=tuple(line.strip() for line in form.get("addresses", "").splitlines() if line.strip()),
        households=int(number[:9]),
    )


def _page(problems: dict[str, str], wish: divisions.Wish | None = None) -> str:
    with reading() as uow:
        people = directory.people(uow)
        known = divisions.divisions(uow)
        moving = divisions.moving(uow, wish) if wish else []
        return render_template(
            "grids.html",
            places=divisions.listed(uow),
            known=known,
            names={each.name: each.full_name for each in people},
            active=[each for each in people if each.is_active and access.GUEST not in each.roles],
            units=catalogue.unit_names(uow, {each.unit_code for each in people}),
            grids={grid.code: grid for grid in catalogue.all_grids(uow)},
            may_plan=access.can(uow.actor, "person.manage"),
            problems=problems,
            typed=request.form,
            chosen=request.form.getlist("grid"),
            wish=wish,
            count=len(moving),
            moving=moving[:SHOWN],
            named=divisions.named_in_duties(uow, wish) if wish else 0,
            staying=_staying(uow, wish, len(moving)) if wish else 0,
        )


def _staying(uow: Any, wish: divisions.Wish, moving: int) -> int:
    """Return how many open cases of the grid that is split stay with it."""
    return divisions.count_open(uow, wish.grids) - moving if wish.kind == divisions.SPLIT else 0
