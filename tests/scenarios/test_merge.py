"""S05: three channels, one matter; and what else may happen to reports that are merged and taken apart again."""

import contextlib
import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import (
    attachments,
    boards,
    cases,
    directory,
    duty_clock,
    execution,
    feedback,
    merges,
    news,
    queues,
    reporters,
    reports,
    search,
    tasks,
)
from engine.bpmn import State
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError, NotFoundError, RefusedError
from engine.feedback import Said
from engine.models import Candidate, Case, Person, Task, TaskState, Timer
from engine.uow import PUBLIC, SYSTEM
from tests.scenarios.story import GRID, Story, close, file, local
from tests.web.test_pages import a_photo

TRADING = "080102"
SPOT = (40.8426, 111.7490)
METRE = 1 / 111_320  #: in degrees of latitude
ANSWER = "经现场核实，占道摊位已于今日 10 时劝离并恢复通行"


class Told(Story):
    """A report at a spot so many metres north of the place of the story, by a channel."""

    def __init__(self, database, clock, start, metres=0, item=TRADING, channel="", who=None, address="", grid=GRID):
        self.database, self.clock = database, clock
        clock.rewind(local(start))
        spot = (None, None) if metres is None else (SPOT[0] + metres * METRE, SPOT[1])
        report = reports.Report(item, grid, "摊位占道", address, "13800001234", *spot, channel)
        with database.transaction(self.actor(who) if who else PUBLIC) as uow:
            case = reports.submit(uow, report)
            self.id, self.number, self.token = case.id, case.number, case.token

    def near(self, name="zhaoli"):
        """Return the numbers of what is suggested to the person as the same matter, with the distance."""
        with self.database.reading(self.actor(name)) as uow:
            found = merges.candidates(uow, uow.session.get_one(Case, self.id))
            return [(each.case.number, each.metres and round(each.metres)) for each in found]

    def merge(self, other, name="zhaoli", why=""):
        self.act(name, merges.merge, self.id, other.id, why)
        return self

    def unmerge(self, name="zhaoli", why="不是同一摊位"):
        self.act(name, merges.unmerge, self.id, why)
        return self

    def status(self):
        with self.database.reading(PUBLIC) as uow:
            return reports.follow(uow, self.token)

    def notes(self):
        with self.database.reading(PUBLIC) as uow:
            return reports.notes(uow, reports.found(uow, self.token))


@pytest.fixture
def three(city, clock):
    """The three reports of S05; the first was filed at once."""
    first = file(Told(city, clock, "2026-11-17 09:05", who="wangmin"))
    phone = Told(city, clock, "2026-11-17 09:20", 30, channel="phone", who="zhaoli")
    post = Told(city, clock, "2026-11-17 09:31", 20, channel="open311")
    return first, phone, post


def finish(story, unit="liuyang"):
    story.do(unit, "handle", outcome="done", result="已劝离")
    story.do("chenjing", "verify", passed=True)
    story.do("zhaoli", "answer", answer=ANSWER)


def inbox(story, name):
    """Return the numbers of the cases in the person's inbox."""
    with story.database.reading(story.actor(name)) as uow:
        return sorted(task.case.number for task in tasks.inbox(uow, limit=100))


def exact(ledger):
    """Say whether the spans of the ledger follow each other without gap and add up to the whole."""
    total = sum((span.natural for span in ledger.spans), timedelta())
    ends = [span.end for span in ledger.spans[:-1]]
    return total == ledger.natural and ends == [span.start for span in ledger.spans[1:]]


# ---- S05


def test_s05_what_may_be_the_same_is_suggested_and_nothing_happens_in_silence(three):
    first, phone, post = three
    assert phone.near() == [(post.number, 10), (first.number, 30)]
    assert post.near() == [(phone.number, 10), (first.number, 20)]
    with first.database.reading(first.actor("zhaoli")) as uow:
        found = [(case.number, [each.case.number for each in others]) for case, others in merges.waiting(uow)]
    assert found == [(phone.number, [first.number]), (post.number, [phone.number, first.number])]
    assert inbox(first, "zhaoli") == [phone.number, post.number]
    assert phone.case().closed_at is None


