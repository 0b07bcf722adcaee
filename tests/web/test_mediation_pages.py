"""The page of a mediation, and who comes from outside: a guest sees own tasks and no other page."""

import re

import pytest
from sqlalchemy import select

from engine import directory, mediations
from engine.models import Case, Task
from engine.uow import SYSTEM
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, a_photo, app, complete, report, task_url  # noqa: F401
from web import guests

NAMES = {"applicant": "王建国", "respondent": "安居物业"}
NOWHERE = "0190a5a0-0000-7000-8000-000000000000"


def newest(app):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        return uow.session.scalars(select(Case.id).order_by(Case.number.desc())).first()


def a_dispute(app):  # noqa: F811
    """Return the id of a dispute that ZJJ mediates."""
    report(Visitor(app), item_code="100202", photos=(a_photo(), "a.jpg"))
    complete(app, "zhaoli", "file", filed="true")
    return newest(app)


def with_parties(app, case):  # noqa: F811
    visitor, page = Visitor(app, "hebing"), f"/cases/{case}/mediation"
    for side, name in NAMES.items():
        answer = visitor.post(page, f"/cases/{case}/parties", side=side, name=name, contact="13811112222")
        assert answer.headers["Location"] == page
    for party in re.findall(r'name="party" value="([^"]+)"', visitor.get(page).text):
        visitor.post(page, f"/cases/{case}/consents", party=party, to="hanmei", how="signed", agrees="1")
    return visitor


def to_third_party(app, case):  # noqa: F811
    with_parties(app, case)
    complete(app, "hebing", "mediate", outcome="third_party", result="各执一词", mediator="hanmei")
    return case


@pytest.fixture
def given(app):  # noqa: F811
    """A dispute with a third party, and another one of the same people."""
    first = to_third_party(app, a_dispute(app))
    second = a_dispute(app)
    with_parties(app, second)
    return first, second


# ---- the house's people


def test_who_mediates_writes_down_parties_and_consent_and_chooses_the_third_party(app):  # noqa: F811
    case = a_dispute(app)
    task = Visitor(app, "hebing").get(task_url(app, activity_id="mediate")).text
    assert f"/cases/{case}/mediation" in task
    assert "韩梅（新城区物业纠纷人民调解委员会(第三方)）" in task
    page = with_parties(app, case).get(f"/cases/{case}/mediation").text
    assert (page.count("王建国"), page.count('<span class="pill">同意</span>')) == (1, 2)
    assert "13811112222" in page


def test_without_consent_the_page_says_by_which_rule_it_is_refused_and_keeps_what_was_typed(app):  # noqa: F811
    case = a_dispute(app)
    visitor, url = Visitor(app, "hebing"), task_url(app, activity_id="mediate")
    values = {"outcome": "third_party", "result": "各执一词不让步", "mediator": "hanmei"}
    answer = visitor.post(url, f"{url}/complete", **values)
    assert (answer.status_code, "至少两方" in answer.text, "各执一词不让步" in answer.text) == (409, True, True)
    page = f"/cases/{case}/mediation"
    for side in NAMES:
        visitor.post(page, f"/cases/{case}/parties", side=side, name="甲")
    answer = visitor.post(url, f"{url}/complete", **values)
    assert ("须经每一方当事人同意" in answer.text, "mediation_rule" in answer.text) == (True, True)


@pytest.mark.parametrize(("fields", "what"), [({"name": ""}, "姓名或名称"), ({"side": "judge"}, "身份")])
def test_what_is_wrong_with_a_party_is_named_and_nothing_typed_is_lost(app, fields, what):  # noqa: F811
    case = a_dispute(app)
    typed = {"side": "other", "name": "李四", "contact": "13900001111", **fields}
    answer = Visitor(app, "hebing").post(f"/cases/{case}/mediation", f"/cases/{case}/parties", **typed)
    assert (answer.status_code, what in answer.text, "13900001111" in answer.text) == (422, True, True)


def test_a_party_written_down_by_mistake_is_removed(app):  # noqa: F811
    case = a_dispute(app)
    visitor, page = with_parties(app, case), f"/cases/{case}/mediation"
    party = re.search(r'name="drop" value="([^"]+)"', visitor.get(page).text)[1]
    visitor.post(page, f"/cases/{case}/parties", drop=party)
    assert "王建国" not in visitor.get(page).text


