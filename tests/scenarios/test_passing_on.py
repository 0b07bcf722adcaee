"""S06: the third transfer is refused, ownership is adjudicated, the ruling becomes a precedent."""

from datetime import date, timedelta

import pytest

from engine import contests, duties, duty_list, news, precedents, transfers
from engine.errors import InvalidError, RefusedError
from engine.uow import SYSTEM
from tests.scenarios.story import Story, file

COVER, PLACE = "010106", "150102001007002"  # nobody is known to own it; grade A, 2 hours
NOT_OURS = {"outcome": "send_back", "result": "不属于本单位", "basis": "《城镇排水与污水处理条例》第四条"}
RULING = {
    "lead": "SZGY",
    "co": ["GPS", "TXYY"],
    "area": "community",
    "text": "井盖由市政公用服务中心牵头，供排水公司、通信运营企业配合",
    "basis": "《城市道路管理条例》第二十三条",
}
LIAISONS = {"SZGY": "sunlei", "GPS": "gaofeng", "TXYY": "duanyu", "HWZX": "wanglin"}


def send_back(story, unit, to=None, **more):
    """Send the case back as the liaison of the unit; the dispatcher passes it on at once."""
    suggested = {"suggested_unit": to} if to else {}
    story.do(LIAISONS[unit], "handle", **{**NOT_OURS, **suggested, **more})
    if to and "redispatch" in story.inbox("liqiang"):
        story.do("liqiang", "redispatch", unit=to)


def disputed(city, clock, item=COVER, day="2026-11-18", grid=PLACE):
    """Return a case that three units had, and that the third sends back at 12:05."""
    story = file(Story(city, clock, item, f"{day} 11:30", grid), to_unit="SZGY")
    send_back(story.at(f"{day} 11:40"), "SZGY", "GPS")
    send_back(story.at(f"{day} 11:52"), "GPS", "TXYY")
    send_back(story.at(f"{day} 12:05"), "TXYY", "SZGY")
    return story


@pytest.fixture
def cover(city, clock):
    return disputed(city, clock)


# ---- S06


def test_s06_the_third_transfer_is_refused_by_rule_and_ownership_is_adjudicated(cover):
    (refused,) = cover.entries("transfer.refused")
    assert (refused["rule"], refused["version"], refused["values"]["unit"]) == ("transfer_rule", 1, "TXYY")
    assert "第三次不予转派" in refused["why"]["zh"]
    assert "adjudicat" in refused["why"]["en"]
    assert cover.actors("transfer.refused") == ["duanyu"]
    assert cover.inbox("batu") == ["adjudicate"]
    assert "redispatch" not in [each for each in cover.inbox("liqiang")]
    assert cover.case().summary["stage"] == "adjudicate"
    assert (cover.case().summary["rounds"], cover.case().summary["shirked"]) == (2, 1)


def test_s06_a_guard_goes_out_at_once(cover):
    assert cover.inbox("zhouwei") == ["interim_guard"]
    (opened,) = [each for each in cover.entries("task.opened") if each["activity"] == "interim_guard"]
    assert opened["candidates"] == ["unit:HDL-ZF"]


def test_s06_the_ruling_leads_to_joint_handling_and_the_clock_never_stops(cover):
    cover.at("2026-11-18 12:20").do("batu", "adjudicate", **RULING)
    assert cover.due() == "2026-11-18 13:30:00"
    assert {unit: "sign_in" in cover.inbox(LIAISONS[unit]) for unit in ("SZGY", "GPS", "TXYY")} == {
        "SZGY": True,
        "GPS": True,
        "TXYY": True,
    }
    assert "close_joint" in cover.inbox("sunlei")
    assert "close_joint" not in cover.inbox("gaofeng")
    assert cover.inbox("zhouwei") == ["interim_guard"]
    assert cover.entries("clock.paused") == []
    assert cover.case().summary["ruling"]["text"] == RULING["text"]
    assert cover.case().unit_code == "SZGY"


