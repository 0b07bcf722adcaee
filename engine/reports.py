"""What officers and residents report: opening a case from it, and following it by its tracking code."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from engine import calendars, cases, catalogue, deployments, duty_clock, families, limits, places
from engine.deadlines import Run
from engine.desk_models import CaseSubject
from engine.errors import InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Answer, Case, Unit
from engine.uow import UnitOfWork

PROCESS = "incident"
#: how a report comes in
CHANNELS = ("web", "grid", "phone", "counter", "paper", "visit", "open311")


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports; ``contact`` is for the answer and is shown to nobody but those who work on the case."""

    item_code: str
    grid_code: str
    description: str
    address: str = ""
    contact: str = ""
    latitude: float | None = None  #: degrees; where the reporter stood, if that was given
    longitude: float | None = None
    channel: str = ""  #: one of CHANNELS; empty: as the reporter is known
    household: str = ""  #: id of the household's record, where a visit found it


@dataclass(frozen=True, slots=True)
class Status:
    """What the public may know of a case: nothing personal."""

    number: str
    item_zh: str
    item_en: str
    standing: str  #: see ``cases.standing``
    unit_zh: str
    unit_en: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    answer: str
    refusal: str  #: why it was not filed, empty if it was
    merged_into: str = ""  #: number of the case in which it is handled together with others
    forum: str = ""  #: where the parties were guided to if they did not agree: arbitration, court or both


def submit(uow: UnitOfWork, report: Report) -> LockedCase:
    """Open a case for the report; its limit runs from now. Raises InvalidError naming each field that is wrong."""
    problems = {
        name: "is missing" for name in ("item_code", "grid_code", "description") if not getattr(report, name).strip()
    }
    problems |= {
        name: "is too long" for name in ("description", "address", "contact") if len(getattr(report, name)) > 2000
    }
    if report.channel not in ("", *CHANNELS):
        problems["channel"] = "is none of the choices"
    if problems:
        raise InvalidError(problems=problems)
    try:
        item = catalogue.get_item(uow, report.item_code)
    except NotFoundError as error:
        raise InvalidError(problems={"item_code": "is not in the catalogue"}) from error
    try:
        grid = catalogue.in_force(uow, report.grid_code)  # a draft may be older than the grids of today
    except NotFoundError as error:
        raise InvalidError(problems={"grid_code": "is no grid of the district"}) from error
    entry = item.entry
    choice = limits.choose(uow, entry, None, grid.code, deployments.current_versions(uow))
    made = duty_clock.plan(uow, calendars.CITY, Run(choice.limit, uow.now))
    values = {
        "item": item.code,
        "item_name": entry["item_zh"],
        "item_name_en": entry["item_en"],
        "grid": grid.code,
        "grid_name": grid.name,
        "description": report.description,
        "address": report.address,
        "contact": report.contact,
        "grade": choice.grade,
        "limit_value": str(choice.limit.value),
        "limit_unit": choice.limit.unit,
        "reporter": uow.actor.name,
        "channel": report.channel or ("grid" if "officer" in uow.actor.roles else "web"),
        **({"household": report.household} if report.household else {}),
        **made.moments,
    }
    title = f"{entry['item_zh']} · {report.address or grid.name}"
    case = cases.open_case(uow, PROCESS, values, title, due=made.moments)
    duty_clock.begin(uow, case, choice, made)
    uow.session.add(
        CaseSubject(
            case_id=case.id,
            item_code=item.code,
            grid_code=grid.code,
            community=grid.community,
            latitude=report.latitude,
            longitude=report.longitude,
            address=places.plain(report.address),
            opened_at=uow.now,
        )
    )
    return case


def submit_once(uow: UnitOfWork, report: Report, key: str) -> tuple[str, UUID | None]:
    """Open a case for the report unless this key did so before; return its tracking code, and its id if it is new.

    A phone that sends its draft again because the answer got lost opens no second case. Raises InvalidError.
    """
    answer = f"report {key}"[:80]
    known = uow.session.get(Answer, answer)
    if known is not None:
        return str(known.result["token"]), None
    case = submit(uow, report)
    uow.session.add(Answer(key=answer, result={"token": case.token}, at=uow.now))
    return case.token, case.id


def found(uow: UnitOfWork, token: str) -> Case:
    """Return the case with the tracking code, for what the public may do with it. Raises NotFoundError."""
    case = uow.session.scalars(select(Case).where(Case.token == token)).first()
    if case is None:
        raise NotFoundError("there is no report with this code")
    return case


def mine(uow: UnitOfWork, *, limit: int = 50, offset: int = 0) -> list[Case]:
    """Return the cases that the actor reported, the newest first."""
    query = select(Case).where(Case.opened_by == uow.actor.name).order_by(Case.opened_at.desc(), Case.id)
    return list(uow.session.scalars(query.limit(limit).offset(offset)))


def subjects(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, CaseSubject]:
    """Return case -> what it is about and where, of those that were reported."""
    query = select(CaseSubject).where(CaseSubject.case_id.in_(ids))
    return {each.case_id: each for each in uow.session.scalars(query)}


def follow(uow: UnitOfWork, token: str) -> Status:
    """Return what the public may know of the report with the tracking code; a merged one stands where its case does.

    Raises NotFoundError.
    """
    report = found(uow, token)
    case = handled_in(uow, report)
    unit = uow.session.get(Unit, case.unit_code) if case.unit_code else None
    known = {name: str(case.summary.get(name) or "") for name in ("item_name", "item_name_en", "answer", "reason")}
    return Status(
        report.number,
        known["item_name"],
        known["item_name_en"],
        cases.standing(case),
        unit.name_zh if unit else "",
        unit.name_en if unit else "",
        report.opened_at,
        None if cases.is_refused(case) else case.due_at,
        case.closed_at,
        known["answer"],
        known["reason"] if cases.is_refused(case) else "",
        case.number if case.id != report.id else "",
        str(case.summary.get("forum") or "") if cases.is_guided_out(case) else "",
    )


def handled_in(uow: UnitOfWork, report: Case) -> Case:
    """Return the case in which the report is handled: the report's own unless it was merged."""
    if not cases.merged_into(report):
        return report
    top = families.root(uow, report.id)
    return uow.session.get_one(Case, top)


@dataclass(frozen=True, slots=True)
class Notes:
    """A report as GeoReport v2 says it: ``status`` is open or closed, the notes say why, in both languages."""

    status: str
    zh: str
    en: str


def notes(uow: UnitOfWork, report: Case) -> Notes:
    """Return status and status notes; a duplicate is closed, and its notes name the case in which it is handled.

    Source: Open311 GeoReport v2, ``status`` and ``status_notes``.
    """
    case = handled_in(uow, report)
    text = str(case.summary.get("reason" if cases.is_refused(case) else "answer") or "") if case.closed_at else ""
    if case.id != report.id:
        zh, en = f"与 {case.number} 为同一事项，已并入该案件办理", f"Duplicate of {case.number}, in which it is handled"
        return Notes("closed", f"{zh}：{text}" if text else zh, f"{en}: {text}" if text else en)
    return Notes("closed" if case.closed_at else "open", text, text)
