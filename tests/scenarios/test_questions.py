"""Units ask each other inside a case, with a limit to answer: exact times, inboxes, and what the chain says."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from engine import (
    calendars,
    clock_requests,
    deployments,
    duty_clock,
    execution,
    merges,
    news,
    questions,
    reopening,
    search,
    tasks,
)
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, RefusedError
from engine.models import Case, Membership, Person
from engine.uow import SYSTEM
from tests.conftest import PROCESSES
from tests.integration.test_duty_clock import CITY_FILE
from tests.scenarios.story import Story, close, file, local
from tests.scenarios.test_joint import PASSAGE, come

LAMP, COVER, RELIEF = "020104", "010103", "120105"  # street lamp and cover: SZGY; the cover is grade A; relief: MZJ
ASK = "灯杆由你局建设，请问是否仍在质保期内？"
SAID = "质保期至 2027 年 6 月，由施工单位免费更换"


@pytest.fixture
def lamp(city, clock):
    return file(Story(city, clock, LAMP, "2026-11-23 09:00"))


def rows(story):
    """Return the questions of the case, the oldest first."""
    with story.database.reading(SYSTEM) as uow:
        return sorted(questions.of_case(uow, story.id), key=lambda row: row.asked_at)


def ask(story, name="sunlei", unit="ZJJ", text=ASK):
    return story.act(name, questions.ask, story.id, unit, text).id


def refused(story, *given, match):
    """Ask, and return why the table said no, in Chinese."""
    with pytest.raises(RefusedError, match=match) as refusal:
        ask(story, *given)
    return refusal.value.words["zh"]


def lately(story):
    with story.database.reading(SYSTEM) as uow:
        return {each.unit: (each.asked, each.late, each.share) for each in questions.lately(uow)}


def round_the_clock(story, unit):
    """Let the unit work day and night."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    text = "date,kind,slots\n2026-01-01,holiday,\n" + "".join(f"{day},slots,00:00-24:00\n" for day in days)
    with story.database.transaction(SYSTEM) as uow:
        calendars.change(uow, unit, text, "全天值守")


# ---- asked and answered


def test_a_unit_asks_another_which_answers_within_four_working_hours(lamp):
    due = lamp.due()
    ask(lamp.at("2026-11-23 09:30"))
    assert lamp.inbox("hebing") == ["answer_question"]
    (asked,) = lamp.entries("question.asked")
    assert (asked["unit"], asked["asker_unit"], asked["why"]) == ("ZJJ", "SZGY", ASK)
    assert (asked["limit_value"], asked["limit_unit"], asked["limit_calendar"]) == ("4", "work_hours", "city")
    assert rows(lamp)[0].due_at == local("2026-11-23 16:00")
    lamp.at("2026-11-23 11:00").do("hebing", "answer_question", reply=SAID)
    (row,) = rows(lamp)
    assert (row.answer, row.answered_by, row.answered_at) == (SAID, "hebing", local("2026-11-23 11:00"))
    assert (row.late_at, lamp.inbox("hebing"), lamp.due()) == (None, [], due)
    (answered,) = lamp.entries("question.answered")
    assert (answered["why"], answered["late"]) == (SAID, False)
    assert lamp.actors("question.answered") == ["hebing"]
    assert lamp.unbroken()


def test_the_asker_keeps_the_case_and_its_clock_runs_on(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.do("hebing", "answer_question", reply=SAID)
    lamp.at("2026-11-23 10:30")
    assert [(span.unit, span.start, span.is_paused) for span in lamp.ledger().spans] == [
        ("SZGY", local("2026-11-23 09:00"), False)
    ]
    assert lamp.inbox("sunlei") == ["handle"]


def test_the_task_of_the_asked_unit_is_sorted_by_the_limit_of_the_question(city, clock):
    slow = file(Story(city, clock, LAMP, "2026-11-23 09:00"))
    ask(slow.at("2026-11-23 09:30"), unit="GPS")
    urgent = file(Story(city, clock, COVER, "2026-11-23 09:40"))
    ask(urgent, unit="GPS")
    with city.reading(slow.actor("gaofeng")) as uow:
        mine = [task for task in tasks.inbox(uow) if task.activity_id == "answer_question"]
    assert [(task.case_id, task.due_at) for task in mine] == [
        (urgent.id, local("2026-11-23 10:10")),
        (slow.id, local("2026-11-23 16:00")),
    ]


def test_a_question_in_a_case_of_grade_a_is_to_be_answered_in_half_an_hour_at_night_too(city, clock):
    story = file(Story(city, clock, COVER, "2026-11-22 22:00"))
    ask(story, unit="GPS")
    assert rows(story)[0].due_at == local("2026-11-22 22:30")


def test_the_limit_is_that_of_the_table_when_the_case_began(city, clock):
    old = file(Story(city, clock, LAMP, "2026-11-23 09:00"))
    table = (
        (PROCESSES / "incident" / "question-limit.dmn").read_text("utf-8").replace("<text>4</text>", "<text>1</text>")
    )
    with city.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"question-limit.dmn": table.encode()})
    new = file(Story(city, clock, LAMP, "2026-11-23 09:00"))
    ask(old)
    ask(new)
    assert (rows(old)[0].due_at, rows(new)[0].due_at) == (local("2026-11-23 15:30"), local("2026-11-23 10:00"))


