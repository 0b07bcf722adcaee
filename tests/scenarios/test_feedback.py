"""S14 and S15: rework, empty answers, call-backs, and the same case opened again one level higher."""

import io

import pytest
from PIL import Image

from engine import attachments, feedback, reopening, reporters, reports, tasks
from engine.errors import ConflictError, ForbiddenError, InvalidError, RefusedError
from engine.feedback import Said
from engine.feedback_models import ReCheck
from engine.models import Assessment, Case
from engine.uow import PUBLIC, SYSTEM
from tests.scenarios.story import Story, close, file

COLD = "120304"
EMPTY = "网友：您好！留言已收悉"
REAL = "经现场核实，3 号楼换热站循环泵故障；已于 11 月 20 日更换并恢复供热"


@pytest.fixture
def cold(city, clock):
    story = file(Story(city, clock, COLD, "2026-11-19 15:00"))
    assert story.due() == "2026-11-20 15:00:00"
    story.at("2026-11-20 09:00").do("songtao", "handle", outcome="done", result="已更换循环泵")
    story.do("chenjing", "verify", passed=True)
    return story


def counted(story):
    with story.database.reading(SYSTEM) as uow:
        return uow.session.get_one(Assessment, story.id)


def unhappy(story):
    said = Said(True, responded=True, solved=False, score=1, comment="家里还是 14 度")
    story.act("liqiang", feedback.call_back, story.id, said)


# ---- S15


def test_s15_an_empty_answer_is_refused_with_what_is_missing(cold):
    with pytest.raises(RefusedError) as refused:
        cold.do("songtao", "answer", answer=EMPTY)
    assert refused.value.words["zh"] == "答复缺少：查明的情况、采取的措施、办理时间；请补充后再提交"
    assert "what was found, what was done, when it was done" in refused.value.words["en"]
    (kept,) = cold.entries("answer.refused")
    assert (kept["rule"], kept["version"], kept["values"]) == ("answer_rule", 1, {"answer": EMPTY})
    assert cold.actors("answer.refused") == ["songtao"]
    assert "answer" in cold.inbox("songtao")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("经现场核实，循环泵故障，正在等待配件", "采取的措施、办理时间"),
        ("已于 11 月 20 日更换循环泵并恢复供热", "查明的情况"),
        ("经现场核实，已更换循环泵并恢复供热", "办理时间"),
    ],
)
def test_s15_each_missing_element_is_named(cold, text, missing):
    with pytest.raises(RefusedError) as refused:
        cold.do("songtao", "answer", answer=text)
    assert refused.value.words["zh"] == f"答复缺少：{missing}；请补充后再提交"


def test_s15_after_a_bad_call_back_the_same_case_goes_on_one_level_higher(cold):
    cold.do("songtao", "answer", answer=REAL)
    assert cold.case().closed_at
    unhappy(cold.at("2026-11-21 09:00"))
    case = cold.case()
    assert (case.number, case.closed_at, case.summary["escalated"]) == (cold.number, None, 1)
    assert {"handle", "raise_act"} <= set(cold.inbox("songtao"))
    assert (cold.due(), case.summary["co_owner"]) == ("2026-11-22 09:00:00", "RLGS")
    with cold.database.reading(SYSTEM) as uow:
        assert uow.session.query(Case).count() == 1
        (rate,) = feedback.rates(uow)
    assert (rate.unit, rate.asked, rate.responded, rate.solved, rate.satisfied) == ("RLGS", 1, 100, 0, 0)
    (opened,) = cold.entries("case.reopened")
    assert (opened["through"], opened["turn"], opened["level"]) == ("call-back", 2, 1)


def test_s15_it_counts_against_the_original_handling(cold):
    cold.do("songtao", "answer", answer=REAL)
    unhappy(cold.at("2026-11-21 09:00"))
    figures = counted(cold).figures
    assert (figures["responded"], figures["solved"], figures["satisfied"], figures["reopened"]) == (1, 0, 0, 1)
    cold.at("2026-11-23 09:00").do("songtao", "handle", outcome="done", result="已清洗管网")
    cold.do("chenjing", "verify", passed=True)
    cold.do("songtao", "answer", answer="经核实支管堵塞，已于 11 月 23 日清洗，室温 20 度")
    assert counted(cold).on_time
    assert counted(cold).figures["solved"] == 0
    assert [turn["on_time"] for turn in counted(cold).figures["turns"]] == [False]
    cold.act("liqiang", feedback.call_back, cold.id, Said(True, True, True, 3))
    assert counted(cold).figures["turns"][0]["satisfied"] == 1
    assert (cold.case().closed_at is not None, cold.unbroken()) == (True, True)


