"""S01, and dispatch by the list of duties: who leads, by which row and version, and what the list leaves open."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select

from engine import attachments, catalogue, choices, duties, duty_list, publicity, queues
from engine.errors import EngineError, ForbiddenError, InvalidError, RefusedError
from engine.models import Case, Membership, Person
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import GRID, Story, file
from tests.scenarios.test_feedback import picture

FLYER, COVER, LAMP = "900103", "010106", "020104"
LIST = (PROCESSES / "organisation" / "duties.csv").read_text("utf-8")
HEAD = ",".join(duty_list.COLUMNS)
DISTRICT = ("batu", "sarula", "nara", "sunlei", "wanglin", "liuyang", "gaofeng")


def edited(*more, without=""):
    """Return the shipped list without the rows of an item, and with these rows of item, area, unit, role, from, to."""
    kept = [line for line in LIST.splitlines() if not (without and line.startswith(without))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [item, area, unit, role, "依据", "basis", since, until] for item, area, unit, role, since, until in more
    )
    return "\n".join(kept) + "\n" + text.getvalue()


def publish(story_or_city, source, by="admin"):
    story = Story.__new__(Story)
    story.database = getattr(story_or_city, "database", story_or_city)
    return story.act(by, duties.publish, source, "权责清单调整")


def photo(story, name):
    story.act(name, attachments.add_photo, story.id, "photo.jpg", picture())


# ---- S01


@pytest.fixture
def flyer(city, clock):
    """A flyer in a yard, reported with a photo, cleaned away by the street's team by 16:20, with a photo."""
    story = Story(city, clock, FLYER, "2026-11-16 10:00")
    photo(story, "zhaoli")
    file(story)
    story.at("2026-11-16 16:20")
    photo(story, "zhouwei")
    return story


def test_s01_a_small_matter_never_leaves_the_street(flyer):
    story = flyer
    assert story.due() == "2026-11-17 10:00:00"
    assert story.inbox("zhouwei") == ["handle_in_street"]
    assert [story.inbox(name) for name in DISTRICT] == [[]] * len(DISTRICT)
    story.do("zhouwei", "handle_in_street", outcome="done", result="已清除")
    assert story.inbox("zhouwei") == []
    assert story.inbox("gaowa") == ["verify"]  # the community of the grid, and no other
    assert story.inbox("qiaoyu") == []
    story.do("gaowa", "verify", passed=True)
    story.do("zhaoli", "answer", answer="经现场查看，小广告已于今日下午清除")
    assert story.case().summary["assessment"]["class"] == "solved"
    assert story.case().summary["assessment"]["on_time"] is True
    assert {span.unit for span in story.ledger().spans} <= {"HDL-WGZX", "HDL-ZF"}
    assert [story.inbox(name) for name in DISTRICT] == [[]] * len(DISTRICT)
    assert story.unbroken()


def test_s01_whoever_cleaned_it_does_not_verify_it_even_with_the_right_to(flyer):
    with flyer.database.transaction(SYSTEM) as uow:
        person = uow.session.scalars(select(Person).where(Person.name == "zhouwei")).one()
        person.memberships.append(Membership(group_key=f"community:{GRID[:12]}"))
    flyer.do("zhouwei", "handle_in_street", outcome="done", result="已清除")
    with pytest.raises(EngineError, match="another person"):
        flyer.do("zhouwei", "verify", passed=True)
    assert flyer.case().closed_at is None
    assert flyer.inbox("gaowa") == ["verify"]


def test_s01_a_check_without_the_photo_from_after_is_refused_by_rule_and_kept(city, clock):
    story = Story(city, clock, FLYER, "2026-11-16 10:00")
    photo(story, "zhaoli")
    file(story).do("zhouwei", "handle_in_street", outcome="done", result="已清除")
    with pytest.raises(RefusedError, match="none from after"):
        story.do("gaowa", "verify", passed=True)
    (kept,) = story.entries("verify.refused")
    assert (kept["rule"], kept["version"]) == ("proof_rule", 1)


def test_s01_every_step_has_actor_role_unit_and_the_versions_of_diagram_tables_and_catalogue(flyer):
    flyer.do("zhouwei", "handle_in_street", outcome="done", result="已清除")
    flyer.do("gaowa", "verify", passed=True)
    flyer.do("zhaoli", "answer", answer="经现场查看，小广告已于今日下午清除")
    done = flyer.entries("task.completed")
    steps = [(each["activity"], each["unit"], each["roles"]) for each in done]
    assert list(zip(flyer.actors("task.completed"), steps, strict=True)) == [
        ("zhaoli", ("file", "HDL-WGZX", ["liaison"])),
        ("zhouwei", ("handle_in_street", "HDL-ZF", ["liaison"])),
        ("gaowa", ("verify", "SQ-150102001007", ["liaison"])),
        ("zhaoli", ("answer", "HDL-WGZX", ["liaison"])),
    ]
    assert [(each["key"], each["version"]) for each in flyer.entries("case.started")] == [("incident", 1)]
    assert [(each["decision"], each["version"]) for each in flyer.entries("decision.made")] == [("dispatch", 1)]
    with flyer.database.reading(SYSTEM) as uow:
        state = catalogue.state_of(catalogue.get_item(uow, FLYER))
    (found,) = flyer.entries("duty.found")
    assert (found["catalogue"], found["version"]) == (state, 1)


