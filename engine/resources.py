"""Shared resources (共享资源): reading the list of what units lend, what is booked when, what is free, releasing.

Not here: booking and cancelling, which a rule judges (``bookings``).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, exists, select

from engine import access, catalogue, directory, news, notices, parts
from engine.booking_models import Booking, Resource
from engine.errors import InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Case
from engine.statements import Statement
from engine.uow import UnitOfWork

COLUMNS = ("resource_code", "kind", "name_zh", "name_en", "unit_code", "from", "to", "notes")
KINDS = ("person", "vehicle", "equipment")
LONGEST = {"resource_code": 40, "name_zh": 200, "name_en": 200, "notes": 500}
ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
Span = tuple[datetime, datetime]


# ---- the list


def load(uow: UnitOfWork, source: str) -> int:
    """Make the resources equal to the CSV text; return how many are new or changed. What it leaves out stays.

    Raises InvalidError naming line and column of everything wrong; then nothing is changed.
    """
    uow.session.flush()
    changed = 0
    for code, fields in read(source, {unit.code for unit in catalogue.units(uow)}).items():
        found = uow.session.get(Resource, code)
        if found is None:
            uow.session.add(Resource(code=code, **fields))
            changed += 1
        elif any(getattr(found, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(found, name, value)
            changed += 1
    uow.session.flush()
    return changed


def read(source: str, units: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return code -> fields of the resources in the CSV text. Raises InvalidError naming lines and columns."""
    lines = csv.DictReader(io.StringIO(source.removeprefix("\ufeff")))
    if missing := [name for name in COLUMNS if name not in (lines.fieldnames or ())]:
        raise InvalidError(problems={f"line 1, column {name}": "is missing" for name in missing})
    known = set(units)
    found: dict[str, dict[str, Any]] = {}
    problems: dict[str, str] = {}
    for line in lines:
        row = {name: (line[name] or "").strip() for name in COLUMNS}
        code = row["resource_code"]
        wrong = _wrong(row, known) | ({"resource_code": f"{code} stands here twice"} if code in found else {})
        if line.get(None):
            wrong[COLUMNS[-1]] = "there are more columns than the first line names"
        problems |= {f"line {lines.line_num}, column {name}": what for name, what in wrong.items()}
        found[code] = {} if wrong else _fields(row)
    if problems:
        raise InvalidError(problems=problems)
    return found


def _wrong(row: Mapping[str, str], units: set[str]) -> dict[str, str]:
    """Return column -> what is wrong there."""
    wrong = {name: "is missing" for name in ("resource_code", "name_zh", "name_en") if not row[name]}
    wrong |= {name: f"is longer than {most}" for name, most in LONGEST.items() if len(row[name]) > most}
    if row["kind"] not in KINDS:
        wrong["kind"] = f"{row['kind'] or 'nothing'} is none of {', '.join(KINDS)}"
    if row["unit_code"] not in units:
        wrong["unit_code"] = f"there is no unit {row['unit_code']}"
    for name in ("from", "to"):
        try:
            _day(row[name])
        except ValueError:
            wrong[name] = f"{row[name]} is no date such as 2026-10-01"
    if not wrong and row["from"] and row["to"] and row["to"] < row["from"]:
        wrong["to"] = "lies before from"
    return wrong


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _fields(row: Mapping[str, str]) -> dict[str, Any]:
    more = {"since": _day(row["from"]), "until": _day(row["to"])}
    return {name: row[name] for name in ("kind", "name_zh", "name_en", "unit_code", "notes")} | more


def resources(uow: UnitOfWork, *, kind: str = "", unit: str = "") -> list[Resource]:
    """Return the resources, or those of a kind or of a unit, by kind and code; lent now or not."""
    query = select(Resource).order_by(Resource.kind, Resource.code)
    query = query.where(Resource.kind == kind) if kind else query
    return list(uow.session.scalars(query.where(Resource.unit_code == unit) if unit else query))


def get_resource(uow: UnitOfWork, code: str, *, lock: bool = False) -> Resource:
    """Return the resource, locked until the transaction ends if asked for. Raises NotFoundError."""
    found = uow.session.get(Resource, code, with_for_update=True if lock else None, populate_existing=lock)
    if found is None:
        raise NotFoundError("there is no resource {code}", code=code)
    return found


def can_be_had(resource: Resource, span: Span) -> bool:
    """Say whether the unit lends the resource on all days of the span."""
    first, last = span[0].astimezone(ZONE).date(), (span[1] - timedelta(microseconds=1)).astimezone(ZONE).date()
    return (resource.since is None or resource.since <= first) and (resource.until is None or last <= resource.until)


# ---- what is booked, what is free


def _live() -> ColumnElement[bool]:
    return Booking.cancelled_at.is_(None) & Booking.released_at.is_(None)


def _overlaps(span: Span) -> ColumnElement[bool]:
    return (Booking.from_at < span[1]) & (Booking.to_at > span[0])


def booked(uow: UnitOfWork, span: Span, codes: Iterable[str]) -> dict[str, list[Booking]]:
    """Return code -> bookings that hold or held the resource within the span, in order."""
    query = select(Booking).where(_overlaps(span), Booking.resource_code.in_(sorted(codes)))
    found: dict[str, list[Booking]] = {}
    for each in uow.session.scalars(query.order_by(Booking.from_at, Booking.id)):
        if max(each.from_at, span[0]) < each.ended_at:
            found.setdefault(each.resource_code, []).append(each)
    return found


