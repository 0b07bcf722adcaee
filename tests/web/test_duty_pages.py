"""The pages of the list of duties: who is responsible, gaps, a new version that is looked at before it is published."""

import io
import re

import pytest

from engine import duties
from engine.uow import SYSTEM
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, a_photo, app, case_url, complete, report, task_url  # noqa: F401


def source(app):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return duties.get_list(uow).source


def send(visitor, text, phase):
    given = {"file": (io.BytesIO(text.encode()), "duties.csv")} if phase == "look" else {"source": text}
    return visitor.post("/duties", "/duties", phase=phase, reason="联席会议决定", **given)


def test_everybody_signed_in_reads_who_is_responsible_and_by_which_basis(app):  # noqa: F811
    page = Visitor(app, "sunlei").get("/duties?item=010102&grid=150102001007001").text
    assert "责任单位" in page
    assert page.index("牵头单位") < page.index("配合单位")
    assert "《城市道路管理条例》" in page
    assert "发布新清单" not in page
    assert "Who is responsible" in english(app, "sunlei").get("/duties?item=010102&grid=150102001007001").text


def test_the_one_gap_of_the_shipped_list_is_shown_with_its_fallback(app):  # noqa: F811
    page = Visitor(app, "sunlei").get("/duties").text
    assert "无牵头单位" in page
    assert "010106" in page


def test_a_new_list_is_looked_at_and_then_published_whole(app):  # noqa: F811
    admin, text = Visitor(app, "admin"), source(app)
    changed = text.replace("\n010102,*,SZGY,lead", "\n010102,*,GPS,lead").replace(
        "\n010102,*,GPS,assist", "\n010102,*,SZGY,assist"
    )
    looked = send(admin, changed, "look")
    assert "+ 010102,*,GPS,lead" in looked.text
    assert source(app) == text
    assert send(admin, changed, "do").status_code == 302
    assert source(app) == changed
    assert admin.get("/duties.csv?version=2").text.lstrip("\ufeff") == changed


@pytest.mark.parametrize("phase", ["look", "do"])
def test_a_list_with_a_gap_or_a_wrong_line_is_refused_and_nothing_changes(app, phase):  # noqa: F811
    admin, text = Visitor(app, "admin"), source(app)
    gap = "\n".join(line for line in text.splitlines() if not line.startswith("010102,")) + "\n"
    answer = send(admin, gap, phase)
    assert answer.status_code == 422
    assert "010102" in answer.text
    assert send(admin, text + "010102,*,NOBODY,lead,x,x,,\n", phase).status_code == 422
    assert source(app) == text


def test_only_an_administrator_publishes(app):  # noqa: F811
    visitor = Visitor(app, "yangjie")
    fields = {"phase": "do", "reason": "联席会议决定", "source": source(app)}
    assert visitor.post("/inbox", "/duties", **fields).status_code == 403


def test_the_page_of_a_case_says_why_this_unit_with_list_version_and_basis(app):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    page = Visitor(app, "wanglin").get(case_url(app)).text
    why = page[page.index('id="why"') : page.index("</p>", page.index('id="why"'))]
    assert "为什么由新城区环境卫生服务中心承办：" in why
    assert "权责清单的牵头单位" in why
    assert "/duties.csv?version=1" in why
    assert "leads by the list of duties" in english(app, "wanglin").get(case_url(app)).text


def test_where_nobody_leads_the_page_names_the_table_that_decided(app):  # noqa: F811
    report(Visitor(app), item_code="010106")
    complete(app, "zhaoli", "file", filed="true")
    page = Visitor(app, "yangjie").get(case_url(app)).text
    assert "无牵头单位，按兜底规则由属地单位承办" in page
    assert "duty_fallback 第 1 版" in page


def test_everybody_reads_what_communities_may_be_asked_for_and_an_administrator_publishes(app):  # noqa: F811
    page = Visitor(app, "gaowa").get("/admissions").text
    assert "社区准入清单" in page
    assert "调解民间纠纷" in page
    assert "发布新清单" not in page
    admin, text = Visitor(app, "admin"), Visitor(app, "gaowa").get("/admissions.csv").text.lstrip("\ufeff")
    bad = {"file": (io.BytesIO((text + "999999,*,x,,y,,,\n").encode()), "a.csv"), "reason": "修改"}
    assert admin.post("/admissions", "/admissions", **bad).status_code == 422
    good = {"file": (io.BytesIO((text + "020104,*,看护现场,,纪要,,,\n").encode()), "a.csv"), "reason": "修改"}
    assert admin.post("/admissions", "/admissions", **good).status_code == 302
    assert "看护现场" in english(app, "gaowa").get("/admissions").text


def test_what_a_community_may_not_be_asked_for_is_refused_on_the_page_and_stands_in_the_history(app):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="send_back", result="不属于本单位", basis="《条例》第四条")
    visitor = Visitor(app, "liqiang")
    url = task_url(app, activity_id="redispatch")
    assert "哲里木路社区居委会" in visitor.get(url).text
    answer = visitor.post(url, f"{url}/complete", unit="SQ-150102001007")
    assert answer.status_code == 409
    assert "不得下派社区" in answer.text
    page = visitor.get(case_url(app)).text
    assert "下派社区被规则拒绝" in page


def test_s01_the_grid_officer_reports_from_a_phone_and_sees_it_closed_with_both_photos(app):  # noqa: F811
    officer = Visitor(app, "wangmin")
    report(officer, item_code="900103", description="楼道口小广告", photos=(a_photo(), "a.jpg"))
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "zhouwei", "handle_in_street", outcome="done", result="已清除", photos=(a_photo(), "b.jpg"))
    complete(app, "gaowa", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经现场查看，小广告已于今日上午清除")
    page = officer.get(case_url(app)).text
    assert "已结案" in page
    assert len(re.findall(r'src="/photos/[^"]+/small"', page)) == 2
