"""The clock of a case (责任时钟) and who holds it; deadlines asked for in advance; paused cases; the calendars."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, calendars, cases, catalogue, clock_requests, directory, due, duty_clock, jobs, ledger, stages
from engine.calendar_files import DAYS, read_calendar, write_slots
from engine.deadlines import Limit, Run
from engine.errors import InvalidError
from engine.uow import UnitOfWork
from engine.working_time import UNITS
from web import holding
from web.context import reading, signed_in, transaction
from web.filters import ZONE, whole_seconds
from web.i18n import say

bp = Blueprint("clock", __name__)
WIDTH = 1000
COLOURS = ("#0b5cad", "#2b8a5b", "#d98200", "#7a4fa3", "#a23b3b", "#3a7d8c", "#8a6d3b", "#566372")
KINDS = {"pause": "Pause", "extension": "Extension", "appeal": "Overdue appeal"}
UNIT_WORDS = {"work_hours": "working hours", "work_days": "working days", "hours": "natural hours"}


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of the bar of a case, in units of its drawing."""

    x: float
    width: float
    colour: str
    span: ledger.Span
    natural: timedelta  #: in whole seconds that add up, like ``working``
    working: timedelta


def panel(uow: UnitOfWork, case: Any) -> dict[str, Any]:
    """Return what the page of a case shows of its clock: the sum of its deadline, stages, requests, and its holders."""
    clock = duty_clock.clock_of(uow, case.id)
    book, requests = ledger.ledger(uow, case), clock_requests.requests_of(uow, case.id)
    slots = [(_moment(a), _moment(b)) for a, b in clock.slots] if clock else []
    spans = book.spans if book else ()
    people = {span.person or "" for span in spans} | {each.asked_by for each in requests}
    people |= {name for each in requests for name in each.deciders}
    holder = ledger.holder(case)
    return {
        "clock": clock,
        "slots": [(*each, lasted) for each, lasted in zip(slots, whole_seconds(b - a for a, b in slots), strict=True)],
        "total": sum((b - a for a, b in slots), timedelta()),
        "pauses": [(_moment(a), _moment(b)) for a, b in clock.pauses] if clock else [],
        "stages": stages.of_case(uow, case.id),
        "requests": requests,
        "book": book,
        "bars": _bars(book) if book else [],
        "holder": holder,
        "may": clock_requests.may_ask(uow, case),
        "people": directory.full_names(uow, people | {holder.person or "" if holder else ""}),
        "units": catalogue.unit_names(uow, {span.unit for span in spans} | {holder.unit if holder else None}),
        "kinds": KINDS,
        "unit_words": UNIT_WORDS,
    }