def of_case(uow: UnitOfWork, case_id: UUID) -> list[Booking]:
    """Return what was booked for the case, those that last first, then the newest."""
    if not parts.has(uow, Booking.case_id, case_id):
        return []
    query = select(Booking).where(Booking.case_id == case_id).order_by(Booking.from_at, Booking.id)
    return sorted(uow.session.scalars(query), key=lambda each: not (each.is_live and each.to_at > uow.now))


def taken(uow: UnitOfWork, resource: Resource, span: Span) -> Booking | None:
    """Return the first booking with which the span overlaps."""
    query = select(Booking).where(_live(), _overlaps(span), Booking.resource_code == resource.code)
    return uow.session.scalars(query.order_by(Booking.from_at).limit(1)).first()


def next_free(busy: Iterable[Span], start: datetime, length: timedelta) -> datetime:
    """Return the earliest moment, ``start`` or later, from which nothing is busy for so long."""
    for begins, ends in sorted(busy):
        if begins - start >= length:
            break
        start = max(start, ends)
    return start


def free_from(uow: UnitOfWork, resource: Resource, span: Span) -> datetime | None:
    """Return from when on the resource is free for as long as the span lasts, not before it; None if never again."""
    start = max(span[0], datetime.combine(resource.since or date.min, datetime.min.time(), ZONE))
    later = (_live(), Booking.resource_code == resource.code, Booking.to_at > start)
    busy = [(each.from_at, each.to_at) for each in uow.session.scalars(select(Booking).where(*later))]
    found = next_free(busy, start, span[1] - span[0])
    return found if can_be_had(resource, (found, found + (span[1] - span[0]))) else None


def free_ones(uow: UnitOfWork, resource: Resource, span: Span, most: int = 5) -> list[Resource]:
    """Return others of the same kind that are free all through the span."""
    busy = exists().where(_live(), _overlaps(span), Booking.resource_code == Resource.code)
    query = select(Resource).where(Resource.kind == resource.kind, Resource.code != resource.code, ~busy)
    return [each for each in uow.session.scalars(query.order_by(Resource.code)) if can_be_had(each, span)][:most]


def visible_cases(uow: UnitOfWork, found: Iterable[Booking]) -> dict[UUID, Case]:
    """Return the cases of the bookings that the actor may see."""
    wanted = (Case.id.in_({each.case_id for each in found}), access.visible_cases(uow.actor))
    return {case.id: case for case in uow.session.scalars(select(Case).where(*wanted))}


# ---- what is said


def said_at(at: datetime, now: datetime) -> dict[str, str]:
    """Return language -> the moment in the city's time, as the pages write it."""
    here = at.astimezone(ZONE)
    year = "" if here.year == now.astimezone(ZONE).year else f"{here.year}年"
    zh = f"{year}{here.month}月{here.day}日 {here:%H:%M}"
    return {"zh": zh, "en": f"{here.day} {MONTHS[here.month - 1]} {here.year}, {here:%H:%M}"}


def said_span(span: Span, now: datetime) -> dict[str, str]:
    """Return language -> from when to when."""
    first, last = said_at(span[0], now), said_at(span[1], now)
    same = span[0].astimezone(ZONE).date() == span[1].astimezone(ZONE).date()
    ends = dict.fromkeys(first, f"{span[1].astimezone(ZONE):%H:%M}") if same else last
    return {language: f"{first[language]}–{ends[language]}" for language in first}


def said(resource: Resource, booking: Booking, now: datetime) -> dict[str, str]:
    """Return language -> which resource, from when to when."""
    span = said_span((booking.from_at, booking.to_at), now)
    return {language: f"{name} {span[language]}" for language, name in resource.names.items()}


def tell(uow: UnitOfWork, people: Sequence[str], kind: str, booking: Booking, words: Mapping[str, str]) -> None:
    """Leave the people a notice about the booking, each in the own language."""
    for name in people:
        news.tell(uow, [name], kind, booking.case_id, text=words[directory.language_of(uow, name)])


def tell_owner(uow: UnitOfWork, kind: str, booking: Booking, resource: Resource, words: Mapping[str, str]) -> None:
    """Tell the people of the unit whose resource it is."""
    tell(uow, notices.members(uow, f"unit:{resource.unit_code}"), kind, booking, words)


# ---- releasing


LEFT = Statement(
    select(Booking.id).where(
        Booking.case_id == bindparam("case"),
        Booking.cancelled_at.is_(None),
        Booking.released_at.is_(None),
        Booking.to_at > bindparam("now"),
    )
)


def release(uow: UnitOfWork, case: LockedCase) -> int:
    """Give back what the case has booked from now on, so that others can book it; return how many bookings ended."""
    left = [found for (found,) in LEFT.all(uow, {"case": case.id, "now": uow.now})]
    for booking_id in left:
        booking = uow.session.get_one(Booking, booking_id, populate_existing=True)
        resource = get_resource(uow, booking.resource_code)
        booking.released_at = uow.now
        uow.session.flush()
        words = said(resource, booking, uow.now)
        told = {"booking": str(booking.id), "resource": resource.code, "unit": booking.unit_code}
        uow.record("booking.released", case, **told, why=words)
        tell_owner(uow, "unbooked", booking, resource, words)
    return len(left)


def work_release(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Give back what the case has booked; the work of ``booking.release``."""
    release(uow, case)
    return {}
