"""Deadlines against a second opinion, minute by minute: never early, never a second off.

Holidays, make-up Saturdays, leap days, midnight, slot edges, nights in which clocks are changed, pauses, extensions.
"""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar_files import read_calendar, read_slots
from engine.deadlines import LADDER, Limit, Run, due_at, ladder, running, slots_used, used
from engine.due import load_calendar
from engine.errors import InvalidError
from engine.working_time import Calendar
from tests.unit.slow_clock import SlowClock, days

SHIPPED = load_calendar(None)
EVERY_DAY, NO_DAYS = range(7), frozenset()


def week(text, on=EVERY_DAY):
    return dict.fromkeys(on, read_slots(text))


#: name -> (calendar, first day, last day) of the stretch that is looked at minute by minute
KINDS = {
    "the city's National Day": (SHIPPED, date(2026, 8, 25), date(2026, 12, 28)),
    "the city's Spring Festival": (SHIPPED, date(2026, 1, 5), date(2026, 5, 10)),
    "nights in Berlin": (
        Calendar("Europe/Berlin", week("22:00-06:00"), days("2024-04-01"), NO_DAYS, range(2023, 2026)),
        date(2024, 2, 25),
        date(2024, 6, 25),
    ),
    "spring of New York": (
        Calendar("America/New_York", week("01:15-02:30 02:45-24:00"), days("2024-02-29"), NO_DAYS, range(2023, 2026)),
        date(2024, 2, 20),
        date(2024, 6, 20),
    ),
    "autumn of New York": (
        Calendar("America/New_York", week("00:30-01:30 01:45-05:00"), days("2024-11-28"), NO_DAYS, range(2023, 2026)),
        date(2024, 10, 1),
        date(2025, 1, 28),
    ),
    "half hours of Lord Howe": (
        Calendar("Australia/Lord_Howe", week("01:45-02:15 23:00-23:59"), NO_DAYS, NO_DAYS, range(2023, 2026)),
        date(2024, 3, 10),
        date(2024, 7, 10),
    ),
    "midnights of Sao Paulo": (
        Calendar("America/Sao_Paulo", week("00:00-00:30 23:30-24:00"), NO_DAYS, NO_DAYS, range(2016, 2020)),
        date(2018, 10, 1),
        date(2019, 2, 1),
    ),
    "an office with a short Friday": (
        Calendar(
            "Asia/Shanghai",
            {**week("08:30-12:00 14:30-17:30", range(4)), 4: read_slots("09:00-11:00"), 6: read_slots("10:00-10:01")},
            days("2024-02-28", "2024-03-01"),
            days("2024-03-02"),
            range(2023, 2026),
        ),
        date(2024, 1, 20),
        date(2024, 6, 1),
    ),
}


@cache
def both(name):
    calendar, first, last = KINDS[name]
    slow = SlowClock(ZoneInfo(calendar.zone), calendar.week, calendar.holidays, calendar.in_lieu, first, last)
    return calendar, slow


def length(slots):
    """Return the sum of the slots; in UTC, for in one zone Python subtracts what the clocks on the wall show."""
    return sum((b.astimezone(UTC) - a.astimezone(UTC) for a, b in slots), timedelta())


starts = st.integers(0, 50 * 86400).map(lambda seconds: timedelta(seconds=seconds)) | st.integers(0, 50).map(
    lambda day: timedelta(days=day)
)
names = st.sampled_from(sorted(KINDS))
seconds = st.integers(0, 60_000) | st.sampled_from([0, 1, 59, 60, 1800, 3600, 5400, 23400])


@settings(max_examples=600, deadline=None)
@given(names, starts, seconds)
def test_a_deadline_is_that_of_the_second_opinion_to_the_second(name, offset, amount):
    calendar, slow = both(name)
    start = slow.first + timedelta(days=2) + offset
    due = calendar.later(start, amount * 1_000_000, "work_hours")
    assert due == slow.deadline(start, amount * 1_000_000)
    assert calendar.between(start, due) == timedelta(seconds=amount)


