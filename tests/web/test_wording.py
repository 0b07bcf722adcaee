"""The city's own words, the tab of what was handed on, and a computer that several people use."""

import re

import pytest

from engine import content
from engine.errors import InvalidError
from engine.uow import SYSTEM
from tests.conftest import PASSWORD, PROCESSES
from tests.web.test_findings import english
from tests.web.test_pages import Visitor, app, case_url, complete, report, task_url  # noqa: F401


def load_words(app, tmp_path, *rows):  # noqa: F811
    (tmp_path / "words.csv").write_text("\n".join(("language,instead_of,say", *rows)), "utf-8")
    return content.load(app.extensions["muster"], tmp_path, SYSTEM)["words"]


def test_a_city_says_its_own_words_on_pages_tasks_and_diagrams(app, tmp_path):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    assert load_words(app, tmp_path, "zh,核查,核实", "zh,派遣,派单", "zh,挂账,缓办") == 1
    assert load_words(app, tmp_path, "zh,核查,核实", "zh,派遣,派单", "zh,挂账,缓办") == 0
    page = Visitor(app, "batu").get(case_url(app)).text
    assert "核实</text>" in page
    assert "核查" not in page
    assert "派单" in Visitor(app, "zhaoli").get("/inbox").text
    assert "缓办" in Visitor(app, "zhaoli").get("/inbox").text
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    assert "<b>核实</b>" in Visitor(app, "chenjing").get("/inbox").text


def test_a_city_says_its_own_words_in_labels_of_forms_and_in_errors(app, tmp_path):  # noqa: F811
    report(Visitor(app))
    load_words(app, tmp_path, "zh,立案,受理", "zh,超时,逾期", "en,late,overdue")
    visitor, url = Visitor(app, "zhaoli"), task_url(app)
    assert "<h1>受理</h1>" in visitor.get(url).text
    answer = visitor.post(url, f"{url}/complete", filed="false")
    assert answer.status_code == 422
    assert "不予受理的理由" in answer.text
    assert "立案" not in re.sub(r"(?s)<main.*?<form", "", answer.text).split("</form>")[0]
    refused = Visitor(app, "wanglin").post("/inbox", f"{url}/complete", filed="true")
    assert "立案" not in refused.text
    app.extensions["muster"].clock.advance(days=3)
    assert re.search(r"逾期 \d+ (天|小时)", Visitor(app, "zhaoli").get("/inbox").text)
    assert " overdue</span>" in english(app, "zhaoli").get("/inbox").text


def test_words_that_are_said_as_they_are_change_nothing(app, city):  # noqa: F811
    assert content.load(city, PROCESSES, SYSTEM)["words"] == 0
    assert "已派遣" not in Visitor(app, "zhaoli").get("/inbox").text


@pytest.mark.parametrize("row", ["fr,核查,核实", "zh,,核实", "zh,核查,"])
def test_a_line_that_says_nothing_is_named(app, tmp_path, row):  # noqa: F811
    with pytest.raises(InvalidError, match="line 3"):
        load_words(app, tmp_path, "zh,核查,核实", row)


def test_what_was_handed_to_me_has_a_tab_with_its_count(app):  # noqa: F811
    report(Visitor(app))
    report(Visitor(app))
    zhaoli, url = Visitor(app, "zhaoli"), task_url(app)
    zhaoli.post(url, f"{url}/claim")
    zhaoli.post(url, f"{url}/reassign", name="liqiang")
    page = Visitor(app, "liqiang").get("/inbox?which=handed").text
    assert re.search(r"转给我的 <b>1</b>", page)
    assert url in page
    assert re.search(r"转给我的 <b>0</b>", zhaoli.get("/inbox").text)


def test_a_shared_computer_offers_its_people_and_locks_itself(app, clock):  # noqa: F811
    visitor = Visitor(app)
    for name in ("zhaoli", "liqiang"):
        visitor.post("/sign-in", "/sign-in", name=name, password=PASSWORD, shared="1")
        page = visitor.get("/inbox")
        assert '<meta http-equiv="refresh" content="305; url=/sign-in?next=/inbox">' in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "切换用户" in page.text
        visitor.post("/me", "/sign-out")
    offered = re.findall(r'<option value="(\w+)">', visitor.get("/sign-in").text)
    assert offered == ["liqiang", "zhaoli"]
    visitor.post("/sign-in", "/sign-in", name="zhaoli", password=PASSWORD, shared="1")
    clock.advance(minutes=5)
    assert visitor.get("/inbox").status_code in (302, 403)


def test_an_own_computer_offers_nobody_and_does_not_lock_itself(app):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    assert 'http-equiv="refresh"' not in visitor.get("/inbox").text
    visitor.post("/me", "/sign-out")
    assert "<option" not in visitor.get("/sign-in").text
