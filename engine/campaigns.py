"""Visit campaigns (每季度至少一次): who was reached in the window, who was not, and by which channel to try next.

When a campaign begins, how long it lasts and who has a task of it says the diagram ``campaign``; whether a household
may be tried once more in this way the table ``campaign_rule``. No photos are taken. Not here: households themselves.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import cases, catalogue, execution, hand_overs, households, rules
from engine.campaign_models import Attempt, Campaign
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.locked import LockedCase
from engine.models import Case
from engine.uow import UnitOfWork
from engine.visit_models import Household

RULE, EVENING = "campaign_rule", "evening-visit"
CHANNELS = ("door", "phone", "property")
PURPOSES = ("data", "safety", "care")
LONGEST = 500
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Said:
    """How an attempt went: the channel, whether somebody was reached, what it was for, and the consent."""

    channel: str
    reached: bool
    purpose: str | None = None
    consent: bool | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """A household in a campaign, and by which channels it may be tried now; none once it was reached."""

    household: Household
    shown: dict[str, str]  #: of the household, as the actor may read it
    attempts: tuple[Attempt, ...]
    channels: tuple[str, ...]

    @property
    def is_reached(self) -> bool:
        """Say whether somebody was reached."""
        return any(each.reached for each in self.attempts)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many households of a grid were reached, of how many."""

    code: str
    name: str
    worker: str | None
    reached: int
    total: int

    @property
    def share(self) -> float:
        """Return the share in per cent, with one place."""
        return round(100 * self.reached / self.total, 1) if self.total else 0.0


# ---- looking


def campaigns(uow: UnitOfWork, limit: int = 40) -> list[Campaign]:
    """Return the campaigns, the newest first."""
    return list(uow.session.scalars(select(Campaign).order_by(Campaign.starts_at.desc(), Campaign.id).limit(limit)))


def get(uow: UnitOfWork, campaign_id: UUID) -> Campaign:
    """Return the campaign. Raises NotFoundError."""
    found = uow.session.get(Campaign, campaign_id)
    if found is None:
        raise NotFoundError("no such campaign")
    return found


def coverage(uow: UnitOfWork, campaign: Campaign, until: datetime | None = None) -> list[Coverage]:
    """Return reached and total of each grid, those with a worker first, then the least covered."""
    query = select(Attempt.grid_code, Attempt.household_id).where(Attempt.campaign_id == campaign.id, Attempt.reached)
    query = query.where(Attempt.tried_at < until) if until else query
    counted = Counter(code for code, _household in {(code, each) for code, each in uow.session.execute(query)})
    found = [
        Coverage(each["code"], each["name"], each["worker"], counted[each["code"]], each["households"])
        for each in campaign.grids
    ]
    return sorted(found, key=lambda each: (each.worker is None, each.share, each.code))


def days(uow: UnitOfWork, campaign: Campaign) -> list[tuple[date, int]]:
    """Return how many households had been reached at the end of each day of the campaign so far."""
    query = select(Attempt.household_id, Attempt.tried_at).where(Attempt.campaign_id == campaign.id, Attempt.reached)
    first: dict[UUID, date] = {}
    for household, at in uow.session.execute(query.order_by(Attempt.tried_at)):
        first.setdefault(household, at.astimezone(ZONE).date())
    day, last = campaign.starts_at.astimezone(ZONE).date(), min(uow.now, campaign.ends_at).astimezone(ZONE).date()
    found = []
    while day <= last:
        found.append((day, sum(1 for each in first.values() if each <= day)))
        day += timedelta(days=1)
    return found


def may_visit(uow: UnitOfWork, code: str) -> bool:
    """Say whether the actor visits in the grid: who works there, and officers of the street."""
    return hand_overs.worker_of(uow, code, uow.now) == uow.actor.name or "officer" in uow.actor.roles


def doors(uow: UnitOfWork, campaign: Campaign, code: str) -> list[Door]:
    """Return the households of the grid by building and floor, for who visits there. Raises ForbiddenError."""
    _require_visitor(uow, code)
    tried: dict[UUID, list[Attempt]] = {}
    query = select(Attempt).where(Attempt.campaign_id == campaign.id, Attempt.grid_code == code)
    for row in uow.session.scalars(query.order_by(Attempt.tried_at, Attempt.id)):
        tried.setdefault(row.household_id, []).append(row)
    homes = list(uow.session.scalars(select(Household).where(Household.grid_code == code)))
    homes.sort(key=lambda each: (places(each.address), each.address, each.number))
    case = uow.session.get_one(Case, campaign.case_id)
    more = _facts_now(uow)
    return [_door(uow, case, home, tried.get(home.id, []), more) for home in homes]


def places(address: str) -> tuple[int, ...]:
    """Return the numbers of the address in order: building, entrance, door, so that 2 comes before 10."""
    return tuple(int(each) for each in re.findall(r"\d+", address))


def _door(uow: UnitOfWork, case: Case, home: Household, attempts: Sequence[Attempt], more: dict[str, Any]) -> Door:
    shown = households.shown(uow, home)
    if any(each.reached for each in attempts):
        return Door(home, shown, tuple(attempts), ())
    facts = {each: _facts(each, attempts) | more for each in CHANNELS}
    allowed = [each for each in CHANNELS if rules.answer(uow, case.bound, RULE, facts[each])[0].get("allowed") is True]
    return Door(home, shown, tuple(attempts), tuple(allowed))