@settings(max_examples=300, deadline=None)
@given(names, starts, starts)
def test_time_between_is_that_of_the_second_opinion(name, one, other):
    calendar, slow = both(name)
    start, end = (slow.first + timedelta(days=2, minutes=each // timedelta(minutes=1)) for each in sorted((one, other)))
    assert calendar.between(start, end) == slow.between(start, end)
    slots = calendar.slots_used(start, end)
    assert length(slots) == slow.between(start, end)
    assert all(a < b for a, b in slots)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(slots))


pauses = st.lists(st.tuples(st.integers(0, 9 * 1440), st.integers(0, 5 * 1440)), max_size=3)
values = st.sampled_from(["0", "0.01", "0.5", "1", "1.5", "2"])


units = st.sampled_from(["work_hours", "work_days", "hours"])


@settings(max_examples=600, deadline=None)
@given(names, starts, values, units, pauses, st.integers(0, 2), st.sampled_from(sorted(LADDER)))
def test_pauses_and_extensions_are_those_of_the_second_opinion(name, offset, value, unit, stops, extensions, moment):
    calendar, slow = both(name)
    start = slow.first + timedelta(days=2) + offset
    minute = start.replace(second=0)
    stood = tuple((minute + timedelta(minutes=a), minute + timedelta(minutes=a + b)) for a, b in stops)
    run = Run(Limit(Decimal(value), unit), start, extensions, stood)
    each = calendar.day_seconds if unit == "work_days" else 3600
    whole = Fraction(value) * (1 + extensions) * Fraction(LADDER[moment]) * each * 1_000_000
    assert whole.denominator == 1
    if whole > 0:
        assert ladder(calendar, run)[moment] == slow.deadline(start, int(whole), stood, unit == "hours")


@settings(max_examples=200, deadline=None)
@given(names, starts, values, pauses)
def test_what_was_used_up_to_the_deadline_is_the_limit(name, offset, value, stops):
    calendar, slow = both(name)
    start = slow.first + timedelta(days=2) + offset
    stood = tuple((start + timedelta(minutes=a), start + timedelta(minutes=a + b)) for a, b in stops)
    run = Run(Limit(Decimal(value), "work_hours"), start, 0, stood)
    due = due_at(calendar, run)
    assert used(calendar, run, due) == timedelta(hours=float(value))
    assert length(slots_used(calendar, run, due)) == timedelta(hours=float(value))
    assert used(calendar, run, due - timedelta(microseconds=1)) < timedelta(hours=float(value)) or value == "0"


@settings(max_examples=200, deadline=None)
@given(names, starts, st.integers(0, 10**9))
def test_microseconds_are_never_lost(name, offset, micros):
    calendar, slow = both(name)
    start = slow.first + timedelta(days=2, microseconds=123_457) + offset
    assert calendar.later(start, micros, "work_hours") == slow.deadline(start, micros)


def test_pauses_that_overlap_count_once():
    at = [datetime(2026, 11, 17, hour, tzinfo=UTC) for hour in range(8)]
    run = Run(Limit(Decimal(2), "hours"), at[0], 0, ((at[1], at[4]), (at[2], at[3]), (at[4], at[5])))
    assert due_at(SHIPPED, run) == at[6]
    assert running(run, at[7]) == [(at[0], at[1]), (at[5], at[7])]


def test_a_pause_that_begins_at_the_deadline_changes_nothing():
    start = datetime(2026, 11, 17, 2, tzinfo=UTC)
    pause = (start + timedelta(hours=1), start + timedelta(hours=9))
    assert due_at(SHIPPED, Run(Limit(Decimal(1), "hours"), start, 0, (pause,))) == pause[0]


def test_a_pause_that_ends_before_it_begins_is_refused():
    start = datetime(2026, 11, 17, 2, tzinfo=UTC)
    with pytest.raises(InvalidError, match="before it begins"):
        due_at(SHIPPED, Run(Limit(Decimal(1), "hours"), start, 0, ((start, start - timedelta(1)),)))


def test_a_control_area_shortens_the_limit():
    start = datetime(2026, 11, 16, 1, tzinfo=UTC)
    run = Run(Limit(Decimal(2), "hours", Decimal("0.5")), start)
    assert due_at(SHIPPED, run) == start + timedelta(hours=1)


def test_a_calendar_may_count_days_to_the_close_of_business():
    calendar = read_calendar("date,kind\n2026-01-01,holiday\n", to_close=True)
    start = datetime(2026, 11, 16, 2, tzinfo=UTC)
    run = Run(Limit(Decimal(2), "work_days"), start)
    assert due_at(calendar, run) == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
    hours = Run(Limit(Decimal(2), "work_hours"), start)
    assert due_at(calendar, hours) == due_at(SHIPPED, hours)


def test_a_calendar_file_may_bring_its_own_week_and_zone():
    text = "date,kind,slots\n2026-01-01,holiday,\nmon,slots,09:00-24:00\nfri,slots,\nEurope/Berlin,zone,\n"
    calendar = read_calendar(text)
    assert calendar.week == {0: ((time(9), time(0)),), 4: ()}
    assert (calendar.zone, calendar.day_seconds) == ("Europe/Berlin", 15 * 3600)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("mon,slots,9-12", "no slot"),
        ("mon,slots,09:00-12:00 11:00-13:00", "before the slot before it"),
        ("noday,slots,09:00-12:00", "none of mon"),
        ("Mars/Olympus,zone,", "no time zone"),
        ("2026-02-30,holiday,", "line 3"),
        ("2026-01-01,workday_in_lieu,", "both a holiday and a make-up day"),
        ("mon,slots,25:00-26:00", "line 3"),
    ],
)
def test_what_is_wrong_in_a_calendar_file_is_named(line, what):
    with pytest.raises(InvalidError, match=what):
        read_calendar(f"date,kind,slots\n2026-01-01,holiday,\n{line}\n")


