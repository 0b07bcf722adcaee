"""Cases that belong together, on the page of each; photos on their side; the rules by which a task is judged."""

import pytest

from engine import attachments, mediations
from engine.uow import SYSTEM
from tests.scenarios.story import Story, close, file
from tests.scenarios.test_mediation import ITEM, SETTLED, named
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor, a_photo

REFUSE = "050104"  # HWZX (wanglin) leads


@pytest.fixture
def case(city, clock):
    return file(Story(city, clock, REFUSE, "2026-11-16 09:00"))


def linked(app, name, story):  # noqa: F811
    page = Visitor(app, name).get(f"/cases/{story.id}").text
    return page[page.index('id="linked"') : page.index("</section>", page.index('id="linked"'))]


def test_an_appeal_and_its_case_lead_to_each_other(app, case):  # noqa: F811
    case.at("2026-11-19 09:00")
    close(case, "wanglin")
    page = f"/cases/{case.id}/clock"
    answer = Visitor(app, "wanglin").post(page, f"/cases/{case.id}/clock/appeal", reason="连续三日暴雪，道路封闭")
    assert answer.status_code == 302, answer.text
    assert "超时申诉" in linked(app, "yangjie", case)


def test_a_return_visit_and_its_case_lead_to_each_other(app, city, clock):  # noqa: F811
    dispute = named(file(Story(city, clock, ITEM, "2026-11-16 09:30")))
    dispute.do("hebing", "mediate", **SETTLED)
    with city.reading(SYSTEM) as uow:
        visit = object.__new__(Story)
        visit.id = mediations.agreements(uow, dispute.id)[0].visit_case_id
    assert "协议回访" in linked(app, "yangjie", dispute)
    assert dispute.number in linked(app, "yangjie", visit)


def test_somebody_links_a_case_by_its_number_and_takes_that_back(app, case, city, clock):  # noqa: F811
    other = file(Story(city, clock, REFUSE, "2026-11-16 09:30"))
    visitor, page = Visitor(app, "wanglin"), f"/cases/{case.id}"
    assert visitor.post(page, f"{page}/links", number=other.number).status_code == 302
    assert other.number in linked(app, "wanglin", case)
    assert case.number in linked(app, "wanglin", other)
    assert [each["number"] for each in case.entries("case.linked")] == [other.number]
    again = visitor.post(page, f"{page}/links", number=other.number)
    assert (again.status_code, "已经关联" in again.text) == (409, True)
    visitor.post(page, f"{page}/links", part=str(other.id))
    assert other.number not in linked(app, "wanglin", case)


@pytest.mark.parametrize("number", ["2026-999999", "own", "hidden"])
def test_a_number_that_leads_to_no_case_that_one_may_see_is_refused_alike(app, case, city, clock, number):  # noqa: F811
    hidden = file(Story(city, clock, "080102", "2026-11-16 09:30"))
    typed = {"own": case.number, "hidden": hidden.number}.get(number, number)
    answer = Visitor(app, "wanglin").post(f"/cases/{case.id}", f"/cases/{case.id}/links", number=typed)
    assert (answer.status_code, "不是您可以查看的其他案件" in answer.text) == (422, True)


# ---- photos


def photo(story, name):
    story.act(name, attachments.add_photo, story.id, "x.jpg", a_photo().read())


def sides(app, name, story):  # noqa: F811
    page = Visitor(app, name).get(f"/cases/{story.id}").text
    return page.count('alt="处置前'), page.count('alt="处置后')


def test_photos_added_until_dispatch_show_how_it_was_and_later_ones_how_it_is(app, city, clock):  # noqa: F811
    story = Story(city, clock, REFUSE, "2026-11-16 09:00")
    story.at("2026-11-16 09:05")
    photo(story, "zhaoli")
    assert sides(app, "zhaoli", story) == (1, 0)
    file(story).at("2026-11-16 09:30")
    photo(story, "wanglin")
    assert sides(app, "wanglin", story) == (1, 1)
    assert sides(app, "zhaoli", story) == (1, 1)


# ---- by which rule


def test_a_task_names_the_tables_by_which_it_is_judged_with_their_version(app, case):  # noqa: F811
    url = task_url(case, "wanglin", "handle")
    page = Visitor(app, "wanglin").get(url).text
    assert "判定规则" in page
    assert "return_rule · 第 1 版" in page
    assert "enforcement_rule · 第 1 版" in page
    case.do("wanglin", "handle", outcome="done", result="已处置完毕")
    page = english(app, "chenjing").get(task_url(case, "chenjing", "verify")).text
    assert "Proof" in page
    assert "proof_rule · version 1" in page.lower()