def test_s05_one_master_with_the_deadline_of_the_first_report_and_two_duplicates(three):
    first, phone, post = three
    phone.at("2026-11-17 09:33").merge(first)
    post.at("2026-11-17 09:34").merge(first)
    assert first.due() == "2026-11-17 11:05:00"
    assert first.case().summary["reports"] == 3
    with first.database.reading(first.actor("admin")) as uow:
        assert [case.number for _row, case in merges.of_case(uow, first.id)] == [phone.number, post.number]
        assert boards.today(uow, local("2026-11-17 00:00")) == {"opened": 1, "closed": 0, "open": 1, "late": 0}
        assert search.find(uow, search.Wanted(state="all")) == [uow.session.get_one(Case, first.id)]
        assert [case.id for case in search.find(uow, search.Wanted(state="all", text=phone.number))] == [phone.id]
    assert {phone.case().summary["channel"], post.case().summary["channel"]} == {"phone", "open311"}
    assert first.case().summary["channel"] == "grid"


def test_s05_the_unit_has_one_task_and_not_three(three):
    first, phone, post = three
    file(phone)
    file(post)
    assert inbox(first, "liuyang") == [first.number, phone.number, post.number]
    phone.merge(first)
    post.merge(first)
    assert inbox(first, "liuyang") == [first.number]
    assert inbox(first, "zhaoli") == []
    assert phone.states() == {"file": "completed", "handle": "cancelled"}


def test_s05_unmerging_restores_two_cases_with_their_own_original_times(three):
    first, phone, post = three
    before = [(each.due(), each.case().opened_at, each.case().amber_at, each.case().state) for each in (phone, post)]
    phone.at("2026-11-17 09:33").merge(first)
    post.merge(first)
    phone.at("2026-11-17 09:40").unmerge()
    post.at("2026-11-17 09:41").unmerge()
    assert [(e.due(), e.case().opened_at, e.case().amber_at, e.case().state) for e in (phone, post)] == before
    assert [each.due() for each in three] == ["2026-11-17 11:05:00", "2026-11-17 11:20:00", "2026-11-17 11:31:00"]
    assert inbox(first, "zhaoli") == [phone.number, post.number]
    assert "reports" not in first.case().summary
    file(phone.at("2026-11-17 09:50"))
    finish(phone)
    assert (phone.case().closed_at is not None, phone.case().summary["answer"]) == (True, ANSWER)
    assert first.case().closed_at is None


def test_s05_on_closing_all_three_reporters_get_one_answer_each(three):
    first, phone, post = three
    phone.merge(first)
    post.merge(first)
    finish(first.at("2026-11-17 10:20"))
    for each, channel in ((first, "grid"), (phone, "phone"), (post, "open311")):
        (given,) = each.entries("reporter.answered")
        assert given == {"channel": channel, "by": first.number, "filed": True, "answer": ANSWER}
        status = each.status()
        assert (status.number, status.standing, status.answer) == (each.number, "closed", ANSWER)
    assert [status.merged_into for status in (first.status(), phone.status())] == ["", first.number]
    assert [each.status().opened_at for each in three] == [each.case().opened_at for each in three]
    assert first.unbroken()


def test_s05_merge_and_unmerge_name_clerk_and_reason(three):
    first, phone, post = three
    phone.merge(first)
    post.merge(first, "yangjie", "同一摊位，照片一致")
    phone.unmerge("yangjie", "电话说的是对面的摊位")
    assert phone.entries("case.merged") == [{"into": first.number, "why": "30 m, 15 min", "metres": 30, "hours": 0.25}]
    assert post.entries("case.merged")[0]["why"] == "同一摊位，照片一致"
    assert [phone.actors("case.merged"), post.actors("case.merged")] == [["zhaoli"], ["yangjie"]]
    assert phone.entries("case.unmerged") == [{"out_of": first.number, "why": "电话说的是对面的摊位"}]
    assert phone.actors("case.unmerged") == ["yangjie"]
    assert [each["reports"] for each in first.entries("report.joined")] == [2, 3]
    assert first.entries("report.parted")[0]["reports"] == 2


def test_s05_a_duplicate_is_closed_for_open311_with_notes_that_name_the_master(three):
    first, _phone, post = three
    assert post.notes().status == "open"
    post.merge(first)
    found = post.notes()
    assert (found.status, first.number in found.en, first.number in found.zh) == ("closed", True, True)
    assert first.notes().status == "open"
    finish(first)
    assert post.notes().en == f"Duplicate of {first.number}, in which it is handled: {ANSWER}"


# ---- whose time runs


