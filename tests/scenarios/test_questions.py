"""Units ask each other inside a case, with a limit to answer: exact times, inboxes, and what the chain says."""

import pytest

from engine import questions
from engine.uow import SYSTEM
from tests.scenarios.story import Story, file, local

LAMP = "020104"  # street lamp; SZGY handles it
ASK = "灯杆由你局建设，请问是否仍在质保期内？"


@pytest.fixture
def lamp(city, clock):
    return file(Story(city, clock, LAMP, "2026-11-23 09:00"))


def rows(story):
    with story.database.reading(SYSTEM) as uow:
        return questions.of_case(uow, story.id)


def ask(story, name="sunlei", unit="ZJJ", text=ASK):
    return story.act(name, questions.ask, story.id, unit, text).id


def test_a_unit_asks_another_which_answers_within_four_working_hours(lamp):
    due = lamp.due()
    ask(lamp.at("2026-11-23 09:30"))
    assert lamp.inbox("hebing") == ["answer_question"]
    assert lamp.inbox("sunlei") == ["handle"]
    (row,) = rows(lamp)
    assert row.due_at == local("2026-11-23 16:00")
    lamp.at("2026-11-23 11:00").do("hebing", "answer_question", reply="质保期至 2027 年 6 月，由施工单位免费更换")
    (row,) = rows(lamp)
    assert (row.answered_by, row.late_at) == ("hebing", None)
    assert lamp.inbox("hebing") == []
    assert lamp.due() == due
    assert lamp.unbroken()
