"""The pages on which a person sees what may be one matter, merges it with one click, and takes it apart again."""

import re

from sqlalchemy import select

from engine.models import Case
from engine.uow import SYSTEM
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, a_photo, app, complete, report, task_url  # noqa: F401

FIRST, SECOND = ("40.84260", "111.74900"), ("40.84278", "111.74900")


def spotted(visitor, spot=FIRST, **more):
    return report(visitor, item_code="080102", latitude=spot[0], longitude=spot[1], **more)


def two(app):  # noqa: F811
    """Report the same twice, with a photo each; return the cases and the two tracking pages."""
    tracks = [
        spotted(Visitor(app), spot, photos=(a_photo(), "a.jpg"), description=text).headers["Location"]
        for spot, text in ((FIRST, "水果摊占道"), (SECOND, "摊位堵住人行道"))
    ]
    with app.extensions["muster"].reading(SYSTEM) as uow:
        found = list(uow.session.scalars(select(Case).order_by(Case.number)))
        uow.session.expunge_all()
    return *found, *tracks


def merged(app, first, second, name="zhaoli"):  # noqa: F811
    page = f"/cases/{second.id}"
    return Visitor(app, name).post(page, f"{page}/merge", into=str(first.id))


def test_the_clerk_sees_both_side_by_side_and_merges_with_one_click(app):  # noqa: F811
    first, second, _one, _two = two(app)
    clerk = Visitor(app, "zhaoli")
    page = clerk.get("/duplicates").text
    assert page.count("水果摊占道") == page.count("摊位堵住人行道") == 1
    assert "相距 20 米" in page
    assert page.count("/small") == 2
    form = re.search(r'action="(/cases/[^"]+/merge)".*?name="into" value="([^"]+)"', page)
    assert form.groups() == (f"/cases/{second.id}/merge", str(first.id))
    answer = clerk.post("/duplicates", form[1], into=form[2], next="/duplicates")
    assert answer.headers["Location"] == "/duplicates"
    assert "已并案。如有误可随时撤销。" in clerk.get("/duplicates").text
    assert "水果摊占道" not in clerk.get("/duplicates").text


def test_the_task_of_filing_offers_the_choice(app):  # noqa: F811
    first, second, _one, _two = two(app)
    page = Visitor(app, "zhaoli").get(task_url(app, case_id=second.id)).text
    assert "疑似同一事项" in page
    assert f'value="{first.id}"' in page
    earlier = Visitor(app, "zhaoli").get(task_url(app, case_id=first.id)).text
    assert "将该件并入本案" in earlier


def test_both_case_pages_say_what_belongs_together_and_undo_it(app):  # noqa: F811
    first, second, _one, track = two(app)
    merged(app, first, second)
    clerk = Visitor(app, "zhaoli")
    whole, part = clerk.get(f"/cases/{first.id}").text, clerk.get(f"/cases/{second.id}").text
    assert ("2 次上报" in whole, "摊位堵住人行道" in whole, "20 m, 0 min" in whole) == (True, True, True)
    assert f'办理案件： <a href="/cases/{first.id}">' in part
    assert "并入其他案件" in part
    assert "2 次上报" in clerk.get("/inbox").text
    assert f"与 {first.number} 为同一事项，已并入该案件办理" in Visitor(app).get(track).text
    assert f"Duplicate of {first.number}, in which it is handled" in english(app).get(track).text
    without = clerk.post(f"/cases/{second.id}", f"/cases/{second.id}/unmerge", why="")
    assert without.status_code == 422
    answer = clerk.post(f"/cases/{second.id}", f"/cases/{second.id}/unmerge", why="是两个摊位")
    assert answer.headers["Location"] == f"/cases/{second.id}"
    page = clerk.get(f"/cases/{second.id}").text
    assert ("疑似同一事项" in page, "是两个摊位" in page) == (True, True)


def test_the_unit_reads_what_every_reporter_saw_but_may_not_merge(app):  # noqa: F811
    first, second, _one, _two = two(app)
    merged(app, first, second)
    complete(app, "zhaoli", "file", filed="true")
    unit = Visitor(app, "liuyang")
    page = unit.get(task_url(app, activity_id="handle")).text
    assert "摊位堵住人行道" in page
    assert "撤销并案" not in page
    for photo in re.findall(r'/photos/[^"]+/small', page):
        assert unit.get(photo).status_code == 200
    assert unit.get(f"/cases/{second.id}").status_code == 404
    assert unit.post(f"/cases/{first.id}", f"/cases/{second.id}/unmerge", why="不是").status_code == 404


def test_what_the_rule_refuses_is_said_with_the_rule_and_what_is_possible(app):  # noqa: F811
    first, second, _one, _two = two(app)
    merged(app, first, second)
    refused = merged(app, first, second)
    assert refused.status_code == 409
    assert "如并错，请先撤销并案（依据规则 merge_rule 第 1 版）" in refused.text


def test_lists_and_boards_count_one_case_and_the_number_still_finds_the_other(app):  # noqa: F811
    first, second, _one, _two = two(app)
    merged(app, first, second)
    leader = Visitor(app, "admin")
    assert second.number not in leader.get("/cases?state=all").text
    found = leader.get(f"/cases?state=all&q={second.number}").text
    assert ("已并案" in found, second.number in found) == (True, True)
    assert re.search(r"<b>1</b>\s*今日上报", leader.get("/board").text)


def test_a_clerk_says_how_the_report_came_in_and_a_resident_cannot(app):  # noqa: F811
    spotted(Visitor(app, "zhaoli"), channel="phone")
    spotted(Visitor(app), channel="phone")
    spotted(Visitor(app, "wangmin"))
    assert "channel" not in Visitor(app).get("/report").text
    with app.extensions["muster"].reading(SYSTEM) as uow:
        cases = uow.session.scalars(select(Case).order_by(Case.number))
        assert [case.summary["channel"] for case in cases] == ["phone", "web", "grid"]
    assert spotted(Visitor(app, "zhaoli"), channel="pigeon").status_code == 422