def test_others_read_masked_names_and_write_nothing(app, given):  # noqa: F811
    case, _other = given
    for person in ("zhaoli", "yangjie", "batu"):
        page = Visitor(app, person).get(f"/cases/{case}/mediation").text
        assert ("王**" in page, "王建国" in page, "13811112222" in page) == (True, False, False)
        assert "登记是否同意" not in page
    answer = Visitor(app, "zhaoli").post("/inbox", f"/cases/{case}/parties", side="other", name="李四")
    assert answer.status_code == 403
    assert Visitor(app, "liuyang").get(f"/cases/{case}/mediation").status_code == 404


def test_a_case_that_is_not_mediated_has_no_such_page(app):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    assert Visitor(app, "wanglin").get(f"/cases/{newest(app)}/mediation").status_code == 404


def test_the_case_page_shows_both_limits_and_leads_to_the_mediation(app, given):  # noqa: F811
    case, _other = given
    page = Visitor(app, "hebing").get(f"/cases/{case}").text
    assert "7 工作日 + 15 工作日 (第三方调解)" in page
    assert ("增加一段时限" in page, page.count("当事人同意第三方调解"), f"/cases/{case}/mediation" in page) == (
        True,
        2,
        True,
    )
    assert "王建国" not in page


def test_guided_out_it_is_closed_as_that_and_not_as_solved(app):  # noqa: F811
    case = a_dispute(app)
    complete(app, "hebing", "mediate", outcome="guided", result="各执一词")
    complete(app, "hebing", "guide", forum="court", result="已告知双方可向法院起诉")
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经核实调解未成，已于今日告知双方诉讼途径")
    assert "<b>引导司法</b>" in Visitor(app, "hebing").get(f"/cases/{case}").text
    assert "guided out" in english(app, "hebing").get(f"/cases/{case}").text


FORUMS = {"arbitration": "申请仲裁。", "court": "向人民法院起诉。", "both": "自行选择申请仲裁或向人民法院起诉。"}


@pytest.mark.parametrize("forum", FORUMS)
def test_who_reported_a_dispute_reads_that_it_was_guided_out_and_where_to(app, forum):  # noqa: F811
    tracking = report(Visitor(app), item_code="100202").headers["Location"]
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "hebing", "mediate", outcome="guided", result="各执一词")
    complete(app, "hebing", "guide", forum=forum, result="已告知双方可走的途径")
    assert "未能达成一致" not in Visitor(app).get(tracking).text
    complete(app, "chenjing", "verify", passed="true")
    complete(app, "zhaoli", "answer", answer="经核实调解未成，已于今日告知双方途径")
    page = Visitor(app).get(tracking).text
    assert "<b>引导司法</b>" in page
    assert "未能达成一致" in page
    assert FORUMS[forum] in page
    assert "不计为已解决" in page
    assert "does not count as solved" in english(app).get(tracking).text


def test_the_board_names_how_cases_ended_and_lists_them(app):  # noqa: F811
    case = a_dispute(app)
    complete(app, "hebing", "mediate", outcome="guided", result="各执一词")
    complete(app, "hebing", "guide", forum="court", result="已告知双方可向法院起诉")
    complete(app, "chenjing", "verify", passed="true")
    assert "引导司法" not in Visitor(app, "admin").get("/board").text
    complete(app, "zhaoli", "answer", answer="经核实调解未成，已于今日告知双方诉讼途径")
    admin = Visitor(app, "admin")
    link = re.search(r'<a href="([^"]+)">引导司法 1</a>', admin.get("/board").text)[1].replace("&amp;", "&")
    page = admin.get(link).text
    assert (f"/cases/{case}" in page, "办结类别 引导司法" in page) == (True, True)
    assert f"/cases/{case}" not in admin.get(link.replace("guided_out", "solved")).text
    assert "引导司法 1" not in Visitor(app, "gaofeng").get("/board").text


def test_the_pages_speak_english(app, given):  # noqa: F811
    case, _other = given
    page = english(app, "hebing").get(f"/cases/{case}/mediation").text
    for words in (
        "Parties · 2",
        "Applicant",
        "consents",
        "Property Dispute Mediation Committee",
        "Nothing is agreed yet.",
    ):
        assert words in page
    task = english(app, "hanmei").get(task_url(app, activity_id="third_party")).text
    for words in ("Third-party mediation", "How the mediation went", "What was agreed", "Mediation: parties"):
        assert words in task


