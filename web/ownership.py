"""Ownership (权属): how a case was passed on and ruled, for its pages; and the precedents, which everybody reads."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import catalogue, contests, directory, precedents, transfers
from engine.errors import InvalidError, RefusedError
from engine.uow import UnitOfWork
from web import typed
from web.context import reading, signed_in, transaction
from web.i18n import explain, language, say

bp = Blueprint("ownership", __name__)
PAGE = 40
AREAS = {"grid": "Grid", "community": "Community", "street": "The whole street", "district": "The whole district"}


def panel(uow: UnitOfWork, case: Any, task: Any = None) -> dict[str, Any] | None:
    """Return what the pages of a case or task say of ownership; None where there is nothing to say.

    Holds the returns, the ruling and the precedent cited; for the adjudicator precedents that fit; until when a unit
    may send the case back; names of units and people.
    """
    known = case.summary
    adjudicates = task is not None and task.activity_id == "adjudicate" and task.is_open
    handles = task is not None and task.shown.get("properties", {}).get("stage") == "handle"
    due = transfers.accept_due(uow, task) if handles else None
    if not any((known.get("past_units"), "rounds" in known, known.get("ruling"), known.get("precedent"), due)):
        return None
    rows = transfers.of_case(uow, case.id)
    alike = precedents.alike(uow, str(known.get("item")), str(known.get("grid"))) if adjudicates else []
    ruling, cited = known.get("ruling") or {}, dict(known.get("precedent") or {})
    if since := cited.get("rule_from"):
        cited["rule_from"] = date.fromisoformat(since)
    codes = {code for row in rows for code in (row.from_unit, row.to_unit, row.suggested)}
    codes |= {*ruling.get("units", ()), *cited.get("units", ()), *(each.lead for each in alike)}
    codes |= {code for each in alike for code in each.co}
    return {
        "rows": rows,
        "ruling": ruling,
        "cited": cited,
        "alike": alike,
        "states": precedents.state(uow, alike),
        "areas": _areas(uow, alike),
        "adjudicates": adjudicates,
        "is_asked": bool(ruling) or known.get("stage") == "adjudicate",
        "accept_due": due,
        "shirked": known.get("shirked", 0),
        "units": catalogue.unit_names(uow, codes),
        "people": directory.full_names(uow, {each for row in rows for each in (row.returned_by, row.passed_by or "")}),
    }


def _areas(uow: UnitOfWork, found: Any) -> dict[str, str]:
    names = precedents.area_names(uow, {each.area_code for each in found})
    return {code: name or say(AREAS[reach]) for code, (reach, name) in names.items()}


@bp.get("/precedents")
def index() -> ResponseReturnValue:
    """List the precedents, the newest first, with search."""
    signed_in()
    asked = {"q": request.args.get("q", "").strip()[:100], "state": request.args.get("state", "")}
    page = typed.page(request.args)
    with reading() as uow:
        found = precedents.find(uow, asked["q"], asked["state"], limit=PAGE + 1, offset=page * PAGE)
        codes = {code for each in found for code in (each.lead, *each.co)}
        return render_template(
            "precedents.html",
            found=found[:PAGE],
            asked=asked,
            states=precedents.STATES,
            state=precedents.state(uow, found),
            areas=_areas(uow, found),
            items=_items(uow),
            units=catalogue.unit_names(uow, codes),
            page=page,
            more=len(found) > PAGE,
        )


def _items(uow: UnitOfWork) -> dict[str, str]:
    return {item.code: item.entry[f"item_{language()}"] for item in catalogue.items(uow)}


@bp.get("/precedents/<uuid:precedent_id>")
def show(precedent_id: UUID) -> ResponseReturnValue:
    """Show a precedent: what was ruled and why, which cases it routed, who contests it."""
    signed_in()
    return _page(precedent_id)


@bp.get("/precedents/of/<number>")
def of_number(number: str) -> ResponseReturnValue:
    """Lead from the number that a case cites to the precedent."""
    signed_in()
    with reading() as uow:
        return redirect(url_for(".show", precedent_id=precedents.by_number(uow, number).id))


def _page(precedent_id: UUID, refusal: str = "", action: str = "", problems: dict[str, str] | None = None) -> str:
    with reading() as uow:
        found = precedents.get_precedent(uow, precedent_id)
        said_against = contests.of_precedent(uow, found.id)
        names = {found.ruled_by, found.confirmed_by or "", found.withdrawn_by or ""}
        names |= {name for each in said_against for name in (each.contested_by, each.decided_by or "")}
        count, cited = precedents.cited_by(uow, found)
        codes = {found.lead, *found.co, *(each.unit_code for each in said_against)}
        return render_template(
            "precedent.html",
            found=found,
            state=precedents.state(uow, [found])[found.id],
            area=_areas(uow, [found])[found.area_code],
            item=_items(uow).get(found.item_code, found.item_code),
            source=precedents.source(uow, found),
            count=count,
            cited=cited,
            contests=said_against,
            may=contests.may(uow, found),
            today=precedents.today(uow).isoformat(),
            units=catalogue.unit_names(uow, codes),
            people=directory.full_names(uow, names),
            refusal=refusal,
            action=action,
            problems=problems or {},
            typed=request.form,
        )


@bp.post("/precedents/<uuid:precedent_id>/contest")
def contest(precedent_id: UUID) -> ResponseReturnValue:
    """Object to the precedent in the name of my unit."""
    signed_in()
    reason, basis = request.form.get("reason", ""), request.form.get("basis", "")
    try:
        with transaction() as uow:
            contests.contest(uow, precedent_id, reason[:2000], basis[:1000])
    except RefusedError as error:
        return _page(precedent_id, explain(error), "contest"), 409
    flash(say("The objection is before the committee; no case is moved."))
    return redirect(url_for(".show", precedent_id=precedent_id))


@bp.post("/precedents/<uuid:precedent_id>/confirm")
def confirm(precedent_id: UUID) -> ResponseReturnValue:
    """Make the precedent a rule from a day on."""
    signed_in()
    try:
        day = typed.day(request.form.get("day", ""), "day")
    except InvalidError as error:
        return _page(precedent_id, action="confirm", problems=error.problems), 422
    try:
        with transaction() as uow:
            contests.confirm(uow, precedent_id, day)
    except (RefusedError, InvalidError) as error:
        return _page(precedent_id, explain(error), "confirm"), 409
    flash(say("It is a rule from that day on."))
    return redirect(url_for(".show", precedent_id=precedent_id))


@bp.post("/precedents/<uuid:precedent_id>/withdraw")
def withdraw(precedent_id: UUID) -> ResponseReturnValue:
    """Let the precedent route no more cases."""
    signed_in()
    try:
        with transaction() as uow:
            contests.withdraw(uow, precedent_id, request.form.get("reason", "")[:2000])
    except (RefusedError, InvalidError) as error:
        return _page(precedent_id, explain(error), "withdraw"), 409
    flash(say("It was withdrawn."))
    return redirect(url_for(".show", precedent_id=precedent_id))
