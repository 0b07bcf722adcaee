"""S06: the third transfer is refused, ownership is adjudicated, the ruling becomes a precedent."""

from datetime import timedelta

import pytest

from engine.errors import RefusedError
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
    with pytest.raises(RefusedError, match="dispatcher has decided"):
        send_back(lamp.at("2026-11-23 09:20"), "SZGY", "GPS")


def test_a_basis_is_not_borrowed_from_the_unit_before(lamp):
    send_back(lamp.at("2026-11-23 09:10"), "SZGY", "GPS")
    with pytest.raises(RefusedError, match="legal basis"):
        lamp.at("2026-11-23 09:20").do("gaofeng", "handle", outcome="send_back", result="也不属于我们")
