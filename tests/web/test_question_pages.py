"""The pages of questions between units: asking from task and case, answering, withdrawing, the board."""

import pytest

from tests.scenarios.story import Story, file, local
from tests.scenarios.test_questions import ASK, SAID, ask, lamp, rows  # noqa: F401
from tests.web.browsing import browser, look, needs_chromium, sign_in, site, visiting  # noqa: F401
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor


def post_question(visitor, story, page, unit="ZJJ", text=ASK):
    return visitor.post(page, f"/cases/{story.id}/questions", unit=unit, question=text, next=page)


def test_a_liaison_asks_another_unit_from_the_task_page_and_reads_the_answer_there(app, lamp):  # noqa: F811
    lamp.at("2026-11-23 09:30")
    visitor, url = Visitor(app, "sunlei"), task_url(lamp, "sunlei", "handle")
    page = visitor.get(url).text
    assert "向其他单位提问" in page
    assert "答复时限 4 工作时；现在提问，须在 11月23日 16:00 前答复" in page
    assert post_question(visitor, lamp, url).headers["Location"] == f"{url}#questions"
    assert "已向新城区住房和城乡建设局提问" in visitor.get(url).text
    answerer, other = Visitor(app, "hebing"), task_url(lamp, "hebing", "answer_question")
    assert ASK in answerer.get("/inbox").text
    page = answerer.get(other).text
    assert page.index(ASK) < page.index("孙磊") < page.index("答复期限")
    assert answerer.post(other, f"{other}/complete", reply=SAID).status_code == 302
    assert SAID in visitor.get(url).text
    assert "答复了您的提问" in visitor.get("/news").text
    ask(lamp)
    sentence = visitor.get(f"/cases/{lamp.id}").text.split('class="due"')[0]
    assert sentence.index("<b>处置</b>") < sentence.index("<b>答复提问</b>")
    history = visitor.get(f"/cases/{lamp.id}").text.split('id="happened"')[1]
    assert history.index("向单位提问 · 新城区住房和城乡建设局") < history.index(f"11月23日 16:00 前 · {ASK}")
    assert history.index(ASK) < history.index(SAID)


@pytest.mark.parametrize(("speak", "why"), [(Visitor, "只写“已收悉”“已阅”不算答复"), (english, "alone is no answer")])
def test_a_bare_received_is_refused_beside_what_was_typed(app, lamp, speak, why):  # noqa: F811
    ask(lamp)
    visitor, url = speak(app, "hebing"), task_url(lamp, "hebing", "answer_question")
    answer = visitor.post(url, f"{url}/complete", reply="已收悉")
    assert (answer.status_code, why in answer.text, "question_answer_rule" in answer.text) == (409, True, True)
    assert ">已收悉</textarea>" in answer.text


@pytest.mark.parametrize(
    ("unit", "text", "status", "why"),
    [
        ("SZGY", ASK, 409, "不能向本单位提问"),
        ("ZJJ", "？", 422, "须为 4 至 1,000 字"),
        ("SQ-150102001007", ASK, 409, "准入"),
    ],
)
def test_what_was_asked_and_refused_stands_in_the_form_again(app, lamp, unit, text, status, why):  # noqa: F811
    visitor, url = Visitor(app, "sunlei"), f"/cases/{lamp.id}"
    answer = post_question(visitor, lamp, url, unit, text)
    assert (answer.status_code, why in answer.text, f">{text}</textarea>" in answer.text) == (status, True, True)
    assert rows(lamp) == []


def test_a_unit_is_asked_from_the_page_of_the_case_in_english_and_the_question_withdrawn(app, lamp):  # noqa: F811
    visitor, url = english(app, "sunlei"), f"/cases/{lamp.id}"
    assert "Ask another unit" in visitor.get(url).text
    assert (
        post_question(visitor, lamp, url, text="<b>Still under warranty?</b>").headers["Location"] == f"{url}#questions"
    )
    page = visitor.get(url).text
    assert "&lt;b&gt;Still under warranty?" in page
    assert "No answer yet" in page
    withdraw = f"/questions/{rows(lamp)[0].id}/withdraw"
    assert withdraw not in Visitor(app, "hebing").get(url).text
    assert Visitor(app, "hebing").post(url, withdraw).status_code == 403
    assert visitor.post(url, withdraw).status_code == 302
    assert "Withdrawn" in visitor.get(url).text
    assert "Ask another unit" not in Visitor(app, "admin").get(url).text


def test_the_head_reads_the_question_that_is_late_and_explains_it(app, lamp):  # noqa: F811
    ask(lamp.at("2026-11-23 09:30"), unit="DLGS")
    lamp.at("2026-11-23 16:00")
    visitor, url = Visitor(app, "dingrui"), task_url(lamp, "dingrui", "explain_late")
    assert ASK in visitor.get(url).text
    assert visitor.post(url, f"{url}/complete", why_late="值班员外出抢修").status_code == 302
    page = Visitor(app, "sunlei").get(f"/cases/{lamp.id}").text
    assert page.index("逾期未答复") < page.index("值班员外出抢修")


def test_the_board_counts_late_answers_by_unit_and_opens_their_cases(app, lamp):  # noqa: F811
    ask(lamp.at("2026-11-23 09:30"))
    ask(lamp, unit="GPS")
    lamp.at("2026-11-23 10:00").do("gaofeng", "answer_question", reply="埋深 1.2 米，图已上传")
    lamp.at("2026-11-23 16:00")
    leader = Visitor(app, "yangjie")
    assert leader.get("/board").text.count("counted=slow") == 1
    assert lamp.number in leader.get("/cases?state=all&counted=slow&of=ZJJ").text
    assert lamp.number not in leader.get("/cases?state=all&counted=slow&of=GPS").text
    assert "未按时答复 新城区住房和城乡建设局" in leader.get("/cases?state=all&counted=slow&of=ZJJ").text


@needs_chromium
@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_liaison_asks_in_a_browser_with_and_without_scripts(city, clock, site, browser, script, width):  # noqa: F811
    story = file(Story(city, clock, "020104", "2026-11-23 09:00"))
    clock.set(local("2026-11-23 09:30"))
    with visiting(browser, width, script=script) as page:
        sign_in(page, site, "sunlei")
        page.goto(site + task_url(story, "sunlei", "handle"))
        page.fill("textarea[name=result]", "已到场")
        page.click("#ask summary")
        page.select_option("#ask-unit", "ZJJ")
        page.fill("#ask-text", ASK)
        page.click("#ask-now")
        page.wait_for_selector("#questions .row")
        assert ASK in page.inner_text("#questions")
        assert page.input_value("textarea[name=result]") == ("已到场" if script else "")
        look(page)
        page.click("#ask summary")
        look(page)