def test_s01_the_chain_says_by_which_row_and_version_the_street_handles_it(city, clock):
    story = file(Story(city, clock, FLYER, "2026-11-16 10:00"))
    (found,) = story.entries("duty.found")
    assert (found["unit"], found["rule"], found["version"], found["area"]) == ("HDL-ZF", "lead", 1, "150102001")
    assert (found["street_own"], found["basis_zh"]) == (True, "街道自有职责清单")
    assert story.case().summary["duty"]["digest"] == found["digest"]


# ---- the list


def test_the_shipped_list_has_one_gap_and_no_overlap(city):
    with city.reading(SYSTEM) as uow:
        found = duties.report(uow, duties.rows_of(duties.get_list(uow)))
    assert [(each.kind, each.item, len(each.grids), each.units) for each in found] == [("gap", COVER, 48, ("HDLJD",))]


def test_what_nobody_leads_goes_to_the_territory_by_the_table_and_its_owner_goes_first(city, clock):
    story = file(Story(city, clock, COVER, "2026-11-18 11:30"))
    assert [(each["unit"], each["rule"]) for each in story.entries("duty.found")] == [("HDLJD", "territory")]
    publish(story, edited((COVER, "*", "SZGY", "owner", "", "")))
    other = file(Story(city, clock, COVER, "2026-11-18 11:40"))
    assert [(each["unit"], each["rule"]) for each in other.entries("duty.found")] == [("SZGY", "owner")]


def test_events_go_to_the_territory_before_the_owner(city, clock):
    event = "080102"
    publish(city, edited((event, "*", "CGJ", "owner", "", ""), (event, "*", "CGJ", "fallback", "", ""), without=event))
    story = file(Story(city, clock, event, "2026-11-18 11:30"))
    assert [(each["unit"], each["rule"]) for each in story.entries("duty.found")] == [("HDLJD", "territory")]


def test_a_list_edited_while_cases_run_leaves_them_the_version_of_their_dispatch(city, clock):
    story = file(Story(city, clock, LAMP, "2026-11-23 09:00"))
    made = publish(story, edited((LAMP, "150102001007", "HWZX", "lead", "", "")))
    assert made.version == 2
    later = file(Story(city, clock, LAMP, "2026-11-23 09:10"))
    assert (story.case().summary["duty"]["version"], story.inbox("sunlei")) == (1, ["handle"])
    assert (later.case().summary["duty"]["version"], later.inbox("wanglin")) == (2, ["handle"])
    elsewhere = file(Story(city, clock, LAMP, "2026-11-23 09:20", "150102001001001"))
    assert elsewhere.inbox("sunlei") == ["handle"]


def test_among_equals_the_unit_with_fewer_tasks_for_each_person_leads_and_the_loads_are_kept(city, clock):
    equals = [(LAMP, "*", unit, "one-of", "", "") for unit in ("SZGY", "HWZX")]
    publish(city, edited(*equals, without=LAMP))
    chosen = [file(Story(city, clock, LAMP, f"2026-11-23 09:0{n}")).entries("duty.found")[0] for n in range(3)]
    assert [each["unit"] for each in chosen] == ["HWZX", "SZGY", "SZGY"]  # two people work in SZGY, one in HWZX
    assert chosen[1]["equals"] == [{"unit": "HWZX", "tasks": 1, "people": 1}, {"unit": "SZGY", "tasks": 0, "people": 2}]


@pytest.mark.parametrize("missing", [LAMP, "900103"])
def test_a_list_with_a_gap_is_refused_and_the_item_named(city, missing):
    with pytest.raises(InvalidError, match=rf"item {missing}: nobody leads from 2026-11-16 in {GRID[:9]}"):
        publish(city, edited(without=missing))


def test_a_gap_that_opens_later_is_refused_today(city):
    with pytest.raises(InvalidError, match="nobody leads from 2027-01-01"):
        publish(city, edited((LAMP, "*", "SZGY", "lead", "", "2026-12-31"), without=LAMP))


