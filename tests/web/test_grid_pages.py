"""The page of grids: who works where; dividing them anew is looked at, planned, called off. In both languages."""

import re

import pytest

from engine import divisions, duties, hand_overs
from engine.uow import SYSTEM
from tests.web.browsing import browser, look, needs_chromium, sign_in, site, visiting  # noqa: F401
from tests.web.test_findings import english
from tests.web.test_pages import GRID, Visitor, app, complete, report  # noqa: F401

SPLIT = {
    "kind": "split",
    "grid": GRID,
    "name": "哲里木路社区第六网格",
    "addresses": "海东路 1\r\n\r\n兴安南路",
    "households": "100",
    "worker": "wangmin",
    "day": "2026-11-20",
    "reason": "户数过多",
}


@pytest.fixture
def worked(app):  # noqa: F811
    """A city in which wanglin works in a grid with an open case at each of two addresses."""
    with app.extensions["muster"].transaction(SYSTEM) as uow:
        hand_overs.set_worker(uow, GRID, "wanglin", uow.now)
    for address in ("海东路 1 号", "海东路 12 号"):
        report(Visitor(app), address=address)
    return app


def divide(visitor, phase="look", **more):
    return visitor.post("/grids", "/grids", **{**SPLIT, **more}, phase=phase)


def test_everybody_signed_in_reads_who_works_where(worked):
    page = Visitor(worked, "sunlei").get("/grids").text
    assert re.search(rf"{GRID}</span></td><td>[^<]+</td><td>王琳</td>", page)
    assert "拆分网格" not in page
    assert Visitor(worked, "sunlei").post("/inbox", "/grids", **SPLIT).status_code == 403


def test_a_split_is_looked_at_then_planned_and_takes_effect_on_its_day(worked, clock):
    admin = Visitor(worked, "admin")
    looked = divide(admin)
    assert looked.status_code == 200
    assert "转入该网格的在办案件：1 件" in looked.text
    assert "其他地址的在办案件留在原网格：1 件" in looked.text
    assert "撤销安排" not in admin.get("/grids").text
    assert divide(admin, "do").status_code == 302
    assert "撤销安排" in admin.get("/grids").text
    clock.advance(days=4)
    assert divisions.do_due(worked.extensions["muster"]) == 2
    page = Visitor(worked, "admin").get("/grids").text
    assert "哲里木路社区第六网格 <span" in page
    assert "撤销安排" not in page
    assert "哲里木路社区第六网格" in Visitor(worked).get("/report").text


def test_rows_of_the_duty_list_that_name_the_split_grid_are_counted(worked):
    admin = Visitor(worked, "admin")
    assert "按编码指定原网格" not in divide(admin).text
    with worked.extensions["muster"].transaction(SYSTEM) as uow:
        source = duties.get_list(uow).source
        duties.add(uow, f"{source}050104,{GRID},HWZX,assist,条例,Rules,,\n", "指定网格")
    assert "权责清单中有 1 行按编码指定原网格" in divide(admin).text


def test_a_merge_takes_the_other_grid_off_the_lists_but_not_off_its_cases(worked, clock):
    admin, other = Visitor(worked, "admin"), "150102001007002"
    merge = {"kind": "merge", "grid": [GRID, other], "into": other, "name": "", "addresses": "", "households": ""}
    assert "转入该网格的在办案件：2 件" in divide(admin, **merge).text
    assert divide(admin, "do", **merge).status_code == 302
    clock.advance(days=4)
    divisions.do_due(worked.extensions["muster"])
    admin = Visitor(worked, "admin")
    assert f'value="{GRID}"' not in Visitor(worked).get("/report").text
    assert f'value="{other}"' in Visitor(worked).get("/report").text
    assert admin.get(f"/cases?place={GRID}").text.count('<li class="row') == 2
    assert f"place={GRID}" in admin.get("/board").text
    assert Visitor(worked).get(f"/grid?grid={GRID}").status_code == 200


def test_what_is_wrong_is_named_beside_its_field_and_what_was_typed_stays(worked):
    answer = divide(Visitor(worked, "admin"), day="2026-11-01", addresses=" ")
    assert answer.status_code == 422
    assert re.search(r'id="p-split-day">不能早于今天', answer.text)
    assert re.search(r'id="p-split-addresses">', answer.text)
    assert 'value="户数过多"' in answer.text
    assert "is no number" in divide(english(worked, "admin"), households="many").text
    assert divide(Visitor(worked, "admin"), day="soon").status_code == 422


def test_a_plan_is_called_off_on_the_page(worked):
    admin = Visitor(worked, "admin")
    divide(admin, "do")
    path = re.search(r'action="(/grids/[^"]+/call-off)"', admin.get("/grids").text)[1]
    assert "请先撤销" in divide(admin).text
    assert admin.post("/grids", path).status_code == 302
    assert "call-off" not in admin.get("/grids").text
    assert admin.post("/grids", path).status_code == 404


def test_the_page_speaks_english(worked):
    page = english(worked, "admin").get("/grids").text
    for words in ("Split a grid", "Merge grids", "From the beginning of this day", "Grids in force"):
        assert words in page


@needs_chromium
@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_grids_are_divided_in_a_browser(browser, site, width):  # noqa: F811
    with visiting(browser, width) as page:
        sign_in(page, site, "admin")
        page.goto(f"{site}/grids")
        look(page)
        page.click("#divide > summary")
        look(page)
        page.select_option("#split-grid", GRID)
        for name in ("name", "households", "day", "reason"):
            page.fill(f"#split-{name}", SPLIT[name])
        page.fill("#split-addresses", "海东路 1")
        page.select_option("#split-worker", "wangmin")
        page.click("#split button.main")
        page.wait_for_selector("#looked")
        look(page)
        page.click("#looked button.main")
        page.wait_for_selector("#divisions li")
        look(page)
        assert page.locator("#divisions li").count() == 1