def asked(uow: UnitOfWork, task: Any) -> dict[str, Any] | None:
    """Return the request that the task decides on, who asked, and the case that it is about; None if there is none."""
    found = clock_requests.request_of(uow, task)
    if found is None:
        return None
    case = clock_requests.case_of(uow, found)
    units = catalogue.unit_names(uow, [found.unit_code])
    return {
        "request": found,
        "kind": KINDS[found.kind],
        "about": case,
        "unit": units.get(found.unit_code or "", {}),
        "person": directory.full_names(uow, {found.asked_by}).get(found.asked_by, found.asked_by),
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _bars(book: ledger.Ledger) -> list[Bar]:
    """Return the spans side by side, as wide as they lasted."""
    colours: dict[str, str] = {}
    bars, x = [], 0.0
    natural = whole_seconds(span.natural for span in book.spans)
    working = whole_seconds(span.working for span in book.spans)
    for number, span in enumerate(book.spans):
        colours.setdefault(span.unit, COLOURS[len(colours) % len(COLOURS)])
        width = WIDTH * (span.natural / book.natural) if book.natural else 0
        bars.append(
            Bar(round(x, 2), round(max(width, 1), 2), colours[span.unit], span, natural[number], working[number])
        )
        x += width
    return bars


@bp.get("/cases/<uuid:case_id>/clock")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show how the deadline of the case comes about, who held it how long, and what may be asked."""
    signed_in()
    return _page(case_id, {}, {})


def _page(case_id: UUID, typed: dict[str, str], problems: dict[str, str]) -> str:
    with reading() as uow:
        case = cases.get_case(uow, case_id)
        return render_template(
            "clock_page.html",
            case=case,
            duty=panel(uow, case),
            rest=cases.time_left(uow, case),
            typed=typed,
            problems=problems,
            now=uow.now,
        )


@bp.post("/cases/<uuid:case_id>/clock/<kind>")
def ask(case_id: UUID, kind: str) -> ResponseReturnValue:
    """Ask for a pause, an extension or an appeal, or end a pause early."""
    signed_in()
    reason, until = request.form.get("reason", "").strip(), request.form.get("until", "").strip()
    photo = request.files.get("evidence")
    evidence = (photo.filename, photo.read()) if photo and photo.filename else None
    try:
        with transaction() as uow:
            if kind == "pause":
                clock_requests.ask_pause(uow, case_id, _typed(until, "until"), reason, evidence)
            elif kind == "extension":
                clock_requests.ask_extension(uow, case_id, reason, evidence)
            elif kind == "appeal":
                clock_requests.ask_appeal(uow, case_id, reason, evidence)
            else:
                clock_requests.end_pause(uow, case_id, reason)
                jobs.work_jobs_of(uow, uow.cases[case_id])
    except InvalidError as error:
        return _page(case_id, {"kind": kind, "reason": reason, "until": until}, error.problems), 422
    flash(say("It was sent."))
    return redirect(url_for(".show", case_id=case_id))


def _typed(text: str, name: str) -> datetime:
    """Return the aware moment of a local time that was typed. Raises InvalidError."""
    try:
        return due.read_moment(text, ZONE.key)
    except InvalidError as error:
        raise InvalidError(problems={name: "is no date and time"}) from error


@bp.get("/paused")
def paused() -> ResponseReturnValue:
    """List the cases whose clock stands still, the next to come back first."""
    signed_in()
    with reading() as uow:
        found = clock_requests.paused_cases(uow)
        names = holding.names(uow, [case for case, _clock in found], [case.unit_code for case, _clock in found])
        return render_template("clock_paused.html", found=found, **names, now=uow.now)


@bp.get("/due")
def calculate() -> ResponseReturnValue:
    """Compute a deadline in advance."""
    signed_in()
    asked = {name: request.args.get(name, "").strip() for name in ("value", "unit", "start", "pause_from", "pause_to")}
    asked |= {"extend": request.args.get("extend", "0"), "calendar": request.args.get("calendar", calendars.CITY)}
    answer, problems = None, dict[str, str]()
    with reading() as uow:
        names = calendars.names(uow)
        if asked["value"]:
            try:
                answer = _answer(uow, asked, names)
            except InvalidError as error:
                problems = error.problems
        asked["start"] = asked["start"] or f"{uow.now.astimezone(ZONE):%Y-%m-%dT%H:%M}"
        return render_template(
            "clock_due.html",
            asked=asked,
            answer=answer,
            slots=[(_moment(a), _moment(b)) for a, b in answer.slots] if answer else [],
            problems=problems,
            units=UNITS,
            names=names,
            words=UNIT_WORDS,
        )


def _answer(uow: UnitOfWork, asked: dict[str, str], names: list[str]) -> duty_clock.Plan:
    try:
        value = due.read_amount(asked["value"])
    except InvalidError:
        raise InvalidError(problems={"value": "is no number from 0 to 87,600"}) from None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    if asked["pause_from"]:
        pauses = ((_typed(asked["pause_from"], "pause_from"), _typed(asked["pause_to"], "pause_to")),)
    name = asked["calendar"] if asked["calendar"] in names else calendars.CITY
    extensions = int(asked["extend"]) if asked["extend"] in ("0", "1", "2") else 0
    run = Run(Limit(value, asked["unit"]), _typed(asked["start"], "start"), extensions, pauses)
    return duty_clock.plan(uow, name, run)


@bp.get("/calendars")
def index() -> ResponseReturnValue:
    """List the calendars and their versions."""
    access.require(signed_in(), "calendar.edit")
    with reading() as uow:
        names = calendars.names(uow)
        versions = {name: calendars.versions(uow, name) for name in names}
        return render_template(
            "clock_calendars.html",
            versions=versions,
            people=directory.full_names(uow, {row.loaded_by for rows in versions.values() for row in rows}),
            units=catalogue.unit_names(uow, names),
            others=[unit for unit in catalogue.units(uow) if unit.code not in names],
            missing=calendars.missing_year(uow),
        )


@bp.get("/calendars/<name>")
def edit(name: str) -> ResponseReturnValue:
    """Show the calendar to change it; a unit without one begins with the city's."""
    access.require(signed_in(), "calendar.edit")
    return _editor(name, None, {})


def _editor(name: str, typed: dict[str, str] | None, problems: dict[str, str]) -> str:
    with reading() as uow:
        known = name if name in calendars.names(uow) else calendars.CITY
        current, rows = calendars.current(uow, known), calendars.versions(uow, known)
        week = {day: write_slots(current.week.get(number, ())) for number, day in enumerate(DAYS)}
        shown = typed or {**week, "source": _dated(rows[0].source), "to_close": "1" if current.to_close else ""}
        return render_template(
            "clock_calendar.html",
            name=name,
            current=current,
            rows=rows if known == name else [],
            people=directory.full_names(uow, {row.loaded_by for row in rows}),
            days=DAYS,
            shown=shown,
            problems=problems,
            units=catalogue.unit_names(uow, [name]),
        )


def _dated(source: str) -> str:
    """Return the lines of the file without those of the week, which have fields of their own."""
    lines = source.splitlines()
    return "\n".join(line for line in lines if line.split(",")[1:2] != ["slots"])


@bp.post("/calendars/<name>")
def change(name: str) -> ResponseReturnValue:
    """Make a new version of the calendar; open deadlines follow it."""
    access.require(signed_in(), "calendar.edit")
    typed = {field: request.form.get(field, "") for field in (*DAYS, "source", "reason", "to_close")}
    upload = request.files.get("file")
    try:
        source = upload.read().decode("utf-8-sig") if upload and upload.filename else _with_week(typed)
        with transaction() as uow:
            made = calendars.change(uow, name, source, typed["reason"], to_close=bool(typed["to_close"]))
    except UnicodeDecodeError:
        return _editor(name, typed, {"file": "is no CSV text"}), 422
    except InvalidError as error:
        return _editor(name, typed, error.problems), 422
    flash(say("The calendar was changed; open deadlines follow.") if made else say("Nothing has changed."))
    return redirect(url_for(".index"))


def _with_week(typed: dict[str, str]) -> str:
    """Return the CSV text with the week's lines. Raises InvalidError naming a wrong line."""
    lines = [line for line in typed["source"].replace("\r\n", "\n").splitlines() if line.strip()] or ["date,kind"]
    head = lines[0].split(",")
    if "slots" not in head:
        head.append("slots")
    blank = {name: "" for name in head}
    week = [
        ",".join({**blank, "date": day, "kind": "slots", "slots": typed[day].strip()}[name] for name in head)
        for day in DAYS
    ]
    source = "\n".join([",".join(head), *week, *lines[1:]]) + "\n"
    read_calendar(source)
    return source
