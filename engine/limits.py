"""Which limit a case and each of its stages get, and how much of one is left.

A limit belongs to a filing condition of an item; an item has a default; a control area (重点区域) may shorten it. The
tables ``control_area`` and ``stage_limit`` decide. Not here: how a limit runs (``duty_clock``, ``deadlines``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from engine import calendars, rules
from engine.calendars import missing_year
from engine.deadlines import LADDER, Limit, Run, ladder
from engine.errors import InvalidError, NotFoundError
from engine.uow import UnitOfWork

__all__ = ["LADDER", "CaseCalendar", "Choice", "choose", "missing_year", "moments", "of_stage", "time_left"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The limit of a case, and where it comes from."""

    limit: Limit
    grade: str | None
    condition: str | None = None  #: number of the filing condition; None: the item's default
    closing_zh: str = ""  #: when the matter counts as settled
    closing_en: str = ""


def choose(
    uow: UnitOfWork,
    entry: Mapping[str, Any],
    condition: str | None,
    grid: str | None,
    bound: Mapping[str, int],
) -> Choice:
    """Return the limit of the item's filing condition, of the item itself without one.

    entry: the row of the catalogue with its ``conditions``. Raises InvalidError if the item has no such condition.
    """
    row: Mapping[str, Any] = entry
    if condition is not None:
        found = (each for each in entry.get("conditions", ()) if each["condition_no"] == str(condition))
        row = next(found, {})
        if not row:
            raise InvalidError(problems={"condition": "is none of the choices"})
    grade = row.get("grade") or entry.get("grade")
    facts = {"item": entry.get("item_code"), "grade": grade, "grid": grid, "limit_unit": row["limit_unit"]}
    factor = _decided(uow, bound, "control_area", facts).get("value", 1)
    limit = Limit(Decimal(row["limit_value"]), row["limit_unit"], _decimal("factor", factor))
    closing = (row.get("closing_condition_zh", ""), row.get("closing_condition_en", ""))
    return Choice(limit, grade, str(condition) if condition is not None else None, *closing)


def of_stage(uow: UnitOfWork, bound: Mapping[str, int], stage: str, facts: Mapping[str, Any]) -> Limit | None:
    """Return the limit of the stage (accept, file, dispatch, handle, verify …), None if it has none of its own."""
    found = _decided(uow, bound, "stage_limit", {**facts, "stage": stage})
    if found.get("value") is None:
        return None
    return Limit(_decimal("value", found["value"]), str(found["unit"]))


def _decided(uow: UnitOfWork, bound: Mapping[str, int], rule: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the table says, nothing if it is not deployed."""
    if rule not in bound:
        return {}
    try:
        return rules.answer(uow, bound, rule, facts)[0]
    except NotFoundError:
        return {}


def _decimal(name: str, value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise InvalidError(problems={name: f"{value!r} is no number"}) from None


def moments(uow: UnitOfWork, start: datetime, value: Decimal, unit: str) -> dict[str, datetime]:
    """Return the moments of the limit, aware UTC, by the names that diagrams use.

    Where the limit reaches a year without holidays in the calendar, that year counts Monday to Friday for now:
    ``missing_year`` warns the administrator as long as that is so, and a resident's report is not refused for it.
    """
    run = Run(Limit(value, unit), start)
    return calendars.reaching(uow, calendars.CITY, start, lambda calendar: ladder(calendar, run))


class CaseCalendar:
    """The calendar as expressions of a diagram see it: read when one asks, provisional beyond its years."""

    def __init__(self, uow: UnitOfWork, name: str | None = None) -> None:
        self._uow, self._name = uow, name or calendars.CITY

    def after(self, start: datetime, value: Decimal, unit: str) -> datetime:
        """Return the moment at which the limit is used up, aware UTC."""
        return calendars.reaching(self._uow, self._name, start, lambda calendar: calendar.after(start, value, unit))


def time_left(
    uow: UnitOfWork, due: datetime | None, unit: str, name: str | None = None, until: datetime | None = None
) -> timedelta | None:
    """Return how much of the limit is left: working time where the limit is counted in it, else natural time.

    ``name``: of the calendar; ``until``: the clock stands still until then. Negative when the deadline has passed; None
    without a deadline.
    """
    if due is None:
        return None
    start = max(uow.now, until) if until else uow.now
    if unit not in ("work_hours", "work_days"):
        return due - start
    return calendars.far(uow, name or calendars.CITY, max(due, start)).between(start, due)