def test_a_later_case_that_is_handled_already_takes_the_deadline_of_the_first_report(city, clock):
    early = Told(city, clock, "2026-11-17 09:05")
    late = file(Told(city, clock, "2026-11-17 09:30", 10))
    assert late.due() == "2026-11-17 11:30:00"
    early.at("2026-11-17 09:40").merge(late)
    assert late.due() == "2026-11-17 11:05:00"
    assert f"{late.case().amber_at.astimezone(local('2026-11-17 09:00').tzinfo):%H:%M}" == "10:41"
    early.at("2026-11-17 09:50").unmerge()
    assert (late.due(), early.due()) == ("2026-11-17 11:30:00", "2026-11-17 11:05:00")
    assert [each["start"][11:16] for each in late.entries("clock.moved")] == ["01:05", "01:30"]


def test_a_later_report_never_shortens_the_time_of_the_first(city, clock):
    first = Told(city, clock, "2026-11-17 09:05")
    second = Told(city, clock, "2026-11-17 09:10", 10)
    file(first.at("2026-11-17 09:30"))
    second.merge(first)
    assert first.due() == "2026-11-17 11:30:00"
    assert first.entries("clock.moved") == []


def test_filing_a_case_after_a_dispatched_one_was_merged_into_it_does_not_start_the_time_anew(city, clock):
    first = Told(city, clock, "2026-11-17 09:05")
    second = file(Told(city, clock, "2026-11-17 09:10", 10))
    second.merge(first)
    file(first.at("2026-11-17 10:00"))
    assert first.due() == "2026-11-17 11:10:00"


def test_timers_that_fell_due_while_it_was_merged_fire_when_it_is_back(three):
    first, phone, _post = three
    file(phone)
    phone.merge(first)
    phone.at("2026-11-17 11:40")
    assert "overdue_act" not in phone.states()
    assert "overdue_act" in first.states()
    phone.at("2026-11-17 11:45").unmerge()
    phone.at("2026-11-17 11:45")
    assert phone.states()["overdue_act"] == "open"
    fired = [each["activity"] for each in phone.entries("timer.fired")]
    assert fired == ["amber_start", "overdue_start"]