def test_s15_both_texts_are_kept_and_the_reporter_follows_without_signing_in(cold):
    with pytest.raises(RefusedError):
        cold.do("songtao", "answer", answer=EMPTY)
    cold.do("songtao", "answer", answer=REAL)
    texts = [each["values"]["answer"] for each in cold.entries("answer.refused")]
    texts += [each["values"]["answer"] for each in cold.entries("task.completed") if each["activity"] == "answer"]
    assert texts == [EMPTY, REAL]
    unhappy(cold)
    with cold.database.reading(PUBLIC) as uow:
        assert reports.follow(uow, cold.case().token).closed_at is None


def test_s15_after_reopening_the_case_is_on_top_of_the_inbox(cold):
    cold.do("songtao", "answer", answer=REAL)
    other = file(Story(cold.database, cold.clock, COLD, "2026-11-20 10:00"))
    unhappy(cold.at("2026-11-20 11:00"))
    with cold.database.reading(cold.actor("songtao")) as uow:
        first = tasks.inbox(uow)[0]
    assert (first.case_id, other.id != first.case_id) == (cold.id, True)


def test_a_repeated_reopening_climbs_to_the_street_and_the_city(cold):
    cold.do("songtao", "answer", answer=REAL)
    with cold.database.transaction(PUBLIC) as uow:
        reporters.reopen(uow, cold.case().token, "还是不热")
    for person in ("yangjie", "nara"):
        cold.do("songtao", "handle", outcome="done", result="已处置")
        cold.do("chenjing", "verify", passed=True)
        cold.do("songtao", "answer", answer=REAL)
        unhappy(cold)
        assert "raise_act" in cold.inbox(person)
        assert "raise_act" in cold.inbox("songtao")
    assert cold.case().summary["reopened"] == 3


def test_whoever_handled_it_makes_no_call_back_and_an_open_case_takes_none(cold):
    with pytest.raises(ConflictError, match="not closed"):
        unhappy(cold)
    cold.do("songtao", "answer", answer=REAL)
    with pytest.raises(ForbiddenError, match="answer or verify"):
        cold.act("songtao", feedback.call_back, cold.id, Said(True, True, True, 3))
    with pytest.raises(InvalidError, match="comment"):
        cold.act("liqiang", feedback.call_back, cold.id, Said(True, True, False, 1))


def test_who_is_not_reached_is_called_three_times(cold):
    cold.do("songtao", "answer", answer=REAL)
    for _ in range(3):
        with cold.database.reading(cold.actor("liqiang")) as uow:
            assert [case.id for case in feedback.to_call(uow)] == [cold.id]
        cold.act("liqiang", feedback.call_back, cold.id, Said(reached=False))
    with cold.database.reading(cold.actor("liqiang")) as uow:
        assert (feedback.to_call(uow), feedback.rates(uow)) == ([], [])


def rate(story, *said):
    with story.database.transaction(PUBLIC) as uow:
        reporters.rate(uow, story.case().token, *said)


def rates(story):
    with story.database.reading(SYSTEM) as uow:
        return [(each.asked, each.solved, each.satisfied) for each in feedback.rates(uow)]


def test_whoever_is_not_satisfied_and_does_not_say_whether_it_is_solved_is_called(cold):
    cold.do("songtao", "answer", answer=REAL)
    rate(cold, 1, "")
    assert rates(cold) == []
    with cold.database.reading(cold.actor("liqiang")) as uow:
        assert [case.id for case in feedback.to_call(uow)] == [cold.id]


def test_a_rating_that_says_not_solved_opens_the_case_again_and_needs_a_word(cold):
    cold.do("songtao", "answer", answer=REAL)
    with pytest.raises(InvalidError, match="comment"):
        rate(cold, 1, "", False)
    rate(cold, 1, "家里还是 14 度", False)
    assert cold.case().closed_at is None
    assert rates(cold) == [(1, 0, 0)]


