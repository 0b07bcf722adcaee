"""What is refused in a case names the rule, says what is possible instead, and stands in the case's chain."""

import pytest

from engine import tasks
from engine.errors import ConflictError, ForbiddenError
from engine.models import Task
from engine.uow import SYSTEM
from tests.scenarios.story import Story, close, file
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor

MORNING = "2026-11-16 09:00"


@pytest.fixture
def bins(city, clock):
    return file(Story(city, clock, "050104", MORNING))


def handling(story):
    with story.database.reading(SYSTEM) as uow:
        found = uow.session.query(Task).filter_by(case_id=story.id, activity_id="handle").one()
        return found.id


def test_who_may_not_do_it_is_refused_and_the_chain_says_so(bins):
    with pytest.raises(ForbiddenError):
        bins.act("yangjie", tasks.complete_task, handling(bins), {"outcome": "done", "result": "已办"})
    (kept,) = bins.entries("access.refused")
    assert (kept["rule"], kept["version"], bins.actors("access.refused")) == ("access", 1, ["yangjie"])
    assert bins.states()["handle"] == "open"
    assert bins.unbroken()


def test_the_second_of_two_is_refused_and_the_chain_says_so(bins):
    task_id = handling(bins)
    close(bins, "wanglin")
    with pytest.raises(ConflictError):
        bins.act("wanglin", tasks.complete_task, task_id, {"outcome": "done", "result": "已办"})
    assert [each["rule"] for each in bins.entries("state.refused")] == ["state"]


@pytest.mark.parametrize(
    ("speak", "way", "rule", "line"),
    [
        (Visitor, "请有权限的人办理", "规则 access，第 1 版", "无权限，未予办理"),
        (english, "Ask somebody who may", "rule access, version 1", "Refused: not allowed"),
    ],
)
def test_the_page_names_the_rule_and_the_way_out(app, bins, speak, way, rule, line):  # noqa: F811
    visitor, url = speak(app, "yangjie"), f"/tasks/{handling(bins)}"
    answer = visitor.post(url, f"{url}/complete", outcome="done", result="已办结")
    assert answer.status_code == 403
    assert way in answer.text
    assert rule in answer.text
    page = visitor.get(f"/cases/{bins.id}").text
    assert line in page
    assert rule in page


def test_a_look_at_what_a_bulk_action_would_do_leaves_nothing_behind(app, bins):  # noqa: F811
    visitor = Visitor(app, "wanglin")
    values = {"task": str(handling(bins)), "action": "complete", "outcome": "send_back", "result": "不是本单位的"}
    before = len(bins.entries("return.refused"))
    visitor.post("/inbox", "/inbox/bulk", phase="look", **values)
    assert len(bins.entries("return.refused")) == before == 0
