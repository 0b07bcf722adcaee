"""The boards of leaders: weeks, grids and steps, and that every number opens the list that it counts."""

import re

from tests.web.test_pages import GRID, Visitor, app, complete, report  # noqa: F401


def rows(visitor, path):
    return visitor.get(path).text.count('<li class="row')


def a_closed_and_an_open_one(app, clock):  # noqa: F811
    report(Visitor(app), address="海东路 12 号")
    clock.advance(hours=1)
    complete(app, "zhaoli", "file", filed="true")
    complete(app, "wanglin", "handle", outcome="done", result="已清运")
    complete(app, "chenjing", "verify", passed="true")
    clock.advance(days=7)
    complete(app, "zhaoli", "answer", answer="经现场查看，今天上午已清运，谢谢您的上报")
    report(Visitor(app), address="兴安南路 8 号")


def test_every_number_of_the_weeks_opens_the_list_that_it_counts(app, clock):  # noqa: F811
    a_closed_and_an_open_one(app, clock)
    batu = Visitor(app, "batu")
    page = batu.get("/board").text
    table = page[page.index("周（起始日）") :]
    links = re.findall(r'<a href="(/cases\?[^"]*)">(\d+)', table[: table.index("</table>")])
    assert [number for _link, number in links[:6]] == ["1", "1", "0", "1", "0", "0"]
    assert [rows(batu, link.replace("&amp;", "&")) for link, _ in links] == [int(number) for _, number in links]


def test_closed_cases_of_a_unit_are_those_of_the_last_thirty_days(app, clock):  # noqa: F811
    a_closed_and_an_open_one(app, clock)
    clock.advance(days=31)
    batu = Visitor(app, "batu")
    assert rows(batu, "/cases?unit=HWZX&state=closed&closed=30d") == 0
    assert rows(batu, "/cases?unit=HWZX&state=closed") == 1


def test_a_grid_on_the_map_leads_to_its_cases(app, clock):  # noqa: F811
    a_closed_and_an_open_one(app, clock)
    batu = Visitor(app, "batu")
    tile = re.search(
        rf'<a href="/cases\?place={GRID}" aria-label="[^"]*"><g class="tile ([^"]*)">(.*?)</g>', batu.get("/board").text
    )
    assert tile[1] == "level1"
    assert ">1<" in tile[2]
    assert rows(batu, f"/cases?place={GRID}") == 1
    assert rows(batu, "/cases?place=150102001001001") == 0


def test_steps_show_their_average_on_the_diagram_and_in_the_table(app, clock):  # noqa: F811
    a_closed_and_an_open_one(app, clock)
    batu = Visitor(app, "batu")
    page = batu.get("/board/steps").text
    assert re.search(r'class="node userTask heat4">.*?<text class="tag"[^>]*>7 天</text>', page)
    table = page[page.index("<table>") :]
    first = re.search(r"<tr><td>(.*?)</tr>", table, re.S)[1]
    assert "7 天" in first
    assert rows(batu, "/cases?state=all&did=answer") == 1
    assert rows(batu, "/cases?step=file") == 1
    assert rows(batu, "/cases?step=answer") == 0


def test_nobody_sees_figures_of_cases_that_he_may_not_see(app, clock):  # noqa: F811
    a_closed_and_an_open_one(app, clock)
    stranger = Visitor(app, "tianhua")
    assert 'heat4">' not in re.sub(r'class="key[^>]*>', "", stranger.get("/board/steps").text)
    assert 'class="tile level1' not in stranger.get("/board").text


def test_a_date_that_is_none_narrows_nothing(app):  # noqa: F811
    report(Visitor(app))
    assert rows(Visitor(app, "batu"), "/cases?since=yesterday&until=2026-99-99") == 1
