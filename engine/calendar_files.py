"""Calendars as people write them: CSV with holidays, make-up days and, if it differs, the week.

Columns ``date``, ``kind`` and, for the week, ``slots``. Kinds: ``holiday`` and ``workday_in_lieu`` with an ISO date;
``slots`` with mon … sun as the date and ``08:30-12:00 14:30-17:30`` (nothing: no work that day); ``zone`` with the name
of a time zone as the date. Not here: counting (``working_time``), versions (``calendars``).
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import InvalidError
from engine.working_time import Calendar, Slots

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KINDS = ("holiday", "slots", "workday_in_lieu", "zone")
SLOT = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def read_calendar(text: str, **more: Any) -> Calendar:
    """Return the calendar of a CSV text; what it says of week and zone goes before ``more``: zone, week, version, name.

    Raises InvalidError naming each wrong line, and if it names no holiday.
    """
    holidays, in_lieu, problems = set[date](), set[date](), dict[str, str]()
    week: dict[int, Slots] = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        kind, day = (row.get("kind") or "").strip(), (row.get("date") or "").strip()
        try:
            if kind == "slots":
                week[_weekday(day)] = read_slots(row.get("slots") or "")
            elif kind == "zone":
                more["zone"] = _zone(day)
            elif kind == "holiday":
                holidays.add(_date(day))
            elif kind == "workday_in_lieu":
                in_lieu.add(_date(day))
            else:
                raise ValueError(f"kind {kind!r} is none of {', '.join(KINDS)}")
        except ValueError as error:
            problems[f"line {line}"] = str(error)
    for day_off in holidays & in_lieu:
        problems[day_off.isoformat()] = "is both a holiday and a make-up day"
    if problems or not holidays:
        raise InvalidError(problems=problems or {"file": "no holidays in it"})
    if week:
        more["week"] = week
    years = {day.year for day in holidays}
    return Calendar(
        holidays=frozenset(holidays), in_lieu=frozenset(in_lieu), years=range(min(years), max(years) + 1), **more
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 2026-10-01") from None


def _weekday(text: str) -> int:
    if text.lower()[:3] not in DAYS:
        raise ValueError(f"{text!r} is none of {', '.join(DAYS)}")
    return DAYS.index(text.lower()[:3])


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is no time zone") from None


def read_slots(text: str) -> Slots:
    """Return the slots of a text such as ``08:30-12:00 14:30-17:30``; 24:00 is the midnight after.

    Raises ValueError for what is no slot, overlaps, or is out of order. The last slot may go on past midnight.
    """
    slots: list[tuple[time, time]] = []
    for part in re.split(r"[\s,;，；、]+", text.strip().replace("–", "-").replace("—", "-")):
        if not part:
            continue
        found = SLOT.fullmatch(part)
        if not found:
            raise ValueError(f"{part!r} is no slot such as 08:30-12:00")
        numbers = [int(each) for each in found.groups()]
        opens = time(numbers[0], numbers[1])
        closes = time(0) if numbers[2:] == [24, 0] else time(numbers[2], numbers[3])
        if slots and (opens < slots[-1][1] or slots[-1][1] <= slots[-1][0]):
            raise ValueError(f"{part} begins before the slot before it has ended")
        slots.append((opens, closes))
    return tuple(slots)


def write_slots(slots: Slots) -> str:
    """Return the slots as text."""
    return " ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in slots)


def week_of(rows: Mapping[str, list[list[str]]]) -> dict[int, Slots]:
    """Return a week from JSON: number of the weekday -> pairs of times."""
    return {
        int(day): tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in each) for day, each in rows.items()
    }


def week_rows(week: Mapping[int, Slots]) -> dict[str, list[list[str]]]:
    """Return the week as JSON."""
    return {str(day): [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in slots] for day, slots in sorted(week.items())}
