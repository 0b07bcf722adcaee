"""A small year through the shipped diagrams: whoever forgets, errs, is away or leaves, no case is held by nobody."""

import pytest

from tests.simulation.__main__ import NEVER, play


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_year_of_a_district_nothing_lies_and_every_ledger_adds_up(tmp_path, seed):
    found = play(f"sqlite:///{tmp_path}/year.db", 2025, 60, seed)
    assert {name: found[name] for name in NEVER} == dict.fromkeys(NEVER, 0)
    assert found["cases"] == 60
    assert found["closed"] >= 55
    assert not any(why.startswith("given up") for why in found["failed"])
