"""Deadlines in working time, against the dated stories of the field and a slow reference."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar_files import read_calendar
from engine.due import load_calendar
from engine.errors import InvalidError
from web.cli import muster

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = load_calendar(None)

STORIES = [
    ("2 hours 2026-09-30T22:15", "2026-10-01T00:15"),
    ("1 work_days 2026-11-16T10:00", "2026-11-17T10:00"),
    ("4 work_hours 2026-09-30T16:50", "2026-10-08T11:50"),
    ("2 work_hours 2026-11-20T17:10", "2026-11-23T10:10"),
    ("1.6 work_hours 2026-11-20T17:10", "2026-11-23T09:46"),
    ("3 work_hours 2026-11-20T17:10", "2026-11-23T11:10"),
    ("4 work_hours 2026-11-20T17:10", "2026-11-23T14:40"),
    ("3 work_days 2026-11-16T09:00", "2026-11-19T09:00"),
    ("3 work_days 2026-11-16T09:00 --extend", "2026-11-24T09:00"),
    ("3 work_days 2026-11-16T09:00 --extend --extend", "2026-11-27T09:00"),
    ("5 work_days 2026-11-17T10:00 --pause 2026-11-18T10:00 2026-11-20T15:30", "2026-11-26T15:30"),
    ("4 work_hours 2026-11-16T10:20", "2026-11-16T16:50"),
    ("7 work_days 2026-11-16T09:30", "2026-11-25T09:30"),
    ("15 work_days 2026-11-25T09:30", "2026-12-16T09:30"),
    ("7 work_days 2026-11-17T09:12", "2026-11-26T09:12"),
]


@pytest.mark.parametrize(("asked", "due"), STORIES)
def test_muster_due_prints_the_deadlines_of_the_stories(asked, due):
    found = CliRunner().invoke(muster, ["due", *asked.split()])
    assert found.output == f"{due}:00+08:00\n"


def test_muster_due_answers_line_by_line_and_fails_in_the_end_if_one_was_wrong():
    asked = "2 hours 2026-09-30T22:15\n2 moons 2026-09-30T22:15\n4 work_hours 2026-12-31T17:00\n"
    found = CliRunner().invoke(muster, ["due", "-"], input=asked)
    lines = found.output.splitlines()
    assert lines[0] == "2026-10-01T00:15:00+08:00"
    assert "moons" in lines[1]
    assert "2027" in lines[2]
    assert found.exit_code == 1


def test_a_third_extension_is_refused():
    found = CliRunner().invoke(muster, ["due", "3", "work_days", "2026-11-16T09:00", *["--extend"] * 3])
    assert found.exit_code != 0


def test_a_year_without_data_is_an_error_that_names_it():
    with pytest.raises(InvalidError, match="2027"):
        CALENDAR.after(datetime(2026, 12, 31, 17, tzinfo=ZONE), 4, "work_hours")


def test_a_wrong_line_of_a_calendar_file_is_named():
    with pytest.raises(InvalidError, match="line 3"):
        read_calendar("date,kind\n2026-01-01,holiday\n2026-13-01,holiday\n")


def test_a_limit_used_up_at_the_end_of_a_slot_ends_there():
    assert CALENDAR.after(datetime(2026, 11, 16, 11, tzinfo=ZONE), 1, "work_hours") == datetime(
        2026, 11, 16, 12, tzinfo=ZONE
    )


def test_a_make_up_saturday_is_worked():
    assert CALENDAR.after(datetime(2026, 10, 9, 17, 0, tzinfo=ZONE), 1, "work_hours") == datetime(
        2026, 10, 10, 9, tzinfo=ZONE
    )


def slowly(start, minutes):
    """Count working minutes one by one."""
    moment, holidays, in_lieu = start, CALENDAR.holidays, CALENDAR.in_lieu
    while minutes:
        local = moment.astimezone(ZONE)
        day, clock = local.date(), local.hour * 60 + local.minute
        open_day = day in in_lieu or (day not in holidays and day.weekday() < 5)
        if open_day and (510 <= clock < 720 or 870 <= clock < 1050):
            minutes -= 1
        moment += timedelta(minutes=1)
    return moment


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500_000), st.integers(1, 4_000))
def test_deadlines_equal_those_counted_minute_by_minute(offset, minutes):
    start = datetime(2025, 9, 1, tzinfo=UTC) + timedelta(minutes=offset % 525_000)
    due = CALENDAR.after_seconds(start, minutes * 60)
    assert due == slowly(start, minutes)
    assert CALENDAR.between(start, due) == timedelta(minutes=minutes)
    used = CALENDAR.slots_used(start, due)
    assert sum(((end - begin) for begin, end in used), timedelta()) == timedelta(minutes=minutes)


def test_all_shipped_years_are_known():
    assert (CALENDAR.years.start, CALENDAR.years.stop) == (2004, 2027)
    assert date(2026, 10, 10) in CALENDAR.in_lieu
