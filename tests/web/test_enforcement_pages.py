"""The pages of enforcement outcomes: noting one beside the task, what is refused, the list, the board."""

import re

import pytest

from tests.scenarios.story import Story, file
from tests.scenarios.test_enforcement import ORDER, SPOT, STALL, check_of, note, offences
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor


@pytest.fixture
def stall(city, clock):
    return file(Story(city, clock, STALL, "2026-11-16 09:00", spot=SPOT))


def test_an_outcome_is_noted_beside_the_task_and_stands_on_the_page_of_the_case(app, stall):  # noqa: F811
    visitor, url = Visitor(app, "liuyang"), task_url(stall, "liuyang", "handle")
    assert "登记执法结果" in visitor.get(url).text
    assert visitor.post(url, f"{url}/outcomes", **ORDER).status_code == 302
    page = visitor.get(f"/cases/{stall.id}").text
    assert "责令改正" in page
    assert "张三烧烤" in page
    assert "改正复查" in page
    assert "登记执法结果" in page[page.index('id="happened"') :]
    assert "张三" not in Visitor(app, "auditor").get(f"/cases/{stall.id}").text


@pytest.mark.parametrize(("speak", "why"), [(Visitor, "须写明当事人"), (english, "a penalty names the party")])
def test_what_the_rule_refuses_is_said_and_nothing_typed_is_lost(app, stall, speak, why):  # noqa: F811
    visitor, url = speak(app, "liuyang"), task_url(stall, "liuyang", "handle")
    answer = visitor.post(url, f"{url}/outcomes", kind="penalty", document="罚决1号", amount="300")
    assert (answer.status_code, why in answer.text, "enforcement_rule" in answer.text) == (409, True, True)
    assert 'value="罚决1号"' in answer.text


def test_a_wrong_field_is_named_beside_it(app, stall):  # noqa: F811
    visitor, url = Visitor(app, "liuyang"), task_url(stall, "liuyang", "handle")
    answer = visitor.post(url, f"{url}/outcomes", kind="order_correct", document="1", days="ten")
    assert answer.status_code == 422
    assert 'id="p-days"' in answer.text


def test_who_does_not_do_the_task_is_offered_no_form(app, stall):  # noqa: F811
    url = task_url(stall, "liuyang", "handle")
    assert "登记执法结果" not in Visitor(app, "yangjie").get(url).text


def test_an_outcome_is_withdrawn_by_who_noted_it(app, stall):  # noqa: F811
    row, url = note(stall), task_url(stall, "liuyang", "handle")
    visitor = Visitor(app, "liuyang")
    assert visitor.post(url, f"/outcomes/{row.id}/withdraw", next=url).headers["Location"] == url
    assert "撤回" in visitor.get(url).text


def test_the_list_shows_what_is_to_be_checked_and_every_number_of_the_board_opens_its_list(app, stall):  # noqa: F811
    note(stall)
    assert stall.number in Visitor(app, "liuyang").get("/outcomes").text
    assert stall.number not in Visitor(app, "wanglin").get("/outcomes?view=all").text
    check = check_of(stall)
    check.at("2026-11-20 09:00")
    check.do("liuyang", "check_compliance", complied=False, finding="仍在占道经营")
    page = Visitor(app, "yangjie").get("/board").text
    found = re.findall(r'href="(/outcomes\?[^"]*)">(\d+)<', page)
    assert len(found) == 2
    for address, count in found:
        assert Visitor(app, "yangjie").get(address.replace("&amp;", "&")).text.count(f"/cases/{stall.id}") == int(count)


def test_the_third_time_is_said_on_the_pages_with_the_cases_before(app, city, clock):  # noqa: F811
    before = offences(city, clock, 2)
    third = file(Story(city, clock, STALL, "2026-11-16 09:00", spot=SPOT))
    page = Visitor(app, "liuyang").get(f"/cases/{third.id}").text
    assert "同一地点或当事人已是第 3 次违法" in page
    assert [each.number in page for each in before] == [True, True]
    assert "此前同类违法" in page
    assert "Offence number 3 at this place" in english(app, "liuyang").get(f"/cases/{third.id}").text
