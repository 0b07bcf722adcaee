"""Shared resources (共享资源): what is booked when and what is free, booking for a case, cancelling."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bookings, cases, catalogue, directory, resources
from engine.errors import InvalidError, RefusedError
from engine.uow import UnitOfWork
from web import typed
from web.auth import safe_next
from web.context import reading, signed_in, transaction
from web.filters import ZONE
from web.i18n import explain, language, say

bp = Blueprint("resources", __name__)
KINDS = {"vehicle": "Vehicles", "person": "People to lend", "equipment": "Equipment"}
VIEWS = {"day": 1, "week": 7}
WIDTH = 1000
MOMENT = timedelta(microseconds=1)
STEP = timedelta(minutes=10)
FIELD = "%Y-%m-%dT%H:%M"  #: as fields of the type ``datetime-local`` have a moment


@dataclass(frozen=True, slots=True)
class Bar:
    """A booking in the drawing of a resource, in units of its width."""

    x: float
    width: float
    is_mine: bool


@bp.get("/resources")
def index() -> ResponseReturnValue:
    """Show the resources with what is booked on a day or in a week, what is free now, and who holds it."""
    signed_in()
    asked = {name: request.args.get(name, "")[:40] for name in ("kind", "unit", "day", "view")}
    with reading() as uow:
        day = _day(asked["day"]) or uow.now.astimezone(ZONE).date()
        view = asked["view"] if asked["view"] in VIEWS else "day"
        found = resources.resources(uow, kind=asked["kind"] if asked["kind"] in KINDS else "", unit=asked["unit"])
        span = _span(day, VIEWS[view])
        codes = [each.code for each in found]
        booked = resources.booked(uow, span, codes)
        now = resources.booked(uow, (uow.now, uow.now + MOMENT), codes)
        rows = [each for some in (*booked.values(), *now.values()) for each in some]
        return render_template(
            "resources.html",
            **_names(uow, rows, owners := {each.unit_code for each in resources.resources(uow)}),
            owners=sorted(owners),
            asked=asked,
            day=day,
            view=view,
            views={"day": "One day", "week": "One week"},
            ends=span[1] - timedelta(seconds=1),
            near=[day - timedelta(days=VIEWS[view]), day + timedelta(days=VIEWS[view])],
            today=uow.now.astimezone(ZONE).date(),
            resources=found,
            booked=booked,
            held={code: some[0] for code, some in now.items()},
            bars={code: [_bar(uow, each, span) for each in some] for code, some in booked.items()},
            cancels=_cancels(uow, rows, {each.code: each for each in found}),
            lent_now={each.code: resources.can_be_had(each, (uow.now, uow.now + MOMENT)) for each in found},
            marks=[WIDTH * number // 24 for number in range(6, 24, 6)]
            if view == "day"
            else [WIDTH * number // 7 for number in range(1, 7)],
            link=lambda other: url_for(".index", **{**asked, "view": view, "day": other.isoformat()}),
            kinds=KINDS,
            span=partial(_said, uow),
            now=uow.now,
        )


def _said(uow: UnitOfWork, booking: Any) -> str:
    """Return from when to when the resource is held; of what ended before it began, as it was booked."""
    ends = booking.to_at if booking.ended_at <= booking.from_at else booking.ended_at
    return resources.said_span((booking.from_at, ends), uow.now)[language()]


def _cancels(uow: UnitOfWork, rows: list[Any], known: dict[str, Any]) -> dict[UUID, bool]:
    """Return the bookings that the actor may cancel, and whether as the owner, who gives a reason."""
    pairs = [(each, known[each.resource_code]) for each in rows]
    return {
        each.id: bookings.is_owner(uow, each, thing) for each, thing in pairs if bookings.may_cancel(uow, each, thing)
    }


def _names(uow: UnitOfWork, rows: list[Any], codes: set[str]) -> dict[str, Any]:
    """Return names of units and people in the bookings, and the cases among theirs that the actor may see."""
    return {
        "units": catalogue.unit_names(uow, codes | {each.unit_code for each in rows}),
        "people": directory.full_names(uow, {each.person for each in rows}),
        "cases": resources.visible_cases(uow, rows),
    }


def _day(text: str) -> date | None:
    try:
        return typed.day(text, "day") if text else None
    except InvalidError:
        return None


def _span(day: date, days: int) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time(), ZONE)
    return start, start + timedelta(days=days)


def _bar(uow: UnitOfWork, booking: Any, span: tuple[datetime, datetime]) -> Bar:
    """Return the booking as it lies in the span."""
    whole = span[1] - span[0]
    begins, ends = max(booking.from_at, span[0]), min(booking.ended_at, span[1])
    mine = f"unit:{booking.unit_code}" in uow.actor.groups or booking.person == uow.actor.name
    return Bar(
        round(WIDTH * ((begins - span[0]) / whole), 1), round(max(WIDTH * ((ends - begins) / whole), 2), 1), mine
    )


# ---- booking for a case


def panel(uow: UnitOfWork, case: Any, asked: dict[str, str] | None = None) -> dict[str, Any] | None:
    """Return what the pages of a case and its tasks say of bookings; None where there are none and none may be made.

    Holds the bookings, which of them the actor may cancel (id -> whether as the owner), and what may be booked.
    """
    rows, may = resources.of_case(uow, case.id), bookings.may_book(uow, case)
    if not rows and not may:
        return None
    known = {each.code: each for each in resources.resources(uow)}
    start = uow.now.astimezone(ZONE)
    start += (STEP - timedelta(minutes=start.minute % 10, seconds=start.second, microseconds=start.microsecond)) % STEP
    free = {"from": start.strftime(FIELD), "to": (start + timedelta(hours=2)).strftime(FIELD), "resource": ""}
    to_be_had = [each for each in known.values() if each.until is None or each.until >= start.date()]
    return {
        **_names(uow, rows, {each.unit_code for each in known.values()}),
        "rows": rows,
        "span": partial(_said, uow),
        "known": known,
        "may": may,
        "cancels": _cancels(uow, rows, known),
        "groups": {label: [each for each in to_be_had if each.kind == kind] for kind, label in KINDS.items()},
        "typed": {**free, **(asked or {})},
        "is_open": asked is not None,
    }


@bp.get("/cases/<uuid:case_id>/bookings")
def of_case(case_id: UUID) -> ResponseReturnValue:
    """Show what is booked for the case, with the form."""
    signed_in()
    return _page(
        case_id, {name: request.args[name][:40] for name in ("resource", "from", "to") if name in request.args}
    )


def _page(case_id: UUID, asked: dict[str, str], problems: dict[str, str] | None = None, refusal: str = "") -> str:
    with reading() as uow:
        case = cases.get_case(uow, case_id)
        booked = panel(uow, case, asked)
        return render_template(
            "bookings_page.html", case=case, booked=booked, problems=problems or {}, refusal=refusal, now=uow.now
        )


@bp.post("/cases/<uuid:case_id>/bookings")
def book(case_id: UUID) -> ResponseReturnValue:
    """Book a resource for the case; what is wrong or refused is said above the form, with what was typed."""
    signed_in()
    asked = {name: request.form.get(name, "")[:40] for name in ("resource", "from", "to")}
    try:
        begins, ends = _moments(asked)
        with transaction() as uow:
            bookings.book(uow, case_id, asked["resource"], begins, ends)
    except InvalidError as error:
        return _page(case_id, asked, error.problems), 422
    except RefusedError as error:
        return _page(case_id, asked, refusal=explain(error)), 409
    flash(say("It is booked; the unit that owns it is told."))
    return redirect(_back(url_for("cases.show", case_id=case_id)))


def _moments(asked: dict[str, str]) -> tuple[datetime, datetime]:
    """Return from when to when. Raises InvalidError naming all fields that are wrong."""
    found: list[datetime] = []
    problems: dict[str, str] = {}
    for name in ("from", "to"):
        try:
            found.append(typed.moment(asked[name], name))
        except InvalidError as error:
            problems |= error.problems
    if not asked["resource"]:
        problems["resource"] = "is missing"
    if problems:
        raise InvalidError(problems=problems)
    return found[0], found[1]


@bp.post("/bookings/<uuid:booking_id>/cancel")
def cancel(booking_id: UUID) -> ResponseReturnValue:
    """Cancel a booking; the owner gives a reason."""
    signed_in()
    with transaction() as uow:
        bookings.cancel(uow, booking_id, request.form.get("reason", ""))
    flash(say("The booking is cancelled; the other side is told."))
    return redirect(_back(url_for(".index")))


def _back(otherwise: str) -> str:
    return safe_next(request.form.get("next"), otherwise)
