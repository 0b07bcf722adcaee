"""Records run through the shipped processes on a simulated clock."""

import csv
import json
from collections import Counter

import pytest

from engine import content, replay
from engine.errors import InvalidError
from engine.uow import SYSTEM
from tests.conftest import PROCESSES

MAPPING = json.loads((PROCESSES / "replay" / "boston-2011.json").read_text("utf-8"))
ROWS = [
    # id, opened, promised, closed, label
    ("1", "2011-07-01 09:00:00", "2011-07-05 09:00:00", "2011-07-04 09:00:00", "ONTIME"),
    ("2", "2011-07-01 10:00:00", "2011-07-02 10:00:00", "2011-07-06 09:00:00", "OVERDUE"),
    ("3", "2011-07-01 11:00:00", "", "2011-07-01 11:00:00", ""),
    ("4", "2011-07-01 12:00:00", "2011-07-03 12:00:00", "", "OVERDUE"),
]


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "records.csv"
    with path.open("w", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = ("id", "opened_at", "promised_at", "closed_at", "label", "title", "group", "outcome")
        columns = [MAPPING["columns"][name] for name in names]
        writer.writerow([*columns, "type", "location", "queue"])
        for row in ROWS:
            writer.writerow([*row, "Pothole", "PWD", "Closed", "Pothole", "1 Main St", "PWDx"])
    return list(replay.read_records(path, MAPPING))


def test_records_are_opened_and_closed_at_their_moments_and_judged_as_the_file_does(database, clock, records):
    clock.rewind(records[0].opened_at)
    content.load(database, PROCESSES, SYSTEM)
    tally = replay.Replay(database, clock, MAPPING).run(records)
    found = replay.report(database, tally)
    assert (found["opened"], found["closed"], found["open"]) == (4, 3, 1)
    assert (found["on_time"], found["late"]) == (2, 1)
    assert found["label_agreement"] == "2 of 2 (100.00 %)"
    assert (found["failures"], found["audit"]) == (0, "intact")
    assert tally.fired > 0


def test_an_interrupted_replay_goes_on_and_opens_nothing_twice(database, clock, records):
    clock.rewind(records[0].opened_at)
    content.load(database, PROCESSES, SYSTEM)
    replay.Replay(database, clock, MAPPING).run(records[:2])
    clock.rewind(records[0].opened_at)
    tally = replay.Replay(database, clock, MAPPING).run(records)
    assert (tally.opened, replay.report(database, tally)["audit"]) == (2, "intact")


def test_a_file_without_a_column_of_the_mapping_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("open_dt\n2011-07-01\n", "utf-8")
    with pytest.raises(InvalidError, match="case_enquiry_id"):
        list(replay.read_records(path, MAPPING))


def test_the_341_cases_of_the_street_have_their_totals(tmp_path):
    path = PROCESSES.parent.parent / "shared" / "data" / "seed_replay_341.csv"
    if not path.exists():
        pytest.skip("the folder shared/ with seed_replay_341.csv is not beside the repository")
    mapping = json.loads((PROCESSES / "replay" / "seed-341.json").read_text("utf-8"))
    found = list(replay.read_records(path, mapping))
    assert Counter(each.group for each in found) == {"城市建设类": 234, "综治安全类": 45, "社会事务类": 62}
    assert sorted(Counter(each.outcome for each in found).values()) == [17, 34, 290]
