"""What looking at the pages showed, each once: lost languages, states that mislead, errors that name nothing."""

import io
import re
from pathlib import Path

import pytest

from engine import timers
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, app, case_url, complete, report, task_url  # noqa: F401
from web.errors import REASONS
from web.words import ZH

HOUSE = Path(__file__).parents[2]


def alert(page):
    """Return what the page's alert says."""
    return re.search(r'(?s)role="alert">(.*?)</p>', page)[1]


def refuse(app):  # noqa: F811
    """Report something that is not filed; return the path of its tracking page."""
    tracking = report(Visitor(app)).headers["Location"]
    complete(app, "zhaoli", "file", filed="false", reason="不属于城市管理范围")
    return tracking


def test_the_language_stays_when_somebody_signs_out(app):  # noqa: F811
    visitor = english(app, "zhaoli")
    visitor.post("/inbox", "/sign-out")
    assert "What did you see?" in visitor.get("/report").text


@pytest.mark.parametrize("code", sorted(REASONS))
def test_what_a_browser_did_wrong_is_said_in_chinese(code):
    assert REASONS[code] in ZH


def test_pages_that_are_missing_and_forms_that_are_stale_are_explained_in_the_readers_language(app):  # noqa: F811
    assert "没有这个页面" in Visitor(app).get("/nowhere").text
    assert "there is no such page" in english(app).get("/nowhere").text
    assert "请重新打开页面" in Visitor(app).client.post("/report").text


def test_too_many_reports_are_explained_in_the_readers_language(app):  # noqa: F811
    visitor = Visitor(app)
    for _ in range(20):
        report(visitor)
    assert "请十分钟后再试" in report(visitor).text


def test_the_alert_of_a_task_names_the_fields(app):  # noqa: F811
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    said = alert(visitor.post(url, f"{url}/complete", filed="false").text)
    assert "不予立案的理由" in said
    assert "联合执法" not in said


def test_the_alert_of_a_report_names_the_fields(app):  # noqa: F811
    answer = report(Visitor(app), item_code="", address="海东路 12 号")
    assert "事项" in alert(answer.text)
    assert 'aria-describedby="p-item_code"' in answer.text


def test_a_photo_that_is_none_is_named_beside_its_field_and_in_chinese(app):  # noqa: F811
    answer = report(Visitor(app), photos=(io.BytesIO(b"no photo"), "a.jpg"))
    assert re.search(r'id="p-photo">不是 JPEG', answer.text)
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    answer = visitor.post(url, f"{url}/complete", filed="true", photos=(io.BytesIO(b"no photo"), "a.jpg"))
    assert re.search(r'id="p-photo">不是 JPEG', answer.text)


def test_a_refused_case_is_listed_and_headed_as_not_filed(app):  # noqa: F811
    refuse(app)
    admin = Visitor(app, "admin")
    row = re.search(r'(?s)<li class="row.*?</li>', admin.get("/cases?state=all").text)[0]
    assert "不予立案" in row
    assert "已结案" not in row
    assert "不予立案" in re.search(r"(?s)<header class=\"head.*?</header>", admin.get(case_url(app)).text)[0]


def test_a_refused_report_promises_nothing(app):  # noqa: F811
    assert "承诺办结时间" not in Visitor(app).get(refuse(app)).text


def test_a_resident_reads_that_a_report_waits_to_be_filed(app):  # noqa: F811
    tracking = report(Visitor(app)).headers["Location"]
    assert "待立案" in Visitor(app).get(tracking).text


def test_a_task_has_one_heading_where_its_form_has_the_same_title(app):  # noqa: F811
    report(Visitor(app))
    page = Visitor(app, "zhaoli").get(task_url(app)).text
    assert re.findall(r"<h[12]>(立案)</h", page) == ["立案"]
    assert re.findall(r"<h[12]>(File.*?)</h", english(app, "zhaoli").get(task_url(app)).text) == ["File the case"]


def test_who_holds_a_task_is_shown_by_full_name(app):  # noqa: F811
    report(Visitor(app))
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    visitor.post(url, f"{url}/claim")
    page = Visitor(app, "admin").get(url).text
    assert "赵丽" in page
    assert "zhaoli" not in page


def test_a_case_names_every_step_at_which_it_waits(app, clock):  # noqa: F811
    report(Visitor(app))
    clock.advance(days=3)
    timers.fire_due_timers(app.extensions["muster"])
    head = re.search(r"(?s)<header class=\"head.*?</header>", Visitor(app, "admin").get(case_url(app)).text)[0]
    assert "立案" in head
    assert "一级督办" in head


@pytest.mark.parametrize("module", ["attachments", "forms", "reports"])
def test_every_fault_of_a_field_has_its_chinese(module):
    source = (HOUSE / "engine" / f"{module}.py").read_text("utf-8")
    faults = set(re.findall(r'"((?:is|has|needs) [^"]+)"', source))
    assert faults - ZH.keys() == set()


def joint(app):  # noqa: F811
    """Report a blocked fire lane and let it be filed: four units are called together."""
    report(Visitor(app), item_code="110101")
    complete(app, "zhaoli", "file", filed="true")


def test_the_tasks_and_the_history_of_a_joint_action_name_units_and_steps(app):  # noqa: F811
    joint(app)
    complete(app, "majun", "sign_in")
    page = Visitor(app, "admin").get(case_url(app)).text
    tasks, history = page[page.index('<ul class="plain">') :].split("办理经过", 1)
    assert "报到</b> · 新城区消防救援大队" in tasks
    assert "完成任务 · 报到 · 新城区消防救援大队" in history
    assert "XFJY" not in page
    assert "sign_in" not in page


def test_a_joint_action_is_in_english_for_who_wants_it(app):  # noqa: F811
    joint(app)
    page = english(app, "admin").get(case_url(app)).text
    assert "Check in</b> · Xincheng Fire and Rescue" in page
    assert "Task opened · Check in · Xincheng Fire and Rescue" in page


def test_a_form_says_beforehand_when_a_field_is_needed_and_who_reads_it(app):  # noqa: F811
    report(Visitor(app))
    assert "不予立案时必填，上报人可见" in Visitor(app, "zhaoli").get(task_url(app)).text
    complete(app, "zhaoli", "file", filed="true")
    assert "退回时必填" in Visitor(app, "wanglin").get(task_url(app)).text


def test_every_page_has_an_icon_and_so_has_what_is_no_page(app):  # noqa: F811
    visitor = Visitor(app)
    drawn = re.search(r'rel="icon" href="([^"]+)"', visitor.get("/track").text)[1]
    assert visitor.get(drawn).mimetype == "image/svg+xml"
    assert visitor.get("/favicon.ico").data[:4] == b"\x00\x00\x01\x00"