def test_the_limit_counts_by_the_calendar_of_the_asked_unit(lamp):
    round_the_clock(lamp, "GPS")
    lamp.at("2026-11-23 17:00")
    ask(lamp, unit="GPS")
    ask(lamp, unit="ZJJ")
    assert {row.unit_code: row.due_at for row in rows(lamp)} == {
        "GPS": local("2026-11-23 21:00"),
        "ZJJ": local("2026-11-24 12:00"),
    }
    with lamp.database.reading(lamp.actor("sunlei")) as uow:
        offered = questions.offered(uow, uow.session.get_one(Case, lamp.id))
    assert (offered.due, offered.own) == (local("2026-11-24 12:00"), {"GPS": local("2026-11-23 21:00")})
    assert "SZGY" not in offered.units


def test_several_questions_are_open_at_once_to_different_units_and_to_the_same(lamp):
    first = ask(lamp.at("2026-11-23 09:30"))
    ask(lamp.at("2026-11-23 09:40"), unit="GPS", text="地下水管埋深多少？")
    ask(lamp.at("2026-11-23 09:50"), text="竣工图由谁保管？")
    assert lamp.inbox("hebing") == ["answer_question", "answer_question"]
    with lamp.database.transaction(lamp.actor("hebing")) as uow:
        mine = [task for task in tasks.inbox(uow, "groups", limit=500) if task.case_id == lamp.id]
        about = {questions.of_task(uow, task).text: task.id for task in mine}
        tasks.complete_task(uow, about["竣工图由谁保管？"], {"reply": "由城建档案馆保管，联系电话见附件"})
    open_now = [(row.unit_code, row.text) for row in rows(lamp) if row.is_open]
    assert open_now == [("ZJJ", ASK), ("GPS", "地下水管埋深多少？")]
    assert rows(lamp)[0].id == first
    assert rows(lamp)[2].answer.startswith("由城建档案馆")


