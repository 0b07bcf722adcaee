"""``muster due --in-force``: the command line and the page count by the same calendar. On both databases."""

import json
import re
from datetime import datetime

import pytest
from click.testing import CliRunner

from engine import calendars
from engine.uow import SYSTEM
from tests.web.test_pages import Visitor, app  # noqa: F401
from web.cli import muster

ASKED = ("1", "work_days", "2026-11-26T10:00")


@pytest.fixture
def due(city, monkeypatch):
    """Run ``muster due`` with the database of the city configured."""
    monkeypatch.setenv("MUSTER_DATABASE", city.url)
    return lambda *words, given=None: CliRunner().invoke(muster, ["due", *words], input=given)


def change(city, name, line):
    """Make a version of the calendar that has one more line than the shipped one."""
    with city.transaction(SYSTEM) as uow:
        source = calendars.versions(uow, calendars.CITY)[-1].source
        calendars.change(uow, name, source.rstrip("\n") + f"\n{line}\n", "通知")


def on_the_page(app, value, unit, start, calendar="city"):  # noqa: F811
    page = Visitor(app, "zhaoli").get(f"/due?value={value}&unit={unit}&start={start}&calendar={calendar}").text
    return re.search(r'<p class="code"><time datetime="([^"]+)"', page)[1]


def same(one, other):
    return datetime.fromisoformat(one) == datetime.fromisoformat(other)


def test_the_command_line_counts_by_the_calendar_that_the_page_counts_by(city, due, app):  # noqa: F811
    change(city, calendars.CITY, "2026-11-27,holiday,")
    found = due(*ASKED, "--in-force", "city")
    assert found.stdout == "2026-11-30T10:00:00+08:00\n"
    assert same(found.stdout.strip(), on_the_page(app, *ASKED))
    assert found.stderr.startswith("calendar city, version 2, in force since 2026-11-16T02:00:00")
    assert due(*ASKED).stdout == "2026-11-27T10:00:00+08:00\n"
    assert due(*ASKED).stderr == ""


def test_a_unit_has_a_calendar_of_its_own(city, due, app):  # noqa: F811
    change(city, "HWZX", "2026-11-27,holiday,")
    found = due(*ASKED, "--in-force", "HWZX", "--json")
    answer = json.loads(found.stdout)
    assert answer == {"due": "2026-11-30T10:00:00+08:00", "calendar": "HWZX", "version": 1}
    assert same(answer["due"], on_the_page(app, *ASKED, calendar="HWZX"))
    assert due(*ASKED, "--in-force", "city").stdout == "2026-11-27T10:00:00+08:00\n"


def test_a_year_without_holidays_is_answered_as_the_page_does_and_marked_as_a_guess(due, app):  # noqa: F811
    asked = ("10", "work_days", "2026-12-28T10:00")
    found = due(*asked, "--in-force", "city", "--json")
    answer = json.loads(found.stdout)
    assert same(answer["due"], on_the_page(app, *asked))
    assert answer["provisional"] is True
    assert "provisional, since holidays are not known yet: 1" in found.stderr
    assert due(*asked).exit_code != 0


def test_many_lines_are_one_date_each_and_what_is_wrong_stands_in_its_line(due):
    given = "1 work_days 2026-11-26T10:00\n2 moons 2026-11-26T10:00\n2 hours 2026-11-26T10:00\n"
    found = due("-", "--in-force", "city", given=given)
    assert found.exit_code == 1
    first, wrong, last = found.stdout.splitlines()
    assert (first, last) == ("2026-11-27T10:00:00+08:00", "2026-11-26T12:00:00+08:00")
    assert wrong.startswith("error: ")
    assert found.stderr.count("\n") == 1


def test_an_unknown_calendar_and_two_calendars_are_refused(due):
    assert "none of city" in str(due(*ASKED, "--in-force", "NOBODY").exception)
    assert "name one of them" in due(*ASKED, "--in-force", "city", "--calendar", "a.csv").stderr