def test_a_reporter_who_rates_and_opens_again_later_counts_once(cold):
    cold.do("songtao", "answer", answer=REAL)
    rate(cold, 3, "", True)
    assert rates(cold) == [(1, 100, 100)]
    with cold.database.transaction(PUBLIC) as uow:
        reporters.reopen(uow, cold.case().token, "夜里又不热了")
    assert rates(cold) == [(1, 0, 0)]


# ---- re-checks


def test_the_draw_is_a_function_of_the_case_and_comes_to_its_share():
    drawn = [reopening.drawn(f"00000000-0000-7000-8000-{n:012}", 5, 1) for n in range(20_000)]
    assert 900 < sum(drawn) < 1100
    assert drawn == [reopening.drawn(f"00000000-0000-7000-8000-{n:012}", 5, 1) for n in range(20_000)]


def test_a_re_check_that_fails_opens_the_same_case_again(cold):
    cold.do("songtao", "answer", answer=REAL)
    with cold.database.transaction(SYSTEM) as uow:
        if uow.session.get(ReCheck, (cold.id, 1)) is None:
            uow.session.add(ReCheck(case_id=cold.id, turn=1, share=5, drawn_at=uow.now, comment=""))
    cold.act("chenjing", feedback.check_again, cold.id, False, "仍不热")
    assert cold.case().closed_at is None
    assert (counted(cold).figures["rechecked"], cold.entries("case.reopened")[0]["through"]) == (0, "re-check")


# ---- proof


def photo(story, name):
    story.act(name, attachments.add_photo, story.id, "photo.jpg", picture())


def picture():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return out.getvalue()


def test_a_check_passes_only_with_an_after_photo_where_there_is_a_before_photo(city, clock):
    story = Story(city, clock, "050101", "2026-11-16 10:20")
    photo(story, "zhaoli")
    file(story)
    story.at("2026-11-16 14:40").do("wanglin", "handle", outcome="done", result="已清运")
    with pytest.raises(RefusedError, match="none from after"):
        story.do("chenjing", "verify", passed=True)
    photo(story, "chenjing")
    story.do("chenjing", "verify", passed=True)
    close_answer = "经现场查看，已于今日下午清运"
    story.do("zhaoli", "answer", answer=close_answer)
    assert story.case().closed_at


def test_an_outcome_class_stands_in_the_assessment(city, clock):
    story = file(Story(city, clock, "050101", "2026-11-16 10:20"))
    story.do("wanglin", "handle", outcome="done", result="已清运")
    story.do("chenjing", "verify", passed=True)
    story.do("zhaoli", "answer", answer="经核实不在辖区，今日已转邻区办理", settled_as="transferred")
    assert counted(story).figures["class"] == "transferred"
    other = file(Story(city, clock, "050101", "2026-11-16 11:00"))
    close(other, "wanglin")
    assert counted(other).figures["class"] == "solved"


def test_a_check_that_fails_needs_a_comment(city, clock):
    story = file(Story(city, clock, "050101", "2026-11-16 10:20"))
    story.do("wanglin", "handle", outcome="done", result="已清运")
    for comment in ({}, {"comment": " "}):
        with pytest.raises(RefusedError, match="needs a comment"):
            story.do("chenjing", "verify", passed=False, **comment)
    story.do("chenjing", "verify", passed=False, comment="仍有垃圾")
    assert "handle" in story.inbox("wanglin")
    story.do("wanglin", "handle", outcome="done", result="已清运")
    with pytest.raises(RefusedError, match="needs a comment"):
        story.do("chenjing", "verify", passed=False)


def test_a_grid_officer_verifies_on_the_spot_and_makes_no_call_backs(city, clock):
    story = file(Story(city, clock, "050101", "2026-11-16 10:20"))
    story.do("wanglin", "handle", outcome="done", result="已清运")
    with city.reading(story.actor("wangmin")) as uow:
        assert [task.case_id for task in tasks.to_verify(uow)] == [story.id]
        assert not feedback.may_call(uow)
    story.do("wangmin", "verify", passed=True)
    assert "answer" in story.inbox("zhaoli")


def test_a_short_answer_is_told_what_it_lacks(cold):
    with pytest.raises(RefusedError) as refused:
        cold.do("songtao", "answer", answer="已收到")
    assert refused.value.words["zh"].startswith("答复缺少：")
