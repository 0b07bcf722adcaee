"""Shared resources: booked for a case by who works on it, by rule, one at a time, and given back when it is over."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine import bookings, content, deployments, execution, merges, news, resources
from engine.booking_models import Booking
from engine.errors import ConflictError, EngineError, InvalidError, NotFoundError, RefusedError
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.scenarios.story import Story, close, file, local
from tests.scenarios.test_joint import PASSAGE, PEOPLE, come, finish

DAY = "2026-11-18"
REFUSE = "050104"  # a full bin: HWZX alone
CAR, OTHER_CAR, POLICE, LIFT, METER = "CGJ-C1", "CGJ-C2", "GAJ-J1", "YLLH-G1", "STHJ-Z1"


@pytest.fixture
def passage(city, clock):
    return file(Story(city, clock, PASSAGE, f"{DAY} 20:40"))


@pytest.fixture
def bin_case(city, clock):
    return file(Story(city, clock, REFUSE, f"{DAY} 09:00"))


def moment(text):
    return local(text if "-" in text else f"{DAY} {text}")


def book(story, name, code, begins, ends):
    return story.act(name, bookings.book, story.id, code, moment(begins), moment(ends)).id


def refused(story, name, code, begins, ends):
    """Return the words of the refusal."""
    with pytest.raises(RefusedError, match="rule booking_rule, version 1") as refusal:
        book(story, name, code, begins, ends)
    return refusal.value.words


def rows(story):
    with story.database.reading(SYSTEM) as uow:
        return resources.of_case(uow, story.id)


def told(story, name):
    """Return kind and text of what the person was told of bookings, the newest first."""
    with story.database.reading(story.actor(name)) as uow:
        found = [notice for notice, _case in news.notices(uow) if "book" in notice.kind]
        return [(each.kind, each.text) for each in found]


# ---- who books


def test_the_lead_books_a_car_and_the_police_and_their_units_are_told(passage):
    book(passage, "majun", CAR, "21:00", "23:00")
    book(passage, "majun", POLICE, "21:00", "22:30")
    assert [(each.resource_code, each.unit_code, each.person) for each in rows(passage)] == [
        (CAR, "XFJY", "majun"),
        (POLICE, "XFJY", "majun"),
    ]
    assert told(passage, "liuyang") == [("booked", "城管执法车 1 号 11月18日 21:00–23:00")]
    assert [kind for kind, _text in told(passage, "leiming")] == ["booked"]
    made = passage.entries("booking.made")[0]
    assert (made["resource"], made["unit"], made["why"]["en"]) == (
        CAR,
        "XFJY",
        "Law-enforcement car 1 18 Nov 2026, 21:00–23:00",
    )
    assert passage.unbroken()


def test_a_called_unit_and_the_dispatcher_book_too(passage):
    book(passage, "hebing", METER, "21:00", "22:00")
    book(passage, "zhaoli", LIFT, "21:00", "22:00")
    assert {each.resource_code: each.unit_code for each in rows(passage)} == {METER: "ZJJ", LIFT: "HDL-WGZX"}


def test_a_unit_that_has_done_its_part_books_no_more(passage):
    come(passage, "CGJ")
    finish(passage, "CGJ")
    words = refused(passage, "liuyang", METER, "21:00", "22:00")
    assert "消防救援大队" in words["zh"]
    assert passage.entries("booking.refused")[0]["rule"] == "booking_rule"


def test_the_head_who_only_explains_an_absence_books_nothing(passage):
    come(passage.at(f"{DAY} 20:55"), "XFJY", "CGJ", "HDLJD")
    finish(passage.at(f"{DAY} 22:00"), "XFJY", "CGJ", "HDLJD")
    passage.do("majun", "close_joint", summary="通道已腾空", **{"missing.ZJJ": "未到场"})
    assert passage.inbox("hebing") == ["explain"]
    refused(passage, "hebing", METER, "22:30", "23:00")


def test_who_does_not_see_the_case_learns_nothing_of_it(passage, bin_case):
    with pytest.raises(NotFoundError):
        bin_case.act("liuyang", bookings.book, bin_case.id, METER, moment("21:00"), moment("22:00"))
    with pytest.raises(NotFoundError, match="no resource nothing"):
        book(passage, "majun", "nothing", "21:00", "22:00")


def test_a_leader_who_only_looks_on_books_nothing(bin_case):
    words = refused(bin_case, "batu", METER, "10:00", "11:00")
    assert "dispatcher" in words["en"]


# ---- one at a time


def test_an_overlap_is_refused_with_who_has_it_when_it_is_free_and_what_is_free_instead(passage, bin_case):
    passage.at(f"{DAY} 20:45")
    book(passage, "majun", CAR, "21:00", "23:00")
    words = refused(bin_case, "wanglin", CAR, "22:00", "23:30")
    assert "新城区消防救援大队 11月18日 21:00–23:00" in words["zh"]
    assert "该资源 11月18日 23:00 起空闲" in words["zh"]
    assert "城管执法车 2 号、街道执法巡逻车" in words["zh"]
    assert "this one is free from 18 Nov 2026, 23:00" in words["en"]
    assert passage.number not in words["zh"]  # wanglin does not see that case
    (kept,) = bin_case.entries("booking.refused")
    assert kept["values"] == {
        "resource": CAR,
        "from": moment("22:00").isoformat(),
        "to": moment("23:30").isoformat(),
    }
    book(bin_case, "wanglin", OTHER_CAR, "22:00", "23:30")


def test_who_sees_the_other_case_is_told_its_number(passage):
    book(passage, "majun", CAR, "21:00", "23:00")
    assert passage.number in refused(passage, "liuyang", CAR, "22:00", "22:10")["zh"]


def test_one_booking_may_begin_when_the_other_ends(passage):
    book(passage, "majun", CAR, "21:00", "22:00")
    book(passage, "majun", CAR, "22:00", "23:00")
    book(passage, "majun", CAR, "20:45", "21:00")
    assert len(rows(passage)) == 3
    refused(passage, "majun", CAR, "21:59", "22:01")


@pytest.mark.parametrize(
    ("start", "minutes", "expected"),
    [
        ("19:00", 60, "19:00"),
        ("19:30", 60, "21:00"),
        ("20:00", 30, "21:00"),
        ("20:30", 61, "23:00"),
        ("23:30", 5, "23:30"),
    ],
)
def test_the_next_free_time_is_the_first_gap_that_is_long_enough(start, minutes, expected):
    busy = [(moment("22:00"), moment("23:00")), (moment("20:00"), moment("21:00"))]
    found = resources.next_free(busy, moment(start), timedelta(minutes=minutes))
    assert found == moment(expected)


def at_once(*functions):
    """Call the functions at the same time; return how each ended."""
    found, together = {}, threading.Barrier(len(functions))

    def call(place, function):
        together.wait()
        try:
            function()
            found[place] = "done"
        except EngineError as error:
            found[place] = type(error).__name__

    threads = [threading.Thread(target=call, args=each) for each in enumerate(functions)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(found.values())


def test_of_two_who_book_the_same_resource_at_once_exactly_one_gets_it(passage, bin_case):
    passage.at(f"{DAY} 20:45")
    for hour in range(5):
        begins, ends = f"2026-11-19 {hour:02}:00", f"2026-11-19 {hour:02}:50"
        outcome = at_once(
            lambda a=begins, b=ends: book(passage, "majun", CAR, a, b),
            lambda a=begins, b=ends: book(bin_case, "wanglin", CAR, a, b),
        )
        assert outcome == ["RefusedError", "done"]
    with passage.database.reading(SYSTEM) as uow:
        assert uow.session.scalar(select(func.count()).select_from(Booking)) == 5
    assert passage.unbroken()


# ---- how long, how far ahead, when


@pytest.mark.parametrize(
    ("code", "begins", "ends", "why"),
    [
        (CAR, "20:00", "21:00", "开始时间已过"),
        (CAR, "2026-12-19 20:00", "2026-12-19 21:00", "最多提前 30 天"),
        (POLICE, "21:00", "2026-11-19 09:01", "12 小时"),
        (CAR, "21:00", "2026-11-19 21:01", "24 小时"),
        (METER, "21:00", "2026-11-21 21:01", "72 小时"),
    ],
)
def test_the_table_says_how_long_and_how_far_ahead(passage, code, begins, ends, why):
    assert why in refused(passage, "majun", code, begins, ends)["zh"]


@pytest.mark.parametrize(
    ("code", "begins", "ends"),
    [
        (CAR, "20:30", "21:00"),
        (POLICE, "21:00", "2026-11-19 09:00"),
        (CAR, "21:00", "2026-11-19 21:00"),
        (METER, "21:00", "2026-11-21 21:00"),
        (CAR, "2026-12-18 20:40", "2026-12-18 21:00"),
    ],
)
def test_exactly_at_the_limit_is_allowed(passage, code, begins, ends):
    assert book(passage, "majun", code, begins, ends)


def test_a_time_that_ends_before_it_begins_is_no_time(passage):
    with pytest.raises(InvalidError, match="ends before it begins"):
        book(passage, "majun", CAR, "21:00", "21:00")


def test_what_its_unit_does_not_lend_then_is_not_booked_and_others_are_named(city, clock):
    story = file(Story(city, clock, REFUSE, "2026-12-20 09:00"))
    words = refused(story, "wanglin", LIFT, "2026-12-31 23:00", "2027-01-01 01:00")
    assert "不出借" in words["zh"]
    assert "市政高空作业车" in words["zh"]
    assert "起空闲" not in words["zh"]
    assert book(story, "wanglin", LIFT, "2026-12-31 22:00", "2027-01-01 00:00")


def test_a_case_keeps_the_table_with_which_it_began(city, clock):
    old = file(Story(city, clock, PASSAGE, f"{DAY} 20:40"))
    table = (PROCESSES / "incident" / "booking-rule.dmn").read_text("utf-8").replace("&gt; 1440", "&gt; 60")
    with city.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"booking-rule.dmn": table.encode()})
    new = file(Story(city, clock, PASSAGE, f"{DAY} 20:40"))
    assert book(old, "majun", CAR, "21:00", "23:00")
    with pytest.raises(RefusedError, match="version 2"):
        book(new, "majun", OTHER_CAR, "21:00", "23:00")


def test_nothing_is_booked_for_a_time_in_which_the_case_is_paused(bin_case):
    with bin_case.database.transaction(SYSTEM) as uow:
        case = execution.locked_case(uow, bin_case.id)
        case.summary = {**case.summary, "paused_until": moment("2026-11-20 09:00").isoformat()}
        uow.record("note.added", case)
    assert "挂账" in refused(bin_case, "wanglin", CAR, "2026-11-19 09:00", "2026-11-19 10:00")["zh"]
    assert book(bin_case, "wanglin", CAR, "2026-11-20 09:00", "2026-11-20 10:00")


# ---- cancelling


def test_whoever_booked_cancels_and_others_can_book(passage, bin_case):
    passage.at(f"{DAY} 20:45")
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    passage.act("majun", bookings.cancel, booking)
    assert told(passage, "liuyang")[0][0] in ("booked", "unbooked")
    assert {kind for kind, _text in told(passage, "liuyang")} == {"booked", "unbooked"}
    assert passage.entries("booking.cancelled")[0]["by"] == "booker"
    assert book(bin_case, "wanglin", CAR, "21:00", "23:00")


def test_the_owner_cancels_with_a_reason_which_the_booker_is_told(passage, bin_case):
    passage.at(f"{DAY} 20:45")
    booking = book(bin_case, "wanglin", CAR, "21:00", "23:00")
    with pytest.raises(RefusedError, match="gives a reason"):
        passage.act("liuyang", bookings.cancel, booking, "  ")
    passage.act("liuyang", bookings.cancel, booking, "车辆故障")
    assert told(passage, "wanglin") == [("booking-lost", "城管执法车 1 号 11月18日 21:00–23:00 · 车辆故障")]
    (kept,) = bin_case.entries("booking.cancelled")
    assert (kept["by"], kept["why"]["zh"][-4:]) == ("owner", "车辆故障")
    assert [each["values"]["reason"] for each in bin_case.entries("booking.refused")] == [""]


def test_others_cancel_nothing(passage):
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    with pytest.raises(NotFoundError):
        passage.act("wanglin", bookings.cancel, booking, "不需要")
    with pytest.raises(RefusedError, match="only the unit that booked"):
        passage.act("hebing", bookings.cancel, booking, "不需要")
    passage.act("zhaoli", bookings.cancel, booking)
    assert [kind for kind, _text in told(passage, "majun")] == ["booking-lost"]


def test_what_has_ended_is_not_cancelled_again(passage):
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    passage.act("majun", bookings.cancel, booking)
    with pytest.raises(ConflictError, match="the booking of Law-enforcement car 1 has ended already"):
        passage.act("majun", bookings.cancel, booking)
    (kept,) = passage.entries("state.refused")
    assert kept["given"]["resource"]["zh"] == "城管执法车 1 号"


# ---- giving back


def test_when_the_joint_action_closes_what_remains_is_free_for_others(passage, bin_case):
    passage.at(f"{DAY} 20:45")
    booking = book(passage, "majun", CAR, "21:00", "23:00")
    come(passage.at(f"{DAY} 20:55"), *PEOPLE)
    finish(passage.at(f"{DAY} 22:00"), *PEOPLE)
    passage.at(f"{DAY} 22:20").do("majun", "close_joint", summary="通道已腾空")
    (row,) = rows(passage)
    assert (row.released_at, row.ended_at) == (moment("22:20"), moment("22:20"))
    assert passage.entries("booking.released")[0]["booking"] == str(booking)
    assert "unbooked" in {kind for kind, _text in told(passage, "liuyang")}
    assert passage.case().closed_at is None
    book(bin_case, "wanglin", CAR, "22:20", "23:00")
    assert passage.unbroken()


def test_when_a_case_closes_without_a_joint_action_it_gives_back_too(bin_case):
    book(bin_case, "wanglin", CAR, "2026-11-19 09:00", "2026-11-19 10:00")
    book(bin_case, "wanglin", METER, "09:00", "09:30")
    close(bin_case.at(f"{DAY} 10:00"), "wanglin")
    assert bin_case.case().closed_at is not None
    assert [each["resource"] for each in bin_case.entries("booking.released")] == [CAR]
    with pytest.raises(RefusedError, match="closed"):
        book(bin_case, "zhaoli", CAR, "2026-11-19 09:00", "2026-11-19 10:00")


def test_a_report_that_is_merged_gives_back_what_was_booked_for_it(bin_case, city, clock):
    again = file(Story(city, clock, REFUSE, f"{DAY} 09:10"))
    book(again, "wanglin", CAR, "10:00", "11:00")
    again.act("zhaoli", merges.merge, again.id, bin_case.id, "同一垃圾箱")
    assert [each["resource"] for each in again.entries("booking.released")] == [CAR]
    assert book(bin_case, "wanglin", CAR, "10:00", "11:00")


def test_what_was_held_until_it_was_given_back_stays_in_the_calendar(passage):
    book(passage, "majun", CAR, "20:50", "23:00")
    gone = book(passage, "majun", OTHER_CAR, "22:00", "23:00")
    passage.at(f"{DAY} 21:00").act("majun", bookings.cancel, gone)
    passage.act("majun", bookings.cancel, rows(passage)[0].id)
    with passage.database.reading(SYSTEM) as uow:
        found = resources.booked(uow, (moment("20:00"), moment("23:59")), [CAR, OTHER_CAR])
        assert {code: [each.ended_at for each in some] for code, some in found.items()} == {CAR: [moment("21:00")]}
        assert resources.booked(uow, (moment("21:00"), moment("23:59")), [CAR]) == {}


# ---- the file


HEAD = ",".join(resources.COLUMNS)
GOOD = "CGJ-C9,vehicle,执法车 9 号,Car 9,CGJ,2026-01-01,2026-12-31,"


def load(city, folder, *lines):
    (folder / "organisation").mkdir(exist_ok=True)
    (folder / "organisation" / "resources.csv").write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    return content.load(city, folder, SYSTEM)["resources"]


def known(city):
    with city.reading(SYSTEM) as uow:
        return {each.code: each.name_zh for each in resources.resources(uow)}


def test_the_city_has_the_resources_of_the_file_and_loading_again_changes_nothing(city):
    assert {CAR, POLICE, LIFT, METER} <= known(city).keys()
    with city.transaction(SYSTEM) as uow:
        path = PROCESSES / "organisation" / "resources.csv"
        assert content.load_file(uow, path, resources.load) == 0


def test_a_new_name_is_taken_and_what_is_left_out_stays(city, tmp_path):
    before = known(city)
    assert load(city, tmp_path, GOOD) == 1
    assert load(city, tmp_path, GOOD.replace("执法车 9 号", "执法车九号")) == 1
    assert known(city) == {**before, "CGJ-C9": "执法车九号"}


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        (GOOD.replace("vehicle", "boat"), "line 3, column kind", "boat is none of person, vehicle, equipment"),
        (GOOD.replace(",CGJ,", ",XYZ,"), "line 3, column unit_code", "there is no unit XYZ"),
        (GOOD.replace("执法车 9 号", ""), "line 3, column name_zh", "is missing"),
        (GOOD.replace("2026-01-01", "1.1.2026"), "line 3, column from", "1.1.2026 is no date such as 2026-10-01"),
        (GOOD.replace("2026-01-01", "2027-01-01"), "line 3, column to", "lies before from"),
        ("CGJ-C8,vehicle,执法车,Car,CGJ,,,", "line 3, column resource_code", "CGJ-C8 stands here twice"),
        (GOOD + ",x", "line 3, column notes", "there are more columns than the first line names"),
        ("CGJ-C7,vehicle", "line 3, column name_zh", "is missing"),
    ],
)
def test_a_wrong_line_refuses_the_whole_file_and_names_file_line_and_column(city, tmp_path, line, place, what):
    before = known(city)
    with pytest.raises(InvalidError) as refusal:
        load(city, tmp_path, "CGJ-C8,vehicle,执法车 8 号,Car 8,CGJ,,,", line)
    assert refusal.value.problems[f"resources.csv: {place}"] == what
    assert known(city) == before


def test_a_file_without_a_column_is_refused(city, tmp_path):
    (tmp_path / "organisation").mkdir()
    (tmp_path / "organisation" / "resources.csv").write_bytes(b"resource_code,kind\nA,vehicle\n")
    with pytest.raises(InvalidError, match="line 1, column unit_code: is missing"):
        content.load(city, tmp_path, SYSTEM)
    (tmp_path / "organisation" / "resources.csv").write_bytes("编号".encode("gbk"))
    with pytest.raises(InvalidError, match="no UTF-8 text"):
        content.load(city, tmp_path, SYSTEM)
