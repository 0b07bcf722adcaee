"""Cases driven at random through the deployed diagrams: always exactly one holder, and sums that are exact."""

import itertools
import random
from datetime import timedelta

import pytest

from engine import calendars, clock_requests, joint, ledger
from engine.errors import EngineError
from engine.models import Case
from engine.uow import SYSTEM
from tests.scenarios.story import Story, file

PEOPLE = ("zhaoli", "liqiang", "sunlei", "zhaogong", "gaofeng", "duanyu", "wanglin", "chenjing", "zhouwei", "batu")
ANSWERS = {
    "handle": [{"outcome": "done", "result": "完成"}, {"outcome": "send_back", "result": "不属于", "basis": "第三条"}],
    "handle_in_street": [{"outcome": "done", "result": "完成"}],
    "redispatch": [{"unit": unit} for unit in ("SZGY", "GPS", "TXYY", "HWZX")],
    "adjudicate": [
        {"lead": "SZGY", "area": "grid", "text": "由市政牵头办理", "basis": "条例"},
        {"lead": "GPS", "co": ["SZGY"], "area": "grid", "text": "由供排水公司牵头办理", "basis": "条例"},
    ],
    "close_joint": [{"summary": "已办结"}],
    "verify": [{"passed": True}, {"passed": False, "comment": "不行"}],
    "answer": [{"answer": "已于今日派员到场处置完毕，请放心"}],
    "agree": [{"agreed": True}, {"agreed": False}],
    "approve": [{"agreed": True}, {"agreed": False}],
}


def step(story, chance):
    """Let a random person do something that may or may not be allowed."""
    name = chance.choice(PEOPLE)
    offered = [each for each in story.inbox(name) if each in ANSWERS]
    kind = chance.random()
    if kind < 0.2:
        until = story.clock.now() + timedelta(hours=chance.randint(1, 60))
        story.act(name, clock_requests.ask_pause, story.id, until, "等待")
    elif kind < 0.35:
        story.act(name, clock_requests.ask_extension, story.id, "需要时间")
    elif offered and kind < 0.55:
        story.claim(name, chance.choice(offered))
    elif offered:
        activity = chance.choice(offered)
        values = dict(chance.choice(ANSWERS[activity]))
        if activity == "close_joint":
            with story.database.reading(SYSTEM) as uow:
                values |= {f"missing.{row.unit_code}": "另有任务" for row in joint.lacking(uow, story.id)}
        story.do(name, activity, **values)


@pytest.mark.parametrize("seed", range(6))
def test_at_every_moment_exactly_one_holds_the_case(city, clock, seed):
    chance = random.Random(seed)
    story = file(Story(city, clock, chance.choice(["020104", "050104", "010103", "900103"]), "2026-09-28 16:00"))
    moment = story.clock.now()
    for _ in range(40):
        moment += timedelta(seconds=chance.randint(0, 20_000))
        story.at(local_text(moment))
        try:
            step(story, chance)
        except EngineError:
            continue
        if story.case().closed_at:
            break
    with city.reading(SYSTEM) as uow:
        case = uow.session.get_one(Case, story.id)
        book, now = ledger.ledger(uow, case), ledger.holder(case)
        calendar, row = calendars.current(uow), story.clock_row()
    assert sum((span.natural for span in book.spans), timedelta()) == book.end - book.start
    assert sum((span.working for span in book.spans), timedelta()) == calendar.between(book.start, book.end, row.unit)
    assert all(before.end == after.start for before, after in itertools.pairwise(book.spans))
    assert "nobody" not in book.by_unit()
    if now is not None and book.spans:
        assert (book.spans[-1].unit, book.spans[-1].person) == (now.unit, now.person) or now.since == book.end
    assert story.unbroken()


def local_text(moment):
    """Return the moment as the stories write it."""
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