@pytest.mark.parametrize(("value", "unit"), [("1", "moons"), ("-1", "hours"), ("NaN", "hours"), ("Infinity", "hours")])
def test_what_is_no_limit_is_refused(value, unit):
    with pytest.raises(InvalidError):
        Limit(Decimal(value), unit)


def test_a_provisional_year_says_so():
    far = SHIPPED.with_provisional(2027)
    assert not far.is_provisional(datetime(2026, 12, 31, 12, tzinfo=UTC))
    assert far.is_provisional(datetime(2027, 1, 1, tzinfo=UTC))
    assert far.known == range(2004, 2027)


def test_a_limit_granted_behind_another_runs_from_where_that_is_used_up():
    first, third = Limit(Decimal(7), "work_days"), Limit(Decimal(15), "work_days")
    start = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
    run = Run(first, start, 0, (), (third,))
    assert due_at(SHIPPED, Run(first, start)) == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    assert due_at(SHIPPED, run) == datetime(2026, 12, 16, 1, 30, tzinfo=UTC)
    assert due_at(SHIPPED, run, Decimal(LADDER["amber_at"])) == datetime(2026, 12, 11, 1, 30, tzinfo=UTC)
    assert due_at(SHIPPED, Run(first, start, 1, (), (third,))) == datetime(2026, 12, 25, 1, 30, tzinfo=UTC)
    assert length(slots_used(SHIPPED, run, due_at(SHIPPED, run))) == timedelta(hours=22 * 6.5)
    assert used(SHIPPED, run, datetime(2026, 11, 26, 1, 30, tzinfo=UTC)) == timedelta(hours=8 * 6.5)


@pytest.mark.parametrize("unit", ["hours", "work_hours"])
def test_a_pause_in_either_limit_moves_the_last_deadline(unit):
    start = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
    limits = Limit(Decimal(7), "work_days"), (Limit(Decimal(48), unit),)
    due = due_at(SHIPPED, Run(limits[0], start, 0, (), limits[1]))
    day = timedelta(days=1)
    for begins in (start + day, datetime(2026, 11, 25, 1, 30, tzinfo=UTC) + day):
        assert due_at(SHIPPED, Run(limits[0], start, 0, ((begins, begins + day),), limits[1])) > due
