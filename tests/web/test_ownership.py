"""The pages of ownership: sending back, the third transfer, the ruling, precedents. On both databases."""

import re

import pytest

from engine import jobs, precedents, timers
from engine.uow import SYSTEM
from tests.scenarios import test_passing_on as scenario
from tests.scenarios.story import Story, file
from tests.web.test_pages import Visitor
from web import create_app

DAY = "2026-11-18"


@pytest.fixture
def app(city):
    found = create_app(city, "secret")
    found.config["TESTING"] = True
    return found


def task_url(story, name, activity):
    """Return the address of the person's task in the case."""
    with story.database.reading(story.actor(name)) as uow:
        return next(f"/tasks/{task.id}" for task in story._offered(uow) if task.activity_id == activity)


def english(app, name):
    visitor = Visitor(app, name)
    visitor.post("/inbox", "/language", language="en", next="/inbox")
    return visitor


@pytest.fixture
def third(city, clock):
    """A case that TXYY has and may only handle or dispute."""
    story = file(Story(city, clock, scenario.COVER, f"{DAY} 11:30", scenario.PLACE), to_unit="SZGY")
    scenario.send_back(story.at(f"{DAY} 11:40"), "SZGY", "GPS")
    scenario.send_back(story.at(f"{DAY} 11:52"), "GPS", "TXYY")
    return story.at(f"{DAY} 12:05")


def fields(**more):
    return {"outcome": "send_back", "result": "不属于本单位", "basis": "《电信条例》第三条", **more}


def test_who_files_names_a_unit_only_for_what_nobody_is_known_to_own(app, city, clock):
    unknown = Story(city, clock, scenario.COVER, f"{DAY} 11:30")
    known = Story(city, clock, "010103", f"{DAY} 11:30")
    page = Visitor(app, "zhaoli").get(task_url(unknown, "zhaoli", "file")).text
    assert 'name="to_unit" value="GPS"' in page
    assert "to_unit" not in Visitor(app, "zhaoli").get(task_url(known, "zhaoli", "file")).text


def test_the_page_says_until_when_a_case_may_be_sent_back_and_how_it_came_here(app, third):
    page = Visitor(app, "duanyu").get(task_url(third, "duanyu", "handle")).text
    assert "11月18日 12:22 前可退回" in page
    assert page.index("新城区市政公用服务中心") < page.index("供排水公司")
    assert scenario.NOT_OURS["basis"] in page


@pytest.mark.parametrize(
    ("speak", "why"), [(Visitor, "退回须写明法律依据"), (english, "sending back needs a legal basis")]
)
def test_a_refusal_names_rule_and_way_out_in_the_users_language_and_loses_nothing(app, third, speak, why):
    visitor, url = speak(app, "duanyu"), task_url(third, "duanyu", "handle")
    answer = visitor.post(url, f"{url}/complete", outcome="send_back", result="不属于本单位")
    assert answer.status_code == 409
    assert why in answer.text
    assert "return_rule" in answer.text
    assert ">不属于本单位</textarea>" in answer.text


def test_the_third_transfer_is_refused_in_words_and_the_adjudicator_sees_what_happened(app, third):
    visitor, url = Visitor(app, "duanyu"), task_url(third, "duanyu", "handle")
    assert visitor.post(url, f"{url}/complete", **fields(suggested_unit="SZGY")).status_code == 302
    page = visitor.get("/inbox").text
    assert "第三次不予转派" in page
    assert "transfer_rule" in page
    page = Visitor(app, "batu").get(task_url(third, "batu", "adjudicate")).text
    assert "不予转派，进入权属划界" in page
    assert "《电信条例》第三条" in page
    assert "尚无同类先例" in page
    assert "11月18日 12:35" in page


def test_a_ruling_by_the_page_reaches_every_unit_with_its_text(app, third):
    third.do("duanyu", "handle", **fields())
    url = task_url(third, "batu", "adjudicate")
    ruling = {**scenario.RULING, "co": ["GPS", "TXYY"]}
    assert Visitor(app, "batu").post(url, f"{url}/complete", **ruling).status_code == 302
    for name in ("sunlei", "gaofeng", "duanyu"):
        page = Visitor(app, name).get(task_url(third, name, "sign_in")).text
        assert scenario.RULING["text"] in page
        assert "划界-2026-0001" in page


def test_what_is_missing_in_a_ruling_is_named_and_nothing_typed_is_lost(app, third):
    third.do("duanyu", "handle", **fields())
    url = task_url(third, "batu", "adjudicate")
    answer = Visitor(app, "batu").post(url, f"{url}/complete", lead="SZGY", co=["GPS"], text="由市政牵头办理")
    assert answer.status_code == 422
    assert 'value="GPS" checked' in answer.text
    assert '<option value="SZGY" selected>' in answer.text
    assert 'id="p-basis"' in answer.text