def test_whoever_asked_is_told_of_the_answer_and_so_is_a_colleague_who_has_the_case_now(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.claim("zhaogong", "handle")
    lamp.do("hebing", "answer_question", reply=SAID)
    for name in ("sunlei", "zhaogong"):
        with lamp.database.reading(lamp.actor(name)) as uow:
            assert [(notice.kind, notice.text) for notice, _case in news.notices(uow)] == [("answered", SAID)]


def test_the_asked_unit_may_read_the_case_and_ask_back(lamp):
    assert not _may_see(lamp, "hebing")
    with pytest.raises(NotFoundError, match="no such case"):
        ask(lamp, "hebing", "SZGY")
    ask(lamp)
    assert _may_see(lamp, "hebing")
    ask(lamp, "hebing", "SZGY", "灯杆编号是多少？")
    assert sorted(lamp.inbox("sunlei")) == ["answer_question", "handle"]


def _may_see(story, name):
    with story.database.reading(story.actor(name)) as uow:
        return bool(search.find(uow, search.Wanted(text=story.number), limit=1, offset=0))


# ---- late


def test_who_has_not_answered_by_the_limit_is_marked_and_the_head_is_asked_why(lamp):
    ask(lamp.at("2026-11-23 09:30"), unit="DLGS")
    lamp.at("2026-11-23 15:59:59")
    assert lamp.entries("question.late") == []
    lamp.at("2026-11-23 16:00")
    (late,) = lamp.entries("question.late")
    assert (late["unit"], late["people"]) == ("DLGS", ["dingrui"])
    assert (lamp.inbox("haojian"), sorted(lamp.inbox("dingrui"))) == (
        ["answer_question"],
        ["answer_question", "explain_late"],
    )
    lamp.at("2026-11-23 17:00").do("haojian", "answer_question", reply="该线路 11 月 25 日停电检修")
    assert lamp.inbox("dingrui") == ["explain_late"]
    lamp.do("dingrui", "explain_late", why_late="值班员外出抢修")
    (row,) = rows(lamp)
    assert (row.late_at, row.answered_at) == (local("2026-11-23 16:00"), local("2026-11-23 17:00"))
    assert (row.explanation, row.explained_by) == ("值班员外出抢修", "dingrui")
    assert lamp.entries("question.explained")[0]["why"] == "值班员外出抢修"
    assert [each["late"] for each in lamp.entries("question.answered")] == [True]
    assert lamp.unbroken()


def test_where_the_asked_unit_has_no_head_whoever_is_above_it_explains(lamp):
    with lamp.database.transaction(SYSTEM) as uow:
        uow.session.execute(delete(Membership).where(Membership.group_key == "unit:ZJJ:head"))
    ask(lamp.at("2026-11-23 09:30"))
    (late,) = lamp.at("2026-11-23 16:00").entries("question.late")
    assert late["people"] == ["batu"]
    lamp.do("batu", "explain_late", why_late="已督促该局今日答复")
    assert rows(lamp)[0].explained_by == "batu"


def test_an_answer_before_the_limit_leaves_nothing_to_explain(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.at("2026-11-23 15:59").do("hebing", "answer_question", reply=SAID)
    lamp.at("2026-11-24 10:00")
    assert (lamp.entries("question.late"), lamp.inbox("hebing")) == ([], [])


def test_an_answer_that_comes_late_while_the_worker_is_down_is_marked_at_the_limit_and_once(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.clock.set(local("2026-11-23 17:00"))
    lamp.do("hebing", "answer_question", reply=SAID)
    assert rows(lamp)[0].late_at == local("2026-11-23 16:00")
    assert lamp.inbox("hebing") == ["explain_late"]
    lamp.at("2026-11-23 17:10")
    assert len(lamp.entries("question.late")) == 1
    assert lamp.inbox("hebing") == ["explain_late"]


def test_a_worker_that_was_down_marks_it_when_it_comes_back_with_the_time_of_the_limit(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.at("2026-11-24 09:00")
    assert (len(lamp.entries("question.late")), rows(lamp)[0].late_at) == (1, local("2026-11-23 16:00"))


def test_units_are_counted_for_how_often_they_answered_late(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    ask(lamp, unit="GPS")
    lamp.do("gaofeng", "answer_question", reply="埋深 1.2 米，图已上传")
    lamp.at("2026-11-23 16:00")
    assert lately(lamp) == {"ZJJ": (1, 1, 0), "GPS": (1, 0, 100)}
    with lamp.database.reading(SYSTEM) as uow:
        found = {
            unit: search.find(uow, search.Wanted(counted="slow", counted_of=unit), limit=9, offset=0)
            for unit in ("ZJJ", "GPS")
        }
    assert {unit: [case.number for case in cases] for unit, cases in found.items()} == {"ZJJ": [lamp.number], "GPS": []}
    lamp.at("2026-12-24 10:00")
    assert lately(lamp) == {}


# ---- withdrawn, paused, closed


def test_the_asker_withdraws_a_question_and_the_task_goes(lamp):
    found = ask(lamp.at("2026-11-23 09:30"))
    with pytest.raises(ForbiddenError, match="only the unit that asked"):
        lamp.act("hebing", questions.withdraw, found)
    lamp.at("2026-11-23 10:00").act("zhaogong", questions.withdraw, found)
    (row,) = rows(lamp)
    assert (row.withdrawn_by, row.withdrawn_at, row.late_at) == ("zhaogong", local("2026-11-23 10:00"), None)
    assert (lamp.inbox("hebing"), lamp.states()["answer_question"]) == ([], "cancelled")
    assert lamp.actors("question.withdrawn") == ["zhaogong"]
    with pytest.raises(ConflictError, match="over already"):
        lamp.act("sunlei", questions.withdraw, found)
    lamp.at("2026-11-24 10:00")
    assert lamp.entries("question.late") == []


def test_the_right_question_of_several_is_withdrawn(lamp):
    first, second = ask(lamp), ask(lamp, unit="GPS", text="地下水管埋深多少？")
    lamp.act("zhaoli", questions.withdraw, second)
    assert {row.id: row.is_open for row in rows(lamp)} == {first: True, second: False}
    assert (lamp.inbox("hebing"), lamp.inbox("gaofeng")) == (["answer_question"], [])


def test_what_is_withdrawn_after_the_limit_stays_late_and_is_explained_also_when_the_worker_was_down(lamp):
    found = ask(lamp.at("2026-11-23 09:30"))
    lamp.clock.set(local("2026-11-23 16:30"))
    lamp.act("sunlei", questions.withdraw, found)
    assert rows(lamp)[0].late_at == local("2026-11-23 16:00")
    assert lamp.at("2026-11-23 17:00").inbox("hebing") == ["explain_late"]
    assert len(lamp.entries("question.late")) == 1


def test_what_is_withdrawn_after_it_was_marked_is_explained_once(lamp):
    found = ask(lamp.at("2026-11-23 09:30"))
    lamp.at("2026-11-23 16:30").act("sunlei", questions.withdraw, found)
    assert lamp.inbox("hebing") == ["explain_late"]


def test_closing_the_case_ends_its_open_questions(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    ask(lamp, unit="GPS")
    lamp.do("gaofeng", "answer_question", reply="埋深 1.2 米，图已上传")
    close(lamp.at("2026-11-23 11:00"), "sunlei")
    ended, answered = (next(row for row in rows(lamp) if row.unit_code == unit) for unit in ("ZJJ", "GPS"))
    assert (ended.ended_at, ended.answered_at, ended.late_at) == (local("2026-11-23 11:00"), None, None)
    assert answered.answered_at is not None
    assert [each["unit"] for each in lamp.entries("question.ended")] == ["ZJJ"]
    assert lamp.inbox("hebing") == []
    lamp.at("2026-11-24 10:00")
    assert lately(lamp) == {"ZJJ": (1, 0, None), "GPS": (1, 0, 100)}


def test_who_was_late_when_the_case_was_closed_is_marked_although_the_worker_was_down(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.clock.set(local("2026-11-23 16:30"))
    close(lamp, "sunlei")
    assert rows(lamp)[0].late_at == local("2026-11-23 16:00")
    assert len(lamp.entries("question.late")) == 1


def test_a_pause_of_the_case_stands_still_for_its_questions(lamp):
    ask(lamp.at("2026-11-23 09:30"))
    lamp.at("2026-11-23 10:30").act(
        "sunlei", clock_requests.ask_pause, lamp.id, local("2026-11-25 08:30"), "等待备件到货"
    )
    lamp.do("liqiang", "approve", agreed=True)
    assert lamp.inbox("hebing") == []
    lamp.at("2026-11-24 17:00")
    assert lamp.entries("question.late") == []
    lamp.at("2026-11-25 08:30")
    assert lamp.inbox("hebing") == ["answer_question"]
    assert rows(lamp)[0].due_at == local("2026-11-25 11:30")
    with lamp.database.reading(lamp.actor("hebing")) as uow:
        (task,) = (each for each in tasks.inbox(uow) if each.activity_id == "answer_question")
    assert task.due_at == local("2026-11-25 11:30")
    lamp.at("2026-11-25 11:29:59")
    assert lamp.entries("question.late") == []
    lamp.at("2026-11-25 11:30")
    assert len(lamp.entries("question.late")) == 1


def test_a_changed_calendar_moves_the_limit_of_open_questions(lamp):
    ask(lamp.at("2026-11-23 17:00"))
    assert rows(lamp)[0].due_at == local("2026-11-24 12:00")
    with lamp.database.transaction(SYSTEM) as uow:
        calendars.change(uow, "ZJJ", CITY_FILE + "2026-11-24,holiday,\n", "单位休整")
        calendars.change(uow, "city", CITY_FILE + "2026-11-24,holiday,\n", "停电")
    assert duty_clock.recompute(lamp.database) == 1
    assert rows(lamp)[0].due_at == local("2026-11-25 12:00")
    assert [each["before"] for each in lamp.entries("question.moved")] == ["2026-11-24T04:00:00+00:00"]
    with lamp.database.transaction(SYSTEM) as uow:
        calendars.change(uow, "ZJJ", CITY_FILE + "2026-11-24,holiday,\n2026-11-25,holiday,\n", "单位休整")
    assert duty_clock.recompute(lamp.database) == 1
    assert rows(lamp)[0].due_at == local("2026-11-26 12:00")
    assert lamp.at("2026-11-26 11:59:59").entries("question.late") == []
    assert len(lamp.at("2026-11-26 12:00").entries("question.late")) == 1


def test_a_case_that_was_merged_and_is_parted_again_gives_the_asked_unit_its_whole_limit(lamp, city, clock):
    other = file(Story(city, clock, LAMP, "2026-11-23 09:20"))
    found = ask(other.at("2026-11-23 09:30"))
    other.act("zhaoli", merges.merge, other.id, lamp.id)
    assert other.inbox("hebing") == []
    with pytest.raises(ConflictError, match="over already"):
        other.act("sunlei", questions.withdraw, found)
    other.at("2026-11-24 09:00").act("zhaoli", merges.unmerge, other.id, "不是同一处")
    assert other.at("2026-11-24 09:00").inbox("hebing") == ["answer_question"]
    assert (rows(other)[0].late_at, rows(other)[0].due_at) == (None, local("2026-11-24 15:30"))
    assert len(other.at("2026-11-24 15:30").entries("question.late")) == 1


def test_time_left_is_counted_by_the_calendar_of_the_asked_unit(lamp):
    round_the_clock(lamp, "GPS")
    ask(lamp.at("2026-11-23 17:00"), unit="GPS")
    with lamp.database.reading(lamp.actor("gaofeng")) as uow:
        (task,) = tasks.inbox(uow)
        assert questions.time_left(uow, [task]) == {task.id: timedelta(hours=4)}


def test_whoever_asked_and_left_is_not_told_but_the_head_is(lamp):
    ask(lamp)
    with lamp.database.transaction(SYSTEM) as uow:
        uow.session.execute(update(Person).where(Person.name == "sunlei").values(is_active=False))
    lamp.do("hebing", "answer_question", reply=SAID)
    with lamp.database.reading(lamp.actor("zhaogong")) as uow:
        assert [notice.kind for notice, _case in news.notices(uow)] == ["answered"]


def test_an_answer_that_comes_after_the_question_was_withdrawn_is_refused(lamp):
    found = ask(lamp)
    with lamp.database.reading(lamp.actor("hebing")) as uow:
        (task,) = tasks.inbox(uow)
    lamp.act("sunlei", questions.withdraw, found)
    with pytest.raises(ConflictError, match="withdrawn"):
        lamp.act("hebing", tasks.complete_task, task.id, {"reply": SAID})
    assert rows(lamp)[0].answer is None


# ---- what is refused


def test_who_only_looks_at_the_case_does_not_ask(lamp):
    assert "只有承办单位" in refused(lamp, "admin", "ZJJ", match="question_rule, version 1")
    assert lamp.actors("question.refused") == ["admin"]


def test_one_s_own_unit_is_not_asked(lamp):
    assert "不能向本单位提问" in refused(lamp, "sunlei", "SZGY", match="question_rule, version 1")
    (kept,) = lamp.entries("question.refused")
    assert (kept["rule"], kept["values"]) == ("question_rule", {"unit": "SZGY", "text": ASK})
    assert rows(lamp) == []


def test_a_unit_without_people_is_not_asked(lamp):
    assert "没有可答复的人员" in refused(lamp, "sunlei", "XCQ-WGZX", match="nobody of that unit")


def test_a_fourth_question_to_the_same_unit_waits_for_an_answer(lamp):
    first, *_ = [ask(lamp, text=f"第 {number} 个问题？") for number in (1, 2, 3)]
    assert "已有 3 个问题未答复" in refused(lamp, "sunlei", "ZJJ", match="question_rule")
    ask(lamp, unit="GPS")
    lamp.act("sunlei", questions.withdraw, first)
    ask(lamp)
    assert sum(row.is_open for row in rows(lamp)) == 4


def test_nobody_asks_in_a_case_that_is_paused_or_closed(lamp):
    lamp.act("sunlei", clock_requests.ask_pause, lamp.id, local("2026-11-25 08:30"), "等待备件到货")
    lamp.do("liqiang", "approve", agreed=True)
    assert "挂账中" in refused(lamp, "sunlei", "ZJJ", match="paused")
    lamp.at("2026-11-25 08:30")
    close(lamp, "sunlei")
    assert "已结案" in refused(lamp, "sunlei", "ZJJ", match="closed")


def test_a_community_is_asked_only_about_what_is_on_its_list(lamp, city, clock):
    assert "不在社区准入清单内" in refused(lamp, "sunlei", "SQ-150102001007", match="admission_rule")
    assert rows(lamp) == []
    relief = file(Story(city, clock, RELIEF, "2026-11-23 09:00"))
    ask(relief, "liangxue", "SQ-150102001007", "该户是否常住？")
    assert relief.inbox("gaowa") == ["answer_question"]


@pytest.mark.parametrize("text", ["", "  ？ ", "x" * 1001])
def test_a_question_says_something(lamp, text):
    with pytest.raises(InvalidError):
        ask(lamp, text=text)
    with pytest.raises(NotFoundError, match="no unit"):
        ask(lamp, unit="NOBODY")


@pytest.mark.parametrize(
    "reply", ["已收悉", "已阅。", "收到，谢谢！", "好的，知悉", "我单位已收悉", "noted, thanks", " . "]
)
def test_a_bare_received_is_refused_and_what_is_missing_is_named(lamp, reply):
    ask(lamp)
    with pytest.raises(RefusedError, match="question_answer_rule, version 1") as refusal:
        lamp.do("hebing", "answer_question", reply=reply)
    assert "查明的事实或明确的结论" in refusal.value.words["zh"]
    (kept,) = lamp.entries("answer_question.refused")
    assert kept["values"] == {"reply": reply}
    assert lamp.inbox("hebing") == ["answer_question"]


def test_who_puts_the_answer_off_says_until_when(lamp):
    ask(lamp)
    with pytest.raises(RefusedError, match="by when") as refusal:
        lamp.do("hebing", "answer_question", reply="正在核实，稍后答复")
    assert "何时给出结论" in refusal.value.words["zh"]
    lamp.do("hebing", "answer_question", reply="正在核实，明天上午答复")
    assert rows(lamp)[0].answer == "正在核实，明天上午答复"


@pytest.mark.parametrize(
    "reply",
    ["不属于我单位管护", "是 2019 年建成的", "Yes, until June", "已登记，图纸见附件", "同意", "是", "否。"],
)
def test_a_short_answer_with_a_conclusion_is_one(lamp, reply):
    ask(lamp)
    lamp.do("hebing", "answer_question", reply=reply)
    assert rows(lamp)[0].answer == reply


# ---- who may ask


def test_the_clerk_asks_before_the_case_is_filed_and_grade_a_counts_already(city, clock):
    story = Story(city, clock, COVER, "2026-11-22 22:00")
    ask(story, "zhaoli", "GPS", "该处井盖是否为你公司产权？")
    assert rows(story)[0].due_at == local("2026-11-22 22:30")
    story.do("gaofeng", "answer_question", reply="产权属我公司，编号 0451")
    file(story)
    assert story.ledger().start == local("2026-11-22 22:00")


def test_a_unit_asks_in_a_case_that_was_opened_again(lamp):
    close(lamp.at("2026-11-23 11:00"), "sunlei")
    with lamp.at("2026-11-23 14:30").database.transaction(SYSTEM) as uow:
        reopening.reopen(uow, execution.locked_case(uow, lamp.id), "仍然不亮", "call-back")
    ask(lamp)
    lamp.do("hebing", "answer_question", reply=SAID)
    assert rows(lamp)[0].answered_by == "hebing"


def test_units_in_joint_enforcement_and_the_dispatcher_ask_too(city, clock):
    passage = file(Story(city, clock, PASSAGE, "2026-11-18 20:40"))
    come(passage.at("2026-11-18 20:50"), "CGJ")
    ask(passage, "liuyang", "GAJ", "堵塞车辆的车主联系方式？")
    ask(passage, "zhaoli", "HWZX", "能否派清运车？")
    assert passage.inbox("leiming") == ["answer_question"]
    assert [row.asker_unit for row in rows(passage)] == ["CGJ", "HDL-WGZX"]
