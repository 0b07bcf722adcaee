"""R81: grids are split and merged from a day on; open work goes to the right worker, figures of the past stay."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from engine import (
    campaigns,
    cases,
    catalogue,
    content,
    directory,
    divisions,
    hand_overs,
    households,
    jobs,
    publicity,
    reports,
    tasks,
    timers,
)
from engine.desk_models import CaseSubject
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Case, Task
from engine.uow import CLOCK, PUBLIC, SYSTEM
from engine.visit_models import Household
from tests.conftest import PROCESSES
from tests.scenarios.story import GRID, Story, file, local

NEIGHBOUR, FAR = "150102001007002", "150102001001001"
FRESH = "150102001007006"
DAY = local("2026-11-20 00:00")
SPLIT = divisions.Wish(
    "split", (GRID,), "batu", DAY, "户数过多", name="哲里木路社区第六网格", addresses=("海东路 1",), households=100
)
MERGE = divisions.Wish("merge", (GRID, NEIGHBOUR), "batu", DAY, "网格员减少", into=GRID)


@pytest.fixture
def wang(city, clock):
    """Somebody of the fire brigade who works in two grids of a community, with three claimed tasks in the first."""
    clock.rewind(local("2026-11-16 09:00"))
    with city.transaction(SYSTEM) as uow:
        directory.add_person(uow, "wang", "王丽", unit_code="XFJY", groups=["unit:XFJY"], roles=["liaison", "officer"])
        for grid in (GRID, NEIGHBOUR):
            hand_overs.set_worker(uow, grid, "wang", local("2026-01-01 00:00"))
    return [story(city, clock, address) for address in ("海东路 1 号", "海东路 12 号", "海东路 1-3 号")]


def story(city, clock, address, grid=GRID):
    """Return a case at the address that wang has claimed."""
    found = object.__new__(Story)
    found.database, found.clock = city, clock
    with city.transaction(PUBLIC) as uow:
        case = reports.submit(uow, reports.Report("110103", grid, "楼道堆物", address))
        found.id, found.number = case.id, case.number
    file(found).claim("wang", "handle")
    return found


def plan(found, wish, person="admin"):
    return found.act(person, divisions.plan, wish).id


def come(found, text="2026-11-20 00:00"):
    found.clock.set(local(text))
    return divisions.do_due(found.database)


def holders(found):
    """Return the case numbers by who has a task of theirs."""
    with found[0].database.reading(SYSTEM) as uow:
        query = select(Case.number, Task.assignee).join(Task).where(Task.activity_id == "handle")
        by_number = dict(uow.session.execute(query).all())
        return [by_number[each.number] for each in found]


def grids_of(city):
    with city.reading(SYSTEM) as uow:
        return {grid.code: (grid.name, grid.households) for grid in catalogue.grids(uow)}


def figures(city):
    with city.reading(SYSTEM) as uow:
        counted = dict(
            uow.session.execute(select(CaseSubject.grid_code, func.count()).group_by(CaseSubject.grid_code)).all()
        )
        return counted, [publicity.areas(uow, grid) for grid in (GRID, NEIGHBOUR)]


# ---- splitting


def test_on_the_day_open_work_at_the_addresses_goes_to_the_worker_of_the_new_grid(city, wang):
    before = grids_of(city)
    plan(wang[0], SPLIT)
    assert come(wang[0], "2026-11-19 23:59") == 0
    assert (holders(wang), grids_of(city)) == (["wang"] * 3, before)
    come(wang[0])
    assert holders(wang) == ["batu", "wang", "batu"]  # house 12 does not lie at house 1
    after = grids_of(city)
    assert after[FRESH] == ("哲里木路社区第六网格", 100)
    assert after[GRID][1] == before[GRID][1] - 100
    with city.reading(SYSTEM) as uow:
        assert hand_overs.worker_of(uow, FRESH, DAY) == "batu"
        assert hand_overs.worker_of(uow, GRID, DAY) == "wang"


def test_what_was_handed_over_is_signed_like_any_other_hand_over(city, wang):
    plan(wang[0], SPLIT)
    come(wang[0])
    with city.reading(wang[0].actor("batu")) as uow:
        ((row, count, left),) = hand_overs.listed(uow)
        assert (row.leaver, row.successor, row.reason, count, left) == ("wang", "batu", "户数过多", 2, 2)
        row_id = row.id
    assert wang[0].act("batu", hand_overs.sign, row_id) == 2
    (moved,) = wang[0].entries("task.handed-over")
    assert (moved["before"], moved["after"]) == ("wang", "batu")
    assert wang[1].entries("task.handed-over") == []
    assert wang[0].unbroken()


def test_no_deadline_and_no_figure_of_the_past_changes(city, wang):
    wang[0].do("wang", "handle", outcome="done", result="已清理")
    before, due = figures(city), [each.due() for each in wang]
    plan(wang[0], SPLIT)
    come(wang[0])
    assert (figures(city), [each.due() for each in wang]) == (before, due)
    assert "wang" in wang[0].actors("task.completed")


def test_new_reports_name_the_new_grid_and_the_community_stays(city, wang):
    plan(wang[0], SPLIT)
    with pytest.raises(InvalidError, match="grid_code"), city.transaction(PUBLIC) as uow:
        reports.submit(uow, reports.Report("110103", FRESH, "楼道堆物", "海东路 1 号"))
    come(wang[0])
    with city.transaction(PUBLIC) as uow:
        case = reports.submit(uow, reports.Report("110103", FRESH, "楼道堆物", "海东路 1 号"))
        uow.session.flush()
        assert case.summary["grid_name"] == "哲里木路社区第六网格"
        assert uow.session.get_one(CaseSubject, case.id).community == catalogue.get_grid(uow, GRID).community


# ---- merging


def test_merged_grids_are_one_with_one_worker_and_the_open_work_of_all_of_them(city, wang):
    theirs = story(city, wang[0].clock, "海东路 40 号", NEIGHBOUR)
    with city.transaction(SYSTEM) as uow:
        hand_overs.set_worker(uow, GRID, "batu", local("2026-11-18 00:00"))
    before, sums = figures(city), grids_of(city)
    plan(wang[0], MERGE)
    come(wang[0])
    assert holders([theirs]) == ["batu"]
    after = grids_of(city)
    assert NEIGHBOUR not in after
    assert after[GRID][1] == sums[GRID][1] + sums[NEIGHBOUR][1]
    assert figures(city) == before
    with city.reading(SYSTEM) as uow:
        assert hand_overs.worker_of(uow, NEIGHBOUR, DAY) == "batu"


def test_a_report_that_still_names_the_grid_that_ended_belongs_to_the_one_that_took_its_place(city, wang):
    plan(wang[0], MERGE)
    come(wang[0])
    with city.transaction(PUBLIC) as uow:
        case = reports.submit(uow, reports.Report("110103", NEIGHBOUR, "楼道堆物", "海东路 40 号"))
        uow.session.flush()
        assert uow.session.get_one(CaseSubject, case.id).grid_code == GRID


def test_loading_the_files_again_does_not_undo_it(city, wang):
    plan(wang[0], replace(MERGE, name="哲里木路社区第一网格（合并）"))
    come(wang[0])
    after = grids_of(city)
    content.load(city, PROCESSES, SYSTEM)
    assert grids_of(city) == after
    assert after[GRID][0] == "哲里木路社区第一网格（合并）"


# ---- records of households


def home(city, address, grid=GRID):
    with city.transaction(SYSTEM) as uow:
        return households.keep(uow, households.Entry(grid, address, "张三")).id


def grid_of(city, household):
    with city.reading(SYSTEM) as uow:
        return uow.session.get_one(Household, household).grid_code


def test_records_of_households_follow_their_address(city, wang):
    inside, outside = home(city, "海东路1号2单元"), home(city, "海东路 12 号")
    plan(wang[0], SPLIT)
    come(wang[0])
    assert (grid_of(city, inside), grid_of(city, outside)) == (FRESH, GRID)


def test_while_a_visit_campaign_runs_its_lists_stay_and_the_records_follow_afterwards(city, wang):
    inside = home(city, "海东路 1 号")
    with city.transaction(CLOCK) as uow:
        cases.open_case(uow, "campaign", {}, "季度走访", at="quarter")
    jobs.work_due_jobs(city)
    plan(wang[0], SPLIT)
    come(wang[0])
    assert (holders(wang), grid_of(city, inside)) == (["batu", "wang", "batu"], GRID)
    with city.reading(wang[0].actor("wang")) as uow:
        campaign = campaigns.campaigns(uow)[0]
        assert [door.household.id for door in campaigns.doors(uow, campaign, GRID)] == [inside]
        ends = campaign.ends_at
    wang[0].clock.set(ends)
    while timers.fire_due_timers(city) + jobs.work_due_jobs(city):
        pass
    assert divisions.do_due(city) == 1
    assert grid_of(city, inside) == FRESH


# ---- what is refused


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(SPLIT, grids=(GRID, NEIGHBOUR)), "grids"),
        (replace(SPLIT, grids=("150102001007099",)), "grids"),
        (replace(SPLIT, name=" "), "name"),
        (replace(SPLIT, addresses=()), "addresses"),
        (replace(SPLIT, households=100_000), "households"),
        (replace(SPLIT, worker="nobody"), "worker"),
        (replace(SPLIT, worker="hanmei"), "worker"),  # who comes from outside
        (replace(SPLIT, reason=""), "reason"),
        (replace(SPLIT, effective_at=local("2026-11-15 00:00")), "day"),
        (replace(MERGE, grids=(GRID,)), "grids"),
        (replace(MERGE, grids=(GRID, FAR)), "grids"),
        (replace(MERGE, into=FAR), "into"),
    ],
)
def test_a_wrong_division_names_the_field(wang, wish, field):
    with pytest.raises(InvalidError) as error:
        plan(wang[0], wish)
    assert set(error.value.problems) == {field}


def test_only_who_manages_people_divides_grids_and_a_grid_is_divided_once_at_a_time(wang):
    with pytest.raises(ForbiddenError):
        plan(wang[0], SPLIT, "batu")
    plan(wang[0], SPLIT)
    with pytest.raises(ConflictError, match="call that off first"):
        plan(wang[0], MERGE)


def test_what_was_called_off_does_not_come(city, wang):
    before = grids_of(city)
    division = plan(wang[0], SPLIT)
    with pytest.raises(ForbiddenError):
        wang[0].act("batu", divisions.call_off, division)
    wang[0].act("admin", divisions.call_off, division)
    assert (come(wang[0]), grids_of(city)) == (0, before)
    with pytest.raises(NotFoundError):
        wang[0].act("admin", divisions.call_off, division)
    done = plan(wang[0], MERGE)
    come(wang[0])
    with pytest.raises(ConflictError, match="divided already"):
        wang[0].act("admin", divisions.call_off, done)


def test_two_splits_of_a_community_get_two_codes(city, wang):
    plan(wang[0], SPLIT)
    plan(wang[0], replace(SPLIT, grids=(NEIGHBOUR,), name="哲里木路社区第七网格"))
    come(wang[0])
    assert {FRESH, "150102001007007"} <= grids_of(city).keys()


def test_who_left_before_the_day_is_followed_by_the_successor(city, wang):
    plan(wang[0], replace(SPLIT, worker="majun"))
    wang[0].act("admin", hand_overs.plan, "majun", "batu", local("2026-11-18 00:00"), "调离")
    wang[0].clock.set(local("2026-11-18 00:00"))
    hand_overs.do_due(city)
    come(wang[0])
    assert holders(wang) == ["batu", "wang", "batu"]
    with city.reading(SYSTEM) as uow:
        assert hand_overs.worker_of(uow, FRESH, DAY) == "batu"


def test_the_new_worker_goes_on_with_the_case(city, wang):
    plan(wang[0], replace(SPLIT, worker="majun"))
    come(wang[0])
    with city.reading(wang[0].actor("majun")) as uow:
        assert {each.case_id for each in tasks.inbox(uow, "mine")} == {wang[0].id, wang[2].id}
    wang[0].do("majun", "handle", outcome="done", result="已清理")