def test_the_dispatcher_finds_the_suggested_unit_chosen(app, city, clock):
    story = file(Story(city, clock, "020104", "2026-11-23 09:00"))
    story.do("sunlei", "handle", **fields(suggested_unit="GPS"))
    page = Visitor(app, "liqiang").get(task_url(story, "liqiang", "redispatch")).text
    assert '<option value="GPS" selected>' in page


# ---- precedents


@pytest.fixture
def precedent(third):
    third.do("duanyu", "handle", **fields())
    third.at(f"{DAY} 12:20").do("batu", "adjudicate", **scenario.RULING)
    with third.database.reading(SYSTEM) as uow:
        return f"/precedents/{precedents.by_number(uow, '划界-2026-0001').id}"


def test_everybody_who_is_signed_in_reads_and_finds_precedents(app, precedent):
    assert Visitor(app).get("/precedents").status_code == 302
    visitor = Visitor(app, "songtao")
    for query in ("", "?q=井盖", "?q=划界-2026-0001", "?q=SZGY", "?state=precedent"):
        assert "划界-2026-0001" in visitor.get(f"/precedents{query}").text
    for query in ("?q=垃圾", "?state=rule", "?state=contested", "?state=withdrawn"):
        assert "划界-2026-0001" not in visitor.get(f"/precedents{query}").text
    assert scenario.RULING["text"] in visitor.get(precedent).text


def test_a_unit_contests_and_the_committee_confirms(app, precedent, third):
    unit, committee = Visitor(app, "gaofeng"), Visitor(app, "sarula")
    assert "提出异议" in unit.get(precedent).text
    assert "确认为规则" not in unit.get(precedent).text
    refused = unit.post(precedent, f"{precedent}/contest", reason="该井属雨水系统", basis=" ")
    assert refused.status_code == 409
    assert "提出异议须写明法律依据" in refused.text
    assert "该井属雨水系统</textarea>" in refused.text
    unit.post(precedent, f"{precedent}/contest", reason="该井属雨水系统", basis="《城镇排水条例》第三条")
    assert "待协调委员会决定" in committee.get(precedent).text
    assert committee.post(precedent, f"{precedent}/confirm", day="2026-11-17").status_code == 409
    assert committee.post(precedent, f"{precedent}/confirm", day="").status_code == 422
    committee.post(precedent, f"{precedent}/confirm", day="2026-12-01")
    page = unit.get(precedent).text
    assert "12月1日" in page
    assert "未采纳，先例已确认" in page
    assert third.case().unit_code == "SZGY"


def test_a_withdrawn_precedent_says_why_and_offers_nothing_more(app, precedent):
    committee = Visitor(app, "sarula")
    committee.post(precedent, f"{precedent}/withdraw", reason="管线已移交")
    page = committee.get(precedent).text
    assert "管线已移交" in page
    assert "/withdraw" not in page
    assert "划界-2026-0001" in committee.get("/precedents?state=withdrawn").text


def test_the_next_case_cites_the_precedent_on_its_page(app, precedent, third):
    other = scenario.next_case(third, "2026-11-19 09:00")
    visitor = Visitor(app, "sunlei")
    page = visitor.get(f"/cases/{other.id}").text
    assert "按先例派遣" in page
    assert "引用先例 · 划界-2026-0001" in page
    link = re.search(r'href="(/precedents/of/[^"]+)"', page)[1]
    assert visitor.get(link).headers["Location"].endswith(precedent)
    assert other.number in visitor.get(precedent).text
    stranger = Visitor(app, "songtao").get(precedent).text
    assert "仅列出您有权查看的案件" in stranger
    assert other.number not in stranger


def test_silence_is_news_for_the_committee(app, third):
    third.do("duanyu", "handle", **fields())
    third.at(f"{DAY} 12:35")
    assert (timers.fire_due_timers(third.database), jobs.work_due_jobs(third.database)) == (0, 0)
    assert "权属划界逾期未裁定，由首接单位牵头" in Visitor(app, "sarula").get("/news").text
    page = Visitor(app, "sunlei").get(task_url(third, "sunlei", "sign_in")).text
    assert "逾期未裁定，由首接单位牵头" in page


def test_the_board_counts_who_sent_back_and_each_number_opens_its_list(app, third):
    third.do("duanyu", "handle", **fields())
    visitor = Visitor(app, "yangjie")
    page = visitor.get("/board").text
    links = re.findall(r'href="(/cases\?[^"]*sent-back=[^"]*)">(\d+)<', page)
    assert [(count, "shirked" in link, re.search("sent-back=(\\w+)", link)[1]) for link, count in links] == [
        ("1", False, "TXYY"),
        ("1", True, "TXYY"),
        ("1", False, "GPS"),
        ("1", False, "SZGY"),
    ]
    for link, _count in links:
        assert third.number in visitor.get(link.replace("&amp;", "&")).text
    assert third.number not in visitor.get("/cases?state=all&sent-back=GPS&shirked=1").text
    assert third.number in visitor.get("/cases?step=adjudicate").text
