"""What is wrong is said in the reader's language, with its values in it."""

import pytest

from tests.web.test_findings import english
from tests.web.test_pages import Visitor, app, report, task_url  # noqa: F401
from web.words import translate


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("kind 'hol' is none of holiday, slots", "类型 'hol' 无效，应为 holiday, slots 之一"),
        (
            "the calendar has no holidays for 2030; it knows 2004 to 2026",
            "日历中没有 2030 年的节假日（已有年份：2004 至 2026）",
        ),
        ("ends at 2026-11-16T10:00, before it begins", "在 2026-11-16T10:00 结束，早于其开始时间"),
        ("no sentence of ours", "no sentence of ours"),
    ],
)
def test_a_sentence_with_values_is_said_in_chinese(english, chinese):
    assert translate(english, "zh") == chinese
    assert translate(english, "en") == english


def test_wrong_lines_of_a_calendar_are_named_in_the_readers_language(app):  # noqa: F811
    source = "date,kind\n2026-13-01,holiday\n2026-10-01,hol\n2026-10-02,holiday\n2026-10-02,workday_in_lieu\n"
    fields = {"source": source, "reason": "试"}
    page = Visitor(app, "admin").post("/calendars/city", "/calendars/city", **fields)
    assert page.status_code == 422
    assert "不是日期，应如 2026-10-01" in page.text
    assert "类型 " in page.text
    assert "既是节假日又是调休上班日" in page.text
    assert "行: " in page.text
    assert "month must be" not in page.text


def test_whoever_may_not_is_told_what_in_plain_words(app):  # noqa: F811
    assert "您的账号无权修改日历" in Visitor(app, "zhaoli").get("/calendars").text
    assert "your account may not change calendars" in english(app, "zhaoli").get("/calendars").text


def test_a_case_is_found_by_the_english_name_of_its_item(app):  # noqa: F811
    report(Visitor(app), item_code="020104")
    assert english(app, "yangjie").get("/cases?q=nosuchthing").text.count('class="what"') == 0
    page = english(app, "yangjie").get("/cases").text
    title = page.split('class="what"')[1]
    name = next(word for word in title.replace("<", " ").split() if word.isalpha() and word.isascii() and len(word) > 4)
    assert english(app, "yangjie").get(f"/cases?q={name.lower()}").text.count('class="what"') == 1


def test_what_comes_next_is_one_plain_choice(app):  # noqa: F811
    report(Visitor(app))
    page = english(app, "zhaoli").get(task_url(app)).text
    assert "What comes next" in page
    ways = [each.split("</span>")[0] for each in page.split('<span class="way">')[1:]]
    assert ways
    assert not any(" · " in each for each in ways)