def test_an_overlap_is_reported_from_its_day_on(city):
    with city.reading(SYSTEM) as uow:
        rows = duty_list.read(edited((LAMP, "*", "HWZX", "lead", "2027-01-01", "")))
        found = [each for each in duties.report(uow, rows) if each.kind == "overlap"]
    assert [(each.item, each.day, each.units) for each in found] == [(LAMP, date(2027, 1, 1), ("HWZX", "SZGY"))]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("999999,*,SZGY,lead,依据,,,", "there is no item 999999"),
        ("020104,*,NOBODY,lead,依据,,,", "there is no unit NOBODY"),
        ("020104,*,SZGY,boss,依据,,,", "boss is none of"),
        ("020104,*,SZGY,lead,,,,", "legal basis is missing"),
        ("020104,15,SZGY,lead,依据,,,", "15 is no street"),
        ("020104,*,SZGY,lead,依据,,2026-13-01,", "2026-13-01 is no day"),
    ],
)
def test_a_wrong_line_refuses_the_whole_list_and_is_named(city, row, why):
    with pytest.raises(InvalidError, match=rf"line 2: .*{why}"):
        publish(city, f"{HEAD}\n{row}\n")
    with city.reading(SYSTEM) as uow:
        assert [each.version for each in duties.versions(uow)] == [1]


def test_only_an_administrator_publishes(city):
    with pytest.raises(ForbiddenError):
        publish(city, edited(), by="liqiang")


def test_the_case_stays_dispatchable_by_hand(city, clock):
    story = file(Story(city, clock, COVER, "2026-11-18 11:30", "150102001007002"), to_unit="SZGY")
    assert story.inbox("sunlei") == ["handle"]
    with city.reading(SYSTEM) as uow:
        assert uow.session.get_one(Case, story.id).unit_code == "SZGY"


# ---- one source: everything that names a unit reads the list in force


def swapped():
    """Return the shipped list with HWZX leading the lamps in one community, and GPS assisting there."""
    place = "150102001007"
    return edited((LAMP, place, "HWZX", "lead", "", ""), (LAMP, place, "GPS", "assist", "", ""))


def test_suggestions_and_choices_of_the_dispatcher_follow_the_list_and_its_area(city, clock):
    publish(city, swapped())
    there = file(Story(city, clock, LAMP, "2026-11-23 09:00"))
    elsewhere = file(Story(city, clock, LAMP, "2026-11-23 09:10", "150102001001001"))
    with city.reading(SYSTEM) as uow:
        found = [uow.session.get_one(Case, each.id) for each in (there, elsewhere)]
        assert [each.unit_code for each in found] == ["HWZX", "SZGY"]
        assert [(each.unit, each.why) for each in queues.suggestions(uow, found[0])] == [("GPS", "helps")]
        field = {"properties": {"unit": {"type": "string", "x-choices": "units"}}}
        asked = [list(choices.filled(uow, field, each)["properties"]["unit"]["enum"]) for each in found]
    assert asked[0][:2] == ["HWZX", "GPS"]
    assert asked[1][0] == "SZGY"


def test_what_everybody_reads_of_a_grid_is_the_list_in_force_there(city):
    def lights(uow, grid):
        return {each.unit for each in publicity.duties(uow, grid)}

    publish(city, edited(("02*", "150102001007", "FLH", "lead", "", ""), (LAMP, "150102001007", "FLH", "lead", "", "")))
    with city.reading(SYSTEM) as uow:
        assert "FLH" in lights(uow, GRID)
        assert "FLH" not in lights(uow, "150102001001001")
        assert "HDLJD" in lights(uow, GRID)  # nobody leads the cover without an owner: the territory acts


def test_who_stands_in_is_so_by_the_list_of_the_dispatch_and_passes_on_without_a_round(city, clock):
    story = file(Story(city, clock, COVER, "2026-11-18 11:30"))
    publish(city, edited((COVER, "*", "HDLJD", "lead", "", "")))
    story.do("yangjie", "handle", outcome="send_back", result="请市政先行处置")
    story.do("liqiang", "redispatch", unit="SZGY")
    assert (len(story.entries("case.assigned")), story.case().summary["rounds"]) == (1, 0)
    later = file(Story(city, clock, COVER, "2026-11-18 12:30"))
    with pytest.raises(RefusedError, match="legal basis"):  # by the new list it leads
        later.do("yangjie", "handle", outcome="send_back", result="请市政先行处置")


@pytest.mark.parametrize(
    ("open_tasks", "people", "first"),
    [((0, 0), (1, 1), "A"), ((1, 0), (1, 1), "B"), ((3, 2), (3, 1), "A"), ((4, 4), (2, 3), "B"), ((0, 1), (0, 9), "A")],
)
def test_among_equals_the_fewest_open_tasks_for_each_person_decide_then_the_code(open_tasks, people, first):
    found = [duties.Equal(code, *each) for code, each in zip("AB", zip(open_tasks, people, strict=True), strict=True)]
    assert duties.lightest(found).unit == first
