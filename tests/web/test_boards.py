"""The board, and the list of cases as a file."""

import csv
import io
from datetime import timedelta

from tests.web.test_pages import Visitor, app, complete, report  # noqa: F401
from web.boards import harmless


def test_the_board_counts_what_is_open_and_late_and_every_number_has_its_list(app, clock):  # noqa: F811
    report(Visitor(app), address="兴安南路 8 号")
    report(Visitor(app), address="海东路 12 号")
    complete(app, "zhaoli", "file", filed="true")
    admin = Visitor(app, "admin")
    page = admin.get("/board").text
    assert "<b>2</b> 今日上报" in page
    assert "<b>0</b> 超时" in page
    clock.advance(days=3)
    admin = Visitor(app, "admin")
    page = admin.get("/board").text
    assert "<b>0</b> 今日上报" in page
    assert "<b>2</b> 超时" in page
    late = admin.get("/cases?late=1").text
    assert "兴安南路 8 号" in late
    assert "海东路 12 号" in late
    assert admin.get("/cases?late=1&unit=-").text.count('<li class="row') == 1
    assert clock.now() - timedelta(days=3)


def test_nobody_counts_cases_that_he_may_not_see(app):  # noqa: F811
    report(Visitor(app))
    assert "<b>0</b> 在办" in Visitor(app, "tianhua").get("/board").text
    assert "<b>1</b> 在办" in Visitor(app, "zhaoli").get("/board").text


def test_the_list_is_sent_as_a_file_that_runs_nothing(app):  # noqa: F811
    report(Visitor(app), address='=HYPERLINK("http://evil","x")')
    answer = Visitor(app, "zhaoli").get("/cases.csv?state=all")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["编号", "案件", "地点"]
    assert rows[1][2] == '\'=HYPERLINK("http://evil","x")'
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert [harmless(text) for text in ("-1", "@a", "+1", "a-1")] == ["'-1", "'@a", "'+1", "a-1"]
