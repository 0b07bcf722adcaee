"""The page of a case: where it stands on the diagram and as a table, what was late, where it is; and large type."""

import re

from engine import timers
from tests.web.test_pages import GRID, Visitor, app, case_url, complete, report  # noqa: F401


def table_of(page):
    """Return step -> cells of the table beside the diagram."""
    part = page[page.index("以表格查看</summary>") :]
    rows = re.findall(r"<tr[^>]*><td>(.*?)</td></tr>", part[: part.index("</table>")], re.S)
    cells = [[re.sub(r"<[^>]+>", "", cell) for cell in re.split(r"</td><td[^>]*>", row)] for row in rows]
    return {row[0]: row[1:] for row in cells}


def test_the_table_says_of_each_step_its_state_who_since_when_and_how_long(app, clock):  # noqa: F811
    report(Visitor(app))
    clock.advance(hours=1)
    complete(app, "zhaoli", "file", filed="true")
    clock.advance(minutes=30)
    steps = table_of(Visitor(app, "batu").get(case_url(app)).text)
    assert steps["立案"] == ["完成", "赵丽", "11月16日 10:00", "1 小时"]
    assert steps["处置"] == ["当前", "", "11月16日 11:00", "30 分钟"]
    assert steps["答复"] == ["–", "", "", ""]


def test_what_is_late_is_marked_on_the_diagram_and_in_the_table(app, clock):  # noqa: F811
    report(Visitor(app))
    complete(app, "zhaoli", "file", filed="true")
    clock.advance(days=3)
    timers.fire_due_timers(app.extensions["muster"])
    page = Visitor(app, "batu").get(case_url(app)).text
    assert re.search(r'class="node userTask[^"]* late">.*?<text class="tag"[^>]*>超时 [^<]+<', page)
    assert "超时" in table_of(page)["处置"][0]
    assert "超时" not in table_of(page)["立案"][0]


def test_the_map_marks_the_grid_of_the_case_and_the_spot_is_given(app):  # noqa: F811
    report(Visitor(app), latitude="40.84151", longitude="111.68232")
    page = Visitor(app, "batu").get(case_url(app)).text
    assert re.search(rf'place={GRID}" aria-label="[^"]*"><g class="tile level0 here">.*?class="point"', page)
    assert page.count('class="point"') == 1
    assert 'href="geo:40.84151,111.68232"' in page


def test_large_type_is_chosen_once_and_follows_the_person_to_another_computer(app):  # noqa: F811
    visitor = Visitor(app, "zhaoli")
    assert 'class="large"' not in visitor.get("/inbox").text
    visitor.post("/me", "/me/type", large="1")
    assert 'class="large"' in visitor.get("/inbox").text
    again = Visitor(app, "zhaoli")
    assert 'class="large"' in again.get("/inbox").text
    again.post("/me", "/sign-out")
    assert 'class="large"' not in again.get("/").text
