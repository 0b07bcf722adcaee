"""The shipped content, loaded on both databases."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from engine import catalogue, content, directory, duties, limits
from engine.errors import InvalidError
from engine.models import Membership, Person
from engine.uow import SYSTEM
from tests.conftest import PROCESSES


def test_the_catalogue_has_12_38_146_and_the_streets_own_1_2_12(city):
    with city.reading(SYSTEM) as uow:
        entries = [item.entry for item in catalogue.items(uow)]
        shared = [entry for entry in entries if entry["own_function_of_street"] == "0"]
        own = [entry for entry in entries if entry["own_function_of_street"] == "1"]
        sizes = [
            (len({e["class_code"] for e in part}), len({e["subclass_code"] for e in part}), len(part))
            for part in (shared, own)
        ]
        assert sizes == [(12, 38, 146), (1, 2, 12)]
        assert Counter(len(entry["conditions"]) > 0 for entry in entries)[True] == 97
        assert (len(catalogue.units(uow)), len(catalogue.grids(uow))) == (54, 48)


def test_loading_the_same_twice_changes_nothing(city):
    assert set(content.load(city, PROCESSES, SYSTEM).values()) == {0}


def test_people_belong_to_the_groups_of_their_unit(city):
    with city.reading(SYSTEM) as uow:
        assert "unit:SZGY" in directory.actor_of(uow, "sunlei").groups


def test_nothing_is_ever_offered_to_a_unit_in_which_nobody_is(city):
    with city.reading(SYSTEM) as uow:
        named = {row.unit for row in duties.rows_of(duties.get_list(uow))}
        acting = {unit.code for unit in catalogue.units(uow) if unit.kind not in {"command", "third-party"}}
        asked = {f"unit:{unit}{end}" for unit in named | acting for end in ("", ":head")}
        asked |= {f"community:{grid.code[:12]}" for grid in catalogue.grids(uow)}
        query = select(Membership.group_key).join(Person).where(Person.is_active)
        assert asked - set(uow.session.scalars(query)) == set()


def test_a_case_has_its_amber_and_late_moments(city):
    start = datetime(2026, 11, 20, 9, 10, tzinfo=UTC)
    with city.reading(SYSTEM) as uow:
        found = limits.moments(uow, start, Decimal(2), "work_hours")
    assert {name: f"{moment:%d %H:%M}" for name, moment in found.items()} == {
        "amber_at": "23 01:46",
        "deadline": "23 02:10",
        "half_over_at": "23 03:10",
        "double_at": "23 06:40",
    }


def test_a_folder_with_a_broken_file_is_refused_whole(database, tmp_path):
    (tmp_path / "calendar").mkdir()
    (tmp_path / "calendar" / "c.csv").write_text("date,kind\n2026-99-01,holiday\n", "utf-8")
    with pytest.raises(InvalidError, match=r"c\.csv: line 2"):
        content.load(database, tmp_path, SYSTEM)


def test_a_limit_that_reaches_an_unknown_year_is_provisional_and_the_administrator_is_warned(city, clock):
    with city.reading(SYSTEM) as uow:
        assert limits.missing_year(uow) == 2027
        found = limits.moments(uow, datetime(2026, 12, 31, 9, tzinfo=UTC), Decimal(4), "work_hours")
    assert found["deadline"] == datetime(2027, 1, 1, 4, tzinfo=UTC)
    clock.rewind(datetime(2026, 3, 1, tzinfo=UTC))
    with city.reading(SYSTEM) as uow:
        assert limits.missing_year(uow) is None
