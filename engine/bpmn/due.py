"""ISO 8601 dates, durations and cycles, and cron schedules -> due moments.

Sources: ISO 8601-1:2019, 5.5 and 5.6; cron as in Debian's crontab(5), with an optional field of seconds before it,
which must be 0, as other engines write it.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def moment(value: Any, zone: str, now: datetime) -> datetime:
    """Return the aware UTC moment of a date, a date and time, a duration from now, or ISO text of one of these.

    Raises ValueError for anything else.
    """
    if isinstance(value, timedelta):
        return (now + value).astimezone(UTC)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if not isinstance(value, str) or not value:
        text = getattr(value, "to_text", lambda: "")()
        if not text:
            raise ValueError(f"{value!r} is no moment")
        value = text
    if value.lstrip("-").startswith("P"):
        return after(value, now, zone)
    return moment(datetime.fromisoformat(value), zone, now)


def after(text: str, start: datetime, zone: str) -> datetime:
    """Return ``start`` plus the ISO duration: years, months and days by the zone's calendar, hours exactly, in UTC."""
    found = DURATION.fullmatch(text)
    if not found or not re.search(r"\d", text) or text.endswith("T"):
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    part = {name: float(value) if value and name != "sign" else 0 for name, value in found.groupdict().items()}
    sign = -1 if found["sign"] else 1
    local = start.astimezone(ZoneInfo(zone))
    months = local.year * 12 + local.month - 1 + sign * int(part["years"] * 12 + part["months"])
    year, month = divmod(months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    local = local.replace(year=year, month=month + 1, day=day)
    local += sign * timedelta(days=part["days"] + 7 * part["weeks"])
    exact = timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    return local.astimezone(UTC) + sign * exact


def first(value: Any, kind: str, zone: str, now: datetime) -> tuple[datetime, int | None]:
    """Return the first due moment of a timer and how many turns follow it (None: without end)."""
    if value is None:
        raise ValueError("the timer's expression gives null")
    if kind != "cycle":
        return moment(value, zone, now), 0
    if not str(value).startswith("R"):
        return next(_schedule(str(value), now, zone)), None
    turns, start, step, _last = _cycle(str(value), zone)
    when = start if start is not None else after(step, now, zone)
    return when, None if turns is None else turns - 1


def next_turn(
    text: str, left: int | None, previous: datetime, now: datetime, zone: str = "UTC"
) -> tuple[datetime | None, int | None, int]:
    """Return when the cycle is due next, the turns left after that, and how many turns were missed.

    ``previous`` is the moment the last turn was *due*, so that the rhythm does not drift.
    """
    if not text.startswith("R"):
        return next(_schedule(text, now, zone)), left, 0
    _turns, _start, step, last = _cycle(text, zone)
    missed, when = 0, previous
    if "T" in step and step.startswith("PT"):  # an exact step: the missed turns are counted in one go
        missed = max(0, (now - previous) // (after(step, previous, zone) - previous) - 1)
        missed = missed if left is None else min(missed, left)
        when = previous + missed * (after(step, previous, zone) - previous)
        left = None if left is None else left - missed
    while left is None or left > 0:
        when = after(step, when, zone)
        if last is not None and when > last:
            break
        left = None if left is None else left - 1
        if when > now:
            return when, left, missed
        missed += 1
    return None, 0, missed


def is_literal(text: str, kind: str) -> bool:
    """Say whether the text of a timer is meant as it stands, and is no expression; it may still be wrong."""
    if kind == "cycle" and len(text.split()) in (5, 6) and not re.search(r"[\"'(]", text):
        return True
    return bool(re.match(r"P[T\d]|R\d*/|\d{4}-\d", text))


def mistake(text: str, kind: str) -> str | None:
    """Return what is wrong with the literal text of a timer, None if nothing is."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    try:
        if kind == "cycle":
            first(text, kind, "UTC", start)
        elif kind == "duration" and after(text, start, "UTC") < start:
            return f"{text!r} is no duration forwards in time"
        elif kind == "date":
            datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        return str(error) or f"{text!r} is no {kind}"
    return None


def _schedule(text: str, start: datetime, zone: str) -> Iterator[datetime]:
    """Yield the moments of a cron schedule after ``start``, in UTC."""
    fields = text.replace("?", "*").split()
    if len(fields) == 6 and fields[0] in ("0", "00"):
        fields = fields[1:]
    try:
        moments = CronSim(" ".join(fields), start.astimezone(ZoneInfo(zone)))
    except CronSimError as error:
        raise ValueError(f"{text!r} is neither a cycle such as R3/PT1H nor a cron schedule: {error}") from error
    return (each.astimezone(UTC) for each in moments)


def _cycle(text: str, zone: str) -> tuple[int | None, datetime | None, str, datetime | None]:
    """Return the turns (None: without end), the start, the duration of a turn, and the end."""
    parts = text.split("/")
    if not re.fullmatch(r"R\d*", parts[0]) or not 2 <= len(parts) <= 3:
        raise ValueError(f"{text!r} is no ISO 8601 cycle such as R3/PT1H")
    turns = int(parts[0][1:]) if len(parts[0]) > 1 else None
    if turns == 0:
        raise ValueError(f"{text!r} has no turn")
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    start, step, last = None, parts[-1], None
    if len(parts) == 3 and parts[1].startswith("P"):
        step, last = parts[1], moment(parts[2], zone, begin)
    elif len(parts) == 3:
        start = moment(parts[1], zone, begin)
    if after(step, begin, zone) <= begin:
        raise ValueError(f"{text!r} never gets on")
    return turns, start, step, last