def test_s06_the_ledger_adds_up_to_the_elapsed_time(cover):
    cover.at("2026-11-18 12:20").do("batu", "adjudicate", **RULING)
    cover.at("2026-11-18 13:00")
    spans = [(span.unit, span.natural // timedelta(minutes=1)) for span in cover.ledger().spans]
    assert spans == [("SZGY", 10), ("GPS", 12), ("TXYY", 13), ("XCQ-WGZX", 15), ("SZGY", 40)]
    assert sum((span.natural for span in cover.ledger().spans), timedelta()) == timedelta(minutes=90)


def test_s06_every_return_keeps_reason_and_basis_and_the_ruling_is_a_precedent(cover):
    cover.at("2026-11-18 12:20").do("batu", "adjudicate", **RULING)
    returned = cover.entries("case.returned")
    assert [each["unit"] for each in returned] == ["SZGY", "GPS", "TXYY"]
    assert {(each["reason"], each["basis"]) for each in returned} == {(NOT_OURS["result"], NOT_OURS["basis"])}
    assert [(each["unit"], each["to"], each["rounds"]) for each in cover.entries("case.passed-on")] == [
        ("SZGY", "GPS", 1),
        ("GPS", "TXYY", 2),
    ]
    (ruled,) = cover.entries("precedent.ruled")
    assert (ruled["number"], ruled["units"]) == ("划界-2026-0001", ["SZGY", "GPS", "TXYY"])
    assert cover.unbroken()


# ---- silence


def test_silence_makes_the_first_receiver_lead_and_tells_the_committee(cover):
    assert cover.at("2026-11-18 12:34:59").inbox("batu") == ["adjudicate"]
    cover.at("2026-11-18 12:35")
    assert cover.inbox("batu") == []
    assert "close_joint" in cover.inbox("sunlei")
    (lapsed,) = cover.entries("adjudication.lapsed")
    assert (lapsed["unit"], lapsed["rule"]) == ("SZGY", "adjudication_limit")
    assert cover.entries("notice.given")[-1]["people"] == ["sarula"]
    assert cover.due() == "2026-11-18 13:30:00"
    assert cover.entries("precedent.ruled") == []


# ---- who may send back


@pytest.fixture
def lamp(city, clock):
    return file(Story(city, clock, "020104", "2026-11-23 09:00"))


def test_sending_back_without_a_basis_is_refused_by_rule_and_kept(lamp):
    with pytest.raises(RefusedError, match=r"legal basis.*return_rule, version 1"):
        lamp.do("sunlei", "handle", outcome="send_back", result="不属于本单位")
    (kept,) = lamp.entries("return.refused")
    assert (kept["rule"], kept["values"]["reason"]) == ("return_rule", "不属于本单位")
    assert "法律依据" in kept["why"]["zh"]
    assert lamp.inbox("sunlei") == ["handle"]


@pytest.mark.parametrize(("moment", "allowed"), [("2026-11-23 11:00:00", True), ("2026-11-23 11:00:01", False)])
def test_a_case_is_sent_back_within_the_accept_limit_only(lamp, moment, allowed):
    lamp.at(moment)
    if allowed:
        send_back(lamp, "SZGY", "GPS")
        assert lamp.inbox("gaofeng") == ["handle"]
        return
    with pytest.raises(RefusedError, match="accept limit is over; handle the case, ask for an extension"):
        send_back(lamp, "SZGY", "GPS")
    assert lamp.actors("return.refused") == ["sunlei"]


def test_there_and_back_counts_as_rounds_and_clicks_do_not(lamp):
    lamp.claim("sunlei", "handle")
    send_back(lamp.at("2026-11-23 09:10"), "SZGY", "GPS")
    lamp.claim("gaofeng", "handle")
    send_back(lamp.at("2026-11-23 09:20"), "GPS", "SZGY")
    assert lamp.case().summary["rounds"] == 2
    send_back(lamp.at("2026-11-23 09:30"), "SZGY", "GPS")
    assert lamp.inbox("batu") == ["adjudicate"]
    assert lamp.case().summary["past_units"] == ["SZGY", "GPS"]
    assert "interim_guard" not in lamp.states()  # grade B


def test_what_the_dispatcher_sends_to_the_same_unit_again_is_no_round_and_stays_there(lamp):
    send_back(lamp.at("2026-11-23 09:10"), "SZGY")
    lamp.do("liqiang", "redispatch", unit="SZGY")
    assert lamp.case().summary["rounds"] == 0
    assert (len(lamp.entries("case.sent-again")), lamp.entries("case.passed-on")) == (1, [])
    with pytest.raises(RefusedError, match="dispatcher has decided"):
        send_back(lamp.at("2026-11-23 09:20"), "SZGY", "GPS")


def test_the_street_names_an_owner_without_a_round_and_is_not_the_first_receiver(city, clock):
    story = file(Story(city, clock, COVER, "2026-11-18 11:00", PLACE))
    assert story.inbox("yangjie") == ["handle"]
    story.at("2026-11-18 11:40").do("yangjie", "handle", outcome="send_back", result="请市政先行处置")
    story.do("liqiang", "redispatch", unit="SZGY")
    assert (len(story.entries("case.assigned")), story.case().summary["rounds"]) == (1, 0)
    send_back(story.at("2026-11-18 11:50"), "SZGY", "GPS")
    assert story.case().summary["past_units"] == ["SZGY"]


def test_what_the_street_sends_back_is_handled_by_the_unit_that_gets_it(city, clock):
    story = file(Story(city, clock, "900101", "2026-11-23 09:00"))
    story.do("zhouwei", "handle_in_street", **{**NOT_OURS, "suggested_unit": "HWZX"})
    story.do("liqiang", "redispatch", unit="HWZX")
    assert story.inbox("wanglin") == ["handle"]


def test_a_basis_is_not_borrowed_from_the_unit_before(lamp):
    send_back(lamp.at("2026-11-23 09:10"), "SZGY", "GPS")
    with pytest.raises(RefusedError, match="legal basis"):
        lamp.at("2026-11-23 09:20").do("gaofeng", "handle", outcome="send_back", result="也不属于我们")


# ---- the precedent: it routes, is cited, contested, confirmed, withdrawn


@pytest.fixture
def ruled(cover):
    cover.at("2026-11-18 12:20").do("batu", "adjudicate", **RULING)
    return cover


def precedent(story, number="划界-2026-0001"):
    with story.database.reading(SYSTEM) as uow:
        return precedents.by_number(uow, number)


def next_case(story, start, grid=PLACE, item=COVER):
    return file(Story(story.database, story.clock, item, start, grid))


def test_the_next_case_of_the_same_item_and_area_is_routed_by_the_precedent_and_cites_it(ruled):
    other = next_case(ruled, "2026-11-19 09:00", "150102001007001")
    (cited,) = other.entries("precedent.cited")
    assert cited["number"] == "划界-2026-0001"
    assert other.case().summary["precedent"]["number"] == "划界-2026-0001"
    assert "close_joint" in other.inbox("sunlei")
    assert other.inbox("zhouwei") == ["guard"]
    assert ("sign_in" in other.inbox("gaofeng"), "sign_in" in other.inbox("duanyu")) == (True, True)


@pytest.mark.parametrize(("grid", "item"), [("150102001008001", COVER), (PLACE, "010103")])
def test_elsewhere_and_for_other_items_it_routes_nothing(ruled, grid, item):
    other = next_case(ruled, "2026-11-19 09:00", grid, item)
    assert other.entries("precedent.cited") == []


def test_a_ruling_for_the_grid_goes_before_one_for_the_district(ruled):
    day, lone = "2026-12-01", {**RULING, "lead": "GPS", "co": [], "area": "grid"}
    other = disputed(ruled.database, ruled.clock, day=day, grid="150102001008001")
    other.at(f"{day} 12:15").do("batu", "adjudicate", **lone)
    assert other.inbox("gaofeng") == ["handle"]
    wide = disputed(ruled.database, ruled.clock, day="2026-12-02", grid="150102001009001")
    wide.at("2026-12-02 12:15").do("batu", "adjudicate", **{**lone, "lead": "TXYY", "area": "district"})
    near = next_case(ruled, "2026-12-03 09:00", "150102001008001")
    far = next_case(ruled, "2026-12-03 09:05", "150102001010001")
    assert (near.inbox("gaofeng"), far.inbox("duanyu")) == (["handle"], ["handle"])
    assert [near.case().summary["precedent"]["number"], far.case().summary["precedent"]["number"]] == [
        "划界-2026-0002",
        "划界-2026-0003",
    ]


def test_numbers_begin_anew_each_year(city, clock):
    turns = [("2026-12-31", "001", "划界-2026-0001"), ("2027-01-04", "002", "划界-2027-0001")]
    for day, community, number in turns:
        story = disputed(city, clock, day=day, grid=f"150102001{community}001")
        story.at(f"{day} 12:20").do("batu", "adjudicate", **{**RULING, "area": "grid"})
        assert story.case().summary["ruling"]["number"] == number


def test_a_case_that_a_precedent_routed_is_not_sent_back(ruled):
    lone = disputed(ruled.database, ruled.clock, day="2026-12-01", grid="150102001008001")
    lone.at("2026-12-01 12:15").do("batu", "adjudicate", **{**RULING, "lead": "GPS", "co": [], "area": "grid"})
    with pytest.raises(RefusedError, match="ownership is ruled"):
        send_back(lone.at("2026-12-01 12:16"), "GPS", "SZGY")
    other = next_case(ruled, "2026-12-02 09:00", "150102001008001")
    with pytest.raises(RefusedError, match=r"sent by precedent 划界-2026-0002 .*contest the precedent beside it"):
        send_back(other.at("2026-12-02 09:05"), "GPS", "SZGY")
    assert other.inbox("gaofeng") == ["handle"]


def test_a_precedent_is_contested_beside_the_case_which_stays_where_it_is(ruled):
    before, found = ruled.states(), precedent(ruled)
    ruled.at("2026-11-18 14:00").act("gaofeng", contests.contest, found.id, "该井属雨水系统", "《城镇排水条例》第三条")
    (entry,) = ruled.entries("precedent.contested")
    assert (entry["unit"], entry["number"]) == ("GPS", "划界-2026-0001")
    after = ruled.states()
    assert {name: state for name, state in after.items() if name in before and state != before[name]} == {}
    assert ruled.case().unit_code == "SZGY"
    with ruled.database.reading(ruled.actor("sarula")) as uow:
        assert [notice.kind for notice, _case in news.notices(uow)] == ["contested"]
    other = next_case(ruled, "2026-11-19 09:00")
    assert other.entries("precedent.cited")  # it holds until it is decided


@pytest.mark.parametrize(
    ("person", "reason", "basis", "why"),
    [
        ("gaofeng", "不服", "", "needs a legal basis"),
        ("gaofeng", "", "第三条", "a reason is needed"),
        ("songtao", "不服", "第三条", "only a unit that the precedent concerns"),
    ],
)
def test_contesting_is_refused_by_rule_and_kept(ruled, person, reason, basis, why):
    with pytest.raises(RefusedError, match=f"{why}.*precedent_rule, version 1"):
        ruled.act(person, contests.contest, precedent(ruled).id, reason, basis)
    assert ruled.actors("precedent-contest.refused") == [person]


def test_confirmed_it_is_a_rule_from_a_day_on_and_the_objection_is_decided(ruled):
    found, day = precedent(ruled), date(2026, 12, 1)
    ruled.act("gaofeng", contests.contest, found.id, "该井属雨水系统", "《城镇排水条例》第三条")
    with pytest.raises(RefusedError, match="not decided yet"):
        ruled.act("gaofeng", contests.contest, found.id, "再次提出", "第三条")
    ruled.at("2026-11-20 10:00").act("sarula", contests.confirm, found.id, day)
    assert ruled.entries("precedent.confirmed") == [{"number": "划界-2026-0001", "from": "2026-12-01", "list": 2}]
    found = precedent(ruled)
    assert (found.in_force_from, found.confirmed_by) == (day, "sarula")
    with ruled.database.reading(ruled.actor("gaofeng")) as uow:
        assert [each.decision for each in contests.of_precedent(uow, found.id)] == ["confirmed"]
        assert "decided" in [notice.kind for notice, _case in news.notices(uow)]
    other = next_case(ruled, "2026-12-02 09:00")
    assert other.case().summary["precedent"]["rule_from"] == "2026-12-01"
    assert ruled.unbroken()


def said_by_the_list(story, day):
    """Return who leads and who assists by the list of duties in force, on the day."""
    with story.database.reading(SYSTEM) as uow:
        answer = duty_list.ask(duties.rows_now(uow), COVER, PLACE, day)
    return [row.unit for row in answer.leads], [row.unit for row in answer.assist]


def test_confirmed_it_is_a_dated_line_of_the_list_of_duties_which_ends_when_it_is_withdrawn(ruled):
    found, everybody = precedent(ruled), ["SZGY", "GPS", "RQGS", "RLGS", "DLGS", "TXYY"]
    ruled.at("2026-11-20 10:00").act("sarula", contests.confirm, found.id, date(2026, 12, 1))
    assert said_by_the_list(ruled, date(2026, 11, 30)) == ([], everybody)
    assert said_by_the_list(ruled, date(2026, 12, 1)) == (["SZGY"], ["GPS", "TXYY"])
    with ruled.database.reading(SYSTEM) as uow:
        newest = duties.get_list(uow)
        (line,) = (row for row in duties.rows_of(newest) if row.role == "lead" and row.item == COVER)
    assert (newest.version, newest.reason, newest.published_by) == (2, "划界-2026-0001 确认为规则", "sarula")
    assert (line.area, line.basis_zh) == (PLACE[:12], f"划界-2026-0001 {RULING['basis']}")
    other = next_case(ruled, "2026-12-02 09:00")
    assert other.entries("duty.found")[0]["rule"] == "lead"
    ruled.at("2026-12-10 09:00").act("sarula", contests.withdraw, found.id, "井盖已移交")
    assert said_by_the_list(ruled, date(2026, 12, 9)) == (["SZGY"], ["GPS", "TXYY"])
    assert said_by_the_list(ruled, date(2026, 12, 10)) == ([], everybody)
    assert ruled.entries("precedent.withdrawn") == [{"number": "划界-2026-0001", "reason": "井盖已移交", "list": 3}]


def test_a_rule_ends_what_stood_in_its_place_and_withdrawn_it_stands_there_again():
    basis = ("依据", "basis")
    old = duty_list.Row(COVER, PLACE, "GPS", "lead", *basis, None, None)
    rule = duty_list.Row(COVER, PLACE, "SZGY", "lead", "划界-2026-0001 依据", "", date(2026, 12, 1), None)
    rows = duty_list.with_rule([old], [rule], date(2026, 12, 1))
    assert [(row.unit, row.until) for row in rows] == [("GPS", date(2026, 11, 30)), ("SZGY", None)]
    before = duty_list.without_rule(rows, "划界-2026-0001", date(2026, 11, 25))
    assert before == [old]
    after = duty_list.without_rule(rows, "划界-2026-0001", date(2026, 12, 20))
    leads = [[row.unit for row in duty_list.ask(after, COVER, PLACE, date(2026, 12, day)).leads] for day in (1, 19, 20)]
    assert leads == [["SZGY"], ["SZGY"], ["GPS"]]
    assert duty_list.read(duty_list.written(after)) == tuple(after)


@pytest.mark.parametrize(
    ("person", "day", "why"),
    [
        ("gaofeng", date(2026, 12, 1), "coordination committee confirms"),
        ("batu", date(2026, 12, 1), "coordination committee confirms"),
        ("sarula", date(2026, 11, 17), "a day that is past"),
    ],
)
def test_only_the_committee_confirms_and_from_today_on(ruled, person, day, why):
    with pytest.raises(RefusedError, match=why):
        ruled.act(person, contests.confirm, precedent(ruled).id, day)


def test_withdrawn_it_routes_nothing_more_and_nothing_back(ruled):
    routed = next_case(ruled, "2026-11-19 09:00")
    ruled.at("2026-11-20 09:00").act("sarula", contests.withdraw, precedent(ruled).id, "井盖已移交")
    assert "close_joint" in routed.inbox("sunlei")
    assert next_case(ruled, "2026-11-20 10:00").entries("precedent.cited") == []
    with pytest.raises(RefusedError, match="was withdrawn"):
        ruled.act("gaofeng", contests.contest, precedent(ruled).id, "不服", "第三条")


def test_returns_and_shirking_are_shares_of_what_a_unit_received(city, clock):
    story = disputed(city, clock)
    for minute in (20, 30, 40):
        file(Story(city, clock, "020104", f"2026-11-18 13:{minute}"))  # three lamps for SZGY
    with city.reading(story.actor("yangjie")) as uow:
        found = {each.unit: each for each in transfers.lately(uow)}
    figures = {unit: (each.received, each.cases, each.shirked) for unit, each in found.items()}
    assert figures == {"SZGY": (4, 1, 0), "GPS": (1, 1, 0), "TXYY": (1, 1, 1)}
    assert (found["SZGY"].returned_share, found["TXYY"].shirked_share) == (25, 100)


def test_the_dispatcher_has_ownership_adjudicated_without_waiting_for_more_rounds(lamp):
    send_back(lamp.at("2026-11-23 09:10"), "SZGY")
    with pytest.raises(InvalidError, match="note: is missing"):
        lamp.do("liqiang", "redispatch", adjudicate=True)
    with pytest.raises(InvalidError, match="unit: is missing"):
        lamp.do("liqiang", "redispatch", adjudicate=False)
    lamp.do("liqiang", "redispatch", adjudicate=True, note="灯杆权属不清")
    assert lamp.inbox("batu") == ["adjudicate"]
    assert (lamp.case().summary["rounds"], lamp.case().summary.get("shirked")) == (0, None)
    lamp.at("2026-11-23 09:30").do("batu", "adjudicate", **{**RULING, "lead": "SZGY", "co": []})
    assert lamp.inbox("sunlei") == ["handle"]
    assert lamp.case().summary["ruling"]["number"] == "划界-2026-0001"
    assert lamp.unbroken()