def test_the_ledger_stays_exact_and_charges_the_clerk_for_the_time_of_the_error(three):
    first, phone, _post = three
    file(phone.at("2026-11-17 09:35"))
    phone.claim("liuyang", "handle")
    phone.at("2026-11-17 09:45").merge(first)
    assert phone.ledger().natural == timedelta(minutes=10)
    phone.at("2026-11-17 10:15").unmerge()
    phone.at("2026-11-17 10:25")
    found = phone.ledger()
    assert [(span.unit, span.person, span.natural.seconds // 60) for span in found.spans] == [
        ("CGJ", "liuyang", 10),
        ("HDL-WGZX", "zhaoli", 30),
        ("CGJ", "liuyang", 10),
    ]
    assert exact(found)
    assert exact(first.ledger())


# ---- orders of events


def test_a_third_report_merged_into_a_merged_case_goes_to_the_case_that_handles_it(three):
    first, phone, post = three
    phone.merge(first)
    post.merge(phone)
    assert post.entries("case.merged")[0]["into"] == first.number
    phone.unmerge()
    assert first.case().summary["reports"] == 2
    assert post.status().merged_into == first.number


def test_a_case_that_others_were_merged_into_takes_them_along_and_back(three):
    first, phone, post = three
    post.merge(phone)
    phone.merge(first)
    assert (first.case().summary["reports"], post.status().merged_into) == (3, first.number)
    phone.unmerge()
    assert (phone.case().summary["reports"], post.status().merged_into) == (2, phone.number)
    phone.merge(first)
    post.unmerge()
    assert (first.case().summary["reports"], post.case().closed_at) == (2, None)
    finish(first)
    assert [len(each.entries("reporter.answered")) for each in three] == [1, 1, 0]
    phone.unmerge()
    assert "reports" not in phone.case().summary
    assert phone.unbroken()


def test_what_is_unmerged_after_the_master_closed_is_open_again_with_its_own_time(three):
    first, phone, post = three
    phone.merge(first)
    post.merge(first)
    finish(first.at("2026-11-17 10:30"))
    phone.at("2026-11-17 12:00").unmerge()
    phone.at("2026-11-17 12:00")
    assert (phone.status().standing, phone.due()) == ("file", "2026-11-17 11:20:00")
    assert phone.states()["overdue_act"] == "open"
    assert (post.status().standing, first.case().summary["reports"]) == ("closed", 2)
    file(phone)
    finish(phone)
    assert len(phone.entries("reporter.answered")) == 1
    assert phone.status().answer == ANSWER


def test_a_duplicate_whose_reporter_is_not_content_opens_the_case_again_that_handled_it(three):
    first, phone, _post = three
    phone.merge(first)
    finish(first)
    with first.database.transaction(PUBLIC) as uow:
        reporters.rate(uow, phone.token, 3)
    with pytest.raises(ConflictError, match="merged"):
        first.act("yangjie", feedback.call_back, phone.id, Said(True, True, True, 3))
    with first.database.transaction(PUBLIC) as uow:
        assert reporters.reopen(uow, phone.token, "摊位又来了").id == first.id
    assert (first.case().closed_at, phone.status().standing) == (None, "handle")
    finish(first)
    assert len(phone.entries("reporter.answered")) == 2


def test_a_refused_master_gives_every_reporter_the_reason(city, clock):
    first, second = (Told(city, clock, "2026-11-17 09:05", far) for far in (0, 5))
    second.merge(first)
    first.do("zhaoli", "file", filed=False, reason="已在许可的早市时段")
    assert [each.status().refusal for each in (first, second)] == ["已在许可的早市时段"] * 2
    (given,) = second.entries("reporter.answered")
    assert (given["filed"], given["answer"]) == (False, "已在许可的早市时段")


def test_photos_of_a_duplicate_are_seen_by_whom_its_case_is_offered_to_while_it_is_merged(three):
    first, phone, _post = three
    photo = phone.act("zhaoli", attachments.add_photo, phone.id, "a.jpg", a_photo().getvalue())
    with pytest.raises(NotFoundError):
        first.act("liuyang", attachments.get_photo, photo.id)
    phone.merge(first)
    assert first.act("liuyang", attachments.get_photo, photo.id).digest == photo.digest
    phone.unmerge()
    with pytest.raises(NotFoundError):
        first.act("liuyang", attachments.get_photo, photo.id)


# ---- what is suggested, by item


@pytest.mark.parametrize(
    ("item", "metres", "hours", "address", "is_near"),
    [
        (TRADING, 50, 24, "", True),
        (TRADING, 51, 1, "", False),
        (TRADING, 10, 24.1, "", False),
        ("050104", 49, 23, "", True),
        ("120304", 10, 1, "", False),
        ("120304", None, 71, "海东路 12 号", True),
        ("120304", None, 73, "海东路 12 号", False),
        (TRADING, None, 2, "海东路12号", True),
        (TRADING, None, 2, "海东路 14 号", False),
    ],
)
def test_how_near_is_near_depends_on_the_item(city, clock, item, metres, hours, address, is_near):
    kept = None if address else 0
    first = Told(city, clock, "2026-11-17 09:00", kept, item=item, address="海东路 12 号" if address else "")
    later = local("2026-11-17 09:00") + timedelta(hours=hours)
    second = Told(city, clock, f"{later:%Y-%m-%d %H:%M}", metres, item=item, address=address)
    assert [number for number, _ in second.near()] == ([first.number] if is_near else [])


def test_another_item_another_grid_and_a_merged_or_closed_case_are_not_suggested(three):
    first, phone, post = three
    other = Told(first.database, first.clock, "2026-11-17 09:32", 1, item="050104")
    addressed = Told(first.database, first.clock, "2026-11-17 09:33", None, address="海东路 12 号")
    elsewhere = Told(
        first.database, first.clock, "2026-11-17 09:34", None, address="海东路 12 号", grid="150102001001001"
    )
    assert (other.near(), addressed.near(), elsewhere.near()) == ([], [], [])
    phone.merge(first)
    assert post.near() == [(first.number, 20)]
    finish(first)
    assert post.near() == []


def test_who_may_not_see_the_other_case_is_not_told_of_it(three):
    first, phone, _post = three
    assert first.near("liuyang") == []
    with pytest.raises(NotFoundError):
        first.act("liuyang", merges.merge, phone.id, first.id)


# ---- what is refused


def test_rules_refuse_what_is_no_duplicate_and_the_refusal_is_kept(three):
    first, phone, post = three
    with pytest.raises(RefusedError, match="choose the other one"):
        phone.merge(phone)
    other = Told(first.database, first.clock, "2026-11-17 09:32", 1, item="050104")
    with pytest.raises(RefusedError, match="different items"):
        other.merge(first)
    phone.merge(first)
    with pytest.raises(RefusedError, match="merged already"):
        phone.merge(post)
    (kept,) = phone.entries("merge.refused")[1:]
    assert (kept["rule"], kept["version"], kept["values"]) == ("merge_rule", 1, {"into": post.number})
    finish(first)
    with pytest.raises(RefusedError, match="the other case is closed"):
        post.merge(first)
    with pytest.raises(RefusedError, match="not merged any more"):
        first.merge(post)
    assert post.case().closed_at is None


def test_a_paused_case_is_not_merged(three):
    first, phone, _post = three
    with first.database.transaction(SYSTEM) as uow:
        duty_clock.pause(uow, execution.locked_case(uow, phone.id), local("2026-11-20 09:00"))
    with pytest.raises(RefusedError, match="end its pause first"):
        phone.merge(first)


def test_only_those_who_file_and_dispatch_and_supervisors_decide(three):
    first, phone, _post = three
    file(phone)
    with pytest.raises(ForbiddenError, match="file and dispatch"):
        phone.merge(first, "liuyang")
    phone.merge(first, "yangjie")
    with pytest.raises(ForbiddenError):
        first.act("auditor", merges.unmerge, phone.id, "看错了")
    with pytest.raises(InvalidError, match="why"):
        phone.unmerge(why=" ")
    phone.unmerge("yangjie")
    with pytest.raises(ConflictError, match="not merged"):
        phone.unmerge("yangjie")


def test_who_had_claimed_the_task_is_told_where_it_is_handled_now(three):
    first, phone, _post = three
    file(phone)
    phone.claim("liuyang", "handle")
    phone.merge(first)
    with first.database.reading(first.actor("liuyang")) as uow:
        ((notice, case),) = news.notices(uow)
    assert (notice.kind, notice.text, case.number) == ("merged", f"→ {first.number}", phone.number)
    with first.database.reading(first.actor("liuyang")) as uow:
        assert [case.number for case in cases.list_cases(uow)] == [first.number]
        assert queues.suggestions(uow, uow.session.get_one(Case, first.id))[0].unit == "HDLJD"


# ---- two at once


def run_together(*functions):
    """Call the functions at the same time; return what each gave or how it failed."""
    found = {}

    def call(place, function):
        try:
            function()
            found[place] = "done"
        except ConflictError as error:
            found[place] = type(error).__name__

    threads = [threading.Thread(target=call, args=each) for each in enumerate(functions)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [found[place] for place in range(len(functions))]


def test_two_who_merge_the_same_report_at_once_merge_it_once(three):
    first, phone, post = three
    outcomes = run_together(lambda: phone.merge(first), lambda: phone.merge(post, "yangjie"))
    assert outcomes.count("done") == 1
    assert len(phone.entries("case.merged")) == 1
    assert phone.unbroken()


def test_two_who_merge_two_cases_into_each_other_leave_one(three):
    _first, phone, post = three
    outcomes = run_together(lambda: phone.merge(post), lambda: post.merge(phone, "yangjie"))
    assert outcomes.count("done") == 1
    assert [phone.case().closed_at is None, post.case().closed_at is None].count(True) == 1


def test_closing_the_master_and_unmerging_at_once_leave_a_whole(three):
    first, phone, post = three
    phone.merge(first)
    post.merge(first)
    first.do("liuyang", "handle", outcome="done", result="已劝离")
    first.do("chenjing", "verify", passed=True)
    answer = lambda: first.do("zhaoli", "answer", answer=ANSWER)  # noqa: E731
    assert run_together(answer, lambda: phone.unmerge("yangjie")) == ["done", "done"]
    assert (first.case().closed_at is not None, phone.case().closed_at) == (True, None)
    assert len(post.entries("reporter.answered")) == 1
    assert first.unbroken()


def test_many_who_merge_undo_and_close_at_once_never_wait_in_a_circle(city, clock):
    stories = [Told(city, clock, f"2026-11-17 09:0{n}", 5 * n) for n in range(5)]
    broken = []

    def work(seed):
        chance = random.Random(seed)
        for _ in range(25):
            try:
                act_at_random(stories, chance)
            except (EngineError, ValueError):  # refused, or nothing of the kind to do
                continue
            except Exception as error:  # such as a deadlock that the database found
                broken.append(repr(error))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert broken == []
    assert all(story.case().closed_at or whole(story) for story in stories)
    assert stories[0].unbroken()


def test_everything_that_happened_leaves_a_case_that_can_be_closed(three):
    first, phone, _post = three
    phone.merge(first).unmerge().merge(first).unmerge()
    file(phone)
    close(phone, "liuyang")
    assert phone.case().closed_at


def test_what_somebody_had_claimed_who_left_meanwhile_goes_back_to_the_unit(three):
    first, phone, _post = three
    with first.database.transaction(SYSTEM) as uow:
        directory.add_person(uow, "lina", "李娜", unit_code="CGJ", groups=["unit:CGJ"], roles=["liaison"])
    file(phone)
    phone.claim("lina", "handle")
    phone.merge(first)
    with first.database.transaction(SYSTEM) as uow:
        uow.session.scalars(select(Person).where(Person.name == "lina")).one().is_active = False
    phone.unmerge()
    assert "handle" in phone.inbox("liuyang")
    assert phone.case().summary["holder"]["person"] is None
    assert exact(phone.ledger())


@pytest.mark.parametrize("item", ["110101", "010103", "900103", "120304"])
def test_whatever_the_process_of_a_case_has_open_comes_back_when_it_is_unmerged(city, clock, item):
    address = "海东路 12 号"
    first, second = (
        file(Told(city, clock, f"2026-11-18 09:0{n}", n, item=item, address=address)).at(f"2026-11-18 09:0{n}")
        for n in range(2)
    )
    assert [number for number, _ in second.near("yangjie")] == [first.number]
    before = (second.states(), second.case().state, second.case().due_at, boxes(second))
    second.at("2026-11-18 09:20").merge(first, "yangjie")
    assert not any(second.id in held for held in boxes(second).values())
    assert "open" not in second.states().values()
    second.at("2026-11-18 09:25").unmerge("yangjie")
    assert (second.states(), second.case().state, second.case().due_at, boxes(second)) == before
    assert (whole(second), exact(second.ledger()), second.unbroken()) == (True, True, True)


def boxes(story):
    """Return who has which cases in the inbox of the groups, for all liaisons."""
    with story.database.reading(SYSTEM) as uow:
        people = [each.name for each in directory.people(uow) if "liaison" in each.roles]
    found = {}
    for name in people:
        with story.database.reading(story.actor(name)) as uow:
            found[name] = sorted(task.case_id for task in tasks.inbox(uow, limit=100))
    return found


# ---- any order at all


def whole(story):
    """Say whether the rows of the case's process are those of its state."""
    with story.database.reading(SYSTEM) as uow:
        case = uow.session.get_one(Case, story.id)
        tokens = State.load(case.state).tokens.items()
        open_states = (TaskState.OPEN, TaskState.PAUSED)
        rows = {
            "task": select(Task.token).where(Task.case_id == story.id, Task.state.in_(open_states)),
            "timer": select(Timer.token).where(Timer.case_id == story.id),
        }
        found = {kind: sorted(uow.session.scalars(query)) for kind, query in rows.items()}
        offered = select(Candidate.task_id).join(Task).where(Task.case_id == story.id).distinct()
        return found == {kind: sorted(key for key, each in tokens if each["is"] == kind) for kind in rows} and len(
            uow.session.scalars(offered).all()
        ) == len(found["task"])


def act_at_random(stories, chance):
    story, other = chance.sample(stories, 2)
    kind = chance.choice(["merge", "merge", "unmerge", "file", "handle", "close"])
    if kind == "merge":
        story.merge(other, chance.choice(["zhaoli", "yangjie"]))
    elif kind == "unmerge":
        story.unmerge()
    elif kind == "file":
        file(story)
    elif kind == "handle":
        story.do("liuyang", "handle", outcome="done", result="已劝离")
    else:
        story.do("chenjing", "verify", passed=True)
        story.do("zhaoli", "answer", answer=ANSWER)


@pytest.mark.parametrize("seed", range(5))
def test_after_any_order_of_merging_and_undoing_every_case_is_whole_again(city, clock, seed):
    chance, moment = random.Random(seed), local("2026-11-17 09:10")
    stories = [Told(city, clock, f"2026-11-17 09:0{n}", 5 * n) for n in range(4)]
    for _ in range(30):
        moment += timedelta(minutes=chance.randint(1, 9))
        stories[0].at(f"{moment:%Y-%m-%d %H:%M}")
        try:
            act_at_random(stories, chance)
        except (EngineError, ValueError):
            continue
    for story in stories * 2:
        with contextlib.suppress(ConflictError):
            story.unmerge()
    stories[0].at(f"{moment:%Y-%m-%d %H:%M}")
    for story in stories:
        row, case = story.clock_row(), story.case()
        assert case.closed_at or row.started_at == (row.dispatched_at or case.opened_at)
        assert case.closed_at or case.due_at == row.started_at + timedelta(hours=2)
        assert whole(story)
        assert exact(story.ledger())
        assert not {"merged_into", "reports"} & set(case.summary)
    assert stories[0].unbroken()
