"""S20: every quarter each household is visited within two weeks; a timer starts it, and what was missed is listed."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import campaigns, deployments, households, tasks, timers
from engine.campaigns import Said
from engine.errors import ConflictError, ForbiddenError, InvalidError, RefusedError
from engine.hand_over_models import GridWorker
from engine.models import Case, Grid, StartEvent
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, local

GRID = "150102001007003"
REACHED = Said("door", True, "safety", True)
AWAY = Said("door", False)


class Quarter(Story):
    """A campaign of the demo city, in which wangmin works in the third grid of 哲里木路."""

    def __init__(self, database, clock):
        self.database, self.clock = database, clock
        clock.rewind(local("2026-10-10 09:00"))
        drawing = (PROCESSES / "incident" / "campaign.bpmn").read_bytes().replace(b"within two weeks", b"in two weeks")
        with database.transaction(SYSTEM) as uow:
            uow.session.execute(update(Grid).where(Grid.code == GRID).values(households=312))
            uow.session.add(GridWorker(grid_code=GRID, person="wangmin", since_at=uow.now, until_at=None))
            deployments.deploy(uow, {"campaign.bpmn": drawing})
        self.at("2026-10-12 08:30")
        self.id = self.campaign().case_id

    def at(self, text):
        self.clock.set(local(text))
        timers.fire_due_starts(self.database)
        return super().at(text)

    def campaign(self):
        with self.database.reading(SYSTEM) as uow:
            found = campaigns.campaigns(uow)
            uow.session.expunge_all()
            return found[0] if found else None

    def door(self, address, name="张桂兰"):
        entry = households.Entry(GRID, address, name, tags=("reluctant",))
        return self.act("wangmin", campaigns.add_door, self.campaign().id, entry).id

    def tries(self, door, said, person="wangmin"):
        return self.act(person, campaigns.attempt, self.campaign().id, door, said)

    def doors(self, person="wangmin"):
        with self.database.reading(self.actor(person)) as uow:
            return campaigns.doors(uow, campaigns.campaigns(uow)[0], GRID)

    def line(self):
        with self.database.reading(SYSTEM) as uow:
            (found,) = (each for each in campaigns.coverage(uow, campaigns.campaigns(uow)[0]) if each.code == GRID)
            return found


@pytest.fixture
def quarter(city, clock):
    return Quarter(city, clock)


# ---- the timer


def test_s20_a_timer_starts_it_each_quarter_for_two_weeks(city, clock):
    found = Quarter(city, clock)
    campaign = found.campaign()
    assert (campaign.starts_at, campaign.ends_at) == (local("2026-10-12 08:30"), local("2026-10-26 08:30"))
    found.at("2027-01-12 08:29")
    assert found.campaign().id == campaign.id
    found.at("2027-01-12 08:30")
    assert found.campaign().ends_at == local("2027-01-26 08:30")


def test_s20_who_works_in_the_grid_has_a_task_until_the_end_of_the_window(quarter):
    with quarter.database.reading(quarter.actor("wangmin")) as uow:
        (task,) = [each for each in tasks.inbox(uow) if each.case_id == quarter.id]
        assert (task.activity_id, task.due_at) == ("visit_grid", local("2026-10-26 08:30"))
    quarter.do("wangmin", "visit_grid", note="已走访完毕")
    assert quarter.campaign().closed_at is None
    quarter.at("2026-10-26 08:30")
    assert quarter.case().closed_at == local("2026-10-26 08:30")


def test_a_grid_in_which_nobody_works_is_named_as_that(quarter):
    with quarter.database.reading(SYSTEM) as uow:
        lines = campaigns.coverage(uow, campaigns.campaigns(uow)[0])
    assert [each.worker for each in lines[:2]] == ["wangmin", None]
    assert len(lines) == 48


# ---- coverage


def test_s20_coverage_is_reached_of_312_day_by_day(quarter):
    first, second, third = (quarter.door(f"3 号楼 1 单元 {number}") for number in (101, 102, 103))
    quarter.at("2026-10-12 10:00").tries(first, REACHED)
    quarter.at("2026-10-13 10:00").tries(second, REACHED)
    quarter.tries(third, AWAY)
    assert (quarter.line().reached, quarter.line().total, quarter.line().share) == (2, 312, 0.6)
    with quarter.database.reading(SYSTEM) as uow:
        days = [count for _day, count in campaigns.days(uow, campaigns.campaigns(uow)[0])]
    assert days == [1, 2]


def test_what_was_not_visited_is_listed_and_counted_at_the_end(quarter):
    reached, missed = quarter.door("1 号楼 101"), quarter.door("1 号楼 102")
    quarter.tries(reached, REACHED)
    quarter.at("2026-10-26 08:30")
    with quarter.database.reading(quarter.actor("wangmin")) as uow:
        campaign = campaigns.campaigns(uow)[0]
        assert [each.household.id for each in campaigns.missed(uow, campaign, GRID)] == [missed]
    (closed,) = quarter.entries("campaign.closed")
    assert closed["reached"] == 1
    assert closed["missed"] == closed["households"] - 1
    with pytest.raises(ConflictError, match="the campaign is over"):
        quarter.tries(missed, REACHED)


# ---- three failures at one door


def test_s20_three_failures_switch_to_another_channel_instead_of_a_fourth_visit(quarter):
    door = quarter.door("3 号楼 2 单元 501")
    assert quarter.doors()[0].channels == ("door",)
    for day in (12, 14, 16):
        quarter.at(f"2026-10-{day} 17:00").tries(door, AWAY)
    assert quarter.doors()[0].channels == ("phone", "property")
    with pytest.raises(RefusedError, match=r"do not go a fourth time.*campaign_rule, version 1"):
        quarter.at("2026-10-18 17:00").tries(door, REACHED)
    (kept,) = quarter.entries("attempt.refused")
    assert "请电话联系或通过物业联系" in kept["why"]["zh"]
    quarter.tries(door, Said("phone", True, "care", False))
    assert (quarter.line().reached, quarter.doors()[0].channels) == (1, ())


def test_the_telephone_comes_after_the_door(quarter):
    door = quarter.door("3 号楼 2 单元 501")
    with pytest.raises(RefusedError, match="go to the door first"):
        quarter.tries(door, Said("phone", True, "care", True))


def test_who_was_reached_is_left_alone(quarter):
    door = quarter.door("3 号楼 2 单元 501")
    quarter.tries(door, REACHED)
    with pytest.raises(RefusedError, match="leave it alone"):
        quarter.tries(door, REACHED)


# ---- evening visits


def evening(quarter, moment="2026-10-12 19:00"):
    """Let wangmin check in with the police; return the story of the evening visit."""
    visit = Story.__new__(Story)
    visit.database, visit.clock = quarter.database, quarter.clock
    visit.id = quarter.at(moment).act("wangmin", campaigns.check_in, GRID, "民警李警官").id
    return visit


def test_s20_in_the_evening_nobody_goes_to_a_door_without_the_police(quarter):
    door = quarter.door("3 号楼 2 单元 501")
    with pytest.raises(RefusedError, match=r"with the police only.*campaign_rule"):
        quarter.at("2026-10-12 18:00").tries(door, REACHED)
    visit = evening(quarter)
    quarter.tries(door, REACHED)
    (told,) = visit.entries("visit.checked-in")
    assert told == {"grid": GRID, "partner": "民警李警官"}
    with pytest.raises(ConflictError, match="check out first"):
        quarter.act("wangmin", campaigns.check_in, GRID, "民警李警官")
    with pytest.raises(InvalidError):
        quarter.act("wangmin", campaigns.check_in, GRID, " ")


def test_s20_a_missing_check_out_alerts_the_station_after_sixty_minutes(quarter):
    visit = evening(quarter)
    assert visit.inbox("wangmin") == ["check_out"]
    visit.at("2026-10-12 19:59:59")
    assert "look_for" not in visit.states()
    visit.at("2026-10-12 20:00")
    assert visit.inbox("yangjie") == ["look_for"]
    (opened,) = [each for each in visit.entries("task.opened") if each["activity"] == "look_for"]
    assert opened["candidates"] == ["unit:GAJ", "street-leader"]
    (told,) = visit.entries("notice.given")
    assert (told["unit"], told["office_open"]) == ("GAJ", False)
    visit.do("wangmin", "check_out")
    assert (visit.states()["look_for"], visit.inbox("yangjie")) == ("cancelled", [])
    assert visit.case().closed_at == local("2026-10-12 20:00")


def test_s20_checked_out_in_time_nobody_is_alerted(quarter):
    quarter.door("3 号楼 2 单元 501")
    visit = evening(quarter)
    assert quarter.doors()[0].channels == ("door",)
    visit.at("2026-10-12 19:59").do("wangmin", "check_out")
    visit.at("2026-10-12 20:30")
    assert (visit.entries("notice.given"), visit.states()) == ([], {"check_out": "completed"})
    assert quarter.doors()[0].channels == ()
    assert evening(quarter, "2026-10-12 20:45").inbox("wangmin") == ["check_out"]


# ---- the list, purpose and consent


def test_s20_the_list_is_sorted_by_building_and_floor(quarter):
    for address in ("10 号楼 1 单元 101", "2 号楼 1 单元 1001", "2 号楼 1 单元 201", "1 号楼 2 单元 301"):
        quarter.door(address)
    assert [each.household.address for each in quarter.doors()] == [
        "1 号楼 2 单元 301",
        "2 号楼 1 单元 201",
        "2 号楼 1 单元 1001",
        "10 号楼 1 单元 101",
    ]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (Said("door", True), {"purpose", "consent"}),
        (Said("door", True, "care"), {"consent"}),
        (Said("mail", False), {"channel"}),
    ],
)
def test_s20_purpose_and_consent_are_recorded_for_each_household(quarter, said, missing):
    door = quarter.door("3 号楼 2 单元 501")
    with pytest.raises(InvalidError) as error:
        quarter.tries(door, said)
    assert set(error.value.problems) == missing
    quarter.tries(door, REACHED)
    (kept,) = quarter.entries("household.tried")
    assert (kept["purpose"], kept["consent"], kept["grid"]) == ("safety", True, GRID)
    assert re.fullmatch(r"H\d{6}", kept["household"])
    assert quarter.unbroken()


@pytest.mark.parametrize("person", ["wanglin", "yangjie", "zhaoli"])
def test_households_are_shown_to_who_visits_there(quarter, person):
    door = quarter.door("3 号楼 2 单元 501")
    with pytest.raises(ForbiddenError):
        quarter.doors(person)
    with pytest.raises(ForbiddenError):
        quarter.tries(door, REACHED, person)


def test_the_same_content_loaded_again_starts_no_second_campaign(quarter):
    with quarter.database.reading(SYSTEM) as uow:
        due = uow.session.scalars(select(StartEvent.due_at).where(StartEvent.key == "campaign")).one()
        count = len(uow.session.scalars(select(Case).where(Case.process_key == "campaign")).all())
    assert (due, count) == (local("2027-01-12 08:30"), 1)
    assert due - local("2026-10-12 08:30") == timedelta(days=92)
