"""The pages of questions between units: asking from task and case, answering, withdrawing, the board. No script."""

from tests.scenarios.test_questions import ASK, ask, lamp, rows  # noqa: F401
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor


def test_a_liaison_asks_another_unit_from_the_task_page_and_reads_the_answer_there(app, lamp):  # noqa: F811
    lamp.at("2026-11-23 09:30")
    visitor, url = Visitor(app, "sunlei"), task_url(lamp, "sunlei", "handle")
    page = visitor.get(url).text
    assert "向其他单位提问" in page
    assert "现在提问，须在 11月23日 16:00 前答复" in page
    sent = visitor.post(url, f"/cases/{lamp.id}/questions", unit="ZJJ", question=ASK, next=url)
    assert sent.headers["Location"] == f"{url}#questions"
    answerer = Visitor(app, "hebing")
    other = task_url(lamp, "hebing", "answer_question")
    page = answerer.get(other).text
    assert page.index(ASK) < page.index("孙磊") < page.index("答复期限")
    assert answerer.post(other, f"{other}/complete", reply="已收悉").status_code == 409
    assert answerer.post(other, f"{other}/complete", reply="质保期至 2027 年 6 月").status_code == 302
    assert "质保期至 2027 年 6 月" in visitor.get(url).text
    assert "质保期至 2027 年 6 月" in visitor.get(f"/cases/{lamp.id}").text
    assert "答复了您的提问" in visitor.get("/news").text