# ---- the guest


def test_a_guest_has_an_inbox_of_this_case_and_the_page_of_its_mediation(app, given):  # noqa: F811
    case, other = given
    guest = Visitor(app, "hanmei")
    inbox = guest.get("/inbox").text
    assert (inbox.count('class="what"'), "第三方调解" in inbox) == (1, True)
    task = guest.get(task_url(app, activity_id="third_party"))
    assert (task.status_code, "备注" in task.text) == (200, False)
    assert guest.get(f"/cases/{case}").headers["Location"] == f"/cases/{case}/mediation"
    page = guest.get(f"/cases/{case}/mediation").text
    assert ("王建国" in page, "13811112222" in page, "箱子满了" in page) == (True, True, True)
    assert guest.get(f"/cases/{other}/mediation").status_code == 404
    for link in ("/cases?", 'href="/cases"', "/board", "/precedents", "/duties", "/visits"):
        assert link not in page + inbox + task.text


def test_a_guest_completes_the_task_and_then_reads_names_no_more(app, given):  # noqa: F811
    case, _other = given
    complete(app, "hanmei", "third_party", outcome="settled", result="已谈妥", agreement="十日内修复漏水")
    guest = Visitor(app, "hanmei")
    page = guest.get(f"/cases/{case}/mediation").text
    assert ("王**" in page, "王建国" in page, "十日内修复漏水" in page) == (True, False, False)
    assert 'class="what"' not in guest.get("/inbox").text
    page = Visitor(app, "hebing").get(f"/cases/{case}/mediation").text
    assert ("十日内修复漏水" in page, "2026年12月16日" in page or "12月16日" in page) == (True, True)


def test_every_other_page_is_closed_to_a_guest(app, given):  # noqa: F811
    """The guest's row of the permission matrix: each route, on a thing of his case, of another, and on none."""
    guest = Visitor(app, "hanmei")
    token = re.search(r'name="csrf_token" value="([^"]+)"', guest.get("/inbox").text)[1]
    found = {}
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods & {"GET", "POST"}):
            if rule.endpoint in guests.OPEN:
                continue
            for case in (*given, NOWHERE):
                values = {name: case if name.endswith("_id") else "city" for name in rule.arguments}
                url = rule.build(values, append_unknown=False)[1]
                answer = guest.client.open(url, method=method, data={"csrf_token": token} if method == "POST" else None)
                found[method, rule.rule, str(case)] = answer.status_code
    assert len(found) > 200
    assert {key: status for key, status in found.items() if status != 403} == {}


@pytest.mark.parametrize("path", ["claim", "release", "complete", "follow-up"])
def test_a_guest_does_nothing_with_a_task_of_another(app, given, path):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        other = uow.session.scalars(select(Task.id).where(Task.case_id == given[1], Task.state == "open")).one()
    assert Visitor(app, "hanmei").get(f"/tasks/{other}").status_code == 404
    answer = Visitor(app, "hanmei").post("/inbox", f"/tasks/{other}/{path}", outcome="settled", result="好")
    assert answer.status_code == 404


def test_photos_of_another_case_and_its_parties_are_closed_to_a_guest(app, given):  # noqa: F811
    mine, other = given
    with app.extensions["muster"].reading(SYSTEM) as uow:
        photos = {
            case: re.findall(r"/photos/[\w-]+", Visitor(app, "admin").get(f"/cases/{case}").text)[0] for case in given
        }
        party = mediations.parties(uow, other)[0].id
    guest = Visitor(app, "hanmei")
    assert (guest.get(photos[mine]).status_code, guest.get(photos[other]).status_code) == (200, 404)
    fields = {"party": str(party), "to": "hanmei", "how": "signed", "agrees": "1"}
    assert guest.post("/inbox", f"/cases/{other}/consents", **fields).status_code == 404
    assert guest.post("/inbox", f"/cases/{mine}/consents", **fields).status_code == 404


def test_a_guest_belongs_to_no_group_but_the_own_name(app):  # noqa: F811
    with app.extensions["muster"].reading(SYSTEM) as uow:
        assert directory.actor_of(uow, "hanmei").groups == {"user:hanmei"}
