"""The pages of a visit: one form without a script, the visitor's list, the units' views, the resident's answer."""

import re

import pytest
from sqlalchemy import select

from engine.models import Case
from engine.uow import SYSTEM
from engine.visit_models import Visit
from tests.web.test_findings import english
from tests.web.test_pages import GRID, Visitor, app, complete, report  # noqa: F401

HOME = {"grid_code": GRID, "address": "3 号楼 2 单元 501", "name": "张桂兰", "contact": "13800004321"}


def enter(visitor, items=("050104", "100201"), **more):
    fields = {**HOME, "tags": ["elderly", "alone"], "item": list(items), **more}
    return visitor.post("/visits/new", "/visits/new", **fields)


def stored(app, model=Case):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        found = list(uow.session.scalars(select(model).order_by(model.number)))
        uow.session.expunge_all()
    return found


def test_one_form_opens_a_case_for_each_unit_and_shows_the_code_for_the_resident(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    more = {"seen-050104": "桶满三天", "private-100201": "勿提来源"}
    page = officer.get(enter(officer, **more).headers["Location"]).text
    assert (page.count("H000001"), "已办结 0 / 2" in page) == (1, True)
    assert [case.summary["description"] for case in stored(app)] == ["桶满三天", "邻里纠纷"]
    (visit,) = stored(app, Visit)
    code = re.search(r"<br>(\w{5}-\w{5})</p>", page)[1]
    assert Visitor(app).get(f"/track?code={code.lower()}").headers["Location"] == f"/visit/{visit.token}"
    assert "3 号楼 2 单元 501" in officer.get("/visits").text
    paper = officer.get(f"/visits/{visit.id}?view=print").text
    assert (code in paper, "垃圾箱点满溢" in paper) == (True, True)


def test_the_resident_reads_one_answer_on_one_page_and_nothing_private(app):  # noqa: F811
    enter(Visitor(app, "wangmin"), **{"private-100201": "勿提来源"}, remark="下次带翻译")
    (visit,) = stored(app, Visit)
    found = Visitor(app).get(f"/track?code={visit.token}")
    assert found.headers["Location"] == f"/visit/{visit.token}"
    page = Visitor(app).get(f"/visit/{visit.token}").text
    assert ("垃圾箱点满溢" in page, "邻里纠纷" in page, "已办结 0 / 2" in page) == (True, True, True)
    for hidden in ("勿提来源", "下次带翻译", "张桂兰", "13800004321", "501"):
        assert hidden not in page
    assert "0 of 2 settled" in english(app).get(f"/visit/{visit.token}").text
    assert Visitor(app).get("/visit/no-such-code").status_code == 404


def test_a_unit_sees_the_visit_but_not_the_matters_or_remarks_of_others(app):  # noqa: F811
    enter(
        Visitor(app, "wangmin"), **{"private-100201": "勿提来源", "private-050104": "清运车走北门"}, remark="下次带翻译"
    )
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "zhaoli", "file", filed="true")
    first, second = stored(app)
    page = Visitor(app, "wanglin").get(f"/cases/{first.id}").text
    assert ("清运车走北门" in page, "2 个事项" in page, "各单位只能看到自己的事项" in page) == (True, True, True)
    for hidden in ("勿提来源", "邻里纠纷", "下次带翻译", second.number):
        assert hidden not in page
    assert Visitor(app, "wanglin").get(f"/cases/{second.id}").status_code == 404
    assert second.number in Visitor(app, "wangmin").get(f"/cases/{first.id}").text


def test_nothing_that_was_typed_is_lost_when_something_is_wrong(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    answer = enter(officer, name="", **{"seen-050104": "桶满三天", "private-100201": "勿提来源"})
    assert answer.status_code == 422
    assert ('value="桶满三天"' in answer.text, 'value="勿提来源"' in answer.text) == (True, True)
    ticked = re.findall(r'name="item" value="(\d+)" checked', answer.text)
    assert (ticked, answer.text.count('name="tags" value="elderly" checked')) == (["050104", "100201"], 1)
    assert re.search(r'aria-invalid="true" aria-describedby="p-name"', answer.text)
    assert "请填写" in answer.text or "必填" in answer.text
    assert enter(officer, items=()).status_code == 422
    assert stored(app) == []


def test_a_form_that_is_sent_twice_makes_one_visit(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    first, second = (enter(officer, key="the same key") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored(app, Visit)) == 1


def test_the_next_visit_finds_the_household_and_asks_for_nothing_again(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    enter(officer)
    page = officer.get("/visits/new?q=3 号楼").text
    link = re.search(r'href="(/visits/new\?household=[^"]+)"', page)[1]
    form = officer.get(link).text
    assert ("H000001" in form, 'name="address"' in form) == (True, False)
    household = re.search(r'name="household" value="([^"]+)"', form)[1]
    answer = officer.post(link, "/visits/new", household=household, item=["120304"])
    assert answer.status_code == 302
    assert {case.summary["household"] for case in stored(app)} == {household}
    stranger = Visitor(app, "wanglin")
    assert "张桂兰" not in stranger.get("/visits/new?q=3 号楼").text
    assert stranger.post("/visits/new", "/visits/new", household=household, item=["120304"]).status_code == 404
    assert "张桂兰" not in stranger.get(link).text


def test_a_sheet_is_printed_with_its_code_filled_in_by_hand_and_entered_later(app, clock):  # noqa: F811
    officer = Visitor(app, "wangmin")
    officer.post("/slips", "/slips", count="1", kind="visit")
    sheet = officer.get("/slips").text
    assert (sheet.count("☐ 垃圾箱点满溢"), "☐ 老人" in sheet) == (1, True)
    code = re.search(r'class="code">(\w{5}-\w{5})', sheet)[1]
    assert "尚未补录" in Visitor(app).get(f"/track?code={code}").text
    answer = enter(officer, slip=code, visited_at="2026-11-15T18:40")
    page = officer.get(answer.headers["Location"]).text
    assert ("11-15" in page or "11月15日" in page) and ("11-16" in page or "11月16日" in page)
    (visit,) = stored(app, Visit)
    assert Visitor(app).get(f"/track?code={code}").headers["Location"] == f"/visit/{visit.token}"
    assert code not in officer.get("/slips").text
    for wrong in ({"slip": code}, {"visited_at": "2026-11-16T10:01"}, {"visited_at": "gestern"}):
        assert enter(officer, **wrong).status_code == 422


def test_the_time_on_a_small_slip_is_kept_beside_the_time_of_entry(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    officer.post("/slips", "/slips", count="2")
    code, other = re.findall(r'class="code">(\w{5}-\w{5})', officer.get("/slips").text)
    assert report(officer, slip=code, written_at="2026-11-15T18:40").status_code == 302
    (case,) = stored(app)
    assert case.summary["channel"] == "paper"
    page = Visitor(app, "admin").get(f"/cases/{case.id}").text
    assert ("补录纸质单" in page, "11月15日 18:40" in page) == (True, True)
    for wrong in ("2026-11-17T10:00", "gestern"):
        assert report(officer, slip=other, written_at=wrong).status_code == 422
    assert report(officer, slip=other).status_code == 302


@pytest.mark.parametrize("path", ["/visits", "/visits/new"])
def test_visits_are_for_those_who_are_signed_in(app, path):  # noqa: F811
    assert Visitor(app).get(path).headers["Location"].startswith("/sign-in")