def _facts(channel: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
    failed = sum(1 for each in attempts if each.channel == "door" and not each.reached)
    return {"channel": channel, "failed_at_door": failed, "reached": any(each.reached for each in attempts)}


def _facts_now(uow: UnitOfWork) -> dict[str, Any]:
    return {"hour": uow.now.astimezone(ZONE).hour, "checked_in": checked_in(uow) is not None}


def missed(uow: UnitOfWork, campaign: Campaign, code: str) -> list[Door]:
    """Return the known households of the grid that were not reached."""
    return [each for each in doors(uow, campaign, code) if not each.is_reached]


# ---- trying


def attempt(uow: UnitOfWork, campaign_id: UUID, household_id: UUID, said: Said) -> Attempt:
    """Write down that somebody tried to reach the household.

    Raises RefusedError by the rule, ConflictError outside the window, InvalidError where purpose or consent is missing,
    ForbiddenError for who does not visit there.
    """
    campaign, home = get(uow, campaign_id), uow.session.get(Household, household_id)
    if home is None:
        raise NotFoundError("no such household")
    _require_visitor(uow, home.grid_code)
    case = execution.locked_case(uow, campaign.case_id)
    if campaign.closed_at is not None or uow.now >= campaign.ends_at:
        raise ConflictError("the campaign is over")
    problems = _problems(said)
    if problems:
        raise InvalidError(problems=problems)
    query = select(Attempt).where(Attempt.campaign_id == campaign.id, Attempt.household_id == home.id)
    facts = _facts(said.channel, list(uow.session.scalars(query))) | _facts_now(uow)
    rules.judge(uow, case, "attempt", RULE, facts)
    row = Attempt(campaign_id=campaign.id, household_id=home.id, grid_code=home.grid_code, channel=said.channel)
    row.reached, row.comment = said.reached, said.comment.strip()
    row.purpose, row.consent = (said.purpose, said.consent) if said.reached else (None, None)
    row.tried_at, row.tried_by = uow.now, uow.actor.name
    uow.session.add(row)
    uow.session.flush()
    told = {"purpose": row.purpose, "consent": row.consent, "channel": row.channel, "reached": row.reached}
    uow.record("household.tried", case, household=home.number, grid=home.grid_code, **told)
    return row


def checked_in(uow: UnitOfWork) -> Case | None:
    """Return the evening visit for which the actor checked in and not out yet."""
    query = select(Case).where(Case.process_key == EVENING, Case.opened_by == uow.actor.name, Case.closed_at.is_(None))
    return uow.session.scalars(query.limit(1)).first()


def check_in(uow: UnitOfWork, code: str, partner: str) -> LockedCase:
    """Begin an evening visit in the grid together with somebody of the police; checking out is a task of the actor's.

    Raises InvalidError without a partner, ConflictError for who is checked in already, ForbiddenError.
    """
    _require_visitor(uow, code)
    partner = partner.strip()
    if not 1 < len(partner) <= 60:
        raise InvalidError(problems={"partner": "is too long" if len(partner) > 60 else "is missing"})
    if checked_in(uow) is not None:
        raise ConflictError("you are checked in already: check out first")
    grid = catalogue.get_grid(uow, code)
    values = {"worker": uow.actor.name, "grid": code, "grid_name": grid.name}
    case = cases.open_case(uow, EVENING, values, f"夜间走访 · {grid.name}")
    uow.record("visit.checked-in", case, grid=code, partner=partner)
    return case


def add_door(uow: UnitOfWork, campaign_id: UUID, entry: households.Entry) -> Household:
    """Keep the record of a household that was not known yet. Raises InvalidError, ForbiddenError, ConflictError."""
    campaign = get(uow, campaign_id)
    _require_visitor(uow, entry.grid_code)
    if campaign.closed_at is not None:
        raise ConflictError("the campaign is over")
    return households.keep(uow, entry)


def _problems(said: Said) -> dict[str, str]:
    found = {} if said.channel in CHANNELS else {"channel": "is none of the choices"}
    if said.reached and said.purpose not in PURPOSES:
        found["purpose"] = "is missing"
    if said.reached and said.consent is None:
        found["consent"] = "is missing"
    if len(said.comment) > LONGEST:
        found["comment"] = "is too long"
    return found


def _require_visitor(uow: UnitOfWork, code: str) -> None:
    if not may_visit(uow, code):
        raise ForbiddenError("only who visits in this grid sees its households")


# ---- what the diagram has the house do, by topic


def work_open(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Begin the campaign; the work of ``campaign.open``. inputs: days. Returns its end, and the grids with a worker."""
    found = catalogue.grids(uow)
    grids: list[dict[str, Any]] = [
        {
            "code": grid.code,
            "name": grid.name,
            "households": grid.households,
            "worker": hand_overs.worker_of(uow, grid.code, uow.now),
        }
        for grid in found
    ]
    ends = uow.now + timedelta(days=int(inputs["days"]))
    uow.session.add(Campaign(case_id=case.id, starts_at=uow.now, ends_at=ends, grids=grids))
    uow.session.flush()
    total = sum(each["households"] for each in grids)
    uow.record("campaign.opened", case, ends=ends.isoformat(), grids=len(grids), households=total)
    return {"ends_at": ends.isoformat(), "grids": [each for each in grids if each["worker"]]}


def work_close(uow: UnitOfWork, case: LockedCase, _inputs: dict[str, Any]) -> dict[str, Any]:
    """End the campaign and say how many were reached; the work of ``campaign.close``."""
    campaign = uow.session.scalars(select(Campaign).where(Campaign.case_id == case.id)).one()
    campaign.closed_at = uow.now
    found = coverage(uow, campaign)
    reached, total = sum(each.reached for each in found), sum(each.total for each in found)
    uow.session.flush()
    uow.record("campaign.closed", case, reached=reached, households=total, missed=total - reached)
    return {"reached": reached, "missed": total - reached}
